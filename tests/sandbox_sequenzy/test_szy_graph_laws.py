"""The law of every sequence graph: connected and without cycles, from one trigger to one completion."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from szy_graphs import mail, read
from szy_support import Api

from migrator.sandbox.sequenzy.app import SequenzySandbox
from tests.looks import looks

TAG = {"nodeType": "action_add_tag", "config": {"tagName": "seen"}}
STEP_KINDS: list[dict[str, Any]] = [
    mail("Mail"),
    mail("Later", delay={"hours": 2}),
    TAG,
    {"type": "delay", "delay": {"days": 1}},
    {"nodeType": "logic_wait_for_event", "config": {"eventName": "demo.booked"}},
]
CONDITION = {"conditionType": "has_tag", "tagName": "customer"}
steps = st.lists(st.sampled_from(STEP_KINDS), max_size=3)


def assert_lawful(sequence: dict[str, Any]) -> None:
    """Written without the sandbox's own graph code, so that a fault there cannot hide itself."""
    ids = {node["id"]: node for node in sequence["nodes"]}
    assert len(ids) == len(sequence["nodes"])
    ahead, behind = defaultdict(list), defaultdict(list)
    for edge in sequence["edges"]:
        assert edge["sourceNodeId"] in ids
        assert edge["targetNodeId"] in ids
        ahead[edge["sourceNodeId"]].append(edge["targetNodeId"])
        behind[edge["targetNodeId"]].append(edge["sourceNodeId"])
    starts, ends = [i for i in ids if not behind[i]], [i for i in ids if not ahead[i]]
    assert len(starts) == len(ends) == 1
    assert _reached(starts[0], ahead) == set(ids) == _reached(ends[0], behind)
    left = {node_id: len(behind[node_id]) for node_id in ids}
    ready, done = list(starts), 0
    while ready:
        done += 1
        for target in ahead[ready.pop()]:
            left[target] -= 1
            if not left[target]:
                ready.append(target)
    assert done == len(ids), "a cycle"
    for node_id, node in ids.items():
        lanes = [
            e["condition"]["branchId"] for e in sequence["edges"] if e["sourceNodeId"] == node_id and "condition" in e
        ]
        if node["nodeType"] == "logic_branch":
            assert len(set(lanes)) == len(lanes) == len(ahead[node_id]) >= 2
        else:
            assert len(ahead[node_id]) <= 1
            assert not lanes


def _reached(start: str, ahead: dict[str, list[str]]) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        fresh = [target for target in ahead[waiting.pop()] if target not in seen]
        seen.update(fresh)
        waiting += fresh
    return seen


@st.composite
def requests(draw: st.DrawFn, sequence: dict[str, Any]) -> dict[str, Any]:
    """One structural update: mostly with nodes that suit it, sometimes with any node at all."""
    kind = draw(st.sampled_from(["insert", "insert", "branch", "branch", "random", "move", "copy", "delete", "rewire"]))
    everything = [node["id"] for node in sequence["nodes"]]
    ahead = defaultdict(list)
    for edge in sequence["edges"]:
        ahead[edge["sourceNodeId"]].append(edge["targetNodeId"])
    linear = [node_id for node_id in everything if len(ahead[node_id]) == 1]
    inner = [node["id"] for node in sequence["nodes"] if node["nodeType"] not in ("completion", "logic_branch")][1:]

    def one(suitable: list[str]) -> str:
        careless = draw(st.integers(0, 5)) == 0
        return str(draw(st.sampled_from(everything if careless or not suitable else suitable)))

    edit = {"expectedRevision": sequence["graphRevision"]}
    after = one(linear)
    beyond = sorted(_reached(after, ahead) - {after})
    if kind == "insert":
        return {"insertSteps": {"afterNodeId": after, "steps": draw(steps) or [TAG]}}
    if kind == "branch":
        lanes: list[dict[str, Any]] = []
        for _ in range(draw(st.integers(1, 3))):
            target = {"targetNodeId": one(beyond)} if draw(st.booleans()) else {}
            lanes.append({**CONDITION, "steps": draw(steps), **target})
        more = {"elseTargetNodeId": one(beyond)} if draw(st.integers(0, 3)) == 0 else {}
        empty = draw(st.integers(0, 3)) > 0
        return {"branch": {"afterNodeId": after, "branches": lanes, "allowEmptyPaths": empty, **more}}
    if kind == "random":
        lanes = [{"steps": draw(steps)} for _ in range(2)]
        shares = draw(st.sampled_from([[50, 50], [90, 10], [60, 60]]))
        branch = {"afterNodeId": after, "splitMode": "random", "randomPercentages": shares, "branches": lanes}
        return {"branch": {**branch, "allowEmptyPaths": True}}
    if kind in ("move", "copy"):
        action = "move_node" if kind == "move" else "duplicate_node"
        place = draw(st.sampled_from(["afterNodeId", "beforeNodeId"]))
        return {"graphEdit": {**edit, "action": action, "nodeId": one(inner), place: one(linear)}}
    if kind == "delete":
        return {"graphEdit": {**edit, "action": "delete_node", "nodeId": one(inner)}}
    edges = [dict(edge) for edge in sequence["edges"]]
    changed = draw(st.sampled_from(edges))
    changed["targetNodeId"] = one(sorted(_reached(changed["targetNodeId"], ahead)))
    return {"graphEdit": {**edit, "action": "replace_edges", "edges": edges}}


def _shape(sequence: dict[str, Any]) -> Any:
    return (sequence["nodes"], sequence["edges"], sequence["emails"], sequence["graphRevision"])


@settings(max_examples=looks(80), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_random_updates_leave_a_lawful_graph_and_refused_ones_change_nothing(data: st.DataObject) -> None:
    api = Api(SequenzySandbox(limits=None))
    first_steps = [step for step in data.draw(steps) if "subject" in step]
    sequence = read(api, api.post("/sequences", name="Any", trigger="manual", steps=first_steps)["sequence"]["id"])
    assert_lawful(sequence)
    for _ in range(data.draw(st.integers(1, 8))):
        request = data.draw(requests(sequence))
        answer = api.call("PUT", f"/sequences/{sequence['id']}", request)
        after = read(api, sequence["id"])
        assert_lawful(after)
        if answer.is_success:
            assert after["graphRevision"] != sequence["graphRevision"] or "graphEdit" in request
            assert answer.json()["sequence"]["graphRevision"] == after["graphRevision"]
        else:
            body = answer.json()
            assert answer.status_code == 400
            assert body["success"] is False
            assert isinstance(body["error"], str)
            assert 1 <= len(body["issues"]) <= 10
            assert all({"path", "message"} <= issue.keys() for issue in body["issues"])
            assert _shape(after) == _shape(sequence)
        sequence = after


@settings(max_examples=looks(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_random_graph_can_be_walked_to_its_end(data: st.DataObject) -> None:
    api = Api(SequenzySandbox(limits=None))
    sequence = read(api, api.post("/sequences", name="Any", trigger="manual")["sequence"]["id"])
    for _ in range(data.draw(st.integers(1, 6))):
        api.call("PUT", f"/sequences/{sequence['id']}", data.draw(requests(sequence)))
        sequence = read(api, sequence["id"])
    api.post(
        "/subscribers",
        email="ada@example.com",
        enrollInSequences=False,
        tags=data.draw(st.just([]) | st.just(["customer"])),
    )
    api.post(f"/sequences/{sequence['id']}/enable")
    api.post(f"/sequences/{sequence['id']}/enroll", emails=["ada@example.com"])
    api.control("clock", advance="600d")
    found = api.get(f"/sequences/{sequence['id']}/enrollments", status="completed")["enrollments"]
    assert len(found) == 1
    assert found[0]["currentNodeType"] == "completion"
    # Nobody gets the mail of one step twice.
    nodes = [send.node_id for send in api.sandbox.state.outbox]
    assert len(set(nodes)) == len(nodes)
