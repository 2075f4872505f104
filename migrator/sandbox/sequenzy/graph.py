"""The graph of a sequence and its laws: one trigger, one completion, no cycle, nothing off the way between them.

Pure: nodes and edges in, answers out. Building and changing graphs is in graph_build, graph_branch and graph_edit.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict, deque

from migrator.sandbox.sequenzy.records import Edge, Node, SequenceRecord

COMPLETION = "completion"
SPLIT = "logic_branch"
ELSE = "else"
EMAIL_NODES = ("action_email", "action_ab_test")
TRIGGER_NODES = {
    "contact_added": "trigger_list",
    "tag_added": "trigger_tag",
    "segment_entered": "trigger_segment",
    "segment_exited": "trigger_segment_exit",
    "event_received": "trigger_event",
    "inbound_webhook": "trigger_inbound_webhook",
    "inactivity": "trigger_inactivity",
    "frequency": "trigger_frequency",
    "manual": "trigger_manual",
}


def trigger_node(sequence: SequenceRecord) -> Node:
    return next(node for node in sequence.nodes.values() if node.type.startswith("trigger_"))


def completion_node(sequence: SequenceRecord) -> Node:
    return next(node for node in sequence.nodes.values() if node.type == COMPLETION)


def leaving(sequence: SequenceRecord, node_id: str) -> list[Edge]:
    return [edge for edge in sequence.edges if edge.source == node_id]


def entering(sequence: SequenceRecord, node_id: str) -> list[Edge]:
    return [edge for edge in sequence.edges if edge.target == node_id]


def only_successor(sequence: SequenceRecord, node_id: str) -> str | None:
    found = {edge.target for edge in leaving(sequence, node_id)}
    return found.pop() if len(found) == 1 else None


def lanes(node: Node) -> list[str]:
    """The lane ids of a split, in the order in which they are tried; `else` comes last on a condition split."""
    found = [str(lane["id"]) for lane in node.config.get("branches", [])]
    return found if node.config.get("splitMode") == "random" else [*found, ELSE]


def reachable(edges: list[Edge], start: str, backwards: bool = False) -> set[str]:
    beyond: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        source, target = (edge.target, edge.source) if backwards else (edge.source, edge.target)
        beyond[source].append(target)
    seen, waiting = {start}, [start]
    while waiting:
        for target in beyond[waiting.pop()]:
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def ordered(sequence: SequenceRecord) -> list[str]:
    """Node ids so that no node comes before one that leads to it; shorter than all nodes when there is a cycle."""
    incoming: dict[str, int] = dict.fromkeys(sequence.nodes, 0)
    beyond: dict[str, list[str]] = defaultdict(list)
    for edge in sequence.edges:
        if edge.source in incoming and edge.target in incoming:
            incoming[edge.target] += 1
            beyond[edge.source].append(edge.target)
    ready = deque(node_id for node_id, count in incoming.items() if count == 0)
    found: list[str] = []
    while ready:
        node_id = ready.popleft()
        found.append(node_id)
        for target in beyond[node_id]:
            incoming[target] -= 1
            if incoming[target] == 0:
                ready.append(target)
    return found


def faults(sequence: SequenceRecord) -> list[str]:
    """Every law that the graph breaks, in words; empty for a legal graph."""
    found: list[str] = []
    known = sequence.nodes
    for edge in sequence.edges:
        found.extend(f"Unknown node {end}" for end in (edge.source, edge.target) if end not in known)
    if found:
        return found
    start, end = trigger_node(sequence).id, completion_node(sequence).id
    if len(ordered(sequence)) < len(known):
        found.append("The graph contains a cycle")
    if entering(sequence, start):
        found.append("Nothing may lead to the trigger")
    if leaving(sequence, end):
        found.append("Nothing may follow the completion node")
    from_start, to_end = reachable(sequence.edges, start), reachable(sequence.edges, end, backwards=True)
    for node in known.values():
        if node.id not in from_start:
            found.append(f"Node {node.id} is unreachable")
        elif node.id not in to_end:
            found.append(f"Node {node.id} does not lead to the end")
        found.extend(_lane_faults(sequence, node))
    return found


def _lane_faults(sequence: SequenceRecord, node: Node) -> list[str]:
    out = leaving(sequence, node.id)
    if node.type == COMPLETION:
        return []
    if node.type == SPLIT:
        wanted, given = sorted(lanes(node)), sorted(edge.branch or "" for edge in out)
        return [] if wanted == given else [f"Branch {node.id} needs exactly one edge for each of its lanes"]
    if len(out) != 1:
        return [f"Node {node.id} must lead to exactly one node"]
    return [f"Node {node.id} is not a branch and has no lanes"] if out[0].branch is not None else []


def revision(sequence: SequenceRecord) -> str:
    nodes = sorted([node.id, node.type, json.dumps(node.config, sort_keys=True)] for node in sequence.nodes.values())
    edges = sorted([edge.source, edge.target, edge.branch or ""] for edge in sequence.edges)
    return hashlib.sha256(json.dumps([nodes, edges]).encode()).hexdigest()


def email_numbers(sequence: SequenceRecord) -> dict[str, int]:
    """`structuralStepNumber` of each email step."""
    emails = [node_id for node_id in ordered(sequence) if sequence.nodes[node_id].type in EMAIL_NODES]
    return {node_id: number for number, node_id in enumerate(emails, 1)}


def depths(sequence: SequenceRecord) -> dict[str, int]:
    found: dict[str, int] = {}
    for node_id in ordered(sequence):
        before = [found[edge.source] for edge in entering(sequence, node_id) if edge.source in found]
        found[node_id] = max(before, default=-1) + 1
    return found


def delay_before(sequence: SequenceRecord, node_id: str) -> Node | None:
    """The wait directly in front of a step: what its email reports as `delayNodeId`."""
    before = entering(sequence, node_id)
    if len(before) != 1 or before[0].branch is not None:
        return None
    node = sequence.nodes[before[0].source]
    return node if node.type == "logic_delay" else None
