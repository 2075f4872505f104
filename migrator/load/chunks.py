"""Chunks of a file of addresses, named by where they begin, and the outcome of each of their rows.

Outcome of a chunk: `rows`, `failed` and `open` (rows still to be named), `left` (reason to rows that are not named),
and for lists `joined` (rows that were not members before; True for all).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from migrator.load.counts import LEFT
from migrator.load.units import Unit
from migrator.plan.open_plan import OpenPlan

CHUNK = 500
GONE, OPTED_OUT, REFUSED = "gone", "opted_out", "refused"
WHY_LEFT = {
    GONE: "not at Sequenzy any more: naming this person would bring them back",
    OPTED_OUT: "opted out at Sequenzy",
    REFUSED: "Sequenzy refused this person: see rejected.csv",
}


@dataclass(frozen=True)
class Chunk:
    start: int
    emails: list[str]


def chunks(opened: OpenPlan, file: str) -> Iterator[Chunk]:
    rest, start = iter(opened.lines(file)), 0
    while emails := [str(email) for email in islice(rest, CHUNK)]:
        yield Chunk(start, emails)
        start += len(emails)


def outcome(
    rows: int, failed: Sequence[int] = (), waiting: Sequence[int] = (), left: dict[str, list[int]] | None = None
) -> dict[str, Any]:
    return {"rows": rows, "failed": list(failed), "open": list(waiting), LEFT: left or {}}


def open_rows(unit: Unit, chunk: Chunk) -> list[int]:
    """Those that no earlier run has settled."""
    if LEFT not in unit.result:
        return list(range(len(chunk.emails)))
    return sorted({*unit.result["failed"], *unit.result["open"]})
