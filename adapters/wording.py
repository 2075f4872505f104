"""Numbers with their nouns, for the sentences that go into a manifest or onto a screen."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 row`, `2,000 rows`; `many` where an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
