"""Rows of verify's tables about things of the account, and the counts beside them."""

from __future__ import annotations

from migrator.load.checkpoint import State
from migrator.load.work import Work
from migrator.plan.records import Operation
from migrator.verify.report_files import Counts, Files


def loaded(work: Work, operation: Operation, kind: str, name: str, files: Files, counts: Counts) -> str | None:
    """The target's id; None after the reason was written down."""
    count = counts.kinds[kind]
    count.planned += 1
    unit = work.checkpoint.unit(operation.key)
    if unit is not None and unit.state is State.CONFIRMED and unit.target_id is not None:
        return unit.target_id
    if unit is not None and unit.state is State.REJECTED:
        count.rejected += 1
        files.row("missing", kind, operation.key, name, f"refused: {unit.error}")
        return None
    missing(files, counts, kind, operation.key, name, "not loaded yet")
    return None


def missing(files: Files, counts: Counts, kind: str, key: str, name: str, why: str) -> None:
    counts.kinds[kind].missing += 1
    files.row("missing", kind, key, name, why)


def differs(
    files: Files, counts: Counts, kind: str, key: str, name: str, field: str, planned: object, found: object
) -> None:
    counts.kinds[kind].differing += 1
    files.row("differing", kind, key, name, field, planned, found)
