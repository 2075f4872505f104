"""Rows of people that an import lost: found by reading the target back, sent again, and open until they are seen there.

A row is in place when the target shows it: the person is there, and an opt-out, a bounce or a complaint holds. Counts
of an import are a hint, never the proof. Nobody who may have been deleted at the target meanwhile is brought back.
"""

from __future__ import annotations

from collections.abc import Iterator

from adapters.sequenzy import read
from migrator.load.census import NARROW, Census, census_of
from migrator.load.checkpoint import State
from migrator.load.contact_imports import DOUBT
from migrator.load.contacts_singly import PROVEN, decode_record
from migrator.load.counts import MISSING, leaves
from migrator.load.import_pieces import piece_of_unit
from migrator.load.lost_parts import LOST, UNSURE, Part, arrived, keep, missing_rows
from migrator.load.present_before import NOTE as PRESENT
from migrator.load.send_again import repair
from migrator.load.work import Work
from migrator.plan.records import ImportPeople


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
        part.missing = list(missing_rows(work, census, part, part.candidates(), only_shut=not whole, closely=True))
        part.sure = _surely_lost(work, part)
        if DOUBT in part.unit.result and "added" not in part.unit.result:
            arrived(work, part, set(part.candidates()) - set(part.missing))
    try:
        again = [part for part in parts if part.missing and part.sure]
        if again:
            repair(work, again)
    finally:
        with work.checkpoint.writing():
            for part in parts:
                keep(work, part)


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
