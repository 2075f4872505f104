"""One rule as one filter of the target's segments: the field, the operator and the value.

A rule without an exact filter raises `Unsupported`; how rules make a tree is in segments.py.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from mappings.context import LoweringContext
from mappings.target import ref
from mappings.wording import sendable
from migrator.model.consent import ConsentState
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    Comparison,
    ConsentRule,
    FieldKind,
    FieldRule,
    ListRule,
    OpaqueRule,
    Rule,
    SegmentRule,
    TagRule,
)


@dataclass(frozen=True)
class Leaf:
    field: str
    operator: str
    value: Any
    """A text, or a `Ref` to a list or segment."""
    history: bool = False


class Unsupported(Exception):
    """For segments.py alone: the rule has no filter."""


OPPOSITE = {
    "is": "is_not",
    "contains": "not_contains",
    "is_empty": "is_not_empty",
    "gte": "lt",
    "lte": "gt",
    "less_than": "more_than",
    "at_least": "less_than_count",
}
OPPOSITE |= {value: key for key, value in OPPOSITE.items()}
_ATTRIBUTE = {
    Comparison.EQUALS: "is",
    Comparison.NOT_EQUALS: "is_not",
    Comparison.CONTAINS: "contains",
    Comparison.NOT_CONTAINS: "not_contains",
    Comparison.GREATER: "gt",
    Comparison.GREATER_OR_EQUAL: "gte",
    Comparison.LESS: "lt",
    Comparison.LESS_OR_EQUAL: "lte",
}
_NUMBER = re.compile(r"\s*-?[0-9]+(\.[0-9]+)?\s*\Z")
_EQUALS_NOTHING = {Comparison.EQUALS: "is_empty", Comparison.NOT_EQUALS: "is_not_empty"}
_EMPTY = {Comparison.IS_EMPTY: "is_empty", Comparison.IS_NOT_EMPTY: "is_not_empty"}
_BUILT_IN = {"email": "email", "first_name": "firstName", "last_name": "lastName", "phone": "phone"}
_BUILT_IN_OPERATORS = {
    "email": {*OPPOSITE} - {"is_empty", "is_not_empty"},
    "firstName": {"contains", "not_contains", "is_empty", "is_not_empty"},
    "lastName": {"contains", "not_contains", "is_empty", "is_not_empty"},
    "phone": {"is_empty", "is_not_empty"},
}
_STATUS = {
    ConsentState.SUBSCRIBED: "active",
    ConsentState.UNSUBSCRIBED: "unsubscribed",
    ConsentState.BOUNCED: "bounced",
}
_ENGAGEMENT = {
    Activity.SENT: "emailSent",
    Activity.DELIVERED: "emailDelivered",
    Activity.OPENED: "emailOpened",
    Activity.CLICKED: "emailClicked",
    Activity.BOUNCED: "emailBounced",
    Activity.COMPLAINED: "emailComplained",
}


def window(seconds: int | None) -> str:
    """As the target writes it: whole hours up to a year, else days it knows."""
    if seconds is None:
        return "all"
    hours = max(1, -(-seconds // 3600))
    if hours > 8760:
        raise Unsupported(f"a window of {hours // 24} days")
    return f"{hours}h" if hours % 24 or hours // 24 not in (7, 30, 90, 180) else f"{hours // 24}d"


def event_window(seconds: int | None) -> str:
    """Events are counted in days: for them no document has hours."""
    if seconds is None:
        return "all"
    days, rest = divmod(seconds, 86_400)
    if rest or not 1 <= days <= 365:
        raise Unsupported(f"an event within {seconds // 3600} hours")
    return f"{days}d"


def leaf_of(rule: Rule, context: LoweringContext) -> Leaf:
    match rule:
        case TagRule(tag=name):
            tag = context.tag(name)
            if not tag or "," in tag:
                raise Unsupported(f"the tag {name!r}")
            if name in context.left_tags:
                raise Unsupported(f"the tag {name!r}, which is left behind")
            return Leaf("tag", "contains", tag)
        case ListRule(list_id=list_id):
            if list_id not in context.lists:
                raise Unsupported(f"the list {list_id}, which is not planned")
            return Leaf("list", "is", ref(context.lists[list_id]))
        case SegmentRule(segment_id=segment_id):
            if segment_id not in context.segments:
                raise Unsupported(f"the segment {segment_id}, which is not planned")
            return Leaf("segment", "is", ref(context.segments[segment_id]))
        case ConsentRule(state=state):
            if state not in _STATUS:
                raise Unsupported(f"the state {state.value}")
            return Leaf("status", "is", _STATUS[state])
        case FieldRule():
            return _field(rule, context)
        case ActivityRule():
            return _activity(rule)
        case OpaqueRule(description=description):
            raise Unsupported(description)
    raise Unsupported("a rule of an unknown kind")


def scalar(value: Any) -> str | None:
    """A comparison's value as text, or None when it is no single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return None if not math.isfinite(value) else str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, int | str):
        return str(value).encode("utf-8", "replace").decode()
    return None


def _field(rule: FieldRule, context: LoweringContext) -> Leaf:
    what = f"{rule.key} {rule.comparison.value}"
    if rule.kind is FieldKind.EVENT_PROPERTY:
        raise Unsupported(f"{what} of an event")
    text = scalar(rule.value)
    if rule.kind is FieldKind.BUILT_IN:
        return _built_in(rule, text, what)
    if rule.key in context.left_fields:
        raise Unsupported(f"the field {rule.key!r}, which is left behind")
    name = context.attribute(rule.key)
    if not name.strip() or ":" in name:
        raise Unsupported(what)
    empty = _EMPTY.get(rule.comparison) or (_EQUALS_NOTHING.get(rule.comparison) if text == "" else None)
    if empty is not None:
        return Leaf("attribute", empty, f"{name}:")
    operator = _ATTRIBUTE.get(rule.comparison)
    if operator is None or not (text or "").strip() or cannot_compare(rule):
        raise Unsupported(what)
    return Leaf("attribute", operator, f"{name}:{text}")


def cannot_compare(rule: FieldRule) -> bool:
    """The target's filters and conditions compare texts and numbers. No document says what they make of a date, and
    "30 days ago" would be the number 30; and a text is neither more nor less than another one."""
    if rule.value_type in ("date", "relative_days") and rule.comparison in _ATTRIBUTE:
        return True
    return _ATTRIBUTE.get(rule.comparison) in ("gt", "gte", "lt", "lte") and not _NUMBER.match(scalar(rule.value) or "")


def _built_in(rule: FieldRule, text: str | None, what: str) -> Leaf:
    if rule.key in ("created_at", "subscribed_at") and text is not None and text.isdigit():
        operator = {Comparison.WITHIN_LAST_DAYS: "less_than", Comparison.NOT_WITHIN_LAST_DAYS: "more_than"}
        if rule.comparison in operator:
            return Leaf("added", operator[rule.comparison], f"{text}d")
    target = _BUILT_IN.get(rule.key)
    wanted = _EMPTY.get(rule.comparison) or _ATTRIBUTE.get(rule.comparison, "")
    if target is None or wanted not in _BUILT_IN_OPERATORS[target]:
        raise Unsupported(what)
    if wanted in ("is_empty", "is_not_empty"):
        return Leaf(target, wanted, "")
    if text is None:
        raise Unsupported(what)
    return Leaf(target, wanted, text)


def _activity(rule: ActivityRule) -> Leaf:
    what = f"{rule.activity.value} {rule.scope.value}"
    if rule.scope is not ActivityScope.ANY or rule.where is not None or rule.link is not None:
        raise Unsupported(what)
    if rule.activity is Activity.EVENT:
        span = event_window(rule.within_seconds)
        if not rule.event_name or ":" in rule.event_name:
            raise Unsupported(what)
        return _counted(rule, "event", f"{sendable(rule.event_name)}:", span, what)
    span = window(rule.within_seconds)
    field = _ENGAGEMENT.get(rule.activity)
    if field is None or rule.message_id is not None:
        raise Unsupported(what)
    return _counted(rule, field, "", span, what)


def _counted(rule: ActivityRule, field: str, head: str, span: str, what: str) -> Leaf:
    least, most = rule.at_least, rule.fewer_than
    if most is None and least == 1:
        return Leaf(field, "is", f"{head}{span}")
    if most == 1 and not least:
        return Leaf(field, "is_not", f"{head}{span}")
    if most is None and least is not None and least > 1:
        return Leaf(field, "at_least", f"{head}{least}:{span}")
    if most is not None and most > 1 and not least:
        return Leaf(field, "less_than_count", f"{head}{most}:{span}")
    raise Unsupported(f"{what} counted this way")
