"""Where somebody stands in a sequence, inferred from when they entered and when their next step is due.

The platform does not publish the current step. Every path is walked in time; a wait whose end agrees with the due
moment is a candidate. One candidate: inferred. More: ambiguous. None: unknown. Nobody is placed by a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from adapters.broadcast.clock_waits import SETTLED, clock_ends, is_open, next_occurrence, with_reading
from adapters.broadcast.trees import YEAR
from adapters.broadcast.zones import iana_zone
from migrator.model import Confidence, Enrolment, EnrolmentStatus, Position, Sequence, Step
from migrator.model.steps import (
    AddTags,
    Branch,
    ChangeConsent,
    ClockReading,
    Entry,
    MoveToSequence,
    Opaque,
    Wait,
    WaitUntilTime,
)

SLACK = timedelta(minutes=5)
"""Entry to first step, and differences between the clocks."""
LAG = timedelta(seconds=60)
"""A wait may end this much later than it should: the platform looks once in a while."""
DUE = timedelta(minutes=2)
"""So long past its moment a step is still simply about to run."""
_MOST_STATES = 5000


@dataclass(frozen=True)
class _Candidate:
    step_id: str
    tags: frozenset[str]
    """Tags that this path added on the way."""


@dataclass
class _Walk:
    candidates: list[_Candidate]
    unclear: list[str]
    """Waits of unknown length that the person may be standing at."""
    waits: set[str]


class Positions:
    """Places the people of one sequence."""

    def __init__(self, sequence: Sequence, *, edited_at: datetime | None = None) -> None:
        self.sequence = sequence
        self.steps = {step.id: step for step in sequence.steps}
        self.next: dict[str, list[str]] = {}
        for edge in sequence.edges:
            self.next.setdefault(edge.source, []).append(edge.target)
        targets = {edge.target for edge in sequence.edges if edge.source in self.steps}
        self.roots = [step for step in sequence.steps if step.id not in targets]
        self.edited_at = edited_at
        self._zones: dict[str, ZoneInfo | None] = {}
        self.by_reading: list[Positions] = []
        """While nobody knows what a clock wait means: the same sequence under each reading."""
        if any(is_open(step) for step in sequence.steps):
            self.by_reading = [Positions(with_reading(sequence, reading), edited_at=edited_at) for reading in SETTLED]

    def place(
        self, enrolment: Enrolment, *, step_key: str | None = None, is_next: bool = False, tags: Iterable[str] = ()
    ) -> Position | None:
        """None for people who are through. `step_key` is a step that the server named itself, `is_next` as the one
        that comes next."""
        if self.by_reading:
            return _agreed(
                [by.place(enrolment, step_key=step_key, is_next=is_next, tags=tags) for by in self.by_reading]
            )
        if not enrolment.status.in_flight:
            return None
        remaining = self._remaining(enrolment)
        if step_key is not None:
            if step_key in self.steps or step_key in self._branch_rows():
                named = self._named(step_key, remaining, is_next)
                return named if is_next else self._checked(named, step_key, enrolment, remaining)
            why = f"the server names step {step_key}, which is not in the sequence"
            return Position(confidence=Confidence.UNKNOWN, because=why)
        if enrolment.status in (EnrolmentStatus.UNKNOWN, EnrolmentStatus.BUSY):
            why = "its status is not known" if enrolment.status is EnrolmentStatus.UNKNOWN else "a worker holds it"
            return Position(confidence=Confidence.UNKNOWN, because=why)
        if enrolment.started_at is None or enrolment.read_at is None:
            return Position(confidence=Confidence.UNKNOWN, because="the source does not say when they entered")
        return self._by_time(enrolment, enrolment.started_at, enrolment.read_at, remaining, frozenset(tags))

    def shows(self, started: datetime, due: datetime, read_at: datetime) -> ClockReading | None:
        """The one reading of clock waits that explains when this person's next step is due. None: both, or neither."""
        if self.edited_at is not None and self.edited_at > started:
            return None
        walks = [by._walk(started, read_at, due) for by in self.by_reading]
        if any(walk.unclear for walk in walks):
            return None
        fits = [reading for reading, walk in zip(SETTLED, walks, strict=True) if walk.candidates]
        return fits[0] if len(fits) == 1 else None

    def _branch_rows(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for step in self.sequence.steps:
            if isinstance(step.action, Branch):
                found.update({lane.source_id: step.id for lane in step.action.lanes if lane.source_id})
        return found

    def _named(self, step_key: str, remaining: int | None, is_next: bool) -> Position:
        step_id = self._branch_rows().get(step_key, step_key)
        if is_next and isinstance(self.steps[step_id].action, (Wait, WaitUntilTime, Branch)):
            # Taken for the wait they stand at, it would be over too early, and the email behind it would go out.
            why = "the server names a wait as the next step: whether it has begun is not known"
            return Position(
                confidence=Confidence.AMBIGUOUS, remaining_seconds=remaining, candidates=(step_id,), because=why
            )
        return Position(step_id=step_id, confidence=Confidence.EXACT, remaining_seconds=remaining)

    def _checked(self, named: Position, step_key: str, enrolment: Enrolment, remaining: int | None) -> Position:
        """A wait named as the current step is where they are, but for one right behind the wait that ends now. A step
        that acts may have run or be the next to run: only the wait beside it that the times agree with is a place."""
        step_id = named.step_id
        if step_id is None:
            return named
        started, read_at = enrolment.started_at, enrolment.read_at
        timed = None
        if started is not None and read_at is not None:
            timed = self._by_time(enrolment, started, read_at, remaining, frozenset()).step_id
        candidates: tuple[str, ...] = (step_id,)
        if step_key == step_id and isinstance(self.steps[step_id].action, (Entry, Wait, WaitUntilTime, Branch)):
            if timed is None or step_id not in self.next.get(timed, ()):
                return named
            candidates, why = (timed, step_id), "the server names the wait behind the one that ends at this moment"
        elif timed is not None and (self._leads(timed, step_id) or self._leads(step_id, timed)):
            because = "the server names the step beside the one wait that ends at this moment"
            return Position(step_id=timed, confidence=Confidence.INFERRED, remaining_seconds=remaining, because=because)
        else:
            why = "the server names a step that acts: whether it has run already is not known"
        return Position(
            confidence=Confidence.AMBIGUOUS, remaining_seconds=remaining, candidates=candidates, because=why
        )

    def _leads(self, before: str, after: str) -> bool:
        """Whether one step comes behind the other with no further wait between them."""
        todo, seen = list(self.next.get(before, ())), {before}
        while todo:
            step_id = todo.pop()
            if step_id == after:
                return True
            if step_id in seen or step_id not in self.steps:
                continue
            seen.add(step_id)
            if not isinstance(self.steps[step_id].action, (Wait, WaitUntilTime, Branch)):
                todo += self.next.get(step_id, ())
        return False

    @staticmethod
    def _remaining(enrolment: Enrolment) -> int | None:
        """Stale for people who are paused or stopped; nothing is known then."""
        if enrolment.status is not EnrolmentStatus.ACTIVE or enrolment.read_at is None:
            return None
        if enrolment.next_at is None:
            return 0
        return max(0, round((enrolment.next_at - enrolment.read_at).total_seconds()))

    def _by_time(
        self, enrolment: Enrolment, started: datetime, read_at: datetime, remaining: int | None, tags: frozenset[str]
    ) -> Position:
        due = enrolment.next_at
        active = enrolment.status is EnrolmentStatus.ACTIVE
        walk = self._walk(started, read_at, due)
        if active and (due is None or due < read_at - DUE):
            return self._overdue(walk, due, edited=self.edited_at is not None and self.edited_at > started)
        if due is None:
            return Position(confidence=Confidence.UNKNOWN, because="no next step is scheduled")
        if due < started:
            return Position(confidence=Confidence.UNKNOWN, because="the next step is due before they entered")
        candidates = tuple(dict.fromkeys([*(found.step_id for found in walk.candidates), *walk.unclear]))
        if not candidates:
            why = "no wait ends at this moment: the sequence was edited or the person was paused"
            return Position(confidence=Confidence.UNKNOWN, because=why)
        if len(candidates) > 1:
            return Position(
                confidence=Confidence.AMBIGUOUS,
                remaining_seconds=remaining,
                candidates=self._supported_first(candidates, walk, tags),
                because=f"{len(candidates)} waits could end at this moment",
            )
        if walk.unclear:
            why = "a wait of unknown length leaves several places open"
            return Position(confidence=Confidence.AMBIGUOUS, candidates=candidates, because=why)
        if self.edited_at is not None and self.edited_at > started:
            why = f"a wait was edited on {self.edited_at:%Y-%m-%d}, after they entered: its old length is not known"
            return Position(
                confidence=Confidence.AMBIGUOUS, remaining_seconds=remaining, candidates=candidates, because=why
            )
        because = "one wait ends at this moment"
        if not active:
            because += f"; {enrolment.status.value}, so the time left is not known"
        return Position(
            step_id=candidates[0], confidence=Confidence.INFERRED, remaining_seconds=remaining, because=because
        )

    def _overdue(self, walk: _Walk, due: datetime | None, *, edited: bool) -> Position:
        said = "nothing is scheduled" if due is None else "the moment has passed"
        if len(walk.waits) == 1 and not walk.unclear:
            (step_id,) = walk.waits
            if due is None or any(found.step_id == step_id for found in walk.candidates):
                sure = due is not None and not edited
                return Position(
                    step_id=step_id if sure else None,
                    confidence=Confidence.INFERRED if sure else Confidence.AMBIGUOUS,
                    remaining_seconds=0,
                    candidates=() if sure else (step_id,),
                    because=f"{said}, and the sequence has one wait" + (", edited since" if edited else ""),
                )
        return Position(confidence=Confidence.UNKNOWN, remaining_seconds=0, because=f"due now: {said}")

    def _supported_first(self, candidates: tuple[str, ...], walk: _Walk, tags: frozenset[str]) -> tuple[str, ...]:
        """Tags that a path adds are evidence for it, not proof: they only decide the order."""
        paths = {found.step_id: found.tags for found in walk.candidates}

        def doubt(step_id: str) -> tuple[int, int]:
            added = paths.get(step_id, frozenset())
            return (len(added - tags), -len(added & tags))

        return tuple(sorted(candidates, key=doubt))

    # Walking in time -----------------------------------------------------------------------------------------

    def _walk(self, started: datetime, read_at: datetime, due: datetime | None) -> _Walk:
        walk = _Walk([], [], set())
        todo = [(step, started, started + SLACK, frozenset[str](), frozenset[str]()) for step in self.roots[:1]]
        states = 0
        while todo:
            step, early, late, seen, added = todo.pop()
            states += 1
            if step.id in seen or early > read_at + SLACK or states > _MOST_STATES:
                continue
            action, after = step.action, [(early, late)]
            if isinstance(action, (Wait, WaitUntilTime, Branch)):
                ends = self._ends(step, early, late)
                if ends is None:
                    walk.waits.add(step.id)
                    if due is None or early <= due:
                        walk.unclear.append(step.id)
                    continue
                if not (isinstance(action, Branch) and action.evaluate_after_seconds == 0):
                    walk.waits.add(step.id)
                if due is not None and any(first - timedelta(seconds=1) <= due <= last for first, last in ends):
                    walk.candidates.append(_Candidate(step.id, added))
                after = ends
            elif isinstance(action, (MoveToSequence, ChangeConsent)):
                continue
            elif isinstance(action, Opaque):
                # What it does is not known, so neither is how long it holds people up.
                if due is None or early <= due:
                    walk.unclear.append(step.id)
                continue
            tags_here = action.tags if isinstance(action, AddTags) else ()
            todo += [
                (self.steps[target], *window, seen | {step.id}, added | frozenset(tags_here))
                for target in self.next.get(step.id, ())
                if target in self.steps
                for window in after
            ]
        return walk

    def _ends(self, step: Step, early: datetime, late: datetime) -> list[tuple[datetime, datetime]] | None:
        """When this wait may be over, each time at the earliest and at the latest; None: its length is not known."""
        action = step.action
        if isinstance(action, Wait):
            seconds = action.seconds
        elif isinstance(action, Branch):
            seconds = action.evaluate_after_seconds
        elif isinstance(action, WaitUntilTime):
            return self._next_clock(action, early, late)
        else:
            return [(early, late)]
        if seconds is None or not 0 <= seconds <= 20 * YEAR:
            return None
        try:
            wait = timedelta(seconds=seconds)
            return [(early + wait, late + wait + LAG)]
        except OverflowError:
            return None

    def _next_clock(
        self, action: WaitUntilTime, early: datetime, late: datetime
    ) -> list[tuple[datetime, datetime]] | None:
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


def _agreed(places: list[Position | None]) -> Position | None:
    """Where both readings of a clock wait put a person; a place that they do not share is not certain."""
    first, second = places
    if first is None or second is None:
        return first or second
    if (first.step_id, first.candidates, first.confidence) == (second.step_id, second.candidates, second.confidence):
        return first
    named = [(place.step_id,) if place.step_id is not None else place.candidates for place in (first, second)]
    return Position(
        confidence=Confidence.AMBIGUOUS,
        remaining_seconds=first.remaining_seconds,
        candidates=tuple(dict.fromkeys([*named[0], *named[1]])),
        because="a wait until a clock time may mean the same day or the next, and the place depends on it",
    )


__all__ = ["DUE", "LAG", "SLACK", "Positions", "next_occurrence"]
