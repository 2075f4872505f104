"""rejected.csv: every row of the source that is not carried over, with the reason. Safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable

from migrator.plan.folder import PlanFolder
from migrator.visible import cell

REJECTED = "rejected.csv"


class Rejects:
    def __init__(self, folder: PlanFolder) -> None:
        self._folder = folder
        self.reasons: Counter[str] = Counter()
        self._file = folder.lines(REJECTED)
        self._file.write(csv_line(["source_id", "email", "reason"]), 0)
        self._held = folder.scratch("rejects") / "held"
        self._waiting = bytearray()

    def add(self, source_id: str, email: str | None, reason: str) -> None:
        self.reasons[reason] += 1
        self._file.write(csv_line([cell(source_id), cell(email or ""), reason]), 1)

    def mention(self, email: str, reason: str) -> None:
        """Of an entry that is no contact, and so not in the sum of people."""
        self._file.write(csv_line(["", cell(email), reason]), 0)

    def hold(self, row: int, source_id: str, email: str, reason: str) -> None:
        """Rejected unless the row turns out to be another row's person."""
        self._waiting += json.dumps([row, source_id, email, reason]).encode() + b"\n"
        if len(self._waiting) > 1 << 16:
            self._spill()

    def release(self, settled: Callable[[int], bool]) -> None:
        """Rejects what was held, except the rows that were settled otherwise."""
        self._spill()
        if self._held.exists():
            with self._held.open("rb") as file:
                for line in file:
                    row, source_id, email, reason = json.loads(line)
                    if not settled(row):
                        self.add(source_id, email, reason)

    def _spill(self) -> None:
        if self._waiting:
            with self._held.open("ab") as file:
                file.write(self._waiting)
            self._waiting.clear()


def csv_line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
