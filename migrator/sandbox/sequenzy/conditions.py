"""Whether a condition holds for a contact in a run. What a condition may contain is in conditions_input.py.

Field conditions see custom attributes only: the contract says nothing about names and addresses there.
`email.opened` and `email.clicked` count as events of the email that was opened or clicked.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from migrator.sandbox.sequenzy.membership import in_segment
from migrator.sandbox.sequenzy.records import EmailSend, Enrollment, Node
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.wait_times import at_path

Config = dict[str, Any]


def holds(state: State, person: Subscriber, run: Enrollment | None, condition: Config) -> bool:
    kind = condition["conditionType"]
    match kind:
        case "has_tag":
            return condition["tagName"] in person.tags
        case "does_not_have_tag":
            return condition["tagName"] not in person.tags
        case "in_list":
            return person.on_list(condition["listId"])
        case "in_segment":
            return condition["segmentId"] in state.segments and in_segment(state, person, condition["segmentId"])
        case "event_received":
            return _event(state, person, run, condition)
        case "link_clicked":
            return _clicked(state, person, run, condition)
        case "has_phone":
            return bool(person.phone)
        case "sms_subscribed":
            return person.sms_status == "subscribed"
    return _field(kind, at_path(person.attributes, condition["fieldName"]), condition["fieldValue"])


def _scoped_sends(state: State, person: Subscriber, run: Enrollment | None, scope: str) -> list[EmailSend]:
    sends = state.sends_of(person.id)
    if scope == "ever":
        return sends
    if run is None:
        return []
    wanted = run.sends[-1:] if scope == "previous_email" else run.sends
    return [send for send in sends if send.id in wanted]


def _since(state: State, person: Subscriber, run: Enrollment | None, scope: str) -> datetime | None:
    if run is None or scope == "ever":
        return None
    if scope == "this_sequence":
        return run.started_at
    sends = _scoped_sends(state, person, run, "previous_email")
    return sends[0].sent_at if sends else None


def _event(state: State, person: Subscriber, run: Enrollment | None, condition: Config) -> bool:
    name, scope = condition["eventName"], condition["activityScope"]
    if name in ("email.opened", "email.clicked"):
        sends = _scoped_sends(state, person, run, scope)
        return any(send.opened_at if name == "email.opened" else send.clicks for send in sends)
    since = _since(state, person, run, scope)
    if scope != "ever" and since is None:
        return False
    return any(event.name == name and (since is None or event.at >= since) for event in state.events_of(person.id))


def _clicked(state: State, person: Subscriber, run: Enrollment | None, condition: Config) -> bool:
    part = condition.get("linkUrl", "")
    sends = _scoped_sends(state, person, run, condition["activityScope"])
    return any(part in click["url"] for send in sends for click in send.clicks)


def _field(kind: str, value: Any, wanted: str) -> bool:
    if value is None:
        return False
    if kind == "field_equals":
        return as_text(value) == wanted
    if kind == "field_contains":
        return any(wanted in as_text(entry) for entry in (value if isinstance(value, list) else [value]))
    mine, theirs = number(value), number(wanted)
    if mine is None or theirs is None:
        return False
    return mine > theirs if kind == "field_greater_than" else mine < theirs


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def random_lane(node: Node, subscriber_id: str) -> int:
    """Always the same lane for the same contact on the same node."""
    digest = hashlib.sha256(f"{subscriber_id}/{node.id}".encode()).digest()
    point = int.from_bytes(digest[:8], "big") / 2**64 * 100
    reached = 0.0
    shares = node.config["randomPercentages"]
    for index, share in enumerate(shares):
        reached += share
        if point < reached:
            return index
    return len(shares) - 1


def property_matches(entry: Config, properties: Config) -> bool:
    """One `propertyFilters` entry; `[]` in the path means any item of an array."""
    values = [value for value in spread(properties, entry["path"].split(".")) if value is not None]
    wanted, operator = entry.get("value"), entry["operator"]
    match operator:
        case "exists":
            return bool(values)
        case "not_exists":
            return not values
        case "equals":
            return any(as_text(value) == as_text(wanted) for value in values)
        case "not_equals":
            return all(as_text(value) != as_text(wanted) for value in values)
        case "one_of":
            return any(as_text(value) in [as_text(item) for item in wanted or []] for value in values)
        case "contains":
            return any(as_text(wanted) in as_text(value) for value in values)
    limit = number(wanted)
    found = [number(value) for value in values]
    if limit is None:
        return False
    return any(
        value is not None and (value > limit if operator == "greater_than" else value < limit) for value in found
    )


def spread(value: Any, parts: list[str]) -> list[Any]:
    if not parts:
        return [value]
    name, rest = parts[0], parts[1:]
    if name.endswith("[]"):
        items = value.get(name[:-2]) if isinstance(value, dict) else None
        return [found for item in (items if isinstance(items, list) else []) for found in spread(item, rest)]
    return spread(value[name], rest) if isinstance(value, dict) and name in value else []
