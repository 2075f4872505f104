"""Notes what a load has written, from its plan and its checkpoint: the state that a newer plan is compared with.

It may be called at any time and again: a unit that is noted already is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from migrator.load.checkpoint import Checkpoint, State, Unit
from migrator.load.chunks import chunks
from migrator.load.contacts_singly import LEFT_OUT, decode_record
from migrator.load.counts import LEFT, MISSING, leaves
from migrator.load.expected import NAMES, tag_name
from migrator.load.import_pieces import piece_of_unit
from migrator.load.newer.synced_state import Synced, SyncedState, digest_of_line, digest_of_value
from migrator.load.work import digest_of
from migrator.plan.diff import content_of
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import (
    AddMembers,
    AddTags,
    BuildSequence,
    CreateList,
    CreateSegment,
    CreateTemplate,
    ImportPeople,
    MarkComplaints,
    Operation,
)
from migrator.transport.decode import whole

THINGS = (CreateList, CreateSegment, CreateTemplate, BuildSequence)
FIELDS = (*NAMES, "phone", "createdAt")


def remember_loaded(opened: OpenPlan, checkpoint: Checkpoint, workspace: Path) -> None:
    """What is in the checkpoint is in the state; an empty checkpoint empties it."""
    with SyncedState.open(workspace) as state:
        if not checkpoint.latest():
            state.clear()
        elif checkpoint.note("plan_hash") == opened.hash:
            remember(opened, checkpoint, state)


def remember(opened: OpenPlan, checkpoint: Checkpoint, state: SyncedState) -> None:
    """Everything of this plan that the target has confirmed."""
    for operation in opened.operations(ImportPeople):
        for unit in leaves(checkpoint.units(operation.key)):
            if unit.state is not State.REJECTED and not state.has_taken(unit.key, unit.updated):
                state.put(_people(opened, operation, unit, checkpoint))
                state.took(unit.key, unit.updated)
    for complaints in opened.operations(MarkComplaints):
        _note_rows(opened, complaints, checkpoint, state)
    for members in opened.operations(AddMembers):
        _note_rows(opened, members, checkpoint, state)
    for tags in opened.operations(AddTags):
        _note_rows(opened, tags, checkpoint, state)
    for thing in opened.plan.operations:
        if isinstance(thing, THINGS):
            remember_thing(opened, thing, checkpoint, state)


def remember_thing(opened: OpenPlan, operation: Operation, checkpoint: Checkpoint, state: SyncedState) -> None:
    unit = checkpoint.unit(operation.key)
    if unit is None or unit.state is not State.CONFIRMED or state.has_taken(unit.key, unit.updated):
        return
    content = opened.read(operation.file) if isinstance(operation, BuildSequence) else b""
    state.put_thing(operation.key, content_of(operation, opened), msgspec.json.encode(operation), content)
    state.took(unit.key, unit.updated)


def synced_of(record: dict[str, Any]) -> Synced:
    """A record as it stands in the plan, without what belongs to other operations."""
    return Synced(
        status=str(record.get("status", "active")),
        tags=tags_of(record),
        fields={name: [digest] for name, digest in field_digests(record).items()},
    )


def tags_of(record: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(tag_name(tag) for tag in record.get("tags") or ()))


def field_digests(record: dict[str, Any]) -> dict[str, str]:
    """Of everything that a field holds; an empty one is left out."""
    found = {name: digest_of_value(record.get(name)) for name in FIELDS}
    for key, value in (record.get("customAttributes") or {}).items():
        found[f"customAttributes.{key}"] = digest_of_value(value)
    return {name: digest for name, digest in found.items() if digest}


def record_of(line: bytes) -> dict[str, Any]:
    """As it comes back from the target: half characters replaced."""
    found: dict[str, Any] = whole(decode_record(line))[0]
    return found


def _people(
    opened: OpenPlan, operation: ImportPeople, unit: Unit, checkpoint: Checkpoint
) -> Iterator[tuple[bytes, bytes, Synced]]:
    piece = piece_of_unit(operation, unit)
    if piece is None:
        return
    lines = piece.lines(opened, operation.file).splitlines(keepends=True)
    lost = {row for start, end in unit.result.get(MISSING, ()) for row in range(start, end)}
    for start in range(0, len(lines), 500):
        part = [(row, lines[row], record_of(lines[row])) for row in range(start, min(len(lines), start + 500))]
        before = checkpoint.present([digest_of(str(record["email"])) for _, _, record in part])
        for row, line, record in part:
            if row in lost:
                continue
            for name in unit.result.get(LEFT_OUT, ()):
                record.pop(name, None)
            digest = digest_of(str(record["email"]))
            state = synced_of(record)
            was = before[digest][1] if digest in before else None
            if was is not None:
                there = {tag_name(tag) for tag in was.get("tags") or ()}
                state.their_tags = [tag for tag in state.tags if tag in there]
            yield digest, digest_of_line(line), state


def _note_rows(
    opened: OpenPlan, operation: MarkComplaints | AddMembers | AddTags, checkpoint: Checkpoint, state: SyncedState
) -> None:
    units = {unit.part: unit for unit in checkpoint.units(operation.key)}
    if all(state.has_taken(unit.key, unit.updated) for unit in units.values()):
        return
    for chunk in chunks(opened, operation.file):
        if isinstance(operation, MarkComplaints):
            rows = [row for row in range(len(chunk.emails)) if _confirmed(units.get(str(chunk.start + row)))]
            joined = set(rows)
        else:
            unit = units.get(str(chunk.start))
            if unit is None or LEFT not in unit.result or state.has_taken(unit.key, unit.updated):
                continue
            lacking = {*unit.result["failed"], *unit.result["open"]}
            rows = [row for row in range(len(chunk.emails)) if row not in lacking]
            joined = _ours(operation, unit, rows)
        _note(operation, [(digest_of(chunk.emails[row]), row in joined) for row in rows], checkpoint, state)
    for unit in units.values():
        state.took(unit.key, unit.updated)


def _confirmed(unit: Unit | None) -> bool:
    return unit is not None and unit.state is State.CONFIRMED


def _ours(operation: AddMembers | AddTags, unit: Unit, rows: Iterable[int]) -> set[int]:
    """Rows where it was our call that did it."""
    left = {row for numbers in unit.result[LEFT].values() for row in numbers}
    if isinstance(operation, AddTags):
        return set(rows) - left
    joined = unit.result.get("joined")
    return set(rows) - left if joined is True else {*(joined or ())} - left


def _note(
    operation: MarkComplaints | AddMembers | AddTags,
    rows: list[tuple[bytes, bool]],
    checkpoint: Checkpoint,
    state: SyncedState,
) -> None:
    digests = [digest for digest, _ in rows]
    known = state.people(digests)
    before = checkpoint.present(digests) if isinstance(operation, AddTags) else {}
    for digest, ours in rows:
        if digest not in known:
            continue
        person = known[digest][1]
        if isinstance(operation, MarkComplaints):
            person.complained = True
        elif isinstance(operation, AddMembers):
            _add(person.lists, person.their_lists, operation.list_key, ours=ours)
        else:
            was = (before[digest][1] if digest in before else None) or {}
            there = {tag_name(tag) for tag in was.get("tags") or ()}
            for tag in operation.tags:
                _add(person.tags, person.their_tags, tag_name(tag), ours=ours and tag_name(tag) not in there)
    state.put((digest, *known[digest]) for digest, _ in rows if digest in known)


def _add(names: list[str], theirs: list[str], name: str, *, ours: bool) -> None:
    if name not in names:
        names.append(name)
    if not ours and name not in theirs:
        theirs.append(name)
