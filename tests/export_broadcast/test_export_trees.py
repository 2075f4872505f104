"""Step rows of any shape become a graph in which every row and every link has its place, and what is bent is said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.broadcast.step_answers import merge_rows
from adapters.broadcast.steps import Templates, read_step
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.trees import read_tree
from migrator.model import EmailContent, Step, Template
from migrator.model.rules import Activity, ActivityRule, ActivityScope, OpaqueRule
from migrator.model.sequences import Edge
from migrator.model.steps import (
    AddTags,
    Branch,
    CallWebhook,
    ChangeConsent,
    ClockReading,
    MoveToSequence,
    Opaque,
    SendEmail,
    Wait,
    WaitUntilTime,
)
from tests.looks import looks

NONE = Templates({})
CONDITION = [
    {"id": 200, "action": "entry_point", "label": "Start", "parent_id": None, "true_branch": None},
    {"id": 201, "action": "send_email", "label": "Day 0", "parent_id": 200, "subject": "Live", "body": "<p>Go</p>"},
    {"id": 202, "action": "condition", "parent_id": 201, "condition_setting": "previous_email_opened", "delay": 86400},
    {"id": 203, "action": "condition_branch", "label": None, "parent_id": 202, "true_branch": True},
    {"id": 204, "action": "condition_branch", "label": None, "parent_id": 202, "true_branch": False},
    {"id": 205, "action": "add_tag_to_subscriber", "parent_id": 203, "taggify_list": "engaged, trial-opened"},
    {"id": 206, "action": "move_to_sequence", "parent_id": 205, "move_to_sequence_id": 8},
    {"id": 207, "action": "send_email", "parent_id": 204, "subject": "Still there?", "body": "<p>...</p>"},
]
BRANCH_LESS = [
    *CONDITION[:3],
    {**CONDITION[5], "parent_id": 202, "true_branch": True},
    CONDITION[6],
    {**CONDITION[7], "parent_id": 202, "true_branch": False},
]


def tree(rows: list[dict[str, Any]]) -> tuple[dict[str, Step], set[tuple[str, str, str | None]]]:
    steps, edges = read_tree(rows, NONE, Surprises())
    return {step.id: step for step in steps}, {(edge.source, edge.target, edge.lane) for edge in edges}


def step(**row: Any) -> Step:
    return read_step({"id": 1, "label": None, **row}, "1", NONE, Surprises())


def test_branch_rows_become_lanes_of_their_condition() -> None:
    steps, edges = tree(CONDITION)
    assert {"200", "201", "202", "205", "206", "207"} == set(steps)
    branch = steps["202"].action
    assert isinstance(branch, Branch)
    assert branch.evaluate_after_seconds == 86400
    opened = ActivityRule(activity=Activity.OPENED, scope=ActivityScope.PREVIOUS_EMAIL)
    lanes = [(lane.key, lane.rule, lane.source_id) for lane in branch.lanes]
    assert [("true", opened, "203"), ("false", None, "204")] == lanes
    assert {("202", "205", "true"), ("202", "207", "false")} <= edges
    assert len(edges) == 5


def test_without_branch_rows_the_same_graph_is_read() -> None:
    with_rows, edges = tree(CONDITION)
    without, same_edges = tree(BRANCH_LESS)
    assert edges == same_edges
    assert [lane.key for lane in with_rows["202"].action.lanes] == [lane.key for lane in without["202"].action.lanes]


def test_children_nobody_can_tell_apart_are_never_guessed() -> None:
    rows = [{**row, "true_branch": None} for row in BRANCH_LESS]
    steps, edges = tree(rows)
    lanes = steps["202"].action.lanes
    assert all(isinstance(lane.rule, OpaqueRule) for lane in lanes)
    assert "branches" in steps["202"].content_missing
    assert {("202", "205", "step-205"), ("202", "207", "step-207")} <= edges


def test_an_empty_branch_is_a_lane_that_ends() -> None:
    steps, edges = tree([row for row in CONDITION if row["id"] != 207])
    assert [lane.key for lane in steps["202"].action.lanes] == ["true", "false"]
    assert not [edge for edge in edges if edge[2] == "false"]


def test_order_is_the_flow_and_not_the_rows() -> None:
    rows = [
        {"id": 103, "action": "send_email", "parent_id": 107, "subject": "b", "body": "c"},
        {"id": 101, "action": "entry_point", "parent_id": None},
        {"id": 107, "action": "delay", "parent_id": 104, "delay": 60},
        {"id": 104, "action": "send_email", "parent_id": 101, "subject": "a", "body": "b"},
    ]
    assert [one.id for one in read_tree(rows, NONE, Surprises())[0]] == ["101", "104", "107", "103"]


def test_bent_trees_are_kept_as_found_and_said() -> None:
    rows = [
        {"id": 1, "action": "entry_point", "parent_id": None},
        {"id": 2, "action": "delay", "parent_id": 1, "delay": 60},
        {"id": 3, "action": "delay", "parent_id": 1, "delay": 60},
        {"id": 4, "action": "delay", "parent_id": 99, "delay": 60},
        {"id": 5, "action": "delay", "parent_id": 6, "delay": 60},
        {"id": 6, "action": "delay", "parent_id": 5, "delay": 60},
        {"id": 7, "action": "entry_point", "parent_id": None},
        {"id": 8, "action": "deactivate_subscriber", "parent_id": 2},
        {"id": 9, "action": "delay", "parent_id": 8, "delay": 60},
        {"id": 10, "action": "something_new", "parent_id": 9, "mystery": [1]},
    ]
    steps, edges = tree(rows)
    assert len(steps) == 10
    assert {("1", "2", None), ("1", "3", None), ("5", "6", None), ("6", "5", None), ("9", "10", None)} <= edges
    said = {key: " ".join(one.notes) for key, one in steps.items()}
    assert "2 steps follow" in said["1"]
    assert "Orphan" in said["4"]
    assert "cycle" in said["5"]
    assert "cycle" in said["6"]
    assert "more than one entry" in said["7"]
    assert "Never reached" in said["9"]
    assert steps["10"].action == Opaque(action="something_new")
    assert steps["10"].raw == {"mystery": [1]}


def test_every_spelling_of_a_step_is_read() -> None:
    for key in ("delay", "delay_seconds", "delay_in_seconds"):
        assert step(action="delay", **{key: "172800"}).action == Wait(seconds=172800)
        assert step(action="delay", settings={key: 172800}).action == Wait(seconds=172800)
    for time in ("9:00", "09:00:00", "9:00 AM", "2000-01-01T09:00:00.000Z"):
        found = step(action="delay_until_time", time_of_day=time, time_zone="Eastern Time (US & Canada)")
        assert found.action == WaitUntilTime(time="09:00:00", timezone="America/New_York", reading=ClockReading.UNKNOWN)
    for target in ({"target_sequence_id": 8}, {"move_to_sequence": {"id": "8"}}, {"odd_sequence_id": 8}):
        assert step(action="move_to_sequence", sequence_id=3, parent_sequence_id=4, **target).action == MoveToSequence(
            sequence_id="8"
        )
    for tags in ("a, b,,a", ["a", "b"], [{"name": "a"}, {"name": "b"}]):
        assert step(action="add_tag_to_subscriber", tag_list=tags).action == AddTags(tags=("a", "b"))
    assert isinstance(step(action="deactivate_subscriber").action, ChangeConsent)


def test_nothing_missing_is_ever_filled_in() -> None:
    short = {"email": "send_email", "wait": "delay", "time": "delay_until_time", "move": "move_to_sequence"}
    found = {key: step(action=action, label="Wait 2 days") for key, action in short.items()}
    assert found["email"].content_missing == ("subject", "body")
    assert found["wait"].content_missing == ("seconds",)
    assert found["wait"].action == Wait(seconds=None)
    assert [(one.field, one.value) for one in found["wait"].suggestions] == [("seconds", 172800)]
    assert found["time"].content_missing == ("time", "timezone")
    assert found["move"].content_missing == ("sequence_id",)
    assert step(action="remove_tag_from_subscriber").content_missing == ("tags",)
    assert step(action="make_http_request").content_missing == ("url", "method")
    steps, _ = tree([{"id": 1, "action": "condition", "parent_id": None}])
    assert steps["1"].content_missing == ("condition", "evaluate_after_seconds")
    assert steps["1"].action.evaluate_after_seconds is None


def test_odd_waits_before_a_condition_are_left_to_a_person() -> None:
    for delay in (None, 0, -1, 10**9, "soon"):
        steps, _ = tree(
            [
                {
                    "id": 1,
                    "action": "condition",
                    "condition_setting": "any_email_clicked",
                    "delay": delay,
                    "parent_id": None,
                }
            ]
        )
        assert steps["1"].action.evaluate_after_seconds is None
        assert steps["1"].notes


def test_a_template_wins_over_the_inline_copy_and_an_unread_one_is_a_gap() -> None:
    content = EmailContent(subject="From template", body="<p>T</p>")
    templates = Templates({"31": Template(source_id="31", name="Tips", content=content)})
    row = {"id": 1, "action": "send_email", "template_id": 31, "subject": "Old", "body": "<p>Old</p>"}
    found = read_step(row, "1", templates, Surprises())
    assert isinstance(found.action, SendEmail)
    assert found.action.content == content
    assert found.action.inline is not None
    assert found.action.inline.subject == "Old"
    unread = read_step(row, "1", NONE, Surprises())
    assert unread.content_missing == ("template",)
    suggested = read_step({"id": 2, "action": "send_email", "label": " tips "}, "2", templates, Surprises())
    assert [("template_id", "31")] == [(one.field, one.value) for one in suggested.suggestions]


def test_credentials_of_a_webhook_never_leave_the_source() -> None:
    row = {
        "action": "make_http_request",
        "url": "https://user:pa55word@crm.test/hook?api_key=k3y-value&id=7",
        "http_method": "POST",
        "headers": {
            "X-Key": "hush-1",
            "Authorization": "Bearer hush-2",
            "Accept": "text/plain",
            "X-Trace": "Basic hush-3",
        },
        "http_headers": [{"name": "Cookie", "value": "hush-4"}],
        "extra": {"api_token": "hush-5", "nested": [{"client_secret": "hush-6"}]},
    }
    found = step(**row)
    assert isinstance(found.action, CallWebhook)
    assert found.action.headers == {"Accept": "text/plain"}
    assert found.action.withheld_headers == ("Authorization", "X-Key", "X-Trace")
    assert "url" in found.content_missing
    everything = repr(found)
    assert "hush" not in everything
    assert "k3y-value" not in everything
    assert "pa55word" not in everything


def test_the_longer_of_two_rows_wins_and_nothing_told_is_lost() -> None:
    short = [{"id": 1, "action": "delay", "label": "L", "parent_id": None, "true_branch": None}]
    full = [{"id": "1", "action": "delay", "parent_id": None, "delay": 60}]
    assert merge_rows(short, full)[0].items() >= {"delay": 60, "label": "L"}.items()
    assert merge_rows(full, short)[0].items() >= {"delay": 60, "label": "L"}.items()


ids = st.integers(1, 12)
rows_of_any_shape = st.lists(
    st.fixed_dictionaries(
        {
            "id": ids,
            "action": st.sampled_from(
                ["entry_point", "delay", "condition", "condition_branch", "send_email", "move_to_sequence", "odd", None]
            ),
            "parent_id": st.one_of(st.none(), ids),
            "true_branch": st.sampled_from([True, False, None]),
        }
    ),
    unique_by=lambda row: row["id"],
    max_size=12,
)


@settings(max_examples=looks(60), deadline=None)
@given(rows_of_any_shape)
def test_every_row_and_every_link_has_its_place_whatever_the_shape(rows: list[dict[str, Any]]) -> None:
    everything_has_its_place(rows)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(rows_of_any_shape)
def test_every_row_has_its_place_in_a_thousand_shapes(rows: list[dict[str, Any]]) -> None:
    everything_has_its_place(rows)


def everything_has_its_place(rows: list[dict[str, Any]]) -> None:
    steps, edges = read_tree(rows, NONE, Surprises())
    actions = {str(row["id"]): row["action"] for row in rows}
    parents = {str(row["id"]): str(row["parent_id"]) if row["parent_id"] else None for row in rows}
    lanes = {
        key
        for key, action in actions.items()
        if action == "condition_branch" and actions.get(parents[key] or "") == "condition"
    }
    known = {one.id for one in steps}
    assert known == set(actions) - lanes
    named = {lane.source_id for one in steps if isinstance(one.action, Branch) for lane in one.action.lanes}
    assert lanes <= named
    assert all(edge.source in known and edge.target in known for edge in edges)
    below = {one.id: one.hangs_below for one in steps if one.hangs_below is not None}
    assert below == {key: parent for key, parent in parents.items() if parent is not None and parent not in actions}
    wanted = {
        ((parents[parent] if parent in lanes else parent), key)
        for key, parent in parents.items()
        if key not in lanes and parent in actions and parent != key
    }
    assert {(edge.source, edge.target) for edge in edges} == wanted
    assert all(isinstance(edge, Edge) for edge in edges)
