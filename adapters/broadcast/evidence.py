"""What is known of one enrolment beside its own row: emails that went out, what was done with them, earlier readings.

Which keys of a row say so is in sent_evidence.py; what follows from it for a place is in path_walk.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from migrator.model import Observation


@dataclass(frozen=True)
class Mail:
    """One email that the person was sent."""

    at: datetime
    steps: frozenset[str]
    """The step that sent it; several where only its subject tells."""
    opened_at: datetime | None = None
    clicked_at: datetime | None = None

    @property
    def sure(self) -> bool:
        """Whether it is certain which step sent it."""
        return len(self.steps) == 1


@dataclass(frozen=True)
class Evidence:
    mails: tuple[Mail, ...] = ()
    """Of this enrolment, by time."""
    mails_whole: bool = False
    """An email that is not among them was not sent, up to `mails_until`."""
    mails_until: datetime | None = None
    opens_told: bool = False
    clicks_told: bool = False
    halted_at: datetime | None = None
    """Somebody paused or resumed them then: times from before say nothing of what came after."""
    seen: tuple[Observation, ...] = ()
    """Earlier readings, by time."""
    tags: frozenset[str] = frozenset()

    def upto(self, read_at: datetime) -> Evidence:
        """Without what happened after the enrolment was read."""
        mails = tuple(mail for mail in self.mails if mail.at <= read_at)
        seen = tuple(sight for sight in self.seen if sight.first_seen < read_at)
        return replace(self, mails=mails, seen=seen)

    def words(self) -> str:
        """What was looked at beside the times."""
        said = []
        if self.mails:
            said.append(f"{_many(len(self.mails), 'email')} they were sent")
        if self.seen:
            said.append(f"{_many(len(self.seen), 'earlier reading')}")
        return " and ".join(said)


NOTHING = Evidence()


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def with_tags(evidence: Evidence, tags: Iterable[str]) -> Evidence:
    return replace(evidence, tags=frozenset(tags))
