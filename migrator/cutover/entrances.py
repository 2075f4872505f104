"""Closing the ways into a sequence at the source, proving that nobody fell out by it, and opening them again.

Whether closing puts people out is written nowhere. So who is inside is compared before and after each closing, the
smallest sequence first; if anybody fell out, everything is opened again and the switch stops.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from migrator.cutover.desk import Desk
from migrator.cutover.journal import Phase, Way
from migrator.errors import NeedsPerson
from migrator.model import Enrolment, EnrolmentStatus

BUSY_PAUSE, BUSY_LOOKS = 20.0, 9
LEEWAY = timedelta(minutes=2)
"""Who is due within it may simply have come to the end of the sequence."""


def close(desk: Desk, members: Iterable[str], ways: dict[str, Way], by_hand: str = "") -> dict[str, list[Enrolment]]:
    """Who is inside each of them after its closing, where that was read. Raises NeedsPerson, with everything as it
    was, when a closing puts people out."""
    done: list[str] = []
    inside: dict[str, list[Enrolment]] = {}
    for member in sorted(members, key=lambda one: (*smallest_first(desk.size(one)), one)):
        if desk.source is None or by_hand:
            _closed_by_hand(desk, member, ways[member], by_hand)
        else:
            former = desk.source.entrances(member)
            desk.journal.begin(member, ways[member], former)
            before = desk.inside(member)
            desk.source.close_entrances(member)
            done.append(member)
            after = desk.people(member)
            inside[member] = [one for one in after if one.status.in_flight]
            if lost := fallen_out(desk, before, after):
                for other in reversed(done):
                    reopen(desk, other)
                raise NeedsPerson(
                    "Closing the entrances puts people out of this sequence at the source",
                    where=f"sequence {member}",
                    why=f"{lost:,} of {len(before):,} people were gone after it",
                    fix="The entrances are open again, and nobody was moved. Ask the vendor, put these people back in "
                    "(they start at the beginning), and switch with --way drain by hand.",
                )
        desk.journal.reach(member, Phase.CLOSED)
    return inside


def smallest_first(people: int) -> tuple[bool, int]:
    """For sorting. One that is empty shows nothing about falling out: it comes last."""
    return people == 0, people


def fallen_out(desk: Desk, before: Iterable[Enrolment], after: Iterable[Enrolment]) -> int:
    """How many who were not due and have not opted out are no longer inside."""
    assert desk.source is not None  # noqa: S101 - only what was closed by a call is compared
    now = {one.source_id: one for one in after}
    soon = desk.now() + LEEWAY
    gone = [
        one
        for one in before
        if (found := now.get(one.source_id)) is None or not found.status.in_flight
        if one.next_at is None or one.next_at > soon
    ]
    if not gone:
        return 0
    left = desk.source.unreachable(one.email for one in gone if one.email)
    return sum((one.email or "").strip().lower() not in left for one in gone)


def still_closed(desk: Desk, members: Iterable[str]) -> None:
    """Raises NeedsPerson when somebody opened one of them meanwhile."""
    if desk.source is None:
        return
    for member in members:
        if open_ones := desk.source.are_open(desk.source.entrances(member)):
            raise NeedsPerson(
                "An entrance is open at the source that this switch had closed",
                where=f"sequence {member}",
                why=f"{', '.join(open_ones)}: newcomers would get the emails from both platforms",
                fix="Somebody opened it meanwhile. Close it there again and run this command again, or run "
                "`migrate back`.",
            )


def switch_off_when_empty(desk: Desk, members: Collection[str]) -> bool:
    """Of a whole group, once nobody is inside any of its sequences: they hand people to each other. True when they are
    off."""
    switched = [desk.journal.sequence(member) for member in members]
    if desk.source is None or not all(one is not None and one.phase.reached(Phase.SWITCHED) for one in switched):
        return False
    if any(desk.inside(member) for member in members):
        return False
    for member in members:
        desk.source.switch(member, on=False)
        desk.journal.reach(member, Phase.OFF)
    return True


def reopen(desk: Desk, member: str) -> tuple[str, ...]:
    """What could not be given its former value is named."""
    known = desk.journal.sequence(member)
    kept: tuple[str, ...] = ()
    if known is not None and known.former is not None and desk.source is not None:
        kept = desk.source.reopen(member, known.former)
        if known.phase is Phase.OFF:
            desk.source.switch(member, on=True)
    desk.journal.reach(member, Phase.REOPENED)
    return kept


def settled(desk: Desk, member: str, rows: list[Enrolment] | None) -> list[Enrolment]:
    """Who is inside, once nobody is busy; who still is after some minutes is left as busy. `rows`: as just read."""
    found = desk.inside(member) if rows is None else rows
    for _ in range(BUSY_LOOKS):
        if desk.source is None or not any(one.status is EnrolmentStatus.BUSY for one in found):
            break
        desk.work.api.clock.sleep(BUSY_PAUSE)
        found = desk.inside(member)
    return found


def _closed_by_hand(desk: Desk, member: str, way: Way, by_hand: str) -> None:
    """What a person says is believed where nothing can be read, and checked where it can."""
    former = None
    if desk.source is not None:
        former = desk.source.entrances(member)
        if open_ones := desk.source.are_open(former):
            raise NeedsPerson(
                "An entrance is still open at the source",
                where=f"sequence {member}",
                why=", ".join(open_ones),
                fix="Close it there, then run this command again.",
            )
    desk.journal.begin(member, way, None, f"{by_hand}, {desk.now():%Y-%m-%d %H:%M} UTC")
