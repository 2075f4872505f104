"""No two boxes of a picture overlap, whatever the graph; edges go down, except those that close a circle."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.report.layout import GAP_X, GAP_Y, WIDTH, Placed, place
from migrator.report.wrapping import LINE_SIGNS, TITLE_SIGNS, wrapped
from tests.looks import looks

QUICK = settings(max_examples=looks(150), deadline=None)
Way = tuple[str, str]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, int], list[Way]]:
    count = draw(st.integers(1, 18))
    names = [str(number) for number in range(count)]
    heights = {name: draw(st.integers(20, 110)) for name in names}
    ways = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=2 * count))
    return heights, ways


def overlapping(heights: dict[str, int], placed: Placed) -> list[Way]:
    found = []
    boxes = [(name, x, y, x + WIDTH, y + heights[name]) for name, (x, y) in placed.boxes.items()]
    for number, (one, a, b, c, d) in enumerate(boxes):
        found += [(one, other) for other, e, f, g, h in boxes[number + 1 :] if a < g and e < c and b < h and f < d]
    return found


@QUICK
@given(graphs())
def test_no_box_overlaps_another(graph: tuple[dict[str, int], list[Way]]) -> None:
    heights, ways = graph
    placed = place(heights, ways)
    assert set(heights) == set(placed.boxes)
    assert [] == overlapping(heights, placed)


@QUICK
@given(graphs())
def test_every_way_goes_down_or_is_a_way_back(graph: tuple[dict[str, int], list[Way]]) -> None:
    heights, ways = graph
    placed = place(heights, ways)
    for way in set(ways):
        source, target = way
        if way not in placed.back:
            assert placed.boxes[source][1] + heights[source] < placed.boxes[target][1]


@QUICK
@given(graphs())
def test_passing_ways_bend_beside_the_boxes_not_through_them(graph: tuple[dict[str, int], list[Way]]) -> None:
    heights, ways = graph
    placed = place(heights, ways)
    for way, points in placed.bends.items():
        if way in placed.back:
            continue
        for x, y in points:
            inside = [n for n, (a, b) in placed.boxes.items() if a < x < a + WIDTH and b <= y <= b + heights[n]]
            assert [] == inside


@QUICK
@given(graphs())
def test_everything_is_within_the_picture(graph: tuple[dict[str, int], list[Way]]) -> None:
    heights, ways = graph
    placed = place(heights, ways)
    for name, (x, y) in placed.boxes.items():
        assert 0 <= x <= x + WIDTH <= placed.width
        assert 0 <= y <= y + heights[name] <= placed.height
    assert all(0 <= x <= placed.width for points in placed.bends.values() for x, _ in points)


def test_a_row_of_steps_is_a_straight_column() -> None:
    placed = place(dict.fromkeys("abc", 40), [("a", "b"), ("b", "c")])
    assert {"a": (0, 0), "b": (0, 40 + GAP_Y), "c": (0, 80 + 2 * GAP_Y)} == placed.boxes


def test_lanes_stand_side_by_side_and_rejoin_in_the_middle() -> None:
    placed = place(dict.fromkeys("abcd", 40), [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
    assert placed.boxes["b"][1] == placed.boxes["c"][1]
    assert WIDTH + GAP_X == abs(placed.boxes["b"][0] - placed.boxes["c"][0])
    assert placed.boxes["a"][0] == placed.boxes["d"][0]


def test_a_way_back_is_named_as_one() -> None:
    placed = place(dict.fromkeys("abc", 40), [("a", "b"), ("b", "c"), ("c", "a")])
    assert frozenset({("c", "a")}) == placed.back
    assert placed.bends["c", "a"][0][0] > WIDTH


@given(st.text(), st.text(), st.booleans())
def test_words_never_leave_their_box(title: str, text: str, people: bool) -> None:
    found = wrapped(title, text, people)
    assert all(len(line) <= TITLE_SIGNS for line in found.title)
    assert all(len(line) <= LINE_SIGNS for line in found.lines)
