"""Topics and left-out segments cost a person an email and not their place: on the local Broadcast and, once moved, on
the local Sequenzy, the same people get the same emails at the same moments."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seq_push import Target

from adapters.broadcast.contacts import read_contact
from adapters.broadcast.segments import read_segment
from adapters.broadcast.sequences import read_sequence
from adapters.broadcast.steps import Templates
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.topics import read_topic
from mappings.context import LoweringContext, survey
from mappings.segments import lower_segment
from mappings.verdicts import Verdict
from migrator.model import ConsentState
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from migrator.plan.graphs.schedule import schedule
from migrator.sandbox.broadcast.account import Account, Row, Sequence, Subscriber
from migrator.sandbox.broadcast.runtime import Runtime
from migrator.sandbox.broadcast.show import Show
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.broadcast.topics import shown
from tests.looks import looks

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HORIZON = NOW + timedelta(days=9)
VIP: Row = {"field": "tags", "operator": "contains", "value": "vip", "rule_type": "array"}
EXCLUDED: Row = {
    "id": 3,
    "name": "VIPs",
    "match_type": "all",
    "segment_groups": [{"id": 1, "match_type": "all", "segment_rules": [{"id": 1, **VIP}]}],
}
BY_KEY: Row = {"id": 1, "name": "News", "storage": "custom_data", "custom_data_key": "news", "tag_name": None}
BY_TAG: Row = {"id": 1, "name": "News", "storage": "tag", "custom_data_key": None, "tag_name": "reader"}
ANSWERS = (None, True, False, 1, 0, "yes", "no", "true", "")
EMAILS = ("one", "two", "three")


def row(number: int, parent: int | None, action: str, **told: Any) -> Row:
    return {"id": number, "action": action, "label": None, "parent_id": parent, "true_branch": None, **told}


def mail(number: int, subject: str) -> Row:
    told = {"subject": subject, "preheader": None, "body": f"<p>{subject}</p>", "html_body": False}
    return row(number, number - 1, "send_email", **told)


STEPS = [
    row(100, None, "entry_point"),
    mail(101, "one"),
    row(102, 101, "add_tag_to_subscriber", taggify_list="seen"),
    row(103, 102, "delay", delay=2 * 86_400),
    mail(104, "two"),
    row(105, 104, "delay", delay=2 * 86_400),
    mail(106, "three"),
]


def account_of(extra: Row, topic: Row, people: list[tuple[Any, list[str]]]) -> Account:
    made = Account(channel={"id": 3, "name": "Acme"}, now=NOW)
    for number, (answer, tags) in enumerate(people, 1):
        person = Subscriber(id=number, email=f"p{number}@example.com", created_at=NOW - timedelta(9), tags=[*tags])
        person.custom_data = {} if answer is None else {"news": answer}
        made.subscribers.append(person)
    sequence = Sequence(id=7, label="News", created_at=NOW, updated_at=NOW, init_tag="start", steps=STEPS)
    sequence.extra = extra
    made.sequences, made.topics, made.segments = [sequence], [topic], [EXCLUDED]
    return made


class Moved:
    """The account read and lowered."""

    def __init__(self, account: Account, *, segments: dict[str, str] | None = None) -> None:
        show, said = Show(Switches()), Surprises()
        found, topic = read_topic(account.topics[0], "1", said)
        self.contacts = [
            read_contact(show.subscriber(one, topics=shown(account.topics, one)), str(one.id), (), [topic], said)
            for one in account.subscribers
        ]
        row = show.sequence(account.sequences[0], 0, extra=True)
        steps = show.steps(account.sequences[0].steps, full=True)
        self.sequence = read_sequence(row, "7", steps, Templates({}), said, topics={topic.list_id: topic})
        self.segment = read_segment(EXCLUDED, said)
        self.context = LoweringContext(
            sequences=survey([self.sequence]),
            lists={found.source_id: "list:1"},
            segments={"3": "segment:3"} if segments is None else segments,
        )
        self.lowered: LoweredSequence = lower_sequence(self.sequence, self.context)
        self.lost = said.lost()


def sent_at_the_source(account: Account, changes: list[tuple[timedelta, int]]) -> set[tuple[str, str, datetime]]:
    runtime = Runtime(copy.deepcopy(account))
    for person in runtime.account.subscribers:
        runtime.add_tags(person, ["start"])
    for after, number in sorted(changes):
        runtime.advance_to(NOW + after)
        runtime.add_tags(runtime.account.subscribers[number], ["vip"])
    runtime.advance_to(HORIZON)
    return {(one["subscriber"]["email"], one["subject"], minute(one["time"])) for one in runtime.journal.outbox}


def sent_at_the_target(moved: Moved, changes: list[tuple[timedelta, int]]) -> set[tuple[str, str, datetime]]:
    target = Target()
    target.sandbox.state.now = NOW - timedelta(days=1)
    target.make_list("list:1", "News")
    assert moved.segment is not None
    body = lower_segment(moved.segment, moved.context).value
    assert body is not None
    target.make_segment("segment:3", body)
    for key, made in moved.lowered.segments.items():
        target.make_segment(key, made)
    graph = moved.lowered.graph
    target.build(graph, schedule(graph))
    for one in moved.contacts:
        on = any(membership.state is ConsentState.SUBSCRIBED for membership in one.lists)
        told = {"email": one.email, "tags": list(one.tags), "lists": [target.ids["list:1"]] if on else []}
        told |= {"enrollInSequences": False, "customAttributes": dict(one.attributes)}
        target.call("POST", "/subscribers", told)
    path = f"/sequences/{target.ids[graph.key]}"
    target.call("PUT", path, target.filled(graph.final_trigger, {}))
    target.call("POST", f"{path}/enable")
    target.call("POST", "/_sandbox/clock", {"to": NOW.isoformat()})
    for one in moved.contacts:
        target.call("POST", "/subscribers/tags", {"email": one.email, "tag": "start"})
    for after, number in sorted(changes):
        target.call("POST", "/_sandbox/clock", {"to": (NOW + after).isoformat()})
        target.call("POST", "/subscribers/tags", {"email": moved.contacts[number].email, "tag": "vip"})
    target.call("POST", "/_sandbox/clock", {"to": HORIZON.isoformat()})
    return {(one.recipient, one.subject, minute(one.sent_at)) for one in target.sandbox.state.outbox}


def minute(at: Any) -> datetime:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.replace(second=0, microsecond=0)


TOPICS = [{**topic, "unset_receives": unset} for topic in (BY_KEY, BY_TAG) for unset in (True, False)]


@settings(max_examples=looks(12), deadline=None)
@given(st.data())
def test_the_same_people_get_the_same_emails_on_both_platforms(data: st.DataObject) -> None:
    topic = data.draw(st.sampled_from(TOPICS))
    extra = data.draw(
        st.sampled_from(({"topic_id": 1}, {"excluded_segment_ids": [3]}, {"topic_id": 1, "excluded_segment_ids": [3]}))
    )
    tags = st.lists(st.sampled_from(("vip", "reader")), unique=True)
    people = data.draw(st.lists(st.tuples(st.sampled_from(ANSWERS), tags), min_size=2, max_size=6))
    hours = st.sampled_from((5, 30, 60, 80)).map(lambda number: timedelta(hours=number, minutes=7))
    changes = data.draw(
        st.lists(st.tuples(hours, st.integers(0, len(people) - 1)), max_size=2, unique_by=lambda c: c[0])
    )
    account = account_of(extra, topic, people)
    moved = Moved(account)
    assert not moved.sequence.unread_limits
    assert not moved.lowered.graph.blocks_enabling
    assert sent_at_the_source(account, changes) == sent_at_the_target(moved, changes)


def test_whoever_leaves_the_list_of_the_topic_at_the_target_gets_no_more_of_it() -> None:
    account = account_of({"topic_id": 1}, {**BY_KEY, "unset_receives": True}, [(True, [])])
    conditions = [lane.condition for node in Moved(account).lowered.graph.nodes for lane in node.lanes]
    assert {"conditionType": "in_list", "listId": {"$ref": "list:1"}} in conditions


@pytest.mark.parametrize(
    ("extra", "limit"),
    [
        ({"excluded_segment_ids": [3, 9]}, "excluded segment: 9"),
        ({"topic_id": 5}, "topic id: 5"),
        ({"excluded_segment_ids": "all"}, "excluded segment ids: all"),
        ({"excluded_segment_ids": [{"name": "x"}]}, "excluded segment ids"),
    ],
)
def test_what_cannot_be_said_still_holds_the_draft_back(extra: Row, limit: str) -> None:
    moved = Moved(account_of(extra, {**BY_KEY, "unset_receives": True}, [(True, [])]))
    assert any(limit in why for why in moved.lowered.graph.blocks_enabling)


def test_a_left_out_segment_that_counts_opens_anew_holds_the_draft_back() -> None:
    moved = Moved(account_of({"excluded_segment_ids": [3]}, {**BY_KEY, "unset_receives": True}, [(True, [])]))
    context = replace(moved.context, history_segments=frozenset({"3"}))
    lowered = lower_sequence(moved.sequence, context)
    assert any("excluded segment: 3" in why for why in lowered.graph.blocks_enabling)
    settled = replace(context, limits_settled=frozenset({("7", "excluded segment: 3")}))
    assert not lower_sequence(moved.sequence, settled).graph.blocks_enabling


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("tags", [[], ["reader"]])
def test_the_list_of_a_topic_holds_exactly_who_receives_it(topic: Row, answer: Any, tags: list[str]) -> None:
    account = account_of({}, topic, [(answer, tags)])
    if topic["storage"] == "tag":
        receives = bool(tags) or topic["unset_receives"]
    else:
        receives = topic["unset_receives"] if answer is None else answer is True or answer == 1
    (membership,) = Moved(account).contacts[0].lists
    assert (membership.state is ConsentState.SUBSCRIBED) == receives


SUBSCRIBER: Row = {"id": 1, "email": "ada@example.com", "is_active": True, "tags": [], "custom_data": {}}


@pytest.mark.parametrize("told", [[{"id": 1, "value": False}], {"News": False}, {"1": "false"}, {"news": 0}])
def test_a_no_that_only_the_stored_answer_tells_is_heard(told: Any) -> None:
    _, topic = read_topic({**BY_KEY, "unset_receives": True}, "1", Surprises())
    contact = read_contact({**SUBSCRIBER, "topics": told}, "1", (), [topic], Surprises())
    assert [one.state for one in contact.lists] == [ConsentState.UNSUBSCRIBED]
    assert contact.attributes["news"] is False, "the branch that asks for people without an answer leaves them out"


@pytest.mark.parametrize("told", ["odd", [1], [{"value": True}], {"News": "perhaps"}, [{"id": 1, "answer": False}]])
def test_nobody_is_on_a_list_whose_answers_cannot_be_read(told: Any) -> None:
    said = Surprises()
    _, topic = read_topic({**BY_KEY, "unset_receives": True}, "1", said)
    contact = read_contact({**SUBSCRIBER, "topics": told}, "1", (), [topic], said)
    assert not [one for one in contact.lists if one.state is ConsentState.SUBSCRIBED]
    assert said.lost()


def test_each_email_has_a_branch_of_its_own_and_the_ledger_says_so() -> None:
    extra = {"topic_id": 1, "excluded_segment_ids": [3]}
    moved = Moved(account_of(extra, {**BY_KEY, "unset_receives": False}, [(True, [])]))
    filters = [entry for entry in moved.lowered.entries if entry.kind == "email_filter"]
    assert [(entry.label, entry.verdict) for entry in filters] == [
        ("excluded segment: 3", Verdict.EXACT),
        ("topic: News", Verdict.CHANGED),
    ]
    looked = {node.origin.step_id for node in moved.lowered.graph.nodes if node.origin.part == "email_filter"}
    assert looked == {"101", "104", "106"}
