"""Compares what both platforms sent: the same emails to the same people at the same times, else the reason why not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mappings.addresses import normal_form
from mappings.target import NodeKind
from migrator.bundle import Bundle
from migrator.demo.cutover import CutOver
from migrator.load.checkpoint import Checkpoint
from migrator.model.steps import ChangeConsent, MoveToSequence
from migrator.plan.reading import OpenPlan
from migrator.plan.records import BuildSequence
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.sequenzy.app import SequenzySandbox

SAME = timedelta(minutes=2)
"""Sequenzy counts whole minutes."""

Sent = tuple[str, str, str]
"""Address, sequence at the source, step at the source."""


@dataclass
class Outboxes:
    source: int = 0
    target: int = 0
    same: int = 0
    latest: timedelta = timedelta()
    """The largest difference in time among those that are the same."""
    held: int = 0
    """Not sent by Sequenzy: the person could not be placed, and is on the to-do list."""
    drafts: int = 0
    """Not sent: the sequence waits for a decision and was not enabled."""
    not_switched_off: int = 0
    """Sent by Sequenzy alone: the source switched a held person off by a step which they did not take here."""
    alone: int = 0
    """Sent by Sequenzy alone, for no reason that the report names."""
    unexplained: list[str] = field(default_factory=list)
    """Sequence and step, without the address."""

    @property
    def agree(self) -> bool:
        return not self.unexplained and not self.alone


def compare(
    bundle: Bundle,
    opened: OpenPlan,
    checkpoint: Checkpoint,
    done: CutOver,
    source: BroadcastSandbox,
    target: SequenzySandbox,
) -> Outboxes:
    held = _Held(bundle, done)
    steps = _steps(opened, checkpoint)
    before = _source_sends(source)
    after = _target_sends(target, steps)
    found = Outboxes(source=sum(map(len, before.values())), target=sum(map(len, after.values())))
    odd: Counter[str] = Counter()
    for key in sorted({*before, *after}):
        left, right = sorted(before.get(key, [])), sorted(after.get(key, []))
        email, sequence_id, step_id = key
        while left and right:
            if abs(left[0] - right[0]) <= SAME:
                found.same += 1
                found.latest = max(found.latest, abs(left.pop(0) - right.pop(0)))
            else:
                odd[f"sequence {sequence_id}, step {step_id}: {_apart(left.pop(0), right.pop(0))}"] += 1
        if held.would_be_off(email):
            found.not_switched_off += len(right)
        else:
            found.alone += len(right)
        for _ in left:
            if f"sequence:{sequence_id}" not in done.enabled:
                found.drafts += 1
            elif held.before(email, sequence_id):
                found.held += 1
            else:
                odd[f"sequence {sequence_id}, step {step_id}: not sent by Sequenzy"] += 1
    found.unexplained = [f"{what} ({count})" for what, count in sorted(odd.items())]
    return found


class _Held:
    """People who were not put in because nobody knows for certain where they stood, and what follows from it."""

    def __init__(self, bundle: Bundle, done: CutOver) -> None:
        self._in: dict[str, set[str]] = defaultdict(set)
        for email, key in done.held:
            self._in[email].add(key.removeprefix("sequence:"))
        self._leads: dict[str, set[str]] = defaultdict(set)
        self._switches_off: set[str] = set()
        for sequence in bundle.sequences():
            for step in sequence.steps:
                if isinstance(step.action, MoveToSequence) and step.action.sequence_id:
                    self._leads[sequence.source_id].add(step.action.sequence_id)
                if isinstance(step.action, ChangeConsent):
                    self._switches_off.add(sequence.source_id)

    def before(self, email: str, sequence_id: str) -> bool:
        """Held in this sequence, or in one that hands people over to it."""
        waiting, seen = list(self._in.get(email, ())), set()
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += self._leads[one]
        return sequence_id in seen

    def would_be_off(self, email: str) -> bool:
        return bool(self._in.get(email, set()) & self._switches_off)


def _apart(one: datetime, other: datetime) -> str:
    return f"{abs(one - other)} {'later' if other > one else 'earlier'} at Sequenzy"


def _steps(opened: OpenPlan, checkpoint: Checkpoint) -> dict[tuple[str, str], tuple[str, str]]:
    """(sequence, node) at the target to (sequence, step) at the source."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for operation in opened.operations(BuildSequence):
        unit = checkpoint.unit(operation.key)
        if unit is None or unit.target_id is None:
            continue
        nodes: Mapping[str, str] = unit.result.get("nodes") or {}
        graph = opened.sequence(operation).graph
        for node in graph.nodes:
            if node.kind is NodeKind.EMAIL and node.key in nodes:
                found[unit.target_id, nodes[node.key]] = (graph.source_sequence_id, node.origin.step_id or "")
    return found


def _source_sends(source: BroadcastSandbox) -> dict[Sent, list[datetime]]:
    found: dict[Sent, list[datetime]] = defaultdict(list)
    for line in source.runtime.journal.outbox:
        email = normal_form(str(line["subscriber"]["email"]))
        moment = datetime.fromisoformat(str(line["time"])).astimezone(UTC)
        found[email, str(line["sequence_id"]), str(line["step_id"])].append(moment)
    return found


def _target_sends(
    target: SequenzySandbox, steps: Mapping[tuple[str, str], tuple[str, str]]
) -> dict[Sent, list[datetime]]:
    found: dict[Sent, list[datetime]] = defaultdict(list)
    for send in target.state.outbox:
        sequence_id, step_id = steps.get((send.sequence_id or "", send.node_id or ""), ("?", send.kind))
        found[normal_form(send.recipient), sequence_id, step_id].append(send.sent_at)
    return found


def lived(found: Outboxes) -> Iterator[str]:
    """The comparison in sentences. Nothing that differs is left out."""
    yield f"{found.same:,} of {found.source:,} emails: the same email, to the same person, at the same time."
    if found.held:
        yield f"{found.held:,} were held back: it is not certain where these people stood (in the to-do list)."
    if found.drafts:
        yield f"{found.drafts:,} were not sent: their sequences wait for a decision (in the to-do list)."
    if found.not_switched_off:
        yield (
            f"{found.not_switched_off:,} more by Sequenzy: a step that the held people did not take would have "
            "switched them off."
        )
    yield f"{found.alone:,} sent twice or without a counterpart, {len(found.unexplained):,} differ without a reason."
    yield from (f"! {line}" for line in found.unexplained[:8])
