"""Rules, waits and other small parts in words, for both sides. Steps and nodes as a whole are in pictures.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mappings.target import REF
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    Comparison,
    ConsentRule,
    FieldRule,
    ListRule,
    Not,
    OpaqueRule,
    Rule,
    SegmentRule,
    TagRule,
)
from migrator.model.sequences import (
    ApiOnly,
    AttributeChanged,
    ContactCreated,
    DateReached,
    EventReceived,
    FormSubmitted,
    Inactivity,
    ListJoined,
    MovedFrom,
    OpaqueTrigger,
    SegmentEntered,
    TagAdded,
    Trigger,
)

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class Names:
    """How a person calls what ids stand for."""

    lists: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    sequences: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)
    """By the plan's keys, such as `list:7`."""

    def of(self, table: str, source_id: str | None) -> str:
        known: Mapping[str, str] = getattr(self, table)
        return quoted(known.get(source_id, source_id)) if source_id else "nobody knows which"

    def target(self, value: Any) -> str:
        """What a reference or a plain value stands for."""
        if isinstance(value, dict) and set(value) == {REF}:
            return quoted(self.targets.get(value[REF], value[REF].partition(":")[2]))
        return quoted(value)


def title(platform: str) -> str:
    """`csv` is spoken as letters; any other name as a word."""
    return platform.upper() if len(platform) <= 3 else platform.capitalize()


def quoted(value: object) -> str:
    return f"“{value}”"


def span(seconds: float) -> str:
    """`2 days`, `1 day 6 hours`."""
    left, parts = int(seconds), []
    for size, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second")):
        count, left = divmod(left, size)
        if count:
            parts.append(plural(count, name))
    return " ".join(parts) or "no time"


def plural(count: int, name: str) -> str:
    if count == 1:
        return f"1 {name}"
    return f"{count:,} {'people' if name == 'person' else name + 's'}"


def host_of(url: object) -> str:
    """Not the whole address: it may hold a key."""
    try:
        return urlsplit(str(url or "")).hostname or "no usable address"
    except ValueError:
        return "no usable address"


_COMPARISONS = {
    Comparison.EQUALS: "is",
    Comparison.NOT_EQUALS: "is not",
    Comparison.IS_EMPTY: "is empty",
    Comparison.IS_NOT_EMPTY: "has a value",
    Comparison.GREATER: "is more than",
    Comparison.GREATER_OR_EQUAL: "is at least",
    Comparison.LESS: "is less than",
    Comparison.LESS_OR_EQUAL: "is at most",
}
_ACTS = {
    Activity.SENT: "was sent",
    Activity.DELIVERED: "received",
    Activity.OPENED: "opened",
    Activity.CLICKED: "clicked in",
    Activity.REPLIED: "replied to",
    Activity.BOUNCED: "bounced on",
    Activity.COMPLAINED: "complained about",
}
_SCOPES = {
    ActivityScope.PREVIOUS_EMAIL: "the email before",
    ActivityScope.THIS_SEQUENCE: "an email of this sequence",
    ActivityScope.MESSAGE: "one certain email",
    ActivityScope.ANY: "any email",
}


def rule_words(rule: Rule, names: Names) -> str:
    match rule:
        case AllOf(rules=rules):
            return " and ".join(rule_words(one, names) for one in rules) or "always"
        case AnyOf(rules=rules):
            return " or ".join(rule_words(one, names) for one in rules) or "never"
        case Not(rule=inner):
            return f"not: {rule_words(inner, names)}"
        case TagRule(tag=tag):
            return f"has the tag {quoted(tag)}"
        case ListRule(list_id=list_id):
            return f"is on the list {names.of('lists', list_id)}"
        case SegmentRule(segment_id=segment_id):
            return f"is in the segment {names.of('segments', segment_id)}"
        case ConsentRule(state=state):
            return f"is {state.value.replace('_', ' ')}"
        case FieldRule(key=key, comparison=comparison, value=value):
            how = _COMPARISONS.get(comparison, comparison.value.replace("_", " "))
            return f"{key} {how}" + ("" if value is None else f" {quoted(value)}")
        case ActivityRule():
            return _activity(rule)
        case OpaqueRule(description=description):
            return description


def _activity(rule: ActivityRule) -> str:
    if rule.activity is Activity.EVENT:
        text = f"the event {quoted(rule.event_name or '?')} came"
    else:
        text = f"{_ACTS[rule.activity]} {_SCOPES[rule.scope]}"
    if rule.at_least not in (None, 1):
        text += f" at least {rule.at_least} times"
    if rule.within_seconds is not None:
        text += f" in the last {span(rule.within_seconds)}"
    return text


def trigger_words(trigger: Trigger, names: Names) -> str:
    match trigger:
        case TagAdded(tag=tag):
            return f"Tag {quoted(tag)} added"
        case ListJoined(list_id=list_id):
            return f"Joins the list {names.of('lists', list_id)}"
        case SegmentEntered(segment_id=segment_id):
            return f"Enters the segment {names.of('segments', segment_id)}"
        case FormSubmitted(form_id=form_id):
            return f"Fills in the form {names.of('forms', form_id)}"
        case EventReceived(event_name=name):
            return f"Event {quoted(name)}"
        case AttributeChanged(key=key, to=to):
            return f"{key} changes" + (f" to {quoted(to)}" if to else "")
        case DateReached(key=key):
            return f"The date in {key}"
        case ContactCreated():
            return "Becomes a contact"
        case Inactivity(event_name=name, days=days):
            return f"No event {quoted(name)} for {plural(days, 'day')}"
        case MovedFrom(sequence_id=sequence_id):
            return f"Moved from {names.of('sequences', sequence_id)}"
        case ApiOnly():
            return "Only by hand or API"
        case OpaqueTrigger(description=description):
            return description


# The target's side ----------------------------------------------------------------------------------------

_TRIGGER_FIELDS = ("tagName", "listId", "segmentId", "eventName", "attributeName", "fieldName")


def target_trigger_words(trigger: Mapping[str, Any], names: Names) -> str:
    kind = str(trigger.get("trigger") or "manual").replace("_", " ")
    if kind == "manual":
        return "Only by hand or API"
    found = next((trigger[name] for name in _TRIGGER_FIELDS if trigger.get(name)), None)
    return kind.capitalize() + (f" {names.target(found)}" if found is not None else "")


def condition_words(condition: Mapping[str, Any], names: Names) -> str:
    kind = str(condition.get("conditionType") or "")
    get = condition.get
    match kind:
        case "has_tag":
            return f"has the tag {quoted(get('tagName'))}"
        case "in_segment":
            return f"is in the segment {names.target(get('segmentId'))}"
        case "in_list":
            return f"is on the list {names.target(get('listId'))}"
        case "field_equals":
            return f"{get('fieldName')} is {quoted(get('fieldValue'))}"
        case "field_contains":
            return f"{get('fieldName')} contains {quoted(get('fieldValue'))}"
        case "field_greater_than":
            return f"{get('fieldName')} is more than {quoted(get('fieldValue'))}"
        case "field_less_than":
            return f"{get('fieldName')} is less than {quoted(get('fieldValue'))}"
        case "link_clicked":
            scope = str(get("activityScope") or "")
            where = {"previous_email": "the email before", "this_sequence": "an email of this sequence"}
            return f"clicked in {where.get(scope, 'any email')}"
        case "":
            return "everybody else"
    rest = [str(value) for name, value in condition.items() if name != "conditionType" and not isinstance(value, dict)]
    return f"{kind.replace('_', ' ')} {' '.join(rest)}".strip()


def delay_words(body: Mapping[str, Any]) -> tuple[str, str]:
    """Title and the rest."""
    if delay := body.get("delay"):
        parts = [plural(int(delay[unit]), unit[:-1]) for unit in ("days", "hours", "minutes") if delay.get(unit)]
        return f"Wait {' '.join(parts)}", ""
    if window := body.get("waitUntilWeekday"):
        days = window.get("days") or []
        which = "" if len(days) in (0, 7) else f"{', '.join(str(day)[:3] for day in days)} "
        return f"Wait until {which}{window.get('startTime')}", str(window.get("timezone") or "")
    if until := body.get("waitUntil"):
        when = until.get("field") or until.get("date") or "a date"
        return f"Wait until {when}", ""
    return "Wait", ""
