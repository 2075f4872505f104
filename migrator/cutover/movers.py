"""Taking people out at the source and putting them in at the target, so that a crash between the two is found.

For each person: the journal, the removal, the journal; then, in batches of 500, consent read again at the source, the
journal, the enrolment, the journal; at the end both sides are read. The target itself enrols nobody who opted out
there. After an answer that was lost nothing is repeated before both sides were looked at.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from adapters.base import SourceSwitch
from adapters.sequenzy import read, write
from migrator.cutover import at_target
from migrator.cutover.desk import Desk
from migrator.cutover.fates import NEAR
from migrator.cutover.journal import Fate, Person
from migrator.errors import NeedsPerson, Uncertain
from migrator.model import Enrolment, EnrolmentStatus
from migrator.plan.graphs.resume import ENROL_BATCH

ROUNDS = 2
"""A removal that did not happen is tried once more; after that the next run does."""
OFTEN = 25
"""Removals between two looks whether the target still takes people in: somebody may stop it meanwhile."""
FALSE_WAIT = 60.0
"""Seconds by which the target may round the moment at which somebody continues."""


class Movers:
    """Those of one sequence."""

    def __init__(self, desk: Desk, source: SourceSwitch, member: str, target_id: str) -> None:
        self.desk, self.source, self.member, self.target_id = desk, source, member, target_id
        self.journal = desk.journal

    def move(self) -> list[Person]:
        """Goes on where an earlier run stopped. Returns those who stay after all, so that their marks can be taken
        back."""
        self._settle_enrolling()
        stay = self._settle_removing()
        for batch in _batches(self._of(Fate.REMOVED)):
            self._enrol(batch)
        for _ in range(ROUNDS):
            for batch in _batches(self._of(Fate.PLANNED)):
                stay += self._remove(batch)
                self._enrol(self._of(Fate.REMOVED))
        self._confirm()
        return stay

    # --- out at the source ---

    def _remove(self, people: Sequence[Person]) -> list[Person]:
        stay: list[Person] = []
        for number, person in enumerate(people):
            if number % OFTEN == 0:
                self._takes(people)
            if person.due is not None and person.due - self.desk.now() < NEAR:
                stay.append(_with(person, Fate.FINISHES, "Their next step is due within minutes."))
                self.journal.put(stay[-1:])
                continue
            removing = _with(person, Fate.REMOVING)
            self.journal.put([removing])
            try:
                gone = self.source.remove(self.member, person.written or person.email)
            except Uncertain:
                gone = False
            if gone:
                self.journal.put([_with(person, Fate.REMOVED)])
            else:
                stay += self._settle_removing()
        return stay

    def _settle_removing(self) -> list[Person]:
        """Whose removal may have been made: what the source says of them decides."""
        unclear = self._of(Fate.REMOVING)
        if not unclear:
            return []
        rows = {row.source_id: row for row in self.source.people(self.member)}
        stay, settled = [], []
        for person in unclear:
            found = self._after_removal(person, rows.get(person.enrolment))
            settled.append(found)
            stay += [found] if found.fate is Fate.FINISHES else []
        self.journal.put(settled)
        return stay

    def _after_removal(self, person: Person, row: Enrolment | None) -> Person:
        if row is not None and row.status.in_flight:
            same = row.next_at is not None and person.due is not None and row.next_at <= person.due + at_target.SKEW
            if same and row.status is EnrolmentStatus.ACTIVE:
                return _with(person, Fate.PLANNED)
            return _with(person, Fate.FINISHES, "They moved on at the source before they could be taken out.")
        if row is not None and row.status is EnrolmentStatus.COMPLETED:
            return _with(person, Fate.ENDED, "They came to the end at the source.")
        # Out, and nothing was due to them before: it was this removal, or somebody else's at the same moment.
        out_at = row.completed_at if row is not None and row.completed_at is not None else self.desk.now()
        if person.due is not None and out_at < person.due:
            return _with(person, Fate.REMOVED)
        return _with(
            person, Fate.LISTED, "They left the source while a removal was under way, and may have got more emails."
        )

    # --- in at the target ---

    def _enrol(self, people: Sequence[Person]) -> None:
        if not people:
            return
        self._takes(people)
        left = self.source.unreachable(person.email for person in people)
        self.journal.put(
            _with(person, Fate.ENDED, f"Not enrolled: {left[person.email]}.")
            for person in people
            if person.email in left
        )
        going = [_with(person, Fate.ENROLLING) for person in people if person.email not in left]
        if not going:
            return
        self.journal.put(going)
        try:
            answer = write.enroll(self.desk.work.api, self.target_id, [person.email for person in going])
        except Uncertain:
            self._settle_enrolling()
            return
        if answer.get("enrolled") == len(going):
            self.journal.put(_with(person, Fate.ENROLLED) for person in going)
        else:
            self._settle_enrolling(final=True)

    def _takes(self, people: Sequence[Person]) -> None:
        """Nobody is taken out for a sequence that is off, and nobody is sent to the beginning of one whose way in is
        gone."""
        there = read.sequence(self.desk.work.api, self.target_id) or {}
        if there.get("acceptsNewEnrollments") is False or str(there.get("status")) not in at_target.LIVE:
            raise NeedsPerson(
                "The sequence at Sequenzy takes nobody in",
                where=f"sequence {self.member}",
                why=f"it is {there.get('effectiveStatus') or there.get('status') or 'gone'} there",
                fix="Somebody stopped it. Run the same command again to enable it and go on, or run `migrate back`.",
            )
        if missing := sorted({person.lane for person in people} - at_target.texts_of(there)):
            raise NeedsPerson(
                "The sequence at Sequenzy has lost the way in for people who are to continue there",
                where=f"sequence {self.member}",
                why=f"{', '.join(missing[:3])}: somebody edited it since it was loaded",
                fix="Put the branch back as it was (the plan shows it), then run the same command again: it goes on "
                "with the people who are already out at the source.",
            )

    def _settle_enrolling(self, *, final: bool = False) -> None:
        """Who may have been enrolled: the listing decides. `final`: the target answered, so who is not in it was
        skipped for a reason; otherwise they are sent again."""
        unclear = self._of(Fate.ENROLLING)
        if not unclear:
            return
        inside = at_target.enrolled(self.desk.work, self.target_id, unclear)
        outside = [person for person in unclear if person.email not in inside]
        self.journal.put(_with(person, Fate.ENROLLED) for person in unclear if person.email in inside)
        if not final:
            self.journal.put(_with(person, Fate.REMOVED) for person in outside)
            return
        there = at_target.contacts(self.desk.work, [person.email for person in outside])
        self.journal.put(_skipped(person, there.get(person.email)) for person in outside)

    # --- read back ---

    def _confirm(self) -> None:
        people = self._of(Fate.ENROLLED)
        if not people:
            return
        inside = at_target.enrolled(self.desk.work, self.target_id, people)
        here = {row.source_id for row in self.source.people(self.member) if row.status.in_flight}
        self.journal.put(self._read_back(person, inside.get(person.email), here) for person in people)

    def _read_back(self, person: Person, row: dict[str, Any] | None, here: set[str]) -> Person:
        if row is None:
            return _with(person, Fate.LISTED, "Sequenzy took them in, and does not show them now.")
        if person.enrolment in here:
            return _with(person, Fate.LISTED, "They are in both: the source has them inside again.")
        until = at_target.instant(row.get("waitUntil"))
        due = person.due if person.due is not None and person.due > self.desk.now() else None
        if until is not None and due is not None and abs((until - due).total_seconds()) > FALSE_WAIT:
            return _with(person, Fate.LISTED, f"They wait until {until:%Y-%m-%d %H:%M} UTC, not until their own time.")
        return _with(person, Fate.CONFIRMED)

    def _of(self, fate: Fate) -> list[Person]:
        return self.journal.people(self.member, fate)


def end(desk: Desk, source: SourceSwitch, member: str) -> None:
    """The way `stop`: everybody inside is taken out, and nobody is put in."""
    for person in desk.journal.people(member, Fate.ENDING):
        try:
            source.remove(member, person.written or person.email)
        except Uncertain:
            continue
        desk.journal.put([_with(person, Fate.ENDED, person.reason)])
    left = desk.journal.people(member, Fate.ENDING)
    if not left:
        return
    inside = {row.source_id for row in source.people(member) if row.status.in_flight}
    for person in left:
        if person.enrolment in inside:
            source.remove(member, person.written or person.email)
        desk.journal.put([_with(person, Fate.ENDED, person.reason)])


def _batches(people: Sequence[Person]) -> Iterator[Sequence[Person]]:
    for at in range(0, len(people), ENROL_BATCH):
        yield people[at : at + ENROL_BATCH]


def _skipped(person: Person, contact: Any) -> Person:
    if contact is None:
        return _with(person, Fate.LISTED, "Not enrolled: they were deleted at Sequenzy after they left the source.")
    if contact.status != "active":
        return _with(person, Fate.ENDED, f"Not enrolled: {contact.status} at Sequenzy.")
    return _with(person, Fate.LISTED, "Not enrolled: Sequenzy skipped them and gives no reason.")


def _with(person: Person, fate: Fate, reason: str = "") -> Person:
    return dataclasses.replace(person, fate=fate, reason=reason)
