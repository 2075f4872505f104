"""Leaving by a second rule, for which the target has no stop condition: end states in the local Sequenzy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from seq_both import Both
from seq_cases import mail, row
from seq_flows import LISTS
from seq_mixed import HORIZON, START
from seq_person import Someone

from mappings.context import LoweringContext, survey
from migrator.model import ExitRule, SendingWindow, Sequence
from migrator.model.rules import Activity, ActivityRule, ActivityScope, TagRule
from migrator.model.sequences import TagAdded
from migrator.model.steps import AddTags, CallWebhook, MoveToSequence, PastDate, Wait, WaitUntilDate
from tests.reference_interpreter import Change

EVENT = ActivityRule(activity=Activity.EVENT, event_name="bought", scope=ActivityScope.THIS_SEQUENCE)
BOUGHT, STOP = ExitRule(rule=EVENT), ExitRule(rule=TagRule(tag="stop"))
BEFORE = ExitRule(rule=ActivityRule(activity=Activity.EVENT, event_name="bought"))
"""Whenever it happened, also before."""


def sequence(source_id: str, *actions: Any, **fields: Any) -> Sequence:
    made = row(*actions, **fields).sequence
    told = {name: getattr(made, name) for name in made.__struct_fields__}
    return Sequence(**{**told, "source_id": source_id, "name": f"S{source_id}"})


def start(*actions: Any, exit_rules: tuple[ExitRule, ...] = (BOUGHT, STOP), **fields: Any) -> Sequence:
    return sequence("1", *actions, triggers=(TagAdded(tag="new"),), exit_rules=exit_rules, **fields)


def lived(*sequences: Sequence, stop_after: timedelta) -> Both:
    changes = (Change(START, "tag", "new"), Change(START + stop_after, "tag", "stop"))
    context = LoweringContext(sequences=survey(sequences), lists=LISTS)
    both = Both(sequences, context, [Someone(changes=changes)], START)
    both.live(HORIZON)
    return both


def subjects(both: Both) -> list[str]:
    return [subject for _, subject in both.mails(0)]


@pytest.mark.parametrize("step", [AddTags(tags=("late", "later")), CallWebhook(url="https://crm.test/late")])
def test_nothing_is_done_to_somebody_who_has_left(step: Any) -> None:
    both = lived(start(mail("One"), Wait(seconds=172_800), step), stop_after=timedelta(hours=3))
    (run,) = both.runs(0)
    assert [one.what for one in run.trace if one.what != "waited"] == ["email"]


def test_whoever_leaves_while_the_sending_window_holds_an_email_does_not_get_it() -> None:
    window = SendingWindow(start="08:00", end="18:00", timezone="UTC")
    first = start(mail("One"), Wait(seconds=12 * 3600), mail("Two"), sending_window=window)
    assert subjects(lived(first, stop_after=timedelta(hours=14))) == ["One"]
    stays = lived(first, stop_after=timedelta(days=20))
    assert stays.mails(0) == [(START, "One"), (START + timedelta(hours=23), "Two")]


@pytest.mark.parametrize("step", [mail("Late"), MoveToSequence(sequence_id="2")])
@pytest.mark.parametrize("rules", [(), (BOUGHT, STOP)])
def test_what_is_skipped_for_a_past_date_stays_skipped(step: Any, rules: tuple[ExitRule, ...]) -> None:
    past = WaitUntilDate(at="2026-01-01T00:00:00Z", when_past=PastDate.SKIP)
    second = sequence("2", mail("Two"), triggers=(TagAdded(tag="two", leaves_when_removed=True),))
    both = lived(start(mail("One"), past, step, exit_rules=rules), second, stop_after=timedelta(days=20))
    assert subjects(both) == ["One"]
    said = {one.code for entry in both.lowered["1"].entries for one in entry.findings}
    assert ("date-skip" in said) == (bool(rules) or isinstance(step, MoveToSequence))


@pytest.mark.parametrize("rules", [(BEFORE,), (BEFORE, STOP), (STOP, BEFORE)])
def test_whoever_did_it_before_they_entered_is_mailed_only_where_the_rule_counts_from_there(
    rules: tuple[ExitRule, ...],
) -> None:
    changes = (Change(START, "event", "bought"), Change(START + timedelta(days=1), "tag", "new"))
    for exits, expected in ((rules, []), ((BOUGHT,), ["One"])):
        first = start(mail("One"), exit_rules=exits)
        both = Both([first], LoweringContext(sequences=survey([first])), [Someone(changes=changes)], START)
        both.live(HORIZON)
        assert subjects(both) == expected
