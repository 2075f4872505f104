"""Who belongs to a segment, by rule type and by the way rules and groups are joined."""

from __future__ import annotations

from datetime import timedelta

import pytest
from bc_support import NOW, get, sandbox

from migrator.sandbox.broadcast.account import Account, Receipt, Subscriber
from migrator.sandbox.broadcast.directory import Directory
from migrator.sandbox.broadcast.segments import Segments

ADA = Subscriber(
    id=1,
    email="Ada@acme.test",
    first_name="Ada",
    created_at=NOW - timedelta(days=40),
    confirmed_at=NOW,
    tags=["vip", "trial"],
    custom_data={"plan": "pro", "seats": "12", "org": {"name": "Acme"}},
)


def holds(groups, match_type=None):
    data = Account(channel={"id": 3}, now=NOW, subscribers=[ADA])
    data.receipts = [
        Receipt(id=1, subscriber_id=1, sent_at=NOW - timedelta(days=9), opened_at=NOW - timedelta(days=8)),
        Receipt(id=2, subscriber_id=1, sent_at=NOW - timedelta(days=3)),
    ]
    row = {"id": 1, "segment_groups": groups, **({"match_type": match_type} if match_type else {})}
    return Segments(Directory(data)).holds(row, ADA, NOW)


def rule(field, rule_type, operator, value=None, **more):
    return {"field": field, "rule_type": rule_type, "operator": operator, "value": value, **more}


def alone(*args, **more):
    return holds([{"segment_rules": [rule(*args, **more)]}])


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("email", "text", "equals", "ada@ACME.test"), True),
        (("email", "text", "ends_with", "@acme.test"), True),
        (("first_name", "text", "starts_with", "ad"), True),
        (("first_name", "text", "not_starts_with", "ad"), False),
        (("first_name", "text", "not_contains", "da"), False),
        (("last_name", "text", "is_empty"), True),
        (("last_name", "text", "not_equals", "x"), True),
        (("custom_data.plan", "text", "equals", "pro"), True),
        (("plan", "text", "equals", "pro"), True),
        (("custom_data.org.name", "text", "equals", "acme"), True),
        (("custom_data.seats", "number", "greater_than", "11"), True),
        (("custom_data.seats", "number", "less_than_or_equal", "11"), False),
        (("custom_data.none", "number", "equals", "1"), False),
        (("custom_data.none", "number", "not_equals", "1"), True),
        (("tags", "array", "contains", "vip"), True),
        (("tags", "array", "contains", "VIP"), False),
        (("tags", "array", "not_contains", "vip"), False),
        (("tags", "array", "includes", '["lead","trial"]'), True),
        (("tags", "array", "excludes", '["lead","trial"]'), False),
        (("tags", "array", "tagged_with", "vip"), False),
        (("tags", "array", "not_tagged_with", "vip"), True),
        (("is_active", "boolean", "is_true"), True),
        (("is_confirmed", "boolean", "is_false"), False),
        (("created_at", "date", "within_last_days", "30"), False),
        (("created_at", "date", "not_within_last_days", "30"), True),
        (("created_at", "date", "before", "2026-02-01"), True),
        (("created_at", "date", "equals", "2026-01-21"), True),
        (("last_email_sent_at", "date", "within_last_days", "4"), True),
        (("last_email_opened_at", "date", "within_last_days", "4"), False),
        (("last_email_clicked_at", "date", "never"), True),
        (("total_emails_sent", "number", "equals", "2"), True),
        (("total_emails_opened", "number", "equals", "1"), True),
        (("has_opened_any_email", "boolean", "is_true"), True),
        (("has_clicked_any_email", "boolean", "is_true"), False),
        (("sequential_id", "number", "equals", "1"), True),
    ],
)
def test_one_rule(args, expected):
    assert alone(*args) is expected
    assert alone(*args, is_negative=True) is not expected


def test_case_matters_only_when_asked():
    assert not alone("first_name", "text", "equals", "ada", case_sensitive=True)


def test_a_relative_date_is_days_ago():
    assert alone("created_at", "date", "on_or_before", "40", value_type="relative_date")
    assert not alone("created_at", "date", "before", "40", value_type="relative_date")


def test_an_engagement_window_counts_acts_within_days():
    window = ("emails_opened_within_days", "engagement_window")
    assert alone(*window, "at_least_within_days", "8", secondary_value="1")
    assert not alone(*window, "at_least_within_days", "7", secondary_value="1")
    assert alone(*window, "fewer_than_within_days", "30", secondary_value="2")


YES, NO = rule("first_name", "text", "equals", "Ada"), rule("first_name", "text", "equals", "Bob")


@pytest.mark.parametrize(
    ("groups", "match_type", "expected"),
    [
        ([("all", [YES, NO])], None, False),
        ([(None, [YES, NO])], None, False),
        ([("any", [YES, NO])], None, True),
        ([("all", [NO]), ("all", [YES])], None, True),
        ([("all", [NO]), ("all", [YES])], "any", True),
        ([("all", [NO]), ("all", [YES])], "all", False),
        ([], None, False),
    ],
)
def test_rules_and_groups_are_joined_by_their_match_types(groups, match_type, expected):
    made = [{"segment_rules": rules, **({"match_type": how} if how else {})} for how, rules in groups]
    assert holds(made, match_type) is expected


def test_members_are_counted_anew_after_a_change():
    app = sandbox()
    before = get(app, "/api/v1/segments/4")["segment"]["subscribers_count"]
    person = next(row for row in app.account.subscribers if "cold" not in row.tags)
    app.runtime.add_tags(person, ["cold"])
    assert get(app, "/api/v1/segments/4")["segment"]["subscribers_count"] == before + 1


def test_the_list_shows_the_last_count_and_only_reading_a_segment_counts_anew():
    app = sandbox()

    def listed():
        return get(app, "/api/v1/segments")["segments"][3]["subscribers_count"]

    before = listed()
    person = next(row for row in app.account.subscribers if "cold" not in row.tags)
    app.runtime.add_tags(person, ["cold"])
    assert listed() == before
    get(app, "/api/v1/segments/4")
    assert listed() == before + 1
