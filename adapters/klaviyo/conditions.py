"""Condition groups to rules: groups are joined by and, the conditions of one group by or. One function a condition.

A condition that the model has no word for becomes opaque, which nothing takes for true.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from adapters.kit.wire import filled, identities, identity, part, rows, whole
from adapters.klaviyo.filters import field_rule, opaque, property_key, seconds_of
from migrator.model import ConsentState, Raw, Rule
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    ConsentRule,
    FieldKind,
    FieldRule,
    ListRule,
    Not,
    SegmentRule,
)

MAIL: dict[str, Activity] = {
    "Received Email": Activity.DELIVERED,
    "Opened Email": Activity.OPENED,
    "Clicked Email": Activity.CLICKED,
    "Bounced Email": Activity.BOUNCED,
    "Marked Email as Spam": Activity.COMPLAINED,
}
"""The platform's own events about its own mail: the target has words for these, and will never be sent the events."""
_CONSENT = {
    "subscribed": ConsentState.SUBSCRIBED,
    "unsubscribed": ConsentState.UNSUBSCRIBED,
    "never_subscribed": ConsentState.NEVER_SUBSCRIBED,
}


@dataclass(frozen=True)
class Names:
    """What the ids inside definitions stand for."""

    metrics: Mapping[str, str] = field(default_factory=dict)
    own: Collection[str] = ()
    """Ids of metrics that the platform itself makes."""
    lists: Collection[str] = ()
    segments: Collection[str] = ()


def read_filter(told: object, names: Names, flow_id: str = "") -> Rule | None:
    """None: there is no filter. An unreadable one is opaque, never absent."""
    if told is None or told == {}:
        return None
    groups = part(told).get("condition_groups")
    if groups is None or not isinstance(groups, list):
        return opaque("a filter in an unknown form", told)
    parts = [_any([read_condition(one, names, flow_id) for one in rows(part(group).get("conditions"))], group)
             for group in groups]  # fmt: skip
    return joined(parts)


def joined(parts: list[Rule]) -> Rule | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else AllOf(rules=tuple(parts))


def _any(parts: list[Rule], group: object) -> Rule:
    if not parts:
        return opaque("an empty group of conditions", group)
    return parts[0] if len(parts) == 1 else AnyOf(rules=tuple(parts))


def read_condition(told: Raw, names: Names, flow_id: str = "") -> Rule:
    kind = str(told.get("type"))
    read = _READERS.get(kind)
    found = read(told, names, flow_id) if read else None
    return found or opaque(kind.replace("-", " "), told)


def _property(told: Raw, names: Names, flow_id: str) -> Rule | None:
    written = filled(told.get("property"))
    if written is None:
        return None
    kind, key = property_key(written)
    return field_rule(kind, key, told.get("filter"))


def _event_property(told: Raw, names: Names, flow_id: str) -> Rule | None:
    key = filled(told.get("field"))
    return None if key is None else field_rule(FieldKind.EVENT_PROPERTY, key, told.get("filter"))


def _membership(told: Raw, names: Names, flow_id: str) -> Rule | None:
    ids = identities(told.get("group_ids"))
    frame = part(told.get("timeframe_filter"))
    if not ids or (frame and frame.get("operator") != "alltime") or not isinstance(told.get("is_member"), bool):
        return None
    parts: list[Rule] = []
    for one in ids:
        if one in names.lists:
            parts.append(ListRule(list_id=one))
        elif one in names.segments:
            parts.append(SegmentRule(segment_id=one))
        else:
            return None
    rule = parts[0] if len(parts) == 1 else AnyOf(rules=tuple(parts))
    return rule if told["is_member"] else Not(rule=rule)


def _marketing_consent(told: Raw, names: Names, flow_id: str) -> Rule | None:
    consent = part(told.get("consent"))
    status = part(consent.get("consent_status"))
    if consent.get("channel") != "email" or status.get("filters"):
        return None
    state = _CONSENT.get(str(status.get("subscription")))
    wanted = consent.get("can_receive_marketing")
    if state is None or not isinstance(wanted, bool):
        return None
    if state is ConsentState.SUBSCRIBED:
        # Subscribed and not suppressed is our "subscribed"; subscribed and suppressed has no word.
        return ConsentRule(state=state) if wanted else None
    return ConsentRule(state=state)


def _metric(told: Raw, names: Names, flow_id: str) -> Rule | None:
    metric_id = identity(told.get("metric_id"))
    name = names.metrics.get(metric_id or "")
    counted = _count(part(told.get("measurement_filter")))
    if name is None or told.get("measurement") != "count" or counted is None:
        return None
    frame = part(told.get("timeframe_filter"))
    operator = str(frame.get("operator", "alltime"))
    scope, within = ActivityScope.ANY, None
    if operator == "flow-start":
        scope = ActivityScope.THIS_SEQUENCE
    elif operator == "in-the-last":
        within = seconds_of(frame)
        if within is None:
            return None
    elif operator != "alltime":
        return None
    activity = MAIL.get(name, Activity.EVENT) if metric_id in names.own else Activity.EVENT
    if activity is Activity.EVENT and metric_id in names.own:
        return None
    filters = rows(told.get("metric_filters"))
    message_id, where = None, None
    if filters and activity is not Activity.EVENT:
        scope_and_message = _message_of(filters, scope, flow_id)
        if scope_and_message is None:
            return None
        scope, message_id = scope_and_message
    elif filters:
        where = joined([_metric_filter(one) for one in filters])
    least, fewer = counted
    return ActivityRule(
        activity=activity,
        scope=scope,
        event_name=name if activity is Activity.EVENT else None,
        message_id=message_id,
        at_least=least,
        fewer_than=fewer,
        within_seconds=within,
        where=where,
    )


def _metric_filter(told: Raw) -> Rule:
    key = filled(told.get("property"))
    if key is None:
        return opaque("a filter on an unnamed property", told)
    return field_rule(FieldKind.EVENT_PROPERTY, key, told.get("filter"))


def _message_of(filters: list[Raw], scope: ActivityScope, flow_id: str) -> tuple[ActivityScope, str | None] | None:
    """Which email is meant: one message, or those of this very flow. Anything else cannot be said."""
    message_id: str | None = None
    for one in filters:
        test = part(one.get("filter"))
        value = identity(test.get("value"))
        if test.get("operator") != "equals" or value is None:
            return None
        if one.get("property") == "$message" and message_id in (None, value):
            message_id, scope = value, ActivityScope.MESSAGE
        elif one.get("property") == "$flow" and value == flow_id:
            scope = ActivityScope.THIS_SEQUENCE if message_id is None else scope
        else:
            return None
    return scope, message_id


def _count(told: Raw) -> tuple[int | None, int | None] | None:
    """At least so often, and less often than that."""
    value, operator = whole(told.get("value")), str(told.get("operator"))
    if operator == "between":
        low, high = whole(told.get("start")), whole(told.get("end"))
        return None if low is None or high is None or low < 0 else (low or None, high + 1)
    if value is None or value < 0:
        return None
    found: dict[str, tuple[int | None, int | None]] = {
        "equals": (value or None, value + 1),
        "greater-than": (value + 1, None),
        "greater-than-or-equal": (value, None),
        "less-than": (None, value),
        "less-than-or-equal": (None, value + 1),
    }
    wanted = found.get(operator)
    if operator == "not-equals" and value == 0:
        wanted = (1, None)
    # "At least 0" and "less than 0" are always and never: nothing that anybody meant.
    return None if wanted in (None, (0, None), (None, 0)) else wanted


_READERS: dict[str, Callable[[Raw, Names, str], Rule | None]] = {
    "profile-property": _property,
    "metric-property": _event_property,
    "profile-group-membership": _membership,
    "profile-marketing-consent": _marketing_consent,
    "profile-metric": _metric,
}


def leans_on_history(rule: Rule | None) -> bool:
    """Whether the members must be frozen: the rule looks at what does not move, or cannot be said at all."""
    match rule:
        case AllOf(rules=parts) | AnyOf(rules=parts):
            return any(leans_on_history(one) for one in parts)
        case Not(rule=inner):
            return leans_on_history(inner)
        case FieldRule() | ListRule() | SegmentRule() | ConsentRule():
            return False
    return True
