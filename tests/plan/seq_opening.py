"""When a wait for a time of day, or a sending window, lets somebody on."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from migrator.model.steps import WaitUntilTime
from tests.reference_interpreter import RAILS, at_clock, next_moment


def next_opening(wait: WaitUntilTime, now: datetime) -> datetime:
    """A window that runs over midnight belongs to the day on which it opens; times may have seconds."""
    assert wait.time is not None
    zone = ZoneInfo(RAILS.get(wait.timezone or "UTC", wait.timezone or "UTC"))
    plain = wait.until is None or wait.until > wait.time
    if plain and len(wait.time) <= 5:
        return next_moment(with_zone(wait), now)
    if not plain:
        assert wait.until is not None
        yesterday = (now.astimezone(zone) - timedelta(days=1)).date()
        today = now.astimezone(zone).date()
        for date in (yesterday, today):
            fits = not wait.days or tuple(type(wait.days[0]))[date.weekday()] in wait.days
            closes = at_clock(date + timedelta(days=1), wait.until, zone)
            if fits and at_clock(date, wait.time, zone) <= now < closes:
                return now
    hour, minute, second = (*(int(part) for part in wait.time.split(":")), 0)[:3]
    for ahead in range(9):
        date = (now.astimezone(zone) + timedelta(days=ahead)).date()
        opens = datetime(date.year, date.month, date.day, hour, minute, second, tzinfo=zone)
        if opens > now and (not wait.days or tuple(type(wait.days[0]))[date.weekday()] in wait.days):
            return opens.astimezone(now.tzinfo)
    raise AssertionError("a window opens at least once in a week")


def with_zone(wait: WaitUntilTime) -> WaitUntilTime:
    return WaitUntilTime(time=wait.time, timezone=wait.timezone or "UTC", until=wait.until, days=wait.days)
