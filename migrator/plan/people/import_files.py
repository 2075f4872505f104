"""Files of ready import records, cut into batches of whole lines: what is written here is what will be sent.

Records are encoded as they come and kept aside: only when all rows were read is it known which lines go again or change
(mending.py). So each line is put into its batch, and hashed, once.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable

import msgspec

from mappings.import_record import ImportRecord
from migrator.plan.folder import PlanFolder
from migrator.plan.records import BATCH_SIZE, Batch

BATCH_BYTES = 8 << 20
"""No call is larger than this, however fat the records are."""
_SPILL = 1 << 18
_ENCODER = msgspec.json.Encoder()


class ImportFile:
    def __init__(self, folder: PlanFolder, path: str) -> None:
        self._folder, self.path = folder, path
        self._rough = folder.scratch("records") / path.replace("/", "-")
        self._waiting = bytearray()
        self._sizes, self._counts = array("Q"), array("Q")
        """Of what was encoded at once: bytes and lines."""
        self._changed: Iterable[tuple[int, bytes | None]] = ()
        self.batches: tuple[Batch, ...] = ()

    def extend(self, records: list[ImportRecord]) -> bytes:
        """Gives back what was encoded."""
        if not records:
            return b""
        lines = encode_lines(records)
        self._sizes.append(len(lines))
        self._counts.append(len(records))
        self._waiting += lines
        if len(self._waiting) > _SPILL:
            self._spill()
        return lines

    def change(self, lines: Iterable[tuple[int, bytes | None]]) -> None:
        """Says by their numbers, in order, which lines are left out (None) or have other words."""
        self._changed = lines

    def finish(self) -> None:
        self._spill()
        cutter = Cutter(self._folder, self.path)
        changes = iter(self._changed)
        change = next(changes, None)
        first = 0
        with self._rough.open("rb") as file:
            for size, count in zip(self._sizes, self._counts, strict=True):
                lines, kept = file.read(size), count
                if change is not None and change[0] < first + count:
                    rows = lines.splitlines(keepends=True)
                    while change is not None and change[0] < first + count:
                        line = rows[change[0] - first] = change[1] or b""
                        kept -= not line
                        change = next(changes, None)
                    lines = b"".join(rows)
                if kept:
                    cutter.add(lines, kept)
                first += count
        self.batches = cutter.finish()
        self._rough.unlink()

    def _spill(self) -> None:
        with self._rough.open("ab") as file:
            file.write(self._waiting)
        self._waiting.clear()


class Cutter:
    """Puts lines into the plan's file, batch by batch."""

    def __init__(self, folder: PlanFolder, path: str) -> None:
        self._file = folder.lines(path)
        self._pieces: list[bytes] = []
        self._count = self._bytes = 0
        self._done: list[Batch] = []

    def add(self, lines: bytes, count: int) -> None:
        if self._has_room(lines, count):
            self._take(lines, count)
            return
        for line in lines.splitlines(keepends=True):
            if not self._has_room(line, 1):
                self._close()
            self._take(line, 1)

    def finish(self) -> tuple[Batch, ...]:
        self._close()
        return tuple(self._done)

    def _has_room(self, lines: bytes, count: int) -> bool:
        return self._count + count <= BATCH_SIZE and self._bytes + len(lines) <= BATCH_BYTES

    def _take(self, lines: bytes, count: int) -> None:
        self._pieces.append(lines)
        self._count += count
        self._bytes += len(lines)

    def _close(self) -> None:
        if not self._count:
            return
        lines, start = b"".join(self._pieces), self._file.bytes
        self._file.write(lines, self._count)
        digest = hashlib.sha256(lines).hexdigest()
        self._done.append(Batch(start=start, end=self._file.bytes, count=self._count, sha256=digest))
        self._pieces.clear()
        self._count = self._bytes = 0


def encode_lines(records: list[ImportRecord]) -> bytes:
    try:
        return _ENCODER.encode_lines(records)
    except UnicodeEncodeError:
        # Half an emoji: UTF-8 cannot say it, an escape in JSON can.
        return b"".join(json.dumps(msgspec.to_builtins(record)).encode() + b"\n" for record in records)
