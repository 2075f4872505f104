"""Everything about a sequence that is neither trigger nor step: sender, stop condition, sending window, key dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from migrator.sandbox.sequenzy.records import SequenceRecord
from migrator.sandbox.sequenzy.refusals import wrong
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.wait_input import WEEKDAYS, as_clock, clock_time, zone_name

Config = dict[str, Any]
ENTRY_AUDIENCE = {"does_not_have_tag": "tag", "removed_from_list": "list"}
"""Stop conditions that may mean the very tag or list by which somebody came in."""
PLAIN = (
    "description",
    "labels",
    "userCancellable",
    "activeSubscribersOnly",
    "frequencyCapEnabled",
    "bccEmails",
    "enrollmentMode",
    "enrollmentFieldPath",
    "senderProfileId",
    "fromEmail",
    "fromName",
    "replyProfileId",
    "replyTo",
    "replyToName",
)


def apply_settings(sequence: SequenceRecord, body: Config) -> None:
    if "name" in body:
        if not (body["name"] or "").strip():
            raise wrong("name", "name must not be empty")
        sequence.name = body["name"].strip()
    settings = dict(sequence.settings)
    for name in PLAIN:
        if name in body:
            settings[name] = body[name]
    if len(settings.get("bccEmails") or []) > 10:
        raise wrong("bccEmails", "bccEmails takes at most 10 addresses")
    for one, other in (("senderProfileId", "fromEmail"), ("replyProfileId", "replyTo")):
        if body.get(one) and body.get(other):
            raise wrong(one, f"Give {one} or {other}, not both")
    for name, needed in (("fromName", "fromEmail"), ("replyToName", "replyTo")):
        if body.get(name) and not settings.get(needed):
            raise wrong(name, f"{name} needs {needed} beside it")
    if settings.get("enrollmentMode") == "matching_field" and sequence.trigger not in (
        "event_received",
        "inbound_webhook",
    ):
        raise wrong("enrollmentMode", "matching_field is only valid for event triggers")
    if "[]" in (settings.get("enrollmentFieldPath") or ""):
        raise wrong("enrollmentFieldPath", "enrollmentFieldPath is a path to one value, without []")
    sequence.settings = settings
    if "stopCondition" in body:
        sequence.stop_condition = stop_condition(body["stopCondition"] or {"type": "none"})
    if "sendingWindow" in body:
        sequence.sending_window = sending_window(body["sendingWindow"]) if body["sendingWindow"] else None
    if "keyDates" in body:
        sequence.key_dates = key_dates(body["keyDates"]) if body["keyDates"] else None
        _used_key_dates_exist(sequence)
    if "audienceAutoEnroll" in body:
        sequence.audience_auto_enroll = body["audienceAutoEnroll"]
    if isinstance(body.get("enrollmentPaused"), bool):
        sequence.enrollment_paused = body["enrollmentPaused"]


def stop_condition(given: Config) -> Config:
    whose = ENTRY_AUDIENCE.get(given["type"])
    by_entry = (given.get("matchConfig") or {}).get("mode") == "entry_audience"
    if by_entry and (whose is None or given["matchConfig"].get("audience") != whose):
        raise wrong("stopCondition.matchConfig", "entry_audience is for the tag or list that people must keep")
    if given["type"] != "none" and not given.get("value") and not by_entry:
        raise wrong("stopCondition.value", f"A stop condition {given['type']} needs a value")
    value = None if given["type"] == "none" else given.get("value")
    if value is not None and given["type"] in ("has_tag", "does_not_have_tag"):
        value = "-".join(str(value).strip().lower().split())
    found: Config = {"type": given["type"], "value": value}
    if given.get("matchConfig"):
        modes = ["event_property_filter", "event_property", "field_value", "entry_audience"]
        if given["matchConfig"].get("mode") not in modes:
            raise wrong("stopCondition.matchConfig.mode", "Unknown mode", modes)
        found["matchConfig"] = given["matchConfig"]
    return found


def sending_window(given: Config) -> Config:
    start = clock_time(given.get("startTime"), "sendingWindow.startTime")
    end = clock_time(given.get("endTime"), "sendingWindow.endTime")
    if end <= start:
        raise wrong("sendingWindow.endTime", "endTime must be later than startTime")
    if given.get("days") == []:
        raise wrong("sendingWindow.days", "A sending window needs at least one day")
    return {
        "enabled": given.get("enabled", True),
        "timezone": zone_name(given.get("timezone"), "sendingWindow.timezone"),
        "startTime": as_clock(start),
        "endTime": as_clock(end),
        "days": given.get("days") or list(WEEKDAYS),
    }


def key_dates(given: Config) -> Config:
    zone = zone_name(given.get("timezone") or (None if given["dates"] else "UTC"), "keyDates.timezone")
    dates: list[Config] = []
    for index, entry in enumerate(given["dates"]):
        path = f"keyDates.dates[{index}]"
        label = entry.get("label")
        if not isinstance(label, str) or not label.strip():
            raise wrong(f"{path}.label", "A key date needs a label")
        key = entry.get("key") or re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
        if not re.fullmatch(r"[a-z0-9_]+", key) or key in [date["key"] for date in dates]:
            raise wrong(f"{path}.key", "A key is unique and made of lower-case letters, digits and _")
        dates.append({"label": label, "key": key, "at": stamp(_moment(entry.get("at"), zone, f"{path}.at"))})
    return {"timezone": zone, "dates": dates}


def _moment(value: Any, zone: str, path: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise wrong(path, "at must be an ISO 8601 moment") from None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _used_key_dates_exist(sequence: SequenceRecord) -> None:
    known = {date["key"] for date in (sequence.key_dates or {}).get("dates", [])}
    for node in sequence.nodes.values():
        if node.config.get("mode") == "until_key_date" and node.config["key"] not in known:
            raise wrong("keyDates", f"A wait of this sequence uses the key date {node.config['key']}")
