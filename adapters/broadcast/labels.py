"""A plain duration in a step's label ("Wait 2 days"), as a suggestion for a person to confirm; nothing more."""

from __future__ import annotations

import re

_UNITS = {
    "second": 1, "sec": 1, "s": 1,
    "minute": 60, "min": 60, "m": 60,
    "hour": 3600, "hr": 3600, "h": 3600,
    "day": 86_400, "d": 86_400,
    "week": 604_800, "wk": 604_800, "w": 604_800,
}  # fmt: skip
_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14,
}  # fmt: skip
_NUMBER = r"(?<![\w.])(?:(\d+(?:\.\d+)?)\s*-?\s*|(" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")(?:\s+|-))"
_PART = re.compile(_NUMBER + "(" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")s?\b", re.IGNORECASE)
_FILLER = re.compile(r"(wait|delay|pause|for|then|and|of|the|next|after|later|another|more|[,\s.:()-])*", re.IGNORECASE)


def duration_in(label: str | None) -> int | None:
    """Seconds, when the label says a duration and nothing else that could change its meaning."""
    if not label or len(label) > 120:
        return None
    parts = list(_PART.finditer(label))
    if not parts or not _FILLER.fullmatch(_PART.sub(" ", label)):
        return None
    seconds = 0.0
    for part in parts:
        amount = float(part[1]) if part[1] else _WORDS[part[2].lower()]
        seconds += amount * _UNITS[part[3].lower()]
    return int(seconds) if seconds >= 1 else None
