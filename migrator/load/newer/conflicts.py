"""`conflicts.csv` in the workspace: where both sides changed, or one cannot be followed, and what was kept.

It grows from sync to sync; a line that is there already is not written again.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from migrator.visible import cell

NAME = "conflicts.csv"
HEADER = ("email", "field", "at_source", "at_sequenzy", "kept")
Row = tuple[str, str, str, str, str]


def add_conflicts(workspace: Path, rows: Iterable[Row]) -> int:
    """How many lines are new."""
    path = workspace / NAME
    known: set[tuple[str, ...]] = set()
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            known = {tuple(row) for row in csv.reader(file)}
    new = [row for row in dict.fromkeys(tuple(cell(text) for text in row) for row in rows) if row not in known]
    if not new:
        return 0
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([*([] if known else [HEADER]), *new])
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
        file.write(text.getvalue())
        file.flush()
        os.fsync(file.fileno())
    return len(new)
