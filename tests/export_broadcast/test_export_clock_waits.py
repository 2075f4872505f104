"""What a wait until a clock time means: read off the account's own people, never assumed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from export_support import trip_in
from hypothesis import given, settings
from hypothesis import strategies as st
from test_export_positions import DAY, START, chain, email, place, wait

from adapters.broadcast.clock_waits import decided, with_reading
from migrator.bundle import Bundle
from migrator.model import Confidence
from migrator.model.steps import ClockReading, WaitUntilTime
from migrator.sandbox.broadcast.account import Account, Enrolment
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.switches import ClockWait, Switches
from migrator.sandbox.broadcast.waits import clock_end
from tests.looks import looks

UNTIL = {"action": "delay_until_time", "delay_until_time": "14:00", "delay_until_timezone": "UTC"}
SAME, NEXT = timedelta(hours=4), timedelta(days=1, hours=4)
"""The moments of 14:00 for a person who comes at 10:00."""


def readings(bundle: Bundle) -> set[ClockReading]:
    actions = [step.action for sequence in bundle.sequences() for step in sequence.steps]
    return {action.reading for action in actions if isinstance(action, WaitUntilTime)}


def exported(folder: Path, account: Account, clock_wait: ClockWait = "next_occurrence") -> Bundle:
    return trip_in(folder, account, switches=Switches(clock_wait=clock_wait)).export()


def said(bundle: Bundle) -> str:
    (line,) = [note for note in bundle.manifest.notes if "clock time" in note]
    return line


@pytest.mark.parametrize("clock_wait", ["next_occurrence", "next_day"])
def test_the_people_at_such_waits_show_what_their_account_means(tmp_path: Path, clock_wait: ClockWait) -> None:
    bundle = exported(tmp_path, generate(contacts=400, clock_wait=clock_wait), clock_wait)
    assert readings(bundle) == {ClockReading(clock_wait)}
    assert "nobody shows otherwise" in said(bundle)
    assert any(sign.isdigit() for sign in said(bundle))


@pytest.mark.parametrize("clock_wait", ["next_occurrence", "next_day"])
def test_people_are_placed_where_they_are_under_the_account_s_own_reading(
    tmp_path: Path, clock_wait: ClockWait
) -> None:
    account = generate(contacts=400, clock_wait=clock_wait)
    truth = {str(row.id): str(row.current_step_id) for row in account.enrolments}
    placed = [
        (truth[row.source_id], row.position.step_id)
        for row in exported(tmp_path, account, clock_wait).enrolments()
        if row.position is not None and row.position.confidence is Confidence.INFERRED
    ]
    assert len(placed) > 40
    assert all(true == found for true, found in placed)


def small_account(*moments: tuple[timedelta, timedelta]) -> Account:
    """One sequence with a clock wait, and people who came some time after START and are due some time after it."""
    account = generate(contacts=max(1, len(moments)), sequences=1, enrolled=0)
    (sequence,) = account.sequences
    sequence.init_segment_id = None
    rows = [("entry_point", {}), ("delay_until_time", {**UNTIL}), ("send_email", {"subject": "S", "body": "B"})]
    sequence.steps = [
        {
            "id": at,
            "label": None,
            "parent_id": at - 1 if at > 1 else None,
            "true_branch": None,
            **more,
            "action": action,
        }
        for at, (action, more) in enumerate(rows, 1)
    ]
    account.now = START + timedelta(minutes=10)
    account.receipts, account.histories = [], []
    account.enrolments = [
        Enrolment(
            id=number,
            sequence_id=sequence.id,
            subscriber_id=account.subscribers[number].id,
            status="active",
            started_at=START + came,
            next_trigger_at=START + due,
            current_step_id=2,
        )
        for number, (came, due) in enumerate(moments)
    ]
    return account


def test_a_person_who_came_after_that_time_shows_nothing(tmp_path: Path) -> None:
    evening = timedelta(hours=-14)  # 20:00 of the day before, due today at 14:00 under both readings
    bundle = exported(tmp_path, small_account((evening, SAME)))
    assert readings(bundle) == {ClockReading.UNKNOWN}
    assert "None of the people" in said(bundle)
    (enrolment,) = bundle.enrolments()
    assert enrolment.position is not None
    assert enrolment.position.step_id == "2"
    assert enrolment.position.confidence is Confidence.INFERRED, "both readings put them there"


@pytest.mark.parametrize(("due", "expected"), [(SAME, "next_occurrence"), (NEXT, "next_day")])
def test_one_person_who_came_before_that_time_decides(tmp_path: Path, due: timedelta, expected: str) -> None:
    bundle = exported(tmp_path, small_account((timedelta(), due)))
    assert readings(bundle) == {ClockReading(expected)}
    assert "1 of 1 active person" in said(bundle)


def test_people_who_contradict_each_other_decide_nothing_and_the_numbers_are_told(tmp_path: Path) -> None:
    bundle = exported(tmp_path, small_account((timedelta(), SAME), (timedelta(), SAME), (timedelta(), NEXT)))
    assert readings(bundle) == {ClockReading.UNKNOWN}
    assert "contradict" in said(bundle)
    assert "for 2 it ends the next time" in said(bundle)
    assert "for 1 it ends on the next day" in said(bundle)
    assert {row.position.confidence for row in bundle.enrolments() if row.position} == {Confidence.AMBIGUOUS}


def test_an_account_without_such_waits_says_nothing_of_them(tmp_path: Path) -> None:
    account = small_account()
    account.sequences[0].steps = [step for step in account.sequences[0].steps if step["action"] == "entry_point"]
    assert not [note for note in exported(tmp_path, account).manifest.notes if "clock time" in note]


def test_a_place_that_the_readings_do_not_share_is_not_certain() -> None:
    where = chain(UNTIL, email(), wait(DAY), email())
    # Came at 10:00: due the next day at 14:00, at the clock wait (next day), or a day behind it (same day).
    found = place(where, NEXT, timedelta(hours=5))
    assert found is not None
    assert found.step_id is None
    assert found.confidence is Confidence.AMBIGUOUS
    assert set(found.candidates) == {"2", "4"}
    for reading, step_id in ((ClockReading.NEXT_DAY, "2"), (ClockReading.NEXT_OCCURRENCE, "4")):
        certain = place(with_reading(where, reading), NEXT, timedelta(hours=5))
        assert certain is not None
        assert (certain.step_id, certain.confidence) == (step_id, Confidence.INFERRED)


@settings(max_examples=looks(150), deadline=None)
@given(
    came=st.integers(-2 * DAY, 2 * DAY),
    late=st.integers(0, 50),
    clock=st.sampled_from(("00:00", "00:03", "09:00", "23:59")),
    zone=st.sampled_from(("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York")),
    reading=st.sampled_from(("next_occurrence", "next_day")),
)
def test_under_the_true_reading_the_wait_is_always_among_the_places(
    came: int, late: int, clock: str, zone: str, reading: ClockWait
) -> None:
    until = {"action": "delay_until_time", "delay_until_time": clock, "delay_until_timezone": zone}
    where = with_reading(chain(wait(2 * DAY + came), email(), until, email()), ClockReading(reading))
    arrived = START + timedelta(seconds=2 * DAY + came + late)
    due = clock_end(arrived, clock, zone, reading) - START
    found = place(where, due, arrived - START + timedelta(seconds=1))
    assert found is not None
    assert "4" in (found.step_id, *found.candidates)


def test_nobody_s_word_and_both_words_are_no_decision() -> None:
    day, occurrence = ClockReading.NEXT_DAY, ClockReading.NEXT_OCCURRENCE
    assert decided([])[0] is ClockReading.UNKNOWN
    assert decided([None, None])[0] is ClockReading.UNKNOWN
    assert decided([day, occurrence, day])[0] is ClockReading.UNKNOWN
    assert decided([None, day])[0] is day
