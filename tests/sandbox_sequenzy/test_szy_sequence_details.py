"""Fine points of running sequences: scopes, borders of windows, old events, lanes that lose their edge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from szy_graphs import advance, delay, enable, enroll, first, mail, node, person, read, runs, subjects, three_emails
from szy_support import Api

from migrator.sandbox.sequenzy.wait_times import next_open

ADA = "ada@example.com"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-06-01T07:59:00Z", "2026-06-01T08:00:00Z"),
        ("2026-06-01T08:00:00Z", "2026-06-01T08:00:00Z"),
        ("2026-06-01T09:59:00Z", "2026-06-01T09:59:00Z"),
        ("2026-06-01T10:00:00Z", "2026-06-08T08:00:00Z"),
    ],
)
def test_a_window_is_open_from_its_start_until_just_before_its_end(moment: str, expected: str) -> None:
    found = next_open(datetime.fromisoformat(moment), "UTC", ["monday"], "08:00", "10:00")
    assert found == datetime.fromisoformat(expected)


def test_a_window_keeps_local_time_when_the_clocks_change() -> None:
    days = ["sunday", "saturday"]
    before = next_open(datetime.fromisoformat("2026-03-28T00:00:00Z"), "Europe/Paris", days, "09:00", "24:00")
    after = next_open(datetime.fromisoformat("2026-03-29T00:00:00Z"), "Europe/Paris", days, "09:00", "24:00")
    assert (before.isoformat(), after.isoformat()) == ("2026-03-28T08:00:00+00:00", "2026-03-29T07:00:00+00:00")


@pytest.mark.parametrize(("scope", "expected"), [("previous_email", "else"), ("this_sequence", "clicked")])
def test_a_click_in_an_earlier_email_is_not_one_in_the_previous(api: Api, scope: str, expected: str) -> None:
    sequence = three_emails(api)
    lane = {"id": "clicked", "conditionType": "link_clicked", "activityScope": scope, "steps": [mail("Thanks")]}
    branch = {"afterNodeId": delay(sequence, "Mail 3"), "branches": [lane], "allowEmptyPaths": True}
    api.put(f"/sequences/{sequence['id']}", branch=branch)
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    api.control("activity", email=ADA, type="clicked", nodeId=node(sequence, "Mail 1"))
    advance(api, "5d")
    (run,) = runs(api, sequence, "completed")
    assert run["branchDecisions"][0]["routedEdgeBranchId"] == expected


def test_an_event_from_before_the_enrolment_does_not_stop_it(api: Api) -> None:
    sequence = three_emails(api, stopCondition={"type": "event_received", "value": "bought"})
    person(api)
    api.post("/subscribers/events", email=ADA, event="bought", properties={})
    advance(api, "1h")
    enable(api, sequence)
    enroll(api, sequence, ADA)
    assert subjects(api) == ["Mail 1"]
    api.post("/subscribers/events", email=ADA, event="bought", properties={})
    advance(api, "5d")
    assert subjects(api) == ["Mail 1"]


@pytest.mark.parametrize(("only_active", "expected"), [(True, 0), (False, 1)])
def test_active_subscribers_only_decides_whether_an_opted_out_contact_enters(
    api: Api, only_active: bool, expected: int
) -> None:
    body: dict[str, Any] = {"name": "E", "trigger": "event_received", "eventName": "paid", "steps": [mail("Hello")]}
    made = api.post("/sequences", **body, activeSubscribersOnly=only_active)
    sequence = read(api, made["sequence"]["id"])
    enable(api, sequence)
    person(api, status="unsubscribed")
    api.post("/subscribers/events", email=ADA, event="paid", properties={})
    assert len(runs(api, sequence, "active,waiting,completed")) == expected
    assert subjects(api) == []


def test_edges_that_leave_a_lane_without_a_way_or_a_step_with_two_are_refused(api: Api) -> None:
    sequence = three_emails(api)
    lane = {"conditionType": "has_tag", "tagName": "x", "steps": [mail("Lane")]}
    branch = {"afterNodeId": first(sequence), "branches": [lane], "allowEmptyPaths": True}
    api.put(f"/sequences/{sequence['id']}", branch=branch)
    built = read(api, sequence["id"])
    relabelled = [
        edge | ({"condition": {"branchId": "else"}} if "condition" in edge else {}) for edge in built["edges"]
    ]
    doubled = [*built["edges"], built["edges"][-1]]
    unlabelled = [{key: edge[key] for key in ("sourceNodeId", "targetNodeId")} for edge in built["edges"]]
    for edges in (relabelled, doubled, unlabelled):
        edit = {"action": "replace_edges", "expectedRevision": built["graphRevision"], "edges": edges}
        answer = api.call("PUT", f"/sequences/{sequence['id']}", {"graphEdit": edit})
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_GRAPH")
        assert read(api, sequence["id"]) == built


def test_an_opened_email_ends_a_wait_for_it(api: Api) -> None:
    sequence = three_emails(api)
    wait = {"nodeType": "logic_wait_for_event", "config": {"eventName": "email.opened", "timeoutDays": 30}}
    api.put(f"/sequences/{sequence['id']}", insertSteps={"afterNodeId": node(sequence, "Mail 1"), "steps": [wait]})
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    api.control("activity", email=ADA, type="opened")
    advance(api, "2d")
    assert subjects(api) == ["Mail 1", "Mail 2"]
