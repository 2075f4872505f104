"""What the target does not show again on reads is no difference between a draft and its plan."""

from __future__ import annotations

from pathlib import Path

import msgspec
from plans import Bench, PlanMaker, plain_graph

from mappings.target import END, START, NodeKind, Origin, TargetEdge, TargetNode


def test_a_call_whose_key_is_redacted_is_loaded_as_planned(tmp_path: Path) -> None:
    headers = {"X-Api-Key": "k3y", "X-Kind": "a"}
    body = {"url": "https://crm.test/x", "method": "POST", "body": "{}", "onError": "continue", "headers": headers}
    node = TargetNode(
        key="call",
        kind=NodeKind.WEBHOOK,
        origin=Origin(step_id="call"),
        body={"nodeType": "action_webhook", "config": body},
    )
    edges = (TargetEdge(source=START, target="call"), TargetEdge(source="call", target=END))
    graph = msgspec.structs.replace(plain_graph(1), nodes=(node,), edges=edges)
    PlanMaker(graphs=[graph]).write(tmp_path)
    bench = Bench(tmp_path)
    summary = bench.load()
    assert summary.complete, summary
    assert bench.verify().agrees
