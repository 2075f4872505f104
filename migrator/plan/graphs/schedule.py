"""A target graph to the calls that build it: a draft with its leading steps, then one insertion or branch an update.

Every call is tried on a small model of the target's graph first (wiring.py), so the schedule knows what each call
leaves behind and ends with a proof that the wiring is the wanted one. Trees and ordinary rejoining branches need
creation, insertions and branches only. A graph that these cannot say is built in a line and wired by one last call
that replaces all edges.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from mappings.target import END, START, Body, NodeKind, TargetEdge, TargetGraph, TargetNode, ref
from migrator.errors import Bug
from migrator.plan.graphs.wiring import Shape, Wiring, WiringError
from migrator.plan.records import Call

AT_CREATION = (NodeKind.EMAIL, NodeKind.DISCOUNT, NodeKind.UPDATE_ATTRIBUTES)
NOT_LATER = ("isTransactional", "ccEmails", "bccEmails", "attachments")
"""Email fields that an inserted step does not take; they are set by an update of the finished email."""
ELSE = "else"


def schedule(graph: TargetGraph) -> tuple[Call, ...]:
    shape = Shape.of(graph)
    router = _router(graph)
    if router is None:
        return _whole(graph, shape)
    plain = _without(graph, router)
    calls = _whole(plain, Shape.of(plain))
    last = _Scheduler(graph, shape)
    last.wiring = Wiring.of(Shape.of(plain))
    last.branch(START, router.key)
    return (*calls, *last.calls)


def _whole(graph: TargetGraph, shape: Shape) -> tuple[Call, ...]:
    for way in (_Scheduler.straight, _Scheduler.in_a_line):
        scheduler = _Scheduler(graph, shape)
        try:
            way(scheduler)
        except WiringError:
            continue
        if scheduler.wiring.edges == shape.edges:
            return (*scheduler.calls, *scheduler.late_fields())
    raise Bug("A planned sequence cannot be scheduled", where=graph.key, fix="Please report this with the bundle.")


def _router(graph: TargetGraph) -> TargetNode | None:
    """The resume lanes' branch, which is put in front of the finished sequence last."""
    nodes = [node for node in graph.nodes if node.kind is NodeKind.BRANCH and node.origin.part == "resume"]
    return nodes[0] if nodes else None


def _without(graph: TargetGraph, router: TargetNode) -> TargetGraph:
    resume = {node.key for node in graph.nodes if node.origin.part == "resume"}
    behind = next(edge.target for edge in graph.edges if edge.source == router.key and edge.lane == ELSE)
    edges = [edge for edge in graph.edges if edge.source not in resume and edge.source != START]
    return TargetGraph(
        key=graph.key,
        name=graph.name,
        source_sequence_id=graph.source_sequence_id,
        trigger=graph.trigger,
        final_trigger=graph.final_trigger,
        settings=graph.settings,
        nodes=tuple(node for node in graph.nodes if node.key not in resume),
        edges=(TargetEdge(source=START, target=behind), *edges),
        blocks_enabling=graph.blocks_enabling,
    )


class _Scheduler:
    def __init__(self, graph: TargetGraph, shape: Shape) -> None:
        self.graph = graph
        self.shape = shape
        self.nodes = {node.key: node for node in graph.nodes}
        self.wiring = Wiring()
        self.calls: list[Call] = []
        self.inserted: list[str] = []
        """Emails that came by an update, in order."""

    # --- the two ways ---

    def straight(self) -> None:
        """Follow the way that everybody comes back to, then fill in the branches between, last first."""
        leading = self._create()
        after = leading[-1] if leading else START
        self._region(after, self.shape.only(after), END)

    def in_a_line(self) -> None:
        """Every node behind the trigger, last first: all ways lead forward, so that each call is a legal graph."""
        self._create(leading=False)
        for key in reversed(self.shape.order()):
            if self.shape.is_branch(key):
                self._branch_in_line(key)
            else:
                self.insert(START, [key])
        self._rewire()

    # --- creation ---

    def _create(self, leading: bool = True) -> list[str]:
        keys: list[str] = []
        steps: list[Body] = []
        key = self.shape.only(START)
        waits: list[str] = []
        while leading and key != END and not self.shape.is_branch(key) and key not in keys:
            node = self.nodes[key]
            if node.kind is NodeKind.DELAY:
                if waits:
                    break
                waits = [key]
            elif node.kind in AT_CREATION:
                wait = self.nodes[waits[0]].body if waits else {}
                steps.append({**{name: value for name, value in wait.items() if name != "type"}, **node.body})
                keys += [*waits, key]
                waits = []
            else:
                break
            key = self.shape.only(key)
        body: Body = {"name": self.graph.name, **self.graph.trigger, **self.graph.settings}
        if steps:
            body["steps"] = steps
        self.calls.append(Call(kind="create", body=body, creates=tuple(keys)))
        self.wiring.row(START, keys, END)
        return keys

    # --- regions ---

    def _region(self, after: str, first: str, stop: str) -> None:
        """Everything between `after` and `stop`, to which it leads now."""
        pending = [(after, first, stop)]
        while pending:
            after, first, stop = pending.pop()
            spine = self._spine(first, stop)
            row = [key for key in spine if not self.shape.is_branch(key)]
            if row:
                self.insert(after, row)
            before = after
            anchors = []
            for key in spine:
                if self.shape.is_branch(key):
                    anchors.append((before, key))
                else:
                    before = key
            for anchor, key in reversed(anchors):
                pending += self._branch_with_lanes(anchor, key)

    def _spine(self, first: str, stop: str) -> list[str]:
        """From step to step, over each branch to where its lanes meet again; until a node that exists."""
        found: list[str] = []
        key = first
        while key != stop and key != END and not self.wiring.has(key) and key not in found:
            found.append(key)
            key = self.shape.meeting(key) if self.shape.is_branch(key) else self.shape.only(key)
        return found

    def _branch_with_lanes(self, anchor: str, key: str) -> list[tuple[str, str, str]]:
        """The branch call, and the regions inside its lanes that are left to do."""
        meeting = self.wiring.only(anchor)
        for head in self._needed_before(key):
            if not self.wiring.has(head):
                self._region(anchor, head, meeting)
        steps: dict[str, list[str]] = {}
        left: list[tuple[str, str, str]] = []
        claimed: set[str] = set()
        for lane, target in self.shape.lanes(key):
            spine = self._spine(target, END)
            row: list[str] = []
            for one in spine:
                if one in claimed:
                    raise WiringError(one)
                if self.shape.is_branch(one):
                    if not row:
                        raise WiringError(one)
                    break
                row.append(one)
            claimed.update(row)
            steps[lane] = row
        self.branch(anchor, key, steps)
        for row in steps.values():
            if not row:
                continue
            following = self.shape.only(row[-1])
            if not self.wiring.has(following) and following != END:
                left.append((row[-1], following, self.wiring.only(row[-1])))
        return left

    def _needed_before(self, key: str) -> list[str]:
        """What must stand before the branch is made: a lane is one row of new steps, so it can neither begin with
        another branch nor run into the row of another lane."""
        spines = [self._spine(target, END) for _, target in self.shape.lanes(key)]
        lanes_of = Counter(one for spine in spines for one in spine)
        found: list[str] = []
        for spine in spines:
            shared = next((one for one in spine if lanes_of[one] > 1), None)
            if shared is not None:
                found.append(shared)
            if spine and self.shape.is_branch(spine[0]):
                found.append(spine[0])
        return list(dict.fromkeys(found))

    # --- calls ---

    def insert(self, after: str, keys: list[str]) -> None:
        self.wiring.insert(after, keys)
        body = {"insertSteps": {"afterNodeId": ref(f"node:{after}"), "steps": [self._step(key) for key in keys]}}
        self.calls.append(Call(kind="insert", body=body, creates=tuple(keys)))

    def branch(self, after: str, key: str, steps: dict[str, list[str]] | None = None) -> None:
        """One branch with its lanes. Where a lane goes on is always said, never left to the former successor."""
        steps = steps or self._own_rows(key)
        node = self.nodes[key]
        former = self.wiring.only(after)
        targets: dict[str, str] = {}
        for lane, first in self.shape.lanes(key):
            row = steps.get(lane, [])
            wanted = self.shape.only(row[-1]) if row else first
            targets[lane] = wanted if wanted == END or self.wiring.has(wanted) else former
        self._call_branch(after, node, steps, targets)

    def _own_rows(self, key: str) -> dict[str, list[str]]:
        """Rows of new steps in each lane, up to a node that exists."""
        return {lane: self._spine(first, END) for lane, first in self.shape.lanes(key)}

    def _branch_in_line(self, key: str) -> None:
        former = self.wiring.only(START)
        targets = dict(self.shape.lanes(key))
        if former not in targets.values():
            targets[list(targets)[-1]] = former
        self._call_branch(START, self.nodes[key], {}, targets)

    def _call_branch(self, after: str, node: TargetNode, steps: dict[str, list[str]], targets: dict[str, str]) -> None:
        self.wiring.branch(after, node.key, steps, targets)
        lanes: list[Body] = []
        for lane in node.lanes:
            row = steps.get(lane.id, [])
            entry: Body = {"id": lane.id, **lane.condition, "targetNodeId": ref(f"node:{targets[lane.id]}")}
            if lane.label:
                entry["label"] = lane.label
            if row:
                entry["steps"] = [self._step(key) for key in row]
            lanes.append(entry)
        body: Body = {"afterNodeId": ref(f"node:{after}"), **node.body, "branches": lanes}
        if node.random:
            body |= {"splitMode": "random", "randomPercentages": [lane.percent for lane in node.lanes]}
        else:
            if steps.get(ELSE):
                body["elseSteps"] = [self._step(key) for key in steps[ELSE]]
            body["elseTargetNodeId"] = ref(f"node:{targets[ELSE]}")
        rows = {lane: tuple(steps.get(lane, ())) for lane in targets}
        self.calls.append(Call(kind="branch", body={"branch": body}, creates=(node.key,), creates_in_lanes=rows))

    def _rewire(self) -> None:
        if self.wiring.edges == self.shape.edges:
            return
        self.wiring.edges = dict(self.shape.edges)
        edges: list[dict[str, Any]] = []
        for (source, lane), target in self.shape.edges.items():
            edge: Body = {"sourceNodeId": ref(f"node:{source}"), "targetNodeId": ref(f"node:{target}")}
            if lane is not None:
                edge["condition"] = {"branchId": lane}
            edges.append(edge)
        body = {"action": "replace_edges", "expectedRevision": ref("revision"), "edges": edges}
        self.calls.append(Call(kind="edges", body={"graphEdit": body}))

    def _step(self, key: str) -> Body:
        node = self.nodes[key]
        if node.kind is NodeKind.EMAIL and any(name in node.body for name in NOT_LATER):
            self.inserted.append(key)
        return {name: value for name, value in node.body.items() if name not in NOT_LATER}

    def late_fields(self) -> list[Call]:
        if not self.inserted:
            return []
        emails = [
            {
                "nodeId": ref(f"node:{key}"),
                **{name: value for name, value in self.nodes[key].body.items() if name in NOT_LATER},
            }
            for key in dict.fromkeys(self.inserted)
        ]
        return [Call(kind="settings", body={"emails": emails})]
