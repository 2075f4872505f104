"""Whether a run is stopped before its next step. A stop is noticed at the step, never while a contact waits."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy.conditions import as_text, number, property_matches, spread
from migrator.sandbox.sequenzy.membership import in_segment
from migrator.sandbox.sequenzy.records import Enrollment, SequenceRecord
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.wait_times import at_path

Config = dict[str, Any]
NONE: Config = {"type": "none", "value": None}


def stop_reason(state: State, sequence: SequenceRecord, run: Enrollment, person: Subscriber) -> str | None:
    """Why this run ends now, in words; None when it goes on."""
    config = sequence.trigger_config
    if sequence.trigger == "segment_entered" and config.get("stopOnSegmentExit") and run.via.get("kind") != "manual":
        segment = config.get("segmentId", "")
        if segment in state.segments and not in_segment(state, person, segment):
            return "The contact left the segment"
    stop = sequence.stop_condition or NONE
    if stop["type"] == "none" or not _matches(state, stop, run, person):
        return None
    return f"Stop condition {stop['type']} is met"


def _matches(state: State, stop: Config, run: Enrollment, person: Subscriber) -> bool:
    value, config = str(stop["value"] or ""), stop.get("matchConfig") or {}
    entry = run.via.get("value") if config.get("mode") == "entry_audience" else None
    match stop["type"]:
        case "has_tag":
            return value in person.tags
        case "does_not_have_tag":
            return (entry or value) not in person.tags
        case "added_to_list":
            return person.on_list(value)
        case "removed_from_list":
            return not person.on_list(entry or value)
        case "entered_segment":
            return in_segment(state, person, value)
        case "field_changed":
            return _field_changed(at_path(person.attributes, value), value, config, run)
    return any(
        event.name == value and event.at >= run.started_at and _event_fits(event.properties, config, run)
        for event in state.events_of(person.id)
    )


def _field_changed(current: Any, path: str, config: Config, run: Enrollment) -> bool:
    if current == run.entry.get("fieldSnapshot", {}).get(path):
        return False
    if config.get("mode") != "field_value":
        return True
    wanted = config.get("value")
    match config.get("operator"):
        case "equals":
            return as_text(current) == as_text(wanted)
        case "not_equals":
            return as_text(current) != as_text(wanted)
        case "contains":
            return as_text(wanted) in as_text(current)
        case "not_contains":
            return as_text(wanted) not in as_text(current)
    mine, limit = number(current), number(wanted)
    if mine is None or limit is None:
        return False
    return mine > limit if config.get("operator") == "greater_than" else mine < limit


def _event_fits(properties: Config, config: Config, run: Enrollment) -> bool:
    if config.get("mode") == "event_property_filter":
        return all(property_matches(entry, properties) for entry in config.get("propertyFilters", []))
    if config.get("mode") == "event_property":
        for rule in config.get("rules", []):
            mine = spread(run.event_properties, rule["entryFieldPath"].split("."))
            theirs = spread(properties, rule["eventFieldPath"].split("."))
            if not mine or not theirs or as_text(mine[0]) not in [as_text(value) for value in theirs]:
                return False
    return True
