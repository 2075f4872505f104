"""Where capitals could decide a comparison, the ledger says so: no document tells whether the target minds them."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.conditions import Where, lower_rule
from mappings.context import LoweringContext, survey
from mappings.segments import lower_segment
from mappings.sequences.stop_conditions import lower_leaving
from mappings.triggers import lower_triggers
from mappings.verdicts import Lowered, Verdict
from migrator.model import ExitRule, Segment, Sequence
from migrator.model.rules import Activity, ActivityRule, ActivityScope, AllOf, Comparison, FieldKind, FieldRule, Not
from migrator.model.sequences import EventReceived

HERE = Where("7", None, None)
EVENT = ActivityRule(
    activity=Activity.EVENT,
    scope=ActivityScope.THIS_SEQUENCE,
    event_name="bought",
    where=FieldRule(kind=FieldKind.EVENT_PROPERTY, key="shop", comparison=Comparison.EQUALS, value="Berlin"),
)


def field(value: Any, comparison: Comparison = Comparison.EQUALS, **more: Any) -> FieldRule:
    return FieldRule(key="plan", comparison=comparison, value=value, **more)


def said(lowered: Lowered[Any]) -> list[str]:
    return [one.reason for one in lowered.findings if one.code == "capitals-unknown"]


def condition(rule: Any) -> list[str]:
    return said(lower_rule(rule, HERE, LoweringContext()))


@pytest.mark.parametrize(
    "rule",
    [
        field("Pro"),
        field("pro", Comparison.NOT_EQUALS),
        field("é", Comparison.CONTAINS),
        field(["1", "pro"], Comparison.ONE_OF),
        field(["Pro"], Comparison.NOT_ONE_OF),
        AllOf(rules=(field(1), Not(rule=field("Pro")))),
        FieldRule(kind=FieldKind.BUILT_IN, key="first_name", comparison=Comparison.CONTAINS, value="an"),
    ],
)
def test_a_text_with_letters_is_compared_with_a_warning(rule: Any) -> None:
    (reason,) = condition(rule)
    assert "do not count" in reason
    (reason,) = said(lower_segment(Segment(source_id="3", name="S", rule=rule), LoweringContext())) or [reason]
    assert lower_rule(rule, HERE, LoweringContext()).verdict is Verdict.CHANGED


@pytest.mark.parametrize(
    "rule",
    [
        field("42"),
        field(42),
        field(True),
        field("true", value_type="boolean"),
        field("5", Comparison.GREATER),
        field("東京"),
        FieldRule(key="plan", comparison=Comparison.IS_EMPTY),
        FieldRule(kind=FieldKind.BUILT_IN, key="email", comparison=Comparison.EQUALS, value="Ann@example.com"),
    ],
)
def test_where_capitals_cannot_matter_nothing_is_said(rule: FieldRule) -> None:
    assert condition(rule) == []


def test_a_source_that_minds_capitals_is_told_so() -> None:
    (reason,) = condition(field("Pro", case_sensitive=True))
    assert "At the source capitals do count" in reason


def test_a_segment_says_it_too() -> None:
    lowered = lower_segment(Segment(source_id="3", name="S", rule=field("Pro")), LoweringContext())
    assert len(said(lowered)) == 1


def test_filters_on_events_say_it_too() -> None:
    start = EventReceived(event_name="bought", where=EVENT.where)
    one = Sequence(source_id="7", name="S", triggers=(start,), exit_rules=(ExitRule(rule=EVENT),))
    known = survey([one])["7"]
    (lowered,) = lower_triggers(one.triggers, known, LoweringContext()).triggers
    assert len(said(lowered)) == 1
    (leaving,) = lower_leaving(one, known, LoweringContext()).by_rule
    assert len(said(leaving)) == 1
