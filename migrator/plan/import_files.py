"""Files of ready import records, cut into batches of whole lines: what is written here is what will be sent."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Mapping

import msgspec

from mappings.people import ImportRecord
from migrator.plan.folder import PlanFolder
from migrator.plan.records import BATCH_SIZE, Batch

BATCH_BYTES = 8 << 20
"""No call is larger than this, however fat the records are."""
_ENCODER = msgspec.json.Encoder()


class ImportFile:
    def __init__(self, folder: PlanFolder, path: str) -> None:
        self._folder, self.path = folder, path
        self.batches: list[Batch] = []
        self._records: list[ImportRecord] = []
        folder.lines(path)

    def extend(self, records: list[ImportRecord]) -> None:
        self._records += records
        while len(self._records) >= BATCH_SIZE:
            self._write(encode_lines(self._records[:BATCH_SIZE]), BATCH_SIZE)
            del self._records[:BATCH_SIZE]

    def flush(self) -> None:
        if self._records:
            self._write(encode_lines(self._records), len(self._records))
            self._records.clear()

    def rewrite(self, changed: Mapping[int, bytes | None], more: list[ImportRecord]) -> None:
        """Once more, with some lines left out (None) or in other words, and with `more` at the end."""
        self.flush()
        if changed:
            self._copy(sorted(changed), changed)
        self.extend(more)
        self.flush()

    def _copy(self, numbers: list[int], changed: Mapping[int, bytes | None]) -> None:
        """Batch by batch; only those with a changed line are taken apart."""
        place = self._folder.take_back(self.path)
        batches, self.batches = self.batches, []
        first = 0
        with place.open("rb") as old:
            for batch in batches:
                lines = old.read(batch.end - batch.start)
                here = numbers[bisect_left(numbers, first) : bisect_left(numbers, first + batch.count)]
                if here:
                    rows = lines.splitlines(keepends=True)
                    for number in here:
                        rows[number - first] = changed[number] or b""
                    kept = batch.count - sum(changed[number] is None for number in here)
                    self._write(b"".join(rows), kept)
                else:
                    self._write(lines, batch.count)
                first += batch.count
        place.unlink()

    def _write(self, lines: bytes, count: int) -> None:
        if not count:
            return
        if len(lines) > BATCH_BYTES and count > 1:
            rows = lines.splitlines(keepends=True)
            for part in (rows[: count // 2], rows[count // 2 :]):
                self._write(b"".join(part), len(part))
            return
        file = self._folder.lines(self.path)
        start = file.bytes
        file.write(lines, count)
        digest = hashlib.sha256(lines).hexdigest()
        self.batches.append(Batch(start=start, end=file.bytes, count=count, sha256=digest))


def encode_lines(records: list[ImportRecord]) -> bytes:
    try:
        return _ENCODER.encode_lines(records)
    except UnicodeEncodeError:
        # Half an emoji: UTF-8 cannot say it, an escape in JSON can.
        return b"".join(json.dumps(msgspec.to_builtins(record)).encode() + b"\n" for record in records)
