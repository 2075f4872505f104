"""Reading what platforms send: absent keys and nulls alike, moments in every spelling, numbers written as words.

What a row means is decided by the sources, in the modules named after the resources.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, tzinfo
from typing import Any

from migrator.model import Raw


def part(value: object) -> Raw:
    """An object, or an empty one where something else or nothing came."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Raw]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def filled(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def identity(value: object) -> str | None:
    """Ids are words; some old flows print numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return filled(value)


def identities(value: object) -> list[str]:
    """The ids of a list."""
    return [one for item in value if (one := identity(item))] if isinstance(value, list) else []


def whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) else None


def number(value: object) -> int | None:
    """A whole number, also one that is written as a word, such as "2"."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return int(value.strip()[:18])
    return whole(value)


def instant(value: object, zone: tzinfo = UTC) -> datetime | None:
    """ISO 8601, given back in UTC; `zone` holds for moments without one. None when it cannot be read, and for the
    empty moments of MySQL (0000-00-00) and Go (year 1)."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        moment = datetime.fromisoformat(value.strip().removesuffix(" UTC"))
        if moment.year == 1:
            return None
        return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def at(value: object, path: str) -> object:
    """What lies at a dotted path; None where the way breaks off. The empty path is the value itself."""
    for key in path.split(".") if path else ():
        value = value.get(key) if isinstance(value, dict) else None
    return value


def attributes_of(row: Raw) -> Raw:
    """Of a resource as JSON:API writes it."""
    return part(row.get("attributes"))


class Notes:
    """Oddities of a run, each said once with its count. Never put an address into one."""

    def __init__(self) -> None:
        self._said: Counter[str] = Counter()

    def say(self, sentence: str) -> None:
        self._said[sentence] += 1

    def lines(self) -> list[str]:
        return [f"{said} ({count:,} times)" if count > 1 else said for said, count in self._said.items()]


def without(data: Raw, *known: str) -> dict[str, Any]:
    """What nobody took and is worth keeping."""
    return {key: value for key, value in data.items() if key not in known and value not in (None, "", [], {})}
