"""What reaches whom, and when: the end states of sequences on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from szy_graphs import (
    advance,
    delay,
    enable,
    enroll,
    first,
    last,
    mail,
    node,
    person,
    read,
    runs,
    subjects,
    three_emails,
)
from szy_support import Api

from migrator.sandbox.sequenzy.app import SequenzySandbox

ADA = "ada@example.com"


def test_a_contact_gets_each_email_at_its_time(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    enable(api, sequence)
    start = api.sandbox.state.now
    enroll(api, sequence, ADA)
    advance(api, "10d")
    sent = [(send.subject, send.sent_at - start) for send in api.sandbox.state.outbox]
    assert sent == [("Mail 1", timedelta(0)), ("Mail 2", timedelta(days=2)), ("Mail 3", timedelta(days=3))]
    assert [run["status"] for run in runs(api, sequence, "completed")] == ["completed"]


def test_enrolled_at_a_wait_the_next_email_comes_after_the_full_wait(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    enable(api, sequence)
    answer = enroll(api, sequence, ADA, target=delay(sequence, "Mail 2"))
    due = api.sandbox.state.now + timedelta(days=2)
    assert datetime.fromisoformat(answer["scheduledFor"]) == due
    (run,) = runs(api, sequence)
    assert (run["status"], run["currentNodeId"]) == ("waiting", delay(sequence, "Mail 2"))
    assert datetime.fromisoformat(run["waitUntil"]) == due
    advance(api, "47h")
    assert subjects(api) == []
    advance(api, "1h")
    assert subjects(api) == ["Mail 2"]


def test_enrolled_at_an_email_it_leaves_at_once_and_nothing_earlier_ever_does(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA, target=node(sequence, "Mail 2"))
    assert subjects(api) == ["Mail 2"]
    advance(api, "30d")
    assert subjects(api) == ["Mail 2", "Mail 3"]


def _with_date_wait(api: Api, **wait: Any) -> dict[str, Any]:
    """A wait for the date in `resume_at` in front of mail 1."""
    sequence = three_emails(api)
    step = {"type": "delay", "waitUntil": {"source": "attribute", "field": "resume_at", **wait}}
    api.put(f"/sequences/{sequence['id']}", insertSteps={"afterNodeId": first(sequence), "steps": [step]})
    return read(api, sequence["id"])


def test_a_date_of_the_contact_decides_per_contact(api: Api) -> None:
    sequence = _with_date_wait(api)
    now = api.sandbox.state.now
    for days, email in ((1, "one@example.com"), (3, "three@example.com")):
        person(api, email, customAttributes={"resume_at": (now + timedelta(days=days)).isoformat()})
    enable(api, sequence)
    answer = enroll(api, sequence, "one@example.com", "three@example.com", target=delay(sequence, "Mail 1"))
    assert datetime.fromisoformat(answer["scheduledFor"]) == now + timedelta(days=1)
    advance(api, "2d")
    assert (subjects(api, "one@example.com"), subjects(api, "three@example.com")) == (["Mail 1"], [])
    advance(api, "1d")
    assert subjects(api, "three@example.com") == ["Mail 1"]


def test_a_date_that_moves_later_is_waited_for_and_one_that_moves_earlier_is_not(api: Api) -> None:
    sequence = _with_date_wait(api)
    now = api.sandbox.state.now
    person(api, customAttributes={"resume_at": (now + timedelta(days=2)).isoformat()})
    enable(api, sequence)
    enroll(api, sequence, ADA)
    later = (now + timedelta(days=5)).isoformat()
    api.patch(f"/subscribers/{ADA}", customAttributes={"resume_at": later})
    advance(api, "4d")
    assert subjects(api) == []
    api.patch(f"/subscribers/{ADA}", customAttributes={"resume_at": now.isoformat()})
    advance(api, "12h")
    assert subjects(api) == []
    advance(api, "12h")
    assert subjects(api) == ["Mail 1"]


@pytest.mark.parametrize(
    ("value", "wait", "expected"),
    [
        (None, {"missingAction": "exit"}, []),
        (None, {}, ["Mail 1"]),
        (-1, {"pastAction": "continue"}, ["Mail 1"]),
        (-1, {"pastAction": "exit"}, []),
        (-1, {"pastAction": "skip"}, []),
        (1, {"direction": "before", "offset": {"days": 3}, "pastAction": "exit"}, []),
    ],
)
def test_a_date_that_is_missing_or_past_follows_its_rule(
    api: Api, value: int | None, wait: dict[str, Any], expected: list[str]
) -> None:
    sequence = _with_date_wait(api, **wait)
    moment = None if value is None else (api.sandbox.state.now + timedelta(days=value)).isoformat()
    person(api, customAttributes={} if moment is None else {"resume_at": moment})
    enable(api, sequence)
    enroll(api, sequence, ADA)
    assert subjects(api) == expected
    still_inside = [run["status"] for run in runs(api, sequence)]
    exits = "exit" in (wait.get("missingAction"), wait.get("pastAction"))
    assert still_inside == ([] if exits else ["waiting"])


def test_an_opted_out_contact_never_gets_marketing_mail(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    person(api, "out@example.com", status="unsubscribed")
    enable(api, sequence)
    answer = enroll(api, sequence, ADA, "out@example.com", "nobody@example.com")
    assert (answer["enrolled"], answer["skipped"], answer["notFound"]) == (1, 1, ["nobody@example.com"])
    api.patch(f"/subscribers/{ADA}", status="unsubscribed")
    advance(api, "30d")
    assert subjects(api) == ["Mail 1"]
    assert subjects(api, "out@example.com") == []
    assert [run["status"] for run in runs(api, sequence, "cancelled")] == ["cancelled"]


def test_unsubscribed_contacts_inside_get_transactional_steps_only(api: Api) -> None:
    steps = [mail("News"), mail("Receipt", isTransactional=True)]
    body = {"name": "Orders", "trigger": "event_received", "eventName": "order.paid", "steps": steps}
    sequence = read(api, api.post("/sequences", **body)["sequence"]["id"])
    enable(api, sequence)
    person(api, status="unsubscribed")
    api.post("/subscribers/events", email=ADA, event="order.paid", properties={})
    assert subjects(api) == ["Receipt"]
    assert api.get(f"/sequences/{sequence['id']}/stats")["enrollmentSkipped"]["byReason"] == {"unsubscribed": 1}


@pytest.mark.parametrize(
    "stop", [{"type": "has_tag", "value": "customer"}, {"type": "does_not_have_tag", "value": "lead"}]
)
def test_a_met_stop_condition_cancels_before_the_first_email(api: Api, stop: dict[str, Any]) -> None:
    sequence = three_emails(api, stopCondition=stop)
    person(api, tags=["customer"])
    enable(api, sequence)
    enroll(api, sequence, ADA)
    assert subjects(api) == []
    assert [run["status"] for run in runs(api, sequence, "cancelled")] == ["cancelled"]


def test_a_stop_condition_is_noticed_at_the_next_step_not_while_waiting(api: Api) -> None:
    sequence = three_emails(api, stopCondition={"type": "has_tag", "value": "customer"})
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    advance(api, "1d")
    api.post("/subscribers/tags", email=ADA, tag="customer")
    assert [run["status"] for run in runs(api, sequence)] == ["waiting"]
    advance(api, "1d")
    assert subjects(api) == ["Mail 1"]
    assert [run["status"] for run in runs(api, sequence, "cancelled")] == ["cancelled"]


def test_a_disabled_sequence_freezes_and_goes_on_where_it_stood(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    advance(api, "1d")
    api.post(f"/sequences/{sequence['id']}/disable")
    advance(api, "9d")
    assert subjects(api) == ["Mail 1"]
    enable(api, sequence)
    assert subjects(api) == ["Mail 1", "Mail 2"]
    advance(api, "1d")
    assert subjects(api) == ["Mail 1", "Mail 2", "Mail 3"]


def test_paused_enrolments_keep_the_door_shut_while_those_inside_move_on(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    person(api, "late@example.com")
    enable(api, sequence)
    enroll(api, sequence, ADA)
    api.post(f"/sequences/{sequence['id']}/pause-enrollments")
    refused = api.call("POST", f"/sequences/{sequence['id']}/enroll", {"emails": ["late@example.com"]})
    assert refused.status_code == 400
    advance(api, "3d")
    assert subjects(api) == ["Mail 1", "Mail 2", "Mail 3"]
    api.post(f"/sequences/{sequence['id']}/resume-enrollments")
    assert enroll(api, sequence, "late@example.com")["enrolled"] == 1


def test_a_draft_takes_nobody(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    assert api.call("POST", f"/sequences/{sequence['id']}/enroll", {"emails": [ADA]}).status_code == 400
    assert runs(api, sequence, "active,waiting,paused,completed,cancelled,failed") == []


def test_a_held_contact_stays_and_a_released_one_goes_on(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    api.post(f"/sequences/{sequence['id']}/enrollments/pause", emails=[ADA])
    advance(api, "5d")
    assert subjects(api) == ["Mail 1"]
    api.post(f"/sequences/{sequence['id']}/enrollments/resume", emails=[ADA])
    assert subjects(api) == ["Mail 1", "Mail 2"]


def test_the_sending_window_holds_emails_and_nothing_else(make_api: Callable[..., Api]) -> None:
    # A Monday noon; the window is open on Tuesdays from eight to ten in Paris, which is two hours ahead.
    api = make_api(now=datetime.fromisoformat("2026-06-01T12:00:00Z"))
    window = {"timezone": "Europe/Paris", "startTime": "08:00", "endTime": "10:00", "days": ["tuesday"]}
    sequence = three_emails(api, sendingWindow=window)
    tag = {"nodeType": "action_add_tag", "config": {"tagName": "entered"}}
    api.put(f"/sequences/{sequence['id']}", insertSteps={"afterNodeId": first(sequence), "steps": [tag]})
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    assert api.contact(ADA)["tags"] == ["entered"]
    assert [run["waitUntil"] for run in runs(api, sequence)] == ["2026-06-02T06:00:00.000Z"]
    advance(api, "30d")
    assert [send.sent_at.strftime("%a %H:%M") for send in api.sandbox.state.outbox] == ["Tue 06:00"] * 3


def test_a_weekday_wait_passes_at_once_inside_its_window(make_api: Callable[..., Api]) -> None:
    api = make_api(now=datetime.fromisoformat("2026-06-01T12:00:00Z"))
    wait = {"days": ["monday"], "startTime": "11:00", "timezone": "UTC"}
    steps = [mail("Now", waitUntilWeekday=wait), mail("Next", waitUntilWeekday={**wait, "minimumWait": {"days": 1}})]
    sequence = read(api, api.post("/sequences", name="Days", trigger="manual", steps=steps)["sequence"]["id"])
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    assert subjects(api) == ["Now"]
    advance(api, "20d")
    assert [str(send.sent_at) for send in api.sandbox.state.outbox][1] == "2026-06-08 11:00:00+00:00"


def _branched(api: Api) -> dict[str, Any]:
    """After mail 1 and a wait: clickers get a tag and mail 3, the others mail 2 first."""
    sequence = three_emails(api)
    clicked = {
        "id": "clicked",
        "conditionType": "link_clicked",
        "activityScope": "previous_email",
        "steps": [{"nodeType": "action_add_tag", "config": {"tagName": "Hot Lead"}}],
        "targetNodeId": node(sequence, "Mail 3"),
    }
    branch = {"afterNodeId": delay(sequence, "Mail 2"), "branches": [clicked], "allowEmptyPaths": True}
    api.put(f"/sequences/{sequence['id']}", branch=branch)
    return read(api, sequence["id"])


def test_the_first_lane_that_matches_is_taken_and_lanes_join_again(api: Api) -> None:
    sequence = _branched(api)
    person(api)
    person(api, "idle@example.com")
    enable(api, sequence)
    enroll(api, sequence, ADA, "idle@example.com")
    api.control("activity", email=ADA, type="clicked", url="https://example.com/offer")
    advance(api, "10d")
    assert subjects(api) == ["Mail 1", "Mail 3"]
    assert subjects(api, "idle@example.com") == ["Mail 1", "Mail 2", "Mail 3"]
    assert api.contact(ADA)["tags"] == ["hot-lead"]
    taken = {run["email"]: run["branchDecisions"][0]["routedEdgeBranchId"] for run in runs(api, sequence, "completed")}
    assert taken == {ADA: "clicked", "idle@example.com": "else"}


@pytest.mark.parametrize("scope", ["ever", "this_sequence", "previous_email"])
def test_how_far_back_an_event_counts_is_what_the_scope_says(api: Api, scope: str) -> None:
    """The event comes before mail 1: `previous_email` alone does not reach back to it."""
    steps = [mail(f"Mail {number}", delay={"days": 1}) for number in (1, 2, 3)]
    sequence = read(api, api.post("/sequences", name="Days", trigger="manual", steps=steps)["sequence"]["id"])
    bought = {"id": "bought", "conditionType": "event_received", "eventName": "bought", "activityScope": scope}
    bought |= {"targetNodeId": node(sequence, "Mail 3")}
    branch = {"afterNodeId": delay(sequence, "Mail 2"), "branches": [bought], "allowEmptyPaths": True}
    api.put(f"/sequences/{sequence['id']}", branch=branch)
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    advance(api, "2h")
    api.post("/subscribers/events", email=ADA, event="bought")
    advance(api, "10d")
    assert subjects(api) == ["Mail 1", *(["Mail 2"] if scope == "previous_email" else []), "Mail 3"]


def test_a_random_split_is_fair_enough_and_keeps_its_choice(api: Api) -> None:
    sequence = three_emails(api)
    lanes = [{"id": name, "steps": [{"nodeType": "action_add_tag", "config": {"tagName": name}}]} for name in "ab"]
    branch = {"afterNodeId": first(sequence), "splitMode": "random", "randomPercentages": [75, 25], "branches": lanes}
    api.put(f"/sequences/{sequence['id']}", branch=branch)
    emails = [f"person{number}@example.com" for number in range(200)]
    for email in emails:
        person(api, email)
    enable(api, sequence)
    enroll(api, sequence, *emails)
    before = {found.email: list(found.tags) for found in api.sandbox.state.subscribers.values()}
    assert 120 <= sum(tags == ["a"] for tags in before.values()) <= 180
    assert all(tags in (["a"], ["b"]) for tags in before.values())
    api.post(f"/sequences/{sequence['id']}/enrollments/cancel", cancelAll=True, dryRun=False)
    enroll(api, sequence, *emails)
    assert {found.email: list(found.tags) for found in api.sandbox.state.subscribers.values()} == before


def test_waiting_for_an_event_ends_with_the_event_or_the_time_out(api: Api) -> None:
    sequence = three_emails(api)
    wait = {"nodeType": "logic_wait_for_event", "config": {"eventName": "demo.booked", "timeoutDays": 3}}
    api.put(f"/sequences/{sequence['id']}", insertSteps={"afterNodeId": first(sequence), "steps": [wait]})
    person(api)
    person(api, "slow@example.com")
    enable(api, sequence)
    enroll(api, sequence, ADA, "slow@example.com")
    api.post("/subscribers/events", email=ADA, event="demo.booked", properties={})
    assert (subjects(api), subjects(api, "slow@example.com")) == (["Mail 1"], [])
    advance(api, "3d")
    assert subjects(api, "slow@example.com") == ["Mail 1"]


def test_webhooks_are_written_down_and_attributes_change(api: Api) -> None:
    hook = {
        "nodeType": "action_webhook",
        "config": {"url": "https://hooks.test/in", "body": '{"who":"{{EMAIL}}"}', "onError": "continue"},
    }
    change = {
        "type": "update_subscriber",
        "config": {"customAttributeUpdates": [{"name": "stage", "value": "2", "valueType": "number"}]},
    }
    sequence = three_emails(api)
    api.put(f"/sequences/{sequence['id']}", insertSteps={"afterNodeId": first(sequence), "steps": [hook, change]})
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    (call,) = api.http.get("http://sequenzy.test/_sandbox/webhooks").json()["webhooks"]
    assert (call["method"], call["body"]) == ("POST", '{"who":"ada@example.com"}')
    assert api.contact(ADA)["customAttributes"] == {"stage": 2}


def test_deleting_a_step_moves_those_who_wait_on_it(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    edit = {
        "action": "delete_node",
        "nodeId": delay(sequence, "Mail 2"),
        "expectedRevision": read(api, sequence["id"])["graphRevision"],
    }
    answer = api.put(f"/sequences/{sequence['id']}", graphEdit=edit, confirmStructuralChange=True)["sequence"]
    assert answer["migratedRecipientCount"] == 1
    assert subjects(api) == ["Mail 1", "Mail 2"]


def test_moving_a_waiting_contact_is_a_rehearsal_unless_told_otherwise(api: Api) -> None:
    sequence = three_emails(api)
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    path, source = f"/sequences/{sequence['id']}/enrollments/move", delay(sequence, "Mail 2")
    assert api.post(path, fromNodeId=source)["movedCount"] == 0
    assert subjects(api) == ["Mail 1"]
    assert api.post(path, fromNodeId=source, dryRun=False)["movedCount"] == 1
    assert subjects(api) == ["Mail 1", "Mail 2"]


def test_key_dates_hold_everybody_until_the_day(api: Api) -> None:
    opening = (api.sandbox.state.now + timedelta(days=5)).isoformat()
    dates = {"timezone": "UTC", "dates": [{"label": "Doors open", "at": opening}]}
    steps = [mail("Doors", waitUntilKeyDate={"key": "doors_open", "days": 1})]
    body = {"name": "Launch", "trigger": "manual", "steps": steps, "keyDates": dates}
    sequence = read(api, api.post("/sequences", **body)["sequence"]["id"])
    person(api)
    enable(api, sequence)
    enroll(api, sequence, ADA)
    advance(api, "3d")
    assert subjects(api) == []
    advance(api, "1d")
    assert subjects(api) == ["Doors"]
    assert last(sequence) != node(sequence, "Doors")


def test_a_saved_state_goes_on_exactly_where_it_stood(api: Api, tmp_path: Path) -> None:
    sequence = _branched(api)
    person(api)
    person(api, "idle@example.com")
    enable(api, sequence)
    enroll(api, sequence, ADA, "idle@example.com")
    api.control("activity", email=ADA, type="clicked")
    advance(api, "1d")
    api.sandbox.save(tmp_path / "state.json")
    other = Api(SequenzySandbox(limits=None, state_file=tmp_path / "state.json"))
    for found in (api, other):
        advance(found, "20d")
    assert len(api.sandbox.state.outbox) == 5
    assert other.sandbox.state.outbox == api.sandbox.state.outbox
    assert other.sandbox.state.enrollments == api.sandbox.state.enrollments


def test_the_clock_in_small_steps_ends_where_one_big_step_does(make_api: Callable[..., Api]) -> None:
    outcomes = []
    for spans in (["30d"], ["7h"] * 103, ["1d"] * 30):
        api = make_api()
        sequence = three_emails(api, sendingWindow={"timezone": "Asia/Tokyo", "startTime": "09:00", "endTime": "12:00"})
        person(api)
        enable(api, sequence)
        enroll(api, sequence, ADA)
        for span in spans:
            advance(api, span)
        outcomes.append([(send.subject, send.sent_at) for send in api.sandbox.state.outbox])
    assert len(outcomes[0]) == 3
    assert outcomes[0] == outcomes[1] == outcomes[2]
