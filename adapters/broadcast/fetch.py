"""Reading lists to their end and objects one by one, into the store; several requests under way at once.

What was answered is never asked for again in this export. A list that changed while it was walked, or whose count
does not add up, is walked once more; what still does not agree is recorded, not hidden.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from adapters.base import PageStore, StoredPage, StoredRow, Watcher
from adapters.broadcast.client import Broadcast
from adapters.broadcast.paging import LIMIT, MIGRATION_LIMIT, Page, Style, Walker, read_page
from adapters.broadcast.wire import text_id
from migrator.errors import ApiProblem, AuthError, NotFound, Rejected, Unavailable
from migrator.model import Raw
from migrator.transport.clock import Clock

T = TypeVar("T")
WORKERS = 4
"""At 2 requests a second this hides a second and a half of waiting for answers."""
SAVE_EVERY = 2.0
"""Seconds between two notes of what was sent lately, so that a restart does not run into the limit."""
KeyOf = Callable[[Raw], str | None]


@dataclass(frozen=True)
class Listing:
    """A list to walk: where it is kept, where it comes from, and how it pages."""

    collection: str
    path: str
    style: Style
    keys: tuple[str, ...] = ()
    key_of: KeyOf = lambda row: None
    label: str = ""
    marks: Callable[[Raw], bool] = lambda row: False
    """Rows for whose sake a page may be read again; the page remembers that it holds one."""


class Fetcher:
    def __init__(self, api: Broadcast, store: PageStore, watcher: Watcher, clock: Clock) -> None:
        self.api, self.store, self.watcher, self.clock = api, store, watcher, clock
        self._saved = float("-inf")
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="read")

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    # Lists --------------------------------------------------------------------------------------------------

    def walk(self, listing: Listing) -> int:
        """Reads a list to its end; gives the number of its rows. Goes on where an earlier run stopped."""
        state = self.store.note(f"walk:{listing.collection}") or {"tries": 0}
        name = listing.label or listing.collection
        while not state.get("done"):
            walker = self._walk_once(listing, name, ahead=state["tries"] == 0)
            seen, total = self.store.count(listing.collection, seen=True), walker.total
            agrees = total is None or seen == total
            if state["tries"] == 0 and (walker.shifted() or not agrees):
                self.store.restart(listing.collection)
                state = {"tries": 1}
                self.store.put_note(f"walk:{listing.collection}", state)
                self.watcher.say(f"{name} changed while being read; reading it once more.")
                continue
            state = {"tries": state["tries"], "done": True, "total": total, "shifted": walker.shifted()}
            if not agrees:
                state["missing"] = max(0, (total or 0) - self.store.count(listing.collection))
            elif not walker.shifted():
                self._drop_what_is_gone(listing)
            self.store.put_note(f"walk:{listing.collection}", state)
        rows = self.store.count(listing.collection)
        self.watcher.finished(name, rows, "" if state.get("missing") is None else "does not add up")
        return rows

    def _walk_once(self, listing: Listing, name: str, *, ahead: bool) -> Walker:
        walker = Walker(listing.style, ahead=ahead)
        rows = 0
        for page in self.store.pages(listing.collection):
            walker.saw(page.address, page.rows, page.digest, page.meta)
            rows += page.rows
        self.watcher.collection(name, walker.total)
        self.watcher.progress(name, rows)
        under_way: dict[Future[Page], int] = {}
        try:
            while True:
                for address in walker.wanted(WORKERS * 2):
                    if len(under_way) < WORKERS and address not in under_way.values():
                        under_way[self._pool.submit(self._page, listing, address)] = address
                if not under_way:
                    return walker
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=under_way.__getitem__):
                    del under_way[future]
                    answered = future.result()
                    self._keep(listing, answered)
                    walker.saw(answered.address, len(answered.rows), answered.digest, answered.meta)
                    rows += len(answered.rows)
                    self.watcher.collection(name, walker.total)
                    self.watcher.progress(name, rows)
        finally:
            self._keep_the_rest(listing, under_way)

    def _keep_the_rest(self, listing: Listing, under_way: Mapping[Future[Page], int]) -> None:
        """Requests that were under way when something went wrong: what they brought is not thrown away."""
        for future in under_way:
            future.cancel()
        for future in under_way:
            if not future.cancelled() and future.exception() is None:
                self._keep(listing, future.result())

    def first_pages(self, listings: Sequence[Listing]) -> None:
        """The first page of many short lists at once; `walk` then goes on from there."""
        new = [item for item in listings if not self.store.pages(item.collection)]
        new = [item for item in new if not self.store.note(f"walk:{item.collection}")]
        for number, page in self.many([partial(self._page, item, Walker(item.style).first) for item in new]):
            if page is not None:
                self._keep(new[number], page)

    def again(self, listing: Listing, address: int) -> None:
        """Reads one page afresh; its rows replace what was kept of them."""
        self._keep(listing, self._page(listing, address))

    def _page(self, listing: Listing, address: int) -> Page:
        params: dict[str, Any] = {"page": address}
        if listing.style is not Style.PAGE:
            params = {"limit": LIMIT if listing.style is Style.OFFSET else MIGRATION_LIMIT, "offset": address}
        answer = self.api.get(listing.path, params)
        refuse_dropped_filters(answer.data, listing.path)
        page = read_page(listing.style, address, answer.data, *listing.keys)
        if answer.mended:
            page.meta["mended"] = True
        return page

    def _keep(self, listing: Listing, page: Page) -> None:
        rows = [StoredRow(row_id(row), row, listing.key_of(row)) for row in page.rows]
        meta = {**page.meta, "marked": True} if any(map(listing.marks, page.rows)) else page.meta
        stored = StoredPage(page.address, len(page.rows), page.digest, meta)
        self.store.put_page(listing.collection, stored, rows, self.clock.now())
        if page.meta.get("mended"):
            self.store.put_note(f"mended:{listing.collection}", True)
        if self.clock.monotonic() - self._saved > SAVE_EVERY:
            self._saved = self.clock.monotonic()
            self.store.put_note("pacing", self.api.pacer.export_times())

    def _drop_what_is_gone(self, listing: Listing) -> None:
        """A second walk that adds up is the truth: what it did not show again was deleted meanwhile."""
        gone = self.store.unseen(listing.collection)
        if gone:
            self.store.drop(listing.collection, [row.source_id for row in gone])

    # Single objects -----------------------------------------------------------------------------------------

    def one(self, collection: str, source_id: str, path: str, params: Mapping[str, Any] | None = None) -> Raw | None:
        """One object, remembered under its id. None when the server does not have it, now or in an earlier call."""
        known = self.store.row(collection, source_id)
        return known.data if known else self.keep_one(collection, source_id, self.ask_one(path, params))

    def ask_one(self, path: str, params: Mapping[str, Any] | None = None) -> Raw | None:
        try:
            payload = self.api.get(path, params).data
        except NotFound:
            return None
        except Rejected as error:
            if error.problem.status == 405:
                return None
            raise
        if not isinstance(payload, dict):
            raise Unavailable(
                "Broadcast gave something else than the object asked for",
                problem=ApiProblem(200, "the answer is not an object"),
                where=path,
                fix="Run the same command again.",
            )
        refuse_dropped_filters(payload, path)
        return _bare(payload)

    def keep_one(self, collection: str, source_id: str, found: Raw | None, key: str | None = None) -> Raw | None:
        if found is not None:
            page = StoredPage(_address(source_id), 1, "", {})
            self.store.put_page(collection, page, [StoredRow(source_id, found, key)], self.clock.now())
        return found

    def many(self, calls: Sequence[Callable[[], T]]) -> Iterator[tuple[int, T | None]]:
        """Results as they come, with the number of their call. None stands for a 404."""
        todo = iter(enumerate(calls))
        under_way: dict[Future[T], int] = {}
        try:
            while True:
                while len(under_way) < WORKERS and (following := next(todo, None)) is not None:
                    under_way[self._pool.submit(following[1])] = following[0]
                if not under_way:
                    return
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=under_way.__getitem__):
                    number = under_way.pop(future)
                    try:
                        yield number, future.result()
                    except NotFound:
                        yield number, None
        finally:
            for future in under_way:
                future.cancel()
            wait(under_way)

    # What may be missing ------------------------------------------------------------------------------------

    def unread(self, name: str, *, what: str, why: str, remedy: str, scope: str | None = None) -> None:
        self.store.put_note(f"unread:{name}", {"what": what, "why": why, "remedy": remedy, "scope": scope})

    def optional(self, name: str, *, what: str, permission: str, read: Callable[[], None], scope: str | None) -> bool:
        """Reads something the export can do without. What is refused or not there is said in the manifest."""
        try:
            read()
        except (NotFound, Rejected) as error:
            if isinstance(error, Rejected) and error.problem.status != 405:
                raise
            remedy = "Update the Broadcast server, or carry this over by hand."
            self.unread(name, what=what, why="this server has no such list", remedy=remedy, scope=scope)
            return False
        except AuthError as error:
            self.api.require_key(error)
            remedy = f"Give the key the permission {permission}, then export again."
            self.unread(name, what=what, why="the key lacks a permission", remedy=remedy, scope=scope)
            return False
        return True

    def needed(self, permission: str, read: Callable[[], T]) -> T:
        """Reads something without which an export would be a wrong one."""
        try:
            return read()
        except AuthError as error:
            self.api.require_key(error)
            raise AuthError(
                "The Broadcast key lacks a permission",
                problem=error.problem,
                where=error.where,
                fix=f"Give the key {permission}, then run the same command again: it goes on from here.",
            ) from None


def row_id(row: Raw) -> str:
    """The row's own id; a digest of all it says where it has none."""
    found = text_id(row.get("id"))
    if found is not None:
        return found
    written = json.dumps(row, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    return f"~{hashlib.sha256(written).hexdigest()[:24]}"


_WRAPPERS = frozenset({"data", "sequence", "step", "sequence_step", "template", "broadcast", "opt_in_form"})


def _bare(payload: Raw) -> Raw:
    """One object is documented to come bare; a server that wraps it is understood as well."""
    keys = payload.keys() - {"warnings"}
    if len(keys) == 1 and keys <= _WRAPPERS:
        (inner,) = (payload[key] for key in keys)
        if isinstance(inner, dict) and "id" in inner:
            return inner
    return payload


def _address(source_id: str) -> int:
    return int.from_bytes(hashlib.sha256(source_id.encode("utf-8", "surrogatepass")).digest()[:7], "big")


def refuse_dropped_filters(payload: Any, path: str) -> None:
    """A warning on a read means that something asked for was ignored, so the answer is wider than it looks."""
    warnings = payload.get("warnings") if isinstance(payload, dict) else None
    if not isinstance(warnings, list):
        return
    for warning in warnings:
        parameter = warning.get("param") if isinstance(warning, dict) else None
        if parameter in ("broadcast_channel_id", "include_steps", "limit", "offset", "page"):
            raise Unavailable(
                "Broadcast ignored a part of the question",
                problem=ApiProblem(200, f"parameter_ignored: {parameter}"),
                where=path,
                fix="The answer cannot be trusted; report the server's version.",
            )


def path_of(*parts: str) -> str:
    return "/api/v1/" + "/".join(quote(part, safe=".") for part in parts)


def ids_of(rows: Iterable[StoredRow]) -> list[str]:
    return [row.source_id for row in rows]
