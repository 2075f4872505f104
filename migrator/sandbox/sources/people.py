"""Made-up people for any platform: each has a number, an address, a hostile name for a tag and a hostile value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

HOSTILE_NAMES = ("=HYPERLINK(1)", "../../etc/passwd", "NULL", "naïve 李 🎉", "tag'; drop table x --", "CON")
HOSTILE_VALUES = (
    *("01234", "1234567890123456789", "NaN", "true", "=1+1", "a\u2028b", "line\nbreak", "{{ unknown }}", "\u202eright"),
    *(" <script>alert(1)</script>", "'quoted'", "null"),
)


@dataclass(frozen=True)
class Made:
    number: int
    email: str
    first_name: str | None
    name: str
    """For a tag or a group."""
    value: str
    """For a custom field."""


def people(count: int) -> Iterator[Made]:
    for number in range(count):
        yield Made(
            number,
            f"Person{number}@example.com" if number % 9 == 0 else f"person{number}@example.com",
            None if number % 11 == 0 else ("Ana", "O'Neil", "李", "")[number % 4],
            HOSTILE_NAMES[number % len(HOSTILE_NAMES)],
            HOSTILE_VALUES[number % len(HOSTILE_VALUES)],
        )
