"""Bodies of the wrong shape are refused with a documented answer: never a crash, never a changed sequence."""

from __future__ import annotations

from typing import Any

import pytest
from szy_graphs import first, node, read, three_emails
from szy_support import Api

WRONG: list[Any] = [5, "x", [], {}, {"a": None}, [None], True, -1]
CONFIG = {
    "url": "https://hooks.test",
    "resultKey": "k",
    "prompt": "p",
    "conditionType": "field_equals",
    "fieldName": "a",
    "fieldValue": "b",
    "outputFields": [{"key": "k"}],
    "tagName": "t",
    "eventName": "e",
}
NODES = ["action_webhook", "action_update_attributes", "logic_condition", "action_ai", "action_add_to_list"]


def _refused_or_done(api: Api, method: str, path: str, body: Any) -> None:
    answer = api.call(method, path, body)
    assert answer.status_code in (200, 400, 404, 422), (path, body, answer.text)
    if answer.status_code == 400:
        assert answer.json()["success"] is False
    if answer.status_code == 422:
        assert answer.json()["errors"]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_wrong_shapes_anywhere_are_answered(api: Api, wrong: Any) -> None:
    sequence = three_emails(api)
    path, start, email = f"/sequences/{sequence['id']}", first(sequence), node(sequence, "Mail 1")
    for name in ("insertSteps", "branch", "graphEdit", "nodeUpdates", "emails", "stopCondition", "keyDates", "trigger"):
        _refused_or_done(api, "PUT", path, {name: wrong})
        _refused_or_done(api, "POST", "/sequences", {"name": "N", name: wrong})
    for kind in NODES:
        for key in CONFIG:
            step = {"nodeType": kind, "config": {**CONFIG, key: wrong}}
            _refused_or_done(api, "PUT", path, {"insertSteps": {"afterNodeId": start, "steps": [step]}})
    for wait in ("delay", "waitUntil", "waitUntilWeekday", "waitUntilKeyDate"):
        _refused_or_done(
            api, "POST", "/sequences", {"name": "N", "steps": [{"subject": "S", "html": "h", wait: wrong}]}
        )
    for key in ("config", "subject", "html", "blocks"):
        _refused_or_done(api, "PUT", path, {"nodeUpdates": [{"nodeId": email, "changes": {key: wrong}}]})
    for call in ("enroll", "enroll-audience", "enrollments/move", "enrollments/cancel", "enrollments/pause"):
        for key in ("emails", "subscriberIds", "audience", "fromNodeId", "targetNodeId"):
            _refused_or_done(api, "POST", f"{path}/{call}", {key: wrong})
    assert read(api, sequence["id"])["status"] == "draft"
    assert api.sandbox.state.enrollments == {}
