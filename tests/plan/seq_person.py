"""Who is followed through the source's sequences, and what is noted of each run. No rule and no clock lives here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from migrator.model import Sequence
from migrator.model.rules import Rule
from migrator.model.steps import WaitForEvent
from tests.reference_interpreter import Change


@dataclass
class Someone:
    tags: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    attributes: dict[str, Any] = field(default_factory=dict)
    opens_after: Mapping[str, timedelta] = field(default_factory=dict)
    clicks_after: Mapping[str, timedelta] = field(default_factory=dict)
    past: bool = False
    """Opened, clicked and bought at the source long ago, by other emails."""
    changes: tuple[Change, ...] = ()
    """tag, untag, list, unlist, set (plan), event, form, call (the application puts them into its sequences)."""


@dataclass(frozen=True)
class Did:
    """One thing that happened in a run: an email, a tag, the end of a wait, ..."""

    at: datetime
    what: str
    value: str
    step_id: str | None
    upto: int = field(default=0, compare=False)
    """How many steps of the path the person had come to by then."""

    @property
    def key(self) -> tuple[str | None, str, str]:
        return self.step_id, self.what, self.value


@dataclass
class SourceRun:
    sequence: Sequence
    started: datetime
    here: str | None
    status: str = "active"
    path: list[str] = field(default_factory=list)
    lanes: dict[str, str | None] = field(default_factory=dict)
    """Branch to where its lane led."""
    trace: list[Did] = field(default_factory=list)
    mails: list[tuple[str, datetime]] = field(default_factory=list)
    due: datetime | None = None
    then: Callable[[], str | None] | None = None
    """What happens when the wait is over: gives the next step."""
    skipping: bool = False
    """Nothing is done until the next wait or branch."""
    awaits: WaitForEvent | None = None
    since: int = 0
    """How many events had come before the person began to wait for one."""
    member: bool = False
    """Whether the person has been in the segment from which leaving takes them out."""
    left_by: Rule | None = None
    """Why it was left before its end."""
    still: list[tuple[datetime, bool]] = field(default_factory=list)
    """From when on that reason held, or no longer did."""

    def reason_gone(self, at: datetime) -> bool:
        known = [holds for moment, holds in self.still if moment < at]
        return bool(known) and not known[-1]

    @property
    def inside(self) -> bool:
        return self.status == "active"
