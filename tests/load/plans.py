"""Small plans with every kind of operation, written by hand, and what is needed to load them into a local Sequenzy."""

from __future__ import annotations

import copy
import csv
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec

from adapters.sequenzy.client import Sequenzy
from mappings.target import (
    END,
    START,
    NodeKind,
    Origin,
    TargetEdge,
    TargetGraph,
    TargetLane,
    TargetNode,
    ref,
)
from migrator.load.checkpoint import Checkpoint
from migrator.load.run import Summary, load
from migrator.load.work import Wanted
from migrator.plan.folder import PlanFolder
from migrator.plan.graphs.schedule import schedule
from migrator.plan.graphs.seed_schedule import seed_schedule
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import (
    FORMAT_VERSION,
    AddMembers,
    AddTags,
    Batch,
    BuildSequence,
    CreateList,
    CreateSegment,
    CreateTemplate,
    ImportPeople,
    MarkComplaints,
    Operation,
    PeopleCounts,
    Plan,
    SequencePlan,
)
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock
from migrator.transport.retry import Patience
from migrator.transport.secret import Secret
from migrator.verify.report_files import Counts
from migrator.verify.run import verify

MARKER = "migrate-test"
Person = dict[str, Any]


def person(number: int, **more: Any) -> Person:
    return {"email": f"person{number}@example.com", "status": "active", **more}


def people(count: int, start: int = 1, **more: Any) -> list[Person]:
    return [person(number, **more) for number in range(start, start + count)]


def lines_of(rows: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@dataclass
class PlanMaker:
    """Fill in what the plan shall hold, then `write` it."""

    actives: list[Person] = field(default_factory=list)
    opt_outs: list[Person] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=dict)
    """Name to members."""
    tags: dict[str, list[str]] = field(default_factory=dict)
    segments: list[dict[str, Any]] = field(default_factory=list)
    templates: list[dict[str, Any]] = field(default_factory=list)
    graphs: list[TargetGraph] = field(default_factory=list)
    batch: int = 5000
    strategy: str = "merge"

    def write(self, workspace: Path) -> OpenPlan:
        folder = PlanFolder(workspace / "plan")
        operations: list[Operation] = []
        for key, file, rows, mode in (
            ("people:opt_outs", "people/opt_outs.jsonl", self.opt_outs, "default"),
            ("people:actives", "people/actives.jsonl", self.actives, "confirmed"),
        ):
            if rows:
                head = {
                    "fileName": f"{MARKER}-{key}",
                    "duplicateStrategy": "merge" if mode == "default" else self.strategy,
                    "optInMode": mode,
                    "enrollInSequences": False,
                    "listIds": [],
                }
                operations.append(
                    ImportPeople(key=key, file=file, head=head, batches=self._batches(folder, file, rows))
                )
        if self.complaints:
            folder.write("people/complaints.jsonl", lines_of(self.complaints), len(self.complaints))
            count = len(self.complaints)
            operations.append(MarkComplaints(key="people:complaints", file="people/complaints.jsonl", count=count))
        members: list[Operation] = []
        for number, (name, emails) in enumerate(self.lists.items(), 1):
            operations.append(CreateList(key=f"list:{number}", body={"name": name}))
            file = f"people/members-{number}.jsonl"
            folder.write(file, lines_of(emails), len(emails))
            members.append(AddMembers(key=f"members:{number}", list_key=f"list:{number}", file=file, count=len(emails)))
        operations += members
        for number, (tag, emails) in enumerate(self.tags.items(), 1):
            file = f"people/tags-{number}.jsonl"
            folder.write(file, lines_of(emails), len(emails))
            operations.append(AddTags(key=f"tags:{number}", tags=(tag,), file=file, count=len(emails)))
        operations += [CreateSegment(key=f"segment:{n}", body=body) for n, body in enumerate(self.segments, 1)]
        operations += [CreateTemplate(key=f"template:{n}", body=body) for n, body in enumerate(self.templates, 1)]
        for number, graph in enumerate(self.graphs, 1):
            plan = SequencePlan(graph=graph, calls=schedule(graph), seed_calls=seed_schedule(graph))
            file = f"sequences/{number}.json"
            folder.write(file, msgspec.json.encode(plan))
            operations.append(BuildSequence(key=graph.key, name=graph.name, file=file, calls=len(plan.calls)))
        folder.close_lines()
        from migrator import __version__

        planned = len(self.actives) + len(self.opt_outs)
        plan = Plan(
            format_version=FORMAT_VERSION,
            tool_version=__version__,
            bundle_hash="0" * 64,
            mappings_hash="0" * 64,
            marker=MARKER,
            source={"platform": "broadcast"},
            people=PeopleCounts(read=planned, planned=planned, rejected=0),
            operations=tuple(operations),
            files=dict(sorted(folder.files.items())),
        )
        folder.finish(msgspec.json.encode(plan))
        return OpenPlan.open(workspace / "plan")

    def _batches(self, folder: PlanFolder, file: str, rows: list[Person]) -> tuple[Batch, ...]:
        found, at = [], 0
        output = folder.lines(file)
        for start in range(0, len(rows), self.batch):
            part = rows[start : start + self.batch]
            data = lines_of(part)
            output.write(data, len(part))
            found.append(Batch(start=at, end=at + len(data), count=len(part), sha256=hashlib.sha256(data).hexdigest()))
            at += len(data)
        return tuple(found)


def email_node(key: str, subject: str, **more: Any) -> TargetNode:
    body = {"subject": subject, "html": f"<p>{subject} {{{{FIRST_NAME|friend}}}}</p>", **more}
    return TargetNode(key=key, kind=NodeKind.EMAIL, origin=Origin(step_id=key), body=body)


def delay_node(key: str, **span: int) -> TargetNode:
    return TargetNode(
        key=key, kind=NodeKind.DELAY, origin=Origin(step_id=key), body={"type": "delay", "delay": dict(span)}
    )


def plain_graph(number: int = 1, name: str = "Welcome") -> TargetGraph:
    """Two emails with a wait between them: what the introductory documents can say too."""
    nodes = (email_node("a", f"{name} one"), delay_node("w", days=2), email_node("b", f"{name} two"))
    return _graph(number, name, nodes, [(START, "a", None), ("a", "w", None), ("w", "b", None), ("b", END, None)])


def branching_graph(number: int = 2, name: str = "Onboarding", list_key: str | None = "list:1") -> TargetGraph:
    """A branch with a list in one lane, a tag in the other, and both meeting again."""
    condition = {"conditionType": "has_tag", "tagName": "vip"}
    lanes = (TargetLane(id="vip", condition=condition),)
    add = {"nodeType": "action_add_to_list", "config": {"listId": ref(list_key or "list:1")}}
    tag = {"nodeType": "action_add_tag", "config": {"tagName": "warm"}}
    step = NodeKind.ADD_TO_LIST if list_key else NodeKind.ADD_TAG
    nodes = (
        email_node("a", f"{name} start", previewText="hello"),
        TargetNode(key="split", kind=NodeKind.BRANCH, origin=Origin(step_id="split"), lanes=lanes),
        TargetNode(key="l", kind=step, origin=Origin(step_id="l"), body=add if list_key else tag),
        delay_node("w", hours=5),
        TargetNode(key="t", kind=NodeKind.ADD_TAG, origin=Origin(step_id="t"), body=tag),
        email_node("z", f"{name} end"),
    )
    edges = [
        *((START, "a", None), ("a", "split", None), ("split", "l", "vip"), ("split", "w", "else")),
        *(("w", "t", None), ("l", "z", None), ("t", "z", None), ("z", END, None)),
    ]
    return _graph(number, name, nodes, edges)


def _graph(
    number: int, name: str, nodes: tuple[TargetNode, ...], edges: list[tuple[str, str, str | None]]
) -> TargetGraph:
    return TargetGraph(
        key=f"sequence:{number}",
        name=name,
        source_sequence_id=str(number),
        trigger={"trigger": "manual"},
        final_trigger={"trigger": "tag_added", "tagName": f"start-{number}"},
        settings={"activeSubscribersOnly": True, "labels": [MARKER]},
        nodes=nodes,
        edges=tuple(TargetEdge(source=source, target=target, lane=lane) for source, target, lane in edges),
    )


def representative() -> PlanMaker:
    """Every kind of operation, small enough to be stopped at each of its steps."""
    return PlanMaker(
        actives=[
            person(1, firstName="Ada", tags=["vip"], customAttributes={"plan": "pro", "visits": 4}),
            *people(11, start=2, createdAt="2023-02-01T08:00:00.000Z"),
        ],
        opt_outs=[person(21, status="unsubscribed"), person(22, status="bounced"), person(23, status="unsubscribed")],
        complaints=["person23@example.com"],
        lists={"News": ["person1@example.com", "person2@example.com"], "Tips": ["person3@example.com"]},
        tags={"old-friend": ["person1@example.com"]},
        segments=[
            {
                "name": "Warm",
                "filters": [{"id": "f", "kind": "filter", "field": "tag", "operator": "contains", "value": "vip"}],
            },
            {
                "name": "Readers",
                "root": {
                    "kind": "group",
                    "id": "root",
                    "joinOperator": "and",
                    "children": [
                        {"kind": "filter", "id": "f", "field": "list", "operator": "is", "value": ref("list:1")}
                    ],
                },
            },
        ],
        templates=[{"name": "Frame", "subject": "Hi", "html": "<p>Hi</p>", "labels": [MARKER]}],
        graphs=[plain_graph(1), branching_graph(2)],
        batch=6,
    )


@dataclass
class Bench:
    """A workspace, a local Sequenzy and a clock that never sleeps."""

    folder: Path
    sandbox: SequenzySandbox = field(default_factory=lambda: SequenzySandbox(limits=None))
    clock: FakeClock = field(default_factory=FakeClock)
    transport: Callable[[httpx.BaseTransport], httpx.BaseTransport] | None = None
    rate: int = 0
    patience: Patience = field(default_factory=Patience)

    def api(self, key: str = DEFAULT_KEY) -> Sequenzy:
        transport: httpx.BaseTransport = mock_transport(self.sandbox)
        if self.transport is not None:
            transport = self.transport(transport)
        return Sequenzy(
            "http://127.0.0.1:1",
            Secret(key),
            clock=self.clock,
            rate=self.rate,
            http_transport=transport,
            patience=self.patience,
        )

    def opened(self) -> OpenPlan:
        return OpenPlan.open(self.folder / "plan")

    def load(self, *, on_commit: Callable[[str], None] | None = None, **options: Any) -> Summary:
        contract, watcher = options.pop("contract", None), options.pop("watcher", None)
        compare = options.pop("compare", False)
        wanted = Wanted(**options)
        api = self.api()
        try:
            with Checkpoint.open(self.folder, clock=self.clock, on_commit=on_commit) as checkpoint:
                return load(
                    self.opened(),
                    api,
                    checkpoint,
                    self.folder,
                    wanted=wanted,
                    contract=contract,
                    watcher=watcher,
                    compare=compare,
                )
        finally:
            api.close()

    def verify(self, **options: Any) -> Counts:
        api = self.api()
        checkpoint = Checkpoint.look(self.folder, clock=self.clock)
        assert checkpoint is not None
        try:
            with checkpoint:
                return verify(self.opened(), api, checkpoint, self.folder, **options)
        finally:
            api.close()

    def rows(self, table: str) -> list[dict[str, str]]:
        with (self.folder / "verify" / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def writes(self) -> list[tuple[str, str]]:
        return [(one["method"], one["path"]) for one in self.sandbox.recorded]

    def contact(self, email: str) -> Any:
        return self.sandbox.state.by_email(email)


def quiet(sandbox: SequenzySandbox) -> bool:
    """Nothing was sent, nobody was enrolled, nothing is live, no automation ran."""
    state = sandbox.state
    live = [one for one in state.sequences.values() if one.status != "draft"]
    return not state.outbox and not state.enrollments and not live and not state.webhook_calls


def picture(sandbox: SequenzySandbox) -> Any:
    """The end state without ids and times, for comparing two runs."""
    state = sandbox.state
    list_names = {one.id: one.name for one in state.lists.values()}
    segment_names = {one.id: one.name for one in state.segments.values()}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items() if name not in ("emailId", "stepNumber", "id")}
        if isinstance(value, list):
            return [plain(one) for one in value]
        return list_names.get(value, segment_names.get(value, value)) if isinstance(value, str) else value

    contacts = {
        one.email: (
            one.external_id,
            one.first_name,
            one.last_name,
            one.status,
            sorted(one.tags),
            one.attributes,
            one.timezone,
            one.created_at.isoformat(),
            sorted(list_names[key] for key, kept in one.lists.items() if kept.current),
            one.complained,
        )
        for one in state.subscribers.values()
    }
    sequences = sorted(
        (
            one.name,
            one.status,
            one.trigger,
            repr(plain(one.settings)),
            sorted((node.type, repr(plain(node.config))) for node in one.nodes.values()),
            sorted((one.nodes[edge.source].type, edge.branch or "", one.nodes[edge.target].type) for edge in one.edges),
            sorted(
                (mail.subject, repr([block.get("content") for block in mail.blocks])) for mail in one.emails.values()
            ),
        )
        for one in state.sequences.values()
    )
    found = {
        "contacts": contacts,
        "lists": sorted(list_names.values()),
        "segments": sorted(
            (one.name, repr(plain(one.filters)), repr(plain(one.root))) for one in state.segments.values()
        ),
        "templates": sorted((one.name, one.subject) for one in state.templates.values()),
        "sequences": sequences,
        "suppressions": sorted(state.suppressions),
        "tags": sorted(state.tags),
    }
    return copy.deepcopy(found)
