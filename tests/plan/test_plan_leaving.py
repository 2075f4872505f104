"""Who has left is sent nothing more: neither here nor by anything that a later step would start."""

from __future__ import annotations

from typing import Any

import pytest
from seq_cases import mail
from test_plan_handovers import Account, keeps, sequence

from migrator.model import ExitRule
from migrator.model.consent import ConsentState
from migrator.model.rules import Activity, ActivityRule, SegmentRule, TagRule
from migrator.model.sequences import ListJoined, TagAdded
from migrator.model.steps import AddTags, AddToList, CallWebhook, ChangeConsent, MoveToSequence, Wait

DAY = 86_400
RULES = (ExitRule(rule=ActivityRule(activity=Activity.EVENT, event_name="bought")), ExitRule(rule=TagRule(tag="stop")))
HANDS_OVER = {
    "a move": MoveToSequence(sequence_id="2"),
    "a tag": AddTags(tags=("other",)),
    "a list": AddToList(list_id="1"),
}


@pytest.mark.parametrize("how", HANDS_OVER)
@pytest.mark.parametrize("leave", ["tag", "event"])
def test_whoever_has_left_by_a_second_rule_is_not_handed_to_another_sequence(how: str, leave: str) -> None:
    steps = (mail("One"), Wait(seconds=DAY), HANDS_OVER[how])
    first = sequence("1", *steps, triggers=(TagAdded(tag="new"),), exit_rules=RULES)
    triggers: tuple[Any, ...] = (TagAdded(tag="other"), ListJoined(list_id="1"))
    other = sequence("2", mail("Two"), triggers=triggers)
    account = Account(first, other)
    account.tag("new")
    account.target.call("POST", "/_sandbox/clock", {"advance": "2h"})
    account.tag("stop") if leave == "tag" else account.event("bought")
    assert account.days(5) == ["One"]


def test_whoever_stays_is_handed_over() -> None:
    steps = (mail("One"), Wait(seconds=DAY), MoveToSequence(sequence_id="2"))
    first = sequence("1", *steps, triggers=(TagAdded(tag="new"),), exit_rules=RULES)
    account = Account(first, sequence("2", mail("Two"), triggers=keeps("trial")))
    account.tag("new")
    assert account.days(5) == ["One", "Two"]


def test_whoever_has_left_by_a_second_rule_is_not_unsubscribed_and_nothing_is_called() -> None:
    call = CallWebhook(url="https://crm.test/x", method="POST")
    steps = (mail("One"), Wait(seconds=DAY), call, ChangeConsent(state=ConsentState.UNSUBSCRIBED))
    account = Account(sequence("1", *steps, triggers=(TagAdded(tag="new"),), exit_rules=RULES))
    account.tag("new")
    account.target.call("POST", "/_sandbox/clock", {"advance": "2h"})
    account.tag("stop")
    account.days(5)
    state = account.target.sandbox.state
    assert state.webhook_calls == []
    assert [person.status for person in state.subscribers.values()] == ["active"]


def test_whoever_is_in_the_segment_already_leaves_as_well() -> None:
    """No document says whether Sequenzy's own stop on a segment counts who was in it before they entered."""
    rules = (ExitRule(rule=SegmentRule(segment_id="3")),)
    steps = (Wait(seconds=DAY), mail("One"))
    account = Account(sequence("1", *steps, triggers=(TagAdded(tag="new"),), exit_rules=rules), tags=("warm",))
    account.tag("new")
    assert account.days(5) == []
    (built,) = account.target.sandbox.state.sequences.values()
    assert built.stop_condition["type"] == "none"
