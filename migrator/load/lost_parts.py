"""A piece of a file of people with the rows that are not in place: who they are, and what the checkpoint keeps of it.

When that is asked is in lost_rows.py; sending them again is in send_again.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from migrator.load.census import NARROW, Census, Seen
from migrator.load.checkpoint import Unit
from migrator.load.contact_imports import DOUBT
from migrator.load.contacts_singly import PROVEN, decode_record
from migrator.load.counts import MISSING
from migrator.load.expected import consent, differences, expected
from migrator.load.import_pieces import Piece, cut_at
from migrator.load.work import Work, digest_of
from migrator.plan.records import ImportPeople

_MAY_DIFFER = ("createdAt", "timezone")
"""What a target may round or drop of a row that has arrived."""
LOST, UNSURE = "lost", "unsure"
"""Whether missing rows surely never arrived, or may have been deleted at the target."""


@dataclass
class Part:
    """A piece of a file of people, and which of its rows are not in place."""

    operation: ImportPeople
    unit: Unit
    piece: Piece
    missing: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    sure: bool = True
    """Missing rows never arrived: sending them again brings nobody back."""
    added: int = 0

    def lines(self, work: Work) -> list[bytes]:
        return self.piece.lines(work.opened, self.operation.file).splitlines(keepends=True)

    def candidates(self) -> range | list[int]:
        known = self.unit.result.get(MISSING)
        return range(self.piece.count) if known is None else [row for span in known for row in range(*span)]


def missing_rows(
    work: Work, census: Census, part: Part, rows: range | list[int], *, only_shut: bool = False, closely: bool = False
) -> Iterator[int]:
    """`only_shut`: nothing is known of people who may be mailed. `closely`: also who is there without their data."""
    lines = part.lines(work)
    strategy = str(part.operation.head.get("duplicateStrategy", "skip"))
    for start in range(0, len(rows), 500):
        numbers = rows[start : start + 500]
        records = [decode_record(lines[row]) for row in numbers]
        emails = [str(record["email"]) for record in records]
        seen = census.of(emails)
        digests = [digest_of(email) for email in emails]
        before = work.checkpoint.present(digests) if closely and not only_shut else {}
        for row, record, digest in zip(numbers, records, digests, strict=True):
            if only_shut and record.get("status") not in NARROW:
                continue
            was = before[digest][1] if digest in before else None
            if not _in_place(record, seen.get(digest), was, strategy):
                yield row


def _in_place(record: dict[str, Any], there: Seen | None, before: dict[str, Any] | None, strategy: str) -> bool:
    if there is None:
        return False
    if record.get("status") in NARROW and not there.shut:
        return False
    if before is None or there.now is None:
        return True
    wanted = expected(record, before, strategy)
    changed = [one for one in differences(wanted, there.now) if one.field not in _MAY_DIFFER]
    return consent(wanted, there.now) != "wider" and not changed


def arrived(work: Work, part: Part, rows: set[int]) -> None:
    lines = part.lines(work) if rows else []
    digests = [digest_of(str(decode_record(lines[row])["email"])) for row in rows]
    part.added += len(rows) - len(work.checkpoint.present(digests))


def keep(work: Work, part: Part) -> None:
    unit, kept = part.unit, {name: value for name, value in part.unit.result.items() if name not in (MISSING, DOUBT)}
    kept |= {"rows": part.piece.count, "added": int(kept.get("added", 0)) + part.added}
    if part.refused:
        _split(work, part, kept)
    elif part.missing:
        work.checkpoint.learned(unit, None, kept | _open(part, 0, part.piece.count))
    else:
        work.checkpoint.confirm(unit, result={**kept, PROVEN: True})


def _open(part: Part, start: int, end: int) -> dict[str, Any]:
    spans: list[list[int]] = []
    for row in part.missing:
        if start <= row < end:
            if spans and spans[-1][1] == row - start:
                spans[-1][1] += 1
            else:
                spans.append([row - start, row - start + 1])
    return {MISSING: spans, (LOST if part.sure else UNSURE): True}


def _split(work: Work, part: Part, kept: dict[str, Any]) -> None:
    """Whom the target refused stands alone, so that everybody else is counted as in place."""
    borders = {border for row in part.refused for border in (row, row + 1)}
    pieces = cut_at(part.piece, b"".join(part.lines(work)), borders)
    if len(pieces) == 1:
        work.checkpoint.reject(part.unit, part.refused[0], {"rows": 1})
        return
    at = 0
    for piece in pieces:
        unit = Unit(part.operation.key, piece.part, position=part.unit.position)
        opened = _open(part, at, at + piece.count)
        if at in part.refused:
            work.checkpoint.reject(unit, part.refused[at], {"rows": 1})
        elif opened[MISSING]:
            work.checkpoint.learned(unit, None, {"rows": piece.count, **opened})
        else:
            work.checkpoint.confirm(unit, result={"rows": piece.count, PROVEN: True})
        at += piece.count
    spans = [[piece.start, piece.end, piece.count] for piece in pieces]
    work.checkpoint.confirm(part.unit, result={**kept, "split": spans})
