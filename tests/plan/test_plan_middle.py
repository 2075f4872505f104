"""People in the middle whose place looks certain and is not: they are held and named, never mailed by a guess."""

from __future__ import annotations

import msgspec
import pytest
from seq_cases import BOUGHT, Case, broken, mail, row, tree, yes_no
from test_plan_resume import FINE, resuming, someone

from migrator.model import Edge, EmailContent, EnrolmentStatus
from migrator.model.rules import TagRule
from migrator.model.sequences import EventReceived
from migrator.model.steps import (
    MoveToSequence,
    Opaque,
    PastDate,
    SendEmail,
    SendOther,
    Wait,
    WaitForEvent,
    WaitUntilDate,
)

DAY = 86_400
OPEN_ENDS = {
    "an email without content": SendEmail(content=EmailContent(subject="Title only")),
    "a move to a sequence that is not taken along": MoveToSequence(sequence_id="404"),
    "a step of an unknown kind": Opaque(action="dance"),
    "a message by another channel": SendOther(channel="sms", text="Hi"),
    "a wait of unknown length": Wait(),
}


@pytest.mark.parametrize("what", OPEN_ENDS)
def test_whoever_waits_for_a_last_step_that_a_person_must_settle_is_not_called_finished(what: str) -> None:
    made = resuming(row(mail("One"), Wait(seconds=DAY), OPEN_ENDS[what]))
    placed = made.place(someone("102"), FINE)
    assert (placed.code, list(placed.attributes.values())) == ("resume-stand-in", ["held"])


def test_the_same_holds_behind_a_step_that_is_left_out() -> None:
    off = SendEmail(content=EmailContent(subject="Off", body="x"), live=False)
    made = resuming(row(mail("One"), Wait(seconds=DAY), off, Opaque(action="dance")))
    assert made.place(someone("102"), FINE).code == "resume-stand-in"


def test_whoever_waits_in_front_of_a_way_that_is_cut_is_not_called_finished() -> None:
    looped = broken(("100", "101"), ("101", "102"), ("102", "101"))
    assert resuming(looped).place(someone("102", 0), FINE).code != "resume-nothing-left"
    waiting = row(mail("One"), Wait(seconds=DAY))
    lost = Edge(source="102", target="404")
    sequence = msgspec.structs.replace(waiting.sequence, edges=(*waiting.sequence.edges, lost))
    assert resuming(Case(sequence)).place(someone("102"), FINE).code == "resume-stand-in"


def test_whoever_has_really_nothing_left_is_finished() -> None:
    made = resuming(row(mail("One"), Wait(seconds=DAY)))
    assert made.place(someone("102"), FINE).code == "resume-nothing-left"


def test_whoever_a_worker_holds_at_that_moment_is_not_mailed_again() -> None:
    """Their email may be on its way; the moment that the source names is the one that has come already."""
    made = resuming(row(mail("One"), Wait(seconds=DAY), mail("Two")))
    held = made.place(someone("103", None, status=EnrolmentStatus.BUSY, next_at=someone().read_at), FINE)
    assert (held.code, held.enrol) == ("resume-busy", False)


def test_a_date_of_the_event_that_started_them_is_not_known_after_the_move() -> None:
    date = WaitUntilDate(key="due", from_event=True, when_missing=PastDate.EXIT, when_past=PastDate.CONTINUE)
    triggers = (EventReceived(event_name="bought"),)
    made = resuming(row(mail("One"), Wait(seconds=DAY), date, mail("Two"), triggers=triggers))
    assert made.place(someone("102"), FINE).code == "resume-looks-back"
    assert made.place(someone("104", 0), FINE).code == "resume-lane"


def test_whoever_waits_for_an_event_without_end_does_not_go_on_as_if_it_had_come() -> None:
    case = tree(WaitForEvent(rule=BOUGHT), ("happened", [mail("Thanks")]), ("timed_out", []))
    assert not resuming(case).place(someone("102"), FINE).enrol


def test_whoever_is_in_it_twice_and_held_once_counts_in_no_lane() -> None:
    made = resuming()
    placed = made.place_all([(someone(), FINE), (someone(status=EnrolmentStatus.PAUSED), FINE)])
    assert not placed.enrol
    assert sorted(entry.label for entry in made.entries()) == ["ambiguous", "paused"]
    assert [node.key for node in made.graph().nodes if node.key.startswith("resume/")] == []


def test_a_branch_in_front_of_an_open_end_takes_people_as_before() -> None:
    case = tree(yes_no(TagRule(tag="vip")), ("true", [Opaque(action="dance")]), ("false", [mail("Two")]))
    assert resuming(case).place(someone("102"), FINE).code == "resume-lane"
