"""Rows of people that an import lost: found by reading the target back, sent again, and open until they are seen there.

A row is in place when the target shows it: the person is there, and an opt-out, a bounce or a complaint holds. Counts
of an import are a hint, never the proof. Nobody who may have been deleted at the target meanwhile is brought back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from adapters.sequenzy import read, write
from migrator.errors import ApiProblem, NotFound, Rejected
from migrator.load.census import FEW, NARROW, Census, Seen, census_of
from migrator.load.checkpoint import State, Unit
from migrator.load.contact_imports import DOUBT, end_of
from migrator.load.contacts_singly import PROVEN, create_alone, decode_record
from migrator.load.counts import MISSING, leaves
from migrator.load.expected import consent, differences, expected
from migrator.load.import_pieces import Piece, body_of, cut_at, piece_of_unit
from migrator.load.present_before import NOTE as PRESENT
from migrator.load.work import Work, digest_of
from migrator.plan.records import ImportPeople

ROUNDS = 3
BATCH = 5000
TOO_MANY = 0.05
"""More of all rows than this, and it is not the rows."""
AGAIN = "sent_again"
"""A note: how many imports repeated lost rows. Part of their keys: the target would call the same key done."""
_MAY_DIFFER = ("createdAt", "timezone")
"""What a target may round or drop of a row that has arrived."""
LOST, UNSURE = "lost", "unsure"
"""Whether missing rows surely never arrived, or may have been deleted at the target."""


@dataclass
class Part:
    """A piece of a file of people, and which of its rows are not in place."""

    operation: ImportPeople
    unit: Unit
    piece: Piece
    missing: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    sure: bool = True
    """Missing rows never arrived: sending them again brings nobody back."""
    added: int = 0

    def lines(self, work: Work) -> list[bytes]:
        return self.piece.lines(work.opened, self.operation.file).splitlines(keepends=True)

    def candidates(self) -> range | list[int]:
        known = self.unit.result.get(MISSING)
        return range(self.piece.count) if known is None else [row for span in known for row in range(*span)]


def prove_people(work: Work, *, named_later: bool) -> None:
    """Looks whether everybody who was sent is there. `named_later`: lists or tags will need to know that anyway."""
    parts = list(_unproven(work))
    if not parts:
        return
    whole = named_later or any(DOUBT in part.unit.result or MISSING in part.unit.result for part in parts)
    whole = whole or work.checkpoint.present_count() > 0 or not _total_is_right(work)
    census = census_of(work) if whole else Census(work)
    if whole:
        census.everybody()
    elif any(_may_hold_opt_outs(work, part) for part in parts):
        census.opted_out()
    for part in parts:
        part.missing = list(_missing(work, census, part, part.candidates(), only_shut=not whole, closely=True))
        part.sure = _surely_lost(work, part)
        if DOUBT in part.unit.result and "added" not in part.unit.result:
            _arrived(work, part, set(part.candidates()) - set(part.missing))
    try:
        again = [part for part in parts if part.missing and part.sure]
        if again:
            _repair(work, again)
    finally:
        with work.checkpoint.writing():
            for part in parts:
                _write(work, part)


def _unproven(work: Work) -> Iterator[Part]:
    for operation in work.opened.operations(ImportPeople):
        units = work.checkpoint.units(operation.key)
        doubtful = [unit for unit in units if DOUBT in unit.result and not unit.done and MISSING not in unit.result]
        for unit in [*leaves(units), *doubtful]:
            if unit.state is not State.REJECTED and not unit.result.get(PROVEN):
                piece = piece_of_unit(operation, unit)
                if piece is not None:
                    yield Part(operation, unit, piece)


def _total_is_right(work: Work) -> bool:
    """As many contacts as there were before and were added since. More may have come by themselves."""
    units = [unit for one in work.opened.operations(ImportPeople) for unit in work.checkpoint.units(one.key)]
    added = sum(int(unit.result.get("added", 0)) for unit in units if unit.state is State.CONFIRMED)
    total = read.contact_total(work.api)
    return total is not None and total >= int(work.checkpoint.note(PRESENT) or 0) + added


def _may_hold_opt_outs(work: Work, part: Part) -> bool:
    """A glance at the bytes: a word that stands elsewhere in a row costs two requests, and no more."""
    content = part.piece.lines(work.opened, part.operation.file)
    return any(f'"{status}"'.encode() in content for status in NARROW)


def _missing(
    work: Work, census: Census, part: Part, rows: range | list[int], *, only_shut: bool = False, closely: bool = False
) -> Iterator[int]:
    """`only_shut`: nothing is known of people who may be mailed. `closely`: also who is there without their data."""
    lines = part.lines(work)
    strategy = str(part.operation.head.get("duplicateStrategy", "skip"))
    for start in range(0, len(rows), 500):
        numbers = rows[start : start + 500]
        records = [decode_record(lines[row]) for row in numbers]
        emails = [str(record["email"]) for record in records]
        seen = census.of(emails)
        digests = [digest_of(email) for email in emails]
        before = work.checkpoint.present(digests) if closely and not only_shut else {}
        for row, record, digest in zip(numbers, records, digests, strict=True):
            if only_shut and record.get("status") not in NARROW:
                continue
            was = before[digest][1] if digest in before else None
            if not _in_place(record, seen.get(digest), was, strategy):
                yield row


def _in_place(record: dict[str, Any], there: Seen | None, before: dict[str, Any] | None, strategy: str) -> bool:
    if there is None:
        return False
    if record.get("status") in NARROW and not there.shut:
        return False
    if before is None or there.now is None:
        return True
    wanted = expected(record, before, strategy)
    changed = [one for one in differences(wanted, there.now) if one.field not in _MAY_DIFFER]
    return consent(wanted, there.now) != "wider" and not changed


def _surely_lost(work: Work, part: Part) -> bool:
    """Whether nobody of the missing can have been deleted at the target since their import."""
    result = part.unit.result
    if part.unit.key in work.started_here or result.get(LOST) or work.wanted.bring_back:
        return True
    lines = part.lines(work) if part.missing else []
    if all(decode_record(lines[row]).get("status") in NARROW for row in part.missing):
        # Written again they stay opted out, and an opt-out that is not there protects nobody.
        return True
    if UNSURE in result or DOUBT not in result:
        return False
    told = sum(int(result.get(name, 0)) for name in ("added", "updated", "skipped", "duplicates"))
    return len(part.missing) <= part.piece.count - told


# --- sending again ---------------------------------------------------------------------------------------


def _repair(work: Work, parts: list[Part]) -> None:
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
            still = list(_missing(work, census, part, part.missing))
            _arrived(work, part, set(part.missing) - set(still))
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
            _arrived(work, part, {row})


def _arrived(work: Work, part: Part, rows: set[int]) -> None:
    lines = part.lines(work) if rows else []
    digests = [digest_of(str(decode_record(lines[row])["email"])) for row in rows]
    part.added += len(rows) - len(work.checkpoint.present(digests))


# --- what the checkpoint keeps ----------------------------------------------------------------------------


def _write(work: Work, part: Part) -> None:
    unit, kept = part.unit, {name: value for name, value in part.unit.result.items() if name not in (MISSING, DOUBT)}
    kept |= {"rows": part.piece.count, "added": int(kept.get("added", 0)) + part.added}
    if part.refused:
        _split(work, part, kept)
    elif part.missing:
        work.checkpoint.learned(unit, None, kept | _open(part, 0, part.piece.count))
    else:
        work.checkpoint.confirm(unit, result={**kept, PROVEN: True})


def _open(part: Part, start: int, end: int) -> dict[str, Any]:
    spans: list[list[int]] = []
    for row in part.missing:
        if start <= row < end:
            if spans and spans[-1][1] == row - start:
                spans[-1][1] += 1
            else:
                spans.append([row - start, row - start + 1])
    return {MISSING: spans, (LOST if part.sure else UNSURE): True}


def _split(work: Work, part: Part, kept: dict[str, Any]) -> None:
    """Whom the target refused stands alone, so that everybody else is counted as in place."""
    borders = {border for row in part.refused for border in (row, row + 1)}
    pieces = cut_at(part.piece, b"".join(part.lines(work)), borders)
    if len(pieces) == 1:
        work.checkpoint.reject(part.unit, part.refused[0], {"rows": 1})
        return
    at = 0
    for piece in pieces:
        unit = Unit(part.operation.key, piece.part, position=part.unit.position)
        opened = _open(part, at, at + piece.count)
        if at in part.refused:
            work.checkpoint.reject(unit, part.refused[at], {"rows": 1})
        elif opened[MISSING]:
            work.checkpoint.learned(unit, None, {"rows": piece.count, **opened})
        else:
            work.checkpoint.confirm(unit, result={"rows": piece.count, PROVEN: True})
        at += piece.count
    spans = [[piece.start, piece.end, piece.count] for piece in pieces]
    work.checkpoint.confirm(part.unit, result={**kept, "split": spans})
