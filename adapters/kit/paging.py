"""Which page comes next, in the five styles that platforms have. Answers go in, the next query comes out.

No list ends in silence. A page that says there is more and moves nowhere, a cursor that returns, rows that repeat and a
total that shrinks while it is read are errors. The caller names the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from adapters.kit.wire import at, filled, identity, number
from migrator.model import Raw

Query = dict[str, Any]
MOST_PAGES = 1_000_000


class Endless(Exception):
    """The list cannot be walked to its end. The words say why."""


@dataclass(frozen=True)
class Turn:
    """One answered page. `before` counts the rows of earlier pages; `last_id` is of its last row."""

    answer: Any
    query: Query
    rows: int
    before: int
    last_id: str | None = None
    path: str = ""


class Paging(Protocol):
    def first(self) -> Query: ...

    def after(self, turn: Turn) -> Query | None:
        """The next query; None at the end of the list. Raises Endless."""
        ...

    def total(self, answer: Any) -> int | None:
        """How many rows the whole list has, where the answer tells it."""
        ...


@dataclass(frozen=True)
class NextLink:
    """Each answer names the address of the next page. Only its query is taken: the key goes to no other place."""

    link: str = "links.next"
    size: Mapping[str, Any] | None = None

    def first(self) -> Query:
        return dict(self.size or {})

    def after(self, turn: Turn) -> Query | None:
        link = filled(at(turn.answer, self.link))
        if link is None:
            return None
        parts = urlsplit(link)
        if parts.path and not parts.path.rstrip("/").endswith(turn.path.rstrip("/")):
            raise Endless("the next page lies in another place")
        return dict(parse_qsl(parts.query, keep_blank_values=True))

    def total(self, answer: Any) -> int | None:
        return None


@dataclass(frozen=True)
class CursorToken:
    """Each answer holds a word for the next page. With `more`, that flag decides whether there is one."""

    token: str
    param: str
    more: str = ""
    size: Mapping[str, Any] | None = None

    def first(self) -> Query:
        return dict(self.size or {})

    def after(self, turn: Turn) -> Query | None:
        token = identity(at(turn.answer, self.token))
        if self.more:
            more = at(turn.answer, self.more)
            if not isinstance(more, bool):
                raise Endless("the answer does not say whether there is more")
            if not more:
                return None
            if token is None:
                raise Endless("it says that there is more and names no next page")
        return None if token is None else {**turn.query, self.param: token}

    def total(self, answer: Any) -> int | None:
        return None


@dataclass(frozen=True)
class Offset:
    """The next page begins after the rows so far, until the total is reached."""

    count: str
    param: str = "offset"
    size: Mapping[str, Any] | None = None

    def first(self) -> Query:
        return {**(self.size or {}), self.param: 0}

    def after(self, turn: Turn) -> Query | None:
        total, so_far = self.total(turn.answer), turn.before + turn.rows
        if total is None:
            raise Endless("the answer does not say how many rows there are")
        if so_far >= total:
            return None
        if not turn.rows:
            raise Endless(f"it says that there are {total} rows and stops after {so_far}")
        return {**turn.query, self.param: so_far}

    def total(self, answer: Any) -> int | None:
        return number(at(answer, self.count))


@dataclass(frozen=True)
class PageNumber:
    """Pages have numbers. Where the last number is not told, an empty page is the end."""

    last: str = ""
    count: str = ""
    current: str = ""
    param: str = "page"
    begin: int = 1
    size: Mapping[str, Any] | None = None

    def first(self) -> Query:
        return {**(self.size or {}), self.param: self.begin}

    def after(self, turn: Turn) -> Query | None:
        page = int(turn.query[self.param])
        if self.current and number(at(turn.answer, self.current)) != page:
            raise Endless(f"page {page} was asked for and another one came")
        if not self.last:
            return {**turn.query, self.param: page + 1} if turn.rows else None
        last = number(at(turn.answer, self.last))
        if last is None:
            raise Endless("the answer does not say which page is the last one")
        if page - self.begin + 1 >= last:
            return None
        if not turn.rows:
            raise Endless(f"page {page} of {last} is empty")
        return {**turn.query, self.param: page + 1}

    def total(self, answer: Any) -> int | None:
        return number(at(answer, self.count)) if self.count else None


@dataclass(frozen=True)
class Keyset:
    """The next page begins after the id of the last row; an empty page is the end."""

    param: str
    size: Mapping[str, Any] | None = None

    def first(self) -> Query:
        return dict(self.size or {})

    def after(self, turn: Turn) -> Query | None:
        if not turn.rows:
            return None
        if turn.last_id is None:
            raise Endless("the last row has no id to go on by")
        return {**turn.query, self.param: turn.last_id}

    def total(self, answer: Any) -> int | None:
        return None


@dataclass(frozen=True)
class Whole:
    """One answer holds all. It must not say that there is more: `more` names where an answer would."""

    more: str = ""

    def first(self) -> Query:
        return {}

    def after(self, turn: Turn) -> Query | None:
        if self.more and at(turn.answer, self.more):
            raise Endless("it holds more rows than one answer")
        return None

    def total(self, answer: Any) -> int | None:
        return None


def start(paging: Paging) -> Raw:
    """The state of a walk before its first page: plain values, so that a store can keep it."""
    return {"query": paging.first(), "rows": 0, "pages": 0, "total": None, "done": False, "mark": None, "digest": ""}


def advance(paging: Paging, state: Raw, answer: Any, ids: list[str], digest: str, path: str) -> Raw:
    """The state after one more page. Raises Endless."""
    turn = Turn(answer, state["query"], len(ids), state["rows"], ids[-1] if ids else None, path)
    if ids and digest == state["digest"]:
        raise Endless("the same rows came twice in a row")
    total = paging.total(answer)
    if total is not None and state["total"] is not None and total < state["total"]:
        raise Endless(f"it had {state['total']} rows when we began and has {total} now")
    following, pages = paging.after(turn), state["pages"] + 1
    if following is not None and following in (state["query"], state["mark"]):
        raise Endless("a page that was read already is named as the next one")
    if pages >= MOST_PAGES:
        raise Endless("it has no end")
    # One query of the past is kept, a later one each time the pages double: every circle meets it.
    mark = following if pages & (pages - 1) == 0 else state["mark"]
    return {
        "query": following,
        "rows": state["rows"] + len(ids),
        "pages": pages,
        "total": total,
        "done": following is None,
        "mark": mark,
        "digest": digest,
    }
