"""What a server says and nobody understands never passes for what it did not say."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.broadcast.segments import read_segment
from adapters.broadcast.surprises import Surprises
from migrator.model.rules import Comparison, FieldRule, OpaqueRule, Rule

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
