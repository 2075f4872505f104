"""Enrolment rows to enrolments: who, in which sequence, in which state, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

import msgspec

from adapters.base import PageStore, StoredRow
from adapters.broadcast.clock_waits import decided, is_open
from adapters.broadcast.contacts import row_of_person
from adapters.broadcast.evidence import NOTHING, Evidence
from adapters.broadcast.positions import Positions
from adapters.broadcast.sent_evidence import SentEvidence
from adapters.broadcast.sequences import waits_edited_at
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.wire import Row, instant, names, text, text_id
from migrator.bundle import Unread
from migrator.model import Confidence, Enrolment, EnrolmentStatus, Position, Sequence
from migrator.model.steps import ClockReading

STEP_KEYS = ("current_step_id", "sequence_step_id", "step_id", "sequence_step.id")
_NEXT = "next_step_id"
_STATES = {status.value: status for status in EnrolmentStatus if status is not EnrolmentStatus.UNKNOWN}
_MOST_STRANGERS = 50


class EnrolmentReader:
    def __init__(self, store: PageStore, surprises: Surprises, *, check_people: bool) -> None:
        self.store, self.surprises, self.check_people = store, surprises, check_people
        self._strangers: dict[str, None] = {}
        self._sent: SentEvidence | None = None

    def read(self, sequence: Sequence) -> Iterator[Enrolment]:
        positions = Positions(sequence, edited_at=waits_edited_at(sequence))
        if self._sent is None:
            self._sent = SentEvidence(self.store, self.surprises)
        for row in self.store.rows(f"enrolments/{sequence.source_id}"):
            yield self._one(row, sequence, positions)

    def clock_reading(self, sequences: Iterable[Sequence]) -> ClockReading:
        """What a wait until a clock time means in this account, as far as the people at such waits show it."""
        open_ones = [sequence for sequence in sequences if any(is_open(step) for step in sequence.steps)]
        reading, sentence = decided(shown for sequence in open_ones for shown in self._shown(sequence))
        if open_ones:
            self.surprises.note(sentence)
        return reading

    def _shown(self, sequence: Sequence) -> Iterator[ClockReading | None]:
        positions = Positions(sequence, edited_at=waits_edited_at(sequence))
        for stored in self.store.rows(f"enrolments/{sequence.source_id}"):
            row = Row(stored.data)
            status = (row.take(text, "status") or "").strip().lower()
            started, due = row.take(instant, "started_at"), row.take(instant, "next_trigger_at")
            if status == EnrolmentStatus.ACTIVE and started and due and stored.fetched_at:
                yield positions.shows(started, due, stored.fetched_at)

    def strangers(self) -> list[Unread]:
        """People who are enrolled and whom the list of contacts does not have."""
        why = "the list of contacts does not show them: they were deleted, or came while the account was read"
        remedy = "Export again; who is still missing then was deleted at the source and must not be enrolled."
        if len(self._strangers) > _MOST_STRANGERS:
            what = f"{len(self._strangers)} people who stand in sequences"
            return [Unread(what=what, why=why, remedy=remedy, scope="contacts")]
        return [
            Unread(what=f"Contact {one}, who stands in a sequence", why=why, remedy=remedy, scope=f"contacts/{one}")
            for one in self._strangers
        ]

    def _one(self, stored: StoredRow, sequence: Sequence, positions: Positions) -> Enrolment:
        row = Row(stored.data)
        row.know("id", "subscriber", "subscriber_id", "sequence_id")
        email, person_id = row_of_person(stored.data)
        contact_id, tags = self._contact(stored.key, person_id)
        said = row.take(text, "status")
        status = _STATES.get((said or "").strip().lower(), EnrolmentStatus.UNKNOWN)
        if status is EnrolmentStatus.UNKNOWN:
            self.surprises.note(f"An enrolment has the status '{said}', which is not known; it is not started.")
        started, completed = row.take(instant, "started_at"), row.take(instant, "completed_at")
        next_at = row.take(instant, "next_trigger_at")
        step_key = row.take(text_id, *STEP_KEYS)
        next_key = None if step_key is not None else row.take(text_id, _NEXT)
        doubt = _doubt(row, completed)
        rest = row.rest()
        self.surprises.unknown_keys("enrolments", rest, frozenset({"created_at", "updated_at"}))
        enrolment = Enrolment(
            source_id=stored.source_id,
            sequence_id=sequence.source_id,
            contact_id=contact_id,
            email=email,
            status=status,
            started_at=started,
            completed_at=completed,
            next_at=next_at,
            read_at=stored.fetched_at,
            raw={**rest, **({"status": said} if status is EnrolmentStatus.UNKNOWN else {})},
        )
        position = positions.place(
            enrolment,
            step_key=step_key or next_key,
            is_next=step_key is None,
            tags=tags,
            evidence=self._evidence(enrolment, sequence),
        )
        self.store.observe(enrolment)
        if status.in_flight and not sequence.steps:
            position = Position(confidence=Confidence.UNKNOWN, because="the steps of the sequence could not be read")
        if status.in_flight and doubt is not None:
            # Taken for nobody knows when, they would be due at once.
            position = Position(confidence=Confidence.UNKNOWN, because=doubt)
        return enrolment if position is None else _placed(enrolment, position)

    def _evidence(self, enrolment: Enrolment, sequence: Sequence) -> Evidence:
        if self._sent is None or not enrolment.status.in_flight:
            return NOTHING
        seen = self.store.observed(sequence.source_id, enrolment.source_id)
        waiting = tuple(sight for sight in seen if sight.status is EnrolmentStatus.ACTIVE)
        return replace(self._sent.of(enrolment, sequence), seen=waiting)

    def _contact(self, key: str | None, person_id: str | None) -> tuple[str, tuple[str, ...]]:
        """Joined by address, else by id. A person nobody knows keeps the id, and is named."""
        found = self.store.by_key("subscribers", key) if key else []
        if len(found) > 1:
            found = [row for row in found if row.source_id == person_id] or found
        row = found[0] if found else self.store.row("subscribers", person_id) if person_id else None
        if row is not None:
            return row.source_id, names(row.data.get("tags")) or ()
        unknown = person_id or "unknown"
        if self.check_people:
            self._strangers.setdefault(unknown)
        return unknown, ()


def _doubt(row: Row, completed: datetime | None) -> str | None:
    """Why nothing that this row says of a person still in it may be believed."""
    if odd := next((key for key in ("next_trigger_at", "started_at", "completed_at") if row.unread(key)), None):
        return f"its {odd} cannot be read"
    return None if completed is None else "it has an end although the person is said to be in it"


def _placed(enrolment: Enrolment, position: Position) -> Enrolment:
    return msgspec.structs.replace(enrolment, position=position)
