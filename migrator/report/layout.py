"""Puts the boxes of a directed graph into layers so that no two overlap and edges go down: boxes and bends.

Any graph will do: lanes that rejoin, several heads, ways back (drawn up the right margin). Nothing here knows what
the boxes say. Method: longest path for the layers, points in between for long edges, medians against crossings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 190
GAP_X, GAP_Y = 26, 38
POINT = 14
"""The room that a passing edge takes in a layer."""
SWEEPS = 4

Way = tuple[str, str]


@dataclass(frozen=True)
class Placed:
    width: int
    height: int
    boxes: dict[str, tuple[int, int]]
    """Upper left corners; every box is WIDTH wide."""
    bends: dict[Way, list[tuple[int, int]]]
    """Points between the lower edge of the one box and the upper edge of the other."""
    back: frozenset[Way]


def place(heights: Mapping[str, int], edges: Iterable[Way]) -> Placed:
    """`heights`: every box with its height; edges to unknown boxes are ignored."""
    ways = list(dict.fromkeys(one for one in edges if one[0] in heights and one[1] in heights))
    forward, back = _split(heights, ways)
    layer = _layers(heights, forward)
    rows, chains = _rows(heights, forward, layer)
    _order(rows, chains)
    widths = {name: WIDTH if name in heights else POINT for row in rows for name in row}
    left = _columns(rows, chains, widths)
    tops, y = [], 0.0
    for row in rows:
        tops.append(y)
        y += max((heights.get(name, 0) for name in row), default=0) + GAP_Y
    boxes = {name: (round(left[name]), round(tops[layer[name]])) for name in heights}
    bends = {}
    for way, chain in chains.items():
        inner = chain[1:-1]
        points = [(round(left[name] + POINT / 2), round(tops[layer[way[0]] + n])) for n, name in enumerate(inner, 1)]
        bends[way] = points
    right = max((x + WIDTH for x, _ in boxes.values()), default=0)
    for number, (source, target) in enumerate(back):
        lane = right + 18 + 10 * number
        middle = (boxes[source][1] + heights[source] // 2, boxes[target][1] + heights[target] // 2)
        bends[source, target] = [(lane, middle[0]), (lane, middle[1])]
    passing = (round(left[name] + POINT) for row in rows for name in row if name not in heights)
    width = max((right, *passing), default=right) if rows else right
    return Placed(
        max(width, right + 18 + 10 * len(back) if back else width),
        max(0, round(y - GAP_Y)),
        boxes,
        bends,
        frozenset(back),
    )


def _split(boxes: Iterable[str], ways: list[Way]) -> tuple[list[Way], list[Way]]:
    """Ways down, and those that would close a circle. Depth first, without recursion."""
    beyond: dict[str, list[str]] = {name: [] for name in boxes}
    into = dict.fromkeys(beyond, 0)
    for source, target in ways:
        beyond[source].append(target)
        into[target] += 1
    state: dict[str, int] = {}
    back: dict[Way, None] = {}
    for head in sorted(beyond, key=lambda name: into[name] > 0):
        if head in state:
            continue
        state[head] = 1
        stack = [(head, iter(beyond[head]))]
        while stack:
            name, following = stack[-1]
            for target in following:
                if state.get(target) == 1:
                    back[name, target] = None
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(beyond[target])))
                    break
            else:
                state[name] = 2
                stack.pop()
    return [way for way in ways if way not in back], list(back)


def _layers(boxes: Iterable[str], ways: list[Way]) -> dict[str, int]:
    beyond: dict[str, list[str]] = {name: [] for name in boxes}
    into = dict.fromkeys(beyond, 0)
    for source, target in ways:
        beyond[source].append(target)
        into[target] += 1
    layer = dict.fromkeys(beyond, 0)
    ready = [name for name, count in into.items() if not count]
    while ready:
        name = ready.pop()
        for target in beyond[name]:
            layer[target] = max(layer[target], layer[name] + 1)
            into[target] -= 1
            if not into[target]:
                ready.append(target)
    return layer


def _rows(
    boxes: Iterable[str], ways: list[Way], layer: dict[str, int]
) -> tuple[list[list[str]], dict[Way, Sequence[str]]]:
    """Layer to names, and each way as the chain of names it passes; points are named by numbers no box can have."""
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for name in boxes:
        rows[layer[name]].append(name)
    chains: dict[Way, Sequence[str]] = {}
    for number, (source, target) in enumerate(ways):
        points = [f"\0{number}/{depth}" for depth in range(layer[source] + 1, layer[target])]
        for depth, point in enumerate(points, layer[source] + 1):
            rows[depth].append(point)
        chains[source, target] = [source, *points, target]
    return rows, chains


def _neighbours(chains: Mapping[Way, Sequence[str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for chain in chains.values():
        for upper, lower in pairwise(chain):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    return above, below


def _order(rows: list[list[str]], chains: Mapping[Way, Sequence[str]]) -> None:
    if all(len(row) < 2 for row in rows):
        return
    above, below = _neighbours(chains)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        others, order = (above, rows[1:]) if down else (below, rows[-2::-1])
        place_of = {name: number for row in rows for number, name in enumerate(row)}
        for row in order:
            if len(row) < 2:
                continue
            keys = {name: _mean([place_of[one] for one in others.get(name, ())], place_of[name]) for name in row}
            row.sort(key=keys.__getitem__)
            place_of.update((name, number) for number, name in enumerate(row))


def _mean(values: list[int] | list[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _columns(rows: list[list[str]], chains: Mapping[Way, Sequence[str]], widths: Mapping[str, int]) -> dict[str, float]:
    """Left edges: each name near the middle of its neighbours, never nearer to the next one than the gap."""
    above, below = _neighbours(chains)
    middle: dict[str, float] = {}
    for row in rows:
        x = 0.0
        for name in row:
            middle[name] = x + widths[name] / 2
            x += widths[name] + GAP_X
    for sweep in range(SWEEPS + 1):
        others, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        for row in order:
            wanted = [_mean([middle[one] for one in others.get(name, ())], middle[name]) for name in row]
            middle.update(zip(row, _apart(wanted, [widths[name] for name in row]), strict=True))
    first = min((middle[name] - widths[name] / 2 for name in middle), default=0.0)
    return {name: x - widths[name] / 2 - first for name, x in middle.items()}


def _apart(wanted: list[float], widths: list[int]) -> list[float]:
    """The nearest places with room between them: neighbours that would touch move as one block."""
    if len(wanted) == 1:
        return wanted
    offsets, reach = [0.0], 0.0
    for one, other in pairwise(widths):
        reach += (one + other) / 2 + GAP_X
        offsets.append(reach)
    blocks: list[tuple[float, int]] = []
    for number, value in enumerate(wanted):
        total, count = value - offsets[number], 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            more, members = blocks.pop()
            total, count = total + more, count + members
        blocks.append((total, count))
    starts = [total / count for total, count in blocks for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]
