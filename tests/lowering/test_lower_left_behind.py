"""What a person leaves behind, and what Sequenzy begins to count anew, is never asked for as if it were there."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.attributes import AttributeChoices, FieldKeys
from mappings.conditions import Where, lower_rule
from mappings.context import LoweringContext, survey
from mappings.names_used import fields_named, tags_named
from mappings.segments import lower_segment
from mappings.sequences.stop_conditions import lower_leaving
from mappings.triggers import HOLDS_BACK, lower_triggers
from mappings.verdicts import Verdict
from mappings.waits import lower_until_date
from migrator.model import ExitRule, Lane, Segment, Sequence, Step
from migrator.model.rules import (
    Activity,
    ActivityRule,
    AllOf,
    Comparison,
    FieldKind,
    FieldRule,
    Not,
    Rule,
    SegmentRule,
    TagRule,
)
from migrator.model.sequences import SegmentEntered, TagAdded
from migrator.model.steps import AddTags, Branch, PastDate, RemoveTags, SetAttribute, WaitUntilDate
from migrator.plan.answers.schema import Names
from migrator.plan.ledger import Ledger
from migrator.plan.lists_tags_fields import plan_segments, with_named

LEFT = LoweringContext(left_tags=frozenset({"Customer"}), left_fields=frozenset({"plan"}))
HERE = Where("7", None, None)
PLAN = FieldRule(key="plan", comparison=Comparison.EQUALS, value="pro")


@pytest.mark.parametrize("rule", [TagRule(tag="Customer"), Not(rule=TagRule(tag="Customer")), PLAN])
def test_a_branch_that_asks_for_what_is_left_behind_is_a_question(rule: Rule) -> None:
    """Everybody would take the other lane: the customers would be sent what is meant for the others."""
    found = lower_rule(AllOf(rules=(TagRule(tag="other"), rule)), HERE, LEFT)
    assert found.value is None
    assert found.verdict is Verdict.MANUAL
    taken = lower_rule(rule, HERE, LoweringContext())
    assert taken.value is not None
    assert {one.code for one in taken.findings} == ({"capitals-unknown"} if rule is PLAN else set())


@pytest.mark.parametrize("rule", [TagRule(tag="Customer"), PLAN])
def test_a_segment_that_asks_for_what_is_left_behind_is_not_made(rule: Rule) -> None:
    found = lower_segment(Segment(source_id="3", name="Pro", rule=rule), LEFT)
    assert found.value is None
    assert "left behind" in found.findings[0].reason


def test_a_field_of_the_profile_is_not_a_field_of_the_person_that_is_left_behind() -> None:
    rule = FieldRule(kind=FieldKind.BUILT_IN, key="email", comparison=Comparison.CONTAINS, value="@example.com")
    context = LoweringContext(left_fields=frozenset({"email"}))
    assert lower_rule(rule, HERE, context).value is not None


def sequence(**fields: Any) -> Sequence:
    return Sequence(source_id="7", name="S", **fields)


def test_nobody_stays_in_because_the_tag_that_takes_them_out_was_left_behind() -> None:
    rules = (ExitRule(rule=TagRule(tag="Customer")),)
    one = sequence(triggers=(TagAdded(tag="new"),), exit_rules=rules)
    leaving = lower_leaving(one, survey([one])["7"], LEFT)
    assert leaving.stop is None
    assert leaving.by_rule[0].verdict is Verdict.MANUAL


def test_nobody_is_taken_out_because_the_tag_that_they_must_keep_was_left_behind() -> None:
    one = sequence(triggers=(TagAdded(tag="Customer", leaves_when_removed=True),))
    leaving = lower_leaving(one, survey([one])["7"], LEFT)
    assert [finding.verdict for finding in leaving.by_trigger[0]].count(Verdict.MANUAL) == 1


def test_a_wait_for_a_date_that_is_left_behind_is_a_question() -> None:
    wait = WaitUntilDate(key="plan", when_missing=PastDate.EXIT, when_past=PastDate.EXIT)
    assert lower_until_date(wait, LEFT, starts_by_event=False, settles="s").value is None


# What Sequenzy begins to count anew -------------------------------------------------------------------------

OPENERS = Segment(
    source_id="3", name="Openers", rule=ActivityRule(activity=Activity.OPENED, within_seconds=30 * 86_400)
)
AMONG = Segment(source_id="4", name="Ours", rule=AllOf(rules=(SegmentRule(segment_id="3"), TagRule(tag="x"))))
PLAIN = Segment(source_id="5", name="Plain", rule=TagRule(tag="x"))


def test_segments_that_lean_on_history_are_known_also_through_others() -> None:
    planned = plan_segments([AMONG, OPENERS, PLAIN], LoweringContext(), Names(), Ledger())
    assert planned.history == {"3", "4"}


def started_by(segment_id: str, **fields: Any) -> Any:
    one = sequence(triggers=(SegmentEntered(segment_id=segment_id),))
    context = LoweringContext(
        segments={"3": "segment:3", "5": "segment:5"}, history_segments=frozenset({"3"}), **fields
    )
    return lower_triggers(one.triggers, survey([one])["7"], context).triggers[0]


def test_whoever_has_been_through_is_not_let_in_again_by_their_first_opened_email_after_the_move() -> None:
    found = started_by("3")
    assert found.verdict is Verdict.MANUAL
    assert HOLDS_BACK & {finding.code for finding in found.findings}
    assert "sequences.7.segment_start_settled.3 = true" in {finding.settles for finding in found.findings}
    assert started_by("5").verdict is Verdict.CHANGED
    assert started_by("3", starts_settled=frozenset({("7", "3")})).verdict is Verdict.CHANGED


def test_an_answer_about_the_audience_says_nothing_about_a_start_that_counts_anew() -> None:
    assert started_by("3", audience_settled=frozenset({"7"})).verdict is Verdict.MANUAL
    assert started_by("3", starts_settled=frozenset({("7", "5")})).verdict is Verdict.MANUAL


def test_a_branch_on_such_a_segment_says_so_and_is_looked_at_for_people_in_the_middle() -> None:
    context = LoweringContext(segments={"3": "segment:3"}, history_segments=frozenset({"3"}))
    found = lower_rule(SegmentRule(segment_id="3"), HERE, context)
    assert [finding.code for finding in found.findings] == ["engagement-history"]


def test_every_tag_that_a_sequence_names_counts_when_two_become_one() -> None:
    """`VIP` that only a sequence knows and `vip` that only people have are one tag at Sequenzy."""
    branch = Branch(lanes=(Lane(key="a", rule=Not(rule=AllOf(rules=(TagRule(tag="asked"), PLAN)))), Lane(key="b")))
    steps = (Step(id="1", action=AddTags(tags=("added",))), Step(id="2", action=RemoveTags(tags=("taken",))))
    one = sequence(
        triggers=(TagAdded(tag="VIP"),),
        steps=(*steps, Step(id="3", action=branch)),
        entry_filter=TagRule(tag="let in"),
        exit_rules=(ExitRule(rule=TagRule(tag="stop")),),
    )
    assert tags_named([one]) == {"VIP", "added", "taken", "asked", "let in", "stop"}


def test_a_field_that_only_a_sequence_names_is_named_by_the_same_rules_as_all_others() -> None:
    """Otherwise a step that sets a custom field `email` would meddle with the address, and a prefix be forgotten."""
    date = WaitUntilDate(key="renews on", when_missing=PastDate.EXIT, when_past=PastDate.EXIT)
    event = WaitUntilDate(key="due", from_event=True, when_missing=PastDate.EXIT, when_past=PastDate.EXIT)
    actions = (SetAttribute(key="email", value="x"), SetAttribute(key="first_name", value="Ada"), date, event)
    steps = tuple(Step(id=str(number), action=action) for number, action in enumerate(actions))
    one = sequence(steps=steps, exit_rules=(ExitRule(rule=Not(rule=PLAN)),))
    named = fields_named([one])
    assert named == {"email", "renews on", "plan"}
    keys = FieldKeys(AttributeChoices(prefix="bc_", ignore=("plan",)))
    assert with_named({"known": "bc_known"}, {*named, "known"}, keys) == {
        "known": "bc_known",
        "email": "bc_email",
        "renews on": "bc_renews_on",
    }
    assert with_named({}, {"email"}, FieldKeys(AttributeChoices())) == {"email": "source_email"}
