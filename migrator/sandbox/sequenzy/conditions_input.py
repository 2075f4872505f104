"""Reads a condition, of a lane or of a gate, and refuses one that lacks what it compares with."""

from __future__ import annotations

from typing import Any, get_args

from migrator.sandbox.sequenzy.refusals import wrong
from migrator.sandbox.sequenzy.step_bodies import ConditionType, Scope

Config = dict[str, Any]
TYPES = list(get_args(ConditionType))
SCOPES = list(get_args(Scope))
FIELD_TYPES = tuple(name for name in TYPES if name.startswith("field_"))


def condition_of(given: Config, path: str) -> Config:
    kind = given.get("conditionType")
    if kind not in TYPES:
        raise wrong(f"{path}.conditionType", "A condition needs a known conditionType", TYPES)
    found: Config = {"conditionType": kind}
    if kind in ("has_tag", "does_not_have_tag"):
        name = given.get("tagName") or given.get("tagId")
        found["tagName"] = "-".join(_text(name, f"{path}.tagName").strip().lower().split())
    elif kind == "in_list":
        found["listId"] = _text(given.get("listId"), f"{path}.listId")
    elif kind == "in_segment":
        found["segmentId"] = _text(given.get("segmentId"), f"{path}.segmentId")
    elif kind == "event_received":
        found["eventName"] = _text(given.get("eventName"), f"{path}.eventName")
    elif kind == "link_clicked" and given.get("linkUrl"):
        found["linkUrl"] = _text(given["linkUrl"], f"{path}.linkUrl")
    elif kind in FIELD_TYPES:
        found["fieldName"] = _text(given.get("fieldName"), f"{path}.fieldName")
        found["fieldValue"] = given.get("fieldValue")
        if not isinstance(found["fieldValue"], str):
            raise wrong(f"{path}.fieldValue", "fieldValue is missing")
    if kind in ("event_received", "link_clicked"):
        scope = given.get("activityScope") or "ever"
        if scope not in SCOPES:
            raise wrong(f"{path}.activityScope", "Unknown activityScope", SCOPES)
        found["activityScope"] = scope
    return found


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong(path, f"{path.rsplit('.', 1)[-1]} is missing")
    return value
