"""Walking cursor lists to their end and reading single objects, into the store. Goes on where an earlier run stopped.

A page is kept before its successor is noted, and rows are kept once by id: whatever is read twice is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from adapters.base import PageStore, StoredPage, StoredRow, Watcher
from adapters.kit.wire import filled, identity, part, rows
from adapters.klaviyo.client import Endpoint, Klaviyo
from migrator.errors import ApiProblem, AuthError, NotFound, Unavailable
from migrator.model import Raw
from migrator.transport.clock import Clock

MOST_PAGES = 1_000_000
SAVE_EVERY = 5.0
"""Seconds between two notes of what was sent lately."""
Shorten = Callable[[Raw], Raw]
KeyOf = Callable[[Raw], str | None]


class Fetcher:
    def __init__(self, api: Klaviyo, store: PageStore, watcher: Watcher, clock: Clock) -> None:
        self.api, self.store, self.watcher, self.clock = api, store, watcher, clock
        self._saved = float("-inf")

    def walk(
        self,
        collection: str,
        endpoint: Endpoint,
        *ids: str,
        params: Mapping[str, Any] | None = None,
        shorten: Shorten = lambda row: row,
        id_of: Callable[[str], str] = lambda row_id: row_id,
        key_of: KeyOf = lambda row: None,
        label: str = "",
        name: str = "",
    ) -> None:
        """`name` tells several walks into one collection apart; `id_of` makes their rows' ids different."""
        name, label = name or collection, label or collection
        state = self.store.note(f"walk:{name}") or {"next": None, "rows": 0, "pages": 0, "done": False}
        if state["done"]:
            return
        path = endpoint.at(*ids)
        self.watcher.collection(label, None)
        while not state["done"]:
            if state["next"]:
                answer = self.api.follow(endpoint, path, state["next"])
            else:
                answer = self.api.get(endpoint, *ids, params=self._query(endpoint, params))
            found = self._rows(answer, path)
            kept = [StoredRow(id_of(row_id), shorten(row), key_of(row)) for row_id, row in found]
            self._keep(collection, f"{name}:{state['pages']}", kept)
            state = self._after(state, answer, len(found), path)
            self.store.put_note(f"walk:{name}", state)
            self.watcher.progress(label, state["rows"])
        self.watcher.finished(label, state["rows"])

    def one(
        self, collection: str, source_id: str, endpoint: Endpoint, params: Mapping[str, Any] | None = None
    ) -> Raw | None:
        """One object, remembered under its id. None when Klaviyo does not have it."""
        known = self.store.row(collection, source_id)
        if known is not None:
            return known.data
        if self.store.note(f"gone:{collection}/{source_id}"):
            return None
        try:
            answer = self.api.get(endpoint, source_id, params=params)
        except NotFound:
            self.store.put_note(f"gone:{collection}/{source_id}", True)
            return None
        self._keep(collection, source_id, [StoredRow(source_id, answer)])
        return answer

    def _query(self, endpoint: Endpoint, params: Mapping[str, Any] | None) -> dict[str, Any]:
        query = dict(params or {})
        if endpoint.page_size is not None:
            query["page[size]"] = endpoint.page_size
        return query

    def _rows(self, answer: Raw, path: str) -> list[tuple[str, Raw]]:
        data = answer.get("data")
        if not isinstance(data, list):
            raise _bad("the answer holds no list", path)
        found = [(identity(row.get("id")), row) for row in rows(data)]
        if len(found) != len(data) or any(row_id is None for row_id, _ in found):
            raise _bad("the list holds something without an id", path)
        return [(row_id, row) for row_id, row in found if row_id is not None]

    def _after(self, state: Raw, answer: Raw, count: int, path: str) -> Raw:
        following = filled(part(answer.get("links")).get("next"))
        if following is not None and following == state["next"]:
            raise _bad("a page names itself as the next one", path)
        if state["pages"] >= MOST_PAGES:
            raise _bad("the list has no end", path)
        rows_so_far, pages = state["rows"] + count, state["pages"] + 1
        return {"next": following, "rows": rows_so_far, "pages": pages, "done": following is None}

    def _keep(self, collection: str, page: str, kept: list[StoredRow]) -> None:
        address = int.from_bytes(hashlib.sha256(page.encode()).digest()[:7], "big")
        self.store.put_page(collection, StoredPage(address, len(kept), ""), kept, self.clock.now())
        if self.clock.monotonic() - self._saved > SAVE_EVERY:
            self._saved = self.clock.monotonic()
            self.store.put_note("pacing", self.api.export_times())

    # What may be missing ------------------------------------------------------------------------------------

    def unread(self, name: str, *, what: str, why: str, remedy: str, scope: str | None = None) -> None:
        self.store.put_note(f"unread:{name}", {"what": what, "why": why, "remedy": remedy, "scope": scope})

    def optional(self, endpoint: Endpoint, what: str, scope: str | None, read: Callable[[], None]) -> bool:
        """Reads something that an export can do without. What the key may not see is said in the manifest."""
        try:
            read()
        except AuthError as error:
            if error.problem.status == 401:
                raise
            remedy = f"Give the key {endpoint.scope}, then export again."
            self.unread(what, what=what, why="the key lacks a permission", remedy=remedy, scope=scope)
            return False
        except NotFound:
            remedy = "Export again; if it stays away, it was deleted at the source."
            self.unread(what, what=what, why="Klaviyo does not have it any more", remedy=remedy, scope=scope)
            return False
        return True


def _bad(why: str, where: str) -> Unavailable:
    return Unavailable(
        "Klaviyo gave a list that cannot be trusted",
        problem=ApiProblem(200, why),
        where=where,
        fix="Run the same command again; if it stays, report it with this sentence.",
    )
