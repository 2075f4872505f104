"""Automations of MailerLite as sequences: three golden ones, every word of consent, and where people stand.

`UPDATE_GOLDEN=1` writes the golden sequences anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.base import StoredRow
from adapters.kit.consent import read_consent
from adapters.mailerlite.activity import read_enrolment, short_run
from adapters.mailerlite.automations import read_automation
from adapters.mailerlite.source import CONSENT
from migrator.model import Confidence, ConsentState, EnrolmentStatus
from migrator.model.steps import Branch, Opaque, RandomSplit, SendEmail, Wait
from migrator.sandbox.sources.mailerlite_automations import AUTOMATIONS, runs
from tests.contracts.source_contract import BEGIN

FIELDS = {"4": "note"}
GOLDEN = Path(__file__).parent / "golden"
BY_ID = {row["id"]: row for row in AUTOMATIONS}


def read(automation_id: str, **changed: Any) -> Any:
    return read_automation({**BY_ID[automation_id], **changed}, automation_id, FIELDS)


def action(sequence: Any, step_id: str) -> Any:
    return next(step.action for step in sequence.steps if step.id == step_id)


@pytest.mark.parametrize("automation_id", sorted(BY_ID))
def test_an_automation_is_the_sequence_in_the_golden_file(automation_id: str) -> None:
    found = json.dumps(msgspec.to_builtins(read(automation_id)), indent=1, ensure_ascii=False) + "\n"
    path = GOLDEN / f"{automation_id}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found)
    assert found == path.read_text()


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("active", ConsentState.SUBSCRIBED),
        ("unconfirmed", ConsentState.PENDING),
        ("unsubscribed", ConsentState.UNSUBSCRIBED),
        ("bounced", ConsentState.BOUNCED),
        ("junk", ConsentState.COMPLAINED),
        ("Active", ConsentState.SUBSCRIBED),
        ("activated", ConsentState.UNKNOWN),
        ("", ConsentState.UNKNOWN),
        (None, ConsentState.UNKNOWN),
        (True, ConsentState.UNKNOWN),
    ],
)
def test_each_status_means_one_state_and_an_unknown_one_is_never_a_yes(word: Any, state: ConsentState) -> None:
    assert read_consent({"status": word}, (CONSENT,)).state is state


def test_the_order_of_the_steps_in_the_answer_says_nothing() -> None:
    steps = BY_ID["7001"]["steps"]
    assert {(e.source, e.lane, e.target) for e in read("7001").edges} == {
        (e.source, e.lane, e.target) for e in read("7001", steps=steps[::-1]).edges
    }


def test_an_email_without_html_is_a_gap_and_never_an_empty_email() -> None:
    for step in read("7001").steps:
        if isinstance(step.action, SendEmail):
            assert step.content_missing == ("body",)


def test_an_unknown_step_keeps_both_ways_on_and_holds_people() -> None:
    sequence = read("7003")
    assert isinstance(action(sequence, "21"), Opaque)
    assert {edge.target for edge in sequence.edges if edge.source == "21"} == {"22", "23"}


def test_a_wait_of_an_unknown_unit_is_never_no_wait() -> None:
    assert action(read("7003"), "23") == Wait(seconds=None)


@pytest.mark.parametrize("shares", [[60, 30], [60, "?"], [], None, [60, 40, 10]])
def test_shares_that_do_not_add_up_are_not_guessed(shares: Any) -> None:
    steps = [{**row, "split_percentages": shares} if row["id"] == "26" else row for row in BY_ID["7003"]["steps"]]
    sequence = read("7003", steps=steps)
    assert isinstance(action(sequence, "26"), Opaque)
    assert "27" in {edge.target for edge in sequence.edges if edge.source == "26"}
    assert isinstance(action(read("7003"), "26"), RandomSplit)


def test_a_condition_of_unknown_words_is_never_taken_for_true() -> None:
    for told in ({"type": "weather"}, {"type": "group_membership", "group_id": "1", "action": "not_in"}):
        steps = [{**row, "conditions": [told]} if row["id"] == "3" else row for row in BY_ID["7001"]["steps"]]
        branch = action(read("7001", steps=steps), "3")
        assert isinstance(branch, Branch)
        assert branch.lanes[0].rule.__struct_config__.tag == "opaque"


def test_groups_that_one_of_several_triggers_leaves_out_block_instead_of_being_forgotten() -> None:
    both = [*BY_ID["7001"]["triggers"], *BY_ID["7002"]["triggers"]]
    sequence = read("7001", triggers=both)
    assert sequence.entry_filter is None
    assert sequence.unread_limits == ("groups of single triggers: 99003",)


def enrolments(**changed: Any) -> list[Any]:
    people = [{"id": str(number), "email": f"p{number}@example.com"} for number in range(12)]
    found = [{**row, **changed} for row in runs(people)]
    rows = [StoredRow(f"7001/{row['id']}", {**short_run(row), "_parent": "7001"}, fetched_at=BEGIN) for row in found]
    return [read_enrolment(row, read("7001")) for row in rows]


def test_people_stand_exactly_at_the_wait_that_mailerlite_names() -> None:
    waiting, _, through, out, failed, *_ = enrolments()
    assert (waiting.position.step_id, waiting.position.confidence) == ("2", Confidence.EXACT)
    assert waiting.position.remaining_seconds == 86_405
    assert (through.status, out.status) == (EnrolmentStatus.COMPLETED, EnrolmentStatus.REMOVED)
    assert failed.status is EnrolmentStatus.ERROR
    assert failed.position.confidence is Confidence.UNKNOWN


def test_a_word_for_a_run_that_nobody_knows_counts_as_somewhere_in_the_middle() -> None:
    assert all(found is None or found.status.in_flight for found in enrolments(status="Sleeping"))


def test_a_person_whom_mailerlite_deleted_is_nobody_to_continue() -> None:
    assert [number for number, found in enumerate(enrolments()) if found is None] == [10]
