"""Every age of row is read as what it means: consent, content, moments, rules. What cannot be read is never a yes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.broadcast.bodies import read_content
from adapters.broadcast.consent import read_consent
from adapters.broadcast.contacts import read_contact
from adapters.broadcast.forms import read_form
from adapters.broadcast.labels import duration_in
from adapters.broadcast.resources import read_email_server
from adapters.broadcast.segments import leans_on_history, read_segment
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.topics import Topic, read_topic
from adapters.broadcast.wire import Row, flag, instant, names, text_id, whole
from adapters.broadcast.zones import _RAILS, iana_zone, time_of_day
from migrator.model import BodyFormat, Consent, ConsentState, Suppression, SuppressionScope
from migrator.model.consent import Reach
from migrator.model.rules import ActivityRule, AllOf, AnyOf, FieldRule, Not, OpaqueRule, Rule, TagRule
from tests.looks import looks

WHOLE: dict[str, Any] = {
    "id": 1,
    "email": "ada@example.com",
    "first_name": "Ada",
    "last_name": None,
    "is_active": True,
    "subscribed_at": "2025-11-02T08:15:00.000Z",
    "unsubscribed_at": None,
    "confirmed_at": None,
    "confirmation_status": "unconfirmed",
    "tags": ["a"],
    "custom_data": {"plan": "pro"},
}


def consent(suppressions: tuple[Suppression, ...] = (), **row: Any) -> Consent:
    return read_consent(Row({**WHOLE, **row}), suppressions)


def listed(state: ConsentState = ConsentState.SUPPRESSED, reason: str | None = None) -> Suppression:
    return Suppression(email="ada@example.com", state=state, reason=reason, scope=SuppressionScope.GLOBAL)


@pytest.mark.parametrize(
    ("row", "suppressions", "state"),
    [
        ({}, (), ConsentState.SUBSCRIBED),
        ({"unsubscribed_at": "2026-01-01T00:00:00Z"}, (), ConsentState.UNSUBSCRIBED),
        ({"unsubscribed_at": "2026-01-01T00:00:00Z", "is_active": False}, (), ConsentState.UNSUBSCRIBED),
        ({"unsubscribed_at": "yesterday"}, (), ConsentState.UNSUBSCRIBED),
        ({"is_active": False}, (), ConsentState.INACTIVE),
        ({"is_active": "false"}, (), ConsentState.INACTIVE),
        ({"is_active": None}, (), ConsentState.UNKNOWN),
        ({"is_active": "perhaps"}, (), ConsentState.UNKNOWN),
        ({"confirmation_status": "pending"}, (), ConsentState.PENDING),
        ({}, (listed(),), ConsentState.SUPPRESSED),
        ({}, (listed(), listed(ConsentState.BOUNCED)), ConsentState.BOUNCED),
        ({"is_active": False}, (listed(ConsentState.COMPLAINED),), ConsentState.COMPLAINED),
        ({"redacted": True}, (listed(),), ConsentState.REDACTED),
    ],
)
def test_consent_follows_the_order_of_decision(row: Any, suppressions: Any, state: ConsentState) -> None:
    assert consent(suppressions, **row).state is state


def test_half_a_row_is_no_yes() -> None:
    half = {key: value for key, value in WHOLE.items() if key != "unsubscribed_at"}
    assert read_consent(Row(half)).state is ConsentState.UNKNOWN
    assert read_consent(Row({"email": "a@example.com"})).state is ConsentState.UNKNOWN


def test_a_shell_without_the_flag_is_a_suspect_and_never_active() -> None:
    shell = consent(is_active=False, first_name=None, custom_data={}, tags=[])
    assert shell.state is ConsentState.INACTIVE
    assert "suspect:redacted" in shell.evidence


values = st.one_of(st.none(), st.booleans(), st.integers(-1, 2), st.text(max_size=8), st.lists(st.none(), max_size=1))


@settings(max_examples=looks(200), deadline=None)
@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("is_active", "unsubscribed_at", "redacted", "confirmed_at"), values)
    )
)
def test_only_a_clear_yes_is_a_yes(row: dict[str, Any]) -> None:
    if read_consent(Row(row)).state.reach is Reach.MARKETING:
        assert flag(row["is_active"]) is True
        assert row["unsubscribed_at"] in (None, "", False)


@pytest.mark.parametrize(
    ("row", "body", "text", "kind"),
    [
        ({"body": "<p>x</p>", "html_body": False}, "<p>x</p>", None, BodyFormat.FRAGMENT),
        ({"body": "<p>x</p>", "html_body": True}, "<p>x</p>", None, BodyFormat.DOCUMENT),
        ({"body": "plain", "html_body": None}, "plain", None, BodyFormat.TEXT),
        ({"body": "plain", "html_body": "<p>x</p>"}, "<p>x</p>", "plain", BodyFormat.FRAGMENT),
        ({"body": "", "html_body": "<html><p>x</p></html>"}, "<html><p>x</p></html>", None, BodyFormat.DOCUMENT),
        ({"body": "<!DOCTYPE html><p>x", "html_body": False}, "<!DOCTYPE html><p>x", None, BodyFormat.DOCUMENT),
        ({"body": "", "blocks_json": '{"blocks":[1]}'}, "", None, BodyFormat.BLOCKS),
    ],
)
def test_a_body_is_what_its_flag_or_its_type_says(row: Any, body: str, text: str | None, kind: BodyFormat) -> None:
    content = read_content(Row({"subject": "S", **row}))
    assert (body, text, kind) == (content.body, content.text, content.format)
    assert not content.is_missing


def test_all_empty_is_missing_and_not_an_empty_email() -> None:
    for row in ({}, {"subject": "S"}, {"subject": "S", "body": ""}, {"subject": "S", "body": None, "html_body": True}):
        assert read_content(Row(row)).is_missing


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-01-10T08:00:00.000Z", datetime(2025, 1, 10, 8, tzinfo=UTC)),
        ("2025-01-10T08:00:00Z", datetime(2025, 1, 10, 8, tzinfo=UTC)),
        ("2025-01-10T10:00:00+02:00", datetime(2025, 1, 10, 8, tzinfo=UTC)),
        ("2025-01-10 08:00:00 UTC", datetime(2025, 1, 10, 8, tzinfo=UTC)),
        (1736496000, datetime(2025, 1, 10, 8, tzinfo=UTC)),
        ("0000-00-00", None),
        ("", None),
        (True, None),
        (10**30, None),
        ("9" * 40, None),
    ],
)
def test_moments_are_utc_or_nothing(value: Any, expected: Any) -> None:
    assert instant(value) == expected


def test_ids_tags_and_numbers_in_all_their_types() -> None:
    assert [text_id(value) for value in (7, "7", 7.0, " 7 ", None, True, "", {})] == ["7"] * 4 + [None] * 4
    assert names("a, b ,,c") == ("a", "b", "c")
    assert names([{"name": "a, b"}]) == ("a, b",)
    assert names([1]) is None
    assert [whole(value) for value in (5, "5", "5.0", 5.0, "x", True, None, 5.5)] == [
        5,
        5,
        5,
        5,
        None,
        None,
        None,
        None,
    ]


def test_zones_of_rails_all_exist() -> None:
    assert [name for name in _RAILS if iana_zone(name) is None] == []
    assert iana_zone("../../etc/passwd") is None
    assert iana_zone("Nowhere/Land") is None
    assert [time_of_day(value) for value in ("24:00", "8", 800, None, "noon", "13:00 pm")] == [None] * 6


@pytest.mark.parametrize(
    ("label", "seconds"),
    [
        ("Wait 2 days", 172800),
        ("Wait a week", 604800),
        ("1 day and 2 hours", 93600),
        ("two-day delay", 172800),
        ("and", None),
        ("Wait two days", 172800),
        ("2 days before the webinar", None),
        ("Day 3", None),
        ("Wait", None),
        ("Wait 0 days", None),
        ("until 9am", None),
        (None, None),
        ("1 " * 5000, None),
    ],
)
def test_only_a_plain_duration_is_suggested(label: Any, seconds: Any) -> None:
    assert duration_in(label) == seconds


# Segments ---------------------------------------------------------------------------------------------------


def rule(**fields: Any) -> Rule | None:
    usual = {"id": 1, "value_type": "string", "is_negative": False, "case_sensitive": False, "secondary_value": None}
    group = {"id": 1, "match_type": "all", "segment_rules": [{**usual, **fields}]}
    found = read_segment({"id": 3, "name": "S", "segment_groups": [group]}, Surprises())
    assert found is not None
    return found.rule


def test_rules_and_groups_combine_as_their_generation_says() -> None:
    one = {"id": 1, "field": "tags", "operator": "contains", "value": "a", "position": 0}
    two = {"id": 2, "field": "tags", "operator": "contains", "value": "b", "position": 1}

    def read(**segment: Any) -> Rule | None:
        found = read_segment({"id": 1, "name": "S", **segment}, Surprises())
        return found.rule if found else None

    a, b = TagRule(tag="a"), TagRule(tag="b")
    assert read(segment_groups=[{"segment_rules": [two, one]}]) == AllOf(rules=(a, b))
    assert read(segment_groups=[{"match_type": "any", "segment_rules": [one, two]}]) == AnyOf(rules=(a, b))
    two_groups = [{"segment_rules": [one]}, {"segment_rules": [two]}]
    assert read(segment_groups=two_groups) == AnyOf(rules=(a, b))
    assert read(segment_groups=two_groups, match_type="all") == AllOf(rules=(a, b))
    assert isinstance(read(segment_groups=two_groups, match_type="most"), OpaqueRule)
    assert read() is None


def test_rules_without_a_word_here_are_opaque_and_freeze_their_members() -> None:
    for fields in (
        {"field": "tags", "operator": "tagged_with", "value": "x"},
        {"field": "tags", "operator": "includes", "value": '["a","b"]'},
        {"field": "sequential_id", "operator": "greater_than", "value": "5"},
        {"field": "email", "operator": "sounds_like", "value": "x"},
        {"field": "email", "operator": "sounds_like", "value": "x", "is_negative": True},
        {"field": "custom_data.x", "operator": "equals", "value": {"a": 1}},
    ):
        found = rule(**fields)
        assert isinstance(found, OpaqueRule), fields
        assert leans_on_history(found)


def test_rules_have_their_neutral_words() -> None:
    negative = rule(field="email", operator="ends_with", value="@x.test", is_negative=True)
    assert isinstance(negative, Not)
    assert isinstance(negative.rule, FieldRule)
    assert not leans_on_history(negative)
    custom = rule(field="custom_data.org.size", operator="equals", value="5", value_type="integer")
    assert isinstance(custom, FieldRule)
    assert (custom.key, custom.value_type) == ("org.size", "number")
    window = rule(field="emails_opened_within_days", operator="at_least_within_days", value="30", secondary_value="2")
    assert isinstance(window, ActivityRule)
    assert (window.at_least, window.within_seconds) == (2, 30 * 86400)
    assert leans_on_history(window)
    never = rule(field="last_email_opened_at", operator="never")
    assert isinstance(never, Not)
    assert leans_on_history(never)


# Other resources --------------------------------------------------------------------------------------------


def test_mail_servers_give_labels_and_no_credentials() -> None:
    server = {"id": 1, "label": "SES", "vendor": "aws_ses", "smtp_password": "abcd••••", "api_token": "hush"}
    assert "hush" not in repr(read_email_server(server, "1"))
    assert "abcd" not in repr(read_email_server(server, "1"))


def test_forms_say_what_they_start() -> None:
    settings_ = {"tag_list": "lead, new", "sequence_ids": [7, "8"], "double_opt_in": True}
    form = read_form({"id": 1, "label": "F", "enabled": True, "automation_settings": settings_}, "1", Surprises())
    assert (form.adds_tags, form.starts_sequences, form.double_opt_in) == (("lead", "new"), ("7", "8"), True)


def test_topics_read_a_key_or_a_tag_and_never_guess() -> None:
    _, by_key = read_topic({"id": 1, "name": "N", "custom_data_key": "news", "default": False}, "1", Surprises())
    for data, state in (
        ({"news": True}, ConsentState.SUBSCRIBED),
        ({"news": 1}, ConsentState.SUBSCRIBED),
        ({"news": "yes"}, ConsentState.UNSUBSCRIBED),
        ({"news": False}, ConsentState.UNSUBSCRIBED),
        ({}, ConsentState.UNSUBSCRIBED),
    ):
        membership = by_key.membership((), data)
        assert membership is not None
        assert membership.state is state
    surprises = Surprises()
    _, unclear = read_topic({"id": 2, "name": "N", "custom_data_key": "k", "tag": "t"}, "2", surprises)
    assert unclear == Topic("2", name="N")
    assert not unclear.is_read
    assert unclear.membership(("t",), {"k": True}) is None
    assert surprises.lost()


def test_unknown_keys_are_kept_and_named_once() -> None:
    surprises = Surprises()
    for number in range(3):
        contact = read_contact({**WHOLE, "id": number, "mystery": number}, str(number), (), (), surprises)
        assert contact.raw["mystery"] == number
    assert surprises.lines() == ["Unknown key 'mystery' on contacts: 3 rows, holds values; kept in raw."]
