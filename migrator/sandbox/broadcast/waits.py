"""When a wait is over: plain seconds, or the next time a wall clock somewhere shows an hour."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Time zones may come under the names of the framework that the platform is written in.
RAILS_ZONES = {
    "Eastern Time (US & Canada)": "America/New_York",
    "Central Time (US & Canada)": "America/Chicago",
    "Mountain Time (US & Canada)": "America/Denver",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "London": "Europe/London",
    "Paris": "Europe/Paris",
    "Berlin": "Europe/Berlin",
    "Kathmandu": "Asia/Kathmandu",
    "Tokyo": "Asia/Tokyo",
    "Sydney": "Australia/Sydney",
}
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def zone_of(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(RAILS_ZONES.get(name or "UTC", name or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def clock_of(text: str) -> time:
    """`09:00`, `9:00:30`, `8:00 AM`, or a moment with a meaningless date. Raises ValueError."""
    dated = re.fullmatch(r"\d{4}-\d\d-\d\dT(\d\d):(\d\d)(?::(\d\d))?.*", text)
    plain = re.fullmatch(r"\s*(\d{1,2}):(\d\d)(?::(\d\d))?\s*([AaPp][Mm])?\s*", text)
    found = dated or plain
    if found is None:
        raise ValueError(f"not a time of day: {text!r}")
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if plain and plain[4]:
        hour = hour % 12 + (12 if plain[4].lower() == "pm" else 0)
    return time(hour, minute, second)


def next_occurrence(after: datetime, clock: str, zone: str | None) -> datetime:
    """The first moment strictly after `after` at which the zone's clock shows this time."""
    here, wanted = zone_of(zone), clock_of(clock)
    day = after.astimezone(here).date()
    while True:
        moment = datetime.combine(day, wanted, tzinfo=here).astimezone(UTC)
        if moment > after:
            return moment
        day += timedelta(days=1)


def clock_end(after: datetime, clock: str, zone: str | None, reading: str) -> datetime:
    """`next_day`: that time of the day after, whenever a person comes. Otherwise the next such moment."""
    if reading != "next_day":
        return next_occurrence(after, clock, zone)
    here = zone_of(zone)
    day = after.astimezone(here).date() + timedelta(days=1)
    return datetime.combine(day, clock_of(clock), tzinfo=here).astimezone(UTC)


def duration_of(text: str) -> timedelta:
    """`2d`, `1h30m`, `45s`. Raises ValueError."""
    parts = re.findall(r"(\d+)([smhdw])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text.replace(" ", ""):
        raise ValueError(f"not a duration: {text!r} (write 2d, 1h30m or 45s)")
    return timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in parts))
