"""Segment rules to rule trees, through three generations of how rules and groups are combined.

Rules of a group: the group's `match_type`, by default all. Groups: the segment's `match_type`, by default any.
A comparison without a neutral word becomes opaque, with its row, and nothing may treat it as true.
"""

from __future__ import annotations

from typing import Any

from adapters.broadcast.surprises import Surprises
from adapters.broadcast.unread_rules import unread_in_group, unread_in_rule, unread_in_segment
from adapters.broadcast.wire import Row, filled, flag, id_order, instant, opened, text, text_id, whole
from migrator.model import Raw, Segment
from migrator.model.rules import (
    Activity,
    ActivityRule,
    AllOf,
    AnyOf,
    Comparison,
    FieldKind,
    FieldRule,
    Not,
    OpaqueRule,
    Rule,
    TagRule,
)

DAY = 86_400
_BUILT_IN = frozenset({"email", "first_name", "last_name", "created_at", "is_active", "is_confirmed"})
_ACTIVITY_DATES = {
    f"{prefix}_email_{verb}_at": activity
    for prefix in ("last", "any")
    for verb, activity in (
        ("sent", Activity.SENT),
        ("opened", Activity.OPENED),
        ("clicked", Activity.CLICKED),
    )
}
_COUNTS = {
    "total_emails_sent": Activity.SENT,
    "total_emails_opened": Activity.OPENED,
    "total_emails_clicked": Activity.CLICKED,
}
_WINDOWS = {"emails_opened_within_days": Activity.OPENED, "emails_clicked_within_days": Activity.CLICKED}
_EVER = {"has_opened_any_email": Activity.OPENED, "has_clicked_any_email": Activity.CLICKED}
_COMPARISONS = {
    "equals": Comparison.EQUALS,
    "not_equals": Comparison.NOT_EQUALS,
    "contains": Comparison.CONTAINS,
    "not_contains": Comparison.NOT_CONTAINS,
    "starts_with": Comparison.STARTS_WITH,
    "ends_with": Comparison.ENDS_WITH,
    "not_starts_with": Comparison.NOT_STARTS_WITH,
    "not_ends_with": Comparison.NOT_ENDS_WITH,
    "is_empty": Comparison.IS_EMPTY,
    "is_not_empty": Comparison.IS_NOT_EMPTY,
    "greater_than": Comparison.GREATER,
    "less_than": Comparison.LESS,
    "greater_than_or_equal": Comparison.GREATER_OR_EQUAL,
    "less_than_or_equal": Comparison.LESS_OR_EQUAL,
    "before": Comparison.BEFORE,
    "after": Comparison.AFTER,
    "on_or_before": Comparison.LESS_OR_EQUAL,
    "on_or_after": Comparison.GREATER_OR_EQUAL,
    "within_last_days": Comparison.WITHIN_LAST_DAYS,
    "not_within_last_days": Comparison.NOT_WITHIN_LAST_DAYS,
}
_VALUE_TYPES = {
    "string": "text",
    "integer": "number",
    "float": "number",
    "date": "date",
    "boolean": "boolean",
    "relative_date": "relative_days",
}

_RULE_VALUES = {"number": "number", "date": "date", "boolean": "boolean"}


def read_segment(data: Raw, surprises: Surprises, *, members_file: str | None = None) -> Segment | None:
    row = Row(data)
    source_id = row.take(text_id, "id")
    if source_id is None:
        return None
    groups = row.data.get("segment_groups")
    rule = None
    if isinstance(groups, list):
        row.know("segment_groups")
        rule = _segment_rule(groups, row.data.get("match_type"))
    name = row.take(text, "name", "label")
    description = row.take(filled, "description")
    count = row.take(whole, "subscribers_count")
    rest = row.rest()
    if rule is not None and (why := unread_in_segment(rest)):
        rule = OpaqueRule(description=f"the segment: {why}", raw={"segment_groups": groups})
    surprises.unknown_keys("segments", rest, frozenset({"created_at", "updated_at", "match_type"}))
    return Segment(
        source_id=source_id,
        name=name or f"Segment {source_id}",
        description=description,
        rule=rule,
        member_count=count,
        members_file=members_file,
        raw=rest,
    )


def leans_on_history(rule: Rule | None) -> bool:
    """Whether a rule needs opens and clicks that do not move, so that its members must be frozen. An unknown
    rule does: only its members say what it meant."""
    match rule:
        case AllOf(rules=rules) | AnyOf(rules=rules):
            return any(leans_on_history(item) for item in rules)
        case Not(rule=inner):
            return leans_on_history(inner)
        case FieldRule(key=key):
            return key in _ACTIVITY_DATES or key in _COUNTS
        case ActivityRule() | OpaqueRule():
            return True
        case _:
            return False


def _segment_rule(groups: list[Any], match_type: object) -> Rule:
    read = [_group_rule(group) for group in _by_position(groups)]
    return _combine(read, match_type, default="any")


def _group_rule(group: Any) -> Rule:
    if not isinstance(group, dict) or not isinstance(group.get("segment_rules"), list):
        return OpaqueRule(description="a group of rules that cannot be read", raw=_as_raw(group))
    if why := unread_in_group(group):
        return OpaqueRule(description=f"a group of rules: {why}", raw=group)
    rules = [_rule(item) for item in _by_position(group["segment_rules"])]
    return _combine(rules, group.get("match_type"), default="all")


def _combine(rules: list[Rule], match_type: object, *, default: str) -> Rule:
    said = default if match_type is None or match_type == "" else match_type
    how = said.strip().lower() if isinstance(said, str) else ""
    if how not in ("all", "any"):
        return OpaqueRule(description=f"rules combined by '{how or match_type}'")
    if len(rules) == 1:
        return rules[0]
    return AllOf(rules=tuple(rules)) if how == "all" else AnyOf(rules=tuple(rules))


def _by_position(items: list[Any]) -> list[Any]:
    def order(item: Any) -> tuple[int, tuple[int, int, str]]:
        if not isinstance(item, dict):
            return (0, (1, 0, ""))
        return (whole(item.get("position")) or 0, id_order(text_id(item.get("id")) or ""))

    return sorted(items, key=order)


def _as_raw(value: Any) -> Raw:
    return value if isinstance(value, dict) else {"value": value}


def _rule(item: Any) -> Rule:
    if not isinstance(item, dict):
        return OpaqueRule(description="a rule that cannot be read", raw=_as_raw(item))
    field, operator = text(item.get("field")), text(item.get("operator"))
    plain = _plain(item, field, operator) if field and operator else None
    if plain is None or isinstance(plain, OpaqueRule):
        why = plain.description if plain else f"{field or 'no field'} {operator or 'no operator'}"
        return OpaqueRule(description=why, raw=item)
    if unread := unread_in_rule(item, counts=field in _WINDOWS):
        return OpaqueRule(description=f"{field} {operator}: {unread}", raw=item)
    return Not(rule=plain) if flag(item.get("is_negative")) else plain


def _plain(item: Raw, field: str, operator: str) -> Rule | None:
    value = opened(item.get("value"))
    kind = text(item.get("rule_type"))
    if operator in ("tagged_with", "not_tagged_with"):
        return OpaqueRule(description="clicked an email that carries a tag of its own; not a tag of the person")
    if field == "tags":
        return _tag_rule(operator, value)
    if field in _WINDOWS:
        return _window(_WINDOWS[field], operator, whole(value), whole(item.get("secondary_value")))
    if field in _EVER:
        return _yes_no(ActivityRule(activity=_EVER[field]), operator, value)
    if field in _COUNTS:
        return _count(_COUNTS[field], operator, whole(value))
    if field in _ACTIVITY_DATES:
        activity = _activity_date(_ACTIVITY_DATES[field], operator, whole(value))
        if activity is not None:
            return activity
    if field == "sequential_id":
        return OpaqueRule(description="an internal number of the platform")
    return _field_rule(item, field, operator, value, kind)


def _tag_rule(operator: str, value: Any) -> Rule | None:
    wanted = value if isinstance(value, list) else [value]
    tags = [tag for tag in wanted if isinstance(tag, str) and tag]
    if operator in ("is_empty", "is_not_empty"):
        empty = FieldRule(kind=FieldKind.BUILT_IN, key="tags", comparison=Comparison.IS_EMPTY)
        return empty if operator == "is_empty" else Not(rule=empty)
    if len(tags) != 1 or len(tags) != len(wanted):
        return OpaqueRule(description="several tags at once: whether any or all are meant is not published")
    if operator in ("contains", "includes", "equals"):
        return TagRule(tag=tags[0])
    if operator in ("not_contains", "excludes", "not_equals"):
        return Not(rule=TagRule(tag=tags[0]))
    return None


def _window(activity: Activity, operator: str, days: int | None, count: int | None) -> Rule | None:
    if days is None or count is None or days < 0 or count < 0:
        return None
    if operator == "at_least_within_days":
        return ActivityRule(activity=activity, at_least=count, within_seconds=days * DAY)
    if operator == "fewer_than_within_days":
        return ActivityRule(activity=activity, at_least=None, fewer_than=count, within_seconds=days * DAY)
    return None


def _yes_no(rule: Rule, operator: str, value: Any) -> Rule | None:
    truth = {"is_true": True, "is_false": False}.get(operator)
    if operator in ("equals", "not_equals"):
        said = flag(value)
        truth = None if said is None else said is (operator == "equals")
    return None if truth is None else rule if truth else Not(rule=rule)


def _count(activity: Activity, operator: str, number: int | None) -> Rule | None:
    if number is None or number < 0:
        return None
    exactly = ActivityRule(activity=activity, at_least=number, fewer_than=number + 1)
    found: dict[str, Rule] = {
        "greater_than": ActivityRule(activity=activity, at_least=number + 1),
        "greater_than_or_equal": ActivityRule(activity=activity, at_least=number),
        "less_than": ActivityRule(activity=activity, at_least=None, fewer_than=number),
        "less_than_or_equal": ActivityRule(activity=activity, at_least=None, fewer_than=number + 1),
        "equals": exactly,
        "not_equals": Not(rule=exactly),
    }
    return found.get(operator)


def _activity_date(activity: Activity, operator: str, days: int | None) -> Rule | None:
    ever = ActivityRule(activity=activity)
    if operator in ("never", "is_empty"):
        return Not(rule=ever)
    if operator == "is_not_empty":
        return ever
    if days is None or days < 0:
        return None
    recent = ActivityRule(activity=activity, within_seconds=days * DAY)
    found: dict[str, Rule] = {"within_last_days": recent, "not_within_last_days": Not(rule=recent)}
    return found.get(operator)


def _field_rule(item: Raw, field: str, operator: str, value: Any, kind: str | None) -> Rule | None:
    known = field in _BUILT_IN or field in _ACTIVITY_DATES
    key = field if known else field.removeprefix("custom_data.")
    field_kind = FieldKind.BUILT_IN if known else FieldKind.CUSTOM
    value_type = _VALUE_TYPES.get((text(item.get("value_type")) or "").strip().lower())
    if value_type in (None, "text"):
        # Values come as strings whatever they are; what sort of rule it is says more.
        value_type = _RULE_VALUES.get((kind or "").strip().lower(), value_type)
    if kind == "array" and not known:
        return OpaqueRule(description=f"{field} {operator}: a list that holds a value, not a text that contains it")
    if operator in ("is_true", "is_false"):
        return FieldRule(
            kind=field_kind,
            key=key,
            comparison=Comparison.EQUALS,
            value=operator == "is_true",
            value_type="boolean",
        )
    if operator == "never":
        return FieldRule(kind=field_kind, key=key, comparison=Comparison.IS_EMPTY)
    comparison = _COMPARISONS.get(operator)
    if comparison is None or isinstance(value, (dict, list)):
        return None
    if operator in ("within_last_days", "not_within_last_days"):
        if whole(value) is None:
            return None
    elif value_type == "date" and value is not None and instant(value) is None:
        return None
    empty = operator in ("is_empty", "is_not_empty")
    return FieldRule(
        kind=field_kind,
        key=key,
        comparison=comparison,
        value=None if empty else value,
        value_type=value_type,
        case_sensitive=bool(flag(item.get("case_sensitive"))),
    )
