"""The local Sequenzy keeps what the contract says of single steps: what is refused, and what is done by default."""

from __future__ import annotations

import json
from typing import Any

import pytest
from szy_graphs import enable, enroll, first, person, read, three_emails
from szy_support import Api

ADA = "ada@example.com"
HOOK = "https://hooks.test/in"


def insert(api: Api, sequence: dict[str, Any], *steps: dict[str, Any]) -> Any:
    body = {"insertSteps": {"afterNodeId": first(sequence), "steps": list(steps)}}
    return api.call("PUT", f"/sequences/{sequence['id']}", body)


def hook(**config: Any) -> dict[str, Any]:
    return {"nodeType": "action_webhook", "config": {"url": HOOK, **config}}


@pytest.mark.parametrize("body", ["a=1", '{"n": {{n}}}', '{"n": NaN}', "{"])
def test_a_body_that_is_not_json_as_it_is_written_is_refused(api: Api, body: str) -> None:
    answer = insert(api, three_emails(api), hook(body=body))
    assert (answer.status_code, answer.json()["issues"][0]["path"]) == (400, "insertSteps.steps[0].config.body")


def test_without_a_body_the_contact_and_the_sequence_are_sent(api: Api) -> None:
    sequence = three_emails(api)
    insert(api, sequence, hook(), hook(method="GET"), hook(body="{}")).raise_for_status()
    person(api, customAttributes={"plan": "pro"})
    enable(api, sequence)
    enroll(api, sequence, ADA)
    bare, get, empty = api.http.get("http://sequenzy.test/_sandbox/webhooks").json()["webhooks"]
    assert json.loads(bare["body"])["subscriber"]["email"] == ADA
    assert get["body"] == ""
    assert empty["body"] == "{}"


def test_headers_that_hold_secrets_are_not_shown_again(api: Api) -> None:
    sequence = three_emails(api)
    insert(api, sequence, hook(headers={"X-Api-Key": "k3y", "X-Kind": "a"})).raise_for_status()
    (node,) = [one for one in read(api, sequence["id"])["nodes"] if one["nodeType"] == "action_webhook"]
    assert node["config"]["headers"]["X-Kind"] == "a"
    assert "k3y" not in json.dumps(node)


def test_an_attribute_takes_its_value_from_the_starting_event(api: Api) -> None:
    updates = [
        {"name": "plan", "value": "{{ event.plan }}"},
        {"name": "seats", "value": "{{event.seats}}", "valueType": "number"},
        {"name": "note", "value": "about {{event.plan}}"},
    ]
    change = {"type": "update_subscriber", "config": {"customAttributeUpdates": updates}}
    sequence = three_emails(api, trigger="event_received", eventName="bought")
    insert(api, sequence, change).raise_for_status()
    person(api)
    enable(api, sequence)
    api.post("/subscribers/events", email=ADA, event="bought", properties={"plan": "pro", "seats": "4"})
    held = api.contact(ADA)["customAttributes"]
    assert (held["plan"], held["seats"], held["note"]) == ("pro", 4, "about {{event.plan}}")
