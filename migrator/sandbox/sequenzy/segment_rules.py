"""Which filters a segment may hold: fields, operators, values and references. Evaluation is in segments.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from migrator.sandbox.sequenzy.refusals import Refused, invalid, issue, mistyped
from migrator.sandbox.sequenzy.replies import explained
from migrator.sandbox.sequenzy.segment_windows import span_of, valid_days, valid_window
from migrator.sandbox.sequenzy.segments import MAX_DEPTH, root_of
from migrator.sandbox.sequenzy.state import State

MAX_REFERENCES = 20
_EMPTY = ("is_empty", "is_not_empty")
_TEXT = ("contains", "not_contains")
_SAME = ("is", "is_not")
_COUNTED = (*_SAME, "at_least", "less_than_count")

OPERATORS: dict[str, tuple[str, ...]] = {
    "status": _SAME,
    "tag": (*_TEXT, *_EMPTY),
    "email": (*_TEXT, *_SAME),
    "firstName": (*_TEXT, *_EMPTY),
    "lastName": (*_TEXT, *_EMPTY),
    "list": (*_SAME, *_EMPTY),
    "emailProvider": (*_SAME, *_EMPTY),
    "added": ("less_than", "more_than"),
    "attribute": (*_SAME, *_EMPTY, "gte", "lte", "gt", "lt", *_TEXT),
    "event": _COUNTED,
    "segment": _SAME,
    "emailSent": _COUNTED,
    "emailDelivered": _COUNTED,
    "emailOpened": _COUNTED,
    "emailClicked": _COUNTED,
    "emailComplained": _COUNTED,
    "emailBounced": (*_COUNTED, "is_temporary_bounce", "is_permanent_bounce"),
    "phone": _EMPTY,
    "smsStatus": _SAME,
    "pollResponse": ("is",),
    "stripeProduct": (*_SAME, "at_least", "less_than_count"),
    "stripeCurrentProduct": _SAME,
    "stripeTrialProduct": _SAME,
    "commerceProduct": (*_SAME, "at_least", "less_than_count"),
    "commerceCollection": (*_SAME, "at_least", "less_than_count"),
    "pushDevice": _SAME,
    "pushSent": _SAME,
    "pushDelivered": _SAME,
    "pushClicked": _SAME,
}
STATUSES = ("active", "unsubscribed", "bounced")
SMS_STATUSES = ("subscribed", "unsubscribed", "not_subscribed")


def check_filters(filters: list[Any], path: str = "filters") -> None:
    if not filters:
        raise invalid(issue(path, "At least one filter is required"))
    for index, leaf in enumerate(filters):
        _check_leaf(leaf, f"{path}[{index}]")


def check_root(root: Any) -> None:
    _check_node(root, "root", top=True)


def _check_node(node: Any, path: str, top: bool = False) -> None:
    pointer = "/" + path.replace("[", "/").replace("]", "").replace(".", "/")
    if not isinstance(node, dict):
        raise mistyped(pointer, "Expected an object")
    kind = node.get("kind")
    if kind not in ("group", "filter") or (top and kind != "group"):
        raise mistyped(f"{pointer}/kind", "Expected 'group' or 'filter'", allowed=["group", "filter"])
    if not isinstance(node.get("id"), str) or not node["id"]:
        raise mistyped(f"{pointer}/id", "Expected a string")
    if kind == "filter":
        _check_leaf(node, path)
        return
    if node.get("joinOperator") not in ("and", "or"):
        raise mistyped(f"{pointer}/joinOperator", "Expected 'and' or 'or'", allowed=["and", "or"])
    children = node.get("children")
    if not isinstance(children, list):
        raise mistyped(f"{pointer}/children", "Expected an array")
    if not children:
        raise invalid(issue(f"{path}.children", "At least one filter is required"))
    for index, child in enumerate(children):
        _check_node(child, f"{path}.children[{index}]")


def _check_leaf(leaf: Any, path: str) -> None:
    pointer = "/" + path.replace("[", "/").replace("]", "").replace(".", "/")
    if not isinstance(leaf, dict):
        raise mistyped(pointer, "Expected an object")
    for name in ("id", "field", "operator", "value"):
        if not isinstance(leaf.get(name), str):
            raise mistyped(f"{pointer}/{name}", "Expected a string")
    field, operator, value = leaf["field"], leaf["operator"], leaf["value"]
    if field not in OPERATORS:
        raise mistyped(f"{pointer}/field", "Unknown field", field, list(OPERATORS))
    if operator not in OPERATORS[field]:
        allowed = list(OPERATORS[field])
        raise invalid(issue(f"{path}.operator", f"{operator} cannot be used with {field}", allowed))
    if problem := _value_problem(field, operator, value):
        raise invalid(issue(f"{path}.value", problem))


def _value_problem(field: str, operator: str, value: str) -> str | None:
    if operator in _EMPTY:
        if field == "attribute" and not value.partition(":")[0]:
            return "value must name the attribute, like plan:"
        return None
    if field == "status" and value not in STATUSES:
        return "value must be active, unsubscribed or bounced"
    if field == "smsStatus" and value not in SMS_STATUSES:
        return "value must be subscribed, unsubscribed or not_subscribed"
    if field == "attribute":
        name, colon, wanted = value.partition(":")
        return None if name and colon and wanted else "value must be written name:value"
    if field == "added":
        return None if span_of(value) else "value must be an age like 30d"
    if field == "event":
        parts = value.split(":")
        counted = operator in ("at_least", "less_than_count")
        fine = len(parts) == (3 if counted else 2) and parts[0] and valid_days(parts[-1])
        fine = fine and (not counted or parts[1].isdigit())
        return None if fine else "value must be written name:5:30d" if counted else "value must be written name:30d"
    if field.startswith("email") and field not in ("email", "emailProvider"):
        return None if _fine_engagement(operator, value) else "value must be a window like 30d, or a count like 10:30d"
    return None if value else "value is required"


def _fine_engagement(operator: str, value: str) -> bool:
    parts = value.split(":")
    if operator in ("at_least", "less_than_count"):
        if not parts[0].isdigit():
            return False
        parts = parts[1:]
    if len(parts) == 2 and parts[0] == "campaign":
        return bool(parts[1])
    if len(parts) == 2 and parts[0] in ("marketing", "transactional"):
        parts = parts[1:]
    return len(parts) == 1 and valid_window(parts[0])


# --- references between segments ---


def _references(node: Mapping[str, Any]) -> Iterator[str]:
    for child in node.get("children") or ():
        yield from _references(child)
    if node.get("field") == "segment":
        yield str(node.get("value"))


def check_references(state: State, root: Mapping[str, Any], own_id: str | None = None) -> None:
    """Unknown segments, loops, chains that are too deep and too many references are refused."""
    total = 0

    def walk(node: Mapping[str, Any], chain: list[str]) -> None:
        nonlocal total
        for segment_id in _references(node):
            total += 1
            if total > MAX_REFERENCES:
                raise _too_much("SEGMENT_REFERENCE_COUNT_EXCEEDED", chain, segment_id)
            if segment_id == own_id or len(chain) >= MAX_DEPTH:
                raise _too_much("SEGMENT_REFERENCE_DEPTH_EXCEEDED", chain, segment_id)
            found = state.segments.get(segment_id)
            if found is None:
                raise invalid(issue("root", f"Segment not found: {segment_id}"))
            walk(root_of(found), [*chain, segment_id])

    walk(root, [])


def _too_much(code: str, chain: list[str], segment_id: str) -> Refused:
    return explained(
        400,
        "Segment references exceed the limit",
        code,
        title="Too many segment references",
        description="A segment may use other segments only to a limited depth and number.",
        resolution="Copy the filters of the inner segments into this one.",
        details={
            "maxDepth": MAX_DEPTH,
            "maxReferences": MAX_REFERENCES,
            "referenceChain": [*chain, segment_id],
            "segmentId": segment_id,
        },
    )
