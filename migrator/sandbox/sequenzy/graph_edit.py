"""`graphEdit`: move, delete and duplicate a node, or replace all edges. Refused when the revision is stale."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from migrator.sandbox.sequenzy.graph import COMPLETION, SPLIT, entering, only_successor, revision
from migrator.sandbox.sequenzy.graph_build import lawful, linear_node, splice
from migrator.sandbox.sequenzy.records import Edge, Node, SequenceRecord
from migrator.sandbox.sequenzy.refusals import wrong
from migrator.sandbox.sequenzy.steps_input import Maker

Config = dict[str, Any]


@dataclass
class Edited:
    action: str
    node_id: str | None = None
    replaced: int = 0
    heir: str | None = None
    """Where contacts on a deleted node go; None ends their run."""


def edit_graph(sequence: SequenceRecord, given: Config, maker: Maker) -> Edited:
    if given["expectedRevision"] != revision(sequence):
        raise wrong("graphEdit.expectedRevision", "The graph has changed since it was read: read it again")
    action = given["action"]
    if action == "replace_edges":
        found = _replace(sequence, given)
    else:
        node = sequence.nodes.get(given.get("nodeId") or "")
        if node is None:
            raise wrong("graphEdit.nodeId", "nodeId must name a node of this sequence")
        if node.type == COMPLETION or node.type.startswith("trigger_"):
            raise wrong("graphEdit.nodeId", "The trigger and the completion node stay where they are")
        found = _delete(sequence, node, given) if action == "delete_node" else _place(sequence, node, given, maker)
    lawful(sequence, "graphEdit")
    return found


def _edges(given: Config) -> list[Edge]:
    return [
        Edge(edge["sourceNodeId"], edge["targetNodeId"], (edge.get("condition") or {}).get("branchId"))
        for edge in given["edges"]
    ]


def _replace(sequence: SequenceRecord, given: Config) -> Edited:
    if given.get("nodeId") or not given.get("edges"):
        raise wrong("graphEdit.edges", "replace_edges needs the complete list of edges and no nodeId")
    sequence.edges = _edges(given)
    return Edited("replace_edges", replaced=len(sequence.edges))


def _delete(sequence: SequenceRecord, node: Node, given: Config) -> Edited:
    heir = only_successor(sequence, node.id)
    del sequence.nodes[node.id]
    if node.email_id:
        sequence.emails.pop(node.email_id, None)
    if given.get("edges") is not None:
        sequence.edges = _edges(given)
    elif heir is None:
        raise wrong("graphEdit.edges", "Deleting a branch with several ways on needs the complete list of edges")
    else:
        _bridge(sequence, node.id, heir)
    return Edited("delete_node", node.id, heir=heir)


def _bridge(sequence: SequenceRecord, node_id: str, heir: str) -> None:
    for edge in entering(sequence, node_id):
        edge.target = heir
    sequence.edges = [edge for edge in sequence.edges if edge.source != node_id]


def _place(sequence: SequenceRecord, node: Node, given: Config, maker: Maker) -> Edited:
    action, after, before = given["action"], given.get("afterNodeId"), given.get("beforeNodeId")
    if (after is None) == (before is None) or given.get("edges") is not None:
        raise wrong("graphEdit", f"{action} needs exactly one of afterNodeId and beforeNodeId, and no edges")
    if node.type == SPLIT:
        raise wrong("graphEdit.nodeId", f"{action} works on a step, not on a branch")
    if action == "move_node":
        if node.id in (after, before):
            raise wrong("graphEdit", "A node cannot be moved next to itself")
        heir = only_successor(sequence, node.id)
        _bridge(sequence, node.id, str(heir))
        node.updated_at = maker.now
        placed = node
    else:
        placed = copy.deepcopy(node)
        placed.id, placed.updated_at = maker.new_id("node"), maker.now
        if node.email_id:
            email = copy.deepcopy(sequence.emails[node.email_id])
            email.id = placed.email_id = maker.new_id("email")
            placed.config = {**placed.config, "emailId": email.id}
            sequence.emails[email.id] = email
        sequence.nodes[placed.id] = placed
    if after is not None:
        splice(sequence, linear_node(sequence, after, "graphEdit.afterNodeId").id, [placed.id])
    else:
        _put_before(sequence, str(before), placed.id)
    return Edited(action, placed.id)


def _put_before(sequence: SequenceRecord, before: str, node_id: str) -> None:
    if before not in sequence.nodes or not entering(sequence, before):
        raise wrong("graphEdit.beforeNodeId", "beforeNodeId must name a node of this sequence behind its trigger")
    for edge in entering(sequence, before):
        edge.target = node_id
    sequence.edges.append(Edge(node_id, before))
