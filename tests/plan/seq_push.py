"""Carries out a sequence's calls against a local Sequenzy and reads the graph back, for tests of the plan only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from mappings.target import END, REF, START, TargetGraph
from migrator.plan.records import Call
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.web import Request


class Refused(AssertionError):
    pass


@dataclass
class Target:
    sandbox: SequenzySandbox = field(default_factory=lambda: SequenzySandbox(limits=None))
    ids: dict[str, str] = field(default_factory=dict)
    """Keys of the plan to ids of the target, for lists, segments and sequences."""

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {DEFAULT_KEY}", "content-type": "application/json"}
        raw = b"" if body is None else json.dumps(body).encode()
        where = path if path.startswith("/_sandbox") else f"/api/v1{path}"
        reply = self.sandbox.handle(Request(method, where, [], headers, raw))
        answer = json.loads(reply.body)
        if reply.status >= 400:
            raise Refused(f"{method} {path}: {reply.status} {answer}\n{json.dumps(body)[:2000]}")
        if answer.get("warnings") and not path.endswith("/enable"):
            raise Refused(f"{method} {path} warns: {answer['warnings']}")
        return answer

    def make_list(self, key: str, name: str) -> None:
        self.ids[key] = self.call("POST", "/lists", {"name": name})["list"]["id"]

    def make_segment(self, key: str, body: dict[str, Any]) -> None:
        self.ids[key] = self.call("POST", "/segments", self.filled(body, {}))["segment"]["id"]

    def filled(self, value: Any, nodes: dict[str, str], revision: str = "") -> Any:
        if isinstance(value, dict):
            if set(value) == {REF}:
                key = value[REF]
                if key == "revision":
                    return revision
                return nodes[key.removeprefix("node:")] if key.startswith("node:") else self.ids[key]
            return {name: self.filled(one, nodes, revision) for name, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one, nodes, revision) for one in value]
        return value

    def build(self, graph: TargetGraph, calls: tuple[Call, ...]) -> dict[str, str]:
        """Node keys to ids."""
        nodes: dict[str, str] = {}
        sequence_id = ""
        for call in calls:
            if call.kind == "create":
                sequence_id = self.call("POST", "/sequences", self.filled(call.body, nodes))["sequence"]["id"]
                self.ids[graph.key] = sequence_id
                row = self._row(sequence_id)
                nodes |= {START: row[0], END: row[-1], **dict(zip(call.creates, row[1:-1], strict=True))}
                continue
            revision = ""
            if call.kind == "edges":
                revision = self.read(sequence_id)["graphRevision"]
            answer = self.call("PUT", f"/sequences/{sequence_id}", self.filled(call.body, nodes, revision))["sequence"]
            if call.kind == "insert":
                nodes |= dict(zip(call.creates, answer["insertedNodeIds"], strict=True))
            elif call.kind == "branch":
                nodes[call.creates[0]] = answer["addedBranchNodeId"]
                lanes = answer["addedBranchPathNodeIds"]
                assert set(lanes) == set(call.creates_in_lanes)
                for lane, keys in call.creates_in_lanes.items():
                    nodes |= dict(zip(keys, lanes[lane], strict=True))
        return nodes

    def read(self, sequence_id: str) -> dict[str, Any]:
        return self.call("GET", f"/sequences/{sequence_id}")["sequence"]

    def _row(self, sequence_id: str) -> list[str]:
        found = self.read(sequence_id)
        beyond = {edge["sourceNodeId"]: edge["targetNodeId"] for edge in found["edges"]}
        row = [(set(beyond) - set(beyond.values())).pop()]
        while row[-1] in beyond:
            row.append(beyond[row[-1]])
        return row

    def shape(
        self, graph: TargetGraph, nodes: dict[str, str]
    ) -> tuple[dict[str, str], set[tuple[str, str | None, str]]]:
        """Node types and edges as the target tells them, by the plan's keys."""
        names = {node_id: key for key, node_id in nodes.items()}
        found = self.read(self.ids[graph.key])
        kinds = {names[node["id"]]: node["nodeType"] for node in found["nodes"]}
        edges = {
            (names[edge["sourceNodeId"]], (edge.get("condition") or {}).get("branchId"), names[edge["targetNodeId"]])
            for edge in found["edges"]
        }
        return kinds, edges


def wanted_shape(graph: TargetGraph) -> tuple[dict[str, str], set[tuple[str, str | None, str]]]:
    kinds = {node.key: node.kind.value for node in graph.nodes}
    return kinds, {(edge.source, edge.lane, edge.target) for edge in graph.edges}
