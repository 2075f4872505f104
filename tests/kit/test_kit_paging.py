"""Five ways to page: every row once, and never a silent end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.paging import (
    CursorToken,
    Endless,
    Keyset,
    NextLink,
    Offset,
    PageNumber,
    Paging,
    Whole,
    advance,
    start,
)

PATH = "/people"
Server = Callable[[dict[str, Any]], dict[str, Any]]


def serve(style: str, ids: list[str], size: int) -> Server:
    """A server that keeps the rules of its style."""

    def answer(query: dict[str, Any]) -> dict[str, Any]:
        if style == "keyset":
            begin = ids.index(query["after"]) + 1 if "after" in query else 0
            return {"rows": ids[begin : begin + size]}
        begin = int(query.get("offset", 0)) if style == "offset" else (int(query.get("page", 1)) - 1) * size
        rows, end = ids[begin : begin + size], begin + size
        following = str(begin // size + 2) if end < len(ids) else None
        pages = max(1, -(-len(ids) // size))
        link = f"https://api.example.com{PATH}?page={following}" if following else None
        return {"rows": rows, "next": following, "link": link, "more": end < len(ids), "total": len(ids), "last": pages}

    return answer


STYLES: dict[str, Paging] = {
    "link": NextLink("link"),
    "cursor": CursorToken("next", "page"),
    "cursor with a flag": CursorToken("next", "page", more="more"),
    "offset": Offset("total"),
    "page": PageNumber("last", "total"),
    "page without a last one": PageNumber(),
    "keyset": Keyset("after"),
}


def walk(paging: Paging, server: Server, most: int = 1000) -> list[str]:
    state, found = start(paging), []
    for _ in range(most):
        answer = server(state["query"])
        state = advance(paging, state, answer, answer["rows"], repr(answer["rows"]), PATH)
        found += answer["rows"]
        if state["done"]:
            return found
    raise AssertionError("it never ended")


@given(st.sampled_from(sorted(STYLES)), st.integers(0, 60), st.integers(1, 9))
def test_every_row_is_read_once_and_in_order(style: str, count: int, size: int) -> None:
    ids = [f"p{number}" for number in range(count)]
    assert walk(STYLES[style], serve(style, ids, size)) == ids


@pytest.mark.parametrize("style", sorted(STYLES))
def test_a_server_that_gives_the_same_page_for_ever_is_an_error(style: str) -> None:
    first = serve(style, [f"p{number}" for number in range(20)], 4)({"offset": 0} if style == "offset" else {})
    with pytest.raises(Endless):
        walk(STYLES[style], lambda query: first)


@given(st.integers(1, 12), st.integers(1, 12))
def test_cursors_that_go_round_in_a_circle_are_an_error(before: int, circle: int) -> None:
    turns = {"n": 0}

    def server(query: dict[str, Any]) -> dict[str, Any]:
        place = int(query.get("page", 0)) + 1
        turns["n"] += 1
        following = place if place < before + circle else before
        return {"rows": [f"row{turns['n']}"], "next": str(following)}

    with pytest.raises(Endless, match="read already"):
        walk(CursorToken("next", "page"), server)


@pytest.mark.parametrize(
    ("paging", "answer"),
    [
        (CursorToken("next", "page", more="more"), {"rows": ["a"], "more": True, "next": None}),
        (CursorToken("next", "page", more="more"), {"rows": ["a"], "next": "2"}),
        (Offset("total"), {"rows": [], "total": 3}),
        (Offset("total"), {"rows": ["a"]}),
        (PageNumber("last"), {"rows": [], "last": 2}),
        (PageNumber("last"), {"rows": ["a"]}),
        (PageNumber("last", current="page"), {"rows": ["a"], "last": 3, "page": 2}),
        (NextLink("link"), {"rows": ["a"], "link": "https://evil.example.com/elsewhere?page=2"}),
        (Whole("more"), {"rows": ["a"], "more": True}),
    ],
)
def test_a_list_that_says_there_is_more_and_moves_nowhere_never_ends_in_silence(
    paging: Paging, answer: dict[str, Any]
) -> None:
    with pytest.raises(Endless):
        advance(paging, start(paging), answer, answer["rows"], "d", PATH)


def test_a_total_that_shrinks_while_it_is_read_is_an_error() -> None:
    paging = Offset("total")
    state = advance(paging, start(paging), {"total": 9}, ["a", "b"], "1", PATH)
    with pytest.raises(Endless, match="9 rows when we began and has 8 now"):
        advance(paging, state, {"total": 8}, ["d", "e"], "2", PATH)


def test_the_key_follows_no_link_to_another_host() -> None:
    """Only the query of a next link is taken; the request goes where the others went."""
    paging = NextLink("link")
    state = advance(paging, start(paging), {"link": f"https://evil.example.com{PATH}?page=2"}, ["a"], "1", PATH)
    assert state["query"] == {"page": "2"}
