"""`migrate enable` while people stand in the middle at the source: nothing starts the sequence anew for them."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from enabling import Desk, mail, sequence

from migrator.bundle import ExportOptions, Unread
from migrator.cutover import mark_positions
from migrator.model import Consent, ConsentState, Contact, Enrolment
from migrator.model.enrolments import Confidence, EnrolmentStatus, Position
from migrator.model.sequences import EventReceived
from migrator.model.steps import Wait
from migrator.sandbox.sequenzy.faults import Fault
from migrator.sandbox.web import Request, Response

pytestmark = pytest.mark.slow  # whole loads and command lines

READ_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
ONCE = sequence("1", "Trial", Wait(seconds=86_400 * 5), mail("Last"), triggers=(EventReceived(event_name="signed_up"),))
"""An email, five days, another email; nobody enters twice."""


def contact(name: str) -> Contact:
    consent = Consent(state=ConsentState.SUBSCRIBED)
    return Contact(source_id=name, email=f"{name}@example.com", consent=consent)


def stands(name: str, confidence: Confidence = Confidence.EXACT, **fields: Any) -> Enrolment:
    position = Position(step_id="3", confidence=confidence, remaining_seconds=3600)
    known = {"status": EnrolmentStatus.ACTIVE, "position": position, "read_at": READ_AT, **fields}
    return Enrolment(source_id=name, contact_id=name, sequence_id="1", **known)


PEOPLE = tuple(contact(name) for name in ("middle", "unclear", "finished", "new"))
STANDING = (
    stands("middle"),
    stands("unclear", Confidence.AMBIGUOUS),
    stands("finished", status=EnrolmentStatus.COMPLETED, position=None),
)
EXPECTED = [("new", "Last"), ("new", "Trial")]
"""When the starting event comes for everybody: who was in it at the source gets nothing, also not what followed for
whoever waited in the middle, for the source may have sent it since."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(tmp_path / "acme", stack)


def loaded(desk: Desk) -> Desk:
    desk.load(ONCE, contacts=PEOPLE, enrolments=STANDING)
    return desk


def mails_after_the_event(desk: Desk) -> list[tuple[str, str]]:
    """Everybody's application sends the starting event, and a month goes by."""
    for one in PEOPLE:
        desk.post("/subscribers/events", {"email": one.email, "event": "signed_up"})
    desk.post("/_sandbox/clock", {"advance": "30d"})
    names = {one.id: str(one.email).partition("@")[0] for one in desk.sandbox.state.subscribers.values()}
    return sorted((names[send.subscriber_id], send.subject) for send in desk.sandbox.state.outbox)


def test_only_who_was_never_in_it_gets_the_first_email(desk: Desk) -> None:
    loaded(desk).enable(("1", "Trial"))
    assert EXPECTED == mails_after_the_event(desk)


def test_nobody_is_enrolled_and_who_waits_in_the_middle_is_told(desk: Desk) -> None:
    told = loaded(desk).enable(("1", "Trial"))
    assert 3 == told.exit_code
    assert "first marks 3 people who stand or stood in it" in told.stdout
    assert (
        "! In the middle of sequence:1, marked and not put in: 1 people whose place is known, 1 held "
        "(plan/people/positions-1.jsonl)." in told.stdout
    )
    assert not desk.sandbox.state.enrollments
    assert not desk.sandbox.state.outbox


def test_the_marks_are_there_before_the_sequence_is_live(desk: Desk) -> None:
    loaded(desk).enable(("1", "Trial"))
    calls = [(one["method"], one["path"]) for one in desk.sandbox.recorded]
    live = next(number for number, (_, path) in enumerate(calls) if path.endswith("/enable"))
    marks = [number for number, (method, path) in enumerate(calls) if method == "PATCH" and "/subscribers/" in path]
    assert 3 == len(marks)
    assert max(marks) < live


def test_an_outage_while_marking_enables_nothing_and_is_gone_on_from(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mark_positions, "OFTEN", 1)
    loaded(desk).sandbox.faults.append(Fault(route="PATCH /subscribers/*", kind="revoked", nth=2))
    assert 1 == desk.enable(("1", "Trial")).exit_code
    assert [] == desk.live()
    desk.enable(("1", "Trial"))
    assert ["Trial"] == desk.live()
    marked = [one["path"] for one in desk.sandbox.recorded if one["method"] == "PATCH" and one["status"] == 200]
    assert 3 == len(marked) == len(set(marked))
    assert EXPECTED == mails_after_the_event(desk)


def test_enabling_again_after_a_pause_marks_nobody_a_second_time(desk: Desk) -> None:
    loaded(desk).enable(("1", "Trial"))
    [there] = desk.sandbox.state.sequences.values()
    desk.post(f"/sequences/{there.id}/disable", {})
    marks = [one for one in desk.sandbox.recorded if one["method"] == "PATCH"]
    told = desk.enable(("1", "Trial"))
    assert "first marks" not in told.stdout
    assert marks == [one for one in desk.sandbox.recorded if one["method"] == "PATCH"]


def test_somebody_who_is_not_at_the_target_is_counted(desk: Desk) -> None:
    loaded(desk).sandbox.state.remove_subscriber(desk.sandbox.state.by_email("finished@example.com"))
    facts = json.loads(desk.enable(("1", "Trial"), more=("--json",)).stdout.splitlines()[-1])
    assert (1, {"sequence:1": 1}, {"sequence:1": 1}) == (facts["not_there"], facts["waiting"], facts["held"])


def test_who_opted_out_since_the_load_is_marked_all_the_same_and_stays_opted_out(desk: Desk) -> None:
    state = loaded(desk).sandbox.state
    desk.patch("/subscribers/finished@example.com", {"status": "unsubscribed"})
    facts = json.loads(desk.enable(("1", "Trial"), more=("--json",)).stdout.splitlines()[-1])
    there = state.by_email("finished@example.com")
    assert there.status == "unsubscribed"
    assert there.attributes
    assert 0 == facts["not_there"]
    # They come back by themselves later: nothing restarts the sequence for them.
    desk.patch("/subscribers/finished@example.com", {"status": "active"})
    assert EXPECTED == mails_after_the_event(desk)


def test_who_was_deleted_since_the_load_is_neither_marked_nor_made_again(desk: Desk) -> None:
    loaded(desk).sandbox.state.remove_subscriber(desk.sandbox.state.by_email("finished@example.com"))
    desk.enable(("1", "Trial"))
    assert {"middle", "unclear", "new"} == {
        str(person.email).partition("@")[0] for person in desk.sandbox.state.subscribers.values()
    }
    assert not [call for call in desk.sandbox.recorded if call["method"] == "PATCH" and "finished" in call["path"]]


UNREAD = Unread(
    what="Who waits in which flow", why="no interface tells it.", remedy="Let them finish.", scope="enrolments"
)
LISTS = Unread(what="Topics", why="404", remedy="Update.", scope="lists")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"unread": (UNREAD,)}, "(Who waits in which flow: no interface tells it)"),
        ({"options": ExportOptions(only=("sequences", "suppressions"))}, "(it was asked for other things only)"),
        ({"unread": (LISTS,)}, ""),
    ],
    ids=["unread", "not asked for", "something else"],
)
def test_people_whom_the_export_does_not_tell_are_warned_of_before_the_name_is_asked(
    desk: Desk, known: dict[str, Any], said: str
) -> None:
    desk.load(ONCE, **known)
    told = desk.enable(("1", "Trial"), typed="no\n")
    assert ("does not tell everybody who stands or stood in a sequence" in told.stderr) is bool(said)
    assert said in told.stderr
    assert [] == desk.live()
    assert (3 if said else 0) == desk.enable(("1", "Trial")).exit_code


def test_a_wrong_name_marks_nobody(desk: Desk) -> None:
    assert 2 == loaded(desk).enable(("1", "Trials")).exit_code
    assert [] == [one for one in desk.sandbox.recorded if one["method"] == "PATCH"]


def test_undo_takes_marked_people_away_again(desk: Desk) -> None:
    loaded(desk).enable(("1", "Trial"))
    undone = desk.run("undo", "--yes", "--live-too")
    assert 0 == undone.exit_code, undone.output
    assert not desk.sandbox.state.subscribers
    assert not desk.sandbox.state.sequences


def test_undo_gives_somebody_who_was_there_before_back_without_the_mark(desk: Desk) -> None:
    desk.post("/subscribers", {"email": "middle@example.com", "lists": [], "customAttributes": {"plan": "pro"}})
    loaded(desk).enable(("1", "Trial"))
    assert 2 == len(desk.sandbox.state.by_email("middle@example.com").attributes)
    desk.run("undo", "--yes", "--live-too")
    [left] = desk.sandbox.state.subscribers.values()
    assert ("middle@example.com", {"plan": "pro"}) == (left.email, left.attributes)
    assert timedelta(0) <= desk.sandbox.state.now - left.created_at


def test_ctrl_c_while_marking_enables_nothing_and_is_gone_on_from(desk: Desk) -> None:
    loaded(desk)
    original, asked = desk.sandbox.handle, 0

    def handle(request: Request) -> Response:
        nonlocal asked
        if request.method == "PATCH":
            asked += 1
            if asked == 2:
                os.kill(os.getpid(), signal.SIGINT)
        return original(request)

    desk.sandbox.handle = handle  # type: ignore[method-assign]
    stopped = desk.enable(("1", "Trial"))
    assert 130 == stopped.exit_code
    assert [] == desk.live()
    desk.enable(("1", "Trial"))
    assert ["Trial"] == desk.live()
    assert EXPECTED == mails_after_the_event(desk)
