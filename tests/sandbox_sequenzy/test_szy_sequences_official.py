"""The official client drives sequences, and every answer has every field of the client's own models."""

from __future__ import annotations

from typing import Any

import pytest
from sequenzy.core.api_error import ApiError
from sequenzy.types import (
    EmailBlock,
    SequenceWaitUntilInput,
    SequenceWaitUntilKeyDateInput,
    SequenceWaitUntilWeekdayInput,
)
from szy_graphs import HTML, mail
from szy_support import Api, Official

# Fields that the platform gives only now and then: tracking code for events, A/B results, vendor advice.
NOW_AND_THEN = (
    "warnings",
    "eventTracking",
    "eventTrackingCode",
    "requiredEvents",
    "recommendations",
    "sequence.pausedByUser",
    "sequence.pausedByUserId",
    "sequence.pauseSource",
    "sequences.pausedByUser",
    "sequences.pausedByUserId",
    "sequences.pauseSource",
    "*.structuralStepNumber",
    "*.condition",
    "*.matchConfig",
    "*.currentNodeType",
)

WAITS = {
    "waitUntil": SequenceWaitUntilInput,
    "waitUntilWeekday": SequenceWaitUntilWeekdayInput,
    "waitUntilKeyDate": SequenceWaitUntilKeyDateInput,
}


def strictly(official: Official, answer: Any, *absent: str) -> None:
    official.strictly(answer, *NOW_AND_THEN, *absent)


def _create(official: Official, **more: Any) -> Any:
    answer = official.client.sequences.create(
        name="Welcome",
        trigger="manual",
        steps=[{"subject": "Mail 1", "html": HTML}, {"subject": "Mail 2", "html": HTML, "delay": {"days": 2}}],
        **more,
    )
    strictly(official, answer)
    return _read(official, str(answer.sequence.id))


def _read(official: Official, sequence_id: str) -> Any:
    answer = official.client.sequences.get(sequence_id)
    # A block has the fields of its type; a wait has one of the spellings that the client knows.
    free = [f"sequence.emails.blocks.{field.alias or name}" for name, field in EmailBlock.model_fields.items()]
    for spelling, kind in WAITS.items():
        free += [f"sequence.emails.{spelling}.{field.alias or name}" for name, field in kind.model_fields.items()]
    strictly(official, answer, *free)
    return answer.sequence


def test_a_sequence_is_made_read_grown_branched_and_edited(official: Official) -> None:
    sequence = _create(official, labels=["Moved"], stop_condition={"type": "has_tag", "value": "customer"})
    sequence_id = sequence.id
    second = sequence.emails[1]
    assert (second.delay_ms, second.delay_mode) == (2 * 86_400_000, "duration")

    steps = [
        {"nodeType": "action_add_tag", "config": {"tagName": "onboarded"}},
        {"type": "delay", "delay": {"hours": 3}},
    ]
    client = official.client.sequences
    answer = client.update(sequence_id, insert_steps={"afterNodeId": second.node_id, "steps": steps})
    assert len(answer.sequence.inserted_node_ids) == 2
    tail = answer.sequence.inserted_node_ids[-1]

    lane = {"id": "buyer", "conditionType": "has_tag", "tagName": "customer", "steps": [mail("Thanks")]}
    otherwise = [mail("Still there?", delay={"days": 1})]
    answer = client.update(sequence_id, branch={"afterNodeId": tail, "branches": [lane], "elseSteps": otherwise})
    added = answer.sequence.added_branch_path_node_ids
    assert {name: len(ids) for name, ids in added.items()} == {"buyer": 1, "else": 2}

    inner = {"conditionType": "link_clicked", "activityScope": "this_sequence", "steps": [mail("Clicked")]}
    nested = {"afterNodeId": added["else"][-1], "branches": [inner], "allowEmptyPaths": True}
    answer = client.update(sequence_id, branch=nested)
    assert answer.sequence.added_branch_path_node_ids["else"] == []

    before = _read(official, sequence_id)
    assert before.graph_revision == answer.sequence.graph_revision
    edit = {"action": "delete_node", "nodeId": tail, "expectedRevision": before.graph_revision}
    answer = client.update(sequence_id, graph_edit=edit)
    assert answer.sequence.deleted_node_id == tail
    after = _read(official, sequence_id)
    assert len(after.nodes) == len(before.nodes) - 1
    assert after.email_count == len(after.emails) == 5

    emails = [{"nodeId": after.emails[0].node_id, "subject": "New", "html": "<p>New</p>", "isTransactional": False}]
    assert client.update(sequence_id, emails=emails, name="Renamed").sequence.updated_email_count == 1
    changed = _read(official, sequence_id)
    assert (changed.name, changed.emails[0].subject) == ("Renamed", "New")
    assert changed.graph_revision == after.graph_revision

    listed = client.list(label="Moved")
    strictly(official, listed)
    assert [found.name for found in listed.sequences] == ["Renamed"]
    assert client.list(label="Other").sequences == []


def test_live_calls_answer_as_the_client_expects(official: Official, api: Api) -> None:
    client = official.client.sequences
    sequence = _create(official)
    people = [
        api.post("/subscribers", email=email, enrollInSequences=False)["subscriber"]["id"]
        for email in ("ada@example.com", "bob@example.com")
    ]
    strictly(official, client.enable(sequence.id))
    strictly(official, client.pause_enrollments(sequence.id))
    strictly(official, client.resume_enrollments(sequence.id))

    wait = sequence.emails[1].delay_node_id
    strictly(official, client.enroll_subscribers_in(sequence.id, subscriber_ids=people, target_node_id=wait))
    listed = client.list_enrollments(sequence.id, status="waiting")
    strictly(
        official, listed, "stopConditionMatchEvaluatedCount", "*.stopConditionMatches", "*.stopConditionMatchReason"
    )
    assert {found.current_node_id for found in listed.enrollments} == {wait}
    one = client.get_enrollment(sequence.id, str(listed.enrollments[0].enrollment_id))
    strictly(official, one, "*.branchDecision")

    strictly(official, client.pause_subscribers(sequence.id, emails=["ada@example.com"], reason="asked"))
    strictly(official, client.resume_subscribers(sequence.id, emails=["ada@example.com", "nobody@example.com"]))
    strictly(official, client.move_enrollments(sequence.id, from_node_id=wait), "tagResult")
    strictly(official, client.realign_enrollments(sequence.id))
    strictly(official, client.cancel_enrollments(sequence.id, cancel_all=True))
    assert client.list_enrollments(sequence.id).pagination.total == 2
    client.cancel_enrollments(sequence.id, cancel_all=True, dry_run=False)
    assert client.list_enrollments(sequence.id).pagination.total == 0
    assert client.list_enrollments(sequence.id, status="cancelled").pagination.total == 2

    strictly(official, client.get_stats(sequence.id), *_rates())
    strictly(official, client.disable(sequence.id))
    strictly(official, client.duplicate(sequence.id))
    strictly(official, client.archive(sequence.id))
    assert client.unarchive(sequence.id).sequence.status == "draft"
    client.delete(sequence.id)
    with pytest.raises(ApiError) as refused:
        client.get(sequence.id)
    assert refused.value.status_code == 404


def _rates() -> list[str]:
    names = "bounceRate clickRate conversions deliveryRate openRate rateDenominator rateDenominatorBasis replies "
    return [f"*.{name}" for name in (names + "replyRate revenueCents unsubscribeRate polls").split()]


def test_audiences_are_estimated_enrolled_and_never_twice_at_once(official: Official, api: Api) -> None:
    client = official.client.sequences
    sequence = _create(official, enrollment_mode="one_time")
    ids = [
        api.post("/subscribers", email=f"p{n}@example.com", enrollInSequences=False)["subscriber"]["id"]
        for n in range(3)
    ]
    client.enable(sequence.id)
    audience: Any = {"type": "rules", "include": [], "includedSubscriberIds": ids}
    estimate = client.estimate_audience_enrollment(sequence.id, audience=audience)
    strictly(official, estimate)
    assert (estimate.matching_count, estimate.enrollable_count) == (3, 3)
    later = api.sandbox.state.now.replace(hour=23)
    run = client.enroll_audience(sequence.id, audience=audience, scheduled_for=later, data={"from": "old"})
    strictly(official, run, *(f"audienceEnrollment.audience.{name}" for name in _audience()))
    with pytest.raises(ApiError) as refused:
        client.enroll_audience(sequence.id, audience={"type": "all"})
    assert refused.value.status_code == 409
    api.control("clock", advance="1d")
    done = client.get_audience_enrollment(sequence.id, str(run.audience_enrollment.id)).audience_enrollment
    assert (done.status, done.enrolled_count) == ("completed", 3)
    assert client.estimate_audience_enrollment(sequence.id, audience={"type": "all"}).enrollable_count == 0


def _audience() -> list[str]:
    return [
        "listIds",
        "segmentId",
        "filters",
        "filterJoinOperator",
        "exclude",
        "excludedSubscriberIds",
        "type",
        "include",
    ]


def test_rehearsals_show_the_walk_and_the_email_without_mailing(official: Official, api: Api) -> None:
    client = official.client.sequences
    sequence = _create(official)
    person = api.post("/subscribers", email="ada@example.com", firstName="Ada", enrollInSequences=False)["subscriber"]
    simulated = client.simulate(sequence.id, email="ada@example.com")
    strictly(official, simulated)
    assert simulated.readiness.ready is True
    assert simulated.path["emailStepsOnPath"] == 2

    email = sequence.emails[0].node_id
    made = client.render_step(sequence.id, email, subscriber_id=person["id"])
    strictly(official, made)
    assert "Hello Ada" in made.html
    strictly(official, client.check_step(sequence.id, email), *_check())
    strictly(official, client.send_test_email(sequence.id, email, recipients=["me@example.com"]))
    run = client.start_test_run(sequence.id, subscriber_id=person["id"])
    strictly(official, run)
    assert client.get_test_run(sequence.id, run.run.id).run.status == "completed"
    assert {send.kind for send in api.sandbox.state.outbox} == {"test"}
    assert client.list_enrollments(sequence.id, status="active,waiting,completed").enrollments == []


def _check() -> list[str]:
    names = "blockType finalUrl findings httpStatus label blockId"
    return ["categories", "placement", *(f"*.{name}" for name in names.split())]
