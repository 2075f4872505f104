"""Moments as exports write them. The rule, in full:

ISO 8601 is always read; 10 digits are Unix seconds, 13 milliseconds. A date such as 03/04/2024 is read only when its
order is known: told by the person or the layout, or shown by a value of the file that fits one order alone. Otherwise
it stays text. A moment without a zone is in the zone the person names, else UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

FIRST_YEAR, LAST_YEAR = 1970, 2100


class Order(StrEnum):
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d)?(?:\s+[A-Za-z+\-0-9:]+)?\Z"
)
_PARTED = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ T,]+(\d{1,2}):(\d\d)(?::(\d\d))?\s*([AaPp])?\.?[Mm]?\.?)?\Z"
)
_YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})(?:[ T]+(\d{1,2}):(\d\d)(?::(\d\d))?)?\Z")
_WRITTEN = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y")
_WRITTEN_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")


def moment(cell: str, order: Order | None = None, zone: tzinfo = UTC) -> datetime | None:
    """None for what is no date, or not surely this date."""
    found: datetime | None
    try:
        # Thirteen digits are also a date of the 18th century to Python.
        found = _digits(cell) or datetime.fromisoformat(cell)
    except ValueError:
        found = _slow(cell.strip(), order)
    if found is None:
        return None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC) if zone is UTC else found.replace(tzinfo=zone).astimezone(UTC)
    return found if found.tzinfo is UTC else found.astimezone(UTC)


def order_in(cells: Iterable[str]) -> tuple[bool, bool]:
    """Whether some value can only be day first, and some only month first."""
    day_first = month_first = False
    for cell in cells:
        match = _PARTED.match(cell.strip())
        if match:
            if match[2] == ".":
                continue
            first, second = int(match[1]), int(match[3])
            day_first |= first > 12 >= second
            month_first |= second > 12 >= first
    return day_first, month_first


def is_parted(cell: str) -> bool:
    """Written with day and month as numbers whose order cannot be seen."""
    match = _PARTED.match(cell.strip())
    return match is not None and match[2] != "."


def is_moment(cell: str) -> bool:
    """Surely a date, even where its order of day and month cannot be seen."""
    return any(map(str.isdigit, cell)) and (moment(cell.strip()) is not None or is_parted(cell))


def _slow(text: str, order: Order | None) -> datetime | None:
    try:
        return _digits(text) or _iso(text) or _parted(text, order) or _year_first(text) or _written(text)
    except (ValueError, OverflowError, OSError):
        return None


def _digits(text: str) -> datetime | None:
    if not (text.isascii() and text.isdigit()) or len(text) not in (10, 13):
        return None
    return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)


def _iso(text: str) -> datetime | None:
    match = _ISO.match(text)
    if match is None:
        return None
    found = datetime.fromisoformat(f"{match[1]} {match[2]}")
    return found if match[3] is None else found.replace(tzinfo=_offset(match[3]))


def _offset(text: str) -> tzinfo:
    if text in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(size if text[0] == "+" else -size)


def _parted(text: str, order: Order | None) -> datetime | None:
    match = _PARTED.match(text)
    if match is None:
        return None
    if match[2] == ".":
        order = Order.DAY_FIRST  # nobody writes month.day.year
    if order is None:
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    day, month = (first, second) if order is Order.DAY_FIRST else (second, first)
    hour = int(match[5] or 0)
    if match[8]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[8] in "pP" else 0)
    return datetime(year, month, day, hour, int(match[6] or 0), int(match[7] or 0))  # noqa: DTZ001 - zone comes later


def _year_first(text: str) -> datetime | None:
    match = _YEAR_FIRST.match(text)
    if match is None:
        return None
    parts = [int(match[number] or 0) for number in range(1, 7)]
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - six whole numbers; the zone comes later


def _written(text: str) -> datetime | None:
    if not text[:1].isalnum() or len(text) > 40 or not any(letter.isalpha() for letter in text):
        return None
    for form in _WRITTEN:
        for time in _WRITTEN_TIMES:
            try:
                return datetime.strptime(text, form + time)  # noqa: DTZ007 - the zone comes later
            except ValueError:
                continue
    return None
