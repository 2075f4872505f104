"""How far a load is, counted from the checkpoint alone: people by outcome, other things by state.

The law: planned = added + updated + skipped + failed + existed + left out + open. A trial's pieces that a whole batch
covers count once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from migrator.load.checkpoint import Checkpoint, State, Unit
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import (
    AddMembers,
    AddTags,
    BuildSequence,
    CreateList,
    CreateSegment,
    CreateTemplate,
    EnrolPeople,
    ImportPeople,
    MarkComplaints,
    Operation,
)

KIND: dict[type[Operation], str] = {
    ImportPeople: "people",
    MarkComplaints: "complaints",
    CreateList: "lists",
    AddMembers: "memberships",
    AddTags: "tags",
    CreateSegment: "segments",
    CreateTemplate: "templates",
    BuildSequence: "sequences",
}


MISSING = "missing"
"""In a unit's outcome: rows of people that were not in place when the target was read back, as numbers of first row
and row after the last. They are open."""
LEFT = "left"
"""In the outcome of a chunk of memberships or tags: reason to the rows that were not named."""


@dataclass
class Count:
    """`planned` in people, memberships or things; `existed`: found and used, not made."""

    planned: int = 0
    added: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    existed: int = 0
    left_out: int = 0
    """Not named to the target: they are gone there, or have opted out there since. left_out.csv lists them."""

    @property
    def done(self) -> int:
        return self.added + self.updated + self.skipped + self.failed + self.existed + self.left_out

    @property
    def open(self) -> int:
        return max(0, self.planned - self.done)

    def facts(self) -> dict[str, int]:
        return {**asdict(self), "open": self.open}

    def since(self, earlier: Count) -> Count:
        """The same, but what was done before this run counts as there, not as added."""
        before = min(self.added, earlier.added) + min(self.updated, earlier.updated)
        return replace(
            self,
            added=max(0, self.added - earlier.added),
            updated=max(0, self.updated - earlier.updated),
            existed=self.existed + before,
        )


def count(opened: OpenPlan, checkpoint: Checkpoint | None) -> dict[str, Count]:
    found = {kind: Count() for kind in KIND.values()}
    for operation in opened.plan.operations:
        if isinstance(operation, EnrolPeople):
            continue
        into = found[KIND[type(operation)]]
        into.planned += planned_of(operation)
        if checkpoint is not None:
            _add(into, operation, checkpoint.units(operation.key))
    for into in found.values():
        # Members named in a trial are named again with the whole list.
        into.added -= min(into.added, max(0, into.done - into.planned))
    return found


def planned_of(operation: Operation) -> int:
    if isinstance(operation, ImportPeople):
        return sum(batch.count for batch in operation.batches)
    return operation.count if isinstance(operation, MarkComplaints | AddMembers | AddTags) else 1


def _add(into: Count, operation: Operation, units: list[Unit]) -> None:
    if isinstance(operation, ImportPeople):
        _add_people(into, units)
        return
    for unit in units:
        rows = int(unit.result.get("rows", 1))
        if LEFT in unit.result:
            _add_chunk(into, unit, rows)
        elif unit.state is State.REJECTED:
            into.failed += rows
        elif unit.state is State.CONFIRMED:
            if unit.result.get("existed"):
                into.existed += 1
            else:
                into.added += rows


def _add_chunk(into: Count, unit: Unit, rows: int) -> None:
    """Of a chunk of memberships or tags each row has an outcome of its own."""
    failed, waiting = len(unit.result["failed"]), len(unit.result["open"])
    left = sum(len(numbers) for numbers in unit.result[LEFT].values())
    into.failed += failed
    into.left_out += left
    into.added += rows - failed - waiting - left


def _add_people(into: Count, units: list[Unit]) -> None:
    """Rows are counted in the pieces that stand; who was new, in all of them: each is new only once."""
    whole = leaves(units)
    failed = sum(int(unit.result.get("rows", 1)) for unit in whole if unit.state is State.REJECTED)
    rows = sum(int(unit.result.get("rows", 1)) - missing_of(unit) for unit in whole) - failed
    known = [unit for unit in units if unit.state is State.CONFIRMED or MISSING in unit.result]
    added = min(rows, sum(int(unit.result.get("added", 0)) for unit in known))
    skipped = min(
        rows - added, sum(int(unit.result.get("skipped", 0)) for unit in whole if unit.state is State.CONFIRMED)
    )
    into.failed += failed
    into.added += added
    into.skipped += skipped
    into.updated += rows - added - skipped


def missing_of(unit: Unit) -> int:
    return sum(end - start for start, end in unit.result.get(MISSING, ()))


def leaves(units: list[Unit]) -> list[Unit]:
    """The finished pieces of a file of people, none of which lies within another one; with those of which some rows
    are known to be missing."""
    whole = [unit for unit in units if (unit.done or MISSING in unit.result) and not unit.result.get("split")]
    found, reach = [], -1
    for unit in sorted(whole, key=_span):
        start, _, end = _span(unit)
        if start >= reach:
            found.append(unit)
            reach = end
    return found


def _span(unit: Unit) -> tuple[int, int, int]:
    """The start, then the longest first."""
    start, _, end = unit.part.partition("-")
    return int(start), -int(end), int(end)
