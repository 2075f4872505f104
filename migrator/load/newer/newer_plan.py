"""From an earlier plan of an account to a newer one: what changed is written, then the checkpoint is about the newer.

The order: opt-outs, then new people, changed fields, tags and lists; drafts whose plan changed are taken away for the
load to build again. Nothing is remembered before it has arrived, and a run that is stopped compares anew: the
comparison itself is what makes it resumable.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from migrator.load.chunks import CHUNK, GONE, chunks, outcome
from migrator.load.import_pieces import Piece, emails_of
from migrator.load.lists_and_templates import make_list
from migrator.load.live_sequences import refuse_while_watched
from migrator.load.lost_parts import Part, keep
from migrator.load.newer.changed_things import Things, follow_things
from migrator.load.newer.conflicts import add_conflicts
from migrator.load.newer.people_difference import FIELDS, NARROWED, PeopleDifference, Told
from migrator.load.newer.synced_state import Synced, SyncedState
from migrator.load.newer.write_people import PREFIX, RUN, Arrived, PeopleWriter
from migrator.load.target_checks import Inventory
from migrator.load.target_lock import TargetLock
from migrator.load.units import Unit
from migrator.load.work import Missing, Work, digest_of
from migrator.plan.records import AddMembers, AddTags, CreateList, ImportPeople, MarkComplaints

ROUNDS = 3
"""So often people are compared when an import does not say what became of every row."""
LOST = "the import did not bring this person"
_PEOPLE = ("people:", "members:", "tags:", PREFIX)


@dataclass
class Brought:
    people: Told = field(default_factory=Told)
    things: Things = field(default_factory=Things)
    failed: int = 0
    """People of whom something has not arrived: the next run tries again."""

    @property
    def writes(self) -> int:
        return self.people.writes + len(self.things.rebuilt)

    def facts(self) -> dict[str, Any]:
        return {**asdict(self.people), **asdict(self.things), "failed": self.failed}


def compare_only(work: Work, workspace: Path) -> Brought:
    """What a newer plan would change. Writes nothing anywhere."""
    with SyncedState.look(workspace) as state:
        difference = PeopleDifference(work, state)
        try:
            difference.find()
            return Brought(difference.told, follow_things(work, state, dry_run=True))
        finally:
            difference.close()


def bring_up_to_date(work: Work, workspace: Path, inventory: Inventory) -> Brought:
    with SyncedState.open(workspace) as state:
        brought, arrived = Brought(), Arrived()
        for turn in range(ROUNDS):
            difference = PeopleDifference(work, state)
            try:
                difference.find()
                if turn == 0:
                    brought.people = difference.told
                last = turn == ROUNDS - 1
                arrived = _write(work, state, difference, inventory, last=last)
                if arrived.doubt and not last:
                    continue
                add_conflicts(workspace, difference.conflicts())
                state.put(difference.after({*arrived.failed}))
            finally:
                difference.close()
            break
        brought.failed = len(arrived.failed)
        brought.things = follow_things(work, state)
        _adopt(work, state, arrived)
        return brought


def _write(
    work: Work, state: SyncedState, difference: PeopleDifference, inventory: Inventory, *, last: bool
) -> Arrived:
    work.checkpoint.met(difference.met())
    state.put(difference.pending())
    writer, told = PeopleWriter(work, difference), difference.told
    writer.narrow()
    if told.writes > told.narrowed + told.complaints and not work.wanted.live_too:
        refuse_while_watched(inventory)
    lists = work.opened.operations(CreateList)
    missing = [one for one in lists if not _is_there(work, one.key)]
    if missing:
        with TargetLock(work, inventory.sequences):
            for one in missing:
                make_list(work, one)
    writer.others()
    if writer.arrived.doubt:
        if not last:
            return writer.arrived
        _name_lost(work, state, writer.arrived)
    writer.tags_and_lists()
    return writer.arrived


def _is_there(work: Work, key: str) -> bool:
    try:
        work.target_id(key)
    except Missing:
        return False
    return True


def _name_lost(work: Work, state: SyncedState, arrived: Arrived) -> None:
    """After the last round: whom or what the target still does not show."""
    left = PeopleDifference(work, state)
    try:
        left.find()
        for kind in (NARROWED, FIELDS, *(operation.key for operation in work.opened.operations(ImportPeople))):
            for line in left.lines(kind):
                for email in emails_of(line):
                    arrived.failed.setdefault(digest_of(email), LOST)
                    if kind not in (NARROWED, FIELDS):
                        arrived.lost.add(digest_of(email))
    finally:
        left.close()


# --- the checkpoint ---


def _adopt(work: Work, state: SyncedState, arrived: Arrived) -> None:
    """The checkpoint tells of this plan from now on: what an unbroken load of it would have noted."""
    checkpoint, opened = work.checkpoint, work.opened
    with checkpoint.writing():
        checkpoint.forget_operations(*_PEOPLE)
        for operation in opened.operations(ImportPeople):
            _place_people(work, operation, arrived)
        for complaints in opened.operations(MarkComplaints):
            for chunk in chunks(opened, complaints.file):
                for row, email in enumerate(chunk.emails, chunk.start):
                    if digest_of(email) not in arrived.failed:
                        checkpoint.confirm(Unit(complaints.key, str(row), position=row), result={"rows": 1})
        for members in opened.operations(AddMembers):
            _place_chunks(work, state, members, arrived)
        for tags in opened.operations(AddTags):
            _place_chunks(work, state, tags, arrived)
        checkpoint.put_note("plan_hash", opened.hash)
        checkpoint.put_note("marker", opened.plan.marker)
        checkpoint.put_note(RUN, int(checkpoint.note(RUN, 0)) + 1)
    for taken in (ImportPeople, MarkComplaints, AddMembers, AddTags):
        for operation_key in (one.key for one in opened.operations(taken)):
            for unit in checkpoint.units(operation_key):
                state.took(unit.key, unit.updated)


def _place_people(work: Work, operation: ImportPeople, arrived: Arrived) -> None:
    for number, batch in enumerate(operation.batches):
        piece = Piece(batch, batch.start, batch.end, batch.count)
        part = Part(operation, Unit(operation.key, piece.part, position=number), piece)
        digests = [digest_of(email) for email in emails_of(piece.lines(work.opened, operation.file))]
        for row, digest in enumerate(digests):
            if digest in arrived.refused:
                part.refused[row] = arrived.failed[digest]
            elif digest in arrived.lost:
                part.missing.append(row)
        for start in range(0, len(digests), CHUNK):
            some = digests[start : start + CHUNK]
            part.added += len(some) - len(work.checkpoint.present(some))
        keep(work, part)


def _place_chunks(work: Work, state: SyncedState, operation: AddMembers | AddTags, arrived: Arrived) -> None:
    for number, chunk in enumerate(chunks(work.opened, operation.file), 1):
        digests = [digest_of(email) for email in chunk.emails]
        synced = state.people(digests)
        failed, left, ours = list[int](), dict[str, list[int]](), list[int]()
        for row, digest in enumerate(digests):
            person = synced[digest][1] if digest in synced else Synced()
            if digest in arrived.failed:
                failed.append(row)
            elif person.gone:
                left.setdefault(GONE, []).append(row)
            elif not isinstance(operation, AddMembers) or operation.list_key not in person.their_lists:
                ours.append(row)
        result = outcome(len(digests), failed, (), left)
        if isinstance(operation, AddMembers):
            result["joined"] = True if len(ours) == len(digests) else ours
        unit = Unit(operation.key, str(chunk.start), position=number)
        if failed:
            work.checkpoint.reject(unit, arrived.failed[digests[failed[0]]], result)
        else:
            work.checkpoint.confirm(unit, result=result)
