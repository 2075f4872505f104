"""The interpreter does what the platform's steps mean, on a clock that moves only when told."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from bc_support import NOW, account, client, get, sandbox, small
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.sandbox.broadcast.account import Enrolment, Suppression
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate_emails import PLAIN, Email
from migrator.sandbox.broadcast.generate_sequences import DAY, HOUR, random_tree
from migrator.sandbox.broadcast.runtime import Runtime
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.broadcast.waits import clock_end, duration_of, next_occurrence
from tests.looks import looks


def mail(make, above, name):
    return make.email(above, name, Email(name, None, "<p>x</p>"))


def run(data):
    return Runtime(data)


def enrol(runtime, sequence_id=7, person_id=1):
    return runtime.enrol(runtime.directory.sequences[sequence_id], runtime.directory.people[person_id])


def sent(runtime):
    return [row["subject"] for row in runtime.journal.outbox]


def status(runtime):
    return [(row.sequence_id, row.status) for row in runtime.account.enrolments]


def linear(make):
    here = mail(make, make.start, "one")
    mail(make, make.wait(here, 2 * DAY), "two")


def asks(setting, delay=DAY):
    def build(make):
        here = mail(make, make.wait(mail(make, make.start, "first"), HOUR), "second")
        yes, no = make.fork(here, setting, delay)
        mail(make, yes, "yes")
        mail(make, no, "no")

    return build


def test_emails_go_out_in_the_order_of_the_tree_at_the_times_of_the_waits():
    runtime = run(small(linear))
    enrol(runtime)
    runtime.advance(timedelta(days=2, seconds=-1))
    assert sent(runtime) == ["one"]
    runtime.advance(timedelta(seconds=1))
    assert [(row["subject"], row["time"]) for row in runtime.journal.outbox] == [
        ("one", "2026-03-02T10:00:00.000Z"),
        ("two", "2026-03-04T10:00:00.000Z"),
    ]
    assert status(runtime) == [(7, "completed")]


@pytest.mark.parametrize(
    ("after", "clock", "zone", "expected"),
    [
        ("2026-03-02T08:00:00", "09:00", "Europe/Paris", "2026-03-03T08:00:00"),
        ("2026-03-02T07:59:59", "09:00", "Europe/Paris", "2026-03-02T08:00:00"),
        ("2026-03-02T12:00:00", "8:00 AM", "Eastern Time (US & Canada)", "2026-03-02T13:00:00"),
        ("2026-03-02T12:00:00", "2000-01-01T08:00:00.000Z", "Kathmandu", "2026-03-03T02:15:00"),
        ("2026-03-28T12:00:00", "12:00", "Europe/Berlin", "2026-03-29T10:00:00"),
        ("2026-03-02T12:00:00", "12:00 AM", None, "2026-03-03T00:00:00"),
        ("2026-03-02T12:00:00", "12:30 PM", "No Such Place", "2026-03-02T12:30:00"),
    ],
)
def test_a_time_of_day_is_the_next_one_strictly_after_now(after, clock, zone, expected):
    found = next_occurrence(datetime.fromisoformat(after).replace(tzinfo=UTC), clock, zone)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "clock", "zone", "expected"),
    [
        ("2026-03-02T07:59:00", "09:00", "Europe/Paris", "2026-03-03T08:00:00"),
        ("2026-03-02T08:59:00", "09:00", None, "2026-03-03T09:00:00"),
        ("2026-03-02T12:00:00", "09:00", None, "2026-03-03T09:00:00"),
        ("2026-03-02T23:30:00", "09:00", "Europe/Paris", "2026-03-04T08:00:00"),
    ],
)
def test_a_server_whose_clock_waits_mean_the_next_day(after, clock, zone, expected):
    found = clock_end(datetime.fromisoformat(after).replace(tzinfo=UTC), clock, zone, "next_day")
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(("clock_wait", "day"), [("next_occurrence", 2), ("next_day", 3)])
def test_the_switch_says_what_a_clock_wait_means(clock_wait, day):
    held = small(lambda make: make.until(make.start, "11:00", "UTC"))
    runtime = BroadcastSandbox(held, switches=Switches(clock_wait=clock_wait)).runtime
    enrolment = enrol(runtime)
    runtime.advance(timedelta(seconds=1))
    assert enrolment.next_trigger_at == datetime(2026, 3, day, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("setting", "email", "act", "expected"),
    [
        ("any_email_opened", "first", "opened", "yes"),
        ("any_email_opened", "first", "clicked", "no"),
        ("previous_email_opened", "first", "opened", "no"),
        ("previous_email_opened", "second", "opened", "yes"),
        ("any_email_clicked", "first", "clicked", "yes"),
        ("previous_email_clicked", "second", "clicked", "yes"),
        ("previous_email_clicked", None, None, "no"),
    ],
)
def test_a_condition_looks_at_the_right_email_and_the_right_act(setting, email, act, expected):
    runtime = run(small(asks(setting)))
    enrol(runtime)
    runtime.advance(timedelta(hours=2))
    for receipt in runtime.directory.receipts[1]:
        if receipt.subject == email:
            runtime.activity(receipt, act)
    runtime.advance(timedelta(days=2))
    assert sent(runtime) == ["first", "second", expected]


def test_a_condition_is_asked_once_when_its_own_wait_is_over():
    runtime = run(small(asks("any_email_opened")))
    enrol(runtime)
    runtime.advance(timedelta(days=3))
    runtime.activity(runtime.directory.receipts[1][0], "opened")
    runtime.advance(timedelta(days=3))
    assert sent(runtime) == ["first", "second", "no"]


def test_a_wait_before_a_condition_adds_to_its_own():
    def build(make):
        yes, no = make.fork(make.wait(mail(make, make.start, "a"), DAY), "any_email_opened", DAY)
        mail(make, yes, "yes")
        mail(make, no, "no")

    runtime = run(small(build))
    enrol(runtime)
    runtime.advance(timedelta(days=2, seconds=-1))
    assert sent(runtime) == ["a"]
    runtime.advance(timedelta(seconds=1))
    assert sent(runtime) == ["a", "no"]


def test_a_condition_without_end_waits_for_the_act():
    runtime = run(small(asks("any_email_clicked", None)))
    enrol(runtime)
    runtime.advance(timedelta(days=300))
    assert sent(runtime) == ["first", "second"]
    runtime.activity(runtime.directory.receipts[1][1], "clicked")
    runtime.advance(timedelta(seconds=1))
    assert sent(runtime) == ["first", "second", "yes"]


def test_an_act_of_an_earlier_pass_does_not_count():
    def again(make):
        asks("any_email_opened")(make)

    runtime = run(small(again))
    first = enrol(runtime)
    runtime.advance(timedelta(minutes=1))
    runtime.activity(runtime.directory.receipts[1][0], "opened")
    runtime.remove(first)
    assert enrol(runtime) is not None
    runtime.advance(timedelta(days=2))
    assert sent(runtime)[-1] == "no"


def test_a_condition_whose_branches_have_no_rows_works_alike():
    def build(make):
        condition = make.put(
            mail(make, make.start, "a"), "condition", "?", condition_setting="any_email_opened", delay=60
        )
        for answer in (False, True):
            make.steps[mail(make, condition, str(answer)) - 1]["true_branch"] = answer

    runtime = run(small(build))
    enrol(runtime)
    runtime.advance(timedelta(days=1))
    assert sent(runtime) == ["a", "False"]


def test_an_empty_branch_ends_the_sequence():
    runtime = run(small(lambda make: make.fork(mail(make, make.start, "a"), "any_email_opened", 60)))
    enrol(runtime)
    runtime.advance(timedelta(days=1))
    assert status(runtime) == [(7, "completed")]


def test_moving_leaves_one_sequence_and_starts_the_other_at_its_top():
    runtime = run(small(lambda make: make.move(mail(make, make.start, "a"), 8), linear))
    enrol(runtime)
    runtime.advance(timedelta(days=3))
    assert sent(runtime) == ["a", "one", "two"]
    assert status(runtime) == [(7, "completed"), (8, "completed")]
    assert "sequence.subscriber_moved" in [row["event"] for row in runtime.journal.events]


def test_sequences_that_hand_each_other_a_person_go_on_for_ever():
    def to(target, name):
        return lambda make: make.move(make.wait(mail(make, make.start, name), DAY), target)

    runtime = run(small(to(8, "a"), to(7, "b")))
    enrol(runtime)
    runtime.advance(timedelta(days=5))
    assert sent(runtime) == ["a", "b", "a", "b", "a", "b"]


def test_a_circle_without_any_wait_ends():
    runtime = run(small(lambda make: make.move(make.start, 8), lambda make: make.move(make.start, 7)))
    enrol(runtime)
    runtime.advance(timedelta(days=1))
    assert all(state == "completed" for _, state in status(runtime))
    assert len(status(runtime)) < 100


def test_a_tag_step_starts_the_sequence_of_that_tag_exactly_as_written():
    data = small(lambda make: make.tag(make.start, "Hot, warm"), linear, lambda make: mail(make, make.start, "cold"))
    data.sequences[1].init_tag, data.sequences[2].init_tag = "warm", "hot"
    runtime = run(data)
    enrol(runtime)
    runtime.advance(timedelta(days=3))
    assert sent(runtime) == ["one", "two"]
    assert [(row["tag"], row["change"]) for row in runtime.journal.tag_changes] == [("Hot", "added"), ("warm", "added")]


def test_removing_the_starting_tag_takes_the_person_out():
    runtime = run(small(linear, init_tag="go"))
    person = runtime.directory.people[1]
    runtime.add_tags(person, ["go"])
    runtime.advance(timedelta(hours=1))
    runtime.remove_tags(person, ["go", "never there"])
    runtime.advance(timedelta(days=9))
    assert (sent(runtime), status(runtime)) == (["one"], [(7, "removed")])


def test_a_tag_does_not_start_a_sequence_that_is_off_nor_a_person_who_said_no():
    runtime = run(small(linear, people=2, init_tag="go", active=False))
    runtime.add_tags(runtime.directory.people[1], ["go"])
    runtime.directory.sequences[7].active = True
    runtime.directory.people[2].unsubscribed_at = NOW
    runtime.add_tags(runtime.directory.people[2], ["go"])
    assert status(runtime) == []


def test_a_tag_that_is_there_already_starts_nothing():
    runtime = run(small(linear, init_tag="go"))
    runtime.directory.people[1].tags.append("go")
    runtime.add_tags(runtime.directory.people[1], ["go"])
    assert status(runtime) == []


def test_a_sequence_is_entered_once_unless_the_person_was_removed():
    runtime = run(small(linear))
    first = enrol(runtime)
    assert enrol(runtime) is None
    runtime.remove(first)
    assert enrol(runtime) is not None
    runtime.advance(timedelta(days=3))
    assert enrol(runtime) is None


@pytest.mark.parametrize("how", ["unsubscribed", "deactivated", "suppressed"])
def test_a_person_who_may_not_be_mailed_gets_nothing_more(how):
    data = small(linear)
    if how == "suppressed":
        data.global_suppressions.append(Suppression(id=1, email="P1@example.com", created_at=NOW))
    runtime = run(data)
    enrol(runtime)
    runtime.advance(timedelta(hours=1))
    if how == "unsubscribed":
        data.subscribers[0].unsubscribed_at = runtime.now
    if how == "deactivated":
        data.subscribers[0].is_active = False
    runtime.advance(timedelta(days=9))
    assert (sent(runtime), status(runtime)) == ([] if how == "suppressed" else ["one"], [(7, "removed")])


def test_deactivating_ends_every_sequence_of_the_person():
    runtime = run(small(lambda make: make.put(make.wait(make.start, DAY), "deactivate_subscriber", "x"), linear))
    enrol(runtime)
    enrol(runtime, 8)
    runtime.advance(timedelta(days=9))
    assert not runtime.directory.people[1].is_active
    assert (sent(runtime), status(runtime)) == (["one"], [(7, "removed"), (8, "removed")])


def test_an_http_step_is_recorded_and_the_person_goes_on():
    runtime = run(small(lambda make: mail(make, make.http(make.start, "https://hooks.test/x"), "after")))
    enrol(runtime)
    runtime.advance(timedelta(seconds=1))
    assert [(row["url"], row["http_method"], row["subscriber"]["id"]) for row in runtime.journal.webhooks] == [
        ("https://hooks.test/x", "POST", 1)
    ]
    assert sent(runtime) == ["after"]


def test_a_sequence_that_is_off_keeps_people_where_they_stand_until_it_is_on():
    app = sandbox(data=small(linear))
    enrol(app.runtime)
    app.runtime.advance(timedelta(hours=1))
    patch = client(app, "write").patch
    assert patch("/api/v1/sequences/7", json={"active": False}).json()["active"] is False
    app.runtime.advance(timedelta(days=9))
    assert sent(app.runtime) == ["one"]
    patch("/api/v1/sequences/7", json={"active": True})
    app.runtime.advance(timedelta(seconds=1))
    assert sent(app.runtime) == ["one", "two"]


@pytest.mark.parametrize("status_", ["paused", "error", "completed", "removed"])
def test_only_active_and_busy_people_go_on(status_):
    for now_status, expected in ((status_, []), ("active", ["two"]), ("busy", ["two"])):
        data = small(linear)
        wait = next(step["id"] for step in data.sequences[0].steps if step["action"] == "delay")
        row = Enrolment(id=1, sequence_id=7, subscriber_id=1, status=now_status, started_at=NOW - timedelta(1))
        row.current_step_id, row.next_trigger_at = wait, NOW + timedelta(days=1)
        data.enrolments.append(row)
        runtime = run(data)
        runtime.advance(timedelta(days=5))
        assert sent(runtime) == expected


def segment(rule):
    usual = {"secondary_value": None, "value_type": "string", "is_negative": False, "case_sensitive": False}
    group = {"id": 1, "match_type": "all", "position": 0, "segment_rules": [{"id": 1, "position": 0, **usual, **rule}]}
    return {"id": 3, "name": "S", "description": None, "segment_groups": [group], "created_at": "x", "updated_at": "x"}


VIPS = segment({"field": "tags", "operator": "contains", "value": "vip", "rule_type": "array"})


def test_a_segment_starts_its_new_members_at_the_next_quarter_of_an_hour_and_once():
    data = small(linear, people=2, init_segment_id=3)
    data.segments, data.now = [VIPS], NOW + timedelta(minutes=4)
    runtime = run(data)
    runtime.advance(timedelta(hours=1))
    assert status(runtime) == []
    runtime.add_tags(data.subscribers[1], ["vip"])
    runtime.advance(timedelta(days=9))
    assert [row["time"] for row in runtime.journal.outbox] == ["2026-03-02T11:15:00.000Z", "2026-03-04T11:15:00.000Z"]
    assert status(runtime) == [(7, "completed")]


def test_a_person_taken_out_of_a_segments_sequence_is_not_put_back():
    data = small(linear, init_segment_id=3)
    data.segments = [VIPS]
    data.subscribers[0].tags = ["vip"]
    runtime = run(data)
    runtime.advance(timedelta(minutes=20))
    runtime.remove(data.enrolments[0])
    runtime.add_tags(data.subscribers[0], ["other"])
    runtime.advance(timedelta(days=3))
    assert (sent(runtime), status(runtime)) == (["one"], [(7, "removed")])


def test_excluded_segments_and_topics_cost_the_email_but_not_the_place():
    topics = [
        {"id": 1, "storage": "custom_data", "custom_data_key": "news", "tag_name": None, "unset_receives": True},
        {"id": 2, "storage": "tag", "custom_data_key": None, "tag_name": "reader", "unset_receives": False},
    ]
    for extra, wish in (({"excluded_segment_ids": [3]}, True), ({"topic_id": 1}, False), ({"topic_id": 2}, True)):
        data = small(lambda make: make.tag(mail(make, make.start, "one"), "later"), people=2, extra=extra)
        data.segments, data.topics = [VIPS], topics
        data.subscribers[1].tags = ["reader"]
        data.subscribers[0].tags, data.subscribers[0].custom_data = ["vip"], {"news": wish}
        runtime = run(data)
        enrol(runtime, 7, 1)
        enrol(runtime, 7, 2)
        runtime.advance(timedelta(hours=1))
        assert [row["subscriber"]["id"] for row in runtime.journal.outbox] == [2]
        assert [row["subscriber"]["id"] for row in runtime.journal.tag_changes] == [1, 2]


def test_a_linked_template_decides_the_subject():
    data = small(lambda make: make.email(make.start, "x", PLAIN, template_id=5))
    data.templates = [{"id": 5, "label": "T", "subject": "From the template", "body": "x"}]
    runtime = run(data)
    enrol(runtime)
    runtime.advance(timedelta(seconds=1))
    assert sent(runtime) == ["From the template"]


def test_the_whole_story_runs_over_the_sandboxes_own_routes():
    app = sandbox(data=small(asks("previous_email_opened")))
    http = client(app, "write")
    assert http.post("/api/v1/sequences/7/add_subscriber", json={"subscriber": {"email": "new@example.com"}}).is_success
    assert http.post("/_sandbox/clock", json={"advance": "1h30m"}).json() == {"now": "2026-03-02T11:30:00.000Z"}
    act = {"email": "NEW@example.com", "kind": "opened"}
    assert http.post("/_sandbox/activity", json=act).json()["kind"] == "opened"
    http.post("/_sandbox/clock", json={"to": "2026-03-05T10:00:00Z"})
    shown = http.get("/_sandbox/outbox").json()["outbox"]
    assert [row["subject"] for row in shown] == ["first", "second", "yes"]
    assert set(shown[0]) == {"subscriber", "sequence_id", "step_id", "time", "subject", "email"}
    assert shown[0]["email"] == {"subject": "first", "preview": "", "html": "<p>x</p>"}
    rows = get(app, "/api/v1/sequences/7/list_subscribers")["subscriber_sequences"]
    assert [row["status"] for row in rows] == ["completed"]


def test_nonsense_for_the_clock_or_an_act_is_refused():
    http = client(sandbox(data=small(linear)))
    assert http.post("/_sandbox/clock", json={"advance": "soon"}).status_code == 400
    assert http.post("/_sandbox/clock", json={}).status_code == 400
    assert http.post("/_sandbox/activity", json={"email": "p1@example.com", "kind": "opened"}).status_code == 404
    assert http.post("/_sandbox/activity", json={"email": "p1@example.com", "kind": "slept"}).status_code == 400


def test_a_form_gives_its_tags_and_starts_its_sequences():
    data = small(linear)
    data.forms = [{"id": 61, "is_variant": False, "automation_settings": {"tag_list": "lead, ", "sequence_ids": [7]}}]
    app = sandbox(data=data)
    assert client(app).post("/_sandbox/form", json={"form_id": 61, "email": "p1@example.com"}).is_success
    assert (data.subscribers[0].tags, status(app.runtime)) == (["lead"], [(7, "active")])


def test_tags_and_consent_change_over_the_platforms_own_routes():
    app = sandbox(data=small(linear, init_tag="go"))
    http = client(app, "write")
    body = {"email": "p1@example.com", "tags": ["go"]}
    assert http.post("/api/v1/subscribers/add_tag.json", json=body).json()["tags"] == ["go"]
    assert status(app.runtime) == [(7, "active")]
    assert http.request("DELETE", "/api/v1/subscribers/remove_tag.json", json=body).json()["tags"] == []
    shown = http.post("/api/v1/subscribers/unsubscribe.json", json={"email": "p1@example.com"}).json()
    assert (shown["is_active"], shown["unsubscribed_at"]) == (False, "2026-03-02T10:00:00.000Z")
    back = http.post("/api/v1/subscribers/resubscribe.json", json={"subscriber": {"email": "p1@example.com"}}).json()
    assert (back["is_active"], back["unsubscribed_at"]) == (True, None)


def test_durations_are_read_in_all_their_parts():
    assert duration_of("1w2d3h4m5s") == timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)
    for text in ("", "2", "d", "2 days", "-1d"):
        with pytest.raises(ValueError, match="not a duration"):
            duration_of(text)


@settings(max_examples=looks(30), deadline=None)
@given(seed=st.integers(0, 10_000), pieces=st.lists(st.integers(1, 400_000), max_size=12))
def test_many_small_steps_of_the_clock_give_what_one_large_step_gives(seed, pieces):
    def build(make):
        random_tree(random.Random(seed))(make, 7)

    outcomes = []
    for cuts in ([], pieces):
        runtime = run(small(build, people=3))
        for person in (1, 2, 3):
            enrol(runtime, 7, person)
        end = runtime.now + timedelta(days=120)
        for cut in cuts:
            runtime.advance_to(min(runtime.now + timedelta(seconds=cut), end))
        runtime.advance_to(end)
        outcomes.append((runtime.journal.outbox, runtime.journal.tag_changes, runtime.account.enrolments))
    assert outcomes[0] == outcomes[1]
    assert all(row.status == "completed" for row in outcomes[0][2])


@settings(max_examples=looks(30), deadline=None)
@given(seed=st.integers(0, 10_000), hours=st.integers(0, 2000))
def test_an_account_saved_in_the_middle_goes_on_as_if_it_had_never_stopped(seed, hours):
    def build(make):
        random_tree(random.Random(seed))(make, 7)

    whole, first = run(small(build, people=2)), run(small(build, people=2))
    for runtime in (whole, first):
        enrol(runtime, 7, 1)
        enrol(runtime, 7, 2)
    whole.advance(timedelta(days=120))
    first.advance(timedelta(hours=hours))
    second = run(first.account)
    second.advance_to(whole.now)
    assert first.journal.outbox + second.journal.outbox == whole.journal.outbox


def test_two_months_of_a_whole_account_mail_nobody_who_may_not_be_mailed():
    data = account()
    out = {row.email.lower() for row in data.suppressions + data.global_suppressions}
    out |= {row.email.lower() for row in data.subscribers if row.unsubscribed_at or not row.is_active or row.redacted}
    runtime = run(data)
    runtime.advance(timedelta(days=60))
    mailed = {row["subscriber"]["email"].lower() for row in runtime.journal.outbox}
    assert len(mailed) > 30
    assert mailed & out == set()
    assert not [
        row for row in data.enrolments if row.next_trigger_at and row.status == "active" and _stuck(runtime, row)
    ]


def _stuck(runtime, row):
    if row.status != "active" or row.next_trigger_at is None:
        return False
    return row.next_trigger_at <= runtime.now and runtime.directory.sequences[row.sequence_id].active
