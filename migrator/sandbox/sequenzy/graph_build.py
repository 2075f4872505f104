"""Builds the first graph of a sequence and puts linear steps into one that exists."""

from __future__ import annotations

import itertools
from typing import Any

from migrator.sandbox.sequenzy.graph import COMPLETION, SPLIT, TRIGGER_NODES, completion_node, entering, faults, leaving
from migrator.sandbox.sequenzy.records import Edge, Node, SequenceRecord
from migrator.sandbox.sequenzy.refusals import invalid, issue, wrong
from migrator.sandbox.sequenzy.steps_input import Made, Maker

Config = dict[str, Any]


def first_graph(sequence: SequenceRecord, steps: list[Config], maker: Maker) -> None:
    """trigger, each step behind its wait, completion."""
    start = maker.node(TRIGGER_NODES[sequence.trigger], dict(sequence.trigger_config))
    sequence.nodes = {start.id: start}
    made = maker.steps(steps, "steps")
    keep(sequence, made)
    end = maker.node(COMPLETION, {})
    sequence.nodes[end.id] = end
    row = [start.id, *made.ids, end.id]
    sequence.edges = [Edge(source, target) for source, target in itertools.pairwise(row)]


def insert_steps(sequence: SequenceRecord, given: Config, maker: Maker) -> Made:
    steps = given["steps"]
    if not steps:
        raise wrong("insertSteps.steps", "insertSteps needs at least one step")
    after = linear_node(sequence, given.get("afterNodeId") or _tail(sequence), "insertSteps.afterNodeId")
    made = maker.steps(steps, "insertSteps.steps")
    keep(sequence, made)
    splice(sequence, after.id, made.ids)
    lawful(sequence, "insertSteps")
    return made


def keep(sequence: SequenceRecord, made: Made) -> None:
    sequence.nodes.update({node.id: node for node in made.nodes})
    sequence.emails.update({email.id: email for email in made.emails})


def splice(sequence: SequenceRecord, after: str, ids: list[str]) -> None:
    """The row `ids` goes between `after` and what followed it."""
    (edge,) = leaving(sequence, after)
    successor, edge.target = edge.target, ids[0]
    row = [*ids, successor]
    sequence.edges += [Edge(source, target) for source, target in itertools.pairwise(row)]


def linear_node(sequence: SequenceRecord, node_id: str, path: str) -> Node:
    """A node with exactly one way on: the only kind that something can be put after."""
    node = sequence.nodes.get(node_id)
    if node is None:
        raise wrong(path, f"Node {node_id} does not belong to this sequence")
    if node.type == COMPLETION:
        raise wrong(path, "Nothing can follow the completion node")
    if node.type == SPLIT:
        raise wrong(path, "A branch has several ways on: name a node inside one of its lanes")
    return node


def _tail(sequence: SequenceRecord) -> str:
    before = entering(sequence, completion_node(sequence).id)
    if len(before) != 1 or before[0].branch is not None:
        raise wrong("insertSteps.afterNodeId", "afterNodeId is needed: the sequence has several ends")
    return before[0].source


def lawful(sequence: SequenceRecord, path: str) -> None:
    if found := faults(sequence):
        raise invalid(*(issue(path, text) for text in found), code="INVALID_GRAPH")
