"""sequences.toml: what is written becomes exactly that graph, and what is not surely understood is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from csv_support import bundle_of, write
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.handwritten.sequences_file import read_sequences
from migrator.errors import SettingsError, UsageError
from migrator.model import ConsentState, ReEntry, Sequence, Weekday
from migrator.model.rules import ActivityRule, AllOf, AnyOf, ConsentRule, Not, TagRule
from migrator.model.sequences import DateReached, EventReceived, ListJoined, TagAdded
from migrator.model.steps import (
    AddTags,
    Branch,
    CallWebhook,
    ChangeConsent,
    MoveToSequence,
    Opaque,
    RandomSplit,
    SendEmail,
    SetAttribute,
    Wait,
    WaitForEvent,
    WaitUntilDate,
    WaitUntilTime,
)
from tests.looks import looks

DOCS = Path(__file__).parents[2] / "docs" / "sequences-toml.md"
HEAD = 'version = 1\n[[sequence]]\nid = "s"\nstarts_when = { tag_added = "go" }\n'


def one_of(tmp_path: Path, text: str) -> Sequence:
    (found,) = read_sequences(write(tmp_path, "sequences.toml", HEAD + text), {}).sequences
    return found


def edges(sequence: Sequence) -> set[tuple[str, str | None, str]]:
    return {(edge.source, edge.lane, edge.target) for edge in sequence.edges}


def test_a_list_of_steps_is_a_path(tmp_path: Path) -> None:
    found = one_of(
        tmp_path,
        """
        [[sequence.step]]
        body = "<p>Hi</p>"
        subject = "Hi"
        [[sequence.step]]
        wait = "1.5 hours"
        [[sequence.step]]
        add_tags = ["a", "b"]
        """,
    )
    assert [step.action for step in found.steps][1:] == [Wait(seconds=5400), AddTags(tags=("a", "b"))]
    assert edges(found) == {("1", None, "2"), ("2", None, "3")}


def test_lanes_join_behind_the_branch(tmp_path: Path) -> None:
    found = one_of(
        tmp_path,
        """
        [[sequence.step]]
        if = { tag = "customer" }
          [[sequence.step.then]]
          add_tags = "vip"
          [[sequence.step.else]]
          wait = "1 day"
          [[sequence.step.else]]
          exit = true
        [[sequence.step]]
        wait = "2 days"
        """,
    )
    assert edges(found) == {
        ("1", "then", "1.then.1"),
        ("1", "else", "1.else.1"),
        ("1.else.1", None, "1.else.2"),
        ("1.then.1", None, "2"),
    }
    branch = found.steps[0].action
    assert isinstance(branch, Branch)
    assert [lane.rule for lane in branch.lanes] == [TagRule(tag="customer"), None]


def test_an_empty_lane_goes_on_behind_the_branch(tmp_path: Path) -> None:
    found = one_of(tmp_path, '[[sequence.step]]\nif = { tag = "x" }\n[[sequence.step]]\nwait = "1 day"\n')
    assert edges(found) == {("1", "then", "2"), ("1", "else", "2")}


def test_choices_splits_and_waits_for_something(tmp_path: Path) -> None:
    found = one_of(
        tmp_path,
        """
        [[sequence.step]]
        choose = [
          { if = { attribute = "plan", is = "pro" }, steps = [{ add_tags = "pro" }] },
          { if = { opened = "previous" }, steps = [] },
        ]
        [[sequence.step]]
        split = [{ percent = 30, steps = [{ wait = "1 day" }] }, { percent = 70 }]
        [[sequence.step]]
        wait_for = { event = "bought" }
        at_most = "7 days"
        timed_out = [{ unsubscribe = true }]
        """,
    )
    choose, split, waits = (found.steps[at].action for at in (0, 2, 4))
    assert isinstance(choose, Branch)
    assert [lane.key for lane in choose.lanes] == ["1", "2", "else"]
    assert isinstance(split, RandomSplit)
    assert [lane.weight for lane in split.lanes] == [30.0, 70.0]
    assert isinstance(waits, WaitForEvent)
    assert waits.timeout_seconds == 7 * 86_400
    assert found.steps[5].action == ChangeConsent(state=ConsentState.UNSUBSCRIBED)
    assert ("3", "timed_out", "3.timed_out.1") in edges(found)


def test_every_other_step(tmp_path: Path) -> None:
    found = one_of(
        tmp_path,
        """
        [[sequence.step]]
        wait_until = "09:00"
        days = ["monday"]
        timezone = "Europe/Berlin"
        [[sequence.step]]
        wait_until_date = "renewal"
        offset = "-3 days"
        [[sequence.step]]
        set = { plan = "pro" }
        [[sequence.step]]
        webhook = { url = "https://example.com/hook", headers = { x = "1" } }
        [[sequence.step]]
        by_hand = "Call them"
        [[sequence.step]]
        move_to = "s"
        """,
    )
    assert [step.action for step in found.steps] == [
        WaitUntilTime(time="09:00:00", timezone="Europe/Berlin", days=(Weekday.MONDAY,)),
        WaitUntilDate(key="renewal", offset_seconds=-3 * 86_400),
        SetAttribute(key="plan", value="pro"),
        CallWebhook(url="https://example.com/hook", method="POST", headers={"x": "1"}),
        Opaque(action="Call them"),
        MoveToSequence(sequence_id="s"),
    ]


def test_how_a_sequence_begins_and_ends(tmp_path: Path) -> None:
    text = """
version = 1
[[sequence]]
id = "s"
starts_when = [{ list_joined = "News" }, { event = "signed_up" }, { date_reached = "birthday", yearly = true }]
only_if = { all = [{ subscribed = true }, { not = { attribute = "plan", empty = true } }] }
leaves_when = { tag = "gone" }
goal = { clicked = "this_sequence", link = "https://example.com" }
re_entry = { after = "30 days" }
[[sequence.step]]
wait = "1 day"
"""
    written = read_sequences(write(tmp_path, "sequences.toml", text), {})
    (found,) = written.sequences
    assert found.triggers == (
        ListJoined(list_id="News"),
        EventReceived(event_name="signed_up"),
        DateReached(key="birthday", yearly=True),
    )
    assert isinstance(found.entry_filter, AllOf)
    assert isinstance(found.entry_filter.rules[0], ConsentRule)
    assert isinstance(found.entry_filter.rules[1], Not)
    assert [rule.goal for rule in found.exit_rules] == [False, True]
    assert isinstance(found.exit_rules[1].rule, ActivityRule)
    assert (found.re_entry, found.re_entry_seconds) == (ReEntry.AFTER_DELAY, 30 * 86_400)
    assert (written.tags, written.lists) == (("gone",), ("News",))


def test_an_event_by_which_people_leave_counts_from_their_entering(tmp_path: Path) -> None:
    text = """
leaves_when = [{ event = "bought" }, { any = [{ event = "paid" }, { event = "old", within = "30 days" }] }]
only_if = { event = "bought" }
[[sequence.step]]
wait = "1 day"
"""
    found = one_of(tmp_path, text)
    first, second = (one.rule for one in found.exit_rules)
    assert isinstance(first, ActivityRule)
    assert isinstance(second, AnyOf)
    assert isinstance(found.entry_filter, ActivityRule)
    inner = [one.scope for one in second.rules if isinstance(one, ActivityRule)]
    assert [first.scope, *inner] == ["this_sequence", "this_sequence", "any"]
    assert found.entry_filter.scope == "any"


def test_what_is_not_said_stays_unknown(tmp_path: Path) -> None:
    found = one_of(tmp_path, '[[sequence.step]]\nwait = "1 day"\n')
    assert (found.active, found.re_entry) == (None, ReEntry.UNKNOWN)
    assert found.triggers == (TagAdded(tag="go"),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has no step"),
        ("[[sequence.step]]\n", "does nothing that is known"),
        ('[[sequence.step]]\nwait = "soon"\n', "no length of time"),
        ('[[sequence.step]]\nwait = "-1 day"\n', "cannot be negative"),
        ('[[sequence.step]]\nwait = "1 month"\n', "no length of time"),
        ('[[sequence.step]]\nwait = "1 day"\nemail = "x"\n', "Two steps in one"),
        ('[[sequence.step]]\nwait = "1 day"\nsubjct = "x"\n', "There is no 'subjct' here"),
        ('[[sequence.step]]\nemail = "nowhere.html"\n', "no email called"),
        ('[[sequence.step]]\nexit = true\n[[sequence.step]]\nwait = "1 day"\n', "Nobody gets to this step"),
        ('[[sequence.step]]\nmove_to = "other"\n', "is not described"),
        ('[[sequence.step]]\nid = "a"\nwait = "1 day"\n[[sequence.step]]\nid = "a"\nwait = "1 day"\n', "have the id"),
        ('[[sequence.step]]\nif = { tagg = "x" }\n', "Nothing that is known"),
        ('[[sequence.step]]\nif = { attribute = "x" }\n', "A comparison is missing"),
        ("[[sequence.step]]\nsplit = [{ percent = 50 }, { percent = 40 }]\n", "add up to 100"),
        ('[[sequence.step]]\nwait_until = "25:00"\n', "no time of day"),
        ('[[sequence.step]]\nwait_until = "09:00"\ntimezone = "Mars/Base"\n', "no time zone"),
        ('[[sequence.step]]\nwait_until = "09:00"\ndays = ["mon"]\n', "no day called"),
        ("[[sequence.step]]\nexit = false\n", "can only be true"),
    ],
)
def test_what_is_not_surely_understood_is_refused_with_its_place(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=why) as refused:
        one_of(tmp_path, text)
    assert refused.value.where
    assert refused.value.fix


@pytest.mark.parametrize("text", ["", "version = 2\n", "version = 1\n[[sequense]]\n", "x = [\n"])
def test_a_file_that_is_not_ours_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read_sequences(write(tmp_path, "sequences.toml", text), {})


def test_an_email_without_a_subject_is_a_gap_and_with_one_is_whole(tmp_path: Path) -> None:
    write(tmp_path, "emails/a.html", "<p>Hi</p>")
    text = HEAD + '[[sequence.step]]\nemail = "a.html"\n[[sequence.step]]\nemail = "a.html"\nsubject = "Two"\n'
    bundle = bundle_of(
        tmp_path,
        write(tmp_path, "people.csv", "email,tags\na@example.com,go\n"),
        emails=(tmp_path / "emails",),
        sequences=write(tmp_path, "sequences.toml", text),
    )
    (found,) = bundle.sequences()
    assert [step.content_missing for step in found.steps] == [("subject",), ()]
    second = found.steps[1].action
    assert isinstance(second, SendEmail)
    assert (second.content.subject, second.content.body, second.template_id) == ("Two", "<p>Hi</p>", "a.html")


def test_nobody_is_placed_in_a_written_sequence(tmp_path: Path) -> None:
    bundle = bundle_of(
        tmp_path,
        write(tmp_path, "people.csv", "email,tags\na@example.com,go\n"),
        sequences=write(tmp_path, "sequences.toml", HEAD + '[[sequence.step]]\nwait = "1 day"\n'),
    )
    assert list(bundle.enrolments()) == []
    assert "enrolments" in {one.scope for one in bundle.manifest.unread}


def test_merge_tags_in_a_step_need_a_language(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="merge tags"):
        one_of(tmp_path, '[[sequence.step]]\nbody = "Hi {{ name }}"\nsubject = "x"\n')


def test_the_examples_of_the_documentation_are_read(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    whole = [text for text in examples if text.startswith("version")]
    assert whole
    write(tmp_path, "emails/welcome.html", "<p>Hi</p>")
    write(tmp_path, "emails/tips.html", "<p>Tips</p>")
    people = write(tmp_path, "people.csv", "email\na@example.com\n")
    for text in whole:
        sequences = write(tmp_path, "sequences.toml", text)
        assert list(bundle_of(tmp_path, people, emails=(tmp_path / "emails",), sequences=sequences).sequences())


steps = st.deferred(
    lambda: st.lists(
        st.one_of(
            st.just({"wait": "1 day"}),
            st.just({"add_tags": ["x"]}),
            st.builds(lambda a, b: {"if": {"tag": "t"}, "then": a, "else": b}, steps, steps),
            st.builds(lambda a, b: {"split": [{"percent": 50, "steps": a}, {"percent": 50, "steps": b}]}, steps, steps),
        ),
        max_size=3,
    )
)


@settings(max_examples=looks(60), deadline=None)
@given(path=steps.filter(len))
def test_every_graph_has_one_beginning_and_no_way_out_twice(path: list[object]) -> None:
    from adapters.handwritten.rules import Names
    from adapters.handwritten.steps import Graph
    from adapters.handwritten.toml_table import Table

    graph = Graph({}, Names(), timezone=None, language=None)
    ends = graph.path([Table(one, "step") for one in path], [], "")
    ids = [step.id for step in graph.steps]
    assert len(set(ids)) == len(ids)
    entered = {edge.target for edge in graph.edges}
    assert set(ids) - entered == {ids[0]}, "one beginning, and everything is reached"
    ways = [(edge.source, edge.lane) for edge in graph.edges] + ends
    assert len(set(ways)) == len(ways), "each way out leads to one place, or is an end"
