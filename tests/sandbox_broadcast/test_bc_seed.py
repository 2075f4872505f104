"""The published Sequences page: its examples come out as written there."""

from __future__ import annotations

import json

import pytest
from bc_support import READ_KEY, client, get, sandbox

from migrator.sandbox.broadcast.generate import seed_account

SEQUENCE = json.loads("""{
"id": 5, "label": "Welcome Series", "active": true, "track_opens": true, "track_clicks": true,
"use_any_email_server": false, "email_server_ids": [1], "init_segment_id": null, "init_tag": "new-signup",
"parent_sequence_id": null, "subscribers_count": 1250,
"created_at": "2025-01-10T08:00:00.000Z", "updated_at": "2025-03-01T12:00:00.000Z"
}""")
STEPS = [
    {"id": 10, "action": "entry_point", "label": "Start", "parent_id": None, "true_branch": None},
    {"id": 11, "action": "send_email", "label": "Welcome Email", "parent_id": 10, "true_branch": None},
    {"id": 12, "action": "delay", "label": "Wait 2 days", "parent_id": 11, "true_branch": None},
    {"id": 13, "action": "send_email", "label": "Getting Started Guide", "parent_id": 12, "true_branch": None},
]


@pytest.fixture(scope="module")
def app():
    return sandbox("seed", seed_account())


def test_the_published_list_is_served_as_written(app):
    shown = get(app, "/api/v1/sequences?limit=1")
    assert shown == {"data": [SEQUENCE], "total": 8}
    assert list(shown["data"][0]) == list(SEQUENCE)


def test_the_published_sequence_with_steps_is_served_as_written(app):
    assert get(app, "/api/v1/sequences/5?include_steps=true") == {**SEQUENCE, "steps": STEPS}


@pytest.mark.parametrize("value", ["false", "1", "True", ""])
def test_only_the_word_true_includes_steps(app, value):
    assert get(app, f"/api/v1/sequences/5?include_steps={value}") == SEQUENCE


def test_a_person_joins_once_with_an_empty_answer(app):
    path, body = "/api/v1/sequences/6/add_subscriber", {"subscriber": {"email": "Someone@Example.com"}}
    answers = [client(app, "write").post(path, json=body) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(201, b""), (422, b"")]
    assert get(app, "/api/v1/subscribers/find?email=someone@example.com")["source"] == "api"


def test_a_person_leaves_once_with_an_empty_answer(app):
    path, body = "/api/v1/sequences/5/remove_subscriber", {"subscriber": {"email": "reader9@example.com"}}
    answers = [client(app, "write").request("DELETE", path, json=body) for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b""), (422, b"")]
    app.runtime.enrol(app.account.sequences[0], app.channel.directory.find("reader9@example.com"))


def test_flat_attributes_are_refused(app):
    for method, act in (("POST", "add_subscriber"), ("DELETE", "remove_subscriber")):
        answer = client(app, "write").request(method, f"/api/v1/sequences/5/{act}", json={"email": "a@example.com"})
        assert (answer.status_code, answer.json()) == (
            400,
            {"error": "param is missing or the value is empty or invalid: subscriber"},
        )


def test_an_unknown_sequence_is_not_found(app):
    assert client(app).get("/api/v1/sequences/99").status_code == 404
    body = {"subscriber": {"email": "a@example.com"}}
    assert client(app, "write").post("/api/v1/sequences/99/add_subscriber", json=body).status_code == 404


def test_writing_needs_both_write_permissions(app):
    app.account.tokens["half"] = type(app.account.tokens[READ_KEY])(label="h", permissions=["sequences_write"])
    body = {"subscriber": {"email": "a@example.com"}}
    for key in ("half", "read", "nobody"):
        answer = client(app, key).post("/api/v1/sequences/6/add_subscriber", json=body)
        assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


def test_the_page_tells_of_no_steps_endpoint_and_no_enrolments(app):
    for path in ("/sequences/5/steps", "/sequences/5/steps/11", "/sequences/5/list_subscribers", "/whoami"):
        assert client(app).get(f"/api/v1{path}").status_code == 404
