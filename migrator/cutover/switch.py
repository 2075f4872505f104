"""The switch itself: one group of sequences after the other, the smallest first, each act in the journal before it.

    close the entrances -> nobody fell out -> nobody is busy -> who continues -> marks -> enable -> move -> read back

A run goes on where an earlier one stopped, whatever stopped it. What a person reads first is in switch_plan.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from migrator.cutover import at_target, entrances, fates, movers
from migrator.cutover.desk import Desk, Group
from migrator.cutover.enable import enable, readiness
from migrator.cutover.fates import Decided
from migrator.cutover.journal import MOVING, Fate, Phase, Way
from migrator.cutover.switch_plan import decided
from migrator.errors import NeedsPerson
from migrator.load.stages import UNDER_WAY
from migrator.model import Enrolment


@dataclass
class Outcome:
    tally: dict[str, dict[str, int]] = field(default_factory=dict)
    """Sequence to fate to people."""
    switched: list[str] = field(default_factory=list)
    waiting: dict[str, int] = field(default_factory=dict)
    """Sequence to the people left for after the pilot."""

    def facts(self) -> dict[str, Any]:
        return {"switched": self.switched, "people": self.tally, "waiting_after_pilot": self.waiting}


@dataclass
class Switch:
    desk: Desk
    ways: dict[str, Way]
    """By source id."""
    pilot: int | None = None
    by_hand: str = ""
    outcome: Outcome = field(default_factory=Outcome)

    def run(self, groups: list[Group]) -> Outcome:
        """Raises at the first thing that a person must look at; what was done until then stays done."""
        sizes = {group: sum(map(self.desk.size, group.members)) for group in groups}
        for group in sorted(groups, key=lambda one: entrances.smallest_first(sizes[one])):
            self._under_way(group, True)
            self._group(group)
            self._under_way(group, not all(self._reached(member, Phase.SWITCHED) for member in group.members))
        self.outcome.tally = self.desk.journal.tally()
        return self.outcome

    def _group(self, group: Group) -> None:
        if not any(self._phase(member) is Phase.ENABLED for member in group.members):
            self._is_ready(group)
        opened = [member for member in group.members if not self._reached(member, Phase.CLOSED)]
        inside = entrances.close(self.desk, opened, self.ways, self.by_hand)
        entrances.still_closed(self.desk, [member for member in group.members if member not in inside])
        fresh = set()
        for member in group.members:
            if not self._reached(member, Phase.MARKED):
                self._decide_anew(group, member, inside.get(member))
                fresh.add(member)
        for member in group.members:
            if not self._reached(member, Phase.MARKED):
                self._mark(group, member)
                self.desk.journal.reach(member, Phase.MARKED)
        self._enable(group)
        for member in group.members:
            self._people(group, member, latecomers=member not in fresh)

    def _under_way(self, group: Group, begun: bool) -> None:
        """Noted beside the load, so that `status` names this command until nobody is between the two platforms."""
        checkpoint = self.desk.work.checkpoint
        others = [member for member in checkpoint.note(UNDER_WAY, []) if member not in group.members]
        checkpoint.put_note(UNDER_WAY, [*others, *group.members] if begun else others)

    # --- before anybody moves ---

    def _is_ready(self, group: Group) -> None:
        together = {one.key for one in group.operations}
        for operation in group.operations:
            found = readiness(self.desk.work, operation, together)
            if found.blocked and not found.live:
                raise NeedsPerson(
                    "This sequence is not ready at Sequenzy",
                    where=found.key,
                    why="; ".join(found.blocked),
                    fix="Settle what is named, at Sequenzy or in mappings.toml, then try again. Nothing was changed at "
                    "the source.",
                )

    def _decide_anew(self, group: Group, member: str, rows: list[Enrolment] | None) -> None:
        """Nobody was moved yet: what an earlier run decided is a while ago."""
        self.desk.journal.forget_people(member)
        found = self._decided(group, member, entrances.settled(self.desk, member, rows))
        if self.ways[member] is Way.MOVE and (listed := found.count(Fate.LISTED)):
            for other in group.members:
                entrances.reopen(self.desk, other)
            raise NeedsPerson(
                "This sequence is not switched: not everybody in it can continue at the target",
                where=f"sequence {member}",
                why=f"{listed:,} people: {'; '.join(found.reasons(Fate.LISTED))}",
                fix="The entrances are open again. Decide for these people, or take --way mixed: they finish at the "
                "source.",
            )
        self.outcome.waiting[member] = found.waiting
        self.desk.journal.put(found.people)

    def _decided(self, group: Group, member: str, inside: list[Enrolment]) -> Decided:
        return decided(self.desk, group.operation(member), self.ways[member], inside, self.pilot)

    def _mark(self, group: Group, member: str, only: set[str] | None = None) -> None:
        """Where everybody continues, or that they do not; who did not take their mark stays at the source.

        `only`: addresses, once the sequence is live and the marks of others must not be touched."""
        journal, known = self.desk.journal, self.desk.known(member)
        people = journal.people(member)
        going = {person.email: person for person in people if person.fate is Fate.PLANNED}
        wanted = fates.marks(known, going, (person.email for person in people))
        if only is not None:
            wanted = {email: attributes for email, attributes in wanted.items() if email in only}
        begun = journal.sequence(member)
        key = f"switch-{member}-{begun.round if begun else 1}-{len(going)}"
        at_target.write_marks(self.desk.work, wanted, key)
        wrong = at_target.unmarked(self.desk.work, {email: wanted[email] for email in going if email in wanted})
        stay = [
            fates.staying(person, f"They are not moved: {wrong[person.email]}.")
            for person in going.values()
            if person.email in wrong
        ]
        journal.put(stay)

    def _enable(self, group: Group) -> None:
        """In the order in which people are handed on; what is live already stays as it is."""
        together = {one.key for one in group.operations}
        members = [member for member in group.members if not self._reached(member, Phase.ENABLED)]
        for operation in group.operations:
            found = readiness(self.desk.work, operation, together)
            if not found.live:
                enable(self.desk.work, found, found.name)
        for member in members:
            self.desk.journal.reach(member, Phase.ENABLED)

    # --- people ---

    def _people(self, group: Group, member: str, *, latecomers: bool) -> None:
        journal, source = self.desk.journal, self.desk.source
        if self._reached(member, Phase.SWITCHED):
            return
        if latecomers:
            self._latecomers(group, member)
        if source is not None:
            operation = group.operation(member)
            stay = movers.Movers(self.desk, source, member, self.desk.target_id(operation)).move()
            if stay:
                self._mark(group, member, only={person.email for person in stay})
            movers.end(self.desk, source, member)
        else:
            journal.put(fates.ended(person) for person in journal.people(member, Fate.ENDING))
        if not journal.people(member, *MOVING, Fate.ENDING) and not self.outcome.waiting.get(member):
            journal.reach(member, Phase.SWITCHED)
            self.outcome.switched.append(member)

    def _latecomers(self, group: Group, member: str) -> None:
        """Those whom a pilot left waiting, and who came in all the same after the entrances were closed."""
        known = {person.enrolment for person in self.desk.journal.people(member)}
        rows = [one for one in self.desk.inside(member) if one.source_id not in known]
        begun = self.desk.journal.people(member, *MOVING, Fate.CONFIRMED)
        if rows and self.pilot is not None and begun:
            self.outcome.waiting[member] = len(rows)
            return
        if not rows:
            return
        found = self._decided(group, member, rows)
        self.outcome.waiting[member] = found.waiting
        self.desk.journal.put(found.people)
        if found.people:
            self._mark(group, member, only={person.email for person in found.people})

    def _phase(self, member: str) -> Phase | None:
        known = self.desk.journal.sequence(member)
        return None if known is None else known.phase

    def _reached(self, member: str, phase: Phase) -> bool:
        known = self._phase(member)
        return known is not None and known.reached(phase)
