"""`rejected.csv` in the workspace: whom the target refused, with its reason; and `left_out.csv`: whom the load does not
name to it. Both are made anew from the checkpoint each run.

Columns: kind, source_key, email, reason. A cell that a spreadsheet would run as a formula gets a quote in front.
"""

from __future__ import annotations

import csv
import io
import os
from itertools import islice
from pathlib import Path

from migrator.load.audience import emails_in, missing_in
from migrator.load.checkpoint import State, Unit
from migrator.load.chunks import WHY_LEFT
from migrator.load.counts import KIND, LEFT, MISSING
from migrator.load.lost_parts import LOST
from migrator.load.work import Work
from migrator.plan.records import AddMembers, AddTags, EnrolPeople, ImportPeople, MarkComplaints, Operation
from migrator.visible import cell

NAME, LEFT_OUT = "rejected.csv", "left_out.csv"
HEADER = ("kind", "source_key", "email", "reason")
Row = tuple[str, str, str, str]
MARKS_LEFT_OUT = "marks_left_out"
"""A note: sequence, address and reason of those whose mark was not written."""
LOST_ROW = "the import lost this person: the next load sends them again"
UNSURE_ROW = (
    "not at Sequenzy: deleted there since, or lost by the import. `migrate load --bring-back` writes them again"
)


def write_rejects(work: Work, workspace: Path) -> int:
    """How many rows there are; the file is made only when there is one (or an older one is in place)."""
    rows: list[Row] = []
    for operation in work.opened.plan.operations:
        if isinstance(operation, EnrolPeople):
            continue
        for unit in work.checkpoint.units(operation.key, State.REJECTED):
            emails = [""]
            if isinstance(operation, ImportPeople):
                emails = list(emails_in(work, operation, unit)) or [""]
            elif isinstance(operation, AddMembers | AddTags) and LEFT in unit.result:
                emails = _named(work, operation, unit, unit.result["failed"])
            rows += [(KIND[type(operation)], operation.key, email, unit.error or "") for email in emails]
    _put(workspace / NAME, rows)
    return len(rows)


def write_left_out(work: Work, workspace: Path) -> int:
    """`left_out.csv`, in the same columns: whom the target does not have, and who was not named to it, with the reason.
    How many rows there are."""
    rows: list[Row] = []
    for operation in work.opened.plan.operations:
        if isinstance(operation, EnrolPeople):
            continue
        kind = KIND[type(operation)]
        for unit in work.checkpoint.units(operation.key):
            if isinstance(operation, ImportPeople) and MISSING in unit.result:
                why = LOST_ROW if unit.result.get(LOST) else UNSURE_ROW
                rows += [(kind, operation.key, email, why) for email in missing_in(work, operation, unit)]
            for reason, numbers in unit.result.get(LEFT, {}).items():
                emails = _named(work, operation, unit, numbers)
                rows += [(kind, operation.key, email, WHY_LEFT[reason]) for email in emails]
    rows += [("marks", key, email, why) for key, email, why in work.checkpoint.note(MARKS_LEFT_OUT, [])]
    _put(workspace / LEFT_OUT, rows)
    return len(rows)


def _named(work: Work, operation: Operation, unit: Unit, numbers: list[int]) -> list[str]:
    """Rows of one chunk of a file of addresses."""
    if not numbers or not isinstance(operation, AddMembers | AddTags | MarkComplaints):
        return []
    emails = list(islice(work.opened.lines(operation.file), int(unit.part), int(unit.part) + numbers[-1] + 1))
    return [str(emails[number]) for number in numbers]


def _put(path: Path, rows: list[Row]) -> None:
    if rows or path.exists():
        _write(path, rows)


def _write(path: Path, rows: list[Row]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([cell(text) for text in row] for row in rows)
    scratch = path.with_name(path.name + ".tmp")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
