"""Finds things in an account quickly: people by address, enrolments and receipts by person, who is suppressed.

Every change to those lists goes through here, so that what was looked up stays true.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from migrator.sandbox.broadcast.account import Account, Enrolment, Receipt, Sequence, Subscriber
from migrator.sandbox.broadcast.tree import Tree


class Directory:
    def __init__(self, account: Account) -> None:
        self.account = account
        self.people = {person.id: person for person in account.subscribers}
        self.by_email = {person.email.strip().lower(): person for person in account.subscribers}
        self.sequences = {sequence.id: sequence for sequence in account.sequences}
        self.trees = {sequence.id: Tree(sequence.steps) for sequence in account.sequences}
        self.in_sequence: dict[int, list[Enrolment]] = defaultdict(list)
        self.of_person: dict[int, list[Enrolment]] = defaultdict(list)
        self.enrolments: dict[int, Enrolment] = {}
        self.receipts: dict[int, list[Receipt]] = defaultdict(list)
        self.suppressed = {
            row.email.strip().lower() for rows in (account.suppressions, account.global_suppressions) for row in rows
        }
        self.changes = 0
        """Grows with every change that could move somebody in or out of a segment."""
        self._changed: set[int] = set()
        for enrolment in account.enrolments:
            self._index(enrolment)
        for receipt in account.receipts:
            self.receipts[receipt.subscriber_id].append(receipt)
        self._last_person = max(self.people, default=0)
        self._last_enrolment = max(self.enrolments, default=9000)
        self._last_receipt = max((receipt.id for receipt in account.receipts), default=0)

    def changed(self, person_id: int) -> None:
        self.changes += 1
        self._changed.add(person_id)

    def take_changed(self) -> set[int]:
        """The people who changed since this was asked last."""
        taken, self._changed = self._changed, set()
        return taken

    def find(self, email: str) -> Subscriber | None:
        return self.by_email.get(email.strip().lower())

    def add_person(self, person: Subscriber, *, first: bool = False) -> Subscriber:
        """`first` puts the row before all others, as a server sorted by newest would."""
        self.account.subscribers.insert(0 if first else len(self.account.subscribers), person)
        self.people[person.id] = self.by_email[person.email.strip().lower()] = person
        self._last_person = max(self._last_person, person.id)
        self.changed(person.id)
        return person

    def new_person_id(self) -> int:
        return self._last_person + 1

    def drop_person(self, person: Subscriber) -> None:
        self.account.subscribers.remove(person)
        del self.people[person.id], self.by_email[person.email.strip().lower()]
        self.changed(person.id)

    def add_enrolment(self, sequence: Sequence, person: Subscriber, at: datetime) -> Enrolment:
        self._last_enrolment += 1
        enrolment = Enrolment(
            id=self._last_enrolment,
            sequence_id=sequence.id,
            subscriber_id=person.id,
            status="active",
            started_at=at,
        )
        self.account.enrolments.append(enrolment)
        self._index(enrolment)
        return enrolment

    def add_receipt(self, enrolment: Enrolment, step_id: int, subject: str | None, at: datetime) -> Receipt:
        self._last_receipt += 1
        receipt = Receipt(
            id=self._last_receipt,
            subscriber_id=enrolment.subscriber_id,
            sent_at=at,
            subject=subject,
            enrolment_id=enrolment.id,
            sequence_id=enrolment.sequence_id,
            step_id=step_id,
        )
        self.account.receipts.append(receipt)
        self.receipts[enrolment.subscriber_id].append(receipt)
        self.changed(enrolment.subscriber_id)
        return receipt

    def may_be_mailed(self, person: Subscriber, at: datetime) -> bool:
        if not person.is_active or person.redacted or person.email.strip().lower() in self.suppressed:
            return False
        return person.unsubscribed_at is None or person.unsubscribed_at > at

    def current_count(self, sequence: Sequence) -> int:
        """People currently in it; the finished and the removed are history."""
        return sum(row.status not in ("completed", "removed") for row in self.in_sequence.get(sequence.id, ()))

    def _index(self, enrolment: Enrolment) -> None:
        self.enrolments[enrolment.id] = enrolment
        self.in_sequence[enrolment.sequence_id].append(enrolment)
        self.of_person[enrolment.subscriber_id].append(enrolment)
