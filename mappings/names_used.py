"""What sequences name beside what people have: tags and custom fields that may be nowhere else in an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mappings.value_marks import Mark, marks_of
from migrator.model.rules import AllOf, AnyOf, FieldKind, FieldRule, Not, Rule, TagRule
from migrator.model.sequences import AttributeChanged, DateReached, Sequence, TagAdded
from migrator.model.steps import AddTags, Branch, RemoveTags, SetAttribute, WaitForEvent, WaitUntilDate

_OF_THE_PROFILE = ("first_name", "last_name")
"""A step that sets one of these sets no custom field."""


def tags_named(sequences: Iterable[Sequence]) -> set[str]:
    """Every tag that a sequence starts by, adds, takes off or asks for, as the source writes it."""
    found: set[str] = set()
    for one in sequences:
        found.update(start.tag for start in one.triggers if isinstance(start, TagAdded))
        for step in one.steps:
            if isinstance(step.action, AddTags | RemoveTags):
                found.update(step.action.tags)
        found.update(rule.tag for rule in _leaves(one) if isinstance(rule, TagRule))
    return found


def fields_named(sequences: Iterable[Sequence]) -> set[str]:
    """Every custom field that a sequence sets, waits for or asks for, dotted."""
    found: set[str] = set()
    for one in sequences:
        found.update(start.key for start in one.triggers if isinstance(start, AttributeChanged | DateReached))
        for action in (step.action for step in one.steps):
            match action:
                case SetAttribute(key=key) if key not in _OF_THE_PROFILE:
                    found.add(key)
                case WaitUntilDate(key=str(key), from_event=False):
                    found.add(key)
        custom = (rule for rule in _leaves(one) if isinstance(rule, FieldRule) and rule.kind is FieldKind.CUSTOM)
        found.update(rule.key for rule in custom)
    return {key for key in found if key}


def marks_named(sequences: Iterable[Sequence]) -> dict[str, set[Mark]]:
    """What is peculiar about the values that sequences give to custom fields."""
    found: dict[str, set[Mark]] = {}
    for action in (step.action for one in sequences for step in one.steps):
        if isinstance(action, SetAttribute) and action.key not in _OF_THE_PROFILE and action.value is not None:
            marks = marks_of(action.value) | ({Mark.LIST} if action.operation in ("append", "remove") else set())
            found.setdefault(action.key, set()).update(marks)
    return found


def _leaves(sequence: Sequence) -> Iterator[Rule]:
    rules = [sequence.entry_filter, *(exit_rule.rule for exit_rule in sequence.exit_rules)]
    rules += [wanted.rule for wanted in sequence.email_filters]
    for action in (step.action for step in sequence.steps):
        if isinstance(action, Branch):
            rules += [lane.rule for lane in action.lanes]
        elif isinstance(action, WaitForEvent):
            rules.append(action.rule)
    while rules:
        match rules.pop():
            case AllOf(rules=parts) | AnyOf(rules=parts):
                rules += parts
            case Not(rule=part):
                rules.append(part)
            case None:
                pass
            case rule:
                yield rule
