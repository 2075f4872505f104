"""Segments and conditions mean at the target what the rule means at the source, for any people."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mappings.conditions import Atom, Where, lower_rule
from mappings.context import LoweringContext, Opened
from mappings.event_filters import property_filters
from mappings.segment_leaves import window
from mappings.segments import lower_segment
from mappings.verdicts import Verdict
from migrator.model import Sequence, Step
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    Comparison,
    FieldKind,
    FieldRule,
    Not,
    OpaqueRule,
    Rule,
    Segment,
    TagRule,
)
from migrator.model.steps import Entry
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.membership import in_segment
from migrator.sandbox.sequenzy.state import Subscriber
from tests.looks import looks
from tests.reference_interpreter import Person, Run
from tests.sdk_types import segment_faults

TAGS = ("a", "b", "c")
PLACE = Where("7", None, None)


def rules(depth: int = 2) -> st.SearchStrategy[Rule]:
    compared = st.sampled_from((Comparison.EQUALS, Comparison.NOT_EQUALS, Comparison.CONTAINS))
    leaves = st.one_of(
        st.sampled_from(TAGS).map(lambda tag: TagRule(tag=tag)),
        st.builds(FieldRule, key=st.just("plan"), comparison=compared, value=st.sampled_from(("pro", "free"))),
    )
    if depth == 0:
        return leaves
    inner = rules(depth - 1)
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        leaves, st.builds(AllOf, rules=several), st.builds(AnyOf, rules=several), st.builds(Not, rule=inner)
    )


def says(rule: Rule, tags: set[str], plan: str | None) -> bool:
    attributes = {} if plan is None else {"plan": plan}
    sequence = Sequence(source_id="7", name="x", steps=(Step(id="1", action=Entry()),))
    return Run(sequence, Person(tags=tags, attributes=attributes), None).holds(rule)  # type: ignore[arg-type]


@settings(max_examples=looks(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules(), st.sets(st.sampled_from(TAGS)), st.sampled_from((None, "pro", "free", "profree")))
def test_a_segment_has_the_members_that_its_rule_means(rule: Rule, tags: set[str], plan: str | None) -> None:
    lowered = lower_segment(Segment(source_id="3", name="S", rule=rule), LoweringContext())
    assume(lowered.value is not None)
    assert lowered.value is not None
    assert segment_faults(lowered.value) == []
    sandbox = SequenzySandbox(limits=None)
    state = sandbox.state
    person = Subscriber(id="p", email="a@example.com", created_at=state.now, updated_at=state.now)
    person.tags, person.attributes = sorted(tags), {} if plan is None else {"plan": plan}
    state.add_subscriber(person)
    assert says(rule, tags, plan) == in_segment(state, person, made(sandbox, lowered.value))


def made(sandbox: SequenzySandbox, body: dict[str, Any]) -> str:
    import json

    from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
    from migrator.sandbox.web import Request

    headers = {"authorization": f"Bearer {DEFAULT_KEY}"}
    reply = sandbox.handle(Request("POST", "/api/v1/segments", [], headers, json.dumps(body).encode()))
    assert reply.status < 300, reply.body
    return str(json.loads(reply.body)["segment"]["id"])


@pytest.mark.parametrize(
    "rule",
    [
        OpaqueRule(description="full moon"),
        AllOf(rules=()),
        AnyOf(rules=(TagRule(tag="a"), OpaqueRule(description="x"))),
        Not(rule=OpaqueRule(description="x")),
        FieldRule(key="plan", comparison=Comparison.MATCHES, value=".*"),
        FieldRule(key="plan", comparison=Comparison.STARTS_WITH, value="p"),
        FieldRule(kind=FieldKind.EVENT_PROPERTY, key="price", comparison=Comparison.EQUALS, value="1"),
        ActivityRule(activity=Activity.CLICKED, scope=ActivityScope.MESSAGE, message_id="m1"),
        TagRule(tag="  "),
    ],
)
def test_what_the_target_cannot_say_is_never_taken_for_true(rule: Rule) -> None:
    segment = lower_segment(Segment(source_id="3", name="S", rule=rule), LoweringContext())
    condition = lower_rule(rule, PLACE, LoweringContext())
    assert segment.value is None
    assert condition.value is None
    assert Verdict.MANUAL in {finding.verdict for finding in condition.findings}


@pytest.mark.parametrize("scope", [ActivityScope.PREVIOUS_EMAIL, ActivityScope.THIS_SEQUENCE])
@pytest.mark.parametrize("choice", list(Opened))
def test_opened_is_never_carried_over_without_a_word(scope: ActivityScope, choice: Opened) -> None:
    rule = ActivityRule(activity=Activity.OPENED, scope=scope)
    lowered = lower_rule(rule, PLACE, LoweringContext(opened=choice))
    asked = choice in (Opened.ASK, Opened.STAND_IN)
    assert lowered.verdict is (Verdict.MANUAL if asked else Verdict.CHANGED)
    assert (lowered.value is None) is asked


@pytest.mark.parametrize(
    ("seconds", "expected"), [(None, "all"), (1, "1h"), (3600, "1h"), (7 * 86_400, "7d"), (86_400, "24h")]
)
def test_windows_are_written_in_the_targets_words(seconds: int | None, expected: str) -> None:
    assert expected == window(seconds)


@pytest.mark.parametrize("value_type", ["date", "relative_days"])
@pytest.mark.parametrize(
    "comparison",
    [
        Comparison.EQUALS,
        Comparison.NOT_EQUALS,
        Comparison.GREATER_OR_EQUAL,
        Comparison.LESS_OR_EQUAL,
        Comparison.GREATER,
        Comparison.LESS,
    ],
)
def test_a_comparison_of_dates_is_not_taken_for_one_of_numbers(comparison: Comparison, value_type: str) -> None:
    """`on or before 30 days ago` would ask whether the date, as a number, is at most 30."""
    rule = FieldRule(key="renews_on", comparison=comparison, value="30", value_type=value_type)
    context = LoweringContext()
    assert lower_rule(rule, Where("7", None, None), context).value is None
    assert lower_segment(Segment(source_id="1", name="S", rule=rule), context).value is None
    empty = FieldRule(key="renews_on", comparison=Comparison.IS_EMPTY, value_type=value_type)
    assert lower_segment(Segment(source_id="1", name="S", rule=empty), context).value is not None


@pytest.mark.parametrize("value", ["pro", "2026-01-01", "", "nan", "1e999"])
@pytest.mark.parametrize(
    "comparison", [Comparison.GREATER, Comparison.GREATER_OR_EQUAL, Comparison.LESS, Comparison.LESS_OR_EQUAL]
)
def test_more_and_less_are_for_numbers(comparison: Comparison, value: str) -> None:
    """Sequenzy compares numbers; a text is neither more nor less than another, so everybody would go one way."""
    rule = FieldRule(key="score", comparison=comparison, value=value)
    assert lower_rule(rule, PLACE, LoweringContext()).value is None
    assert lower_segment(Segment(source_id="1", name="S", rule=rule), LoweringContext()).value is None
    for number in (5, 4.5, "-3", "0.25"):
        fine = FieldRule(key="score", comparison=comparison, value=number)
        assert lower_rule(fine, PLACE, LoweringContext()).value is not None


def test_a_whole_number_is_written_without_a_point() -> None:
    rule = FieldRule(key="seats", comparison=Comparison.EQUALS, value=5.0)
    found = lower_rule(rule, PLACE, LoweringContext()).value
    assert isinstance(found, Atom)
    assert found.condition["fieldValue"] == "5"
    endless = FieldRule(key="seats", comparison=Comparison.EQUALS, value=float("inf"))
    assert lower_rule(endless, PLACE, LoweringContext()).value is None


@pytest.mark.parametrize(("value", "fine"), [(50, True), ("50", True), ("dear", False), ("2026-01-01", False)])
def test_a_filter_on_an_event_compares_numbers_too(value: Any, fine: bool) -> None:
    rule = FieldRule(kind=FieldKind.EVENT_PROPERTY, key="price", comparison=Comparison.GREATER, value=value)
    assert (property_filters(rule) is not None) is fine
