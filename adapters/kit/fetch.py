"""Reading a table of endpoints into the store. Goes on where an earlier run stopped; what may be missing is named.

A page is kept before its successor is noted, and rows are kept once by id: whatever is read twice is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from adapters.base import PageStore, StoredPage, StoredRow, Wanted, Watcher
from adapters.kit.client import Api
from adapters.kit.paging import Endless, advance, start
from adapters.kit.table import Endpoint
from adapters.kit.wire import at
from migrator.errors import AuthError, NotFound
from migrator.model import Raw

PARENT = "_parent"
"""In a kept row: the id of the row that it belongs to."""
PASS = "_pass"  # noqa: S105 - the number of a walk
"""In a kept row: which of the endpoint's walks found it."""
SAVE_EVERY = 5.0
"""Seconds between two notes of what was asked lately."""
TRIES = 3
"""How often a list is begun before it counts as one that cannot be trusted."""


class Fetcher:
    def __init__(self, api: Api, store: PageStore, watcher: Watcher) -> None:
        self.api, self.store, self.watcher = api, store, watcher
        self._saved = float("-inf")

    def read(self, endpoints: Iterable[Endpoint], wanted: Wanted) -> None:
        # Said again by this run: a permission may have been given since.
        self.store.forget("unread:")
        self.api.import_times(self.store.note("pacing") or {})
        for endpoint in endpoints:
            if any(wanted.has(collection) for collection in endpoint.feeds):
                self._collection(endpoint, wanted)

    def _collection(self, endpoint: Endpoint, wanted: Wanted) -> None:
        if not endpoint.parent:
            self._guarded(endpoint, None)
            return
        for row in list(self.store.rows(endpoint.parent)):
            skipped = bool({"sequences", "enrolments"} & set(endpoint.feeds)) and not wanted.sequence(row.source_id)
            if not skipped and not self._guarded(endpoint, row.source_id):
                return

    def _guarded(self, endpoint: Endpoint, parent: str | None) -> bool:
        """False: the key may not read this at all, so asking for the next one is useless."""
        what = endpoint.what if parent is None else f"{endpoint.what} of {parent}"
        scope = endpoint.feeds[0]
        try:
            self._one(endpoint, parent) if endpoint.single else self._walks(endpoint, parent)
        except AuthError as error:
            if error.problem.status == 401:
                raise
            if endpoint.needed:
                raise AuthError(
                    f"The {self.api.title} key may not read {endpoint.what}",
                    problem=error.problem,
                    where=error.where,
                    fix=f"Give the key {endpoint.permission or 'this permission'}, then run the same command again.",
                ) from None
            remedy = f"Give the key {endpoint.permission or 'this permission'}, then export again."
            self._unread(endpoint.what, "the key lacks a permission", remedy, scope)
            return False
        except NotFound:
            if endpoint.needed:
                raise
            why = f"{self.api.title} does not have it, or does not have it any more"
            remedy = "Export again. If this stays, it was deleted or your plan does not include it."
            self._unread(what, why, remedy, scope if parent is None else f"{scope}/{parent}")
        return True

    def _unread(self, what: str, why: str, remedy: str, scope: str) -> None:
        what = what[0].upper() + what[1:]
        self.store.put_note(f"unread:{what}", {"what": what, "why": why, "remedy": remedy, "scope": scope})

    def _one(self, endpoint: Endpoint, parent: str | None) -> None:
        source_id = parent or endpoint.collection
        if self.store.row(endpoint.collection, source_id) is not None:
            return
        found = at(self.api.get(endpoint.at(parent), endpoint.params or None, limit=endpoint.limit), endpoint.rows)
        if not isinstance(found, dict):
            raise self.api.odd("the answer holds no object", endpoint.at(parent))
        row = StoredRow(source_id, endpoint.shorten(found), fetched_at=self.api.clock.now())
        self._keep(endpoint.collection, source_id, [row])

    def _walks(self, endpoint: Endpoint, parent: str | None) -> None:
        for number, chosen in enumerate(endpoint.passes):
            self._walk(endpoint, parent, number, chosen)

    def _walk(self, endpoint: Endpoint, parent: str | None, number: int, chosen: Mapping[str, Any]) -> None:
        name = "/".join([endpoint.collection, *([parent] if parent else []), str(number)])
        state = self.store.note(f"walk:{name}") or start(endpoint.paging)
        if state["done"]:
            return
        path = endpoint.at(parent)
        self.watcher.collection(endpoint.what, None)
        tries = 1
        while not state["done"]:
            # A next link may repeat our own parameters; what it says about them counts.
            query = {**endpoint.params, **chosen, **state["query"]}
            answer = self.api.get(path, query or None, limit=endpoint.limit)
            rows, ids = self._rows(endpoint, answer, path)
            try:
                following = advance(endpoint.paging, state, answer, ids, _digest(ids), path)
            except Endless as why:
                self.store.put_note(f"walk:{name}", None)
                if tries == TRIES:
                    raise self.api.odd(str(why), f"GET {path}, page {state['pages'] + 1}") from None
                # A list that changed while it was read is read from its start; rows that came are kept.
                state, tries = start(endpoint.paging), tries + 1
                continue
            kept = [self._row(endpoint, row, row_id, parent, number) for row, row_id in zip(rows, ids, strict=True)]
            self._keep(endpoint.collection, f"{name}:{state['pages']}", kept)
            state = following
            self.store.put_note(f"walk:{name}", state)
            self.watcher.progress(endpoint.what, state["rows"])
        self.watcher.finished(endpoint.what, state["rows"])

    def _rows(self, endpoint: Endpoint, answer: Any, path: str) -> tuple[list[Raw], list[str]]:
        """An odd answer is never an empty list."""
        found = at(answer, endpoint.rows)
        if not isinstance(found, list):
            raise self.api.odd("the answer holds no list", path)
        rows = [row for row in found if isinstance(row, dict)]
        ids = [row_id for row in rows if (row_id := endpoint.id_of(row)) is not None]
        if len(ids) != len(found):
            raise self.api.odd("the list holds something without an id", path)
        return rows, ids

    def _row(self, endpoint: Endpoint, row: Raw, row_id: str, parent: str | None, number: int) -> StoredRow:
        data = {**endpoint.shorten(row), **({PASS: number} if len(endpoint.passes) > 1 else {})}
        key, moment = endpoint.key_of(row), self.api.clock.now()
        if parent is None:
            return StoredRow(row_id, data, key, moment)
        return StoredRow(f"{parent}/{row_id}", {**data, PARENT: parent}, key or parent, moment)

    def _keep(self, collection: str, page: str, kept: list[StoredRow]) -> None:
        address = int.from_bytes(hashlib.sha256(page.encode()).digest()[:7], "big")
        self.store.put_page(collection, StoredPage(address, len(kept), ""), kept, self.api.clock.now())
        if self.api.clock.monotonic() - self._saved > SAVE_EVERY:
            self._saved = self.api.clock.monotonic()
            self.store.put_note("pacing", self.api.export_times())


def _digest(ids: list[str]) -> str:
    return hashlib.sha256("\n".join(ids).encode("utf-8", "surrogatepass")).hexdigest()[:24]
