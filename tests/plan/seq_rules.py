"""Whether a rule of the source holds for a person, by what has happened to them so far."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from seq_person import Someone, SourceRun

from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    Comparison,
    FieldKind,
    FieldRule,
    ListRule,
    Not,
    OpaqueRule,
    Rule,
    SegmentRule,
    TagRule,
)

WARM = "warm"
"""The tag that makes somebody a member of segment 3."""


class Standing:
    """What is true of the person at this moment."""

    now: datetime

    def __init__(self, person: Someone) -> None:
        self.person = person
        self.tags, self.lists = set(person.tags), set(person.lists)
        self.attributes = dict(person.attributes)
        self.events: list[tuple[str, datetime]] = []
        self.mails: list[tuple[str, datetime]] = []

    def holds(self, rule: Rule, run: SourceRun | None) -> bool:
        match rule:
            case AllOf(rules=several):
                return all(self.holds(one, run) for one in several)
            case AnyOf(rules=several):
                return any(self.holds(one, run) for one in several)
            case Not(rule=inner):
                return not self.holds(inner, run)
            case TagRule(tag=tag):
                return tag in self.tags
            case ListRule(list_id=list_id):
                return list_id in self.lists
            case SegmentRule(segment_id="3"):
                return WARM in self.tags
            case FieldRule():
                return field_holds(rule, self.attributes.get(rule.key))
            case ActivityRule(activity=Activity.EVENT, event_name=name):
                if run is None and rule.scope is ActivityScope.THIS_SEQUENCE:
                    return False
                since = run.started if run is not None and rule.scope is ActivityScope.THIS_SEQUENCE else None
                times = sum(one == name and (since is None or at >= since) for one, at in self.events)
                times += self.person.past and since is None and name == "bought"
                return as_often(rule, times)
            case ActivityRule():
                return self._engaged(rule, run)
        return False

    def _engaged(self, rule: ActivityRule, run: SourceRun | None) -> bool:
        after = self.person.clicks_after if rule.activity is Activity.CLICKED else self.person.opens_after
        match rule.scope:
            case ActivityScope.ANY:
                mails = self.mails
            case ActivityScope.PREVIOUS_EMAIL:
                mails = run.mails[-1:] if run else []
            case _:
                mails = run.mails if run else []
        times = sum(subject in after and sent + after[subject] <= self.now for subject, sent in mails)
        times += self.person.past and rule.scope is ActivityScope.ANY
        return as_often(rule, times)


def unknown(rule: Rule) -> bool:
    match rule:
        case AllOf(rules=several) | AnyOf(rules=several):
            return any(unknown(one) for one in several)
        case Not(rule=inner):
            return unknown(inner)
        case OpaqueRule() | FieldRule(kind=FieldKind.EVENT_PROPERTY):
            return True
        case SegmentRule(segment_id=segment_id):
            return segment_id != "3"
    return False


def as_often(rule: ActivityRule, times: int) -> bool:
    return times >= (rule.at_least or 0) and (rule.fewer_than is None or times < rule.fewer_than)


def field_holds(rule: FieldRule, value: Any) -> bool:
    text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    match rule.comparison:
        case Comparison.EQUALS:
            return text == rule.value
        case Comparison.NOT_EQUALS:
            return text != rule.value
        case Comparison.CONTAINS:
            return text is not None and rule.value in text
        case Comparison.STARTS_WITH:
            return text is not None and text.startswith(rule.value)
        case Comparison.GREATER_OR_EQUAL:
            return text is not None and text.isdigit() and int(text) >= rule.value
    raise NotImplementedError(rule.comparison)
