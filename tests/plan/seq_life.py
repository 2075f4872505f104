"""One person's life in the local Sequenzy: clicks and outside changes at their moments, steps by its virtual clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from seq_flows import LISTS
from seq_push import Target

from mappings.context import LoweringContext, survey
from mappings.target import NodeKind, TargetGraph
from migrator.model import Sequence
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from migrator.plan.graphs.schedule import schedule
from migrator.sandbox.sequenzy.step_queue import queue_of
from tests.reference_interpreter import Change, Happening, Person

EMAIL = "ada@example.com"


def context_of(sequence: Sequence) -> LoweringContext:
    return LoweringContext(sequences=survey([sequence]), lists=LISTS)


class Life:
    def __init__(self, sequence: Sequence, person: Person, start: datetime, graph: TargetGraph | None = None) -> None:
        self.target, self.person, self.start = Target(), person, start
        self.target.sandbox.state.now = start - timedelta(days=1)
        self.target.make_list("list:1", "News")
        lowered: LoweredSequence = lower_sequence(sequence, context_of(sequence))
        self.graph = graph or lowered.graph
        for key, body in lowered.segments.items():
            self.target.make_segment(key, body)
        self.nodes = self.target.build(self.graph, schedule(self.graph))
        self.path = f"/sequences/{self.target.ids[self.graph.key]}"
        lists = [self.target.ids["list:1"]] if person.lists else []
        body = {"email": EMAIL, "lists": lists, "tags": sorted(person.tags), "enrollInSequences": False}
        self.target.call("POST", "/subscribers", {**body, "customAttributes": dict(person.attributes)})
        self.target.call("PUT", self.path, self.target.filled(self.graph.final_trigger, {}))
        self.target.call("POST", f"{self.path}/enable")
        self.clock(start)

    def enter_by_tag(self, tag: str) -> None:
        self.target.call("POST", "/subscribers/tags", {"email": EMAIL, "tag": tag})

    def enrol(self) -> int:
        return int(self.target.call("POST", f"{self.path}/enroll", {"emails": [EMAIL]})["enrolled"])

    def clock(self, to: datetime) -> None:
        if to > self.target.sandbox.state.now:
            self.target.call("POST", "/_sandbox/clock", {"to": to.isoformat()})

    def live(self, horizon: datetime) -> list[Happening]:
        """Until the horizon, event by event, so that nothing happens out of order."""
        state = self.target.sandbox.state
        changes = sorted((one for one in self.person.changes if one.at > self.start), key=lambda change: change.at)
        clicked: set[str] = set()
        while True:
            outside: list[tuple[datetime, Any]] = [(change.at, change) for change in changes[:1]]
            for send in state.outbox:
                after = self.person.clicks_after.get(send.subject)
                if send.id not in clicked and after is not None:
                    outside.append((send.sent_at + after, send.id))
            due = queue_of(state).peek()
            moment, what = min(outside, key=lambda one: one[0], default=(horizon, None))
            if due is not None and state.now < due < moment:
                moment, what = due, None
            if moment >= horizon:
                self.clock(horizon)
                return self.happenings()
            self.clock(moment)
            if isinstance(what, Change):
                self._change(changes.pop(0))
            elif what is not None:
                clicked.add(what)
                self.target.call("POST", "/_sandbox/engage", {"kind": "clicked", "emailSendId": what})

    def _change(self, change: Change) -> None:
        if change.what == "set":
            body = {"customAttributes": {"plan": change.value}, "customAttributesStrategy": "merge"}
            self.target.call("PATCH", f"/subscribers/{EMAIL}", body)
        elif change.what == "event":
            self.target.call("POST", "/subscribers/events", {"email": EMAIL, "event": change.value})
        else:
            path = "/subscribers/tags" if change.what == "tag" else "/subscribers/tags/remove"
            self.target.call("POST", path, {"email": EMAIL, "tag": change.value})

    def happenings(self) -> list[Happening]:
        names = {node_id: key for key, node_id in self.nodes.items()}
        planned = {node.key: node for node in self.graph.nodes if node.origin.part != "resume"}
        found: list[Happening] = []
        for run in self.target.sandbox.state.enrollments.values():
            for row in run.history:
                node = planned.get(names[row["nodeId"]])
                if node is not None and row["eventType"] == "executed":
                    found += said(node.kind, node.body, datetime.fromisoformat(row["eventTime"]))
        return found

    def mails(self) -> list[tuple[datetime, str]]:
        return [(one.sent_at, one.subject) for one in self.target.sandbox.state.outbox if one.kind == "sequence"]


def said(kind: NodeKind, body: dict[str, Any], at: datetime) -> list[Happening]:
    config = body.get("config", {})
    match kind:
        case NodeKind.EMAIL:
            return [Happening(at, "email", body["subject"])]
        case NodeKind.ADD_TAG:
            return [Happening(at, "tag", config["tagName"])]
        case NodeKind.REMOVE_TAG:
            return [Happening(at, "untag", config["tagName"])]
        case NodeKind.ADD_TO_LIST:
            return [Happening(at, "list", config["listId"]["$ref"].removeprefix("list:"))]
        case NodeKind.REMOVE_FROM_LIST:
            return [Happening(at, "unlist", config["listId"]["$ref"].removeprefix("list:"))]
        case NodeKind.WEBHOOK:
            return [Happening(at, "hook", config["url"])]
        case NodeKind.UPDATE_ATTRIBUTES:
            return [Happening(at, "set", f"{one['name']}={one['value']}") for one in config["customAttributeUpdates"]]
    return []
