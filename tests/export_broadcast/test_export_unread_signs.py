"""What a server says and nobody understands never passes for what it did not say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from export_support import Trip, account_of, trip_in

from adapters.base import StoredPage, StoredRow
from adapters.broadcast.contacts import read_contact, read_suppression
from adapters.broadcast.enrolments import EnrolmentReader
from adapters.broadcast.fetch import _bare
from adapters.broadcast.forms import read_form, tells_starts
from adapters.broadcast.resources import read_campaign
from adapters.broadcast.segments import read_segment
from adapters.broadcast.sequences import read_sequence
from adapters.broadcast.step_answers import contradictions
from adapters.broadcast.steps import Templates, read_step
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.topics import read_topic
from adapters.broadcast.trees import read_tree
from migrator.bundle import Bundle
from migrator.export.store import SqlitePages
from migrator.model import Confidence, Form, Sequence, Step, SuppressionScope
from migrator.model.rules import Comparison, FieldRule, OpaqueRule, Rule
from migrator.model.sequences import ApiOnly, OpaqueTrigger
from migrator.model.steps import Branch, Opaque, SendEmail, WaitUntilTime
from migrator.sandbox.broadcast.account import READ_KEY

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)

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
        {"excluded_segment_ids": "3, 5"},
        {"excluded_segments": [{"name": "no id"}]},
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


# Steps ------------------------------------------------------------------------------------------------------

MAIL = {"action": "send_email", "subject": "Hi", "body": "<p>Hi</p>", "html_body": False, "template_id": None}
CLOCK = {"action": "delay_until_time", "delay_until_time": "09:00", "delay_until_timezone": "Europe/Paris"}
CALL = {"action": "make_http_request", "url": "https://crm.test/x", "http_method": "POST", "headers": {}, "body": "{}"}
DAY = {"action": "delay", "delay": 86_400}


def step(row: Any, **more: Any) -> Step:
    base = {"id": 1, "label": None, "parent_id": None, "true_branch": None}
    return read_step({**base, **row, **more}, "1", Templates({}), Surprises())


@pytest.mark.parametrize("row", [MAIL, CLOCK, CALL, DAY])
def test_columns_of_other_kinds_of_steps_say_nothing(row: dict[str, Any]) -> None:
    shared = {"condition_setting": "any_email_opened", "delay_until_timezone": "UTC", "http_method": "POST", "delay": 0}
    shared |= {"taggify_list": "", "position": 3, "sequence_id": 7, "active": True, "move_to_sequence_id": None}
    found = step(shared, **row)
    assert (found.content_missing, found.caveats, found.notes) == ((), (), ())


@pytest.mark.parametrize("zone", [-5, {"name": "Europe/Paris"}, ["Europe/Paris"]])
def test_a_zone_nobody_can_read_is_not_taken_for_utc(zone: Any) -> None:
    found = step(CLOCK, delay_until_timezone=zone)
    assert isinstance(found.action, WaitUntilTime)
    assert (found.action.timezone, found.content_missing) == (None, ("timezone",))


def test_a_time_without_a_zone_is_read_as_utc_and_the_plan_is_told() -> None:
    found = step(CLOCK, delay_until_timezone=None)
    assert found.caveats == ("No time zone is set; its time of day is read as UTC.",)


@pytest.mark.parametrize("odd", [{"template_id": {"uuid": "x"}}, {"template": {"name": "Tips"}}])
def test_an_email_that_follows_a_template_nobody_can_name_does_not_send_its_own_copy(odd: dict[str, Any]) -> None:
    found = step(MAIL, **odd)
    assert isinstance(found.action, SendEmail)
    assert found.action.content.is_missing
    assert found.content_missing == ("template",)
    assert found.action.inline is not None


@pytest.mark.parametrize("odd", [{"html_body": {"html": "<p>"}}, {"html_body": 7}, {"body": {"text": "Hi"}}])
def test_a_body_nobody_can_read_is_missing_and_kept(odd: dict[str, Any]) -> None:
    found = step(MAIL, **odd)
    assert "body" in found.content_missing
    assert odd.items() <= found.raw.items()


@pytest.mark.parametrize(
    ("odd", "gap"), [({"http_method": ["POST"]}, "method"), ({"headers": 5}, "headers"), ({"body": 7}, "body")]
)
def test_a_call_is_not_made_with_half_of_what_it_says(odd: dict[str, Any], gap: str) -> None:
    assert step(CALL, **odd).content_missing == (gap,)


@pytest.mark.parametrize(
    "odd",
    [{"active": False}, {"enabled": "no"}, {"paused": True}, {"deleted_at": "2026-01-01T00:00:00Z"}, {"is_draft": 1}],
)
def test_a_step_that_may_be_switched_off_waits_for_a_person(odd: dict[str, Any]) -> None:
    assert step(MAIL, **odd).content_missing == ("live",)
    for row in (CLOCK, CALL, DAY, {"action": "deactivate_subscriber"}):
        assert isinstance(step(row, **odd).action, Opaque)


def test_a_key_nobody_knows_is_said_of_its_step_without_its_value() -> None:
    found = step(MAIL, send_window="9-17", delay=3600, reply_to={"email": "ada@example.com"})
    assert found.caveats == (
        "Its 'send_window' is not understood.",
        "Its 'delay' is not understood.",
        "Its 'reply_to' is not understood.",
    )


def test_what_the_rows_of_a_condition_say_beside_their_side_is_kept_and_said() -> None:
    rows: list[dict[str, Any]] = [
        {"id": 1, "action": "entry_point", "parent_id": None},
        {"id": 2, "action": "condition", "parent_id": 1, "condition_setting": "any_email_clicked", "delay": 60},
        {"id": 3, "action": "condition_branch", "parent_id": 2, "true_branch": True, "weight": 70},
        {"id": 4, "action": "condition_branch", "parent_id": 2, "true_branch": False, "active": False},
    ]
    steps, _ = read_tree(rows, Templates({}), Surprises())
    (condition,) = (one for one in steps if isinstance(one.action, Branch))
    assert condition.raw["branch 3"] == {"weight": 70}
    assert condition.caveats == (
        "Branch 3: its 'weight' is not understood.",
        "Branch 4: its 'active' may say that the source does not run it.",
    )
    assert condition.content_missing == ("condition",)


# Forms ------------------------------------------------------------------------------------------------------

FORM = {"id": 61, "label": "Footer", "enabled": True, "variants_count": 0, "welcome_email_template_id": None}
GIVES = {"tag_list": "lead", "sequence_ids": [7], "double_opt_in": True, "send_welcome_email": False}


def form(settings: Any = GIVES, **more: Any) -> Form:
    return read_form({**FORM, "automation_settings": settings, **more}, "61", Surprises())


def test_a_form_of_the_documented_sort_has_nothing_odd() -> None:
    found = form()
    assert (found.adds_tags, found.starts_sequences, found.double_opt_in) == (("lead",), ("7",), True)
    assert found.caveats == ()
    assert form(json.dumps(GIVES)).starts_sequences == ("7",)


@pytest.mark.parametrize(
    "settings",
    ["rubbish", [7], {**GIVES, "sequence_ids": "7, 8"}, {"sequence_ids": [{"id": 7}]}, {"tag_list": [{"id": 1}]}],
)
def test_a_start_that_a_form_does_not_tell_is_not_taken_for_none(settings: Any) -> None:
    assert not tells_starts({**FORM, "automation_settings": settings})
    assert form(settings).caveats
    assert all(tells_starts({**FORM, "automation_settings": one}) for one in (GIVES, {}, None, json.dumps(GIVES)))


def test_what_else_a_form_does_is_told() -> None:
    blocks = [{"block_type": "custom_field", "field": "company"}, {"block_type": "topic"}, {"block_type": "heading"}]
    found = form(
        {**GIVES, "send_welcome_email": True, "double_opt_in": "maybe", "webhook": "x"},
        welcome_email_template_id=31,
        confirmation_email_template_id=35,
        confirmation_redirect_url="https://acme.test/thanks",
        variants_count=2,
        opt_in_form_blocks=blocks,
    )
    assert found.caveats == (
        "It sends template 31 as a welcome.",
        "Its confirmation email is template 35.",
        "Who confirms is led to a page of its own.",
        "It has 2 variants that are not shown by the interface and may give something else.",
        "It asks for the custom field company.",
        "It asks for topics.",
        "Its setting 'double_opt_in' is not understood.",
        "Its setting 'webhook' is not understood.",
    )


def test_a_form_nobody_understands_leaves_open_what_starts_a_sequence(tmp_path: Path) -> None:
    def by_calls_only(settings: Any, name: str) -> int:
        account = account_of(3, sequences=8)
        account.forms = [{**account.forms[0], "automation_settings": settings}]
        bundle = trip_in(tmp_path / name, account).export(only=("sequences", "forms", "templates"))
        return sum(isinstance(one, ApiOnly) for read in bundle.sequences() for one in read.triggers)

    assert by_calls_only({"sequence_ids": []}, "read") > 0
    assert by_calls_only({"sequence_ids": "7, 8"}, "unread") == 0


# One-off mailings -------------------------------------------------------------------------------------------

LETTER = {"id": 501, "name": "Letter", "subject": "Hi", "body": "<p>Hi</p>", "status": "draft", "segment_ids": [2]}
LETTER |= {"include_unsubscribe_link": True, "track_opens": True, "track_clicks": True, "email_server_ids": [1]}


@pytest.mark.parametrize(
    ("odd", "word"),
    [
        ({}, None),
        ({"status": "future_scheduled", "scheduled_send_at": "2026-05-01T09:00:00Z"}, None),
        ({"segment_ids": []}, "It names no segment, so it goes to everybody."),
        ({"segment_ids": "2, 3"}, "Whom it goes to cannot be read."),
        ({"segment_ids": [{"id": 2}]}, "Whom it goes to cannot be read."),
        ({"excluded_segment_ids": [4]}, "Something else decides who gets it (excluded segment ids: 4)."),
        ({"topic_id": 1}, "Something else decides who gets it (topic id: 1)."),
        ({"scheduled_send_at": "soon"}, "When it goes out cannot be read."),
        ({"status": "partial_failure"}, "The source calls it 'partial_failure'."),
        ({"status": "paused"}, "The source calls it 'paused'."),
        ({"status": "parked"}, "The source calls it 'parked'."),
        ({"include_unsubscribe_link": False}, "It carries no unsubscribe link."),
        ({"track_clicks": False}, "Its emails' clicks are not tracked."),
    ],
)
def test_whom_a_mailing_goes_to_and_what_became_of_it_is_told(odd: dict[str, Any], word: str | None) -> None:
    found = read_campaign({**LETTER, **odd}, "501", Surprises())
    assert found.caveats == (() if word is None else (word,))


# People -----------------------------------------------------------------------------------------------------

ADA = {"id": 42, "email": "ada@example.com", "is_active": True, "unsubscribed_at": None, "first_name": "Ada"}
ADA |= {"tags": ["vip"], "custom_data": {"plan": "pro"}}


def lost(read: Any) -> list[str]:
    surprises = Surprises()
    read(surprises)
    return [one.what for one in surprises.lost()]


def test_data_in_a_text_is_opened() -> None:
    assert read_contact({**ADA, "custom_data": '{"plan": "pro"}'}, "42", (), (), Surprises()).attributes == {
        "plan": "pro"
    }


@pytest.mark.parametrize(
    ("odd", "what"),
    [
        ({"custom_data": "rubbish"}, "The custom data of contacts (2)"),
        ({"custom_data": [1]}, "The custom data of contacts (2)"),
        ({"tags": [{"label": "vip"}]}, "The tags of contacts (2)"),
        ({}, None),
    ],
)
def test_what_people_have_and_nobody_can_read_is_in_the_plan(odd: dict[str, Any], what: str | None) -> None:
    def twice(surprises: Surprises) -> None:
        for number in ("42", "43"):
            read_contact({**ADA, **odd}, number, (), (), surprises)

    assert lost(twice) == ([] if what is None else [what])


def test_a_do_not_send_row_without_a_known_address_holds_everybody_back() -> None:
    surprises = Surprises()
    read_suppression({"id": 1, "mail": "ada@example.com"}, "1", SuppressionScope.GLOBAL, surprises)
    assert [one.scope for one in surprises.lost()] == ["suppressions"]


@pytest.mark.parametrize(
    ("odd", "what"),
    [
        ({}, "Who gets topic {1} and who does not"),
        ({"custom_data_key": "k", "tag": "t"}, "Who gets topic {1} and who does not"),
        ({"custom_data_key": "k", "default": "perhaps"}, "Who never chose whether to get topic {1}"),
        ({"custom_data_key": "k", "default": True}, None),
        ({"tag": "t"}, None),
    ],
)
def test_a_topic_whose_people_are_not_known_is_in_the_plan(odd: dict[str, Any], what: str | None) -> None:
    found = lost(lambda surprises: read_topic({"id": "{1}", "name": "News", **odd}, "{1}", surprises))
    assert found == ([] if what is None else [what])


@pytest.mark.parametrize(
    ("odd", "confidence"),
    [
        ({}, Confidence.EXACT),
        ({"next_trigger_at": "in a while"}, Confidence.UNKNOWN),
        ({"started_at": "long ago"}, Confidence.UNKNOWN),
        ({"completed_at": "2026-03-01T00:00:00Z"}, Confidence.UNKNOWN),
    ],
)
def test_nobody_is_due_because_a_moment_cannot_be_read(
    odd: dict[str, Any], confidence: Confidence, tmp_path: Path
) -> None:
    steps = [{"id": 1, "action": "entry_point", "parent_id": None}, {"id": 2, "parent_id": 1, **DAY}]
    standing = read_sequence(PLAIN, "7", steps, Templates({}), Surprises())
    row = {"id": "9", "status": "active", "started_at": "2026-03-02T09:00:00Z", "current_step_id": 2}
    row |= {"next_trigger_at": "2026-03-03T09:00:00Z", "completed_at": None, "subscriber": {"id": "42"}, **odd}
    with SqlitePages(tmp_path / "pages.sqlite") as store:
        store.put_page("enrolments/7", StoredPage(0, 1, "", {}), [StoredRow("9", row)], NOW)
        (read,) = EnrolmentReader(store, Surprises(), check_people=False).read(standing)
    assert read.position is not None
    assert read.position.confidence is confidence


# What no server shows ---------------------------------------------------------------------------------------


def named(trip: Trip) -> str:
    unread = trip.export(only=("other",)).manifest.unread
    assert all(one.remedy for one in unread)
    return " ".join(one.what for one in unread)


def test_what_no_server_shows_is_named_in_every_export(tmp_path: Path) -> None:
    assert "transactional" in named(trip_in(tmp_path, account_of(3, sequences=8)))


def test_senders_footer_and_files_are_read_where_the_server_has_them(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, account_of(3, sequences=8))
    unread = named(trip)
    assert not any(word in unread for word in ("footer", "domain", "files", "settings"))
    held = {one.kind: one for one in Bundle.open(trip.folder).other()}
    assert held["channel_settings"].raw == trip.account.settings
    assert trip.account.file_assets[0]["url"] in held["file"].remedy


def test_an_older_server_has_its_senders_footer_and_files_named_as_unread(tmp_path: Path) -> None:
    unread = named(trip_in(tmp_path, account_of(3, sequences=8), profile="seed"))
    assert all(word in unread for word in ("footer", "domain", "Uploaded files"))


def test_a_key_that_may_not_read_the_files_is_told_which_permission_it_lacks(tmp_path: Path) -> None:
    account = account_of(3, sequences=8)
    account.tokens[READ_KEY].permissions.remove("file_assets_read")
    trip = trip_in(tmp_path, account)
    unread = trip.export(only=("other",)).manifest.unread
    assert any(one.what == "Uploaded files" and "file_assets_read" in one.remedy for one in unread)


def test_settings_without_anything_in_them_do_not_pass_for_read(tmp_path: Path) -> None:
    account = account_of(3, sequences=8)
    account.settings = {}
    assert "footer" in named(trip_in(tmp_path, account))


@pytest.mark.parametrize("wrapper", ["data", "template", "broadcast", "opt_in_form", "sequence", "step"])
def test_one_object_in_a_wrapper_is_understood(wrapper: str) -> None:
    assert _bare({wrapper: {"id": 1, "subject": "Hi"}}) == {"id": 1, "subject": "Hi"}
    assert _bare({wrapper: {"id": 1}, "warnings": []}) == {"id": 1}


@pytest.mark.parametrize(
    "bare",
    [
        {"id": 1, "template": {"id": 31}},
        {"template": {"name": "no id"}},
        {"segment": {"id": 3}, "subscribers": []},
        {"segment": {"id": 3}},
        {},
    ],
)
def test_an_object_that_only_looks_wrapped_stays_as_it_is(bare: dict[str, Any]) -> None:
    assert _bare(bare) == bare


def test_a_step_that_two_answers_tell_differently_is_named() -> None:
    short = [{"id": 2, "action": "delay", "label": "Wait", "parent_id": 1, "true_branch": None}]
    full = [{**short[0], "id": "2", "parent_id": "1", "delay": 60, "updated_at": "2026-01-02"}]
    assert contradictions(short, full, full) == {}
    edited = [{**full[0], "delay": 90, "label": "Wait more", "updated_at": "2026-01-03"}]
    assert contradictions(short, full, edited) == {"2": ("label", "delay")}
