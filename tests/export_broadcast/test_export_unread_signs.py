"""What a server says and nobody understands never passes for what it did not say."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.broadcast.segments import read_segment
from adapters.broadcast.sequences import read_sequence
from adapters.broadcast.steps import Templates
from adapters.broadcast.surprises import Surprises
from migrator.model import Sequence
from migrator.model.rules import Comparison, FieldRule, OpaqueRule, Rule
from migrator.model.sequences import ApiOnly, OpaqueTrigger

# Segments ---------------------------------------------------------------------------------------------------


def segment_rule(rule: Any = (), group: Any = (), segment: Any = ()) -> Rule | None:
    usual = {"id": 1, "field": "first_name", "operator": "equals", "value": "Ada", "secondary_value": None}
    usual |= {"rule_type": "text", "value_type": "string", "position": 0, "is_negative": False}
    rules = [{**usual, "case_sensitive": False, "segment_group_id": 1, "created_at": "2026-01-01", **dict(rule)}]
    groups = [{"id": 1, "match_type": "all", "position": 0, "segment_rules": rules, **dict(group)}]
    found = read_segment({"id": 3, "name": "S", "segment_groups": groups, **dict(segment)}, Surprises())
    assert found is not None
    return found.rule


def test_a_rule_of_the_documented_sort_is_read() -> None:
    assert isinstance(segment_rule(), FieldRule)


@pytest.mark.parametrize(
    "odd",
    [
        {"is_negative": "not sure"},
        {"is_negative": {"x": 1}},
        {"case_sensitive": "sometimes"},
        {"secondary_value": "9"},
        {"match_type": "none"},
        {"value_type": "money"},
        {"rule_type": "geography"},
        {"within_days": 30},
        {"field": "custom_data.plans", "rule_type": "array", "operator": "contains"},
    ],
)
def test_a_rule_with_a_sign_nobody_understands_matches_nobody_by_itself(odd: dict[str, Any]) -> None:
    assert isinstance(segment_rule(rule=odd), OpaqueRule)


@pytest.mark.parametrize("odd", [{"match_type": 3}, {"match_type": ["all"]}, {"is_negative": True}, {"limit": 100}])
def test_a_group_with_a_sign_nobody_understands_matches_nobody_by_itself(odd: dict[str, Any]) -> None:
    assert isinstance(segment_rule(group=odd), OpaqueRule)


@pytest.mark.parametrize(
    "odd", [{"match_type": 7}, {"match_type": "none"}, {"excluded_segment_ids": [4]}, {"is_negative": True}]
)
def test_a_segment_that_says_more_about_who_belongs_to_it_is_not_taken_by_half(odd: dict[str, Any]) -> None:
    assert isinstance(segment_rule(segment=odd), OpaqueRule)


def test_empty_signs_and_bookkeeping_change_nothing() -> None:
    plain = segment_rule()
    assert segment_rule({"within_days": None, "match_type": "any", "secondary_value": ""}) == plain
    assert segment_rule(group={"limit": None}, segment={"excluded_segment_ids": [], "color": "red"}) == plain


def test_the_sort_of_a_rule_says_what_its_value_is() -> None:
    number = segment_rule({"field": "custom_data.seats", "value": "10", "rule_type": "number"})
    assert isinstance(number, FieldRule)
    assert number.value_type == "number"
    days = segment_rule({"field": "created_at", "operator": "within_last_days", "value": "45", "rule_type": "date"})
    assert isinstance(days, FieldRule)
    assert (days.comparison, days.value) == (Comparison.WITHIN_LAST_DAYS, "45")


# Sequences --------------------------------------------------------------------------------------------------

PLAIN = {"id": 7, "label": "Trial", "active": True, "track_opens": True, "track_clicks": True}
PLAIN |= {"use_any_email_server": True, "email_server_ids": [2], "init_segment_id": None, "init_tag": None}
PLAIN |= {"parent_sequence_id": None, "subscribers_count": 4, "created_at": "2026-01-01T00:00:00Z"}


def sequence(**more: Any) -> Sequence:
    return read_sequence({**PLAIN, **more}, "7", [], Templates({}), Surprises())


def test_a_sequence_of_the_documented_sort_has_nothing_odd() -> None:
    plain = sequence()
    assert (plain.triggers, plain.unread_limits, plain.caveats) == ((ApiOnly(),), (), ())


@pytest.mark.parametrize(
    "odd",
    [
        {"init_tag": ["a", "b"]},
        {"init_tag": {"name": "a"}},
        {"init_segment_id": {"id": 3}},
        {"init_tags": ["a"]},
        {"trigger_event": "purchase"},
    ],
)
def test_a_start_nobody_understands_is_not_taken_for_no_start(odd: dict[str, Any]) -> None:
    found = sequence(**odd).triggers
    assert [type(one) for one in found] == [OpaqueTrigger]


@pytest.mark.parametrize(
    "odd",
    [
        {"exclude_segments": [4]},
        {"excluded_segment_ids": [3, 5]},
        {"topic": {"id": 2}},
        {"active": "paused"},
        {"paused_at": "2026-01-01T00:00:00Z"},
        {"sending_window": {"from": "09:00"}},
        {"status": "archived"},
    ],
)
def test_what_else_may_keep_people_out_holds_the_sequence_back(odd: dict[str, Any]) -> None:
    (key,) = odd
    assert any(key.replace("_", " ") in limit for limit in sequence(**odd).unread_limits)


def test_how_the_mail_is_sent_is_said_of_the_sequence() -> None:
    told = sequence(sender_identity_id=4, message_stream="news", track_opens=False, end_user_note="")
    assert told.caveats == (
        "Its emails' opens are not tracked.",
        "It has a setting of its own (sender identity id: 4).",
        "It has a setting of its own (message stream: news).",
    )
    assert not told.unread_limits
