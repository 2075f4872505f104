"""Where people stand in a sequence. How a platform lets us infer it belongs to its adapter."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from migrator.model.base import Raw, Record


class Confidence(StrEnum):
    EXACT = "exact"
    """The source named the step."""
    INFERRED = "inferred"
    """Exactly one step fits the times."""
    AMBIGUOUS = "ambiguous"
    """Several steps fit."""
    UNKNOWN = "unknown"


class Position(Record, frozen=True, kw_only=True):
    """The step a person is waiting at or about to run. Ambiguous and unknown people are never restarted."""

    step_id: str | None = None
    """The pending step: the wait being waited, or the step that runs when `remaining_seconds` are over."""
    confidence: Confidence
    remaining_seconds: int | None = None
    """From `Enrolment.read_at` until the pending step is over; 0 when due."""
    candidates: tuple[str, ...] = ()
    because: str | None = None


class EnrolmentStatus(StrEnum):
    ACTIVE = "active"
    BUSY = "busy"
    PAUSED = "paused"
    ERROR = "error"
    COMPLETED = "completed"
    REMOVED = "removed"
    UNKNOWN = "unknown"

    @property
    def in_flight(self) -> bool:
        """Still somewhere in the middle, by our most careful reading."""
        return self not in (EnrolmentStatus.COMPLETED, EnrolmentStatus.REMOVED)


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What one or more readings in a row saw of an enrolment."""

    status: EnrolmentStatus
    next_at: datetime | None
    first_seen: datetime
    last_seen: datetime


class Enrolment(Record, frozen=True, kw_only=True):
    source_id: str
    sequence_id: str
    contact_id: str
    email: str | None = None
    status: EnrolmentStatus
    started_at: datetime | None = None
    completed_at: datetime | None = None
    next_at: datetime | None = None
    read_at: datetime | None = None
    position: Position | None = None
    raw: Raw = {}
