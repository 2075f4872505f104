"""Reads the wait of a step, in any of its spellings, into the config of a `logic_delay` node.

Only one wait a step. When a wait ends is computed in wait_times.py.
"""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from migrator.sandbox.sequenzy.refusals import shaped, wrong
from migrator.sandbox.sequenzy.step_bodies import Delay, WaitUntilDate, WaitUntilKeyDate, WaitUntilWeekday

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KEYS = ("delay", "delayMs", "waitUntil", "waitUntilWeekday", "waitUntilKeyDate")

Config = dict[str, Any]


def wait_of(step: Config, path: str, warnings: list[str]) -> Config | None:
    """The wait of this step, or None. A number as `delay` and `delayDays` are ignored, with a warning."""
    given = [key for key in KEYS if step.get(key) is not None]
    if "delay" in given and not isinstance(step["delay"], dict):
        given.remove("delay")
        warnings.append(f"{path}.delay must be an object with days, hours or minutes; it was ignored")
    strays = [key for key in ("delayDays", "delayHours", "delayMinutes") if key in step]
    warnings.extend(f"{path}.{key} is not a step field and was ignored; use delay" for key in strays)
    if len(given) > 1:
        raise wrong(path, f"Give exactly one of {', '.join(KEYS)}")
    if not given:
        return None
    value, path = step[given[0]], f"{path}.{given[0]}"
    match given[0]:
        case "delayMs":
            return _duration({"minutes": value / 60_000}, path)
        case "waitUntil":
            return _until_date(value, path)
        case "waitUntilWeekday":
            return _until_weekday(value, path)
        case "waitUntilKeyDate":
            return _until_key_date(value, path)
    return _delay(value, path)


def standalone_wait(step: Config, path: str, warnings: list[str]) -> Config:
    """The wait that IS the step: one of the wait keys, or `config` with delayDays, delayHours, delayMinutes."""
    found = wait_of(step, path, warnings)
    config = step.get("config") or {}
    if found is None and any(key in config for key in ("delayDays", "delayHours", "delayMinutes")):
        span = {key: config.get(f"delay{key.capitalize()}", 0) for key in ("days", "hours", "minutes")}
        return _duration(span, f"{path}.config")
    if found is None:
        raise wrong(path, "A delay step needs a wait")
    return found


def _duration(span: Config, path: str) -> Config:
    parts = [span.get(key) or 0 for key in ("days", "hours", "minutes")]
    if any(not isinstance(part, int | float) or isinstance(part, bool) or part < 0 for part in parts):
        raise wrong(path, "A wait must be made of numbers that are not negative")
    minutes = round(parts[0] * 1440 + parts[1] * 60 + parts[2])
    days, rest = divmod(minutes, 1440)
    return {"mode": "duration", "delayDays": days, "delayHours": rest // 60, "delayMinutes": rest % 60}


def _offset(value: Config) -> Config:
    nested = value.get("offset") or {}
    return {key: nested.get(key) or value.get(key) or 0 for key in ("days", "hours", "minutes")}


def _first(value: Config, *names: str) -> Any:
    return next((value[name] for name in names if value.get(name) is not None), None)


def _delay(value: Config, path: str) -> Config:
    mode = shaped(value, Delay).mode
    if mode == "duration":
        return _duration(value, path)
    if mode == "until_date":
        return _until_date(value, path)
    return _until_weekday(value, path) if mode == "until_weekday" else _until_key_date(value, path)


def _until_date(value: Config, path: str) -> Config:
    shaped(value, WaitUntilDate)
    field = _first(value, "field", "untilDateField")
    if not field:
        raise wrong(f"{path}.field", "A date wait needs a field")
    return {
        "mode": "until_date",
        "field": field,
        "source": _one_of(value, path, ("event", "attribute"), "source", "untilDateSource"),
        "offset": _offset(value),
        "direction": _one_of(value, path, ("after", "before"), "direction", "untilOffsetDirection"),
        "missingAction": _one_of(value, path, ("continue", "exit"), "missingAction", "untilMissingAction"),
        "pastAction": _one_of(value, path, ("continue", "skip", "exit"), "pastAction", "untilPastAction"),
    }


def _until_key_date(value: Config, path: str) -> Config:
    shaped(value, WaitUntilKeyDate)
    key = _first(value, "key", "untilKeyDate", "keyDate")
    if not key:
        raise wrong(f"{path}.key", "A key date wait needs a key")
    return {
        "mode": "until_key_date",
        "key": key,
        "offset": _offset(value),
        "direction": _one_of(value, path, ("before", "after"), "direction", "untilOffsetDirection"),
        "missingAction": _one_of(value, path, ("exit", "continue"), "missingAction", "untilMissingAction"),
        "pastAction": _one_of(value, path, ("skip", "continue", "exit"), "pastAction", "untilPastAction"),
    }


def _one_of(value: Config, path: str, allowed: tuple[str, ...], *names: str) -> str:
    """The first of `allowed` is the default."""
    found = _first(value, *names)
    if found is None:
        return allowed[0]
    if found not in allowed:
        raise wrong(f"{path}.{names[0]}", f"{names[0]} must be one of {', '.join(allowed)}", list(allowed))
    return str(found)


def _until_weekday(value: Config, path: str) -> Config:
    shaped(value, WaitUntilWeekday)
    days = _first(value, "days", "untilDays") if "mode" in value or value.get("days") else [value.get("day")]
    if not isinstance(days, list) or not days or any(str(day).lower() not in WEEKDAYS for day in days):
        raise wrong(f"{path}.days", "A weekday wait needs days of the week", list(WEEKDAYS))
    start = clock_time(_first(value, "startTime", "untilStartTime"), f"{path}.startTime")
    end = clock_time(_first(value, "endTime", "untilEndTime") or "24:00", f"{path}.endTime")
    if end <= start:
        raise wrong(f"{path}.endTime", "endTime must be later than startTime")
    zone = _first(value, "timezone", "untilTimezone")
    return {
        "mode": "until_weekday",
        "days": [str(day).lower() for day in days],
        "startTime": as_clock(start),
        "endTime": as_clock(end),
        "timezone": zone_name(zone, f"{path}.timezone"),
        "timezoneSource": _one_of(value, path, ("fixed", "subscriber"), "timezoneSource", "untilTimezoneSource"),
        "minimumWait": _least(value.get("minimumWait") or {}, path),
    }


def _least(given: Config, path: str) -> Config:
    parts = {key: given.get(key) or 0 for key in ("days", "hours", "minutes")}
    if given.keys() - parts or any(part < 0 for part in parts.values()):
        raise wrong(f"{path}.minimumWait", "minimumWait is made of days, hours and minutes that are not negative")
    return parts


def clock_time(value: Any, path: str) -> int:
    """`HH:mm` as minutes of the day; `24:00` is the end of it."""
    match = re.fullmatch(r"(\d{2}):(\d{2})", value) if isinstance(value, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= minutes <= 1440:
        raise wrong(path, "Times are written HH:mm, from 00:00 to 24:00")
    return minutes


def as_clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def zone_name(value: Any, path: str) -> str:
    try:
        return ZoneInfo(value).key
    except (TypeError, ValueError, OSError, KeyError):
        raise wrong(path, "timezone must be an IANA time zone") from None
