"""One claim for each way in which servers differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from bc_support import READ_KEY, account, client, get, sandbox

from migrator.sandbox.broadcast.switches import Switches

FORKED = 9
"""The sequence with nested conditions, an HTTP step and a deactivation."""


def steps(app, sequence_id=FORKED):
    return {step["label"]: step for step in get(app, f"/api/v1/sequences/{sequence_id}/steps")["data"]}


def by_action(app, action):
    found = []
    for sequence in app.account.sequences:
        rows = get(app, f"/api/v1/sequences/{sequence.id}/steps")["data"]
        found += [row for row in rows if row["action"] == action]
    return found


def test_the_steps_endpoint_tells_everything_little_or_nothing():
    assert "subject" in steps(sandbox())["Day 0"]
    assert list(steps(sandbox(steps_endpoint="short"))["Day 0"]) == [
        "id",
        "action",
        "label",
        "parent_id",
        "true_branch",
    ]
    path = f"/api/v1/sequences/{FORKED}/steps"
    assert client(sandbox(steps_endpoint="404")).get(path).status_code == 404
    assert client(sandbox(steps_endpoint="403")).get(path).status_code == 403


def test_included_steps_may_be_short_full_or_ignored():
    path = f"/api/v1/sequences/{FORKED}?include_steps=true"
    assert not any("subject" in step for step in get(sandbox(), path)["steps"])
    assert any("subject" in step for step in get(sandbox(include_steps="full"), path)["steps"])
    assert "steps" not in get(sandbox(include_steps="ignored"), path)


@pytest.mark.parametrize("path", ["sequences", "templates", "broadcasts", "email_servers", "webhook_endpoints"])
def test_offset_lists_come_as_object_array_or_without_total(path):
    whole = get(sandbox(), f"/api/v1/{path}")
    assert whole["total"] == len(whole["data"])
    assert get(sandbox(list_envelope="array"), f"/api/v1/{path}") == whole["data"]
    assert get(sandbox(list_envelope="no_total"), f"/api/v1/{path}") == {"data": whole["data"]}


def test_a_server_may_cap_the_limit_in_silence():
    shown = get(sandbox(limit_cap=4), "/api/v1/sequences?limit=100")
    assert (len(shown["data"]), shown["total"]) == (4, 16)


def test_subscriber_pages_tell_more_or_less_about_themselves():
    keys = {
        style: list(get(sandbox(p1=style), "/api/v1/subscribers?page=2")["pagination"])
        for style in ("full", "no_from_to", "only_total")
    }
    assert keys == {
        "full": ["total", "count", "from", "to", "current", "total_pages"],
        "no_from_to": ["total", "count", "current", "total_pages"],
        "only_total": ["total"],
    }


def test_count_is_the_page_for_subscribers_and_the_whole_for_enrolments():
    app = sandbox()
    last = get(app, "/api/v1/subscribers?page=3")
    assert last["pagination"] == {"total": 600, "count": 100, "from": 501, "to": 600, "current": 3, "total_pages": 3}
    enrolments = get(app, "/api/v1/sequences/20/list_subscribers")["pagination"]
    assert enrolments["count"] == len(app.channel.directory.in_sequence[20]) > 10


def test_enrolment_pages_have_the_size_of_the_switch():
    assert len(get(sandbox(), "/api/v1/sequences/20/list_subscribers")["subscriber_sequences"]) == 10
    whole = get(sandbox(p2_page_size=250), "/api/v1/sequences/20/list_subscribers")
    assert len(whole["subscriber_sequences"]) == whole["pagination"]["count"]


@pytest.mark.parametrize("path", ["subscribers", "sequences/20/list_subscribers"])
def test_a_page_past_the_end_is_empty_or_the_last_one_again(path):
    key = "subscribers" if path == "subscribers" else "subscriber_sequences"
    assert get(sandbox(), f"/api/v1/{path}?page=999")[key] == []
    again = get(sandbox(beyond_end="repeat_last"), f"/api/v1/{path}?page=999")
    info = again["pagination"]
    last = get(sandbox(), f"/api/v1/{path}?page={info.get('total_pages', info.get('pages'))}")
    assert again[key] == last[key] != []


def test_a_page_may_repeat_the_one_before_it():
    app = sandbox(repeat_page=2)
    pages = [get(app, f"/api/v1/subscribers?page={page}") for page in (1, 2)]
    assert pages[0]["subscribers"] == pages[1]["subscribers"]
    assert pages[1]["pagination"]["current"] == 2


def test_where_a_person_stands_is_told_by_one_switch_only():
    path = "/api/v1/sequences/20/list_subscribers"
    assert "current_step_id" not in get(sandbox(), path)["subscriber_sequences"][0]
    app = sandbox(current_step_key="current_step_id", p2_page_size=250)
    truth = {str(row.id): row.current_step_id for row in app.account.enrolments}
    rows = get(app, path)["subscriber_sequences"]
    assert {row["id"]: row["current_step_id"] for row in rows} == {row["id"]: truth[row["id"]] for row in rows}
    assert any(row["current_step_id"] for row in rows)


def test_nothing_else_an_installation_key_reads_tells_where_people_stand():
    app = sandbox()
    for route in app.channel.routes.all:
        method, path = route.spec.split(" ")
        if method == "GET" and not path.startswith("/_sandbox"):
            for number in ("20", "1", "31"):
                shown = client(app, "admin").get(path.replace("{id}", number) + "?broadcast_channel_id=3")
                assert "current_step_id" not in shown.text


def test_branches_have_rows_of_their_own_or_not():
    plain, bare = sandbox(), sandbox(condition_rows="branch_less")
    assert len(by_action(plain, "condition_branch")) >= 8
    assert by_action(bare, "condition_branch") == []
    condition = steps(bare)["Any email opened?"]
    below = [step for step in steps(bare).values() if step["parent_id"] == condition["id"]]
    assert sorted((step["label"], step["true_branch"]) for step in below) == [
        ("Try again", False),
        ("Wait 72 hours", True),
    ]


@pytest.mark.parametrize(
    ("style", "action", "keys"),
    [
        ("canonical", "delay_until_time", {"delay_until_time", "delay_until_timezone"}),
        ("alias", "delay_until_time", {"time_of_day", "time_zone"}),
        ("nested", "delay_until_time", {"settings"}),
        ("absent", "delay_until_time", set()),
        ("canonical", "move_to_sequence", {"move_to_sequence_id"}),
        ("alias", "move_to_sequence", {"target_sequence_id"}),
        ("canonical", "make_http_request", {"url", "http_method", "headers", "body"}),
        ("alias", "make_http_request", {"request_url", "method", "http_headers", "payload"}),
        ("nested", "make_http_request", {"settings"}),
        ("absent", "make_http_request", set()),
        ("alias", "condition", {"condition_setting", "delay_seconds"}),
        ("absent", "condition", {"condition_setting"}),
        ("alias", "add_tag_to_subscriber", {"tag_list"}),
        ("absent", "add_tag_to_subscriber", {"taggify_list"}),
        ("absent", "delay", {"delay"}),
    ],
)
def test_unpublished_step_keys_have_the_spelling_of_the_switch(style, action, keys):
    base = {"id", "action", "label", "parent_id", "true_branch"}
    rows = by_action(sandbox(step_keys=style), action)
    assert rows
    assert all(set(row) - base == keys for row in rows)


def test_the_servers_own_description_names_the_keys_it_spells():
    for style, word in (("canonical", "move_to_sequence_id"), ("alias", "target_sequence_id"), ("nested", "settings")):
        assert f"{word}:" in client(sandbox(step_keys=style)).get("/api/v1/openapi").text
    assert "move_to_sequence_id" not in client(sandbox(step_keys="absent")).get("/api/v1/openapi").text


def test_ids_are_numbers_or_strings_and_customers_own_data_is_left_alone():
    data = account()
    data.subscribers[0].custom_data = {"id": 7, "external_id": 9007199254740993, "seat_ids": [1]}
    person = get(sandbox(data=data, ids="string"), "/api/v1/subscribers")["subscribers"][0]
    assert (person["id"], person["custom_data"]) == ("1001", data.subscribers[0].custom_data)
    assert get(sandbox(ids="string"), "/api/v1/sequences/7")["email_server_ids"][0] == "1"
    step = steps(sandbox(ids="string"), 7)["Tips"]
    assert (type(step["parent_id"]), step["template_id"]) == (str, "31")
    assert get(sandbox(), "/api/v1/subscribers")["subscribers"][0]["id"] == 1001


def test_html_body_is_a_flag_or_the_html_itself():
    flag = {row["id"]: row for row in get(sandbox(), "/api/v1/templates")["data"]}
    text = {row["id"]: row for row in get(sandbox(html_body="string"), "/api/v1/templates")["data"]}
    assert {row["html_body"] for row in flag.values()} == {True, False}
    for number, row in flag.items():
        if "<p" in row["body"]:
            assert text[number]["html_body"] == row["body"]
            assert "<p" not in text[number]["body"]
        else:
            assert (text[number]["html_body"], text[number]["body"]) == (None, row["body"])


def test_older_rows_tell_redaction_and_newer_ones_the_confirmation():
    newest = get(sandbox(), "/api/v1/subscribers")["subscribers"]
    older = get(sandbox(subscriber_fields="older"), "/api/v1/subscribers")["subscribers"]
    assert {"confirmed_at", "confirmation_status", "topics"} == set(newest[0]) - set(older[0])
    assert {"redacted", "last_email_sent_at"} == set(older[0]) - set(newest[0])
    assert any(row["redacted"] for row in older)
    assert any(row["last_email_sent_at"] for row in older)


def test_the_two_filter_sets_exclude_each_other():
    everybody = 600

    def total(app, query):
        return get(app, f"/api/v1/subscribers?{query}")["pagination"]["total"]

    assert total(sandbox(), "is_active=false") < everybody == total(sandbox(filters="older"), "is_active=false")
    query = "subscription_status=unsubscribed"
    assert total(sandbox(filters="older"), query) < everybody == total(sandbox(), query)
    either = total(sandbox(filters="older"), "tags[]=vip&tags[]=trial")
    both = total(sandbox(filters="older"), "tags[]=vip&tags[]=trial&tag_match_type=all")
    assert both == total(sandbox(), "tags[]=vip&tags[]=trial") < either


def test_warnings_about_filters_can_be_missing():
    assert get(sandbox(), "/api/v1/subscribers?colour=red")["warnings"][0]["param"] == "colour"
    assert "warnings" not in get(sandbox(bad_filter_warnings=False), "/api/v1/subscribers?colour=red")
    assert "teal" not in str(get(sandbox(), "/api/v1/subscribers?colour=teal")["warnings"])


def test_a_missing_permission_is_401_or_403():
    for status in (401, 403):
        app = sandbox(missing_permission=status)
        app.account.tokens[READ_KEY].permissions.remove("templates_read")
        assert client(app).get("/api/v1/templates").status_code == status
        assert client(app).get("/api/v1/segments").status_code == 200


@pytest.mark.parametrize("missing", ["sequences_read", "subscribers_read"])
def test_enrolments_need_two_permissions(missing):
    app = sandbox()
    app.account.tokens[READ_KEY].permissions.remove(missing)
    assert client(app).get("/api/v1/sequences/20/list_subscribers").status_code == 401


def test_demo_servers_refuse_the_migration_export_before_looking_at_the_key():
    app = sandbox(demo_mode=True)
    for key in ("admin", "nobody"):
        answer = client(app, key).get("/api/migration/v1/manifest")
        assert (answer.status_code, answer.json()["error"]) == (403, "The migration API is disabled in demo mode.")
    assert client(app).get("/api/v1/sequences").status_code == 200


def test_a_person_who_joins_between_pages_shows_the_last_row_twice():
    app = sandbox(between_pages="insert")
    first = [row["id"] for row in get(app, "/api/v1/subscribers?page=1")["subscribers"]]
    second = [row["id"] for row in get(app, "/api/v1/subscribers?page=2")["subscribers"]]
    assert second[0] == first[-1]
    assert get(app, "/api/v1/subscribers?page=3")["pagination"]["total"] == 601


def test_a_person_who_goes_between_pages_hides_another():
    app = sandbox(between_pages="delete")
    first = [row["id"] for row in get(app, "/api/v1/subscribers?page=1")["subscribers"]]
    second = [row["id"] for row in get(app, "/api/v1/subscribers?page=2")["subscribers"]]
    assert second[0] - first[-1] == 2


def test_an_enrolment_is_busy_for_one_read():
    app = sandbox(busy_once=True, p2_page_size=250)
    reads = [get(app, "/api/v1/sequences/21/list_subscribers")["subscriber_sequences"] for _ in range(2)]
    changed = [(one["status"], two["status"]) for one, two in zip(*reads, strict=True) if one != two]
    assert changed == [("busy", "active")]


def test_a_key_stops_working_after_so_many_answers():
    app = sandbox(revoke_after=2)
    assert [client(app).get("/api/v1/whoami").status_code for _ in range(4)] == [200, 200, 401, 401]


def test_the_legacy_server_lists_enrolments_but_no_sequences():
    app = sandbox("legacy")
    assert client(app).get("/api/v1/sequences").status_code == 404
    assert client(app).get("/api/v1/sequences/20").status_code == 404
    assert get(app, "/api/v1/sequences/20/list_subscribers")["pagination"]["count"] > 0
    assert client(app).get("/api/v1/suppressions").status_code == 404
    person = get(app, "/api/v1/subscribers")["subscribers"][0]
    assert (type(person["id"]), "redacted" in person) == (str, True)
    assert list(get(app, "/api/v1/segments")["segments"][0]) == ["id", "name", "description", "created_at"]


@pytest.mark.parametrize("path", ["subscribers", "sequences", "sequences/20", "segments/3", "templates/31", "whoami"])
def test_every_route_answers_with_and_without_json_at_its_end(path):
    app = sandbox()
    assert get(app, f"/api/v1/{path}") == get(app, f"/api/v1/{path}.json")


def test_times_of_enrolments_have_no_milliseconds_and_others_have():
    app = sandbox()
    row = get(app, "/api/v1/sequences/20/list_subscribers")["subscriber_sequences"][0]
    assert len(row["started_at"]) == len("2026-01-05T10:00:00Z")
    assert get(app, "/api/v1/subscribers")["subscribers"][0]["created_at"].count(".") == 1
    assert get(app, "/api/v1/sequences/20")["created_at"].endswith("000Z")


def test_subscribers_count_is_of_those_currently_in_the_sequence():
    app = sandbox()
    rows = app.channel.directory.in_sequence[20]
    current = sum(row.status in ("active", "busy", "paused", "error") for row in rows)
    assert get(app, "/api/v1/sequences/20")["subscribers_count"] == current < len(rows)


def test_every_switch_is_named_in_a_test_of_this_folder():
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_bc_*.py"))
    assert [name for name in Switches.__struct_fields__ if f"{name}=" not in tests] == []


@pytest.mark.parametrize(
    ("spelling", "key"),
    [("own", "step_id"), ("rails", "sendable_id"), ("nested", "sequence_step"), ("thin", "recipient_email")],
)
def test_sent_emails_are_told_in_several_spellings_or_not_at_all(spelling, key):
    path = "/api/migration/v1/outbound_receipts?broadcast_channel_id=3"
    rows = get(sandbox(receipt_keys=spelling), path, key="admin")["data"]
    assert rows
    assert all(key in row for row in rows)
    assert get(sandbox(receipt_keys="none"), path, key="admin")["data"] == []
    clicks = get(sandbox(), path.replace("outbound_receipts", "link_clicks"), key="admin")["data"]
    assert {row["outbound_receipt_id"] for row in clicks} <= {row.id for row in sandbox().account.receipts}
