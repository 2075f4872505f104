"""Lists, segments, templates and sequences whose plan changed since they were made: ours and untouched ones follow.

A draft that nobody touched is deleted, and the load builds it again. What somebody edited or enabled stays as it is and
is named. So is what the source no longer has: nothing of that kind is deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from adapters.sequenzy import read, write
from migrator.errors import Conflict, NotFound, Rejected
from migrator.load.checkpoint import State, Unit
from migrator.load.lists_and_templates import same_rules
from migrator.load.newer.remember import THINGS
from migrator.load.newer.synced_state import SyncedState, Thing
from migrator.load.sequence_drafts import known_ids, read_back
from migrator.load.work import Missing, Work
from migrator.plan.diff import content_of
from migrator.plan.open_plan import sequence_in
from migrator.plan.records import BuildSequence, CreateSegment, Operation

_WORD = {"list": "List", "segment": "Segment", "template": "Template", "sequence": "Sequence"}


@dataclass
class Things:
    rebuilt: list[str] = field(default_factory=list)
    """Names of drafts that are built again, and of segments whose rules were replaced."""
    kept: list[str] = field(default_factory=list)
    """Sentences: what changed at the source and was not followed."""


def follow_things(work: Work, state: SyncedState, *, dry_run: bool = False) -> Things:
    found = Things()
    planned = {one.key: one for one in work.opened.plan.operations if isinstance(one, THINGS)}
    for operation in planned.values():
        unit, thing = work.checkpoint.unit(operation.key), state.thing(operation.key)
        if unit is None or unit.target_id is None or thing is None or unit.state is State.REJECTED:
            continue
        if thing.digest == content_of(operation, work.opened):
            continue
        why = _follow(work, state, operation, unit, thing, dry_run=dry_run)
        if why is None:
            found.rebuilt.append(name_of(operation))
        elif unit.state is State.CONFIRMED:
            found.kept.append(f"{_kind(operation.key)} {name_of(operation)!r} changed at the source. {why}")
    for key in state.things():
        if key not in planned:
            found.kept.append(f"{_kind(key)} {key.partition(':')[2]} is no longer in the plan; it stays at Sequenzy.")
    return found


def name_of(operation: Operation) -> str:
    return str(getattr(operation, "name", None) or getattr(operation, "body", {}).get("name") or operation.key)


def _kind(key: str) -> str:
    return _WORD.get(key.partition(":")[0], "Part")


def _follow(
    work: Work, state: SyncedState, operation: Operation, unit: Unit, thing: Thing, *, dry_run: bool
) -> str | None:
    """Why it was not followed; None when it was, or will be by the load."""
    if isinstance(operation, BuildSequence):
        return _sequence(work, unit, thing, dry_run=dry_run)
    if unit.result.get("existed"):
        return "It was at Sequenzy before, so we leave it alone."
    if isinstance(operation, CreateSegment):
        return _segment(work, state, operation, unit, thing, dry_run=dry_run)
    return "The one at Sequenzy stays as it is; change it there."


def _sequence(work: Work, unit: Unit, thing: Thing, *, dry_run: bool) -> str | None:
    sequence_id = str(unit.target_id)
    there = read.sequence(work.api, sequence_id)
    if there is None:
        return "Our draft was deleted at Sequenzy." if unit.state is State.CONFIRMED else None
    if there.get("status") != "draft" or there.get("effectiveStatus", "draft") != "draft":
        return "It is enabled at Sequenzy, so it stays as it is."
    former = sequence_in(thing.content)
    match, _ = read_back(work, former, sequence_id, known_ids(work), bool(unit.result.get("documented")))
    renamed = str(there.get("name", "")).strip() != former.graph.name.strip()
    if renamed or not match.same:
        edited = f"it is called {there.get('name')!r} now" if renamed else match.differences[0]
        return f"Somebody edited our draft, so it stays as it is: {edited}."
    if not dry_run:
        # The load takes what it has begun for its own to build again, also after a crash right here.
        work.sending(unit, unit.operation)
        write.delete_sequence(work.api, sequence_id)
    return None


def _segment(
    work: Work, state: SyncedState, operation: CreateSegment, unit: Unit, thing: Thing, *, dry_run: bool
) -> str | None:
    former = msgspec.json.decode(thing.operation, type=CreateSegment)
    there = next((one for one in read.segments(work.api) if str(one.get("id")) == unit.target_id), None)
    if there is None:
        return "Ours was deleted at Sequenzy."
    try:
        body = work.filled(operation.body)
        if not same_rules(body, there):
            if not same_rules(work.filled(former.body), there):
                return "Somebody edited ours, so it stays as it is."
            if not dry_run:
                work.writes += 1
                write.update_segment(work.api, str(unit.target_id), body)
    except (Rejected, Conflict, NotFound) as error:
        return f"Sequenzy refused the change: {error.problem.message}."
    except Missing as error:
        return f"It needs {error.key}, which is not at Sequenzy."
    if not dry_run:
        state.put_thing(operation.key, content_of(operation, work.opened), msgspec.json.encode(operation), b"")
    return None
