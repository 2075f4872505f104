"""What starts a sequence, where several things do: nobody is lost on the way in, and nothing else starts with them."""

from __future__ import annotations

from typing import Any

import pytest
from seq_cases import mail
from test_plan_handovers import Account, keeps, sequence

from mappings.context import LoweringContext, survey
from mappings.verdicts import Verdict
from migrator.model import Sequence
from migrator.model.sequences import EventReceived, FormSubmitted, ListJoined, SegmentEntered, TagAdded
from migrator.model.steps import AddTags, AddToList, MoveToSequence, PastDate, Wait, WaitUntilDate
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence

DAY = 86_400


def lowered(*sequences: Sequence, which: int = 0) -> LoweredSequence:
    context = LoweringContext(
        sequences=survey(sequences),
        lists={str(number): f"list:{number}" for number in range(40)},
        segments={"3": "segment:3"},
        forms={"5": "Footer"},
    )
    return lower_sequence(sequences[which], context)


def test_a_form_that_adds_the_tag_its_question_names_starts_the_sequence() -> None:
    """A sequence that keeps people only while they have a tag stops whoever comes in with our start tag alone."""
    wanted = sequence(
        "1", mail("One"), Wait(seconds=DAY), mail("Two"), triggers=(*keeps("new"), FormSubmitted(form_id="5"))
    )
    (question,) = [
        finding for entry in lowered(wanted).entries for finding in entry.findings if finding.code == "form-start"
    ]
    named = question.remedy.rpartition("the tag ")[2].rstrip(".")
    account = Account(wanted)
    account.tag(named)
    assert account.days(5) == ["One", "Two"]


def test_the_ledger_says_that_whoever_comes_in_by_another_way_gets_the_tag_they_must_keep() -> None:
    one = lowered(sequence("1", mail("One"), triggers=(*keeps("new"), ListJoined(list_id="1"))))
    (entry,) = [entry for entry in one.entries if entry.id == "1/trigger/2"]
    assert "feeder-tag-added" in {finding.code for finding in entry.findings}


@pytest.mark.parametrize("way", ["move", "list"])
def test_a_tag_that_also_starts_another_sequence_is_not_handed_out_without_a_person(way: str) -> None:
    """The source mails nobody more by moving people; adding the tag here would start the third sequence for them."""
    target = sequence("2", mail("Two"), triggers=(*keeps("trial"), ListJoined(list_id="1")))
    third = sequence("3", mail("Three"), triggers=keeps("trial"))
    mover = sequence("1", mail("One"), MoveToSequence(sequence_id="2"), triggers=keeps("new"))
    one = lowered(mover, target, third, which=0 if way == "move" else 1)
    assert any("S3" in reason for reason in one.graph.blocks_enabling)
    alone = lowered(mover, sequence("2", mail("Two"), triggers=keeps("trial")), which=0)
    assert alone.graph.blocks_enabling == ()


def test_a_move_between_two_sequences_of_the_same_tag_needs_nobody() -> None:
    mover = sequence("1", mail("One"), MoveToSequence(sequence_id="2"), triggers=keeps("trial"))
    assert lowered(mover, sequence("2", mail("Two"), triggers=keeps("trial"))).graph.blocks_enabling == ()


def test_25_tags_leave_room_for_the_start_tag_of_the_small_sequences() -> None:
    triggers = (*(TagAdded(tag=f"t{number}") for number in range(25)), ListJoined(list_id="1"))
    one = lowered(sequence("1", mail("One"), triggers=triggers))
    assert len(one.graph.final_trigger["tagNames"]) == 25
    assert "mig-start-s1" in one.graph.final_trigger["tagNames"]
    assert [entry.id for entry in one.entries if entry.verdict is Verdict.MANUAL] == ["1/trigger/25"]


def test_each_of_more_than_25_lists_starts_the_sequence() -> None:
    one = lowered(sequence("1", mail("One"), triggers=tuple(ListJoined(list_id=str(n)) for n in range(30))))
    lists = [ref["$ref"] for feeder in one.feeders for ref in feeder.final_trigger["listIds"]]
    assert sorted(lists) == sorted(f"list:{number}" for number in range(30))
    assert all(len(feeder.final_trigger["listIds"]) <= 25 for feeder in one.feeders)
    assert one.graph.final_trigger == {"trigger": "tag_added", "tagName": "mig-start-s1"}


def test_leaving_the_segment_is_a_question_where_a_small_sequence_watches_it() -> None:
    """The small sequence is over at once; nothing would take people out of the long one."""
    leaving = SegmentEntered(segment_id="3", leaves_on_exit=True)
    fed = lowered(sequence("1", mail("One"), triggers=(TagAdded(tag="new"), leaving)))
    assert any("segment" in reason for reason in fed.graph.blocks_enabling)
    assert fed.feeders[0].final_trigger["stopOnSegmentExit"] is False
    plain = lowered(sequence("1", mail("One"), triggers=(leaving,)))
    assert plain.graph.final_trigger["stopOnSegmentExit"] is True
    assert plain.graph.blocks_enabling == ()


@pytest.mark.parametrize("more", [TagAdded(tag="new"), EventReceived(event_name="viewed")])
def test_a_date_of_the_event_is_a_question_where_the_event_starts_a_small_sequence(more: Any) -> None:
    wait = WaitUntilDate(key="due", from_event=True, when_missing=PastDate.EXIT, when_past=PastDate.CONTINUE)
    event = EventReceived(event_name="bought")
    one = lowered(sequence("1", mail("One"), wait, mail("Two"), triggers=(event, more)))
    assert "date-from-event" in {finding.code for entry in one.entries for finding in entry.findings}
    alone = lowered(sequence("1", mail("One"), wait, mail("Two"), triggers=(event,)))
    assert alone.graph.blocks_enabling == ()


@pytest.mark.parametrize("how", ["tag", "list"])
def test_whoever_gets_a_tag_or_a_list_that_starts_another_sequence_is_handed_over_too(how: str) -> None:
    """While the other one is off, Sequenzy does not notice, and never will: they would miss all its emails."""
    step = AddTags(tags=("Trial User",)) if how == "tag" else AddToList(list_id="1")
    first = sequence("1", step, triggers=keeps("new"))
    other = sequence("2", mail("Two"), triggers=(TagAdded(tag="trial user"), ListJoined(list_id="1")))
    wanted = "sequence:2" if how == "tag" else "sequence:2/feeder:1"
    assert lowered(first, other).graph.hands_over_to == (wanted,)


def test_a_list_alone_is_watched_by_the_sequence_itself() -> None:
    first = sequence("1", AddToList(list_id="1"), triggers=keeps("new"))
    other = sequence("2", mail("Two"), triggers=(ListJoined(list_id="1"),))
    assert lowered(first, other).graph.hands_over_to == ("sequence:2",)


def test_a_sequence_that_adds_its_own_tag_hands_nobody_over() -> None:
    assert lowered(sequence("1", AddTags(tags=("new",)), triggers=keeps("new"))).graph.hands_over_to == ()


def test_a_move_to_a_sequence_that_is_off_says_that_nobody_waits_there() -> None:
    """The source keeps them until it is switched on; a draft does not notice who is handed over to it."""
    mover = sequence("1", mail("One"), MoveToSequence(sequence_id="2"), triggers=keeps("new"))
    for active in (True, None, False):
        one = lowered(mover, sequence("2", mail("Two"), triggers=(), active=active))
        codes = {finding.code for entry in one.entries for finding in entry.findings}
        assert ("move-off" in codes) is (active is False)
