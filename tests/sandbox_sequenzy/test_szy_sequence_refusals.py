"""What the local Sequenzy refuses about sequences, in which shape, and what it ignores aloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from szy_graphs import HTML, delay, enable, first, last, mail, node, person, read, three_emails
from szy_support import Api


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"trigger": "manual"}, "/name"),
        ({"name": 5}, "/name"),
        ({"name": "A", "trigger": "full_moon"}, "/trigger"),
        ({"name": "A", "steps": [{"subject": 1, "html": HTML}]}, "/steps/0/subject"),
        ({"name": "A", "steps": [{"type": "action_webhook"}]}, "/steps/0/type"),
        ({"name": "A", "steps": [{"nodeType": "action_add_tag", "config": {"tagName": "x"}}]}, "/steps/0/nodeType"),
        ({"name": "A", "stopCondition": {"type": "bored"}}, "/stopCondition/type"),
        ({"name": "A", "sendingWindow": {"days": ["Monday"]}}, "/sendingWindow/days/0"),
    ],
)
def test_wrong_types_are_a_422_with_a_pointer_and_make_nothing(api: Api, body: dict[str, Any], pointer: str) -> None:
    answer = api.call("POST", "/sequences", body)
    problem = answer.json()
    assert (answer.status_code, problem["property"]) == (422, pointer)
    assert "success" not in problem
    assert problem["errors"][0]["path"] == pointer
    assert {"type", "on", "message", "summary", "found"} <= problem.keys()
    assert api.get("/sequences")["sequences"] == []


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": "A", "steps": [{"html": HTML}]}, "steps[0].subject"),
        ({"name": "A", "steps": [{"subject": "S"}]}, "steps[0]"),
        ({"name": "A", "steps": [{"subject": "S", "html": HTML, "blocks": []}]}, "steps[0]"),
        ({"name": "A", "steps": [mail("S", delay={"days": 1}, delayMs=5)]}, "steps[0]"),
        ({"name": "A", "steps": [mail("S", delay={"days": -1})]}, "steps[0].delay"),
        ({"name": "A", "steps": [mail("S", waitUntil={"source": "attribute"})]}, "steps[0].waitUntil.field"),
        (
            {"name": "A", "trigger": "manual", "steps": [mail("S", waitUntil={"field": "date"})]},
            "waitUntil.source",
        ),
        ({"name": "A", "steps": [], "goal": "sell"}, "goal"),
        ({"name": "A", "listId": "l", "listScope": "any_list"}, "listScope"),
        ({"name": "A", "stopCondition": {"type": "has_tag"}}, "stopCondition.value"),
        (
            {"name": "A", "sendingWindow": {"timezone": "Mars/Base", "startTime": "08:00", "endTime": "09:00"}},
            "sendingWindow.timezone",
        ),
        ({"name": "A", "fromEmail": "a@example.com", "senderProfileId": "s"}, "senderProfileId"),
        ({"name": "A", "trigger": "tag_added", "tagName": "x", "enrollmentMode": "matching_field"}, "enrollmentMode"),
    ],
)
def test_broken_rules_are_a_400_with_the_place(api: Api, body: dict[str, Any], path: str) -> None:
    answer = api.call("POST", "/sequences", body)
    assert answer.status_code == 400, answer.text
    assert [issue["path"] for issue in answer.json()["issues"]] == [path]
    assert api.get("/sequences")["sequences"] == []


def test_ignored_fields_are_named_in_warnings(api: Api) -> None:
    body = {
        "name": "A",
        "trigger": "contact_added",
        "triggerConfig": {"listId": "x"},
        "companyId": "comp_other",
        "listIds": ["list_unknown"],
        "steps": [mail("One", delay=2), mail("Two", delayDays=3)],
    }
    warnings = api.post("/sequences", **body)["warnings"]
    for word in ("triggerConfig", "companyId", "list_unknown", "steps[0].delay", "steps[1].delayDays"):
        assert any(word in warning for warning in warnings), word
    assert any("every new contact" in warning for warning in api.post("/sequences", name="B")["warnings"])
    assert "warnings" not in api.post("/sequences", name="C", trigger="manual", steps=[mail("One")])


def _lane(**more: Any) -> dict[str, Any]:
    return {"conditionType": "has_tag", "tagName": "x", "steps": [mail("Lane")], **more}


def _branch(after: str, *lanes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"branch": {"afterNodeId": after, "branches": list(lanes), "elseSteps": [mail("Else")], **more}}


def _bad_updates(sequence: dict[str, Any]) -> dict[str, dict[str, Any]]:
    one, two, end = node(sequence, "Mail 1"), node(sequence, "Mail 2"), last(sequence)
    edit = {"expectedRevision": sequence["graphRevision"]}
    random = {"splitMode": "random", "elseSteps": None}
    return {
        "unknown node": {"insertSteps": {"afterNodeId": "node_x", "steps": [mail("New")]}},
        "after the end": {"insertSteps": {"afterNodeId": end, "steps": [mail("New")]}},
        "nothing to insert": {"insertSteps": {"afterNodeId": one, "steps": []}},
        "two operations": {"insertSteps": {"afterNodeId": one, "steps": [mail("N")]}, **_branch(one, _lane())},
        "lane to an earlier node": _branch(two, _lane(targetNodeId=one)),
        "lane to a stranger": _branch(two, _lane(targetNodeId="node_x")),
        "reserved lane id": _branch(two, _lane(id="else")),
        "two lanes of one name": _branch(two, _lane(id="a"), _lane(id="a")),
        "no lane": _branch(two),
        "empty lane": _branch(two, _lane(steps=[])),
        "condition without its tag": _branch(two, _lane(tagName=None)),
        "what followed gets lost": _branch(one, _lane(targetNodeId=end), elseTargetNodeId=end),
        "shares not 100": _branch(
            two, {"steps": [mail("L")]}, {"steps": [mail("R")]}, randomPercentages=[50, 40], **random
        ),
        "random with conditions": _branch(two, _lane(), _lane(), randomPercentages=[50, 50], **random),
        "stale revision": {"graphEdit": {"action": "delete_node", "nodeId": one, "expectedRevision": "0" * 64}},
        "trigger deleted": {"graphEdit": {**edit, "action": "delete_node", "nodeId": first(sequence)}},
        "moved nowhere": {"graphEdit": {**edit, "action": "move_node", "nodeId": one}},
        "webhook without https": {
            "insertSteps": {"steps": [{"nodeType": "action_webhook", "config": {"url": "http://hooks.test"}}]}
        },
        "list that is not there": {
            "insertSteps": {"steps": [{"nodeType": "action_add_to_list", "config": {"listId": "list_x"}}]}
        },
        "trigger fields alone": {"tagName": "x"},
        "email that is not there": {"emails": [{"nodeId": "node_x", "subject": "S"}]},
    }


def test_refused_updates_change_nothing(api: Api) -> None:
    sequence = three_emails(api)
    for name, body in _bad_updates(sequence).items():
        answer = api.call("PUT", f"/sequences/{sequence['id']}", body)
        assert answer.status_code == 400, (name, answer.text)
        assert answer.json()["issues"], name
        assert read(api, sequence["id"]) == sequence, name


def test_a_live_sequence_changes_only_with_confirmation(api: Api) -> None:
    sequence = three_emails(api)
    enable(api, sequence)
    path, before = f"/sequences/{sequence['id']}", read(api, sequence["id"])
    step = {"insertSteps": {"afterNodeId": node(sequence, "Mail 1"), "steps": [mail("New")]}}
    wait = {"nodeUpdates": [{"nodeId": delay(sequence, "Mail 2"), "changes": {"delay": {"days": 5}}}]}
    trigger = {"trigger": "tag_added", "tagName": "vip"}
    for change, flag in (
        (step, "confirmStructuralChange"),
        (wait, "confirmLiveChange"),
        (trigger, "confirmLiveChange"),
    ):
        refused = api.call("PUT", path, change)
        assert (refused.status_code, refused.json()["issues"][0]["path"]) == (400, flag)
        assert read(api, sequence["id"]) == before
    for change, flag in (
        (step, "confirmStructuralChange"),
        (wait, "confirmLiveChange"),
        (trigger, "confirmLiveChange"),
    ):
        api.put(path, **change, **{flag: True})
    after = read(api, sequence["id"])
    assert (after["trigger"], after["emailCount"]) == ("trigger_tag", 4)
    assert next(email["delayMs"] for email in after["emails"] if email["subject"] == "Mail 2") == 5 * 86_400_000


def test_what_is_not_ready_cannot_be_enabled(api: Api) -> None:
    discount = {"type": "create_discount", "discount": {"discountType": "percent", "percentOff": 20}}
    bodies: list[dict[str, Any]] = [
        {"trigger": "tag_added"},
        {"trigger": "contact_added", "listIds": ["list_x"]},
        {"trigger": "segment_entered", "segmentId": "seg_x"},
        {"trigger": "inactivity", "eventName": "login"},
        {"trigger": "manual", "steps": [discount, mail("Code {{discount.code}}")]},
        {"trigger": "event_received", "eventName": "booked", "steps": [mail("S", waitUntil={"field": "date"})]},
    ]
    for body in bodies:
        sequence_id = api.post("/sequences", name="Not ready", **{"steps": [mail("S")], **body})["sequence"]["id"]
        if body.get("eventName") == "booked":
            api.put(f"/sequences/{sequence_id}", trigger="manual")
        refused = api.call("POST", f"/sequences/{sequence_id}/enable")
        assert refused.status_code == 400, body
        readiness = api.get(f"/sequences/{sequence_id}/simulate")["readiness"]
        assert not readiness["ready"]
        assert refused.json()["error"] == "; ".join(readiness["errors"][:3])
        assert read(api, sequence_id)["status"] == "draft"
    api.control("settings", integrations=["stripe"])
    ready = next(s for s in api.get("/sequences")["sequences"] if read(api, s["id"])["discountCount"])
    enable(api, ready)


def test_the_switch_refuses_the_manual_trigger(make_api: Callable[..., Api]) -> None:
    api = make_api(manual_trigger=False)
    answer = api.call("POST", "/sequences", {"name": "A", "trigger": "manual"})
    assert (answer.status_code, answer.json()["property"]) == (422, "/trigger")
    assert "manual" not in answer.json()["errors"][0]["allowedValues"]


def test_a_target_outside_the_sequence_enrols_nobody(api: Api) -> None:
    sequence, other = three_emails(api), three_emails(api)
    person(api)
    enable(api, sequence)
    for target in (first(sequence), node(other, "Mail 1"), "node_x"):
        body = {"emails": ["ada@example.com"], "targetNodeId": target}
        assert api.call("POST", f"/sequences/{sequence['id']}/enroll", body).status_code == 400
    assert api.sandbox.state.enrollments == {}


def test_unknown_sequences_are_a_404(api: Api) -> None:
    answer = api.call("GET", "/sequences/seq_none")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
