"""What a person says about single steps: found in the account, checked against the step's kind, and typed.

Two ways of writing are understood: `steps."7/104".seconds = 60` and the table `[steps."7"."104"]` that an export
writes for the gaps of a bundle. Filling a step's fields in is in choices.py, what
changes a branch in branches_given.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

import msgspec

from mappings.answer_lines import step_key
from mappings.context import StepChoice
from migrator.model import EmailContent, Record, Sequence, Step, Template
from migrator.model.sequences import ApiOnly, MovedFrom
from migrator.model.steps import Branch, MoveToSequence, RandomSplit, SendEmail, WaitForEvent
from migrator.plan.answers.branches_given import FIELDS as BRANCH_FIELDS
from migrator.plan.answers.branches_given import check, described
from migrator.plan.answers.checks import check_filled, in_words, refusal, wrong_value
from migrator.plan.answers.choices import CONTENT_FIELDS, FROM_TEMPLATE, with_fields
from migrator.plan.answers.schema import unknown_key
from migrator.plan.answers.step_names import Meant, StepNames

_WORDS = frozenset(CONTENT_FIELDS)
FindTemplate = Callable[[str], Template | None]


@dataclass
class StepAnswers:
    choices: dict[str, StepChoice] = field(default_factory=dict)
    """By `step_key`, for the lowering."""
    structure: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The same for what changes a branch: its condition and which steps stand on which lane."""
    moves: dict[str, dict[str, None]] = field(default_factory=dict)
    """Sequence to those that hand people over to it by a step whose target the person named."""

    def applied(self, sequence: Sequence) -> Sequence:
        """The sequence with its gaps filled, as if the source had told them."""
        for step in sequence.steps:
            given = self.structure.get(step_key(sequence.source_id, step.id))
            if given and isinstance(step.action, Branch):
                sequence = described(sequence, step, step.action, given)
        if self.choices:
            steps = tuple(self._filled(sequence, step) for step in sequence.steps)
            sequence = msgspec.structs.replace(sequence, steps=steps)
        return self._started(sequence)

    def _filled(self, sequence: Sequence, step: Step) -> Step:
        choice = self.choices.get(step_key(sequence.source_id, step.id))
        return step if choice is None else with_fields(step, choice.fields)[0]

    def _started(self, sequence: Sequence) -> Sequence:
        starts = [MovedFrom(sequence_id=one) for one in self.moves.get(sequence.source_id, ())]
        new = tuple(start for start in starts if start not in sequence.triggers)
        if not new:
            return sequence
        before = tuple(one for one in sequence.triggers if not isinstance(one, ApiOnly))
        return msgspec.structs.replace(sequence, triggers=(*before, *new))


def read_step_answers(
    steps: Mapping[str, Any], sequences: Iterable[Sequence], where: str, template: FindTemplate = lambda _: None
) -> StepAnswers:
    """`sequences` are all of the account, with or without their emails' bodies."""
    answers = StepAnswers()
    if not steps:
        return answers
    names = StepNames(sequences, _types)
    for key, given in steps.items():
        for one in names.meant(key, given, where):
            _take(answers, one, where, template)
            _note_move(answers, one, names.sequences, where)
    return answers


def _names(known: Mapping[str, Sequence]) -> dict[str, str]:
    return {key: one.name for key, one in known.items()}


def _note_move(answers: StepAnswers, one: Meant, known: Mapping[str, Sequence], where: str) -> None:
    place = step_key(one.sequence.source_id, one.step.id)
    target = answers.choices[place].fields.get("sequence_id")
    if target is not None and target not in known:
        why = "the bundle has no such sequence"
        raise unknown_key((*one.path, "sequence_id", target), _names(known), where, why)
    if isinstance(one.step.action, MoveToSequence) and target is not None:
        answers.moves.setdefault(target, {}).setdefault(one.sequence.source_id)


def _take(answers: StepAnswers, one: Meant, where: str, template: FindTemplate) -> None:
    sequence, step, given, path = one
    if not isinstance(given, dict):
        raise refusal(path, "must be a table of settings", where, fix="See docs/mappings.md.")
    place = step_key(sequence.source_id, step.id)
    types = _types(step)
    fields: dict[str, Any] = {}
    skip = False
    for key, value in given.items():
        if key not in types:
            kind = type(step.action).__struct_config__.tag
            raise unknown_key((*path, key), list(types), where, f"the step is of the kind {kind}", once_there=False)
        check_filled(value, (*path, key), where)
        if isinstance(value, time):
            value = value.isoformat()  # TOML has times of its own; written without quotes they mean the same
        try:
            typed = msgspec.convert(value, types[key])
        except msgspec.ValidationError as error:
            why = in_words(str(error).partition(" - at ")[0])
            raise wrong_value((*path, key), where, why) from None
        if key == "skip":
            skip = typed
        elif key in BRANCH_FIELDS and isinstance(step.action, Branch):
            check(sequence, step, key, typed, (*path, key), where)
            answers.structure.setdefault(place, {})[key] = typed
        else:
            fields[key] = typed
    if isinstance(step.action, SendEmail) and "template_id" in fields:
        found = template(fields["template_id"])
        if found is None:
            fix = "Name one that is there, or write the subject and the body instead."
            raise refusal((*path, "template_id"), "names no template of the bundle", where, fix=fix)
        fields[FROM_TEMPLATE] = found.content
    before = answers.choices.get(place, StepChoice())
    over = before.over | {name for name, value in fields.items() if _told_otherwise(step, name, value)}
    answers.choices[place] = StepChoice(skip=skip or before.skip, fields={**before.fields, **fields}, over=over)


def _told_otherwise(step: Step, name: str, value: Any) -> bool:
    """Whether the source says something else by itself. What an email reads is not at hand here, only whether the
    source gave it."""
    if name in step.content_missing or name == FROM_TEMPLATE:
        return False
    place: Record = step.action
    if isinstance(step.action, SendEmail) and name in CONTENT_FIELDS:
        place = step.action.content
    held = getattr(place, name, None)
    return held not in (None, "", (), {}, value)


def _types(step: Step) -> dict[str, Any]:
    # Behind a step with several ways there is no one way to go on by.
    splits = isinstance(step.action, Branch | RandomSplit | WaitForEvent)
    found: dict[str, Any] = {} if splits else {"skip": bool}
    if isinstance(step.action, SendEmail):
        found |= {"live": bool, "template_id": str}
        return found | {
            one.name: one.type for one in msgspec.structs.fields(EmailContent) if one.name in CONTENT_FIELDS
        }
    found |= {one.name: one.type for one in msgspec.structs.fields(type(step.action))}
    return found | (BRANCH_FIELDS if isinstance(step.action, Branch) else {})
