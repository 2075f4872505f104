"""What a person says about single steps: found in the account, checked against the step's kind, and typed.

Two ways of writing are understood: `steps."7/104".seconds = 60` and the table `[steps."7"."104"]` that an export
writes for the gaps of a bundle. Filling a step's fields in is in choices.py; here is also what changes a branch itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mappings.context import StepChoice
from mappings.wording import printable
from migrator.errors import SettingsError
from migrator.model import EmailContent, Sequence, Step
from migrator.model.rules import Activity, ActivityRule, ActivityScope, Rule
from migrator.model.sequences import Edge
from migrator.model.steps import Branch, Lane, SendEmail
from migrator.plan.answers import dotted, unknown_key
from migrator.plan.choices import CONTENT_FIELDS

CONDITIONS: dict[str, Rule] = {
    f"{scope}_{word}": ActivityRule(activity=activity, scope=meaning)
    for scope, meaning in (("any_email", ActivityScope.THIS_SEQUENCE), ("previous_email", ActivityScope.PREVIOUS_EMAIL))
    for word, activity in (("opened", Activity.OPENED), ("clicked", Activity.CLICKED))
}
"""What a branch may ask, where the source would not tell."""
STRUCTURE = ("condition", "branches")


@dataclass
class StepAnswers:
    choices: dict[str, StepChoice] = field(default_factory=dict)
    """By `<sequence id>/<step id>`, for the lowering."""
    structure: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The same for what changes a branch: its condition and which steps stand on which lane."""

    def applied(self, sequence: Sequence) -> Sequence:
        """The sequence with the branches that the person described."""
        if not self.structure:
            return sequence
        for step in sequence.steps:
            given = self.structure.get(f"{sequence.source_id}/{step.id}")
            if given and isinstance(step.action, Branch):
                sequence = _described(sequence, step, step.action, given)
        return sequence


def read_step_answers(steps: Mapping[str, Any], sequences: Iterable[Sequence], where: str) -> StepAnswers:
    """`sequences` are all of the account, with or without their emails' bodies."""
    answers = StepAnswers()
    if not steps:
        return answers
    known = {one.source_id: one for one in sequences}
    by_place = {f"{one.source_id}/{step.id}": (one, step) for one in known.values() for step in one.steps}
    shown = {printable(place): place for place in reversed(by_place)}
    for key, given in steps.items():
        place = key if key in by_place else shown.get(key)
        if place is not None:
            _take(answers, *by_place[place], given, ("steps", key), where)
        elif key in known and isinstance(given, dict):
            found = {step.id: step for step in known[key].steps}
            for step_id, fields in given.items():
                if step_id not in found:
                    raise unknown_key(("steps", key, step_id), list(found), where, "that sequence has no such step")
                _take(answers, known[key], found[step_id], fields, ("steps", key, step_id), where)
        else:
            why = "the bundle has no such step"
            raise unknown_key(("steps", key), [*by_place, *known], where, why)
    return answers


def _take(answers: StepAnswers, sequence: Sequence, step: Step, given: Any, path: tuple[str, ...], where: str) -> None:
    if not isinstance(given, dict):
        raise SettingsError(f"{dotted(path)} must be a table of settings", where=where, fix="See docs/mappings.md.")
    place = f"{sequence.source_id}/{step.id}"
    types = _types(step)
    fields: dict[str, Any] = {}
    skip = False
    for key, value in given.items():
        if key not in types:
            kind = type(step.action).__struct_config__.tag
            raise unknown_key((*path, key), list(types), where, f"the step is of the kind {kind}")
        try:
            typed = msgspec.convert(value, types[key])
        except msgspec.ValidationError as error:
            why = str(error).partition(" - at ")[0]
            raise SettingsError(f"{dotted((*path, key))} has a value that cannot be", where=where, why=why) from None
        if key == "skip":
            skip = typed
        elif key in STRUCTURE:
            _check_structure(sequence, key, typed, (*path, key), where)
            answers.structure.setdefault(place, {})[key] = typed
        else:
            fields[key] = typed
    before = answers.choices.get(place, StepChoice())
    answers.choices[place] = StepChoice(skip=skip or before.skip, fields={**before.fields, **fields})


def _types(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"skip": bool}
    found |= {one.name: one.type for one in msgspec.structs.fields(type(step.action))}
    if isinstance(step.action, SendEmail):
        found = {"skip": bool, "live": bool}
        found |= {one.name: one.type for one in msgspec.structs.fields(EmailContent) if one.name in CONTENT_FIELDS}
    if isinstance(step.action, Branch):
        found |= {"condition": str, "branches": dict[str, list[str]]}
    return found


def _check_structure(sequence: Sequence, key: str, value: Any, path: tuple[str, ...], where: str) -> None:
    if key == "condition":
        if value not in CONDITIONS:
            raise SettingsError(
                f"{dotted(path)} has a value that cannot be", where=where, fix=f"It may be {', '.join(CONDITIONS)}."
            )
        return
    steps = {step.id for step in sequence.steps}
    for lane, ids in value.items():
        if lane not in ("true", "false"):
            raise unknown_key((*path, lane), ["true", "false"], where)
        for step_id in ids:
            if step_id not in steps:
                raise unknown_key((*path, lane, step_id), sorted(steps), where, "that sequence has no such step")


def _described(sequence: Sequence, step: Step, branch: Branch, given: dict[str, Any]) -> Sequence:
    rule = CONDITIONS.get(given.get("condition", "")) or next((one.rule for one in branch.lanes if one.rule), None)
    edges = sequence.edges
    lanes = tuple(msgspec.structs.replace(one, rule=rule) if one.rule else one for one in branch.lanes)
    if "branches" in given and rule is not None:
        lanes = (Lane(key="true", rule=rule), Lane(key="false"))
        own = [
            Edge(source=step.id, target=one, lane=key)
            for key in ("true", "false")
            for one in given["branches"].get(key, ())
        ]
        edges = (*(one for one in edges if one.source != step.id), *own)
    missing = tuple(name for name in step.content_missing if name not in given)
    changed = msgspec.structs.replace(
        step, action=msgspec.structs.replace(branch, lanes=lanes), content_missing=missing
    )
    steps = tuple(changed if one.id == step.id else one for one in sequence.steps)
    return msgspec.structs.replace(sequence, steps=steps, edges=edges)
