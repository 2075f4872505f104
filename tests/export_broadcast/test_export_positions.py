"""Where people stand: inferred only when one place fits, and then it is the right one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from export_support import account_of, trip_in
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.broadcast.positions import Positions, next_occurrence
from adapters.broadcast.steps import Templates
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.trees import read_tree
from migrator.model import Confidence, Enrolment, EnrolmentStatus, Position, Sequence
from migrator.sandbox.broadcast.account import Enrolment as TrueEnrolment
from migrator.sandbox.broadcast.account import Sequence as TrueSequence
from migrator.sandbox.broadcast.account import Subscriber
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.runtime import Runtime
from migrator.sandbox.broadcast.switches import Switches
from tests.looks import looks

START = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
HOUR, DAY = 3600, 86_400


def sequence(*rows: dict[str, Any]) -> Sequence:
    steps, edges = read_tree(list(rows), Templates({}), Surprises())
    return Sequence(source_id="1", name="S", steps=steps, edges=edges)


def chain(*actions: dict[str, Any]) -> Sequence:
    entry = {"id": 1, "action": "entry_point", "parent_id": None}
    return sequence(entry, *({"id": at, "parent_id": at - 1, **action} for at, action in enumerate(actions, 2)))


def email() -> dict[str, Any]:
    return {"action": "send_email", "subject": "S", "body": "B"}


def wait(seconds: int | None) -> dict[str, Any]:
    return {"action": "delay", "delay": seconds}


def place(
    where: Sequence,
    due: timedelta | None,
    read: timedelta,
    status: EnrolmentStatus = EnrolmentStatus.ACTIVE,
    **more: Any,
) -> Position | None:
    enrolment = Enrolment(
        source_id="e",
        sequence_id="1",
        contact_id="c",
        status=status,
        started_at=START,
        next_at=None if due is None else START + due,
        read_at=START + read,
    )
    edited = more.pop("edited_at", None)
    return Positions(where, edited_at=edited).place(enrolment, **more)


LINEAR = chain(email(), wait(DAY), email(), wait(2 * DAY), email())


def test_a_wait_that_ends_at_the_due_moment_is_the_place() -> None:
    first = place(LINEAR, timedelta(days=1, seconds=40), timedelta(hours=20))
    assert first is not None
    assert (first.step_id, first.confidence) == ("3", Confidence.INFERRED)
    assert first.remaining_seconds == 4 * HOUR + 40
    second = place(LINEAR, timedelta(days=3, seconds=90), timedelta(days=2))
    assert second is not None
    assert second.step_id == "5"


def test_no_wait_that_fits_means_unknown() -> None:
    for due in (timedelta(hours=5), timedelta(days=2), timedelta(days=1, minutes=9), timedelta(days=-1)):
        found = place(LINEAR, due, timedelta(minutes=1))
        assert found is not None
        assert (found.step_id, found.confidence) == (None, Confidence.UNKNOWN)


def test_a_place_the_person_cannot_have_reached_yet_is_no_place() -> None:
    found = place(LINEAR, timedelta(days=3), timedelta(hours=1))
    assert found is not None
    assert found.confidence is Confidence.UNKNOWN


def test_two_places_that_fit_are_ambiguous_and_nobody_is_placed() -> None:
    rows = [
        {"id": 1, "action": "entry_point", "parent_id": None},
        {"id": 2, "action": "condition", "parent_id": 1, "condition_setting": "any_email_opened", "delay": HOUR},
        {"id": 3, "action": "condition_branch", "parent_id": 2, "true_branch": True},
        {"id": 4, "action": "condition_branch", "parent_id": 2, "true_branch": False},
        {"id": 5, "action": "add_tag_to_subscriber", "parent_id": 4, "taggify_list": "cold"},
        {"id": 6, "action": "delay", "parent_id": 3, "delay": DAY},
        {"id": 7, "action": "delay", "parent_id": 5, "delay": DAY},
    ]
    found = place(sequence(*rows), timedelta(days=1, hours=1), timedelta(hours=3), tags=["cold"])
    assert found is not None
    assert (found.step_id, found.confidence) == (None, Confidence.AMBIGUOUS)
    assert found.candidates == ("7", "6"), "the branch whose tag they carry comes first, but does not decide"
    rows[-1]["delay"] = 2 * DAY
    unique = place(sequence(*rows), timedelta(days=2, hours=1), timedelta(hours=3))
    assert unique is not None
    assert (unique.step_id, unique.confidence) == ("7", Confidence.INFERRED)


def test_a_wait_of_unknown_length_leaves_everything_behind_it_open() -> None:
    unknown = chain(wait(DAY), email(), wait(None), email(), wait(DAY))
    before = place(unknown, timedelta(days=1), timedelta(hours=3))
    assert before is not None
    assert (before.step_id, before.confidence) == ("2", Confidence.INFERRED)
    behind = place(unknown, timedelta(days=4), timedelta(days=2))
    assert behind is not None
    assert behind.confidence is Confidence.AMBIGUOUS
    assert behind.step_id is None


def test_a_time_of_day_is_found_in_its_zone_over_a_change_of_the_clocks() -> None:
    until = {"action": "delay_until_time", "delay_until_time": "09:00", "delay_until_timezone": "Europe/Berlin"}
    where = chain(email(), wait(2 * DAY), until, email())
    # 10:00 UTC on the 5th; two days later 09:00 in Berlin has passed, so it is the 8th at 08:00 UTC.
    found = place(where, timedelta(days=2, hours=22), timedelta(days=2, hours=1))
    assert found is not None
    assert (found.step_id, found.confidence) == ("4", Confidence.INFERRED)
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert next_occurrence(spring, "09:00:00", ZoneInfo("Europe/Berlin")) == datetime(2026, 3, 29, 7, tzinfo=UTC)
    exactly = datetime(2026, 1, 8, 8, tzinfo=UTC)
    assert next_occurrence(exactly, "09:00:00", ZoneInfo("Europe/Berlin")) == exactly + timedelta(days=1)


def test_paused_people_have_a_place_and_no_time_left() -> None:
    found = place(LINEAR, timedelta(days=1), timedelta(days=30), EnrolmentStatus.PAUSED)
    assert found is not None
    assert (found.step_id, found.remaining_seconds) == ("3", None)


def test_busy_and_unknown_states_are_never_placed() -> None:
    for status in (EnrolmentStatus.BUSY, EnrolmentStatus.UNKNOWN):
        found = place(LINEAR, timedelta(days=1), timedelta(hours=3), status)
        assert found is not None
        assert found.confidence is Confidence.UNKNOWN
    for status in (EnrolmentStatus.COMPLETED, EnrolmentStatus.REMOVED):
        assert place(LINEAR, timedelta(days=1), timedelta(hours=3), status) is None


def test_people_who_are_due_now_are_unknown_unless_there_is_one_wait() -> None:
    overdue = place(LINEAR, timedelta(days=1), timedelta(days=9))
    assert overdue is not None
    assert overdue.confidence is Confidence.UNKNOWN
    one = place(chain(email(), wait(DAY), email()), timedelta(days=1), timedelta(days=9))
    assert one is not None
    assert (one.step_id, one.confidence, one.remaining_seconds) == ("3", Confidence.INFERRED, 0)
    nothing_scheduled = place(LINEAR, None, timedelta(hours=3))
    assert nothing_scheduled is not None
    assert nothing_scheduled.step_id is None


def test_a_wait_edited_after_they_entered_is_no_evidence() -> None:
    found = place(LINEAR, timedelta(days=1), timedelta(hours=3), edited_at=START + timedelta(hours=1))
    assert found is not None
    assert (found.step_id, found.confidence) == (None, Confidence.AMBIGUOUS)
    before = place(LINEAR, timedelta(days=1), timedelta(hours=3), edited_at=START - timedelta(hours=1))
    assert before is not None
    assert before.confidence is Confidence.INFERRED


def test_a_step_the_server_names_is_exact() -> None:
    found = place(LINEAR, timedelta(days=3), timedelta(days=2), step_key="5")
    assert found is not None
    assert (found.step_id, found.confidence) == ("5", Confidence.EXACT)
    foreign = place(LINEAR, timedelta(days=1), timedelta(hours=3), step_key="999")
    assert foreign is not None
    assert foreign.confidence is Confidence.UNKNOWN


def test_in_a_whole_account_nearly_everybody_waiting_is_placed_and_nobody_wrongly(tmp_path: Path) -> None:
    account = account_of(400)
    bundle = trip_in(tmp_path, account).export()
    truth = {str(row.id): row for row in account.enrolments}
    confidence: Counter[Confidence] = Counter()
    for enrolment in bundle.enrolments():
        true = truth[enrolment.source_id]
        if enrolment.position and true.status == "active" and true.next_trigger_at:
            confidence[enrolment.position.confidence] += 1
            if enrolment.position.step_id:
                assert enrolment.position.step_id == str(true.current_step_id)
                due = (true.next_trigger_at - account.now).total_seconds()
                assert abs((enrolment.position.remaining_seconds or 0) - max(0, due)) <= 120
    assert confidence[Confidence.INFERRED] >= 0.9 * sum(confidence.values()) > 20


def test_with_the_step_named_everybody_is_exact(tmp_path: Path) -> None:
    account = account_of(90)
    bundle = trip_in(tmp_path, account, switches=Switches(current_step_key="current_step_id")).export()
    truth = {str(row.id): row for row in account.enrolments}
    active = [row for row in bundle.enrolments() if truth[row.source_id].status == "active"]
    assert active
    for enrolment in active:
        assert enrolment.position is not None
        assert enrolment.position.confidence is Confidence.EXACT
        assert enrolment.position.step_id == str(truth[enrolment.source_id].current_step_id)


waits = st.one_of(
    st.builds(lambda s: {"action": "delay", "delay": s}, st.sampled_from([60, 600, HOUR, 5 * HOUR, DAY, 3 * DAY])),
    st.builds(
        lambda h, z: {"action": "delay_until_time", "delay_until_time": f"{h:02}:30", "delay_until_timezone": z},
        st.integers(0, 23),
        st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]),
    ),
    st.just({"action": "send_email", "subject": "S", "body": "B"}),
)


@settings(max_examples=looks(60), deadline=None)
@given(
    actions=st.lists(waits, min_size=1, max_size=8),
    condition=st.sampled_from([None, HOUR, DAY]),
    elapsed=st.lists(st.integers(0, 20 * DAY), min_size=1, max_size=6),
    lag=st.integers(0, 60),
)
def test_whoever_is_placed_stands_there_in_truth(
    actions: list[dict[str, Any]], condition: int | None, elapsed: list[int], lag: int
) -> None:
    """The local platform runs the sequence; the inference sees only what its API would show."""
    rows: list[dict[str, Any]] = [
        {"id": 1, "action": "entry_point", "label": None, "parent_id": None, "true_branch": None}
    ]
    rows += [
        {"id": at, "label": None, "parent_id": at - 1, "true_branch": None, **one} for at, one in enumerate(actions, 2)
    ]
    if condition is not None:
        last = rows[-1]["id"]
        base = {"label": None, "true_branch": None}
        rows += [
            {"id": 90, **base, "action": "condition", "parent_id": last}
            | {"condition_setting": "any_email_opened", "delay": condition},
            {"id": 91, **base, "action": "condition_branch", "parent_id": 90, "true_branch": True},
            {"id": 92, **base, "action": "condition_branch", "parent_id": 90, "true_branch": False},
            {"id": 93, **base, "action": "delay", "parent_id": 91, "delay": DAY},
            {"id": 94, **base, "action": "delay", "parent_id": 92, "delay": 2 * HOUR},
        ]
    account = generate(0, sequences=0)
    account.now = START
    account.subscribers = [Subscriber(id=1, email="a@example.com", created_at=START, subscribed_at=START)]
    account.sequences = [TrueSequence(id=1, label="S", created_at=START, updated_at=START, steps=rows)]
    account.enrolments = []
    runtime = Runtime(account, lag=lambda: timedelta(seconds=lag))
    runtime.enrol(account.sequences[0], account.subscribers[0])
    where = Positions(sequence(*rows))
    for moment in sorted(elapsed):
        now = START + timedelta(seconds=moment)
        if now > runtime.now:
            runtime.advance_to(now)
        true: TrueEnrolment = account.enrolments[0]
        seen = Enrolment(
            source_id="1",
            sequence_id="1",
            contact_id="1",
            status=EnrolmentStatus(true.status),
            started_at=true.started_at,
            next_at=true.next_trigger_at,
            read_at=runtime.now,
        )
        found = where.place(seen)
        if found is not None and found.step_id is not None:
            assert found.step_id == str(true.current_step_id), found


def test_a_wait_named_as_the_next_step_may_not_have_begun() -> None:
    two_waits = chain(email(), wait(DAY), wait(2 * DAY), email())
    named = place(two_waits, timedelta(days=1), timedelta(hours=1), step_key="4", is_next=True)
    assert named is not None
    assert named.confidence is Confidence.AMBIGUOUS
    assert named.step_id is None
    assert named.candidates == ("4",)
    mail = place(two_waits, timedelta(days=1), timedelta(hours=1), step_key="5", is_next=True)
    assert mail is not None
    assert (mail.step_id, mail.confidence) == ("5", Confidence.EXACT)


def test_an_edited_wait_places_nobody_who_is_overdue_either() -> None:
    one_wait = chain(email(), wait(DAY), email())
    due, late = timedelta(days=1), timedelta(days=9)
    plain = place(one_wait, due, late)
    edited = place(one_wait, due, late, edited_at=START + timedelta(hours=5))
    assert plain is not None
    assert edited is not None
    assert (plain.step_id, plain.confidence) == ("3", Confidence.INFERRED)
    assert (edited.step_id, edited.confidence, edited.candidates) == (None, Confidence.AMBIGUOUS, ("3",))
