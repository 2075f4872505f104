"""Puts a split behind a node: lanes in order, the fallback lane, and where each lane goes on."""

from __future__ import annotations

import itertools
from typing import Any

from migrator.sandbox.sequenzy.conditions_input import condition_of
from migrator.sandbox.sequenzy.graph import ELSE, SPLIT, leaving
from migrator.sandbox.sequenzy.graph_build import keep, lawful, linear_node
from migrator.sandbox.sequenzy.records import Edge, SequenceRecord
from migrator.sandbox.sequenzy.refusals import wrong
from migrator.sandbox.sequenzy.steps_input import Maker

Config = dict[str, Any]


def add_branch(sequence: SequenceRecord, given: Config, maker: Maker) -> tuple[str, dict[str, list[str]]]:
    """The id of the new split and, for each lane, the ids of its new nodes."""
    after = linear_node(sequence, given["afterNodeId"], "branch.afterNodeId")
    random = given.get("splitMode") == "random"
    lanes = _random_lanes(given) if random else _condition_lanes(given)
    config: Config = {"splitMode": "random" if random else "condition", "branches": lanes}
    if given.get("label"):
        config["label"] = given["label"]
    if random:
        config["randomPercentages"] = given["randomPercentages"]
    split = maker.node(SPLIT, config)
    (edge,) = leaving(sequence, after.id)
    former, edge.target = edge.target, split.id
    sequence.nodes[split.id] = split
    added: dict[str, list[str]] = {}
    for lane_id, steps, target, path in _rows(given, lanes, random):
        if not steps and target is None and not given.get("allowEmptyPaths"):
            raise wrong(path, f"The lane {lane_id} has neither steps nor a target; allowEmptyPaths permits that")
        if target is not None and (target not in sequence.nodes or target == split.id):
            raise wrong(path, f"Node {target} does not belong to this sequence")
        steps_path = f"{path}.steps" if lane_id != ELSE else "branch.elseSteps"
        made = maker.steps(steps, steps_path)
        keep(sequence, made)
        row = [split.id, *made.ids, target or former]
        sequence.edges += [
            Edge(source, goal, lane_id if index == 0 else None)
            for index, (source, goal) in enumerate(itertools.pairwise(row))
        ]
        added[lane_id] = made.ids
    lawful(sequence, "branch")
    return split.id, added


def _rows(given: Config, lanes: list[Config], random: bool) -> list[tuple[str, list[Config], str | None, str]]:
    rows = [
        (str(lane["id"]), branch.get("steps") or [], branch.get("targetNodeId"), f"branch.branches[{index}]")
        for index, (lane, branch) in enumerate(zip(lanes, given["branches"], strict=True))
    ]
    if not random:
        rows.append((ELSE, given.get("elseSteps") or [], given.get("elseTargetNodeId"), "branch.elseTargetNodeId"))
    return rows


def _lane_ids(branches: list[Config]) -> list[str]:
    found: list[str] = []
    for index, branch in enumerate(branches):
        lane_id = branch.get("id") or f"branch-{index}"
        if lane_id == ELSE:
            raise wrong(f"branch.branches[{index}].id", "The id else is reserved for the fallback lane")
        if lane_id in found:
            raise wrong(f"branch.branches[{index}].id", f"Two lanes have the id {lane_id}")
        found.append(lane_id)
    if not found:
        raise wrong("branch.branches", "A branch needs at least one lane")
    return found


def _condition_lanes(given: Config) -> list[Config]:
    if given.get("randomPercentages") is not None:
        raise wrong("branch.randomPercentages", "randomPercentages belongs to splitMode random")
    return [
        {"id": lane_id, "label": branch.get("label") or lane_id} | condition_of(branch, f"branch.branches[{index}]")
        for index, (lane_id, branch) in enumerate(zip(_lane_ids(given["branches"]), given["branches"], strict=True))
    ]


def _random_lanes(given: Config) -> list[Config]:
    shares = given.get("randomPercentages") or []
    if len(shares) != len(given["branches"]) or len(shares) < 2:
        raise wrong("branch.randomPercentages", "A random split needs one percentage for each of its lanes")
    if any(share < 0 for share in shares) or abs(sum(shares) - 100) > 1e-6:
        raise wrong("branch.randomPercentages", "The percentages must add up to 100")
    if given.get("elseSteps") or given.get("elseTargetNodeId"):
        raise wrong("branch.elseSteps", "A random split has no else lane")
    for index, branch in enumerate(given["branches"]):
        if branch.get("conditionType") is not None:
            raise wrong(f"branch.branches[{index}].conditionType", "A random split has no conditions")
    return [
        {"id": lane_id, "label": branch.get("label") or lane_id}
        for lane_id, branch in zip(_lane_ids(given["branches"]), given["branches"], strict=True)
    ]
