"""One sequence's plan as it stands in its file: what an email says is written once, in the call that sends it.

In the graph beside the calls stands a reference instead; reading puts the words back.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mappings.target import Body, NodeKind, TargetGraph, TargetNode, ref
from migrator.plan.records import Call, SequencePlan

LONG = "html"
IN_CALLS = ref("calls")


def to_file(plan: SequencePlan) -> SequencePlan:
    """The same with references in its graph, wherever the very same words stand in a call."""
    sent = _sent(plan)
    nodes = tuple(
        _with(node, IN_CALLS) if node.key in sent and node.body.get(LONG) == sent[node.key] else node
        for node in plan.graph.nodes
    )
    return msgspec.structs.replace(plan, graph=_with_nodes(plan.graph, nodes))


def from_file(plan: SequencePlan) -> SequencePlan:
    """Raises KeyError or ValueError where a reference leads nowhere."""
    if not any(node.body.get(LONG) == IN_CALLS for node in plan.graph.nodes):
        return plan
    sent = _sent(plan)
    nodes = tuple(_with(node, sent[node.key]) if node.body.get(LONG) == IN_CALLS else node for node in plan.graph.nodes)
    return msgspec.structs.replace(plan, graph=_with_nodes(plan.graph, nodes))


def _sent(plan: SequencePlan) -> dict[str, object]:
    """Email node to the words that a call gives it."""
    waits = {node.key for node in plan.graph.nodes if node.kind is NodeKind.DELAY}
    return {key: step[LONG] for call in plan.calls for key, step in _steps(call, waits) if LONG in step}


def _steps(call: Call, waits: set[str]) -> Iterator[tuple[str, Body]]:
    """The nodes that a call makes, with their steps. At creation a wait is a part of the step behind it."""
    match call.kind:
        case "create":
            behind_waits = [key for key in call.creates if key not in waits]
            yield from zip(behind_waits, call.body.get("steps", ()), strict=True)
        case "insert":
            yield from zip(call.creates, call.body["insertSteps"]["steps"], strict=True)
        case "branch":
            branch = call.body["branch"]
            rows = {lane["id"]: lane.get("steps", ()) for lane in branch["branches"]}
            rows["else"] = branch.get("elseSteps", ())
            for lane, keys in call.creates_in_lanes.items():
                yield from zip(keys, rows[lane], strict=True)


def _with(node: TargetNode, words: object) -> TargetNode:
    return msgspec.structs.replace(node, body={**node.body, LONG: words})


def _with_nodes(graph: TargetGraph, nodes: tuple[TargetNode, ...]) -> TargetGraph:
    return msgspec.structs.replace(graph, nodes=nodes)
