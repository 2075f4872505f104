"""The walker reads every style of list to its end, stops where the list stops, and never ends silently."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.broadcast.paging import Style, Walker, read_page
from migrator.errors import Unavailable
from tests.looks import looks


def rows(start: int, stop: int) -> list[dict[str, Any]]:
    return [{"id": number} for number in range(start, stop)]


def serve(style: str, total: int, size: int, address: int, *, beyond: str = "empty") -> Any:
    pages = max(1, -(-total // size))
    at = min(address, pages) if beyond == "repeat_last" else address
    chunk = (
        rows((at - 1) * size, min(at * size, total))
        if style.startswith("p")
        else rows(address, min(address + size, total))
    )
    chunk = [row for row in chunk if row["id"] < total]
    match style:
        case "p1":
            return {"subscribers": chunk, "pagination": {"total": total, "count": len(chunk), "total_pages": pages}}
        case "p1_total":
            return {"subscribers": chunk, "pagination": {"total": total}}
        case "p_bare":
            return chunk
        case "p2":
            following = at + 1 if at < pages else None
            pagination = {"prev": None, "next": following, "count": total, "pages": pages, "page": at}
            return {"subscriber_sequences": chunk, "pagination": pagination}
        case "offset":
            return {"data": chunk, "total": total}
        case "offset_bare":
            return chunk
        case _:
            more = address + size < total
            return {"data": chunk, "pagination": {"total": total, "limit": size, "offset": address, "has_more": more}}


STYLES = {
    "p1": Style.PAGE,
    "p1_total": Style.PAGE,
    "p_bare": Style.PAGE,
    "p2": Style.PAGE,
    "offset": Style.OFFSET,
    "offset_bare": Style.OFFSET,
    "migration": Style.MIGRATION,
}


def walk(style: str, total: int, size: int, *, ahead: bool, beyond: str = "empty") -> tuple[list[int], int]:
    walker, found, requests = Walker(STYLES[style], ahead=ahead), [], 0
    while wanted := walker.wanted(3):
        # The answers come in whatever order they like.
        for address in reversed(wanted):
            page = read_page(
                STYLES[style],
                address,
                serve(style, total, size, address, beyond=beyond),
                "subscribers",
                "subscriber_sequences",
            )
            walker.saw(address, len(page.rows), page.digest, page.meta)
            found += [row["id"] for row in page.rows]
            requests += 1
            assert requests < 500
    return found, requests


@settings(max_examples=looks(150), deadline=None)
@given(
    style=st.sampled_from(sorted(STYLES)),
    total=st.integers(0, 60),
    size=st.integers(1, 12),
    ahead=st.booleans(),
    beyond=st.sampled_from(["empty", "repeat_last"]),
)
def test_every_row_is_read_with_the_fewest_requests(
    style: str, total: int, size: int, ahead: bool, beyond: str
) -> None:
    found, requests = walk(style, total, size, ahead=ahead, beyond=beyond)
    assert sorted(set(found)) == list(range(total))
    least = max(1, -(-total // size))
    # A list that tells nothing about its end costs the one request that finds it.
    assert requests <= least + (1 if style.endswith("bare") else 0)


@pytest.mark.parametrize("ahead", [True, False])
def test_more_with_a_step_of_zero_is_an_error_and_not_an_end(ahead: bool) -> None:
    walker = Walker(Style.MIGRATION, ahead=ahead)
    answer = {"data": [], "pagination": {"total": 9, "limit": 0, "offset": 0, "has_more": True}}
    page = read_page(Style.MIGRATION, 0, answer)
    walker.saw(0, len(page.rows), page.digest, page.meta)
    with pytest.raises(Unavailable, match="more"):
        walker.wanted()


def test_more_with_an_empty_page_is_an_error_and_not_an_end() -> None:
    walker = Walker(Style.PAGE)
    page = read_page(Style.PAGE, 1, {"data": [], "pagination": {"next": 2, "count": 20}})
    walker.saw(1, 0, page.digest, page.meta)
    with pytest.raises(Unavailable):
        walker.wanted()


@pytest.mark.parametrize("answer", [{}, {"error": "x"}, {"data": None}, {"data": {}}, "text", 7, None, {"data": [1]}])
def test_an_odd_answer_is_never_an_empty_list(answer: Any) -> None:
    with pytest.raises(Unavailable):
        read_page(Style.OFFSET, 0, answer)


def test_the_two_meanings_of_count_are_told_apart() -> None:
    first = read_page(Style.PAGE, 1, {"data": rows(0, 10), "pagination": {"total": 95, "count": 10, "total_pages": 10}})
    assert first.meta["total"] == 95
    second = read_page(Style.PAGE, 1, {"data": rows(0, 10), "pagination": {"next": 2, "count": 95, "pages": 10}})
    assert second.meta["total"] == 95


def test_a_list_that_shifts_or_repeats_is_noticed() -> None:
    walker = Walker(Style.PAGE)
    walker.saw(1, 2, "a", {"total": 4, "pages": 2})
    walker.saw(2, 2, "b", {"total": 5, "pages": 3})
    assert walker.shifted()
    assert walker.wanted() == [3]
    steady = Walker(Style.PAGE)
    steady.saw(1, 2, "a", {"total": 4, "pages": 2})
    steady.saw(2, 2, "a", {"total": 4, "pages": 2})
    assert steady.repeated() == [2]
