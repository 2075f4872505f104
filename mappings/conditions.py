"""Conditions of branches: a rule becomes conditions of the target joined by and, or and not.

Putting the expression into a graph (nested branches, lanes to one target, swapped lanes) is migrator/plan's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mappings.answer_lines import line
from mappings.capitals import capitals
from mappings.context import LoweringContext, Opened
from mappings.findings import find
from mappings.segment_leaves import cannot_compare, scalar
from mappings.segments import leans_on_history, made_for
from mappings.target import Body, ref
from mappings.verdicts import Finding, Lowered
from mappings.wording import sendable
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

History = Literal["", "previous_email", "this_sequence", "events", "window"]
"""What of the past a condition looks at. People who were moved have no past at the target."""


@dataclass(frozen=True)
class Atom:
    condition: Body
    history: History = ""
    segment: tuple[str, Body] | None = None
    """A segment that must be created for it: key and body."""


@dataclass(frozen=True)
class Joined:
    all: bool
    """Whether every part must hold, or one of them is enough."""
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Negated:
    part: Expression


Expression = Atom | Joined | Negated


@dataclass(frozen=True)
class Where:
    """The place of the condition: how far back its emails lie, for windows in hours."""

    sequence_id: str
    since_previous_email: int | None
    """The longest way from the email before it, in seconds; None when the time is open."""
    since_start: int | None
    settles: str = ""
    mailed: bool = True
    """Whether an email may have been sent on the way here."""


_SCOPE = {
    ActivityScope.PREVIOUS_EMAIL: "previous_email",
    ActivityScope.THIS_SEQUENCE: "this_sequence",
    ActivityScope.ANY: "ever",
}
_FIELD = {
    Comparison.EQUALS: ("field_equals", False),
    Comparison.NOT_EQUALS: ("field_equals", True),
    Comparison.CONTAINS: ("field_contains", False),
    Comparison.NOT_CONTAINS: ("field_contains", True),
    Comparison.GREATER: ("field_greater_than", False),
    Comparison.LESS: ("field_less_than", False),
}
HOUR, YEAR_HOURS = 3600, 8760
SLACK_HOURS = 1
"""Emails leave a little before the wait begins."""


def lower_rule(rule: Rule, where: Where, context: LoweringContext) -> Lowered[Expression]:
    match rule:
        case AllOf(rules=rules) | AnyOf(rules=rules):
            return _joined(isinstance(rule, AllOf), rules, where, context)
        case Not(rule=inner):
            found = lower_rule(inner, where, context)
            return Lowered(value=None if found.value is None else Negated(found.value), findings=found.findings)
        case TagRule(tag=name):
            tag = context.tag(name)
            if not tag:
                return _unsupported(f"a tag without a name: {name!r}")
            if name in context.left_tags:
                return Lowered(value=None, findings=(find("tag-left-behind", tag=name),))
            return Lowered(
                value=Atom({"conditionType": "has_tag", "tagName": tag}), findings=_collision(tag, name, context)
            )
        case ListRule(list_id=list_id):
            if list_id not in context.lists:
                return Lowered(value=None, findings=(find("list-unknown", list=list_id),))
            return Lowered(value=Atom({"conditionType": "in_list", "listId": ref(context.lists[list_id])}))
        case SegmentRule(segment_id=segment_id):
            if segment_id not in context.segments:
                return Lowered(value=None, findings=(find("segment-unknown", segment=segment_id),))
            condition = {"conditionType": "in_segment", "segmentId": ref(context.segments[segment_id])}
            if segment_id in context.history_segments:
                return Lowered(value=Atom(condition, "window"), findings=(find("engagement-history"),))
            return Lowered(value=Atom(condition))
        case FieldRule():
            return _field(rule, context)
        case ActivityRule():
            return _activity(rule, where, context)
        case OpaqueRule(description=description):
            return _unsupported(description)
    return _by_segment(rule, context)


def _joined(every: bool, rules: tuple[Rule, ...], where: Where, context: LoweringContext) -> Lowered[Expression]:
    if not rules:
        return _unsupported("an empty group of rules")
    found = [lower_rule(one, where, context) for one in rules]
    findings = tuple(dict.fromkeys(finding for one in found for finding in one.findings))
    parts = tuple(one.value for one in found if one.value is not None)
    if len(parts) < len(found):
        return Lowered(value=None, findings=findings)
    return Lowered(value=parts[0] if len(parts) == 1 else Joined(every, parts), findings=findings)


def _unsupported(what: object) -> Lowered[Expression]:
    return Lowered(value=None, findings=(find("condition-unsupported", what=what),))


def _collision(tag: str, name: str, context: LoweringContext) -> tuple[Finding, ...]:
    others = sorted(set(context.tag_collisions.get(tag, ())) - {name})
    return (find("tag-collision", tag=tag, others=", ".join(others)),) if others else ()


def _by_segment(rule: Rule, context: LoweringContext) -> Lowered[Expression]:
    made = made_for(rule, context)
    if made is None:
        return _unsupported(type(rule).__name__)
    findings = [find("condition-segment"), *capitals(rule)]
    if leans_on_history(rule):
        findings.append(find("engagement-history"))
    atom = Atom(
        {"conditionType": "in_segment", "segmentId": ref(made[0])},
        history="window" if leans_on_history(rule) else "",
        segment=made,
    )
    return Lowered(value=atom, findings=tuple(findings))


def _field(rule: FieldRule, context: LoweringContext) -> Lowered[Expression]:
    if rule.kind is FieldKind.EVENT_PROPERTY:
        return Lowered(value=None, findings=(find("field-is-event", field=rule.key),))
    if rule.kind is FieldKind.CUSTOM and rule.key in context.left_fields:
        return Lowered(value=None, findings=(find("field-left-behind", field=rule.key),))
    if rule.comparison in (Comparison.ONE_OF, Comparison.NOT_ONE_OF):
        return _one_of(rule, context)
    text = scalar(rule.value)
    plain = rule.kind is FieldKind.CUSTOM and rule.comparison in _FIELD and not cannot_compare(rule)
    if plain and (text or "").strip() and _named(rule, context):
        kind, negated = _FIELD[rule.comparison]
        atom = Atom({"conditionType": kind, "fieldName": context.attribute(rule.key), "fieldValue": text})
        return Lowered(value=Negated(atom) if negated else atom, findings=capitals(rule))
    by_segment = _by_segment(rule, context)
    if by_segment.value is None:
        finding = find("comparison-unsupported", field=rule.key, comparison=rule.comparison.value.replace("_", " "))
        return Lowered(value=None, findings=(finding,))
    return by_segment


def _named(rule: FieldRule, context: LoweringContext) -> bool:
    return bool(context.attribute(rule.key).strip())


def _one_of(rule: FieldRule, context: LoweringContext) -> Lowered[Expression]:
    values = [scalar(value) for value in rule.value] if isinstance(rule.value, list | tuple) else []
    usable = bool(values) and all((value or "").strip() for value in values) and _named(rule, context)
    if not usable or rule.kind is not FieldKind.CUSTOM:
        finding = find("comparison-unsupported", field=rule.key, comparison=rule.comparison.value.replace("_", " "))
        return Lowered(value=None, findings=(finding,))
    name = context.attribute(rule.key)
    atoms = tuple(
        Atom({"conditionType": "field_equals", "fieldName": name, "fieldValue": value})
        for value in dict.fromkeys(values)
    )
    found: Expression = atoms[0] if len(atoms) == 1 else Joined(all=False, parts=atoms)
    value = Negated(found) if rule.comparison is Comparison.NOT_ONE_OF else found
    return Lowered(value=value, findings=capitals(rule))


def _activity(rule: ActivityRule, where: Where, context: LoweringContext) -> Lowered[Expression]:
    if rule.activity is Activity.OPENED and rule.scope is not ActivityScope.ANY:
        return _plain_count(rule, _opened(rule, where, context))
    scope = _SCOPE.get(rule.scope)
    simple = rule.within_seconds is None and rule.where is None and rule.message_id is None and scope is not None
    history: History = (
        "previous_email"
        if rule.scope is ActivityScope.PREVIOUS_EMAIL
        else "this_sequence"
        if rule.scope is ActivityScope.THIS_SEQUENCE
        else "window"
    )
    if simple and rule.activity is Activity.CLICKED:
        condition: Body = {"conditionType": "link_clicked", "activityScope": scope}
        if rule.link:
            condition["linkUrl"] = sendable(rule.link)
        return _plain_count(rule, Lowered(value=Atom(condition, history), findings=_history(rule)))
    name = rule.event_name if rule.activity is Activity.EVENT else None
    if rule.activity is Activity.REPLIED:
        name = "email.replied"
    if simple and name:
        condition = {"conditionType": "event_received", "eventName": sendable(name), "activityScope": scope}
        history = "events" if rule.scope is ActivityScope.THIS_SEQUENCE else history
        return _plain_count(rule, Lowered(value=Atom(condition, history), findings=_history(rule)))
    if rule.scope is ActivityScope.ANY:
        found = _by_segment(rule, context)
        if found.value is not None:
            return found
    return _unsupported(f"{rule.activity.value}, {rule.scope.value.replace('_', ' ')}")


def _history(rule: ActivityRule) -> tuple[Finding, ...]:
    return (find("engagement-history"),) if rule.scope is ActivityScope.ANY else ()


def _plain_count(rule: ActivityRule, found: Lowered[Expression]) -> Lowered[Expression]:
    """Branches know "did" and "did not"; other counts need a segment, which knows no sequence."""
    if found.value is None:
        return found
    if rule.fewer_than is None and rule.at_least == 1:
        return found
    if rule.fewer_than == 1 and not rule.at_least:
        return Lowered(value=Negated(found.value), findings=found.findings)
    return _unsupported(f"{rule.activity.value} counted")


def _opened(rule: ActivityRule, where: Where, context: LoweringContext) -> Lowered[Expression]:
    if not where.mailed and rule.scope in _SCOPE:
        # No email, so none was opened, and none clicked: a look further back would find emails of others.
        return Lowered(value=Atom({"conditionType": "link_clicked", "activityScope": "this_sequence"}))
    choice = context.opened_for(where.sequence_id)
    previous = rule.scope is ActivityScope.PREVIOUS_EMAIL
    seconds = where.since_previous_email if previous else where.since_start
    hours = YEAR_HOURS if seconds is None else min(YEAR_HOURS, -(-seconds // HOUR) + SLACK_HOURS)
    history: History = "previous_email" if previous else "this_sequence"
    if choice is Opened.CLICKED and rule.scope in _SCOPE:
        condition: Body = {"conditionType": "link_clicked", "activityScope": _SCOPE[rule.scope]}
        return Lowered(value=Atom(condition, history), findings=(find("opened-as-clicked"),))
    if choice is Opened.EVENT and rule.scope in _SCOPE:
        condition = {
            "conditionType": "event_received",
            "eventName": "email.opened",
            "activityScope": _SCOPE[rule.scope],
        }
        return Lowered(value=Atom(condition, history), findings=(find("opened-as-event"),))
    if choice is Opened.SEGMENT and rule.scope is not ActivityScope.MESSAGE:
        wide = ActivityRule(activity=Activity.OPENED, scope=ActivityScope.ANY, within_seconds=hours * HOUR)
        made = made_for(wide, context)
        which = "the email before" if previous else "an email of this sequence"
        if made is not None:
            atom = Atom({"conditionType": "in_segment", "segmentId": ref(made[0])}, history, made)
            return Lowered(value=atom, findings=(find("opened-as-segment", which=which, hours=hours),))
    settles = line(("sequences", where.sequence_id, "opened"), "segment")
    return Lowered(value=None, findings=(find("opened-asked", hours=hours, settles=settles),))
