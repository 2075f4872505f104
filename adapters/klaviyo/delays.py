"""Waits: a plain time, a time until an hour of the day, days of the week, and the days before a date.

A wait of whole days until an hour counts calendar days: "1 day until 9:00" is tomorrow at 9:00 for everybody who comes
today, whatever the time. So the shortest wait is one day less than it says, and as long as the hour is far into a day.
"""

from __future__ import annotations

from dataclasses import dataclass

from adapters.kit.wire import filled, part, rows, whole
from adapters.klaviyo.filters import property_key
from migrator.model import Action, Raw
from migrator.model.steps import Opaque, PastDate, Wait, WaitUntilDate, WaitUntilTime, Weekday

DAY = 86_400
_UNITS = {"minutes": 60, "hours": 3600, "days": DAY, "weeks": 7 * DAY}
PROFILE = "profile"


@dataclass(frozen=True)
class Delay:
    action: Action
    missing: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


_UNKNOWN = Delay(Wait(seconds=None), missing=("seconds",))


def read_delay(data: Raw, zone: str | None) -> Delay:
    """`zone` is the account's, for people whose own is not known."""
    value, unit = whole(data.get("value")), str(data.get("unit"))
    if value is None or value < 0 or unit not in _UNITS:
        return _UNKNOWN
    seconds = value * _UNITS[unit]
    more = data.get("secondary_value")
    if more not in (None, 0):
        # Minutes behind hours; behind days nobody has seen one.
        extra = whole(more)
        if unit != "hours" or extra is None or extra < 0:
            return _UNKNOWN
        seconds += extra * 60
    return _until(data, seconds, calendar_days=value if unit == "days" else None, zone=zone)


def _until(data: Raw, seconds: int, *, calendar_days: int | None, zone: str | None) -> Delay:
    days, days_known = weekdays(data.get("delay_until_weekdays"))
    time = filled(data.get("delay_until_time"))
    if not days_known:
        return Delay(Wait(seconds=None), missing=("seconds",), caveats=("Its days of the week cannot be read.",))
    some_days = () if len(days) == len(Weekday) else days
    if time is None and not some_days:
        return Delay(Wait(seconds=seconds))
    own_zone, named = zone_of(data.get("timezone"), zone)
    if time is None:
        action = WaitUntilTime(
            time="00:00:00",
            until="24:00",
            timezone=named,
            contact_timezone=own_zone,
            days=some_days,
            minimum_seconds=seconds,
        )
        caveat = "On some days of the week only; it does not say at which hour."
        return Delay(action, caveats=(caveat,))
    into_day = seconds_of_day(time)
    if into_day is None:
        return Delay(WaitUntilTime(timezone=named, contact_timezone=own_zone), missing=("time",))
    if calendar_days:
        seconds = (calendar_days - 1) * DAY + into_day
    return Delay(
        WaitUntilTime(time=time, timezone=named, contact_timezone=own_zone, days=some_days, minimum_seconds=seconds)
    )


def read_target_day(data: Raw, zone: str | None) -> Delay:
    """The next of some days of the week, at an hour."""
    days, days_known = weekdays(data.get("target_days"))
    time = filled(data.get("target_time"))
    if not days_known or not days or time is None or seconds_of_day(time) is None:
        return Delay(Opaque(action="target-date"))
    own_zone, named = zone_of(data.get("timezone"), zone)
    some_days = () if len(days) == len(Weekday) else days
    return Delay(WaitUntilTime(time=time, timezone=named, contact_timezone=own_zone, days=some_days))


def read_countdown(data: Raw, triggers: object) -> Delay:
    """So long before the date that the flow counts towards."""
    value, unit = whole(data.get("value")), str(data.get("unit"))
    date = next((one for one in rows(triggers) if one.get("type") == "date"), {})
    written = filled(date.get("date_profile_property"))
    if value is None or value < 0 or unit not in _UNITS or written is None:
        return Delay(Opaque(action="countdown-delay"))
    _, key = property_key(written)
    time = filled(data.get("delay_until_time"))
    caveats = [] if time is None else [f"It goes on at {time} of that day; at the target when the day begins."]
    days, _ = weekdays(data.get("delay_until_weekdays"))
    if days and len(days) < len(Weekday):
        caveats.append("It goes on only on some days of the week.")
    if part(date).get("recurrence_frequency") not in (None, "never"):
        caveats.append("The date comes again at the source; at the target it is one date.")
    action = WaitUntilDate(
        key=key, offset_seconds=-value * _UNITS[unit], when_missing=PastDate.UNKNOWN, when_past=PastDate.UNKNOWN
    )
    return Delay(action, caveats=tuple(caveats))


def weekdays(value: object) -> tuple[tuple[Weekday, ...], bool]:
    """The days in their order, and whether all of them could be read."""
    if value is None:
        return (), True
    if not isinstance(value, list):
        return (), False
    known = {day.value for day in Weekday}
    names = [str(one).lower() for one in value]
    return tuple(day for day in Weekday if day.value in names), all(name in known for name in names)


def zone_of(value: object, account: str | None) -> tuple[bool, str | None]:
    """Whether each person's own zone counts, and the zone for everybody else."""
    named = filled(value)
    return (True, account) if named == PROFILE else (False, named or account)


def seconds_of_day(time: str) -> int | None:
    parts = time.split(":")
    if len(parts) not in (2, 3) or not all(one.isascii() and one.isdigit() for one in parts):
        return None
    hour, minute, second = (int(one) for one in [*parts, "0"][:3])
    return hour * 3600 + minute * 60 + second if hour < 24 and minute < 60 and second < 60 else None
