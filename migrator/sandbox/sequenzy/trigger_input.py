"""Reads the trigger of a sequence and its fields. A trigger that lacks a field is kept: it blocks enabling instead."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy.refusals import mistyped, wrong
from migrator.sandbox.sequenzy.steps_input import tag_name

Config = dict[str, Any]
FIRST_CONTRACT = ("contact_added", "tag_added", "segment_entered", "event_received", "inactivity", "frequency")
FIELDS = (
    "listId",
    "listIds",
    "listScope",
    "tagName",
    "tagNames",
    "segmentId",
    "stopOnSegmentExit",
    "eventName",
    "propertyFilters",
    "inactiveDays",
    "inactivityBaseline",
    "minCount",
    "timeWindowDays",
    "integrationSlug",
    "integrationEventKey",
    "customIntegration",
)
AT_MOST = 25
NEEDED = {
    "tag_added": ("tagNames",),
    "segment_entered": ("segmentId",),
    "segment_exited": ("segmentId",),
    "event_received": ("eventName",),
    "inbound_webhook": ("eventName",),
    "inactivity": ("eventName", "inactiveDays"),
    "frequency": ("eventName", "minCount", "timeWindowDays"),
}


def trigger_of(body: Config, *, known_lists: set[str], manual_refused: bool, warnings: list[str]) -> tuple[str, Config]:
    """The trigger word and its config in one spelling: `listIds`, `tagNames`, ..."""
    kind = body.get("trigger") or "contact_added"
    if kind == "manual" and manual_refused:
        raise mistyped("/trigger", "Expected one of " + " | ".join(FIRST_CONTRACT), kind, list(FIRST_CONTRACT))
    if isinstance(body.get("triggerConfig"), dict):
        warnings.append("triggerConfig was ignored: give the trigger's fields beside trigger")
    config: Config = {}
    match kind:
        case "contact_added":
            config = _contact_added(body, known_lists, warnings)
        case "tag_added":
            names = _several(body, "tagName", "tagNames")
            config = {"tagNames": [tag_name(name) for name in names]} if names else {}
        case "segment_entered" | "segment_exited":
            config = _kept(body, "segmentId", "stopOnSegmentExit")
        case "event_received" | "inbound_webhook":
            config = _kept(body, "eventName", "integrationSlug", "integrationEventKey", "customIntegration")
            if filters := body.get("propertyFilters"):
                config["propertyFilters"] = _filters(filters)
        case "inactivity":
            config = _kept(body, "eventName", "inactiveDays", "inactivityBaseline")
            if config.get("inactiveDays", 1) < 1:
                raise wrong("inactiveDays", "inactiveDays must be at least 1")
        case "frequency":
            config = _kept(body, "eventName", "minCount", "timeWindowDays")
    return kind, config


def _contact_added(body: Config, known_lists: set[str], warnings: list[str]) -> Config:
    ids, scope = _several(body, "listId", "listIds"), body.get("listScope")
    if ids and scope:
        raise wrong("listScope", "Give list ids or listScope, not both")
    unknown = [list_id for list_id in ids if list_id not in known_lists]
    if unknown:
        warnings.append(f"Unknown list ids, which block enabling: {', '.join(unknown)}")
    if ids:
        return {"listIds": ids}
    if not scope:
        warnings.append("contact_added without a list or listScope enrols every new contact")
    return {"listScope": scope or "any_contact"}


def _several(body: Config, one: str, many: str) -> list[str]:
    # Where both are sent, the several count.
    found = list(body.get(many) or ([body[one]] if body.get(one) else []))
    if len(found) > AT_MOST:
        raise wrong(many, f"{many} takes at most {AT_MOST} entries")
    return found


def _kept(body: Config, *names: str) -> Config:
    return {name: body[name] for name in names if body.get(name) is not None}


def _filters(filters: list[Config]) -> list[Config]:
    if len(filters) > 10:
        raise wrong("propertyFilters", "propertyFilters takes at most 10 entries")
    for index, entry in enumerate(filters):
        value, path = entry.get("value"), f"propertyFilters[{index}].value"
        if entry["operator"] == "one_of":
            several = value if isinstance(value, list) else []
            odd = any(isinstance(one, bool | dict | list | None) for one in several)
            if odd or not 1 <= len(several) <= 50:
                raise wrong(path, "one_of takes one to fifty texts or numbers")
        elif entry["operator"] not in ("exists", "not_exists") and value is None:
            raise wrong(path, f"{entry['operator']} needs a value")
    return [dict(entry) for entry in filters]


def missing_fields(kind: str, config: Config, known_lists: set[str], known_segments: set[str]) -> list[str]:
    """What keeps this trigger from being enabled."""
    found = [f"The trigger needs {name}" for name in NEEDED.get(kind, ()) if not config.get(name)]
    found += [f"Unknown list in the trigger: {name}" for name in config.get("listIds", ()) if name not in known_lists]
    segment = config.get("segmentId")
    if segment and segment not in known_segments:
        found.append(f"Unknown segment in the trigger: {segment}")
    if kind == "inbound_webhook" and not config.get("customIntegration"):
        found += [f"The trigger needs {n}" for n in ("integrationSlug", "integrationEventKey") if not config.get(n)]
    return found
