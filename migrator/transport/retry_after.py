"""How long the server asks us to wait: Retry-After in seconds or as a date, and its cousins.

The rule for odd values: a negative time or a date gone by is 0; a value over an hour is taken for an hour (a wrong
clock or unit is likelier than a server that wants a day); what cannot be read is None, as if the header were absent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 3600.0


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, or None when the server does not say. Header names are taken in lower case."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return _sane(milliseconds / 1000)
    value = (headers.get("retry-after") or "").strip()
    if value:
        seconds = _number(value)
        if seconds is not None:
            return _sane(seconds)
        moment = _http_date(value)
        if moment is not None:
            return _sane(_seconds_until(moment, headers, now))
    return seconds_until_reset(headers.get("x-ratelimit-reset"), headers, now)


def seconds_until_reset(value: str | None, headers: Mapping[str, str], now: datetime) -> float | None:
    """X-RateLimit-Reset: an ISO instant, Unix seconds or milliseconds, or plain seconds from now."""
    text = (value or "").strip()
    if not text:
        return None
    number = _number(text)
    if number is None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return _sane(_seconds_until(moment if moment.tzinfo else moment.replace(tzinfo=UTC), headers, now))
    if number < 1e8:
        return _sane(number)
    seconds = number / 1000 if number > 1e11 else number
    try:
        return _sane(_seconds_until(datetime.fromtimestamp(seconds, UTC), headers, now))
    except (OverflowError, ValueError, OSError):
        return None


def _seconds_until(moment: datetime, headers: Mapping[str, str], now: datetime) -> float:
    # The server's own clock, when it tells: ours may be minutes off.
    server_now = _http_date((headers.get("date") or "").strip())
    return (moment - (server_now or now)).total_seconds()


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(value: str | None) -> float | None:
    try:
        number = float((value or "").strip())
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _sane(seconds: float) -> float:
    return min(max(0.0, seconds), LONGEST_WAIT)
