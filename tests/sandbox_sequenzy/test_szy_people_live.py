"""Which changes to a contact start automations, and which never do; tags, events and audience operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from szy_support import Api

ADA = "ada@example.com"


def started_by(api: Api, **trigger: Any) -> str:
    """A live sequence of one email with this trigger; gives its subject."""
    subject = f"Started by {trigger['trigger']}"
    steps = [{"subject": subject, "html": "<p>Hello</p>"}]
    made = api.post("/sequences", name=subject, steps=steps, **trigger)["sequence"]
    api.ok("POST", f"/sequences/{made['id']}/enable")
    return subject


def mailed(api: Api) -> list[str]:
    api.control("clock", advance="1h")
    return [send.recipient for send in api.sandbox.state.outbox if send.kind == "sequence"]


@pytest.fixture
def tagged(api: Api) -> Api:
    started_by(api, trigger="tag_added", tagName="lead")
    api.post("/subscribers", email=ADA, enrollInSequences=False)
    return api


def test_a_tag_on_one_contact_starts_the_sequence(tagged: Api) -> None:
    tagged.post("/subscribers/tags", email=ADA, tag="Lead")
    assert mailed(tagged) == [ADA]


@pytest.mark.parametrize("run", [False, True])
def test_a_bulk_tag_starts_it_only_when_asked(tagged: Api, run: bool) -> None:
    tagged.post("/subscribers/bulk/tags/add", tags=["lead"], emails=[ADA], triggerAutomations=run)
    assert tagged.contact(ADA)["tags"] == ["lead"]
    assert mailed(tagged) == ([ADA] if run else [])


def test_an_audience_operation_is_silent_by_default_and_runs_once(tagged: Api) -> None:
    tagged.post("/subscribers", email="out@example.com", status="unsubscribed")
    body = {"kind": "add_tags", "requestKey": "k1", "tags": ["lead"], "audience": {"activeOnly": True}}
    first = tagged.ok("POST", "/subscribers/operations", body)["operation"]
    again = tagged.ok("POST", "/subscribers/operations", body)["operation"]
    assert first["id"] == again["id"]
    assert tagged.call("POST", "/subscribers/operations", {**body, "tags": ["other"]}).status_code == 409
    done = tagged.get(f"/subscribers/operations/{first['id']}")["operation"]
    assert (done["status"], done["total"], done["succeeded"]) == ("completed", 1, 1)
    assert tagged.contact("out@example.com")["tags"] == []
    assert mailed(tagged) == []


def test_a_cancelled_operation_changes_nobody(tagged: Api) -> None:
    body = {"kind": "add_tags", "requestKey": "k1", "tags": ["x"]}
    started = tagged.ok("POST", "/subscribers/operations", body)["operation"]
    tagged.ok("POST", f"/subscribers/operations/{started['id']}/cancel")
    assert tagged.get(f"/subscribers/operations/{started['id']}")["operation"]["status"] == "cancelled"
    assert tagged.contact(ADA)["tags"] == []


@pytest.mark.parametrize(
    ("extra", "starts"),
    [
        ({}, True),
        ({"enrollInSequences": True}, True),
        ({"enrollInSequences": False}, False),
        ({"createdAt": "2024-01-01T00:00:00Z"}, False),
        ({"createdAt": "2024-01-01T00:00:00Z", "enrollInSequences": True}, True),
        ({"status": "unsubscribed"}, False),
    ],
)
def test_a_created_contact_starts_a_sequence_unless_told_otherwise(
    api: Api, extra: dict[str, Any], starts: bool
) -> None:
    started_by(api, trigger="contact_added")
    api.post("/subscribers", email=ADA, **extra)
    assert mailed(api) == ([ADA] if starts else [])


@pytest.mark.parametrize("enroll", [False, True])
def test_an_import_and_a_list_start_nothing_by_default(api: Api, enroll: bool) -> None:
    list_id = api.post("/lists", name="News")["list"]["id"]
    started_by(api, trigger="contact_added", listId=list_id)
    settings = {"enrollInSequences": True} if enroll else {}
    rows = [{"email": ADA}, {"email": "out@example.com", "status": "unsubscribed"}]
    api.import_people(rows, listIds=[list_id], optInMode="confirmed", **settings)
    api.post(f"/lists/{list_id}/subscribers", emails=["bob@example.com"], **settings)
    assert sorted(mailed(api)) == ([ADA, "bob@example.com"] if enroll else [])


def test_a_pending_contact_starts_only_after_the_click(make_api: Callable[..., Api]) -> None:
    api = make_api(settings={"double_opt_in": True})
    started_by(api, trigger="contact_added")
    started_by(api, trigger="tag_added", tagName="lead")
    api.post("/subscribers", email=ADA, tags=["lead"])
    api.post("/subscribers/events", email=ADA, event="order.paid")
    assert mailed(api) == []
    api.control("confirm", email=ADA)
    assert mailed(api) == [ADA, ADA]


# --- events ---


def test_an_event_older_than_an_hour_is_history_and_starts_nothing(api: Api) -> None:
    started_by(api, trigger="event_received", eventName="order.paid")
    old = api.post("/subscribers/events", email=ADA, event="order.paid", occurredAt="2026-06-01T10:59:00Z")
    assert (old["historical"], old["inserted"], old["duplicates"]) == (True, 1, 0)
    assert mailed(api) == []
    assert api.contact(ADA)["createdAt"] == "2026-06-01T10:59:00.000Z"
    recent = api.post("/subscribers/events", email=ADA, event="order.paid")
    assert "historical" not in recent
    assert mailed(api) == [ADA]


def test_an_event_of_more_than_five_years_ago_is_refused(api: Api) -> None:
    answer = api.call("POST", "/subscribers/events", {"email": ADA, "event": "x", "occurredAt": "2021-05-01T00:00:00Z"})
    assert answer.status_code == 400
    assert api.call("GET", f"/subscribers/{ADA}").status_code == 404


def test_one_recent_row_makes_the_group_of_a_contact_live(api: Api) -> None:
    started_by(api, trigger="event_received", eventName="order.paid")
    old, new = "2026-01-01T00:00:00Z", "2026-06-01T11:59:00Z"
    rows = [
        {"name": "order.paid", "eventId": "1", "email": ADA, "occurredAt": old},
        {"name": "other", "eventId": "2", "email": ADA, "occurredAt": new},
        {"name": "order.paid", "eventId": "3", "email": "bob@example.com", "occurredAt": old},
        {"name": "order.paid", "eventId": "3", "email": "bob@example.com", "occurredAt": old},
        {"name": "order.paid", "eventId": "4"},
    ]
    answer = api.post("/subscribers/events/imports", events=rows)
    counts = [answer[name] for name in ("total", "recorded", "duplicates", "failed", "subscribers")]
    assert counts == [5, 3, 1, 1, 2]
    assert answer["failures"][0]["index"] == 4
    assert mailed(api) == [ADA]
    assert api.call("POST", "/subscribers/events/imports", {"events": rows[:1] * 26}).status_code == 400


def test_an_event_id_counts_once_for_a_contact_and_a_name(api: Api) -> None:
    first = api.post("/subscribers/events", email=ADA, event="x", eventId="1")
    again = api.post("/subscribers/events", email=ADA, event="x", eventId="1")
    assert (first["event"]["definitionCreated"], again["event"]["definitionCreated"]) == (True, False)
    assert again["duplicate"]
    assert len(api.contact(ADA)["activity"]) == 1


def test_sync_rules_tag_on_live_events_only(api: Api) -> None:
    rule = {
        "triggerEvent": "order.paid",
        "actions": {"addTags": ["buyer"], "removeTags": ["lead"]},
        "conditions": {"requiresTags": ["lead"]},
    }
    api.put("/sync-rules", syncRules=[rule])
    api.post("/subscribers", email=ADA, tags=["lead"], enrollInSequences=False)
    api.post("/subscribers/events", email=ADA, event="order.paid", occurredAt="2026-01-01T00:00:00Z")
    assert api.contact(ADA)["tags"] == ["lead"]
    api.post("/subscribers/events", email=ADA, event="order.paid")
    assert api.contact(ADA)["tags"] == ["buyer"]
    assert api.ok("PUT", "/sync-rules", {"syncRules": None})["isDefault"]


# --- tags ---


def test_removing_a_tag_creates_the_contact_without_it(api: Api) -> None:
    answer = api.post("/subscribers/tags/remove", email=ADA, tag="lead")
    assert answer["subscriber"]["created"]
    assert answer["tag"] == {"name": "lead", "removed": False}


def test_bulk_tags_name_who_was_not_found_and_create_nobody(api: Api) -> None:
    api.post("/subscribers", email=ADA, externalId="x1", tags=["lead"])
    answer = api.post(
        "/subscribers/bulk/tags/add",
        tags=["Lead"],
        emails=[ADA.upper(), "nobody@example.com"],
        externalIds=["x1", "x2"],
        subscriberIds=["sub_none"],
    )
    counts = [answer[name] for name in ("requested", "matched", "updated", "unchanged", "failed")]
    assert counts == [5, 1, 0, 1, 0]
    assert answer["notFound"] == {
        "emails": ["nobody@example.com"],
        "externalIds": ["x2"],
        "subscriberIds": ["sub_none"],
    }
    assert api.get("/subscribers", status="all")["pagination"]["total"] == 1
    too_many = {"tags": ["x"], "emails": [f"p{number}@example.com" for number in range(501)]}
    assert api.call("POST", "/subscribers/bulk/tags/add", too_many).status_code == 400


def test_tag_definitions_keep_their_rules(api: Api) -> None:
    made = api.post("/tags", name="Gold Member", color="amber")["tag"]
    assert (made["name"], made["color"], made["isSystem"]) == ("gold-member", "amber", False)
    assert api.call("POST", "/tags", {"name": "gold member"}).status_code == 409
    assert api.call("PATCH", f"/tags/{made['id']}", {"color": "beige"}).status_code == 400
    system = next(tag for tag in api.get("/tags")["tags"] if tag["isSystem"])
    assert api.call("DELETE", f"/tags/{system['id']}").status_code == 403
    started_by(api, trigger="tag_added", tagName="gold-member")
    assert api.call("DELETE", f"/tags/{made['id']}").status_code == 409


def test_an_opt_out_ends_what_runs(api: Api) -> None:
    steps = [{"subject": "Later", "html": "<p>x</p>", "delay": {"days": 1}}]
    made = api.post("/sequences", name="Slow", trigger="tag_added", tagName="lead", steps=steps)["sequence"]
    api.ok("POST", f"/sequences/{made['id']}/enable")
    for address in (ADA, "bob@example.com"):
        api.post("/subscribers", email=address, enrollInSequences=False)
        api.post("/subscribers/tags", email=address, tag="lead")
    assert [entry["enrollmentStatus"] for entry in api.contact(ADA)["sequenceEnrollments"]] == ["waiting"]
    api.patch(f"/subscribers/{ADA}", status="unsubscribed")
    api.import_people([{"email": "bob@example.com", "status": "unsubscribed"}], duplicateStrategy="merge")
    api.control("clock", advance="2d")
    assert mailed(api) == []
