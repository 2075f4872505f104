"""Where somebody stands in a sequence, inferred from when they entered and when their next step is due.

The platform does not publish the current step. Every path is walked in time; a wait whose end agrees with the due
moment is a candidate. One candidate: inferred. More: ambiguous. None: unknown. Nobody is placed by a guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from adapters.broadcast.clock_waits import SETTLED, is_open, next_occurrence, with_reading
from adapters.broadcast.evidence import NOTHING, Evidence, with_tags
from adapters.broadcast.path_walk import DUE, LAG, SLACK, Paths, Walk
from migrator.model import Confidence, Enrolment, EnrolmentStatus, Position, Sequence
from migrator.model.steps import Branch, ClockReading, Entry, SendEmail, Wait, WaitUntilTime


class Positions:
    """Places the people of one sequence."""

    def __init__(self, sequence: Sequence, *, edited_at: datetime | None = None) -> None:
        self.sequence = sequence
        self.steps = {step.id: step for step in sequence.steps}
        self.next: dict[str, list[str]] = {}
        for edge in sequence.edges:
            self.next.setdefault(edge.source, []).append(edge.target)
        self.paths = Paths(sequence)
        self.edited_at = edited_at
        self.by_reading: list[Positions] = []
        """While nobody knows what a clock wait means: the same sequence under each reading."""
        if any(is_open(step) for step in sequence.steps):
            self.by_reading = [Positions(with_reading(sequence, reading), edited_at=edited_at) for reading in SETTLED]

    def place(
        self,
        enrolment: Enrolment,
        *,
        step_key: str | None = None,
        is_next: bool = False,
        tags: Iterable[str] = (),
        evidence: Evidence = NOTHING,
    ) -> Position | None:
        """None for people who are through. `step_key` is a step that the server named itself, `is_next` as the one
        that comes next."""
        if self.by_reading:
            return _agreed(
                [
                    by.place(enrolment, step_key=step_key, is_next=is_next, tags=tags, evidence=evidence)
                    for by in self.by_reading
                ]
            )
        if not enrolment.status.in_flight:
            return None
        remaining = self._remaining(enrolment)
        evidence = with_tags(evidence, tags)
        if enrolment.read_at is not None:
            evidence = evidence.upto(enrolment.read_at)
        if step_key is not None:
            if step_key in self.steps or step_key in self._branch_rows():
                named = self._named(step_key, remaining, is_next)
                return named if is_next else self._checked(named, step_key, enrolment, remaining, evidence)
            why = f"the server names step {step_key}, which is not in the sequence"
            return Position(confidence=Confidence.UNKNOWN, because=why)
        if enrolment.status in (EnrolmentStatus.UNKNOWN, EnrolmentStatus.BUSY):
            why = "its status is not known" if enrolment.status is EnrolmentStatus.UNKNOWN else "a worker holds it"
            return Position(confidence=Confidence.UNKNOWN, because=why)
        if enrolment.started_at is None or enrolment.read_at is None:
            return Position(confidence=Confidence.UNKNOWN, because="the source does not say when they entered")
        return self._by_time(enrolment, enrolment.started_at, enrolment.read_at, remaining, evidence)

    def shows(self, started: datetime, due: datetime, read_at: datetime) -> ClockReading | None:
        """The one reading of clock waits that explains when this person's next step is due. None: both, or neither."""
        if self.edited_at is not None and self.edited_at > started:
            return None
        walks = [by.paths.walk(started, read_at, due, NOTHING) for by in self.by_reading]
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
        because = "the server names the step"
        return Position(step_id=step_id, confidence=Confidence.EXACT, remaining_seconds=remaining, because=because)

    def _checked(
        self, named: Position, step_key: str, enrolment: Enrolment, remaining: int | None, evidence: Evidence
    ) -> Position:
        """A wait named as the current step is where they are, but for one right behind the wait that ends now. A step
        that acts may have run or be the next to run: only the wait beside it that the times agree with is a place."""
        step_id = named.step_id
        if step_id is None:
            return named
        started, read_at = enrolment.started_at, enrolment.read_at
        timed = None
        if started is not None and read_at is not None:
            timed = self._by_time(enrolment, started, read_at, remaining, evidence).step_id
        candidates: tuple[str, ...] = (step_id,)
        if step_key == step_id and isinstance(self.steps[step_id].action, (Entry, Wait, WaitUntilTime, Branch)):
            if timed in (None, step_id) or isinstance(self.steps[step_id].action, Entry):
                return named
            candidates, why = (timed or "", step_id), "the server names another wait than the one that fits the times"
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
        self, enrolment: Enrolment, started: datetime, read_at: datetime, remaining: int | None, evidence: Evidence
    ) -> Position:
        due = enrolment.next_at
        active = enrolment.status is EnrolmentStatus.ACTIVE
        walk = self.paths.walk(started, read_at, due, evidence)
        if active and (due is None or due < read_at - DUE):
            return self._overdue(walk, due, started, read_at, evidence)
        if due is None:
            return Position(confidence=Confidence.UNKNOWN, because="no next step is scheduled")
        if due < started:
            return Position(confidence=Confidence.UNKNOWN, because="the next step is due before they entered")
        candidates = tuple(dict.fromkeys([*(found.step_id for found in walk.candidates), *walk.unclear]))
        if not candidates:
            return self._no_place(started, read_at, due, remaining, evidence)
        if len(candidates) > 1 or not walk.whole:
            because = f"{len(candidates)} waits could end at this moment"
            if beside := evidence.words():
                because += f", and {beside} don't tell which"
            candidates = _supported_first(candidates, walk, evidence.tags)
            return _ambiguous(candidates, because, remaining)
        if walk.unclear:
            return _ambiguous(candidates, "a wait of unknown length leaves several places open", None)
        if why := self._stale(walk, started, evidence):
            return _ambiguous(candidates, why, remaining)
        because = "one wait ends at this moment"
        if beside := evidence.words():
            because += f", and {beside} fit it"
        if not active:
            because += f"; {enrolment.status.value}, so the time left is not known"
        return Position(
            step_id=candidates[0], confidence=Confidence.INFERRED, remaining_seconds=remaining, because=because
        )

    def _no_place(
        self, started: datetime, read_at: datetime, due: datetime, remaining: int | None, evidence: Evidence
    ) -> Position:
        """Where the times alone know a place and the other evidence does not, they contradict each other."""
        beside = evidence.words()
        alone = self.paths.walk(started, read_at, due, NOTHING) if beside else Walk()
        if alone.candidates:
            places = tuple(dict.fromkeys(found.step_id for found in alone.candidates))
            return _ambiguous(places, f"the times and {beside} contradict each other", remaining)
        why = "no wait ends at this moment: the sequence was edited or the person was paused"
        return Position(confidence=Confidence.UNKNOWN, because=why)

    def _stale(self, walk: Walk, started: datetime, evidence: Evidence) -> str | None:
        """Why the times of this path may not be the ones that it has today. What is known exactly begins anew."""
        known = min((found.anchor or started for found in walk.candidates), default=started)
        if self.edited_at is not None and self.edited_at > known:
            return f"a wait was edited on {self.edited_at:%Y-%m-%d}, after they entered: its old length is not known"
        if evidence.halted_at is not None and evidence.halted_at > known:
            return f"they were paused or resumed on {evidence.halted_at:%Y-%m-%d}: their times moved"
        return None

    def _overdue(
        self, walk: Walk, due: datetime | None, started: datetime, read_at: datetime, evidence: Evidence
    ) -> Position:
        said = "nothing is scheduled" if due is None else "the moment has passed"
        places = {found.step_id for found in walk.candidates}
        stale = self._stale(walk, started, evidence)
        if len(walk.waits) == 1 and not walk.unclear:
            (step_id,) = walk.waits
            if due is None or step_id in places:
                sure = due is not None and stale is None
                return Position(
                    step_id=step_id if sure else None,
                    confidence=Confidence.INFERRED if sure else Confidence.AMBIGUOUS,
                    remaining_seconds=0,
                    candidates=() if sure else (step_id,),
                    because=f"{said}, and the sequence has one wait" + (", edited since" if stale else ""),
                )
        # What comes behind the wait may have run already: only emails that are known not to have gone out tell.
        fresh = evidence.mails_whole and evidence.mails_until is not None and evidence.mails_until >= read_at
        if fresh and walk.whole and len(places) == 1 and not walk.unclear and stale is None:
            (step_id,) = places
            if self._mail_behind(step_id):
                why = f"{said}, and the email behind this wait has not gone out"
                return Position(step_id=step_id, confidence=Confidence.INFERRED, remaining_seconds=0, because=why)
        return Position(confidence=Confidence.UNKNOWN, remaining_seconds=0, because=f"due now: {said}")

    def _mail_behind(self, step_id: str) -> bool:
        """Whether the very next step is an email that everybody gets."""
        following = [self.steps[target].action for target in self.next.get(step_id, ()) if target in self.steps]
        return len(following) == 1 and isinstance(following[0], SendEmail) and not self.paths.emails_may_be_skipped


def _ambiguous(candidates: tuple[str, ...], because: str, remaining: int | None) -> Position:
    return Position(
        confidence=Confidence.AMBIGUOUS, remaining_seconds=remaining, candidates=candidates, because=because
    )


def _supported_first(candidates: tuple[str, ...], walk: Walk, tags: frozenset[str]) -> tuple[str, ...]:
    """Tags that a path adds are evidence for it, not proof: they only decide the order."""
    paths = {found.step_id: found.tags for found in walk.candidates}

    def doubt(step_id: str) -> tuple[int, int]:
        added = paths.get(step_id, frozenset())
        return (len(added - tags), -len(added & tags))

    return tuple(sorted(candidates, key=doubt))


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
