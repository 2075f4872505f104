"""Who enters a sequence by itself, who does not, and how somebody resumes in the middle of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from szy_graphs import advance, enable, enroll, first, mail, node, person, read, runs, subjects, three_emails
from szy_support import Api

ADA = "ada@example.com"
ALL = "active,waiting,paused,completed,failed,cancelled"


def _live(api: Api, **body: Any) -> dict[str, Any]:
    given = {"name": "Entry", "steps": [mail("Hello")], **body}
    sequence = read(api, api.post("/sequences", **given)["sequence"]["id"])
    enable(api, sequence)
    return sequence


def test_new_contacts_enter_by_list_or_by_scope(api: Api) -> None:
    news = api.post("/lists", name="News")["list"]["id"]
    other = api.post("/lists", name="Other")["list"]["id"]
    of_news = _live(api, trigger="contact_added", listId=news)
    of_any_list = _live(api, trigger="contact_added", listScope="any_list")
    of_anybody = _live(api, trigger="contact_added", listScope="any_contact")
    for email, lists in (("news@example.com", [news]), ("other@example.com", [other]), ("none@example.com", [])):
        api.post("/subscribers", email=email, lists=lists, enrollInSequences=True)
    api.post("/subscribers", email="quiet@example.com", lists=[news], enrollInSequences=False)
    entered = [{run["email"] for run in runs(api, found, ALL)} for found in (of_news, of_any_list, of_anybody)]
    assert entered == [
        {"news@example.com"},
        {"news@example.com", "other@example.com"},
        {"news@example.com", "other@example.com", "none@example.com"},
    ]


def test_joining_a_list_later_starts_its_sequence_but_not_the_one_for_new_contacts(api: Api) -> None:
    news = api.post("/lists", name="News")["list"]["id"]
    of_news = _live(api, trigger="contact_added", listId=news)
    of_anybody = _live(api, trigger="contact_added", listScope="any_contact")
    person(api)
    api.post(f"/lists/{news}/subscribers", emails=[ADA], enrollInSequences=True)
    assert len(runs(api, of_news, ALL)) == 1
    assert runs(api, of_anybody, ALL) == []


def test_a_tag_starts_its_sequence_and_its_name_is_normalised(api: Api) -> None:
    sequence = _live(api, trigger="tag_added", tagNames=["VIP Customer", "gold"])
    person(api)
    api.post("/subscribers/tags", email=ADA, tag="silver")
    assert runs(api, sequence, ALL) == []
    api.post("/subscribers/tags", email=ADA, tag="vip customer")
    (run,) = runs(api, sequence, ALL)
    assert (run["enteredVia"]["kind"], run["enteredVia"]["value"]) == ("tag", "vip-customer")


def test_a_draft_and_a_disabled_sequence_let_nobody_in(api: Api) -> None:
    draft = read(api, api.post("/sequences", name="D", trigger="tag_added", tagName="vip")["sequence"]["id"])
    disabled = _live(api, trigger="tag_added", tagName="vip")
    api.post(f"/sequences/{disabled['id']}/disable")
    person(api)
    api.post("/subscribers/tags", email=ADA, tag="vip")
    enable(api, disabled)
    advance(api, "1d")
    assert runs(api, draft, ALL) == runs(api, disabled, ALL) == []
    assert subjects(api) == []


def test_an_event_enters_when_its_properties_fit_and_stays_readable_in_later_emails(api: Api) -> None:
    sequence = _live(
        api,
        trigger="event_received",
        eventName="order.paid",
        propertyFilters=[{"path": "items[].sku", "operator": "equals", "value": "A1"}],
        steps=[mail("Order {{event.id}}"), mail("Again {{event.id}}", delay={"days": 1})],
    )
    person(api)
    for number, sku in ((1, "B2"), (2, "A1")):
        body = {"email": ADA, "event": "order.paid", "properties": {"id": number, "items": [{"sku": sku}]}}
        api.post("/subscribers/events", **body)
    advance(api, "2d")
    assert subjects(api) == ["Order 2", "Again 2"]
    assert len(runs(api, sequence, ALL)) == 1


@pytest.mark.parametrize(("mode", "expected"), [("unlimited", 1), ("one_time", 1), ("matching_field", 2)])
def test_the_enrolment_mode_decides_about_a_second_run(api: Api, mode: str, expected: int) -> None:
    more = {"enrollmentFieldPath": "order.id"} if mode == "matching_field" else {}
    steps = [mail("One"), mail("Two", delay={"days": 1})]
    body = {"trigger": "event_received", "eventName": "paid", "enrollmentMode": mode, "steps": steps, **more}
    sequence = _live(api, **body)
    person(api)
    for order in (1, 2, 2):
        api.post("/subscribers/events", email=ADA, event="paid", properties={"order": {"id": order}})
    assert len(runs(api, sequence)) == expected
    advance(api, "2d")
    api.post("/subscribers/events", email=ADA, event="paid", properties={"order": {"id": 1}})
    assert len(runs(api, sequence)) == (0 if mode == "one_time" else 1)


def test_a_segment_lets_in_those_who_come_after_the_baseline(api: Api) -> None:
    leaf = {"field": "tag", "operator": "contains", "value": "lead"}
    segment = api.post("/segments", name="Leads", filters=[{"id": "f", **leaf}], filterJoinOperator="and")["segment"]
    person(api, "before@example.com", tags=["lead"])
    sequence = _live(api, trigger="segment_entered", segmentId=segment["id"])
    advance(api, "1d")
    person(api, "after@example.com")
    api.post("/subscribers/tags", email="after@example.com", tag="lead")
    assert runs(api, sequence, ALL) == []
    advance(api, "15m")
    assert [run["email"] for run in runs(api, sequence, ALL)] == ["after@example.com"]


def test_silence_and_frequency_are_noticed_within_the_hour(api: Api) -> None:
    silent = _live(api, trigger="inactivity", eventName="login", inactiveDays=2)
    often = _live(api, trigger="frequency", eventName="login", minCount=3, timeWindowDays=7)
    person(api)
    person(api, "busy@example.com")
    advance(api, "1d")
    for _ in range(3):
        api.post("/subscribers/events", email="busy@example.com", event="login", properties={})
    advance(api, "25h")
    assert [run["email"] for run in runs(api, silent, ALL)] == [ADA]
    assert [run["email"] for run in runs(api, often, ALL)] == ["busy@example.com"]


def test_a_resume_lane_carries_position_and_remaining_wait(api: Api) -> None:
    """People who stood before mail 2 or 3 go on there at their own date; everybody else starts at the beginning."""
    sequence = three_emails(api)
    start = read(api, sequence["id"])
    lanes = [
        {
            "id": f"resume-{number}",
            "conditionType": "field_equals",
            "fieldName": "mig_step",
            "fieldValue": f"resume-{number}",
            "steps": [
                {
                    "type": "delay",
                    "waitUntil": {
                        "source": "attribute",
                        "field": "mig_at",
                        "missingAction": "exit",
                        "pastAction": "continue",
                    },
                }
            ],
            "targetNodeId": node(start, f"Mail {number}"),
        }
        for number in (2, 3)
    ]
    branch = {"afterNodeId": first(start), "branches": lanes, "elseTargetNodeId": node(start, "Mail 1")}
    added = api.put(f"/sequences/{sequence['id']}", branch=branch)["sequence"]["addedBranchPathNodeIds"]
    now = api.sandbox.state.now
    for number, days in ((2, 1), (3, 5)):
        at = {"mig_step": f"resume-{number}", "mig_at": (now + timedelta(days=days)).isoformat()}
        person(api, f"at{number}@example.com", customAttributes=at)
    person(api)
    enable(api, sequence)
    enroll(api, sequence, "at2@example.com", "at3@example.com", ADA)
    waiting = {run["email"]: run["currentNodeId"] for run in runs(api, sequence) if run["email"] != ADA}
    assert waiting == {f"at{number}@example.com": added[f"resume-{number}"][0] for number in (2, 3)}
    advance(api, "60d")
    assert subjects(api, "at2@example.com") == ["Mail 2", "Mail 3"]
    assert subjects(api, "at3@example.com") == ["Mail 3"]
    assert subjects(api) == ["Mail 1", "Mail 2", "Mail 3"]
    times = [(send.recipient, (send.sent_at - now).days) for send in api.sandbox.state.outbox]
    assert ("at2@example.com", 1) in times
    assert ("at3@example.com", 5) in times


def test_somebody_inside_is_not_enrolled_again_but_somebody_done_can_be(api: Api) -> None:
    sequence = three_emails(api, enrollmentMode="one_time")
    person(api)
    enable(api, sequence)
    assert enroll(api, sequence, ADA, ADA.upper())["enrolled"] == 1
    assert enroll(api, sequence, ADA)["skipped"] == 1
    advance(api, "10d")
    assert enroll(api, sequence, ADA)["enrolled"] == 1
