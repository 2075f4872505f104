"""What a step's row says beside what was read of it: whether it is switched off, and keys nobody knows.

A server may show every column of its table on every row, so a key that belongs to another kind of step means nothing;
only a wait of its own would.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from adapters.broadcast.step_keys import OTHER_KINDS, SECONDS
from adapters.broadcast.wire import flag, text_id
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


def steps_named(row: Raw, others: Collection[str]) -> list[str]:
    """Other steps that a row of an unknown kind names, under whatever key: people may go on there."""
    plain = EXPECTED | OTHER_KINDS | {*SECONDS, "id", "parent_id", "true_branch", "action", "label"}
    found = (name for key, value in row.items() if key not in plain for name in _names(key, value))
    return list(dict.fromkeys(name for name in found if name in others))


def _names(key: str, value: object) -> Iterator[str]:
    yield key
    if isinstance(value, dict):
        for inner_key, inner in value.items():
            yield from _names(inner_key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(key, inner)
    elif (name := text_id(value)) is not None:
        yield name


def _filled(value: object) -> bool:
    return bool(value)
