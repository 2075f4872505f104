"""Walking every way through a sequence in time: at which waits may a person stand who is due at this moment?

A way that the evidence contradicts is left: an email it needs was not sent, one that went out is not on it, an
earlier reading saw another moment, the click that it needs was not made. What is known exactly sets the clock anew,
so that small delays do not add up. The verdict about what is left is in positions.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.broadcast.clock_waits import clock_ends
from adapters.broadcast.evidence import Evidence
from adapters.broadcast.trees import FALSE, TRUE, YEAR
from adapters.broadcast.zones import iana_zone
from migrator.model import Sequence, Step
from migrator.model.rules import Activity, ActivityRule, ActivityScope
from migrator.model.steps import (
    AddTags,
    Branch,
    ChangeConsent,
    MoveToSequence,
    Opaque,
    SendEmail,
    Wait,
    WaitUntilTime,
)

SLACK = timedelta(minutes=5)
"""Entry to first step, and differences between the clocks."""
LAG = timedelta(seconds=60)
"""A wait may end this much later than it should: the platform looks once in a while."""
DUE = timedelta(minutes=2)
"""So long past its moment a step is still simply about to run."""
SECOND = timedelta(seconds=1)
"""Moments are told in whole seconds."""
_MOST_STATES = 5000
Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Candidate:
    step_id: str
    tags: frozenset[str]
    """Tags that this path added on the way."""
    anchor: datetime | None
    """The last moment on this path that is known exactly."""


@dataclass
class Walk:
    candidates: list[Candidate] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    """Waits of unknown length that the person may be standing at."""
    waits: set[str] = field(default_factory=set)
    whole: bool = True
    """False: there were too many ways to walk them all."""


@dataclass(frozen=True, slots=True)
class _At:
    """On the way to a step, which runs between two moments."""

    step: Step
    early: datetime
    late: datetime
    visited: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    mails: int = 0
    """Which emails this path explains, a bit each."""
    seen: int = 0
    """Which earlier readings this path explains, a bit each."""
    last: int | None = None
    """The email above; None: no email was sent, or which one is not known."""
    sent: bool = False
    gap: bool = False
    """An email on this path has no receipt."""
    anchor: datetime | None = None


class Paths:
    """The ways through one sequence."""

    def __init__(self, sequence: Sequence) -> None:
        self.steps = {step.id: step for step in sequence.steps}
        self.ways: dict[str, list[tuple[str | None, Step]]] = {}
        for edge in sequence.edges:
            if edge.target in self.steps:
                self.ways.setdefault(edge.source, []).append((edge.lane, self.steps[edge.target]))
        targets = {edge.target for edge in sequence.edges if edge.source in self.steps}
        self.roots = [step for step in sequence.steps if step.id not in targets]
        self.emails_may_be_skipped = bool(sequence.email_filters or sequence.unread_limits)
        self._zones: dict[str, ZoneInfo | None] = {}

    def walk(self, started: datetime, read_at: datetime, due: datetime | None, evidence: Evidence) -> Walk:
        return _Walker(self, started, read_at, due, evidence).run()

    def ends(self, step: Step, early: datetime, late: datetime) -> list[Window] | None:
        """When this wait may be over, each time at the earliest and at the latest; None: its length is not known."""
        action = step.action
        if isinstance(action, WaitUntilTime):
            return self._next_clock(action, early, late)
        seconds = action.seconds if isinstance(action, Wait) else None
        if isinstance(action, Branch):
            seconds = action.evaluate_after_seconds
        if seconds is None or not 0 <= seconds <= 20 * YEAR:
            return None
        try:
            wait = timedelta(seconds=seconds)
            return [(early + wait, late + wait + LAG)]
        except OverflowError:
            return None

    def _next_clock(self, action: WaitUntilTime, early: datetime, late: datetime) -> list[Window] | None:
        zone = self._zone(action.timezone)
        if zone is None or action.time is None:
            return None
        try:
            moments = clock_ends(action.reading, early, late, action.time, zone)
        except OverflowError:
            return None
        return [(moment, moment + LAG) for moment in moments]

    def _zone(self, name: str | None) -> ZoneInfo | None:
        if name is None:
            return None
        if name not in self._zones:
            known = iana_zone(name)
            self._zones[name] = ZoneInfo(known) if known else None
        return self._zones[name]


class _Walker:
    def __init__(
        self, paths: Paths, started: datetime, read_at: datetime, due: datetime | None, evidence: Evidence
    ) -> None:
        self.paths, self.started, self.read_at, self.due, self.evidence = paths, started, read_at, due, evidence
        self.walk = Walk()
        sure = [mail.sure and mail.steps <= paths.steps.keys() for mail in evidence.mails]
        self.mails_due = sum(1 << number for number, is_sure in enumerate(sure) if is_sure)
        """Emails that the right path must explain."""
        self.seen_due = 0
        for number, sight in enumerate(evidence.seen):
            if sight.next_at is not None and sight.next_at != due:
                self.seen_due |= 1 << number

    def run(self) -> Walk:
        todo = [_At(step, self.started, self.started + SLACK) for step in self.paths.roots[:1]]
        states = 0
        while todo:
            at = todo.pop()
            states += 1
            if states > _MOST_STATES:
                self.walk.whole = False
                break
            if at.step.id not in at.visited and at.early <= self.read_at + SLACK:
                todo += self._after(at)
        return self.walk

    def _after(self, at: _At) -> Iterator[_At]:
        action = at.step.action
        if isinstance(action, (Wait, WaitUntilTime, Branch)):
            yield from self._waiting(at)
        elif isinstance(action, (MoveToSequence, ChangeConsent)):
            return
        elif isinstance(action, Opaque):
            # What it does is not known, so neither is how long it holds people up.
            self._unclear(at)
            yield from self._beyond(at)
        elif isinstance(action, SendEmail):
            for sent in self._sent(at):
                yield from self._on(sent, sent.early, sent.late)
        else:
            added = action.tags if isinstance(action, AddTags) else ()
            yield from self._on(replace(at, tags=at.tags | frozenset(added)) if added else at, at.early, at.late)

    def _on(self, at: _At, early: datetime, late: datetime) -> Iterator[_At]:
        visited = at.visited | {at.step.id}
        for lane, step in self.paths.ways.get(at.step.id, ()):
            if lane is None or self._may_go(at, lane, early, late):
                yield replace(at, step=step, early=early, late=late, visited=visited)

    # Emails -------------------------------------------------------------------------------------------------

    def _sent(self, at: _At) -> Iterator[_At]:
        explained = False
        for number, mail in enumerate(self.evidence.mails):
            bit = 1 << number
            # An email never leaves before its step is due. It may leave any time later: sequences are switched off.
            if at.mails & bit or at.step.id not in mail.steps or mail.at < at.early - 2 * SECOND:
                continue
            if not mail.sure and mail.at > at.late + SLACK:
                continue
            explained = explained or mail.sure
            early = max(at.early, mail.at - SLACK)
            mails, anchor = at.mails | bit, mail.at
            late = mail.at + SECOND
            yield replace(at, early=min(early, late), late=late, mails=mails, last=number, sent=True, anchor=anchor)
            if mail.sure:
                break
        if not explained and not self._must_have_sent(at):
            yield replace(at, last=None, sent=True, gap=True)

    def _must_have_sent(self, at: _At) -> bool:
        action = at.step.action
        if isinstance(action, SendEmail) and (not action.live or action.skips_recently_mailed):
            return False
        known = self.evidence.mails_until
        whole = self.evidence.mails_whole and not self.paths.emails_may_be_skipped
        return whole and known is not None and at.late + SLACK < known

    # Waits --------------------------------------------------------------------------------------------------

    def _waiting(self, at: _At) -> Iterator[_At]:
        action = at.step.action
        ends = self.paths.ends(at.step, at.early, at.late)
        if ends is None:
            self.walk.waits.add(at.step.id)
            self._unclear(at)
            yield from self._beyond(at)
            return
        if not (isinstance(action, Branch) and action.evaluate_after_seconds == 0):
            self.walk.waits.add(at.step.id)
        for first, last in ends:
            if self.due is not None and first - SECOND <= self.due <= last and self._stands(at):
                self.walk.candidates.append(Candidate(at.step.id, at.tags, at.anchor))
            yield from self._passed(at, first, last)

    def _passed(self, at: _At, first: datetime, last: datetime) -> Iterator[_At]:
        """The wait is over. An earlier reading may have seen when it would be."""
        must = False
        for number, sight in enumerate(self.evidence.seen):
            bit = 1 << number
            if sight.next_at is None or at.seen & bit:
                continue
            # Somebody who came before a reading, and could not leave before it, was waiting here then.
            must = must or (at.late < sight.first_seen < first or at.late < sight.last_seen < first)
            if first - SECOND <= sight.next_at <= last:
                late = max(sight.next_at, sight.last_seen) + LAG
                yield from self._on(replace(at, seen=at.seen | bit, anchor=sight.next_at), sight.next_at, late)
        if not must:
            yield from self._on(at, first, last)

    def _stands(self, at: _At) -> bool:
        """Whether all that is known fits a person who stands at this wait now."""
        if self.mails_due & ~at.mails or self.seen_due & ~at.seen:
            return False
        for sight in self.evidence.seen:
            here = sight.next_at == self.due
            if here and at.early - SLACK > sight.first_seen:
                return False
            if not here and sight.next_at is not None and at.late < sight.last_seen:
                return False
        return True

    def _unclear(self, at: _At) -> None:
        if (self.due is None or at.early <= self.due) and self._stands(at):
            self.walk.unclear.append(at.step.id)

    def _beyond(self, at: _At) -> Iterator[_At]:
        """Behind a wait of unknown length only what is still to be explained can tell the time."""
        if self.mails_due & ~at.mails or self.seen_due & ~at.seen:
            yield from self._on(at, at.early, max(at.late, self.read_at))

    # Branches -----------------------------------------------------------------------------------------------

    def _may_go(self, at: _At, lane: str, early: datetime, late: datetime) -> bool:
        action = at.step.action
        if not isinstance(action, Branch) or {found.key for found in action.lanes} != {TRUE, FALSE}:
            return True
        rule = next((found.rule for found in action.lanes if found.key == TRUE), None)
        answer = self._answer(at, rule, early, late) if isinstance(rule, ActivityRule) else None
        return answer is None or answer is (lane == TRUE)

    def _answer(self, at: _At, rule: ActivityRule, early: datetime, late: datetime) -> bool | None:
        opened = rule.activity is Activity.OPENED
        if not opened and rule.activity is not Activity.CLICKED:
            return None
        mails = self.evidence.mails
        if rule.scope is ActivityScope.PREVIOUS_EMAIL:
            if not at.sent:
                return False
            if at.last is None:
                return None
            mails = (mails[at.last],)
        elif rule.scope is not ActivityScope.THIS_SEQUENCE or any(not mail.sure for mail in mails):
            return None
        moments = [mail.opened_at if opened else mail.clicked_at for mail in mails]
        if any(moment is not None and moment <= early - SECOND for moment in moments):
            return True
        told = self.evidence.opens_told if opened else self.evidence.clicks_told
        whole = told and (not at.gap or rule.scope is ActivityScope.PREVIOUS_EMAIL)
        never = all(moment is None or moment > late for moment in moments)
        return False if whole and never else None
