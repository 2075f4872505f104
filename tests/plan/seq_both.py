"""Several sequences in one local Sequenzy, several people, and what each run did, step by step of the source."""

from __future__ import annotations

from collections.abc import Sequence as Row
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from seq_life import said
from seq_person import Did, Someone
from seq_push import Target
from seq_rules import WARM

from mappings.context import LoweringContext
from mappings.target import NodeKind, TargetGraph, TargetNode
from migrator.model import Sequence
from migrator.model.sequences import ApiOnly
from migrator.model.steps import MoveToSequence
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from migrator.plan.graphs.schedule import schedule
from migrator.sandbox.sequenzy.records import Enrollment
from migrator.sandbox.sequenzy.step_queue import queue_of
from tests.reference_interpreter import Change

GONE = ("completed", "cancelled")


@dataclass
class TargetRun:
    sequence_id: str
    started: datetime
    by_call: bool = False
    ended: datetime | None = None
    trace: list[Did] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    lanes: dict[str, str] = field(default_factory=dict)
    """Branch to the node where its lane led."""


class Both:
    """The target's side of an account; people are told apart by their number."""

    def __init__(
        self, sequences: Row[Sequence], context: LoweringContext, people: Row[Someone], start: datetime
    ) -> None:
        self.sequences = {one.source_id: one for one in sequences}
        self.people, self.start, self.target = people, start, Target()
        self.state = self.target.sandbox.state
        self.state.now = start - timedelta(days=1)
        self.target.make_list("list:1", "News")
        leaf = {"id": "f", "kind": "filter", "field": "tag", "operator": "contains", "value": WARM}
        self.target.make_segment("segment:3", {"name": "Warm", "filters": [leaf]})
        self.lowered = {one.source_id: lower_sequence(one, context) for one in sequences}
        self.nodes: dict[str, tuple[str, TargetNode | None]] = {}
        self.graphs: list[TargetGraph] = []
        for lowered in self.lowered.values():
            self._build(lowered)
        for number, person in enumerate(people):
            lists = [self.target.ids[f"list:{one}"] for one in person.lists]
            body = {"email": email_of(number), "lists": lists, "tags": sorted(slugged(one) for one in person.tags)}
            body |= {"enrollInSequences": False, "customAttributes": dict(person.attributes)}
            self.target.call("POST", "/subscribers", body)
        # Who is handed over needs somebody who listens, so the handed-to are enabled first.
        for graph in reversed(self.graphs):
            path = f"/sequences/{self.target.ids[graph.key]}"
            if graph.final_trigger:
                self.target.call("PUT", path, self.target.filled(graph.final_trigger, {}))
            self.target.call("POST", f"{path}/enable")
        self._clock(start)

    def _build(self, lowered: LoweredSequence) -> None:
        for key, body in lowered.segments.items():
            if key not in self.target.ids:
                self.target.make_segment(key, body)
        for graph in (lowered.graph, *lowered.feeders):
            made = self.target.build(graph, schedule(graph))
            planned = {node.key: node for node in graph.nodes}
            self.nodes |= {node_id: (key, planned.get(key)) for key, node_id in made.items()}
            self.graphs.append(graph)

    def _clock(self, to: datetime) -> None:
        if to > self.state.now:
            self.target.call("POST", "/_sandbox/clock", {"to": to.isoformat()})

    def live(self, horizon: datetime) -> None:
        changes = [(one.at, number, one) for number, person in enumerate(self.people) for one in person.changes]
        changes.sort(key=lambda one: (one[0], one[1]))
        waiting: list[tuple[datetime, str, str]] = []
        known = 0
        while True:
            for send in self.state.outbox[known:]:
                person = self.people[int(send.recipient.partition("@")[0][1:])]
                for kind, after in (("clicked", person.clicks_after), ("opened", person.opens_after)):
                    if send.subject in after:
                        waiting.append((send.sent_at + after[send.subject], kind, send.id))
            known = len(self.state.outbox)
            waiting.sort()
            outside = min((rows[0][0] for rows in (changes, waiting) if rows), default=horizon)
            due = queue_of(self.state).peek()
            if due is not None and self.state.now < due < min(outside, horizon):
                self._clock(due)
                continue
            if outside >= horizon:
                self._clock(horizon)
                return
            self._clock(outside)
            if len(self.state.outbox) > known:
                continue
            if waiting and waiting[0][0] == outside:
                _, kind, send_id = waiting.pop(0)
                self.target.call("POST", "/_sandbox/engage", {"kind": kind, "emailSendId": send_id})
            else:
                _, number, change = changes.pop(0)
                self._change(email_of(number), change)

    def _change(self, email: str, change: Change) -> None:
        match change.what:
            case "set":
                body = {"customAttributes": {"plan": change.value}, "customAttributesStrategy": "merge"}
                self.target.call("PATCH", f"/subscribers/{email}", body)
            case "event":
                self.target.call("POST", "/subscribers/events", {"email": email, "event": change.value})
            case "list":
                path = f"/lists/{self.target.ids[f'list:{change.value}']}/subscribers"
                self.target.call("POST", path, {"emails": [email], "enrollInSequences": True})
            case "call":
                for one in self.sequences.values():
                    if any(isinstance(trigger, ApiOnly) for trigger in one.triggers):
                        path = f"/sequences/{self.target.ids[f'sequence:{one.source_id}']}/enroll"
                        self.target.call("POST", path, {"emails": [email]})
            case "tag" | "untag":
                path = "/subscribers/tags" if change.what == "tag" else "/subscribers/tags/remove"
                self.target.call("POST", path, {"email": email, "tag": slugged(change.value)})
            case "form":
                pass  # The form is at the old platform; nobody has rebuilt it.
            case other:
                raise NotImplementedError(other)

    def dice(self) -> dict[str, str]:
        """Which lane chance took, by step; the source is told, since chance has no equal."""
        found: dict[str, str] = {}
        for run in self.state.enrollments.values():
            for row in run.history:
                node = self.nodes[row["nodeId"]][1]
                if node is not None and node.random and node.origin.step_id and row["eventType"] == "branched":
                    number = row["branchDecision"]["matchedBranchIndex"]
                    found[f"{run.subscriber_id}/{node.origin.step_id}"] = str(number)
        return found

    def runs(self, number: int) -> list[TargetRun]:
        person = self.state.by_email(email_of(number))
        assert person is not None
        ids = {self.target.ids[f"sequence:{source_id}"]: source_id for source_id in self.sequences}
        found = [
            self._run(ids[run.sequence_id], run)
            for run in self.state.enrollments.values()
            if run.subscriber_id == person.id and run.sequence_id in ids
        ]
        return sorted(found, key=lambda run: run.started)

    def _run(self, source_id: str, run: Enrollment) -> TargetRun:
        found = TargetRun(source_id, run.started_at, by_call=run.via.get("kind") == "manual")
        found.ended = run.updated_at if run.status in GONE else None
        steps = {step.id: step for step in self.sequences[source_id].steps}
        last: str | None = None
        for row in run.history:
            at = datetime.fromisoformat(row["eventTime"])
            if last is not None:
                # A wait is over when something comes after it.
                found.trace.append(Did(at, "waited", "", last, len(found.path)))
                last = None
            key, node = self.nodes[row["nodeId"]]
            step_id = node.origin.step_id if node else None
            if node is None or step_id is None:
                continue
            if found.path[-1:] != [step_id]:
                found.path.append(step_id)
            if row["eventType"] == "reached":
                last = step_id
            elif row["eventType"] == "branched":
                graph = self.lowered[source_id].graph
                lane = row["branchDecision"]["routedEdgeBranchId"]
                found.lanes[step_id] = next(e.target for e in graph.edges if e.source == key and e.lane == lane)
            elif row["eventType"] == "executed":
                moves = isinstance(steps[step_id].action, MoveToSequence)
                found.trace += [
                    Did(one.at, one.what, one.value, step_id, len(found.path))
                    for one in ([] if moves else told(node, at))
                ]
                if moves and node.kind is NodeKind.ADD_TAG:
                    other = getattr(steps[step_id].action, "sequence_id", None)
                    found.trace.append(Did(at, "move", str(other), step_id, len(found.path)))
        return found

    def mails(self, number: int) -> list[tuple[datetime, str]]:
        sends = (one for one in self.state.outbox if one.kind == "sequence")
        return [(one.sent_at, one.subject) for one in sends if one.recipient == email_of(number)]


def told(node: TargetNode, at: datetime) -> list[Any]:
    if node.kind is NodeKind.UPDATE_ATTRIBUTES and "status" in node.body["config"]:
        return [Did(at, "consent", "", None)]
    if node.kind is NodeKind.DISCOUNT:
        return [Did(at, "other", "", None)]
    return said(node.kind, node.body, at)


def email_of(number: int) -> str:
    return f"p{number}@example.com"


def slugged(tag: str) -> str:
    return tag.lower().replace(" ", "-")


def shown(trace: Row[Did], waits: bool) -> list[Did]:
    """With the target's names of tags."""
    return [
        Did(one.at, one.what, slugged(one.value) if one.what in ("tag", "untag") else one.value, one.step_id, one.upto)
        for one in trace
        if waits or one.what != "waited"
    ]
