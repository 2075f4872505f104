"""What several answers told about the same steps, put together; and where they contradict each other."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.broadcast.wire import text_id
from migrator.model import Raw


def merge_rows(*sources: Iterable[Raw]) -> list[Raw]:
    """The same step from several answers: the longer row wins, key by key, and nothing that was told is lost."""
    merged: dict[str, Raw] = {}
    for rows in sources:
        for row in rows:
            step_id = text_id(row.get("id")) or f"row-{len(merged) + 1}"
            before = merged.get(step_id)
            if before is None:
                merged[step_id] = dict(row)
                continue
            longer, shorter = (row, before) if _told(row) >= _told(before) else (before, row)
            filled_in = {key: value for key, value in shorter.items() if longer.get(key) is None}
            merged[step_id] = {**longer, **filled_in}
    return list(merged.values())


def contradictions(*sources: Iterable[Raw]) -> dict[str, tuple[str, ...]]:
    """Step to the keys that two answers fill differently: it was edited while the account was read."""
    seen: dict[str, Raw] = {}
    odd: dict[str, dict[str, None]] = {}
    for row in (row for rows in sources for row in rows):
        step_id = text_id(row.get("id"))
        if step_id is None:
            continue
        before = seen.setdefault(step_id, {})
        for key, value in row.items():
            if key.endswith("_at") or value is None:
                continue
            # Some answers write numbers and switches as texts, and moments in other ways.
            if str(before.setdefault(key, value)).lower() != str(value).lower():
                odd.setdefault(step_id, {})[key] = None
    return {step_id: tuple(keys) for step_id, keys in odd.items()}


def _told(row: Raw) -> int:
    return sum(value is not None for value in row.values())
