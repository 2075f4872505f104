"""A branch as the person described it in mappings.toml: what it asks, and which steps stand on which side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from migrator.model.rules import Activity, ActivityRule, ActivityScope, OpaqueRule, Rule
from migrator.model.sequences import Edge, Sequence
from migrator.model.steps import Branch, Lane, Step
from migrator.plan.answers.checks import refusal, wrong_value
from migrator.plan.answers.schema import unknown_key

CONDITIONS: dict[str, Rule] = {
    f"{scope}_{word}": ActivityRule(activity=activity, scope=meaning)
    for scope, meaning in (("any_email", ActivityScope.THIS_SEQUENCE), ("previous_email", ActivityScope.PREVIOUS_EMAIL))
    for word, activity in (("opened", Activity.OPENED), ("clicked", Activity.CLICKED))
}
"""What a branch may ask, where the source would not tell."""
FIELDS: dict[str, Any] = {"condition": str, "branches": dict[str, list[str]]}
_SIDES = ("true", "false")


def check(sequence: Sequence, step: Step, key: str, value: Any, path: tuple[str, ...], where: str) -> None:
    if key == "condition":
        if value not in CONDITIONS:
            raise wrong_value(path, where, fix=f"It may be {', '.join(CONDITIONS)}.")
        return
    steps = {one.id for one in sequence.steps}
    for lane, ids in value.items():
        if lane not in _SIDES:
            raise unknown_key((*path, lane), list(_SIDES), where)
        for step_id in ids:
            if step_id not in steps:
                raise unknown_key((*path, lane, step_id), sorted(steps), where, "that sequence has no such step")
    told = [step_id for ids in value.values() for step_id in ids]
    left = sorted({edge.target for edge in sequence.edges if edge.source == step.id} - set(told))
    if left or len(told) > len(set(told)):
        raise refusal(
            path,
            "must name each step behind the branch once",
            where,
            why=f"not named: {', '.join(left)}" if left else "a step stands on both sides or twice",
            fix='Such as branches = { true = ["205"], false = ["207"] }.',
        )


def described(sequence: Sequence, step: Step, branch: Branch, given: Mapping[str, Any]) -> Sequence:
    """Which side a step stands on is not guessed from a condition alone: such lanes stay closed."""
    known = next((one.rule for one in branch.lanes if one.rule and not isinstance(one.rule, OpaqueRule)), None)
    rule = CONDITIONS.get(given.get("condition", "")) or known
    missing = tuple(name for name in step.content_missing if name not in given)
    edges, lanes = sequence.edges, branch.lanes
    if "branches" in given:
        closed = OpaqueRule(description="the source does not tell the condition")
        lanes = (Lane(key="true", rule=rule or closed), Lane(key="false"))
        own = [Edge(source=step.id, target=one, lane=key) for key in _SIDES for one in given["branches"].get(key, ())]
        edges = (*(one for one in edges if one.source != step.id), *own)
    elif rule is not None and "branches" not in missing:
        lanes = tuple(msgspec.structs.replace(one, rule=rule) if one.rule else one for one in branch.lanes)
    changed = msgspec.structs.replace(
        step, action=msgspec.structs.replace(branch, lanes=lanes), content_missing=missing
    )
    steps = tuple(changed if one.id == step.id else one for one in sequence.steps)
    return msgspec.structs.replace(sequence, steps=steps, edges=edges)
