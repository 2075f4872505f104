"""A step that the server names is believed where it is a wait and the times agree. No document says whether the
current step has run, or is the one that comes next: taken the wrong way, an email would be sent twice or too early."""

from __future__ import annotations

from datetime import timedelta

import pytest
from test_export_positions import DAY, HOUR, LINEAR, chain, email, place, sequence, wait

from migrator.model import Confidence

MORNING = {"action": "delay_until_time", "delay_until_time": "09:00", "delay_until_timezone": "UTC"}


@pytest.mark.parametrize("due", [None, timedelta(minutes=1), timedelta(hours=5)])
def test_an_email_named_as_the_current_step_may_have_been_sent(due: timedelta | None) -> None:
    named = place(LINEAR, due, timedelta(minutes=1), step_key="2")
    assert named is not None
    assert (named.step_id, named.confidence) == (None, Confidence.AMBIGUOUS)
    assert named.candidates == ("2",)


def test_the_times_say_which_wait_beside_the_named_email_is_meant() -> None:
    for key in ("2", "4"):  # the one that was sent, and the one that comes
        named = place(LINEAR, timedelta(days=1), timedelta(hours=20), step_key=key)
        assert named is not None
        assert (named.step_id, named.remaining_seconds) == ("3", 4 * HOUR)
    far = place(LINEAR, timedelta(days=1), timedelta(hours=20), step_key="6")
    assert far is not None
    assert far.confidence is Confidence.AMBIGUOUS


def test_a_second_wait_named_while_the_first_still_runs_is_not_taken_for_begun() -> None:
    """Its email would go out at the end of the first wait, without the morning that it waits for."""
    two = chain(email(), wait(2 * DAY), MORNING, email())
    named = place(two, timedelta(days=2), timedelta(days=1), step_key="4")
    assert named is not None
    assert (named.step_id, named.confidence) == (None, Confidence.AMBIGUOUS)
    assert set(named.candidates) == {"3", "4"}


def test_a_named_wait_that_the_times_agree_with_or_say_nothing_about_is_exact() -> None:
    for due in (timedelta(days=1), timedelta(days=9, minutes=7), None):
        named = place(LINEAR, due, timedelta(hours=20), step_key="3")
        assert named is not None
        assert (named.step_id, named.confidence) == ("3", Confidence.EXACT)


def test_the_entry_point_named_is_the_beginning() -> None:
    named = place(LINEAR, timedelta(minutes=1), timedelta(0), step_key="1")
    assert named is not None
    assert (named.step_id, named.confidence) == ("1", Confidence.EXACT)


def test_a_branch_row_named_says_that_the_look_is_over() -> None:
    rows = [
        {"id": 1, "action": "entry_point", "parent_id": None},
        {"id": 2, "action": "condition", "parent_id": 1, "condition_setting": "any_email_opened", "delay": HOUR},
        {"id": 3, "action": "condition_branch", "parent_id": 2, "true_branch": True},
        {"id": 4, "action": "condition_branch", "parent_id": 2, "true_branch": False},
        {"id": 5, "action": "send_email", "subject": "S", "body": "B", "parent_id": 3},
    ]
    named = place(sequence(*rows), timedelta(hours=9), timedelta(hours=2), step_key="3")
    assert named is not None
    assert (named.step_id, named.confidence) == (None, Confidence.AMBIGUOUS)
