"""What becomes of each person who is inside a sequence at the moment of its switch. Only decides; switch.py acts.

The plan says where each of them stood when the account was read. They are still there when the source names the same
due moment for the same enrolment; whoever moved since finishes at the source. Nobody is placed by a guess.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mappings.addresses import normal_form
from mappings.findings import find
from migrator.cutover.journal import Fate, Person, Way
from migrator.model import Enrolment, EnrolmentStatus
from migrator.plan.graphs.resume import HELD

NEAR = timedelta(minutes=10)
"""Whose next step is nearer than this is not taken out at the source: the step might run on both sides."""
SAME = timedelta(seconds=1)
"""Within it two due moments are one: some servers show fractions, some do not."""
MOMENT = "_at"
"""How the attribute ends that says when somebody continues; the one that says where ends otherwise."""


@dataclass(frozen=True)
class Known:
    """What plan and bundle say of the people of one sequence."""

    enrolments: Mapping[str, Enrolment]
    """By their ids at the source: those in flight."""
    lines: Mapping[str, Mapping[str, Any]]
    """By address: the lines of the plan's file of positions."""

    def line(self, email: str | None) -> Mapping[str, Any]:
        return self.lines.get(normal_form(email or ""), {})


@dataclass
class Decided:
    people: list[Person] = field(default_factory=list)
    waiting: int = 0
    """Continue too, and not in this pilot."""

    def count(self, *fates: Fate) -> int:
        return sum(one.fate in fates for one in self.people)

    def reasons(self, *fates: Fate) -> Counter[str]:
        return Counter(one.reason for one in self.people if one.fate in fates)


def decide(
    way: Way,
    inside: Iterable[Enrolment],
    known: Known,
    *,
    now: datetime,
    lanes: Collection[str],
    unreachable: Mapping[str, str] | None = None,
    pilot: int | None = None,
) -> Decided:
    """`lanes`: those that the draft at the target has. `unreachable`: who must not be mailed now, and why."""
    rows = [one for one in inside if one.status.in_flight]
    twice = {email for email, count in Counter(normal_form(one.email or "") for one in rows).items() if count > 1}
    found = Decided()
    for row in sorted(rows, key=lambda one: (one.next_at is None, one.next_at, one.source_id)):
        email = normal_form(row.email or "")
        person = Person(row.sequence_id, row.source_id, email, Fate.FINISHES, written=row.email or "")
        if way is Way.STOP:
            found.people.append(_with(person, Fate.ENDING, "The sequence ends for everybody in it."))
            continue
        reason = "You chose that everybody inside finishes." if way is Way.DRAIN else ""
        reason = reason or (
            "Two enrolments share this address."
            if email in twice
            else why_not(row, known, now, lanes, unreachable or {})
        )
        if not reason:
            if pilot is not None and found.count(Fate.PLANNED) >= pilot:
                found.waiting += 1
                continue
            line = known.line(email)
            going = dataclasses.replace(person, fate=Fate.PLANNED, lane=lane_of(line), moment=moment_of(line))
            found.people.append(going)
        else:
            fate = Fate.LISTED if way is Way.MOVE and email not in (unreachable or {}) else Fate.FINISHES
            found.people.append(_with(person, fate, reason))
    return found


def why_not(row: Enrolment, known: Known, now: datetime, lanes: Collection[str], unreachable: Mapping[str, str]) -> str:
    """Why somebody does not continue at the target, in words; empty when they do."""
    email, planned, line = normal_form(row.email or ""), known.enrolments.get(row.source_id), known.line(row.email)
    if not email:
        return "The source names no address for them."
    if email in unreachable:
        return f"They are not mailed any more: {unreachable[email]}."
    if row.status is not EnrolmentStatus.ACTIVE:
        return f"The source says {row.status}."
    if planned is None:
        return "They entered after the account was read."
    if not line.get("enrol"):
        code = str(line.get("code") or "")
        return find(code).reason if code else "The plan does not know where they are."
    if row.next_at is None or planned.next_at is None or abs(row.next_at - planned.next_at) > SAME:
        return "They moved on since the account was read."
    if lane_of(line) not in lanes:
        return "The draft at the target has no way in at their step."
    if min(row.next_at, datetime.fromisoformat(moment_of(line))) - now < NEAR:
        return "Their next step is due within minutes."
    return ""


def lane_of(line: Mapping[str, Any]) -> str:
    return next((str(value) for name, value in line["customAttributes"].items() if not name.endswith(MOMENT)), "")


def moment_of(line: Mapping[str, Any]) -> str:
    return next((str(value) for name, value in line["customAttributes"].items() if name.endswith(MOMENT)), "")


def marks(known: Known, movers: Mapping[str, Person], inside: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """By address: the attributes that say where everybody of this sequence continues, and keep all others from
    starting it again. `inside`: addresses that the plan may not know."""
    found: dict[str, dict[str, Any]] = {}
    place = next(
        (name for line in known.lines.values() for name in line["customAttributes"] if not name.endswith(MOMENT)), ""
    )
    for email, line in known.lines.items():
        planned = dict(line["customAttributes"])
        if line.get("enrol") and email not in movers:
            planned = {name: None if name.endswith(MOMENT) else HELD for name in planned}
        found[email] = planned
    if place:
        for email in inside:
            found.setdefault(normal_form(email), {place: HELD})
    return found


def staying(person: Person, reason: str) -> Person:
    """Finishes at the source after all."""
    return _with(person, Fate.FINISHES, reason)


def ended(person: Person) -> Person:
    return _with(person, Fate.ENDED, person.reason)


def _with(person: Person, fate: Fate, reason: str) -> Person:
    return dataclasses.replace(person, fate=fate, reason=reason)
