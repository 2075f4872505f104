"""When a wait ends: fixed spans, dates of a contact or an event, weekday windows, key dates, the sending window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from migrator.sandbox.sequenzy.records import SequenceRecord
from migrator.sandbox.sequenzy.wait_input import WEEKDAYS

Config = dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """`wait` until `at`, or `pass`, `skip` (nothing acts until the next wait or branch), `exit`."""

    action: Literal["wait", "pass", "skip", "exit"]
    at: datetime | None = None


PASS = Verdict("pass")


def span(parts: Config) -> timedelta:
    return timedelta(days=parts.get("days") or 0, hours=parts.get("hours") or 0, minutes=parts.get("minutes") or 0)


def duration(config: Config) -> timedelta:
    return timedelta(days=config["delayDays"], hours=config["delayHours"], minutes=config["delayMinutes"])


def at_path(values: Any, path: str) -> Any:
    if isinstance(values, dict) and path in values:
        return values[path]
    for part in path.split("."):
        if isinstance(values, list) and part.isdigit() and int(part) < len(values):
            values = values[int(part)]
        elif isinstance(values, dict) and part in values:
            values = values[part]
        else:
            return None
    return values


def moment_of(value: Any) -> datetime | None:
    """ISO 8601 (without a zone: UTC), or Unix seconds or milliseconds."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    try:
        if isinstance(value, str) and not value.strip().lstrip("-").replace(".", "", 1).isdigit():
            found = datetime.fromisoformat(value.strip())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        number = float(value)
        return datetime.fromtimestamp(number / 1000 if abs(number) > 1e11 else number, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def on_arrival(
    config: Config, *, now: datetime, attributes: Config, event: Config, zone: str | None, sequence: SequenceRecord
) -> Verdict:
    """What a contact does that reaches this wait now."""
    mode = config["mode"]
    if mode == "duration":
        return _until(now + duration(config), now)
    if mode == "until_weekday":
        chosen = zone if config["timezoneSource"] == "subscriber" and zone else config["timezone"]
        start = now + span(config["minimumWait"])
        return _until(next_open(start, chosen, config["days"], config["startTime"], config["endTime"]), now)
    target = date_target(config, attributes, event, sequence)
    if target is None:
        return PASS if config["missingAction"] == "continue" else Verdict("exit")
    if target > now:
        return Verdict("wait", target)
    return {"continue": PASS, "skip": Verdict("skip"), "exit": Verdict("exit")}[config["pastAction"]]


def when_due(config: Config, *, now: datetime, attributes: Config, event: Config, sequence: SequenceRecord) -> Verdict:
    """What a contact does whose wait ends now: a date that moved later makes it wait on, one that is gone decides."""
    if config["mode"] not in ("until_date", "until_key_date"):
        return PASS
    target = date_target(config, attributes, event, sequence)
    if target is None:
        return PASS if config["missingAction"] == "continue" else Verdict("exit")
    return Verdict("wait", target) if target > now else PASS


def _until(moment: datetime, now: datetime) -> Verdict:
    return Verdict("wait", moment) if moment > now else PASS


def date_target(config: Config, attributes: Config, event: Config, sequence: SequenceRecord) -> datetime | None:
    if config["mode"] == "until_key_date":
        dates = (sequence.key_dates or {}).get("dates", [])
        value = next((date["at"] for date in dates if date["key"] == config["key"]), None)
    else:
        value = at_path(attributes if config["source"] == "attribute" else event, config["field"])
    found = moment_of(value)
    if found is None:
        return None
    return found + span(config["offset"]) if config["direction"] == "after" else found - span(config["offset"])


def next_open(moment: datetime, zone: str, days: list[str], start: str, end: str) -> datetime:
    """The first moment, from `moment` on, inside a window of local time on one of `days`."""
    local = moment.astimezone(ZoneInfo(zone))
    for ahead in range(9):
        day = (local + timedelta(days=ahead)).replace(hour=0, minute=0, second=0, microsecond=0)
        if WEEKDAYS[day.weekday()] not in days:
            continue
        opens, closes = _clock(day, start), _clock(day, end)
        if moment < closes:
            return max(moment, opens)
    raise AssertionError("a window has at least one day")


def _clock(day: datetime, text: str) -> datetime:
    hours, minutes = int(text[:2]), int(text[3:])
    if hours == 24:
        day, hours = day + timedelta(days=1), 0
    return day.replace(hour=hours, minute=minutes).astimezone(UTC)


def window_opens(window: Config | None, moment: datetime) -> datetime:
    """When an email may leave that is ready at `moment`."""
    if not window or not window.get("enabled"):
        return moment
    return next_open(moment, window["timezone"], window["days"], window["startTime"], window["endTime"])


def words(config: Config) -> str:
    """`delayDisplay`: the wait in a few words."""
    mode = config["mode"]
    if mode == "duration":
        parts = [
            f"{config[key]} {name}{'' if config[key] == 1 else 's'}"
            for key, name in (("delayDays", "day"), ("delayHours", "hour"), ("delayMinutes", "minute"))
            if config[key]
        ]
        return " ".join(parts) or "no wait"
    if mode == "until_weekday":
        return f"until {', '.join(config['days'])} {config['startTime']}-{config['endTime']}"
    return f"until {config['field'] if mode == 'until_date' else config['key']}"
