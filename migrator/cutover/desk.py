"""What every act of a switch holds: the plan, both platforms, the journal; and which sequences go together.

Sequences that hand people to each other are one group: at the target all of them are enabled together, at the source
all of them stay on until nobody is left in any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.base import SourceSwitch
from mappings.addresses import normal_form
from mappings.findings import find
from migrator.bundle import Bundle
from migrator.cutover.enable import in_order
from migrator.cutover.fates import Known
from migrator.cutover.journal import Journal
from migrator.errors import UsageError
from migrator.load.work import Work
from migrator.model import Enrolment
from migrator.plan.records import BuildSequence, EnrolPeople

_OFF = find("switched-off").reason


@dataclass(frozen=True)
class Group:
    operations: tuple[BuildSequence, ...]
    """Feeders too, in the order in which they are enabled."""

    @property
    def members(self) -> tuple[str, ...]:
        """Source ids of its sequences."""
        return tuple(dict.fromkeys(source_id(one) for one in self.operations))

    def operation(self, member: str) -> BuildSequence:
        return next(one for one in self.operations if one.key == f"sequence:{member}")


@dataclass
class Desk:
    workspace: Path
    work: Work
    journal: Journal
    source: SourceSwitch | None
    """None: the source cannot be switched by calls, and a person does it by hand."""
    platform: str = "the source"
    _known: dict[str, Known] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.work.api.clock.now()

    def target_id(self, operation: BuildSequence) -> str:
        return self.work.target_id(operation.key)

    def known(self, member: str) -> Known:
        """What the plan and the bundle say of the people in a sequence."""
        if not self._known:
            inside: dict[str, dict[str, Enrolment]] = {}
            for one in Bundle.open(self.workspace / "bundle").enrolments():
                if one.status.in_flight:
                    inside.setdefault(one.sequence_id, {})[one.source_id] = one
            lines: dict[str, dict[str, Any]] = {}
            for operation in self.work.opened.operations(EnrolPeople):
                lines[operation.sequence_key.removeprefix("sequence:")] = {
                    normal_form(line["email"]): line for line in self.work.opened.lines(operation.file)
                }
            self._known = {name: Known(inside.get(name, {}), lines.get(name, {})) for name in {*inside, *lines}}
        return self._known.get(member, Known({}, {}))

    def people(self, member: str) -> list[Enrolment]:
        """Who is in it now, as far as anybody tells: the source itself, which names those who are through as well, else
        the account as it was read. Its pages are small, so this is asked as seldom as can be."""
        return list(self.known(member).enrolments.values()) if self.source is None else self.source.people(member)

    def inside(self, member: str) -> list[Enrolment]:
        return [one for one in self.people(member) if one.status.in_flight]

    def size(self, member: str) -> int:
        """How many were inside when the account was read."""
        return len(self.known(member).enrolments)


def source_id(operation: BuildSequence) -> str:
    return operation.key.removeprefix("sequence:").partition("/")[0]


def groups(work: Work, wanted: Collection[str] = ()) -> list[Group]:
    """Those that the source runs. `wanted`: source ids, keys or names; empty: all of them. Raises UsageError when one
    of them does not exist, or goes together with one that was not named."""
    operations = work.opened.operations(BuildSequence)
    graphs = {one.key: work.opened.sequence(one).graph for one in operations}
    running = [one for one in operations if _OFF not in graphs[f"sequence:{source_id(one)}"].blocks_enabling]
    leader = {source_id(one): source_id(one) for one in running}

    def root(member: str) -> str:
        while leader[member] != member:
            member = leader[member]
        return member

    for one in running:
        for key in graphs[one.key].hands_over_to:
            other = key.removeprefix("sequence:").partition("/")[0]
            if other in leader:
                leader[root(source_id(one))] = root(other)
    together: dict[str, list[BuildSequence]] = {}
    for one in running:
        together.setdefault(root(source_id(one)), []).append(one)
    found = [Group(tuple(in_order(work, members))) for members in together.values()]
    return _chosen(found, wanted, operations) if wanted else found


def _chosen(found: list[Group], wanted: Collection[str], operations: Iterable[BuildSequence]) -> list[Group]:
    ids = set()
    for name in wanted:
        named = {
            source_id(one)
            for one in operations
            if name in (one.key, one.key[len("sequence:") :], source_id(one), one.name)
        }
        if len(named) != 1 or not any(named & set(group.members) for group in found):
            why = "several have this name" if len(named) > 1 else "the plan has none" if not named else "it is off"
            raise UsageError("This is no sequence that can be switched", where=name, why=why, fix="Name it by its id.")
        ids |= named
    chosen = [group for group in found if ids & set(group.members)]
    missing = sorted({member for group in chosen for member in group.members} - ids)
    if missing:
        raise UsageError(
            "These sequences hand people to each other and are switched together",
            why=f"you left out {', '.join(missing)}",
            fix=f"Add {' '.join(f'--sequence {one}' for one in missing)}.",
        )
    return chosen
