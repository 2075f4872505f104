"""What a person reads before a switch: per sequence who continues where, who finishes, who ends, and what it costs.

Made from the same decision as the switch itself, on who is inside right now. It reads both platforms, writes nowhere.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.sequenzy.client import PER_MINUTE
from migrator.bundle import Bundle
from migrator.cutover import at_target, fates
from migrator.cutover.desk import Desk, Group, source_id
from migrator.cutover.enable import readiness
from migrator.cutover.entrances import smallest_first
from migrator.cutover.fates import Decided
from migrator.cutover.journal import Fate, Person, Phase, Way
from migrator.model import Enrolment, EnrolmentStatus
from migrator.plan.graphs.path_lengths import Spans
from migrator.plan.graphs.resume import ENROL_BATCH
from migrator.plan.graphs.source_graph import read_graph
from migrator.plan.records import BuildSequence

SOURCE_PER_MINUTE = 108
READINGS = 4
PAGE = 10
"""People on one page of a sequence at the source, as its documents show it."""


@dataclass(frozen=True)
class Planned:
    """One sequence of the source."""

    id: str
    name: str
    way: Way
    phase: Phase | None
    inside: int
    continues: int
    finishes: int
    ends: int
    listed: int
    after_pilot: int
    where: dict[str, int] = field(default_factory=dict)
    """Step to the people who continue there."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Why people do not continue at the target."""
    entrances: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    last_leaves: datetime | None = None
    """When the last of those who finish at the source has left it at the latest; None: nobody can tell."""
    blocked: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    source_requests: int = 0
    target_requests: int = 0
    group: tuple[str, ...] = ()
    live: bool = False
    """At the target."""

    @property
    def minutes(self) -> int:
        """At the limits of both platforms, which is what a switch waits for."""
        return math.ceil(self.source_requests / SOURCE_PER_MINUTE + self.target_requests / PER_MINUTE) + 1

    @property
    def open(self) -> bool:
        """Something is left to do."""
        return not self.live or self.phase not in (Phase.SWITCHED, Phase.OFF)

    @property
    def adds_up(self) -> bool:
        return self.inside == self.continues + self.finishes + self.ends + self.listed + self.after_pilot

    def facts(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in self.__dataclass_fields__}
        last = self.last_leaves.isoformat() if self.last_leaves else None
        return found | {"last_leaves": last, "minutes": self.minutes}


def decided(
    desk: Desk, operation: BuildSequence, way: Way, inside: list[Enrolment], pilot: int | None = None
) -> Decided:
    """Consent is read on both sides for those who would continue; who must not be mailed does not."""
    source, known = desk.source, desk.known(source_id(operation))
    lanes = at_target.lanes_of(desk.work, desk.target_id(operation))
    chosen = Way.DRAIN if source is None and way is not Way.STOP else way

    def decide(unreachable: dict[str, str], most: int | None) -> Decided:
        return fates.decide(chosen, inside, known, now=desk.now(), lanes=lanes, unreachable=unreachable, pilot=most)

    first = decide({}, None)
    wanted = [person.email for person in first.people if person.fate is Fate.PLANNED]
    if not wanted or source is None:
        return first
    there = at_target.contacts(desk.work, wanted)
    left = {email: "not at Sequenzy" for email in wanted if email not in there}
    left |= {email: f"{one.status} at Sequenzy" for email, one in there.items() if one.status != "active"}
    return decide({**left, **source.unreachable(wanted)}, pilot)


def plan_switch(desk: Desk, groups: list[Group], ways: dict[str, Way], pilot: int | None = None) -> list[Planned]:
    """The smallest group first, as it is switched."""
    sized = sorted(groups, key=lambda group: smallest_first(sum(map(desk.size, group.members))))
    return [
        _planned(desk, group, member, ways[member], desk.people(member), pilot)
        for group in sized
        for member in group.members
    ]


def _planned(desk: Desk, group: Group, member: str, way: Way, people: list[Enrolment], pilot: int | None) -> Planned:
    inside = [one for one in people if one.status.in_flight]
    operation, known = group.operation(member), desk.journal.sequence(member)
    done = (
        {person.enrolment for person in desk.journal.people(member)}
        if known and known.phase.reached(Phase.MARKED)
        else set()
    )
    found = decided(desk, operation, way, [one for one in inside if one.source_id not in done], pilot)
    earlier = Counter(person.fate for person in desk.journal.people(member) if person.enrolment in done)
    ready = [
        readiness(desk.work, one, {each.key for each in group.operations})
        for one in group.operations
        if source_id(one) == member
    ]
    here = desk.source.entrances(member) if desk.source is not None else None
    movers = found.count(Fate.PLANNED)
    reasons = found.reasons(Fate.FINISHES, Fate.LISTED)
    finishing = found.count(Fate.FINISHES) + earlier[Fate.FINISHES]
    gone = sum(
        count for fate, count in earlier.items() if fate not in (Fate.FINISHES, Fate.ENDED, Fate.ENDING, Fate.LISTED)
    )
    return Planned(
        id=member,
        name=ready[-1].name if ready else operation.name,
        way=way,
        phase=known.phase if known else None,
        inside=sum(found.count(fate) for fate in Fate) + found.waiting + sum(earlier.values()),
        continues=movers + gone,
        finishes=finishing,
        ends=found.count(Fate.ENDING) + earlier[Fate.ENDED] + earlier[Fate.ENDING],
        listed=found.count(Fate.LISTED) + earlier[Fate.LISTED],
        after_pilot=found.waiting,
        where=dict(Counter(person.lane.removeprefix("resume-") for person in found.people if person.lane)),
        reasons=dict(reasons),
        entrances=desk.source.are_open(here) if desk.source is not None and here is not None else (),
        unseen=desk.source.unseen(here) if desk.source is not None and here is not None else (),
        last_leaves=_last_leaves(desk, member) if finishing else None,
        blocked=(
            *(why for one in ready if not one.live for why in one.blocked),
            *_undecided(way, found.count(Fate.LISTED)),
        ),
        warnings=(
            *_never_leave(found.people, inside),
            *dict.fromkeys(text for one in ready for text in (*one.differences, *one.warnings)),
        ),
        source_requests=_at_source(len(people), movers, found.count(Fate.ENDING)),
        target_requests=_at_target(len(group.operations), movers, len(inside)),
        group=group.members if len(group.members) > 1 else (),
        live=bool(ready) and all(one.live for one in ready),
    )


def _never_leave(people: list[Person], inside: list[Enrolment]) -> tuple[str, ...]:
    stuck = {one.source_id for one in inside if one.status in (EnrolmentStatus.PAUSED, EnrolmentStatus.ERROR)}
    count = sum(one.enrolment in stuck and one.fate is Fate.FINISHES for one in people)
    if not count:
        return ()
    return (f"{count:,} are paused or in error at the source: they never leave by themselves. Decide for them there.",)


def _undecided(way: Way, listed: int) -> tuple[str, ...]:
    if way is not Way.MOVE or not listed:
        return ()
    return (f"{listed:,} people inside cannot continue at Sequenzy. With --way mixed they finish at the source.",)


def _at_source(people: int, movers: int, ending: int) -> int:
    """Who is in it is read four times: before closing, after it, at the end, and when somebody is busy."""
    return 8 + READINGS * (math.ceil(people / PAGE) + 1) + movers + ending + math.ceil(movers / ENROL_BATCH) * 3


def _at_target(sequences: int, movers: int, marked: int) -> int:
    return 8 * sequences + 2 * math.ceil(marked / at_target.BATCH) + 3 * math.ceil(movers / ENROL_BATCH) + 4


def _last_leaves(desk: Desk, member: str) -> datetime | None:
    """The longest way through the whole sequence from now: nobody who is inside can take longer."""
    sequence = next(
        (one for one in Bundle.open(desk.workspace / "bundle").sequences() if one.source_id == member), None
    )
    if sequence is None:
        return None
    spans = [whole for _, whole in Spans.of(read_graph(sequence)).before.values()]
    if not spans or None in spans:
        return None
    return desk.now() + timedelta(seconds=max(span for span in spans if span is not None))
