"""A piece of a file of import records: whole lines, named by their place, so that every repeat has the same bytes.

A batch is a piece; a refused one is cut into smaller pieces until the bad row is alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec

from migrator.errors import ApiProblem
from migrator.load.units import Unit
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import Batch, ImportPeople

_ROW = re.compile(r"^subscribers\[(\d+)\]")


@dataclass(frozen=True)
class Piece:
    batch: Batch
    start: int
    end: int
    count: int

    @property
    def part(self) -> str:
        return f"{self.start}-{self.end}"

    @property
    def whole(self) -> bool:
        return (self.start, self.end) == (self.batch.start, self.batch.end)

    def lines(self, opened: OpenPlan, file: str) -> bytes:
        data = opened.batch(file, self.batch)
        return data[self.start - self.batch.start : self.end - self.batch.start]


def pieces_of(operation: ImportPeople, opened: OpenPlan, limit: int | None) -> list[Piece]:
    found, left = [], limit
    for batch in operation.batches:
        if left is not None and left <= 0:
            break
        piece = Piece(batch, batch.start, batch.end, batch.count)
        if left is not None:
            if batch.count > left:
                rows = _ends(piece.lines(opened, operation.file))[:left]
                piece = Piece(batch, batch.start, batch.start + rows[-1], left)
            left -= piece.count
        found.append(piece)
    return found


def piece_of_unit(operation: ImportPeople, unit: Unit) -> Piece | None:
    start, _, end = unit.part.partition("-")
    if not (start.isdigit() and end.isdigit()):
        return None
    batch: Batch | None = next((batch for batch in operation.batches if batch.start <= int(start) < batch.end), None)
    return Piece(batch, int(start), int(end), int(unit.result.get("rows", 1))) if batch else None


def body_of(head: dict[str, Any], key: str, lines: bytes) -> bytes:
    """The request, without decoding a single record."""
    start = msgspec.json.encode({**head, "idempotencyKey": key})[:-1]
    records = lines.replace(b"\n", b",")
    return b"".join((start, b',"subscribers":[', memoryview(records)[:-1], b"]}"))


def key_of(prefix: str, piece: Piece, lines: bytes) -> str:
    """Made from run and content; the hash of a whole batch was checked when its lines were read."""
    digest = piece.batch.sha256 if piece.whole else hashlib.sha256(lines).hexdigest()
    return f"{prefix}-{digest[:32]}"[-255:]


def cut(piece: Piece, lines: bytes, problem: ApiProblem | None) -> list[Piece]:
    """Smaller pieces of one that was refused: the rows the target names stand alone, or else two halves."""
    named = _named(problem, piece.count)
    return cut_at(piece, lines, {border for row in named for border in (row, row + 1)} or {piece.count // 2})


def cut_at(piece: Piece, lines: bytes, borders: set[int]) -> list[Piece]:
    """`borders`: rows at which a new piece begins."""
    ends = _ends(lines)
    marks = sorted({0, piece.count, *borders})
    return [
        Piece(piece.batch, piece.start + (ends[low - 1] if low else 0), piece.start + ends[high - 1], high - low)
        for low, high in pairwise(marks)
    ]


def about_the_head(problem: ApiProblem, head: dict[str, Any]) -> bool:
    """Whether the refusal names a field beside the rows: then no row is to blame."""
    named = {re.split(r"[.\[]", issue.path)[0] for issue in problem.issues if issue.path}
    return bool(named) and named <= {*head, "idempotencyKey"}


def _named(problem: ApiProblem | None, count: int) -> list[int]:
    found = [_ROW.match(issue.path) for issue in (problem.issues if problem else ())]
    return sorted({int(row[1]) for row in found if row and int(row[1]) < count})


def _ends(lines: bytes) -> list[int]:
    """Where each line ends, its line break included."""
    found, at = [], 0
    while (at := lines.find(b"\n", at) + 1) > 0:
        found.append(at)
    return found


class _Email(msgspec.Struct):
    email: str


_DECODER = msgspec.json.Decoder(_Email)


def emails_of(lines: bytes) -> Iterator[str]:
    for line in lines.splitlines():
        try:
            yield _DECODER.decode(line).email
        except (msgspec.DecodeError, UnicodeDecodeError):
            import json

            yield str(json.loads(line)["email"])  # half an emoji elsewhere in the record
