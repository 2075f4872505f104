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


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"keyDates": {"dates": [{"label": "Doors", "at": "2026-11-27T09:00:00Z"}]}}, "keyDates.timezone"),
        ({"stopCondition": {"type": "has_tag"}}, "stopCondition.value"),
        (
            {"stopCondition": {"type": "removed_from_list", "matchConfig": {"mode": "entry_audience"}}},
            "stopCondition.matchConfig",
        ),
        (
            {"trigger": "event_received", "eventName": "e", "propertyFilters": [{"path": "a", "operator": "equals"}]},
            "propertyFilters[0].value",
        ),
        (
            {
                "trigger": "event_received",
                "eventName": "e",
                "propertyFilters": [{"path": "a", "operator": "one_of", "value": [True]}],
            },
            "propertyFilters[0].value",
        ),
        ({"fromName": "Ada"}, "fromName"),
        ({"replyToName": "Ada"}, "replyToName"),
    ],
)
def test_settings_that_lack_what_they_need_are_refused(api: Api, body: dict[str, Any], path: str) -> None:
    answer = api.call("POST", "/sequences", {"name": "A", "trigger": "manual", **body})
    assert (answer.status_code, answer.json()["issues"][0]["path"]) == (400, path)


def test_the_list_or_tag_that_let_somebody_in_needs_no_name(api: Api) -> None:
    stop = {"type": "does_not_have_tag", "value": None, "matchConfig": {"mode": "entry_audience", "audience": "tag"}}
    made = api.post("/sequences", name="A", trigger="tag_added", tagNames=["a", "b"], stopCondition=stop)
    assert made["sequence"]["stopCondition"]["type"] == "does_not_have_tag"


def test_several_lists_or_tags_come_before_a_single_one(api: Api) -> None:
    made = api.post("/sequences", name="A", trigger="tag_added", tagName="one", tagNames=["two", "three"])
    assert read(api, made["sequence"]["id"])["triggerConfig"] == {"tagNames": ["two", "three"]}


WEEKDAY = {"days": ["monday"], "startTime": "09:00", "timezone": "UTC"}


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({"nodeType": "logic_wait_for_event", "config": {"eventName": "e", "timeoutDays": 1.5}}, "config.timeoutDays"),
        (
            {"type": "delay", "waitUntilWeekday": {**WEEKDAY, "minimumWait": {"days": -1}}},
            "waitUntilWeekday.minimumWait",
        ),
        (
            {"type": "delay", "waitUntilWeekday": {**WEEKDAY, "minimumWait": {"weeks": 1}}},
            "waitUntilWeekday.minimumWait",
        ),
        (hook(resultKey="1st"), "config.resultKey"),
    ],
)
def test_steps_outside_the_stated_limits_are_refused(api: Api, step: dict[str, Any], path: str) -> None:
    answer = insert(api, three_emails(api), step)
    assert (answer.status_code, answer.json()["issues"][0]["path"]) == (400, f"insertSteps.steps[0].{path}")


def test_a_past_date_skips_up_to_the_next_condition(api: Api) -> None:
    """Where the date is past, what follows is left out until the next wait, condition or branch."""
    wait = {"waitUntil": {"source": "attribute", "field": "due", "pastAction": "skip"}}
    tags = [{"nodeType": "action_add_tag", "config": {"tagName": name}} for name in ("skipped", "done")]
    gate = {"nodeType": "logic_condition", "config": {"conditionType": "does_not_have_tag", "tagName": "x"}}
    sequence = three_emails(api)
    insert(api, sequence, {"type": "delay", **wait}, tags[0], gate, tags[1]).raise_for_status()
    person(api, customAttributes={"due": "2020-01-01T00:00:00Z"})
    enable(api, sequence)
    enroll(api, sequence, ADA)
    assert api.contact(ADA)["tags"] == ["done"]


@pytest.mark.parametrize(
    ("field", "value", "fine"),
    [
        ("emailOpened", "25h", True),
        ("emailOpened", "30d", True),
        ("emailOpened", "14d", False),
        ("emailOpened", "9000h", False),
        ("event", "bought:14d", True),
        ("event", "bought:36h", False),
        ("event", "bought:all", True),
    ],
)
def test_windows_of_segments_are_those_that_the_documents_name(api: Api, field: str, value: str, fine: bool) -> None:
    leaf = {"id": "f", "kind": "filter", "field": field, "operator": "is", "value": value}
    answer = api.call("POST", "/segments", {"name": "A", "filters": [leaf], "filterJoinOperator": "and"})
    assert (answer.status_code < 300) is fine, answer.text


@pytest.mark.parametrize(("obeys", "sent"), [(True, ["Mail 1", "Mail 3"]), (False, ["Mail 1", "Mail 2", "Mail 3"])])
def test_the_frequency_cap_leaves_an_email_out_where_a_sequence_obeys_it(
    api: Api, obeys: bool, sent: list[str]
) -> None:
    """Mail 2 comes two days after mail 1, mail 3 a day later: outside the window again."""
    api.put("/frequency-cap", maxEmails=1, windowHours=60)
    sequence = three_emails(api, frequencyCapEnabled=obeys)
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    api.control("clock", advance="10d")
    assert [one["subject"] for one in api.http.get("http://sequenzy.test/_sandbox/outbox").json()["outbox"]] == sent
