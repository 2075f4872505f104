"""The edges of a target graph, twice: as they are wanted (`Shape`) and as the calls so far have left them (`Wiring`).

`Wiring` keeps the target's rules: a row goes between a node and what followed it, a split sends every lane somewhere,
and nothing may ever be cut off or run in a circle.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from mappings.target import END, START, NodeKind, TargetGraph

Edges = dict[tuple[str, str | None], str]
ELSE = "else"


class WiringError(Exception):
    """A call that the target would refuse, or a shape that this way of building cannot reach."""


@dataclass(frozen=True)
class Shape:
    edges: Edges
    branches: dict[str, tuple[str, ...]]
    """Branch to the ids of its lanes, in order."""

    @classmethod
    def of(cls, graph: TargetGraph) -> Shape:
        edges = {(edge.source, edge.lane): edge.target for edge in graph.edges}
        branches = {
            node.key: tuple(lane.id for lane in node.lanes) + (() if node.random else (ELSE,))
            for node in graph.nodes
            if node.kind is NodeKind.BRANCH
        }
        return cls(edges, branches)

    def is_branch(self, key: str) -> bool:
        return key in self.branches

    def only(self, key: str) -> str:
        return self.edges[key, None]

    def lanes(self, key: str) -> list[tuple[str, str]]:
        return [(lane, self.edges[key, lane]) for lane in self.branches[key]]

    def targets(self, key: str) -> list[str]:
        return [target for _, target in self.lanes(key)] if key in self.branches else [self.only(key)]

    def order(self) -> list[str]:
        """All nodes but the two ends, each before those that it leads to."""
        return list(self._order[1:])

    @cached_property
    def _order(self) -> tuple[str, ...]:
        finished: list[str] = []
        done: set[str] = set()
        stack = [(START, iter(self.targets(START)))]
        done.add(START)
        while stack:
            key, targets = stack[-1]
            for target in targets:
                if target != END and target not in done:
                    done.add(target)
                    stack.append((target, iter(self.targets(target))))
                    break
            else:
                stack.pop()
                finished.append(key)
        return tuple(reversed(finished))

    def meeting(self, key: str) -> str:
        """Where all ways out of a branch come together again."""
        return self._meeting[key]

    @cached_property
    def _meeting(self) -> dict[str, str]:
        depth = {END: 0}
        found: dict[str, str] = {}
        for key in reversed(self._order):
            targets = self.targets(key)
            meet = targets[0]
            for other in targets[1:]:
                while meet != other:
                    if depth[meet] >= depth[other]:
                        meet = found[meet]
                    else:
                        other = found[other]
            found[key] = meet
            depth[key] = depth[meet] + 1
        return found


@dataclass
class Wiring:
    edges: Edges = field(default_factory=dict)
    nodes: set[str] = field(default_factory=lambda: {START, END})

    @classmethod
    def of(cls, shape: Shape) -> Wiring:
        return cls(dict(shape.edges), {START, END, *(source for source, _ in shape.edges)})

    def has(self, key: str) -> bool:
        return key in self.nodes

    def only(self, key: str) -> str:
        if (key, None) not in self.edges:
            raise WiringError(key)
        return self.edges[key, None]

    def row(self, source: str, keys: list[str], target: str) -> None:
        self.nodes.update(keys)
        for one, other in itertools.pairwise([source, *keys, target]):
            self.edges[one, None] = other

    def insert(self, after: str, keys: list[str]) -> None:
        self.row(after, keys, self.only(after))

    def branch(self, after: str, key: str, steps: dict[str, list[str]], targets: dict[str, str]) -> None:
        self.only(after)
        self.edges[after, None] = key
        for lane, target in targets.items():
            if target != END and not self.has(target):
                raise WiringError(target)
            row = steps.get(lane, [])
            self.nodes.update((key, *row))
            self.edges[key, lane] = row[0] if row else target
            for one, other in itertools.pairwise([*row, target]):
                self.edges[one, None] = other
        self.check()

    def check(self) -> None:
        """Everything can be reached, and no way leads back."""
        beyond: dict[str, list[str]] = defaultdict(list)
        for (source, _), target in self.edges.items():
            beyond[source].append(target)
        incoming: dict[str, int] = defaultdict(int)
        for targets in beyond.values():
            for target in targets:
                incoming[target] += 1
        ready, seen = [START], 0
        while ready:
            seen += 1
            for target in beyond[ready.pop()]:
                incoming[target] -= 1
                if not incoming[target]:
                    ready.append(target)
        if seen < len({*beyond} | {END}):
            raise WiringError("cut off or in a circle")
