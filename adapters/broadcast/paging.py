"""Which page comes next, in every style of list that Broadcast has; where a list ends, and when its end is no end.

Pure bookkeeping: answers go in, addresses come out. Fetching is in fetch.py. A list never ends silently: "there is
more" with nothing to step by is an error, and a count that does not add up is reported to the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from adapters.broadcast.wire import flag, text_id, whole
from migrator.errors import ApiProblem, Unavailable
from migrator.model import Raw

MOST_PAGES = 100_000
LIMIT = 100
MIGRATION_LIMIT = 250


class Style(Enum):
    PAGE = "page"
    """`?page=1`, with one of two `pagination` objects whose `count` mean opposite things."""
    OFFSET = "offset"
    """`?limit=100&offset=0` and `total`."""
    MIGRATION = "migration"
    """`?limit=250&offset=0`; the server says by which limit to advance."""


@dataclass(frozen=True)
class Page:
    """One answer, understood. `more` is None where the answer does not say."""

    address: int
    rows: list[Raw] = field(repr=False)
    digest: str
    meta: dict[str, Any]


def read_page(style: Style, address: int, payload: Any, *keys: str) -> Page:
    """Raises Unavailable when there is no list in the answer: an odd answer is never an empty list."""
    rows = _rows(payload, keys)
    if rows is None:
        raise _odd("the answer holds no list")
    found = [row for row in rows if isinstance(row, dict)]
    if len(found) != len(rows):
        raise _odd("the list holds something that is not an object")
    outer: Mapping[str, Any] = payload if isinstance(payload, dict) else {}
    pagination = outer.get("pagination")
    inner: Mapping[str, Any] = pagination if isinstance(pagination, dict) else {}
    return Page(address, found, _digest(found), _meta(style, inner, outer))


def _rows(payload: Any, keys: Iterable[str]) -> list[Any] | None:
    if isinstance(payload, list):
        return payload
    if isinstance(payload, dict):
        for key in ("data", *keys):
            if isinstance(payload.get(key), list):
                found: list[Any] = payload[key]
                return found
    return None


def _digest(rows: list[Raw]) -> str:
    ids = sorted(text_id(row.get("id")) or repr(sorted(row.items(), key=str)) for row in rows)
    return hashlib.sha256("\n".join(ids).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _meta(style: Style, inner: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    total = whole(inner.get("total", outer.get("total")))
    if style is Style.PAGE:
        if "next" in inner:
            meta["more"] = inner["next"] is not None and inner["next"] is not False
            # Only here is `count` the grand total; with `total_pages` it is the rows of this page.
            total = whole(inner.get("count")) if total is None else total
        elif flag(inner.get("has_more")) is not None:
            meta["more"] = flag(inner.get("has_more"))
        pages = whole(inner.get("total_pages"))
        pages = whole(inner.get("pages")) if pages is None else pages
        if pages is not None and pages >= 0:
            meta["pages"] = pages
    elif style is Style.MIGRATION:
        more = flag(inner.get("has_more", outer.get("has_more")))
        if more is not None:
            meta["more"] = more
        step = whole(inner.get("limit", outer.get("limit")))
        if step is not None:
            meta["step"] = step
    if total is not None and total >= 0:
        meta["total"] = total
    return meta


class Walker:
    """The state of one walk. `saw` takes pages in any order; `wanted` gives the addresses to ask for next.

    `ahead`: pages whose addresses are known may be asked for before their turn. Without it the walk goes strictly
    from answer to answer, which is what a second try does.
    """

    def __init__(self, style: Style, *, ahead: bool = True) -> None:
        self.style, self.ahead = style, ahead
        self.first = 1 if style is Style.PAGE else 0
        self._seen: dict[int, tuple[int, str, dict[str, Any]]] = {}
        self._pages = 0
        self._low = self.first
        """Everything before this address was seen."""

    def saw(self, address: int, rows: int, digest: str, meta: Mapping[str, Any]) -> None:
        self._seen[address] = (rows, digest, dict(meta))
        self._pages = max(self._pages, int(meta.get("pages", 0)))
        if len(self._seen) > MOST_PAGES:
            raise _odd(f"the list has more than {MOST_PAGES} pages")

    def wanted(self, most: int = 64) -> list[int]:
        """Addresses that are known to be due and were not seen. Empty: the walk is over."""
        if self.first not in self._seen:
            return [self.first]
        due: list[int] = []
        known, step = self._known_ahead() if self.ahead else (0, 1)
        while self._low < known and self._low in self._seen:
            self._low += step
        for address in range(self._low, known, step):
            if address not in self._seen:
                due.append(address)
                if len(due) == most:
                    break
        if due:
            return due
        following = self._after(max(self._seen) if self.ahead else self._chain_end())
        return [] if following is None or following in self._seen else [following]

    @property
    def total(self) -> int | None:
        """What the server said last, by the order of the pages."""
        said = [meta["total"] for _, (_, _, meta) in sorted(self._seen.items()) if "total" in meta]
        return said[-1] if said else None

    def shifted(self) -> bool:
        """Whether the list changed or repeated itself while it was walked, as far as it tells."""
        totals = {meta["total"] for _, _, meta in self._seen.values() if "total" in meta}
        return len(totals) > 1 or bool(self.repeated())

    def repeated(self) -> list[int]:
        """Pages that should be their own and show the rows of the page before."""
        found, before = [], ""
        for address, (rows, digest, meta) in sorted(self._seen.items()):
            if rows and digest == before and (meta.keys() & {"more", "pages", "total"}):
                found.append(address)
            before = digest
        return found

    def _known_ahead(self) -> tuple[int, int]:
        """The first address that is not known to exist, and the step towards it."""
        rows, _, meta = self._seen[self.first]
        total = meta.get("total")
        if self.style is Style.PAGE:
            pages = self._pages
            if not pages and total and rows and "more" not in meta:
                pages = -(-total // rows)
            return min(pages, MOST_PAGES) + 1, 1
        step = self._step(rows, meta)
        if not step or not rows or total is None:
            return 0, 1
        return min(total, step * MOST_PAGES), step

    def _chain_end(self) -> int:
        at = self.first
        while (following := self._after(at)) is not None and following in self._seen and following != at:
            at = following
        return at

    def _after(self, address: int) -> int | None:
        """The address behind this page; None when the list is over."""
        rows, digest, meta = self._seen[address]
        says = meta.keys() & {"more", "pages", "total"}
        if not says and rows and self._digest_before(address) == digest:
            return None
        if self.style is Style.PAGE:
            return address + 1 if self._more_pages(address, rows, meta) else None
        step = self._step(rows, meta)
        if "more" in meta:
            if not meta["more"]:
                return None
            if step <= 0 or not rows:
                raise _odd("it says that there is more, and gives nothing to go on by")
            return address + step
        total = meta.get("total")
        if not rows or (total is not None and address + rows >= total):
            return None
        return address + step

    def _more_pages(self, address: int, rows: int, meta: dict[str, Any]) -> bool:
        if "more" in meta:
            if meta["more"] and not rows:
                raise _odd("it says that there is more, and gives an empty page")
            return bool(meta["more"])
        if "pages" in meta:
            return address < int(meta["pages"])
        size = self._seen[self.first][0]
        if "total" in meta and size:
            return rows > 0 and address * size < int(meta["total"])
        return rows > 0 and rows == size

    def _step(self, rows: int, meta: Mapping[str, Any]) -> int:
        return int(meta.get("step", rows)) if self.style is Style.MIGRATION else rows

    def _digest_before(self, address: int) -> str | None:
        before = max((at for at in self._seen if at < address), default=None)
        return None if before is None else self._seen[before][1]


def _odd(why: str) -> Unavailable:
    return Unavailable(
        "Broadcast gave a list that cannot be trusted",
        problem=ApiProblem(200, why),
        fix="Run the same command again; if it stays, report the server's version.",
    )
