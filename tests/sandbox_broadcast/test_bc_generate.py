"""Made-up accounts hold every construct, are the same for the same seed, and their past is a real run."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from bc_support import NOW, account

from migrator.sandbox.broadcast.account import Account
from migrator.sandbox.broadcast.generate import demo_account, generate
from migrator.sandbox.broadcast.generate_people import STATES, people
from migrator.sandbox.broadcast.runtime import Runtime
from migrator.sandbox.broadcast.tree import Tree
from migrator.sandbox.broadcast.waits import clock_of, zone_of


def rows(data, action):
    return [step for sequence in data.sequences for step in sequence.steps if step["action"] == action]


def test_the_same_seed_gives_the_same_account_and_another_seed_another():
    one, two, three = (msgspec.json.encode(generate(150, 20, seed)) for seed in (5, 5, 6))
    assert one == two != three


def test_an_account_survives_its_file(tmp_path):
    data = account()
    data.save(tmp_path / "account.json")
    assert Account.load(tmp_path / "account.json") == data


def test_a_small_account_already_has_every_state_of_consent():
    assert {person.state for person in people(len(STATES), 1, NOW)} == set(STATES)


def test_people_are_as_awkward_as_real_ones():
    data = account()
    people_ = data.subscribers
    names = {person.first_name for person in people_} | {person.last_name for person in people_}
    assert {"=cmd()", "<script>alert(1)</script>", "NA", "null", "", None} <= names
    assert any(name and not name.isascii() for name in names)
    emails = [person.email for person in people_]
    assert len({email.lower() for email in emails}) == len(emails) == 600
    assert any(email != email.lower() for email in emails)
    assert any("+" in email for email in emails)
    custom = [person.custom_data for person in people_]
    assert {} in custom
    assert None in custom
    assert any((row or {}).get("external_id") == 2**53 + 1 for row in custom)
    assert any((row or {}).get("account_number") == "000123" for row in custom)
    assert any(isinstance((row or {}).get("org"), dict) for row in custom)


def test_suppressed_people_may_look_active_and_redacted_ones_are_empty():
    data = account()
    listed = {row.email for row in data.suppressions + data.global_suppressions}
    assert any(person.is_active and person.email.lower() in listed for person in data.subscribers)
    assert any(person.is_active and person.unsubscribed_at for person in data.subscribers)
    redacted = [person for person in data.subscribers if person.redacted]
    assert redacted
    assert all((p.first_name, p.custom_data, p.tags, p.is_active) == (None, {}, [], False) for p in redacted)
    assert listed - {person.email.lower() for person in data.subscribers} == {
        "stranger@example.com",
        "elsewhere@example.com",
    }


def test_every_step_action_and_every_odd_shape_is_there():
    data = account()
    actions = {step["action"] for sequence in data.sequences for step in sequence.steps}
    assert len(actions) == 11
    by_label = {sequence.label: sequence for sequence in data.sequences}
    assert [step["action"] for step in by_label["Untitled sequence"].steps] == ["entry_point"]
    assert by_label["Copy of Welcome"].parent_sequence_id == by_label["Welcome"].id
    assert not by_label["Copy of Welcome"].active
    assert by_label["Win back"].init_segment_id
    chain = {sequence.id: _targets(sequence) for sequence in data.sequences}
    course_a, course_b = by_label["Course A"].id, by_label["Course B"].id
    assert (chain[course_a], chain[course_b]) == ([course_b], [course_a])
    assert course_a in chain[by_label["Trial"].id]
    ids = {step["id"] for sequence in data.sequences for step in sequence.steps}
    assert len(ids) == sum(len(sequence.steps) for sequence in data.sequences)
    assert any(step["parent_id"] not in ids for step in rows(data, "send_email"))
    conditions = {step["id"] for step in rows(data, "condition")}
    assert any(step["parent_id"] in conditions for step in rows(data, "send_email"))
    assert {step["condition_setting"] for step in rows(data, "condition")} == {
        f"{scope}_email_{act}" for scope in ("any", "previous") for act in ("opened", "clicked")
    }


def _targets(sequence):
    return [step["move_to_sequence_id"] for step in sequence.steps if step["action"] == "move_to_sequence"]


def test_neither_ids_nor_the_order_of_rows_follow_the_flow():
    linear = account().sequences[0]
    by_parent = {step["parent_id"]: step["id"] for step in linear.steps}
    flow, here = [], None
    while here in by_parent:
        here = by_parent[here]
        flow.append(here)
    assert flow != sorted(flow)
    assert [step["id"] for step in linear.steps] != flow


def test_bodies_hold_every_sort_of_tag():
    text = " ".join(step.get("body") or "" for step in rows(account(), "send_email"))
    for piece in (
        *("{{ first_name }}", "subscriber.first_name", "&quot;", "{{{ pm:unsubscribe }}}", "unsubscribe_url"),
        *("unsubscribe_link", "{% if", "{% for", "{% case", "<!--[if mso", "mail.acme.test/rails", "<!DOCTYPE"),
    ):
        assert piece in text, piece


def test_forms_segments_and_templates_cover_their_kinds():
    data = account()
    assert any(form["automation_settings"]["sequence_ids"] for form in data.forms)
    kinds = {
        rule["rule_type"] for row in data.segments for group in row["segment_groups"] for rule in group["segment_rules"]
    }
    assert kinds == {"text", "number", "date", "boolean", "array", "engagement_window"}
    assert {row["html_body"] for row in data.templates} == {True, False}


def test_one_sequence_has_people_in_all_six_statuses_on_three_pages():
    counts: dict[int, Counter[str]] = {}
    for row in account().enrolments:
        counts.setdefault(row.sequence_id, Counter())[row.status] += 1
    full = [one for one in counts.values() if len(one) == 6]
    assert any(sum(one.values()) >= 23 for one in full)


@pytest.mark.parametrize("make", [account, demo_account])
def test_times_of_waiting_people_fit_the_steps_they_stand_at(make):
    """Recomputed by hand for the sequence of plain waits: drift only makes reality later, by under a minute a step."""
    data = make()
    lessons = next(row for row in data.sequences if row.label == "Six lessons")
    waits = sorted((step for step in lessons.steps if step["action"] == "delay"), key=lambda step: step["delay"])
    total, due = timedelta(), {}
    for number, step in enumerate(waits, start=1):
        total += timedelta(seconds=step["delay"])
        due[step["id"]] = (number, total)
    waiting = [row for row in data.enrolments if row.sequence_id == lessons.id and row.status == "active"]
    assert len(waiting) > 5
    for row in waiting:
        number, offset = due[row.current_step_id]
        drift = row.next_trigger_at - row.started_at - offset
        assert timedelta() <= drift <= timedelta(seconds=60 * number)
        assert row.next_trigger_at > data.now - timedelta(minutes=1)


def test_finished_people_have_an_end_and_no_next_time():
    for row in account().enrolments:
        if row.status in ("completed", "removed"):
            assert row.completed_at is not None
            assert (row.next_trigger_at, row.current_step_id) == (None, None)
        elif row.status != "error":
            assert row.completed_at is None
            assert row.current_step_id is not None


def test_nothing_in_the_past_happened_after_now():
    data = account()
    moments = [at for row in data.receipts for at in (row.sent_at, row.opened_at, row.clicked_at) if at]
    moments += [row.started_at for row in data.enrolments]
    moments += [row.completed_at for row in data.enrolments if row.completed_at]
    moments += [row.unsubscribed_at for row in data.subscribers if row.unsubscribed_at]
    assert max(moments) <= data.now


def test_the_demo_has_two_thousand_people_eight_sequences_and_many_in_the_middle():
    data = demo_account()
    assert (len(data.subscribers), len(data.sequences)) == (2000, 8)
    actions = {step["action"] for sequence in data.sequences for step in sequence.steps}
    assert {"condition", "make_http_request", "move_to_sequence", "deactivate_subscriber"} <= actions
    assert any(sequence.init_segment_id for sequence in data.sequences)
    assert any(step["condition_setting"].endswith("opened") for step in rows(data, "condition"))
    middle = Counter(row.sequence_id for row in data.enrolments if row.status == "active")
    assert len(middle) >= 6
    assert sum(middle.values()) > 100


@pytest.mark.parametrize("make", [account, demo_account])
def test_the_first_hour_after_the_past_starts_nobody_from_a_segment(make):
    data = make()
    triggered = {row.id for row in data.sequences if row.init_segment_id}
    runtime = Runtime(data)
    before = len(data.enrolments)
    runtime.advance(timedelta(hours=1))
    started = [row for row in data.enrolments[before:] if row.sequence_id in triggered]
    assert started == []


@pytest.mark.slow
def test_a_hundred_thousand_people_take_seconds():
    data = generate(100_000, 20, enrolled=0.1)
    assert len({person.email.lower() for person in data.subscribers}) == 100_000


def test_waiting_people_got_exactly_the_emails_above_the_step_they_stand_at():
    data = demo_account()
    trees = {sequence.id: Tree(sequence.steps) for sequence in data.sequences}
    got: dict[int, set[int]] = {}
    for receipt in data.receipts:
        got.setdefault(receipt.enrolment_id, set()).add(receipt.step_id)
    waiting = [row for row in data.enrolments if row.status in ("active", "busy", "paused", "error")]
    for row in waiting:
        above = {step["id"] for step in trees[row.sequence_id].emails_above(row.current_step_id)}
        assert got.get(row.id, set()) == above
    assert len(waiting) > 150


def test_people_who_wait_for_an_hour_of_the_day_are_due_at_that_hour():
    data = demo_account()
    steps = {step["id"]: step for sequence in data.sequences for step in sequence.steps}
    found = 0
    for row in data.enrolments:
        step = steps.get(row.current_step_id)
        if row.status == "active" and step and step["action"] == "delay_until_time":
            local = row.next_trigger_at.astimezone(zone_of(step["delay_until_timezone"]))
            assert local.time() == clock_of(step["delay_until_time"])
            found += 1
    assert found > 0
