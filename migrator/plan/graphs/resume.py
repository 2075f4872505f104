"""People who stand in the middle of a sequence: where each goes on, and the lanes behind the trigger for them.

Two attributes carry the lane and the moment. Whoever cannot be placed for certain is held: the same attribute sends
them to the end, so that no trigger starts the sequence anew for them. Nothing here enrols anybody.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection
from collections.abc import Sequence as Row
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from mappings.context import LoweringContext, survey
from mappings.event_data import prints_event
from mappings.findings import find
from mappings.tags import slug
from mappings.target import END, START, Body, NodeKind, Origin, TargetEdge, TargetGraph, TargetLane, TargetNode
from mappings.verdicts import Verdict
from migrator.model.enrolments import Confidence, Enrolment, EnrolmentStatus
from migrator.model.sequences import Sequence
from migrator.plan.graphs.lower_sequence import LoweredSequence
from migrator.plan.graphs.path_lengths import Spans
from migrator.plan.graphs.source_graph import read_graph
from migrator.plan.records import LedgerEntry

ENROL_BATCH = 500
"""The most people that one call enrols."""
HELD, DONE = "held", "done"
RESUME = Origin(part="resume")
_BY_STATUS = {
    EnrolmentStatus.PAUSED: "resume-paused",
    EnrolmentStatus.ERROR: "resume-error",
    EnrolmentStatus.UNKNOWN: "resume-status",
    EnrolmentStatus.BUSY: "resume-busy",
}


@dataclass(frozen=True)
class Standing:
    """What the plan knows of the contact behind an enrolment. None as e-mail: there is no such contact."""

    email: str | None
    mailable: bool
    tags: Collection[str] = ()
    """As they will be at the target."""
    counted: bool = True
    """False where the same enrolment is told of another address as well."""


@dataclass(frozen=True)
class Placed:
    """One person's line: the attributes to set, and whether the cut-over enrols them."""

    code: str
    """A finding's code: why, or `resume-lane`."""
    attributes: Body = field(default_factory=dict)
    enrol: bool = False


class Resuming:
    def __init__(self, sequence: Sequence, lowered: LoweredSequence, context: LoweringContext) -> None:
        known = context.sequences.get(sequence.source_id) or survey([sequence])[sequence.source_id]
        base = f"{context.prefix}{known.slug}".replace("-", "_")
        self.step_attribute, self.at_attribute = f"{base}_step", f"{base}_at"
        self.sequence, self.lowered = sequence, lowered
        self._order = {step.id: number for number, step in enumerate(sequence.steps, 1)}
        self._nodes = {node.key: node for node in lowered.graph.nodes}
        self._stop: Body = lowered.graph.settings.get("stopCondition", {})
        self._once = lowered.graph.settings.get("enrollmentMode") == "one_time"
        self._beyond: dict[str, list[str]] = defaultdict(list)
        for edge in lowered.graph.edges:
            self._beyond[edge.source].append(edge.target)
        self._looks: dict[tuple[str, bool], bool] = {}
        self._prints: dict[str, bool] = {}
        self._mailed = Spans.of(read_graph(sequence)).mailed
        self._lanes: dict[str, str] = {}
        """Lane to the node where it goes on: those that somebody takes."""
        self._ways: dict[str, str] = {}
        self._counts: dict[tuple[str, str], int] = defaultdict(int)
        """(code, lane) to people."""

    # --- one person ---

    def place(self, enrolment: Enrolment, contact: Standing) -> Placed:
        return self.place_all([(enrolment, contact)])

    def place_all(self, standing: Row[tuple[Enrolment, Standing]]) -> Placed:
        """Everything that is known of one address in this sequence, where people may have been several times."""
        found = [self._place(enrolment, contact) for enrolment, contact in standing]
        going_on = [one for one in found if one[0].enrol]
        if len({enrolment.contact_id for enrolment, _ in standing if enrolment.status.in_flight}) > 1 and going_on:
            found = [(self._kept_out("resume-twice", HELD), "") if one[0].enrol else one for one in found]
        elif going_on and (len(going_on) > 1 or any(HELD in placed.attributes.values() for placed, _ in found)):
            found = [(self._kept_out("resume-ambiguous", HELD), "") if one[0].enrol else one for one in found]
        for (placed, lane), (_, contact) in zip(found, standing, strict=True):
            self._counts[placed.code, lane] += contact.counted
            if lane:
                self._lanes[lane] = self._ways[lane]
        return max((placed for placed, _ in found), key=_weight)

    def _place(self, enrolment: Enrolment, contact: Standing) -> tuple[Placed, str]:
        if not enrolment.status.in_flight:
            left = self._once and enrolment.status is EnrolmentStatus.REMOVED
            return self._kept_out("resume-removed" if left else "resume-finished", DONE if self._once else ""), ""
        if contact.email is None:
            return Placed("resume-no-contact"), ""
        if not contact.mailable:
            return self._kept_out("resume-not-subscribed", HELD), ""
        code = _BY_STATUS.get(enrolment.status) or self._trouble(enrolment, contact)
        if code is not None:
            return self._kept_out(code, HELD), ""
        position, moment = enrolment.position, due(enrolment)
        assert position is not None  # noqa: S101 - looked at by _trouble
        assert position.step_id is not None  # noqa: S101
        target = self.lowered.behind[position.step_id]
        if target == END:
            return self._kept_out("resume-nothing-left", DONE if self._once else ""), ""
        if moment is None:
            return self._kept_out("resume-no-time", HELD), ""
        lane = f"resume-{self._order[position.step_id]}-{slug(position.step_id, 20)}"
        self._ways[lane] = target
        attributes = {self.step_attribute: lane, self.at_attribute: moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        return Placed("resume-lane", attributes, enrol=True), lane

    def _kept_out(self, code: str, mark: str) -> Placed:
        return Placed(code, {self.step_attribute: mark} if mark else {})

    def _trouble(self, enrolment: Enrolment, contact: Standing) -> str | None:
        position = enrolment.position
        if position is None or position.confidence is Confidence.UNKNOWN:
            return "resume-unknown"
        if position.confidence is Confidence.AMBIGUOUS:
            return "resume-ambiguous"
        if position.step_id is None or position.step_id not in self.lowered.behind:
            return "resume-unknown"
        target = self.lowered.behind[position.step_id]
        if target == END:
            return "resume-stand-in" if position.step_id in self.lowered.unsettled else None
        if target not in self._nodes:
            return "resume-unknown"
        if self._nodes[target].origin.part == "stand_in":
            return "resume-stand-in"
        if self._looks_back(target, position.step_id in self._mailed):
            return "resume-looks-back"
        if self._prints_event(target):
            return "resume-event"
        return "resume-stopped" if self._stopped(contact) else None

    def _stopped(self, contact: Standing) -> bool:
        has = self._stop.get("value") in contact.tags
        return (self._stop.get("type") == "does_not_have_tag" and not has) or (
            self._stop.get("type") == "has_tag" and has
        )

    def _looks_back(self, target: str, mailed: bool) -> bool:
        """Whether a branch ahead asks for what happened before the move: an event, a click on any email of the
        sequence, or one on the email before it with none between; or a wait for a date of the starting event. Who was
        sent nothing yet has clicked nothing."""
        if (target, mailed) not in self._looks:
            self._looks[target, mailed] = self._search(target, mailed)
        return self._looks[target, mailed]

    def _search(self, target: str, sent_before: bool) -> bool:
        waiting = deque([(target, False)])
        seen = {(target, False)}
        while waiting:
            key, mailed = waiting.popleft()
            node = self._nodes.get(key)
            # A rule for leaving that had come true would have taken them out at the source.
            leaves = node is not None and node.origin.part == "exit_rule"
            look = None if leaves else self.lowered.history.get(key)
            dated = node is not None and node.body.get("waitUntil", {}).get("source") == "event"
            if (
                dated
                or look == "events"
                or (sent_before and (look == "this_sequence" or (look == "previous_email" and not mailed)))
            ):
                return True
            mailed = mailed or (node is not None and node.kind is NodeKind.EMAIL)
            for following in self._beyond[key]:
                if (following, mailed) not in seen:
                    seen.add((following, mailed))
                    waiting.append((following, mailed))
        return False

    def _prints_event(self, target: str) -> bool:
        """Whether something ahead prints what only the starting event knows."""
        if target not in self._prints:
            waiting, seen = [target], {target}
            while waiting:
                following = [key for key in self._beyond[waiting.pop()] if key not in seen]
                seen.update(following)
                waiting += following
            self._prints[target] = any(prints_event(self._nodes[key]) for key in seen if key in self._nodes)
        return self._prints[target]

    # --- all together ---

    def graph(self) -> TargetGraph:
        """The planned graph, with the lanes behind the trigger when somebody needs them."""
        held = any(code != "resume-lane" and count for (code, _), count in self._counts.items() if self._marks(code))
        if not self._lanes and not held:
            return self.lowered.graph
        graph = self.lowered.graph
        first = next(edge.target for edge in graph.edges if edge.source == START)
        ways = sorted(self._lanes.items(), key=lambda way: (int(way[0].split("-")[1]), way[0]))
        nodes: list[TargetNode] = []
        edges = [TargetEdge(source=START, target="resume")]
        lanes: list[TargetLane] = []
        for lane, target in ways:
            lanes.append(self._lane(lane, lane))
            wait, clear = f"resume/{lane}/wait", f"resume/{lane}/clear"
            nodes += [
                TargetNode(key=wait, kind=NodeKind.DELAY, origin=RESUME, body=self._wait()),
                TargetNode(key=clear, kind=NodeKind.UPDATE_ATTRIBUTES, origin=RESUME, body=self._clear()),
            ]
            edges += [
                TargetEdge(source="resume", target=wait, lane=lane),
                TargetEdge(source=wait, target=clear),
                TargetEdge(source=clear, target=target),
            ]
        for mark in (HELD, DONE) if held else ():
            lanes.append(self._lane(mark, mark))
            edges.append(TargetEdge(source="resume", target=END, lane=mark))
        edges.append(TargetEdge(source="resume", target=first, lane="else"))
        router = TargetNode(
            key="resume",
            kind=NodeKind.BRANCH,
            origin=RESUME,
            lanes=tuple(lanes),
            body={"label": "People from the old platform"},
        )
        rest = tuple(edge for edge in graph.edges if edge.source != START)
        return msgspec.structs.replace(graph, nodes=(router, *nodes, *graph.nodes), edges=(*edges, *rest))

    def _marks(self, code: str) -> bool:
        return code != "resume-no-contact" and (self._once or code not in ("resume-finished", "resume-nothing-left"))

    def _lane(self, lane: str, value: str) -> TargetLane:
        condition = {"conditionType": "field_equals", "fieldName": self.step_attribute, "fieldValue": value}
        return TargetLane(id=lane, condition=condition, label=lane)

    def _wait(self) -> Body:
        until = {
            "source": "attribute",
            "field": self.at_attribute,
            "missingAction": "exit",
            "pastAction": "continue",
        }
        return {"type": "delay", "waitUntil": until}

    def _clear(self) -> Body:
        # Who comes back later must start at the beginning, not in the lane.
        updates = [{"name": name, "value": None} for name in (self.step_attribute, self.at_attribute)]
        return {"type": "update_subscriber", "config": {"customAttributeUpdates": updates}}

    def entries(self) -> tuple[LedgerEntry, ...]:
        """One for each lane and each reason, with how many people are behind it."""
        found = []
        for (code, lane), count in sorted(self._counts.items()):
            if not count:
                continue
            finding = find(code)
            found.append(
                LedgerEntry(
                    kind="enrolment",
                    id=f"{self.sequence.source_id}/{lane or code}",
                    label=lane or code.removeprefix("resume-"),
                    count=count,
                    sequence_id=self.sequence.source_id,
                    verdict=finding.verdict,
                    findings=() if finding.verdict is Verdict.EXACT else (finding,),
                    target=(self._lanes[lane],) if lane else (),
                )
            )
        return tuple(found)


def _weight(placed: Placed) -> int:
    """What somebody is now counts more than what they were; being held counts more than anything else."""
    if HELD in placed.attributes.values():
        return 3
    return 2 if placed.enrol else 1 if placed.attributes else 0


def due(enrolment: Enrolment) -> datetime | None:
    """When the pending step is over: as inferred, else as the source says."""
    position = enrolment.position
    moment = None
    if position is not None and position.remaining_seconds is not None and enrolment.read_at is not None:
        moment = enrolment.read_at + timedelta(seconds=position.remaining_seconds)
    moment = moment or enrolment.next_at
    return None if moment is None else moment.astimezone(UTC)
