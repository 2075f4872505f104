"""Says whether a contact is in a segment: `matches(state, subscriber, segment_id_or_root)`.

A segment is a tree of groups and filters, or a flat list of filters with one join word. What may be written into a
filter is checked in segment_rules.py; engagement filters are in segment_engagement.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from migrator.sandbox.sequenzy import segment_engagement
from migrator.sandbox.sequenzy.names import normalise_tag
from migrator.sandbox.sequenzy.people_wire import provider_of
from migrator.sandbox.sequenzy.segment_windows import since, span_of
from migrator.sandbox.sequenzy.state import SegmentRecord, State, Subscriber

MAX_DEPTH = 5
Node = Mapping[str, Any]


def root_of(segment: SegmentRecord) -> dict[str, Any]:
    """The tree of a segment, whichever way it was written."""
    if segment.root is not None:
        return segment.root
    children = [{"kind": "filter", **leaf} for leaf in segment.filters]
    return {"kind": "group", "id": "root", "joinOperator": segment.join, "children": children}


def matches(state: State, subscriber: Subscriber, segment: str | Node, depth: int = 0) -> bool:
    """`segment` is an id, a group or a single filter. An unknown id matches nobody."""
    if isinstance(segment, str):
        found = state.segments.get(segment)
        if found is None or depth > MAX_DEPTH:
            return False
        return matches(state, subscriber, root_of(found), depth + 1)
    if state.late:
        subscriber = state.seen_by_segments(subscriber)
    if "children" in segment:
        return _group(state, subscriber, segment, depth)
    return _leaf(state, subscriber, segment, depth)


def _group(state: State, person: Subscriber, group: Node, depth: int) -> bool:
    children = list(group.get("children") or ())
    if not children:
        return False
    if group.get("joinOperator", "and") == "or":
        return any(matches(state, person, child, depth) for child in children)
    # Positive filters on one array path must hold on one element together.
    arrays: dict[str, list[Node]] = {}
    rest = []
    for child in children:
        path = _array_path(child)
        if path is None:
            rest.append(child)
        else:
            arrays.setdefault(path, []).append(child)
    return all(_one_element(person, path, leaves) for path, leaves in arrays.items()) and all(
        matches(state, person, child, depth) for child in rest
    )


def _leaf(state: State, person: Subscriber, leaf: Node, depth: int) -> bool:
    field, operator, value = str(leaf.get("field")), str(leaf.get("operator")), str(leaf.get("value") or "")
    if field == "status":
        return (person.status == value) == (operator == "is")
    if field == "tag":
        return _tags(person, operator, value)
    if field in ("email", "firstName", "lastName"):
        held = {"email": person.email, "firstName": person.first_name, "lastName": person.last_name}[field]
        return _text(held or "", operator, value)
    if field == "list":
        if operator in ("is_empty", "is_not_empty"):
            return any(m.current for m in person.lists.values()) == (operator == "is_not_empty")
        return person.on_list(value) == (operator == "is")
    if field == "emailProvider":
        return _text(provider_of(person.email) or "", operator, value)
    if field == "added":
        span = span_of(value)
        return span is not None and (state.now - person.created_at < span) == (operator == "less_than")
    if field == "attribute":
        return _attribute(person, operator, value)
    if field == "event":
        return _event(state, person, operator, value)
    if field == "segment":
        return matches(state, person, value, depth + 1) == (operator == "is")
    if field == "phone":
        return bool(person.phone) == (operator == "is_not_empty")
    if field == "smsStatus":
        return (person.sms_status == value) == (operator == "is")
    if field in segment_engagement.FIELDS:
        return segment_engagement.matches(state, person, field, operator, value)
    # Purchases and push devices do not exist here: nobody has any.
    return operator in ("is_not", "is_empty")


def _tags(person: Subscriber, operator: str, value: str) -> bool:
    if operator in ("is_empty", "is_not_empty"):
        return bool(person.tags) == (operator == "is_not_empty")
    wanted = [normalise_tag(name) for name in value.split(",") if name.strip()]
    return any(name in person.tags for name in wanted) == (operator == "contains")


def _text(held: str, operator: str, value: str) -> bool:
    held, value = held.lower(), value.strip().lower()
    if operator in ("is_empty", "is_not_empty"):
        return bool(held) == (operator == "is_not_empty")
    if operator in ("contains", "not_contains"):
        return (value in held) == (operator == "contains")
    return (held == value) == (operator == "is")


# --- attributes ---

_NEGATIVE = ("is_not", "not_contains", "is_empty")


def _attribute(person: Subscriber, operator: str, value: str) -> bool:
    name, _, wanted = value.partition(":")
    if "[]." in name:
        path, _, rest = name.partition("[].")
        elements = _at(person.attributes, path)
        held = [_at(item, rest) for item in elements if isinstance(item, dict)] if isinstance(elements, list) else []
        positive = any(compare(item, _positive(operator), wanted) for item in held)
        return positive != (operator in _NEGATIVE)
    return compare(_at(person.attributes, name), operator, wanted)


def _positive(operator: str) -> str:
    return {"is_not": "is", "not_contains": "contains", "is_empty": "is_not_empty"}.get(operator, operator)


def _at(values: Any, path: str) -> Any:
    """The value at a dotted path; a key that itself has dots wins."""
    if isinstance(values, dict) and path in values:
        return values[path]
    for part in path.split("."):
        if not isinstance(values, dict):
            return None
        values = values.get(part)
    return values


def as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def compare(held: Any, operator: str, wanted: str) -> bool:
    """One attribute value against the text of a filter. Lists match when one element does."""
    empty = held is None or held in ("", [], {})
    if operator in ("is_empty", "is_not_empty"):
        return empty == (operator == "is_empty")
    if operator in ("is_not", "not_contains"):
        return not compare(held, _positive(operator), wanted)
    if empty:
        return False
    if isinstance(held, list):
        return any(compare(item, operator, wanted) for item in held)
    text = as_text(held).lower()
    if operator == "contains":
        return wanted.strip().lower() in text
    if operator == "is":
        number, other = _number(text), _number(wanted)
        return number == other if number is not None and other is not None else text == wanted.strip().lower()
    number, other = _number(text), _number(wanted)
    left, right = (number, other) if number is not None and other is not None else (text, wanted.strip().lower())
    return {
        "gt": left > right,  # type: ignore[operator] # both numbers or both texts
        "gte": left >= right,  # type: ignore[operator] # as above
        "lt": left < right,  # type: ignore[operator] # as above
        "lte": left <= right,  # type: ignore[operator] # as above
    }.get(operator, False)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _array_path(node: Node) -> str | None:
    """The array an attribute filter looks into, when it is one of the positive ones."""
    if node.get("field") != "attribute" or node.get("operator") in _NEGATIVE:
        return None
    name = str(node.get("value")).partition(":")[0]
    return name.partition("[].")[0] if "[]." in name else None


def _one_element(person: Subscriber, path: str, leaves: list[Node]) -> bool:
    elements = _at(person.attributes, path)
    if not isinstance(elements, list):
        return False

    def holds(item: Any, leaf: Node) -> bool:
        name, _, wanted = str(leaf.get("value")).partition(":")
        return compare(_at(item, name.partition("[].")[2]), str(leaf.get("operator")), wanted)

    return any(all(holds(item, leaf) for leaf in leaves) for item in elements if isinstance(item, dict))


# --- events ---


def _event(state: State, person: Subscriber, operator: str, value: str) -> bool:
    """`name:30d`, `name:all`; with a count `name:5:30d`. Event names have dots, never colons."""
    parts = value.split(":")
    name, window = parts[0], parts[-1] if len(parts) > 1 else "all"
    start = since(state.now, window)
    times = [e.at for e in state.events_of(person.id) if e.name == name and (start is None or e.at >= start)]
    times = [at for at in times if at <= state.now + timedelta(hours=1)]
    if operator in ("at_least", "less_than_count"):
        count = int(parts[1]) if len(parts) > 2 and parts[1].isdigit() else 1
        return (len(times) >= count) == (operator == "at_least")
    return bool(times) == (operator == "is")
