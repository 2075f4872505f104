"""Which node of the target stands for which step of the source: found by walking both graphs together.

The walk with the fewest changes wins: a step with other words costs less than one that is missing or more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from migrator.verify.step_graphs import BRANCH, END, PASS, WAIT, Graph, Point

Pair = tuple[str, str]
OTHER_WORDS, ALONE, OTHER_WAYS = 1, 3, 1
SKIPPED = (PASS, WAIT)
MINUTE = 60.0


@dataclass(frozen=True)
class Spans:
    """What a person waits on the way to a step, in seconds; None where something else than a fixed time decides."""

    source: float | None = 0.0
    target: float | None = 0.0

    @property
    def differ(self) -> bool:
        if self.source is None or self.target is None:
            return False
        return abs(self.source - self.target) >= MINUTE


@dataclass
class Alignment:
    pairs: dict[str, str] = field(default_factory=dict)
    """Target node to source step; several nodes may stand for one step."""
    best: list[Pair] = field(default_factory=list)
    """(step, node) on the ways that fit best, once each."""
    spans: dict[Pair, Spans] = field(default_factory=dict)
    """(step, node) to the wait in front of it, where that differs."""
    missing: list[str] = field(default_factory=list)
    """Steps that the target lacks."""
    extra: list[str] = field(default_factory=list)
    """Nodes that the source does not have."""


def align(source: Graph, target: Graph) -> Alignment:
    costs = _costs(source, target)
    found = Alignment()
    todo = [(source.start, target.start, Spans(), True)]
    seen: set[tuple[str, str, Spans, bool]] = set()
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        step, node, spans, counts = here
        ours, theirs = source.at(step), target.at(node)
        if ours is None and theirs is None:
            continue
        _, move = costs.get((step, node), (0, _move(source, target, costs, step, node)[1]))
        for left, right, best in move.following:
            fresh = Spans() if move.what in ("pair", "missing", "extra") and not move.keeps else spans
            if move.what == "waits" and ours is not None and left != step:
                fresh = Spans(_sum(spans.source, ours), spans.target)
            elif move.what == "waits" and theirs is not None:
                fresh = Spans(spans.source, _sum(spans.target, theirs))
            todo.append((left, right, fresh, counts and best))
        _note(found, move.what, ours, theirs, spans, counts)
    return found


@dataclass(frozen=True)
class _Move:
    what: str
    """pair, missing, extra, waits or branch."""
    following: tuple[tuple[str, str, bool], ...] = ()
    """Where both go on; False: a way that only helps to know what is what."""
    keeps: bool = False


def _note(found: Alignment, what: str, ours: Point | None, theirs: Point | None, spans: Spans, counts: bool) -> None:
    if what == "pair" and ours is not None and theirs is not None:
        found.pairs.setdefault(theirs.step, ours.step)
        pair = (ours.step, theirs.step)
        if counts and pair not in found.best:
            found.best.append(pair)
        if counts and spans.differ:
            found.spans[pair] = spans
    elif what == "missing" and counts and ours is not None and ours.step not in found.missing:
        found.missing.append(ours.step)
    elif what == "extra" and counts and theirs is not None and theirs.step not in found.extra:
        found.extra.append(theirs.step)


def _sum(before: float | None, point: Point) -> float | None:
    if before is None or point.seconds is None:
        return None
    return before + point.seconds


Costs = dict[tuple[str, str], tuple[int, _Move]]


def _costs(source: Graph, target: Graph) -> Costs:
    """From the ends to the beginnings, so that whatever a pair leads to is known before it."""
    found: Costs = {}
    for step in (END, *source.backwards()):
        for node in (END, *target.backwards()):
            found[step, node] = _move(source, target, found, step, node)
    return found


def _move(source: Graph, target: Graph, costs: Costs, step: str, node: str) -> tuple[int, _Move]:
    ours, theirs = source.at(step), target.at(node)

    def cost(left: str, right: str) -> int:
        left, right = left if source.at(left) else END, right if target.at(right) else END
        # Only a circle leads to a pair that is not known yet.
        return costs.get((left, right), (0, _Move("end")))[0]

    if ours is None and theirs is None:
        return 0, _Move("end")
    if ours is not None and ours.kind in SKIPPED:
        return cost(ours.ways[0], node), _Move("waits", ((ours.ways[0], node, True),))
    if theirs is not None and theirs.kind in SKIPPED:
        return cost(step, theirs.ways[0]), _Move("waits", ((step, theirs.ways[0], True),))
    choices: list[tuple[int, _Move]] = []
    if ours is not None and theirs is not None:
        choices += _together(ours, theirs, cost)
    if ours is not None:
        choices += _one_side(ours, lambda way: (way, node), cost, "missing")
    if theirs is not None:
        choices += _one_side(theirs, lambda way: (step, way), cost, "extra")
    return min(choices, key=lambda choice: choice[0])


def _together(ours: Point, theirs: Point, cost: Callable[[str, str], int]) -> list[tuple[int, _Move]]:
    if ours.kind != theirs.kind:
        return []
    if ours.kind != BRANCH:
        left, right = ours.ways[0], theirs.ways[0]
        words = 0 if not ours.says or ours.says == theirs.says else OTHER_WORDS
        return [(words + cost(left, right), _Move("pair", ((left, right, True),)))]
    if len(ours.ways) != len(theirs.ways):
        return []
    ways = tuple((left, right, True) for left, right in zip(ours.ways, theirs.ways, strict=True))
    return [(sum(cost(left, right) for left, right, _ in ways), _Move("branch", ways, keeps=True))]


def _one_side(
    point: Point, onward: Callable[[str], Pair], cost: Callable[[str, str], int], word: str
) -> list[tuple[int, _Move]]:
    if point.kind != BRANCH:
        left, right = onward(point.ways[0])
        return [(ALONE + cost(left, right), _Move(word, ((left, right, True),), keeps=True))]
    if not point.ways:
        left, right = onward(END)
        return [(OTHER_WAYS, _Move("branch", ((left, right, True),), keeps=True))]
    prices = [cost(*onward(way)) for way in point.ways]
    best = prices.index(min(prices))
    ways = tuple((*onward(way), number == best) for number, way in enumerate(point.ways))
    return [(OTHER_WAYS + prices[best], _Move("branch", ways, keeps=True))]
