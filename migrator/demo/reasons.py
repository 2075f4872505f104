"""Why the two platforms may have sent different emails to one person: each reason is one that the plan's report names.

A reason holds for one person in one sequence from a moment on, and goes along to the sequences that this one hands
the person to. Who was switched off on one side alone differs everywhere from then on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mappings.addresses import normal_form
from migrator.bundle import Bundle
from migrator.demo.cutover import CutOver
from migrator.model.sequences import SegmentEntered, Sequence, TagAdded
from migrator.model.steps import AddTags, ChangeConsent, MoveToSequence, RemoveTags
from migrator.plan.open_plan import OpenPlan
from migrator.sandbox.broadcast.account import Enrolment
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.ticks import SEGMENT_EVERY

HELD, DRAFT, SWITCHED_OFF = "held", "draft", "switched-off"
_OPENED = ("opened-as-segment", "opened-as-clicked", "opened-as-event")
_AGAIN = ("move-once", "exit-not-again", "resume-removed")
LATE = timedelta(minutes=2)


@dataclass(frozen=True)
class Reason:
    code: str
    since: datetime
    steps: frozenset[str] | None = None
    """Only these steps; None: the whole sequence."""


class Reasons:
    def __init__(
        self,
        bundle: Bundle,
        opened: OpenPlan,
        done: CutOver,
        source: BroadcastSandbox,
        target: SequenzySandbox,
        begin: datetime,
        steps: Mapping[tuple[str, str], tuple[str, str]],
    ) -> None:
        """`steps`: (sequence, node) at the target to (sequence, step) at the source."""
        self._done, self._source, self._target, self._begin = done, source, target, begin
        self._sequences = {one.source_id: one for one in bundle.sequences()}
        self._codes: dict[str, set[str]] = defaultdict(set)
        self._opened: dict[tuple[str, str], str] = {}
        self._steps = steps
        for entry in opened.ledger():
            codes = {finding.code for finding in entry.findings}
            self._codes[entry.sequence_id or ""] |= codes
            if entry.sequence_id and entry.step_id and codes.intersection(_OPENED):
                code = next(one for one in _OPENED if one in codes)
                self._opened[entry.sequence_id, entry.step_id] = code
        self._hands = {key: frozenset(self._handed(one)) for key, one in self._sequences.items()}
        self._ids = {normal_form(one.email): one.id for one in source.account.subscribers}
        self._held: dict[str, set[str]] = defaultdict(set)
        for email, key in done.held:
            self._held[email].add(key.removeprefix("sequence:"))
        self._known: dict[str, dict[str, tuple[Reason, ...]]] = {}

    def why(self, email: str, sequence_id: str, step_id: str, moment: datetime) -> str | None:
        """A finding's code, or `held`, `draft`, `switched-off`; None when nothing explains the difference."""
        if email not in self._known:
            self._known[email] = self._of(email)
        everywhere = self._known[email].get("", ())
        for reason in (*self._known[email].get(sequence_id, ()), *everywhere):
            if moment >= reason.since - LATE and (reason.steps is None or step_id in reason.steps):
                return reason.code
        return None

    def about(self, email: str, sequence_id: str) -> bool:
        """Whether anything explains why this person fared otherwise in this sequence."""
        if email not in self._known:
            self._known[email] = self._of(email)
        return bool(self._known[email].get(sequence_id) or self._known[email].get(""))

    def came_by_move(self, email: str, sequence_id: str) -> bool:
        """Whether the person was handed over to this sequence, which puts its tag on them as the report says."""
        movers = (key for key, hands in self._hands.items() if sequence_id in hands)
        named = any("move-tag-added" in self._codes[key] for key in movers)
        return named and self._meets(email, sequence_id, self._begin)

    def switched_off(self, email: str) -> bool:
        """Whether a step may have switched the person off at the source alone, for a reason that the report names."""
        if email not in self._known:
            self._known[email] = self._of(email)
        return bool(self._known[email].get(""))

    # --- one person ---

    def _of(self, email: str) -> dict[str, tuple[Reason, ...]]:
        runs = self._runs(email)
        own = {
            key: tuple(self._own(email, key, [one for one in runs if str(one.sequence_id) == key]))
            for key in self._sequences
        }
        found = {key: set(reasons) for key, reasons in own.items()}
        waiting = [key for key, reasons in own.items() if reasons]
        while waiting:
            key = waiting.pop()
            for other in self._hands[key]:
                carried = {Reason(one.code, one.since) for one in found[key]} - found[other]
                if carried and self._meets(email, other, min(one.since for one in carried)):
                    found[other] |= carried
                    waiting.append(other)
        if off := self._switched_off(email, runs, found):
            found[""] = {off}
        return {key: tuple(sorted(reasons, key=_plainest)) for key, reasons in found.items()}

    def _own(self, email: str, key: str, runs: list[Enrolment]) -> Iterator[Reason]:
        begin = self._begin
        if f"sequence:{key}" not in self._done.enabled:
            yield Reason(DRAFT, begin)
        if key in self._held[email]:
            yield Reason(HELD, begin)
        codes = self._codes[key]
        for run in runs:
            before = [one for one in runs if one.id < run.id and one.completed_at is not None]
            if run.started_at >= begin and before:
                code = next(
                    (one for one in _AGAIN if one in codes or (one == "move-once" and self._moved_to(key))), None
                )
                if code is not None:
                    # Who comes back before the next step has never left at Sequenzy.
                    yield Reason(code, max(begin, max(one.completed_at or begin for one in before)))
            fresh = begin <= run.started_at <= begin + SEGMENT_EVERY
            if fresh and "segment-baseline" in codes and self._by_segment(key):
                yield Reason("segment-baseline", run.started_at)
        yield from self._opened_otherwise(email, key, runs)

    def _opened_otherwise(self, email: str, key: str, runs: list[Enrolment]) -> Iterator[Reason]:
        """A condition on opened emails, which both platforms answered, and not alike."""
        there = self._target.state.by_email(email)
        for run in self._target.state.enrollments.values():
            if there is None or run.subscriber_id != there.id:
                continue
            for decision in run.decisions:
                sequence_id, step_id = self._steps.get((run.sequence_id, decision["nodeId"]), ("", ""))
                code = self._opened.get((sequence_id, step_id))
                if sequence_id != key or code is None:
                    continue
                at = datetime.fromisoformat(decision["decidedAt"])
                if any(self._answer(one, int(step_id), at) != (decision["selectedPath"] == "matched") for one in runs):
                    yield Reason(code, at, frozenset(_below(self._sequences[key], step_id)))

    def _answer(self, run: Enrolment, step_id: int, at: datetime) -> bool:
        """What the source says to its condition at that moment."""
        directory = self._source.runtime.directory
        tree = directory.trees[run.sequence_id]
        scope, _, act = str(tree.steps[step_id]["condition_setting"]).rpartition("_")
        mine = [one for one in directory.receipts.get(run.subscriber_id, ()) if one.enrolment_id == run.id]
        if scope.startswith("previous"):
            above = next(tree.emails_above(step_id), None)
            mine = [one for one in mine if above is not None and one.step_id == above["id"]]
        return any((seen := getattr(one, f"{act}_at")) is not None and seen <= at for one in mine)

    def _switched_off(self, email: str, runs: list[Enrolment], found: dict[str, set[Reason]]) -> Reason | None:
        """By a step that the person took on one side alone, for one of the reasons above."""
        offs = [key for key, one in self._sequences.items() if _switches_off(one) and found[key]]
        if not offs:
            return None
        moments = [
            run.completed_at
            for run in runs
            if str(run.sequence_id) in offs and run.status == "removed" and run.completed_at is not None
        ]
        here = self._source.runtime.directory.people[self._ids[email]]
        if here.is_active is False and here.unsubscribed_at is None and moments:
            return Reason(SWITCHED_OFF, max(moments))
        there = self._target.state.by_email(email)
        inside = {f"sequence:{key}" for key in offs}
        ids = {target for key, target in self._done.enabled.items() if key in inside}
        if there is None or there.unsubscribed_at is None or not here.is_active:
            return None
        mine = [run for run in self._target.state.enrollments.values() if run.subscriber_id == there.id]
        return Reason(SWITCHED_OFF, there.unsubscribed_at) if any(run.sequence_id in ids for run in mine) else None

    def _meets(self, email: str, key: str, since: datetime) -> bool:
        """Whether the person came into the sequence since then, on either side."""
        if any(str(run.sequence_id) == key and run.started_at >= since - LATE for run in self._runs(email)):
            return True
        there, target_id = self._target.state.by_email(email), self._done.enabled.get(f"sequence:{key}")
        return there is not None and any(
            run.subscriber_id == there.id and run.sequence_id == target_id and run.started_at >= since - LATE
            for run in self._target.state.enrollments.values()
        )

    # --- the account ---

    def _runs(self, email: str) -> list[Enrolment]:
        return self._source.runtime.directory.of_person.get(self._ids.get(email, 0), [])

    def _moved_to(self, key: str) -> bool:
        """Whether a step that hands people over to it says so in the report."""
        return any(key in hands and "move-once" in self._codes[other] for other, hands in self._hands.items())

    def _by_segment(self, key: str) -> bool:
        return any(isinstance(one, SegmentEntered) for one in self._sequences[key].triggers)

    def _handed(self, sequence: Sequence) -> Iterator[str]:
        """Sequences that a step of this one starts or stops."""
        for action in (step.action for step in sequence.steps):
            if isinstance(action, MoveToSequence) and action.sequence_id in self._sequences:
                yield action.sequence_id or ""
            if isinstance(action, AddTags | RemoveTags):
                for other in self._sequences.values():
                    if any(isinstance(one, TagAdded) and one.tag in action.tags for one in other.triggers):
                        yield other.source_id


def _plainest(reason: Reason) -> tuple[bool, datetime]:
    return reason.code not in (DRAFT, HELD), reason.since


def _below(sequence: Sequence, step_id: str) -> set[str]:
    found, waiting = set[str](), [step_id]
    while waiting:
        here = waiting.pop()
        following = {edge.target for edge in sequence.edges if edge.source == here} - found
        found |= following
        waiting += following
    return found


def _switches_off(sequence: Sequence) -> bool:
    return any(isinstance(step.action, ChangeConsent) for step in sequence.steps)
