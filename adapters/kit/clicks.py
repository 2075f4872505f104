"""Conditions that name one email: where that email is the only one just before, on every way, they mean "the email
before", a thing the target can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from migrator.model import Edge, Lane, Rule, Step
from migrator.model.rules import ActivityRule, ActivityScope, AllOf, AnyOf, Not
from migrator.model.steps import Branch, SendEmail


def nearer(steps: list[Step], edges: list[Edge], messages: Mapping[str, str]) -> list[Step]:
    """`messages`: step to the message it sends."""
    by_id = {step.id: step for step in steps}
    before: dict[str, list[str]] = {}
    for edge in edges:
        before.setdefault(edge.target, []).append(edge.source)

    def told(step: Step) -> Step:
        if not isinstance(step.action, Branch):
            return step
        message = _message_before(step.id, by_id, before, messages)
        if message is None:
            return step
        lanes = tuple(_lane(lane, message) for lane in step.action.lanes)
        return msgspec.structs.replace(step, action=msgspec.structs.replace(step.action, lanes=lanes))

    return [told(step) for step in steps]


def _message_before(
    step_id: str, by_id: Mapping[str, Step], before: Mapping[str, list[str]], messages: Mapping[str, str]
) -> str | None:
    found: set[str | None] = set()
    waiting, seen = [step_id], {step_id}
    while waiting:
        here = waiting.pop()
        sources = before.get(here, [])
        if not sources:
            found.add(None)
        for source in sources:
            step = by_id.get(source)
            if step is not None and isinstance(step.action, SendEmail):
                # One that is switched off was sent to nobody, so another one may be the last.
                found.add(messages.get(source) if step.action.live else None)
            elif source not in seen:
                seen.add(source)
                waiting.append(source)
    return found.pop() if len(found) == 1 else None


def _lane(lane: Lane, message: str) -> Lane:
    return lane if lane.rule is None else msgspec.structs.replace(lane, rule=_rule(lane.rule, message))


def _rule(rule: Rule, message: str) -> Rule:
    match rule:
        case ActivityRule(scope=ActivityScope.MESSAGE, message_id=named, within_seconds=None) if named == message:
            changes: dict[str, Any] = {"scope": ActivityScope.PREVIOUS_EMAIL, "message_id": None}
            return msgspec.structs.replace(rule, **changes)
        case AllOf(rules=parts) | AnyOf(rules=parts):
            return msgspec.structs.replace(rule, rules=tuple(_rule(one, message) for one in parts))
        case Not(rule=inner):
            return Not(rule=_rule(inner, message))
    return rule
