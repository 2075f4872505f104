"""Rows that could not be read, with the reason, beside the bundle: to be repaired and exported again.

Cells are written so that no spreadsheet runs them as a formula. The file is the owner's alone.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from migrator.visible import cell

NAME = "export-rejected.csv"
_LONGEST = 1_000


def harmless(text: str) -> str:
    return cell(text[:_LONGEST])


class Rejects:
    """Written beside its place and moved there at the end; without any row, an older file goes away."""

    def __init__(self, path: Path) -> None:
        self.path, self._temporary = path, path.with_name(path.name + ".tmp")
        self.reasons: Counter[str] = Counter()
        self._file: TextIO | None = None

    def add(self, file: str, row: int, reason: str, cells: list[str]) -> None:
        if self._file is None:
            descriptor = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="")
            self._rows = csv.writer(self._file)
            self._rows.writerow(("file", "row", "reason", "cells"))
        self.reasons[reason] += 1
        self._rows.writerow((harmless(file), row, reason, *map(harmless, cells)))

    def finish(self) -> Path | None:
        if self._file is None:
            self.path.unlink(missing_ok=True)
            return None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        self._temporary.replace(self.path)
        return self.path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._temporary.unlink(missing_ok=True)
