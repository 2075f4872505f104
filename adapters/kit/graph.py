"""From the ways that platforms write down a sequence to one graph: next pointers, parent pointers, nested arrays, lists
in order. A node of a kind that nobody knows keeps all its ways, and people are held in front of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from adapters.kit.wire import identity, rows
from migrator.model import Edge, Raw, Step
from migrator.model.steps import Entry

START = "entry"
Ways = list[tuple[str | None, str]]
"""Lane (None: the plain way on) and the node that it leads to."""


@dataclass(frozen=True)
class Node:
    id: str
    row: Raw
    ways: Ways
    below: str | None = None
    """A node that is not here and leads to this one."""


@dataclass(frozen=True)
class Drawn:
    nodes: list[Node]
    heads: list[str]
    """Where people begin. Several, or none of several nodes: the source does not tell."""


def by_next(found: Iterable[tuple[str, Raw, Ways]], first: str | None = None) -> Drawn:
    """Each node names those behind it. Without a named first node, the only one that nothing leads to."""
    nodes = [Node(*one) for one in found]
    targets = {target for node in nodes for _, target in node.ways}
    heads = [first] if first is not None else [node.id for node in nodes if node.id not in targets]
    return Drawn(nodes, heads)


def by_parent(
    found: Iterable[tuple[str, Raw]],
    parent_of: Callable[[Raw], str | None],
    lane_of: Callable[[Raw, str], str | None],
    more: Callable[[Raw], Ways] = lambda row: [],
) -> Drawn:
    """Each node names the one before it. `lane_of` asks the parent by which lane a child is reached; `more` gives the
    ways that a node names itself. A node whose parent is not here remembers it."""
    listed = list(found)
    ids = {node_id for node_id, _ in listed}
    nodes, heads = {}, []
    for node_id, row in listed:
        parent = parent_of(row)
        below = parent if parent is not None and parent not in ids else None
        nodes[node_id] = Node(node_id, row, list(more(row)), below)
        heads += [node_id] if parent is None else []
    for node_id, row in listed:
        parent = parent_of(row)
        if parent in nodes:
            nodes[parent].ways.append((lane_of(nodes[parent].row, node_id), node_id))
    return Drawn(list(nodes.values()), heads)


def in_order(found: Iterable[tuple[str, Raw]]) -> Drawn:
    """A plain list: each leads to the one behind it."""
    listed = list(found)
    behind: list[Ways] = [[(None, node_id)] for node_id, _ in listed[1:]]
    nodes = [Node(*one, ways) for one, ways in zip(listed, [*behind, []], strict=False)]
    return Drawn(nodes, [nodes[0].id] if nodes else [])


def nested(told: object, lanes_of: Callable[[Raw], list[tuple[str, object]]]) -> Drawn:
    """Lists in lists: a node's lanes hold the nodes inside them, and the ends of the lanes meet behind the node."""
    nodes: list[Node] = []

    def walk(items: object, behind: str | None) -> str | None:
        """Gives the first node of the list, or what comes behind it where the list is empty."""
        first = behind
        for row in reversed(rows(items)):
            node_id = identity(row.get("id")) or f"node-{len(nodes) + 1}"
            inner = [(lane, walk(content, first)) for lane, content in lanes_of(row)]
            ways: Ways = [(lane, target) for lane, target in inner if target is not None]
            if not inner and first is not None:
                ways = [(None, first)]
            nodes.append(Node(node_id, row, ways))
            first = node_id
        return first

    head = walk(told, None)
    nodes.reverse()
    return Drawn(nodes, [head] if head is not None else [])


def assemble(drawn: Drawn, build: Callable[[Node], list[Step]]) -> tuple[list[Step], list[Edge]]:
    """`build` turns a node into a row of steps, the first with the node's id; the ways lead on from the last one. With
    several heads nobody is led anywhere: the plan asks."""
    steps: list[Step] = []
    edges: list[Edge] = []
    if len(drawn.heads) == 1 or not drawn.nodes:
        steps.append(Step(id=START, action=Entry()))
        edges += [Edge(source=START, target=head) for head in drawn.heads]
    for node in drawn.nodes:
        made = [msgspec.structs.replace(step, hangs_below=node.below) for step in build(node)]
        steps += made
        edges += [Edge(source=here.id, target=behind.id) for here, behind in itertools.pairwise(made)]
        edges += [Edge(source=made[-1].id, target=target, lane=lane) for lane, target in dict.fromkeys(node.ways)]
    return steps, edges
