"""Compares what both platforms did: the same emails and webhooks, to the same people, at the same times, else why not.

Which email of the target stands for which of the source is found by walking both sequences, not by asking the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mappings.findings import FINDINGS
from mappings.target import NodeKind
from migrator.bundle import Bundle
from migrator.demo.cutover import CutOver
from migrator.demo.deliveries import (
    LEAVE,
    Deliveries,
    Delivery,
    Place,
    keys,
    source_calls,
    source_emails,
    target_calls,
    target_emails,
)
from migrator.demo.people_afterwards import other_people
from migrator.demo.reasons import DRAFT, HELD, SWITCHED_OFF, Reasons
from migrator.load.checkpoint import Checkpoint
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.sequence_views import details
from migrator.verify.alignment import align
from migrator.verify.step_graphs import of_source, of_target

SAME = timedelta(minutes=2)
"""Sequenzy counts whole minutes."""


@dataclass
class Tally:
    """Emails, or webhooks. source = same + apart + the source's alone; target = same + apart + the target's alone."""

    source: int = 0
    target: int = 0
    same: int = 0
    apart: int = 0
    """On both sides, but not alike; each is told in `unexplained`."""
    source_alone: Counter[str] = field(default_factory=Counter)
    target_alone: Counter[str] = field(default_factory=Counter)
    """Reason to how many; no reason: the empty text."""
    unread: int = 0
    """Of the same ones: those whose words could not be compared."""
    latest: timedelta = timedelta()
    """The largest difference in time among those that are the same."""
    odd: Counter[str] = field(default_factory=Counter)
    """What differs without a reason: sequence, step and difference, without the address."""

    def because(self, why: str) -> int:
        return self.source_alone[why] + self.target_alone[why]


@dataclass
class Outboxes:
    emails: Tally = field(default_factory=Tally)
    calls: Tally = field(default_factory=Tally)
    people: Counter[str] = field(default_factory=Counter)
    """What differs between the people of both sides at the end, without a reason."""

    @property
    def source(self) -> int:
        return self.emails.source

    @property
    def target(self) -> int:
        return self.emails.target

    @property
    def same(self) -> int:
        return self.emails.same

    @property
    def held(self) -> int:
        """The person could not be placed, and is on the to-do list."""
        return self.emails.because(HELD)

    @property
    def drafts(self) -> int:
        """The sequence waits for a decision and was not enabled."""
        return self.emails.because(DRAFT)

    @property
    def not_switched_off(self) -> int:
        """A step switched the person off on one side alone."""
        return self.emails.because(SWITCHED_OFF)

    @property
    def named(self) -> Counter[str]:
        """Others that differ, by the report's finding that says so."""
        both = self.emails.source_alone + self.emails.target_alone
        return Counter({why: count for why, count in both.items() if why not in ("", HELD, DRAFT, SWITCHED_OFF)})

    @property
    def alone(self) -> int:
        """Sent by Sequenzy alone, for no reason that the report names."""
        return self.emails.target_alone[""]

    @property
    def unexplained(self) -> list[str]:
        """What differs without a reason, without the address."""
        odd = self.emails.odd + self.calls.odd + self.people
        return [f"{what} ({count:,})" for what, count in sorted(odd.items(), key=lambda row: (-row[1], row[0]))]

    @property
    def agree(self) -> bool:
        return not self.unexplained


def compare(
    bundle: Bundle,
    opened: OpenPlan,
    checkpoint: Checkpoint,
    done: CutOver,
    source: BroadcastSandbox,
    target: SequenzySandbox,
    begin: datetime,
) -> Outboxes:
    steps = _steps(bundle, opened, checkpoint, target)
    reasons = Reasons(bundle, opened, done, source, target, begin, _branches(opened, checkpoint))
    return Outboxes(
        _tally(source_emails(source), target_emails(target, steps), reasons),
        _tally(source_calls(source), target_calls(target, steps), reasons),
        Counter(other_people(bundle, source, target, reasons)),
    )


def _tally(before: Deliveries, after: Deliveries, reasons: Reasons) -> Tally:
    found = Tally(sum(map(len, before.values())), sum(map(len, after.values())))
    for key in keys(before, after):
        left, right = (sorted(side.get(key, []), key=lambda one: one.at) for side in (before, after))
        place = f"sequence {key[1]}, step {key[2]}"
        for ours, theirs in _together(left, right):
            wrong = ours.differs(theirs)
            found.same += not wrong
            found.apart += bool(wrong)
            found.unread += ours.parts is None
            found.latest = max(found.latest, abs(ours.at - theirs.at))
            found.odd.update(f"{place}: {_said(part, theirs)}" for part in wrong)
        while left and right and (reasons.why(*key, max(left[0].at, right[0].at))) is None:
            found.apart += 1
            found.odd[f"{place}: {_apart(left.pop(0).at, right.pop(0).at)}"] += 1
        for delivery in left:
            why = reasons.why(*key, delivery.at) or ""
            found.source_alone[why] += 1
            if not why:
                found.odd[f"{place}: sent by Broadcast alone"] += 1
        for delivery in right:
            why = reasons.why(*key, delivery.at) or ""
            found.target_alone[why] += 1
            if not why:
                twice = len(after[key]) > len(right)
                found.odd[f"{place}: sent {'twice by Sequenzy' if twice else 'by Sequenzy alone'}"] += 1
    return found


def _together(left: list[Delivery], right: list[Delivery]) -> list[tuple[Delivery, Delivery]]:
    """Takes out of both what went out at the same time."""
    found = []
    for ours in list(left):
        nearest = min(right, key=lambda other: abs(other.at - ours.at), default=None)
        if nearest is not None and abs(nearest.at - ours.at) <= SAME:
            left.remove(ours)
            right.remove(nearest)
            found.append((ours, nearest))
    return found


def _said(part: str, theirs: Delivery) -> str:
    if part == LEAVE and not dict(theirs.parts or ())[LEAVE]:
        return f"{LEAVE} is missing at Sequenzy"
    return f"{part} {'differ' if part == 'the links' else 'differs'}"


def _apart(ours: datetime, theirs: datetime) -> str:
    return f"{abs(ours - theirs)} {'later' if theirs > ours else 'earlier'} at Sequenzy"


def _steps(bundle: Bundle, opened: OpenPlan, checkpoint: Checkpoint, target: SequenzySandbox) -> dict[Place, Place]:
    """(sequence, node) at the target to (sequence, step) at the source."""
    sequences = {sequence.source_id: sequence for sequence in bundle.sequences()}
    steps: dict[Place, Place] = {}
    for operation in opened.operations(BuildSequence):
        unit = checkpoint.unit(operation.key)
        ours = sequences.get(opened.sequence(operation).graph.source_sequence_id)
        if unit is None or unit.target_id not in target.state.sequences or ours is None:
            continue
        found = align(of_source(ours), of_target(details(target.state.sequences[unit.target_id])))
        steps |= {(unit.target_id, node): (ours.source_id, step) for node, step in found.pairs.items()}
    return steps


def _branches(opened: OpenPlan, checkpoint: Checkpoint) -> dict[Place, Place]:
    """The same for branches, by the plan's own note: this only explains a difference and never hides one."""
    branches: dict[Place, Place] = {}
    for operation in opened.operations(BuildSequence):
        unit, graph = checkpoint.unit(operation.key), opened.sequence(operation).graph
        if unit is None or unit.target_id is None:
            continue
        ids: Mapping[str, str] = unit.result.get("nodes") or {}
        for node in graph.nodes:
            if node.kind is NodeKind.BRANCH and node.key in ids:
                branches[unit.target_id, ids[node.key]] = (graph.source_sequence_id, node.origin.step_id or "")
    return branches


def lived(found: Outboxes) -> Iterator[str]:
    """The comparison in sentences. Nothing that differs is left out."""
    emails, calls = found.emails, found.calls
    yield f"{'':24}{'Broadcast':>10}{'Sequenzy':>10}"
    yield f"{'Emails sent':24}{emails.source:>10,}{emails.target:>10,}"
    yield f"{'  the same on both':24}{emails.same:>10,}{emails.same:>10,}"
    if emails.apart:
        yield f"{'  on both, not alike':24}{emails.apart:>10,}{emails.apart:>10,}"
    yield f"{'  sent by one alone':24}{emails.source_alone.total():>10,}{emails.target_alone.total():>10,}"
    yield f"{'Webhooks called':24}{calls.source:>10,}{calls.target:>10,}"
    yield f"{'  the same on both':24}{calls.same:>10,}{calls.same:>10,}"
    if calls.apart:
        yield f"{'  on both, not alike':24}{calls.apart:>10,}{calls.apart:>10,}"
    yield f"{'  called by one alone':24}{calls.source_alone.total():>10,}{calls.target_alone.total():>10,}"
    yield "The same: one person, one moment, and alike in subject, preview, text, links and unsubscribe link."
    if emails.unread:
        yield f"The words of {emails.unread:,} were not compared: no document says how Broadcast fills their Liquid."
    for what, tally in (("email", emails), ("webhook", calls)):
        for side, alone in (("Broadcast", tally.source_alone), ("Sequenzy", tally.target_alone)):
            for why, count in sorted(alone.items()):
                yield f"{count:,} {what}{'s' if count > 1 else ''} of {side} alone: {_why(why)}."
    places = "in emails, webhooks, tags or opt-outs"
    count = len(found.unexplained)
    yield (
        f"{count:,} differences without a reason, {places}:"
        if count
        else f"Nothing differs without a reason, {places}."
    )
    yield from (f"! {line}" for line in found.unexplained[:8])


def _why(reason: str) -> str:
    said = {
        HELD: "it is not certain where these people stood (in the to-do list)",
        DRAFT: "their sequence waits for a decision (in the to-do list)",
        SWITCHED_OFF: "a step switched the person off on one side alone",
        "": "for no reason that the report names",
    }
    return said.get(reason) or f"the report names why ({reason}; docs/constructs/{FINDINGS[reason].page}.md)"
