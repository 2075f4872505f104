"""Time windows of segment filters: `24h`, `30d`, `all`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_NAMED = ("24h", "7d", "30d", "90d", "180d", "all")
_WINDOW = re.compile(r"(\d{1,5})(h|d)")


def span_of(text: str) -> timedelta | None:
    """The length of a window; None for `all` and for what is none."""
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        return None
    size = int(found[1])
    return timedelta(hours=size) if found[2] == "h" else timedelta(days=size)


def valid_window(text: str) -> bool:
    """Of what people do with emails: the few named ones, or whole hours up to a year."""
    hours = text.strip().removesuffix("h")
    return text.strip() in _NAMED or (hours != text.strip() and hours.isdecimal() and 1 <= int(hours) <= 8760)


def valid_days(text: str) -> bool:
    """Of events."""
    return text.strip() == "all" or (span_of(text) is not None and text.strip().endswith("d"))


def since(now: datetime, window: str) -> datetime | None:
    """Where a window starts; None means from the beginning."""
    span = span_of(window)
    return None if span is None else now - span
