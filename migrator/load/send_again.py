"""Sends lost rows again: together as new imports, the last few one by one, whose answers come at once.

Which rows those are is told by lost_rows.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from adapters.sequenzy import write
from migrator.errors import ApiProblem, NotFound, Rejected
from migrator.load.census import FEW, NARROW, census_of
from migrator.load.contact_imports import end_of
from migrator.load.contacts_singly import create_alone, decode_record
from migrator.load.import_pieces import body_of
from migrator.load.lost_parts import Part, arrived, missing_rows
from migrator.load.work import Work
from migrator.plan.records import ImportPeople

ROUNDS = 3
BATCH = 5000
TOO_MANY = 0.05
"""More of all rows than this, and it is not the rows."""
AGAIN = "sent_again"
"""A note: how many imports repeated lost rows. Part of their keys: the target would call the same key done."""


def repair(work: Work, parts: list[Part]) -> None:
    most = max(20.0, sum(part.piece.count for part in parts) * TOO_MANY)
    first = sum(len(part.missing) for part in parts)
    work.watcher.say(f"{first:,} people did not arrive with their import: they are sent again.")
    all_failed = ""
    for _ in range(ROUNDS):
        left = sum(len(part.missing) for part in parts)
        if left <= FEW or all_failed or work.single:
            break
        all_failed = "; ".join(_import_again(work, parts))
        _look_again(work, parts)
    left = sum(len(part.missing) for part in parts)
    if left and (left <= most or work.single):
        for part in parts:
            _one_by_one(work, part)
    elif left and all_failed:
        of = sum(part.piece.count for part in parts if part.missing)
        raise Rejected(
            f"The target failed {left} of {of} rows of one import",
            problem=ApiProblem(200, all_failed),
            where=parts[0].operation.key,
            fix="Settle the reason, plan again if the data has to change, then run the same command again.",
        )


def _import_again(work: Work, parts: list[Part]) -> set[str]:
    """The reasons, when the target took the rows and failed every single one of them for its own sake."""
    reasons: set[str] = set()
    failed = rows = 0
    for operation in work.opened.operations(ImportPeople):
        head = {**work.filled(operation.head), "enrollInSequences": False}
        for lines in _batches(work, [part for part in parts if part.operation is operation]):
            number = int(work.checkpoint.note(AGAIN, 0)) + 1
            content = b"".join(lines)
            key = f"{work.key_prefix}-again-{number}-{hashlib.sha256(content).hexdigest()[:32]}"[-255:]
            with work.checkpoint.writing():
                work.checkpoint.put_note(AGAIN, number)
                work.save_pace()
            work.writes += 1
            rows += len(lines)
            try:
                started = write.start_import(work.api, body_of(head, key, content))
            except NotFound:
                work.single = True
                return set()
            except Rejected as error:
                reasons.add(error.problem.message)
                failed += len(lines)
                continue
            found = end_of(work, started.id, operation.key)
            if found is not None and found.failed_count == len(lines) and not found.failed_chunks:
                reasons.update(found.failed_reasons)
                failed += len(lines)
    return (reasons or {"no reason given"}) if rows and failed == rows else set()


def _batches(work: Work, parts: list[Part]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for part in parts:
        lines = part.lines(work)
        for row in part.missing:
            batch.append(lines[row])
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _look_again(work: Work, parts: list[Part]) -> None:
    census = census_of(work)
    emails = [
        str(decode_record(lines[row])["email"])
        for part in parts
        if part.missing
        for lines in (part.lines(work),)
        for row in part.missing
    ]
    census.again(emails)
    for part in parts:
        if part.missing:
            still = list(missing_rows(work, census, part, part.missing))
            arrived(work, part, set(part.missing) - set(still))
            part.missing = still


def _one_by_one(work: Work, part: Part) -> None:
    """The answer comes at once, and says of one person why the target does not take them."""
    head = {**work.filled(part.operation.head), "enrollInSequences": False}
    lines = part.lines(work) if part.missing else []
    for row in list(part.missing):
        work.writes += 1
        made = create_alone(work, part.operation.key, head, lines[row])
        part.missing.remove(row)
        if isinstance(made, str):
            part.refused[row] = made
        else:
            record = decode_record(lines[row])
            shut = {"status": record["status"]} if record.get("status") in NARROW else {}
            census_of(work).learn(msgspec.structs.replace(made, email=str(record["email"]), **shut))
            arrived(work, part, {row})
