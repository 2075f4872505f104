"""The way back: ours go off at the target, the entrances at the source get their former values, our enrolments end.

Nothing can put a person back at their step at the source: who was taken out there is named, one by one.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.sequenzy import write
from migrator.cutover import at_target, entrances
from migrator.cutover.desk import Desk, Group
from migrator.cutover.journal import GONE, Fate, Person, Phase, Switched
from migrator.load.stages import UNDER_WAY
from migrator.plan.graphs.resume import ENROL_BATCH

NAME = "not_put_back.csv"
"""In the workspace: who is in neither sequence now."""
_REASON = "The switch was taken back."


@dataclass
class WentBack:
    reopened: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Entrances that somebody changed meanwhile, in words."""
    cancelled: int = 0
    not_put_back: list[Person] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)
    """Sequences whose entrances a person closed, and has to open again."""

    def facts(self) -> dict[str, Any]:
        return {
            "ok": True,
            "reopened": self.reopened,
            "kept": self.kept,
            "cancelled": self.cancelled,
            "not_put_back": len(self.not_put_back),
            "by_hand": self.by_hand,
        }


def begun(desk: Desk, members: Iterable[str]) -> list[Switched]:
    wanted = set(members)
    return [one for one in desk.journal.sequences() if one.id in wanted and one.phase is not Phase.REOPENED]


def lost(desk: Desk, member: str) -> list[Person]:
    """Those whom the source does not have any more."""
    gone = desk.journal.people(member, *GONE, Fate.ENDED)
    # Who was listed after their removal may be out as well: better named once too often.
    return gone + [one for one in desk.journal.people(member, Fate.LISTED) if one.lane]


def back(desk: Desk, groups: list[Group]) -> WentBack:
    """May be run again after any stop: each part leaves alone what is done already."""
    done = WentBack()
    for group in groups:
        open_ones = begun(desk, group.members)
        if not open_ones:
            continue
        for operation in reversed(group.operations):
            write.disable_sequence(desk.work.api, desk.target_id(operation))
        for one in open_ones:
            done.not_put_back += lost(desk, one.id)
        for one in open_ones:
            done.cancelled += _cancel(desk, group, one.id)
            if one.former is None:
                done.by_hand.append(one.id)
            done.kept += entrances.reopen(desk, one.id)
            done.reopened.append(one.id)
        _forget(desk, group)
    return done


def write_lost(workspace: Path, people: Iterable[Person]) -> Path:
    path = workspace / NAME
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["email", "sequence", "step", "was due at", "what became of them"])
        lines.writerows([one.email, one.sequence, one.lane, one.moment, one.fate] for one in people)
    return path


def _cancel(desk: Desk, group: Group, member: str) -> int:
    people = desk.journal.people(member, Fate.ENROLLING, Fate.ENROLLED, Fate.CONFIRMED)
    if not people:
        return 0
    target_id = desk.target_id(group.operation(member))
    inside = at_target.enrolled(desk.work, target_id, people)
    ids = [str(row["subscriberId"]) for row in inside.values() if row.get("status") in at_target.OPEN]
    return sum(
        write.cancel_enrollments(desk.work.api, target_id, ids[at : at + ENROL_BATCH], _REASON)
        for at in range(0, len(ids), ENROL_BATCH)
    )


def _forget(desk: Desk, group: Group) -> None:
    checkpoint = desk.work.checkpoint
    keys = {one.key for one in group.operations}
    with checkpoint.writing():
        checkpoint.put_note("enabled", [key for key in checkpoint.note("enabled", []) if key not in keys])
        checkpoint.put_note(UNDER_WAY, [one for one in checkpoint.note(UNDER_WAY, []) if one not in group.members])
