"""Where people stand in an automation: MailerLite names each run's steps and when the last one is due."""

from __future__ import annotations

from adapters.base import StoredRow
from adapters.kit.wire import filled, identity, instant, part, rows
from migrator.model import Confidence, Enrolment, EnrolmentStatus, Position, Raw, Sequence

_STATES = {
    "active": EnrolmentStatus.ACTIVE,
    "completed": EnrolmentStatus.COMPLETED,
    "canceled": EnrolmentStatus.REMOVED,
    "failed": EnrolmentStatus.ERROR,
}


def short_run(row: Raw) -> Raw:
    """A run without the whole steps that each answer repeats."""
    kept = {key: row.get(key) for key in ("status", "date", "reason", "subscriber", "stepRuns")}
    for key in ("currentStep", "nextStep"):
        kept[key] = identity(part(row.get(key)).get("id"))
    return kept


def read_enrolment(row: StoredRow, sequence: Sequence) -> Enrolment | None:
    """None: MailerLite has deleted the person, so nobody is there to continue."""
    told, person = row.data, part(row.data.get("subscriber"))
    contact_id = identity(person.get("id"))
    if contact_id is None:
        return None
    status = _STATES.get((filled(told.get("status")) or "").strip().lower(), EnrolmentStatus.UNKNOWN)
    runs = rows(told.get("stepRuns"))
    due = next((run for run in reversed(runs) if not run.get("finished_at")), None)
    next_at = instant(due.get("scheduled_for")) if due else None
    position = None
    if status.in_flight:
        step_ids = {step.id for step in sequence.steps}
        # A wait that has not ended is where the person is. With everything finished it is the step that comes next.
        place = identity(due.get("step_id")) if due else told.get("nextStep")
        if place in step_ids:
            left = (next_at - row.fetched_at).total_seconds() if next_at and row.fetched_at else None
            position = Position(
                step_id=place,
                confidence=Confidence.EXACT,
                remaining_seconds=None if left is None else max(0, int(left)),
                because="MailerLite names the step",
            )
        else:
            position = Position(confidence=Confidence.UNKNOWN, because="MailerLite names no step of this automation")
    return Enrolment(
        source_id=row.source_id,
        sequence_id=sequence.source_id,
        contact_id=contact_id,
        email=filled(person.get("email")),
        status=status,
        started_at=instant(told.get("date")),
        next_at=next_at,
        read_at=row.fetched_at,
        position=position,
        raw={key: told[key] for key in ("reason", "stepRuns") if told.get(key)},
    )
