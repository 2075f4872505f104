"""What a step's row says beside what was read of it: whether it is switched off, and keys nobody knows.

A server may show every column of its table on every row, so a key that belongs to another kind of step means nothing;
only a wait of its own would.
"""

from __future__ import annotations

from adapters.broadcast.wire import flag
from migrator.model import Raw

EXPECTED = frozenset({"sequence_id", "created_at", "updated_at", "position"})
_OFF = ("active", "is_active", "enabled", "is_enabled", "live", "published")
_OFF_WHEN_TRUE = (
    *("disabled", "is_disabled", "paused", "is_paused", "paused_at", "archived", "archived_at", "skip", "skipped"),
    *("deleted", "deleted_at", "discarded_at", "draft", "is_draft"),
)


def switched_off(rest: Raw) -> str | None:
    """The key that may say that the source does not run this step; none is published."""
    for key in _OFF:
        if key in rest and rest[key] is not None and flag(rest[key]) is not True:
            return key
    return next((key for key in _OFF_WHEN_TRUE if _filled(rest.get(key)) and flag(rest[key]) is not False), None)


def unknown_words(rest: Raw, of_other_kinds: frozenset[str]) -> tuple[str, ...]:
    """One sentence for each filled key that nobody knows. Never its value, which may be a key to something."""
    known = EXPECTED | of_other_kinds | {*_OFF, *_OFF_WHEN_TRUE}
    return tuple(
        f"Its '{key}' is not understood." for key, value in rest.items() if key not in known and _filled(value)
    )


def _filled(value: object) -> bool:
    return bool(value)
