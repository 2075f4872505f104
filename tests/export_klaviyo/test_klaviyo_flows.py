"""Each construct of a flow, read: golden sequences, and tables of triggers, waits, conditions, entry and re-entry.

`UPDATE_GOLDEN=1` writes the golden sequences anew.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kl_support import trip_in
from test_klaviyo_behaviour import NAMES, sequence_of

from adapters.klaviyo.conditions import Names, read_condition, read_filter
from adapters.klaviyo.delays import DAY, read_countdown, read_delay, read_target_day
from adapters.klaviyo.entry import read_entry
from adapters.klaviyo.flows import _trigger
from migrator.model import ConsentState, ExitRule, ReEntry
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    Comparison,
    ConsentRule,
    FieldKind,
    FieldRule,
    ListRule,
    Not,
    OpaqueRule,
    SegmentRule,
)
from migrator.model.sequences import DateReached, EventReceived, ListJoined, OpaqueTrigger, SegmentEntered
from migrator.model.steps import Branch, CallWebhook, Entry, SendEmail, Wait, WaitUntilTime, Weekday
from migrator.plan.graphs.source_graph import read_graph
from migrator.sandbox.klaviyo.generate import generate
from migrator.sandbox.klaviyo.generate_flows import SINCE_START, FlowMaker, groups, metric_count, property_is
from migrator.sandbox.klaviyo.switches import Switches
from tests.looks import looks
from tests.reference_interpreter import next_moment

GOLDEN = Path(__file__).parent / "golden"
KNOWN = Names(
    metrics=NAMES.metrics, own=NAMES.own, lists=frozenset({"LsNews", "LsShop"}), segments=frozenset({"SgPro"})
)


def without_nulls(value: Any) -> Any:
    """What is null and what is absent say the same."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list | tuple) else value


def written(sequence: Any) -> str:
    plain = without_nulls(msgspec.to_builtins(sequence))
    for step in plain["steps"]:
        step.pop("raw", None)
        content = step["action"].get("content")
        if content and "body" in content:
            content["body"] = f"({len(content['body'])} characters)"
    return msgspec.json.format(msgspec.json.encode(plain), indent=1).decode() + "\n"


@pytest.mark.parametrize("absent", [False, True])
def test_the_flows_of_every_construct_read_as_they_always_did(absent: bool, tmp_path: Path) -> None:
    """Also where old flows leave out what is null, and do not say where they begin."""
    bundle = trip_in(tmp_path, generate(3, flows=0), switches=Switches(absent_keys=absent)).export()
    for sequence in bundle.sequences():
        path = GOLDEN / f"{sequence.source_id}.json"
        if os.environ.get("UPDATE_GOLDEN") and not absent:
            path.write_text(written(sequence))
        assert written(sequence) == path.read_text(), sequence.source_id


# What starts it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"type": "list", "id": "LsNews"}, ListJoined(list_id="LsNews")),
        ({"type": "segment", "id": "SgPro"}, SegmentEntered(segment_id="SgPro")),
        ({"type": "metric", "id": "MtOrder", "trigger_filter": None}, EventReceived(event_name="Placed Order")),
        (
            {
                "type": "date",
                "date_field_type": "profile-property",
                "date_profile_property": "properties['Birthday']",
                "timedelta_unit_before_date": "weeks",
                "timedelta_value_before_date": 1,
                "recurrence_frequency": "annually",
            },
            DateReached(key="Birthday", offset_seconds=-7 * DAY, yearly=True),
        ),
    ],
)
def test_triggers_that_have_a_word(told: dict[str, Any], expected: Any) -> None:
    assert _trigger(told, KNOWN, "F") == expected


@pytest.mark.parametrize(
    "told",
    [
        {"type": "metric", "id": "MtGone"},
        {"type": "metric", "id": "MtOpen"},
        {"type": "metric", "id": "MtSub"},
        {"type": "price-drop"},
        {"type": "low-inventory"},
        {"type": "list"},
        {"type": "date", "date_field_type": "custom-object", "recurrence_frequency": "annually"},
        {
            "type": "date",
            "date_field_type": "profile-property",
            "date_profile_property": "properties['B']",
            "timedelta_unit_before_date": "months",
            "timedelta_value_before_date": 1,
            "recurrence_frequency": "annually",
        },
        {
            "type": "date",
            "date_field_type": "profile-property",
            "date_profile_property": "properties['B']",
            "recurrence_frequency": "monthly",
        },
        {},
    ],
)
def test_triggers_that_have_none_are_kept_and_start_nothing(told: dict[str, Any]) -> None:
    names = Names(metrics=NAMES.metrics, own={*NAMES.own, "MtSub"})
    found = _trigger(told, names, "F")
    assert isinstance(found, OpaqueTrigger)
    assert found.raw == told


# Waits -----------------------------------------------------------------------------------------------------------


def delay(unit: str, value: Any, **more: Any) -> Any:
    return read_delay({"unit": unit, "value": value, "timezone": "profile", **more}, "Europe/Paris")


def test_plain_waits() -> None:
    every_day = [day.value for day in Weekday]
    assert delay("days", 2).action == Wait(seconds=2 * DAY)
    assert delay("hours", 5, secondary_value=30).action == Wait(seconds=5 * 3600 + 1800)
    assert delay("minutes", 20, delay_until_weekdays=every_day).action == Wait(seconds=1200)
    assert delay("minutes", 0).action == Wait(seconds=0)


@pytest.mark.parametrize(
    "told",
    [
        {"unit": "fortnights", "value": 1},
        {"unit": "days", "value": None},
        {"unit": "days", "value": -1},
        {"unit": "days", "value": 1, "secondary_value": 3},
        {"unit": "days", "value": 1, "delay_until_weekdays": ["caturday"]},
    ],
)
def test_a_wait_that_cannot_be_read_is_never_no_wait(told: dict[str, Any]) -> None:
    found = read_delay(told, "Europe/Paris")
    assert found.action == Wait(seconds=None)
    assert found.missing == ("seconds",)


def test_days_of_the_week_without_an_hour_are_a_window_with_a_caveat() -> None:
    found = delay("hours", 4, delay_until_weekdays=["monday"])
    assert isinstance(found.action, WaitUntilTime)
    assert (found.action.days, found.action.minimum_seconds) == ((Weekday.MONDAY,), 4 * 3600)
    assert found.caveats


def test_each_person_has_their_own_zone_and_the_account_the_rest() -> None:
    action = delay("days", 1, delay_until_time="09:00:00").action
    assert isinstance(action, WaitUntilTime)
    assert (action.contact_timezone, action.timezone) == (True, "Europe/Paris")
    action = read_delay(
        {"unit": "days", "value": 1, "delay_until_time": "09:00:00", "timezone": "Asia/Tokyo"}, None
    ).action
    assert isinstance(action, WaitUntilTime)
    assert (action.contact_timezone, action.timezone) == (False, "Asia/Tokyo")


@given(st.integers(1, 5), st.integers(0, 24 * 60 - 1), st.integers(0, 24 * 60 - 1))
@settings(max_examples=looks(150), deadline=None)
def test_days_until_an_hour_are_counted_by_the_calendar(days: int, hour: int, came: int) -> None:
    time = f"{hour // 60:02}:{hour % 60:02}:00"
    action = read_delay({"unit": "days", "value": days, "delay_until_time": time, "timezone": "UTC"}, None).action
    assert isinstance(action, WaitUntilTime)
    now = datetime(2026, 6, 3, tzinfo=UTC) + timedelta(minutes=came)
    expected = datetime(2026, 6, 3, tzinfo=UTC) + timedelta(days=days, minutes=hour)
    assert next_moment(action, now + timedelta(seconds=action.minimum_seconds)) == expected


def test_target_days_and_countdowns() -> None:
    found = read_target_day({"timezone": "UTC", "target_time": "08:30:00", "target_days": ["monday"]}, None).action
    assert found == WaitUntilTime(time="08:30:00", timezone="UTC", days=(Weekday.MONDAY,))
    assert read_target_day({"target_days": []}, None).action.action == "target-date"  # type: ignore[union-attr]
    date = [{"type": "date", "date_profile_property": "properties['Birthday']", "recurrence_frequency": "never"}]
    counted = read_countdown({"unit": "weeks", "value": 1, "timezone": "profile"}, date)
    assert (counted.action.key, counted.action.offset_seconds) == ("Birthday", -7 * DAY)  # type: ignore[union-attr]
    assert read_countdown({"unit": "weeks", "value": 1}, []).action.action == "countdown-delay"  # type: ignore[union-attr]


# Conditions ------------------------------------------------------------------------------------------------------


def field(key: str, comparison: Comparison, value: Any = None, kind: FieldKind = FieldKind.CUSTOM, **more: Any) -> Any:
    return FieldRule(kind=kind, key=key, comparison=comparison, value=value, **more)


def clicked(**more: Any) -> ActivityRule:
    return ActivityRule(activity=Activity.CLICKED, **more)


def ordered(**more: Any) -> ActivityRule:
    return ActivityRule(activity=Activity.EVENT, event_name="Placed Order", **more)


EVER = {"operator": "alltime"}
MEMBER = {"type": "profile-group-membership", "timeframe_filter": None}


def consent(status: str, wanted: bool, channel: str = "email") -> dict[str, Any]:
    inner = {"subscription": status, "filters": []}
    return {
        "type": "profile-marketing-consent",
        "consent": {"channel": channel, "can_receive_marketing": wanted, "consent_status": inner},
    }


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (property_is("Plan", "pro"), field("Plan", Comparison.EQUALS, "pro", value_type="text")),
        (property_is("Seats", 3, "less-than-or-equal", "numeric"),
         field("Seats", Comparison.LESS_OR_EQUAL, 3, value_type="number")),
        (property_is("Tags", "VIP", "contains", "list"), field("Tags", Comparison.CONTAINS, "VIP")),
        (property_is("Tags", ["A", "B"], "contains-any", "list"),
         AnyOf(rules=(field("Tags", Comparison.CONTAINS, "A"), field("Tags", Comparison.CONTAINS, "B")))),
        ({"type": "profile-property", "property": "email", "filter": {"type": "string", "operator": "ends-with",
          "value": "@example.com"}},
         field("email", Comparison.ENDS_WITH, "@example.com", FieldKind.BUILT_IN, value_type="text")),
        ({"type": "profile-property", "property": "location['country']", "filter": {"type": "existence",
          "operator": "is-set"}}, field("location.country", Comparison.IS_NOT_EMPTY)),
        ({"type": "profile-property", "property": "properties['D']", "filter": {"type": "date",
          "operator": "in-the-last", "unit": "week", "quantity": 2}},
         field("D", Comparison.WITHIN_LAST_DAYS, 14, value_type="date")),
        ({**MEMBER, "is_member": True, "group_ids": ["LsNews"]}, ListRule(list_id="LsNews")),
        ({**MEMBER, "is_member": False, "group_ids": ["LsNews", "SgPro"]},
         Not(rule=AnyOf(rules=(ListRule(list_id="LsNews"), SegmentRule(segment_id="SgPro"))))),
        (consent("subscribed", True), ConsentRule(state=ConsentState.SUBSCRIBED)),
        (consent("never_subscribed", False), ConsentRule(state=ConsentState.NEVER_SUBSCRIBED)),
        (metric_count("MtOrder", "greater-than", 0, EVER), ordered(at_least=1)),
        (metric_count("MtOrder", "equals", 0, SINCE_START),
         ordered(scope=ActivityScope.THIS_SEQUENCE, at_least=None, fewer_than=1)),
        (metric_count("MtOrder", "equals", 2, {"operator": "in-the-last", "unit": "day", "quantity": 3}),
         ordered(at_least=2, fewer_than=3, within_seconds=3 * DAY)),
        (metric_count("MtClick", "greater-than-or-equal", 1, SINCE_START), clicked(scope=ActivityScope.THIS_SEQUENCE)),
        (metric_count("MtClick", "greater-than", 0, EVER, [{"property": "$flow", "filter": {"type": "string",
          "operator": "equals", "value": "F"}}]), clicked(scope=ActivityScope.THIS_SEQUENCE)),
        (metric_count("MtClick", "greater-than", 0, EVER, [{"property": "$message", "filter": {"type": "string",
          "operator": "equals", "value": "M1"}}]), clicked(scope=ActivityScope.MESSAGE, message_id="M1")),
    ],
)  # fmt: skip
def test_conditions_that_have_a_word(told: dict[str, Any], expected: Any) -> None:
    found = read_condition(told, KNOWN, "F")
    if isinstance(found, FieldRule | AnyOf) and not isinstance(expected, FieldRule):
        found = msgspec.convert(msgspec.to_builtins(found), type(found))
    assert without_types(found) == without_types(expected)


def without_types(rule: Any) -> Any:
    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: clean(item) for key, item in value.items() if key != "value_type"}
        return [clean(item) for item in value] if isinstance(value, list | tuple) else value

    return clean(msgspec.to_builtins(rule))


@pytest.mark.parametrize(
    "told",
    [
        {"type": "profile-region", "in_region": True, "region": "european_union"},
        {"type": "profile-predictive-analytics"},
        {"type": "something-new"},
        {},
        {**MEMBER, "is_member": True, "group_ids": ["Unheard"]},
        {**MEMBER, "is_member": True, "group_ids": []},
        {**MEMBER, "is_member": True, "group_ids": ["LsNews"], "timeframe_filter": {"operator": "in-the-last"}},
        consent("subscribed", False),
        consent("any", True),
        consent("subscribed", True, "sms"),
        metric_count("MtGone", "greater-than", 0, EVER),
        metric_count("MtSub", "greater-than", 0, EVER),
        metric_count("MtOrder", "greater-than-or-equal", 0, EVER),
        metric_count("MtOrder", "less-than", 0, EVER),
        metric_count("MtOrder", "greater-than", 0, {"operator": "calendar-month"}),
        {**metric_count("MtOrder", "greater-than", 0, EVER), "measurement": "sum"},
        metric_count("MtClick", "greater-than", 0, EVER, [{"property": "URL", "filter": {"operator": "equals"}}]),
        {"type": "profile-sample", "percentage": 30},
        property_is("Tags", 3, "length-greater-than", "list"),
        {"type": "profile-property", "property": "properties['D']", "filter": {"type": "date",
         "operator": "anniversary"}},
        {"type": "profile-property", "filter": {}},
    ],
)  # fmt: skip
def test_conditions_that_have_none_are_kept_and_are_never_true(told: dict[str, Any]) -> None:
    names = Names(metrics=KNOWN.metrics, own={*KNOWN.own, "MtSub"}, lists=KNOWN.lists, segments=KNOWN.segments)
    assert isinstance(read_condition(told, names, "F"), OpaqueRule)


def test_groups_are_joined_by_and_conditions_by_or() -> None:
    one, two, three = (property_is("Plan", name) for name in ("a", "b", "c"))
    found = read_filter({"condition_groups": [{"conditions": [one, two]}, {"conditions": [three]}]}, KNOWN)
    rules = [read_condition(told, KNOWN) for told in (one, two, three)]
    assert found == AllOf(rules=(AnyOf(rules=(rules[0], rules[1])), rules[2]))
    assert read_filter(None, KNOWN) is None
    for odd in ({"condition_groups": "x"}, {"groups": []}, "x"):
        assert isinstance(read_filter(odd, KNOWN), OpaqueRule)
    assert isinstance(read_filter({"condition_groups": [{"conditions": []}]}, KNOWN), OpaqueRule)


# Entry and leaving -----------------------------------------------------------------------------------------------

NOT_IN_FLOW = {"type": "profile-not-in-flow", "timeframe_filter": {"operator": "in-the-last", "unit": "day",
               "quantity": 30}}  # fmt: skip


def test_not_bought_since_starting_is_a_reason_to_leave() -> None:
    told = {"profile_filter": groups(metric_count("MtOrder", "equals", 0, SINCE_START))}
    found = read_entry(told, KNOWN, "F", [])
    assert found.lets_in == ()
    assert found.exits == (ExitRule(rule=ordered(scope=ActivityScope.THIS_SEQUENCE)),)


def test_any_other_filter_holds_at_the_door_and_afterwards() -> None:
    found = read_entry({"profile_filter": groups(property_is("Plan", "pro"))}, KNOWN, "F", [])
    (rule,) = found.lets_in
    assert found.exits[0].rule == Not(rule=rule)


@pytest.mark.parametrize(
    ("definition", "kinds", "again"),
    [
        ({}, ["list"], (ReEntry.ONCE, None)),
        ({}, ["segment"], (ReEntry.ONCE, None)),
        ({}, ["metric"], (ReEntry.UNKNOWN, None)),
        ({}, [], (ReEntry.UNKNOWN, None)),
        ({"reentry_criteria": {"duration": 2, "unit": "hour"}}, ["metric"], (ReEntry.AFTER_DELAY, 7200)),
        ({"reentry_criteria": {"duration": 1, "unit": "alltime"}}, ["metric"], (ReEntry.UNKNOWN, None)),
        ({"reentry_criteria": {"duration": 0, "unit": "day"}}, ["metric"], (ReEntry.UNKNOWN, None)),
        ({"profile_filter": groups(NOT_IN_FLOW)}, ["metric"], (ReEntry.AFTER_DELAY, 30 * DAY)),
        ({"profile_filter": groups(NOT_IN_FLOW), "reentry_criteria": {"duration": 1, "unit": "day"}}, ["list"],
         (ReEntry.AFTER_DELAY, 30 * DAY)),
        ({"profile_filter": groups({"type": "profile-not-in-flow", "timeframe_filter": EVER})}, ["metric"],
         (ReEntry.ONCE, None)),
    ],
)  # fmt: skip
def test_how_often_people_may_come_in(definition: dict[str, Any], kinds: list[str], again: Any) -> None:
    found = read_entry(definition, KNOWN, "F", [{"type": kind} for kind in kinds])
    assert (found.again, found.again_after) == again
    assert found.lets_in == ()


# Steps -----------------------------------------------------------------------------------------------------------


def test_a_flow_that_does_not_say_where_it_begins_is_begun_only_if_it_is_clear() -> None:
    make = FlowMaker(Random(1))
    second = make.email(None, "Two")
    first = make.email(second["id"], "One")
    flow = make.flow("F", "F", {"type": "list", "id": "LsNews"}, [second, first])
    del flow["definition"]["entry_action_id"]
    sound = read_graph(sequence_of(flow))
    assert list(sound.order)[:2] == ["entry", first["id"]]
    flow["definition"]["actions"].append(make.email(None, "Three"))
    sequence = sequence_of(flow)
    assert not any(isinstance(step.action, Entry) for step in sequence.steps)
    assert any(problem.code == "no-root" for problem in read_graph(sequence).problems)


def test_an_email_that_is_switched_off_is_kept_and_never_sent(tmp_path: Path) -> None:
    sequence = trip_in(tmp_path, generate(1)).sequence("FlWelcome")
    live = {
        step.action.content.subject: step.action.live for step in sequence.steps if isinstance(step.action, SendEmail)
    }
    assert live == {"Hi {{ first_name|default:'there' }}": True, "Tips for pros": False}


def test_a_webhook_keeps_its_secrets_at_the_source(tmp_path: Path) -> None:
    sequence = trip_in(tmp_path, generate(1)).sequence("FlActions")
    (hook,) = [step.action for step in sequence.steps if isinstance(step.action, CallWebhook)]
    assert hook.headers == {"Accept": "application/json"}
    assert "X-Api-Key" in hook.withheld_headers
    assert hook.url == "https://shop.test/hook?token=WITHHELD"


def test_a_click_asked_for_right_after_its_email_is_of_the_email_before(tmp_path: Path) -> None:
    sequence = trip_in(tmp_path, generate(1)).sequence("FlRejoin")
    (branch,) = [step.action for step in sequence.steps if isinstance(step.action, Branch)]
    assert branch.lanes[0].rule == clicked(scope=ActivityScope.PREVIOUS_EMAIL)


def test_a_click_on_an_email_that_another_way_passes_by_stays_what_it_is() -> None:
    make = FlowMaker(Random(1))
    first = make.email(None, "One")
    asked = metric_count(
        "MtClick",
        "greater-than",
        0,
        SINCE_START,
        [{"property": "$message", "filter": {"operator": "equals", "value": first["data"]["message"]["id"]}}],
    )
    split = make.split(None, None, groups(asked))
    first["links"]["next"] = split["id"]
    door = make.split(first["id"], split["id"], groups(property_is("Plan", "pro")))
    flow = make.flow("F", "F", {"type": "list", "id": "LsNews"}, [door, first, split])
    found = {step.id: step for step in sequence_of(flow).steps}[split["id"]].action
    assert isinstance(found, Branch)
    rule = found.lanes[0].rule
    assert isinstance(rule, ActivityRule)
    assert rule.scope is ActivityScope.MESSAGE
