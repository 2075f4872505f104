"""Between sequences: handing people over, several triggers, leaving. End states in the local Sequenzy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from seq_cases import mail, row
from seq_push import Target

from mappings.context import LoweringContext, survey
from migrator.model import ExitRule, ReEntry, Sequence
from migrator.model.rules import Activity, ActivityRule, TagRule
from migrator.model.sequences import EventReceived, ListJoined, SegmentEntered, TagAdded
from migrator.model.steps import MoveToSequence, Wait
from migrator.plan.graphs.lower_sequence import lower_sequence
from migrator.plan.graphs.schedule import schedule

START = datetime(2026, 6, 3, 9, 0, tzinfo=UTC)
EMAIL = "ada@example.com"


class Account:
    """Several sequences, built and enabled with their natural triggers, and one contact."""

    def __init__(self, *sequences: Sequence, tags: tuple[str, ...] = ()) -> None:
        self.target = Target()
        self.target.sandbox.state.now = START
        self.target.make_list("list:1", "News")
        leaf = {"id": "f", "kind": "filter", "field": "tag", "operator": "contains", "value": "warm"}
        self.target.make_segment("segment:3", {"name": "Warm", "filters": [leaf]})
        context = LoweringContext(
            sequences=survey(sequences), lists={"1": "list:1"}, segments={"3": "segment:3"}, marker="m"
        )
        person = {"email": EMAIL, "tags": list(tags), "lists": [], "enrollInSequences": False}
        self.target.call("POST", "/subscribers", person)
        for sequence in sequences:
            lowered = lower_sequence(sequence, context)
            for graph in (lowered.graph, *lowered.feeders):
                self.target.build(graph, schedule(graph))
                path = f"/sequences/{self.target.ids[graph.key]}"
                self.target.call("PUT", path, self.target.filled(graph.final_trigger, {}))
                self.target.call("POST", f"{path}/enable")

    def tag(self, tag: str) -> None:
        self.target.call("POST", "/subscribers/tags", {"email": EMAIL, "tag": tag})

    def untag(self, tag: str) -> None:
        self.target.call("POST", "/subscribers/tags/remove", {"email": EMAIL, "tag": tag})

    def event(self, name: str) -> None:
        self.target.call("POST", "/subscribers/events", {"email": EMAIL, "event": name})

    def join(self) -> None:
        path = f"/lists/{self.target.ids['list:1']}/subscribers"
        self.target.call("POST", path, {"emails": [EMAIL], "enrollInSequences": True})

    def days(self, number: int) -> list[str]:
        self.target.call("POST", "/_sandbox/clock", {"advance": f"{number}d"})
        return [send.subject for send in self.target.sandbox.state.outbox]


def sequence(source_id: str, *actions: Any, **fields: Any) -> Sequence:
    made = row(*actions, **fields).sequence
    return Sequence(
        **{name: getattr(made, name) for name in made.__struct_fields__}
        | {"source_id": source_id, "name": f"S{source_id}"}
    )


def keeps(tag: str) -> tuple[TagAdded, ...]:
    return (TagAdded(tag=tag, leaves_when_removed=True),)


WELCOME = sequence("1", mail("Welcome"), MoveToSequence(sequence_id="2"), mail("Never"), triggers=keeps("new"))


@pytest.mark.parametrize("tags", [(), ("trial",), ("mig-start-s2",), ("trial", "mig-start-s2")])
def test_whoever_is_moved_gets_the_other_sequence_once_whatever_tags_they_have(tags: tuple[str, ...]) -> None:
    other = sequence("2", mail("Trial 1"), Wait(seconds=86_400), mail("Trial 2"), triggers=keeps("trial"))
    account = Account(WELCOME, other, tags=tags)
    account.tag("new")
    assert account.days(5) == ["Welcome", "Trial 1", "Trial 2"]


def test_whoever_is_moved_to_a_sequence_without_a_trigger_gets_it_once() -> None:
    account = Account(WELCOME, sequence("2", mail("Two"), triggers=()))
    account.tag("new")
    assert account.days(5) == ["Welcome", "Two"]


def test_a_second_move_starts_again_only_where_people_may_return() -> None:
    for again, expected in ((ReEntry.AFTER_COMPLETION, 2), (ReEntry.ONCE, 1)):
        other = sequence("2", mail("Two"), triggers=(), re_entry=again)
        first = sequence("1", MoveToSequence(sequence_id="2"), triggers=keeps("new"), re_entry=ReEntry.AFTER_COMPLETION)
        account = Account(first, other)
        for _ in range(2):
            account.tag("new")
            account.days(1)
            account.untag("new")
        assert account.days(1).count("Two") == expected


def test_whoever_loses_the_tag_is_sent_nothing_more() -> None:
    account = Account(sequence("1", mail("One"), Wait(seconds=172_800), mail("Two"), triggers=keeps("new")))
    account.tag("new")
    assert account.days(1) == ["One"]
    account.untag("new")
    assert account.days(9) == ["One"]


@pytest.mark.parametrize("how", ["tag", "event", "list", "segment"])
def test_each_of_several_triggers_starts_the_sequence_once(how: str) -> None:
    triggers = (
        *keeps("new"),
        EventReceived(event_name="bought"),
        ListJoined(list_id="1"),
        SegmentEntered(segment_id="3"),
    )
    account = Account(sequence("1", mail("One"), Wait(seconds=172_800), mail("Two"), triggers=triggers))
    match how:
        case "tag":
            account.tag("new")
        case "event":
            account.event("bought")
        case "list":
            account.join()
        case _:
            account.tag("warm")
    assert account.days(5) == ["One", "Two"]


def test_all_triggers_together_still_start_it_once() -> None:
    triggers = (*keeps("new"), EventReceived(event_name="bought"), ListJoined(list_id="1"))
    account = Account(sequence("1", mail("One"), Wait(seconds=86_400), mail("Two"), triggers=triggers))
    account.tag("new")
    account.event("bought")
    account.join()
    assert account.days(5) == ["One", "Two"]


def test_a_second_rule_for_leaving_stops_the_next_email() -> None:
    rules = (
        ExitRule(rule=ActivityRule(activity=Activity.EVENT, event_name="bought")),
        ExitRule(rule=TagRule(tag="stop")),
    )
    steps = (mail("One"), Wait(seconds=86_400), mail("Two"))
    for leave in ("event", "tag", "nothing"):
        account = Account(sequence("1", *steps, triggers=(TagAdded(tag="new"),), exit_rules=rules))
        account.tag("new")
        account.target.call("POST", "/_sandbox/clock", {"advance": "2h"})
        if leave == "event":
            account.event("bought")
        elif leave == "tag":
            account.tag("stop")
        assert account.days(5) == (["One", "Two"] if leave == "nothing" else ["One"])


def test_a_stand_in_lets_nobody_through_even_when_it_is_enabled() -> None:
    account = Account(sequence("1", mail("One"), Wait(), mail("Two"), triggers=(TagAdded(tag="new"),)))
    account.tag("new")
    assert account.days(30) == ["One"]


def test_a_sequence_says_which_others_it_starts() -> None:
    other = sequence("2", mail("Two"), triggers=())
    context = LoweringContext(sequences=survey((WELCOME, other)))
    assert lower_sequence(WELCOME, context).graph.hands_over_to == ("sequence:2",)
    fed = sequence("3", Wait(), triggers=(*keeps("new"), EventReceived(event_name="bought")))
    lowered = lower_sequence(fed, context)
    (feeder,) = lowered.feeders
    assert feeder.hands_over_to == ("sequence:3",)
    assert bool(feeder.blocks_enabling) == bool(lowered.graph.blocks_enabling) is True
