"""Compares what both platforms sent: the same emails to the same people at the same times, else the reason why not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mappings.addresses import normal_form
from mappings.findings import FINDINGS
from mappings.target import NodeKind
from migrator.bundle import Bundle
from migrator.demo.cutover import CutOver
from migrator.demo.reasons import DRAFT, HELD, SWITCHED_OFF, Reasons
from migrator.load.checkpoint import Checkpoint
from migrator.plan.open_plan import OpenPlan
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
    """Sent by Sequenzy alone: the source switched the person off by a step which they did not take here."""
    named: Counter[str] = field(default_factory=Counter)
    """Others that differ, by the report's finding that says so."""
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
    begin: datetime,
) -> Outboxes:
    steps = _steps(opened, checkpoint)
    reasons = Reasons(bundle, opened, done, source, target, begin, steps)
    before = _source_sends(source)
    after = _target_sends(target, steps)
    found = Outboxes(source=sum(map(len, before.values())), target=sum(map(len, after.values())))
    odd: Counter[str] = Counter()
    for key in sorted({*before, *after}):
        left, right = sorted(before.get(key, [])), sorted(after.get(key, []))
        email, sequence_id, step_id = key
        same = _together(left, right)
        found.same += len(same)
        found.latest = max([found.latest, *same])
        place = f"sequence {sequence_id}, step {step_id}"
        while left and right and (why := reasons.why(email, sequence_id, step_id, max(left[0], right[0]))) is None:
            odd[f"{place}: {_apart(left.pop(0), right.pop(0))}"] += 1
        for moment in left:
            _count(found, odd, reasons.why(email, sequence_id, step_id, moment), f"{place}: not sent by Sequenzy")
        for moment in right:
            why = reasons.why(email, sequence_id, step_id, moment)
            found.alone += why is None
            if why is not None:
                _count(found, odd, why, place)
    found.unexplained = [f"{what} ({count})" for what, count in sorted(odd.items())]
    return found


def _together(left: list[datetime], right: list[datetime]) -> list[timedelta]:
    """Takes out of both what went out at the same time; gives how far apart they were."""
    found = []
    for moment in list(left):
        nearest = min(right, key=lambda other: abs(other - moment), default=None)
        if nearest is not None and abs(nearest - moment) <= SAME:
            left.remove(moment)
            right.remove(nearest)
            found.append(abs(nearest - moment))
    return found


def _count(found: Outboxes, odd: Counter[str], why: str | None, what: str) -> None:
    if why is None:
        odd[what] += 1
    elif why == HELD:
        found.held += 1
    elif why == DRAFT:
        found.drafts += 1
    elif why == SWITCHED_OFF:
        found.not_switched_off += 1
    else:
        found.named[why] += 1


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
            if node.kind in (NodeKind.EMAIL, NodeKind.BRANCH) and node.key in nodes:
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
            f"{found.not_switched_off:,} differ because a step switched the person off on one side alone: the other "
            "side held them back, or the sequence waits there."
        )
    for code, count in sorted(found.named.items()):
        yield f"{count:,} differ in a way that the report names ({code}; docs/constructs/{FINDINGS[code].page}.md)."
    yield f"{found.alone:,} sent twice or without a counterpart, {len(found.unexplained):,} differ without a reason."
    yield from (f"! {line}" for line in found.unexplained[:8])
