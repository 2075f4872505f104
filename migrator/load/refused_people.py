"""`rejected.csv` in the workspace: whom the target refused, with its reason; made anew from the checkpoint each run.

Columns: kind, source_key, email, reason. A cell that a spreadsheet would run as a formula gets a quote in front.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from migrator.load.checkpoint import State
from migrator.load.counts import KIND
from migrator.load.followups import piece_of_unit
from migrator.load.import_pieces import emails_of
from migrator.load.work import Work
from migrator.plan.records import EnrolPeople, ImportPeople

NAME = "rejected.csv"
HEADER = ("kind", "source_key", "email", "reason")


def write_rejects(work: Work, workspace: Path) -> int:
    """How many rows there are; the file is made only when there is one (or an older one is in place)."""
    rows: list[tuple[str, str, str, str]] = []
    for operation in work.opened.plan.operations:
        if isinstance(operation, EnrolPeople):
            continue
        for unit in work.checkpoint.units(operation.key, State.REJECTED):
            emails = [""]
            if isinstance(operation, ImportPeople) and (piece := piece_of_unit(operation, unit)):
                emails = list(emails_of(piece.lines(work.opened, operation.file)))
            rows += [(KIND[type(operation)], operation.key, email, unit.error or "") for email in emails]
    path = workspace / NAME
    if rows or path.exists():
        _write(path, rows)
    return len(rows)


def harmless(cell: str) -> str:
    cell = cell.encode("utf-8", "replace").decode()
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _write(path: Path, rows: list[tuple[str, str, str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    scratch = path.with_name(path.name + ".tmp")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
