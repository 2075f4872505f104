"""What the ledger says beforehand of moments that only show when people live through a sequence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from seq_both import Both
from seq_cases import mail, row
from seq_flows import LISTS
from seq_mixed import HORIZON, START
from seq_person import Someone
from seq_world import World

from mappings.context import LoweringContext, survey
from migrator.model import ExitRule, ReEntry, Sequence
from migrator.model.rules import Activity, ActivityRule, AllOf, Not, TagRule
from migrator.model.sequences import ApiOnly, AttributeChanged, ListJoined, TagAdded
from migrator.model.steps import AddToList, MoveToSequence, SetAttribute, WaitUntilTime
from migrator.plan.graphs.lower_sequence import lower_sequence
from tests.reference_interpreter import Change


def both_lives(sequence: Sequence, *changes: Change) -> tuple[list[Any], list[Any], set[str]]:
    """The emails at the source and at the target, and the codes of everything that was said."""
    person = Someone(changes=changes)
    both = Both([sequence], LoweringContext(sequences=survey([sequence]), lists=LISTS), [person], START)
    both.live(HORIZON)
    source = [mail for run in World([sequence], person).live(START, HORIZON) for mail in run.mails]
    said = {one.code for entry in both.lowered["7"].entries for one in entry.findings}
    return [(subject, at) for subject, at in source], [(subject, at) for at, subject in both.mails(0)], said


@pytest.mark.parametrize("again", [ReEntry.ONCE, ReEntry.AFTER_COMPLETION])
def test_a_call_that_puts_somebody_in_twice_is_named_where_the_source_refuses_it(again: ReEntry) -> None:
    calls = [Change(START + timedelta(days=day), "call", "") for day in (0, 2)]
    source, target, said = both_lives(row(mail("One"), triggers=(ApiOnly(),), re_entry=again).sequence, *calls)
    assert len(target) == 2
    assert ("api-again" in said) == (len(source) < 2) == (again is ReEntry.ONCE)


@pytest.mark.parametrize(
    ("trigger", "step"),
    [
        (ListJoined(list_id="1"), AddToList(list_id="1")),
        (AttributeChanged(key="plan", to="pro"), SetAttribute(key="plan", value="pro")),
    ],
)
@pytest.mark.parametrize("again", [ReEntry.ONCE, ReEntry.AFTER_COMPLETION])
def test_a_sequence_that_would_start_itself_again_is_held_back(trigger: Any, step: Any, again: ReEntry) -> None:
    triggers = (TagAdded(tag="start"), trigger)
    sequence = row(mail("One"), step, triggers=triggers, re_entry=again).sequence
    source, target, said = both_lives(sequence, Change(START, "tag", "start"))
    assert len(source) == 1
    assert len(target) == (1 if again is ReEntry.ONCE else 2)
    assert ("starts-itself" in said) == (again is not ReEntry.ONCE)
    lowered = lower_sequence(sequence, LoweringContext(sequences=survey([sequence]), lists=LISTS))
    assert bool(lowered.graph.blocks_enabling) == (again is not ReEntry.ONCE)


def test_who_comes_within_the_minute_of_a_wait_with_seconds_is_told_to_wait_a_day() -> None:
    steps = (WaitUntilTime(time="09:00:30", timezone="UTC"), mail("One"))
    sequence = row(*steps, triggers=(TagAdded(tag="start"),)).sequence
    source, target, said = both_lives(sequence, Change(START, "tag", "start"))
    assert source == [("One", START + timedelta(seconds=30))]
    assert target == [("One", START + timedelta(days=1))]
    assert "time-rounded" in said


def test_that_a_tag_given_by_a_move_is_there_already_when_it_is_added_later_is_said() -> None:
    kept = (TagAdded(tag="eight", leaves_when_removed=True),)
    first = row(MoveToSequence(sequence_id="8"), triggers=(TagAdded(tag="start"),)).sequence
    second = row(mail("Two"), triggers=kept, re_entry=ReEntry.AFTER_COMPLETION).sequence
    second = msgspec.structs.replace(second, source_id="8", name="Eight")
    person = Someone(changes=(Change(START, "tag", "start"), Change(START + timedelta(days=3), "tag", "eight")))
    both = Both([first, second], LoweringContext(sequences=survey([first, second])), [person], START)
    both.live(HORIZON)
    source = [mail for run in World([first, second], person).live(START, HORIZON) for mail in run.mails]
    assert (len(source), len(both.mails(0))) == (2, 1)
    said = [one for entry in both.lowered["7"].entries for one in entry.findings if one.code == "move-tag-added"]
    assert "adding it again doesn't restart them" in said[0].reason


EVER = ActivityRule(activity=Activity.EVENT, event_name="bought")
NEVER = ActivityRule(activity=Activity.EVENT, event_name="bought", at_least=None, fewer_than=1)


@pytest.mark.parametrize(
    ("fields", "held"),
    [
        ({"entry_filter": NEVER}, True),
        ({"entry_filter": Not(rule=EVER)}, True),
        ({"exit_rules": (ExitRule(rule=EVER),)}, True),
        ({"exit_rules": (ExitRule(rule=AllOf(rules=(TagRule(tag="start"), Not(rule=NEVER)))),)}, True),
        ({"entry_filter": EVER}, False),
        ({"exit_rules": (ExitRule(rule=NEVER),)}, False),
    ],
)
def test_whom_the_source_keeps_out_by_what_they_once_did_is_not_mailed_unasked(
    fields: dict[str, Any], held: bool
) -> None:
    sequence = row(mail("Buy now"), triggers=(TagAdded(tag="start"),), **fields).sequence
    known = LoweringContext(sequences=survey([sequence]))
    person = Someone(past=True, changes=(Change(START, "tag", "start"),))
    both = Both([sequence], known, [person], START)
    both.live(HORIZON)
    source = [mail for run in World([sequence], person).live(START, HORIZON) for mail in run.mails]
    assert len(both.mails(0)) > len(source) or not held
    assert bool(both.lowered["7"].graph.blocks_enabling) == held
    settled = lower_sequence(sequence, replace(known, audience_settled=frozenset({"7"})))
    assert not settled.graph.blocks_enabling
