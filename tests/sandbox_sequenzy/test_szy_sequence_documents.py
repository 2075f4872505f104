"""The examples of the introductory documents work as written, and the older contract knows nothing newer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from szy_graphs import mail, read
from szy_support import Api

BLOCKS = [
    {"id": "heading-1", "type": "heading", "content": "Welcome!", "level": 1},
    {"id": "text-1", "type": "text", "content": "<p>Good to have you.</p>", "variant": "paragraph"},
]
EXAMPLES: dict[str, dict[str, Any]] = {
    "goal": {
        "name": "Onboarding Sequence",
        "trigger": "contact_added",
        "stopCondition": {"type": "has_tag", "value": "customer"},
        "goal": "Welcome new users and help them get started with our product",
        "emailCount": 5,
    },
    "blocks": {
        "name": "Welcome Sequence",
        "trigger": "contact_added",
        "steps": [
            {"subject": "Welcome!", "blocks": BLOCKS},
            {"subject": "Guide", "delay": {"days": 1}, "blocks": BLOCKS},
        ],
    },
    "html": {
        "name": "Migrated Sequence",
        "trigger": "contact_added",
        "steps": [
            {"subject": "Welcome!", "html": '<h1>Welcome</h1><a href="https://example.com/start">Start</a>'},
            {"subject": "Quick tips", "delay": {"days": 2}, "html": "<h2>Tips</h2>"},
        ],
    },
    "discount": {
        "name": "Win-back Discount",
        "trigger": "tag_added",
        "tagName": "cancelled",
        "steps": [
            {
                "type": "create_discount",
                "discount": {
                    "label": "Win-back",
                    "discountType": "percent",
                    "percentOff": 20,
                    "duration": "once",
                    "appliesToAllPlans": True,
                    "maxRedemptions": 1,
                    "lockToSubscriber": True,
                    "codePrefix": "WINBACK",
                },
            },
            {
                "subject": "Come back with {{discount.code}}",
                "delay": {"days": 1},
                "html": "<p>{{discount.percentOff}}% off with {{discount.code}}</p>",
            },
        ],
    },
    "event": {
        "name": "Wind Alert Follow-up",
        "trigger": "event_received",
        "eventName": "weather.wind_alert",
        "steps": [
            {
                "subject": "Wind alert for {{event.city}}",
                "html": "<p>{{event.alert.maxSpeed}} km/h for {{event.duration.hours|a few}} hours.</p>",
            },
            {"subject": "Stay safe in {{event.city}}", "delay": {"hours": 12}, "html": "<p>{{event.city}}</p>"},
        ],
    },
}


@pytest.mark.parametrize("contract", ["current", "seed"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_documented_examples_make_a_draft(make_api: Callable[..., Api], contract: str, name: str) -> None:
    api = make_api(contract=contract)
    made = api.post("/sequences", **EXAMPLES[name])
    assert made["success"] is True
    assert made["message"]
    sequence = made["sequence"]
    emails = [step for step in EXAMPLES[name].get("steps", []) if "subject" in step]
    expected = {"name": EXAMPLES[name]["name"], "status": "draft", "emailCount": len(emails) or 5}
    assert {key: sequence[key] for key in expected} == expected
    found = read(api, sequence["id"])
    assert [email["subject"] for email in found["emails"]] == [e["subject"] for e in emails] or name == "goal"


def test_html_comes_back_as_one_raw_block_byte_for_byte(api: Api) -> None:
    html = "<!--[if mso]><table><![endif]-->\n<P CLASS=x>Hi&nbsp;{{FIRST_NAME}}</P>"
    step = {"subject": "S", "html": html}
    sequence_id = api.post("/sequences", name="Raw", trigger="manual", steps=[step])["sequence"]["id"]
    (email,) = read(api, sequence_id)["emails"]
    assert [(block["type"], block["content"]) for block in email["blocks"]] == [("html", html)]
    assert email["emailPreset"] is None


def test_a_written_sequence_is_pending_until_looked_at(api: Api) -> None:
    sequence_id = api.post("/sequences", **EXAMPLES["goal"])["sequence"]["id"]
    assert api.call("POST", f"/sequences/{sequence_id}/enable").status_code == 400
    stages = [read(api, sequence_id)["enrichmentStatus"] for _ in range(3)]
    assert stages == ["pending", "in_progress", "complete"]
    api.post(f"/sequences/{sequence_id}/enable")


def test_the_documented_event_example_fills_its_emails(api: Api) -> None:
    sequence_id = api.post("/sequences", **EXAMPLES["event"])["sequence"]["id"]
    api.post(f"/sequences/{sequence_id}/enable")
    properties = {"city": "Tel Aviv", "alert": {"maxSpeed": 75}}
    api.post("/subscribers/events", email="user@example.com", event="weather.wind_alert", properties=properties)
    api.control("clock", advance="12h")
    first, second = api.sandbox.state.outbox
    assert first.subject == "Wind alert for Tel Aviv"
    assert "75 km/h for a few hours." in first.html
    assert second.subject == "Stay safe in Tel Aviv"


def test_the_older_contract_refuses_what_it_has_no_word_for(make_api: Callable[..., Api]) -> None:
    api = make_api(contract="seed")
    for body in (
        {"trigger": "manual"},
        {"trigger": "segment_exited", "segmentId": "s"},
        {"trigger": "tag_added", "tagNames": ["a"]},
        {"trigger": "contact_added", "steps": [mail("S", delayMs=1000)]},
        {"trigger": "contact_added", "steps": [mail("S", waitUntil={"field": "x", "source": "attribute"})]},
        {"trigger": "contact_added", "steps": [{"type": "update_subscriber", "config": {"firstName": "A"}}]},
        {"trigger": "contact_added", "sendingWindow": {"timezone": "UTC", "startTime": "08:00", "endTime": "09:00"}},
        {},
    ):
        answer = api.call("POST", "/sequences", {"name": "New", **body})
        assert answer.status_code == 422, body
        assert answer.json()["success"] is False
        assert isinstance(answer.json()["error"], str)
    assert api.get("/sequences")["sequences"] == []
    sequence_id = api.post("/sequences", **EXAMPLES["html"])["sequence"]["id"]
    before = read(api, sequence_id)
    for body in ({"insertSteps": {"steps": [mail("N")]}}, {"branch": {"afterNodeId": "n", "branches": []}}):
        assert api.call("PUT", f"/sequences/{sequence_id}", body).status_code == 422
    assert read(api, sequence_id) == before
    assert api.call("POST", f"/sequences/{sequence_id}/enroll", {"emails": ["a@example.com"]}).status_code == 404
