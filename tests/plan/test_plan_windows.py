"""How far back a condition on opened emails looks: never less than the way to it can take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from seq_cases import BOUGHT, OPENED, OPENED_ANY, mail, row, tree, yes_no
from seq_push import Target

from mappings.conditions import Where, lower_rule
from mappings.context import LoweringContext, Opened, survey
from mappings.verdicts import Verdict
from migrator.model import Edge, SendingWindow, Sequence, Step
from migrator.model.rules import Activity, ActivityRule, ActivityScope, Rule
from migrator.model.steps import Wait, WaitForEvent, Weekday
from migrator.plan.graphs.lower_sequence import lower_sequence
from migrator.plan.graphs.schedule import schedule

DAY = 86_400
MONDAYS = SendingWindow(start="09:00", end="10:00", timezone="UTC", days=(Weekday.MONDAY,))


def held_up(rule: Rule, window: SendingWindow | None) -> Sequence:
    """Two emails, a day between, and a look a day after the second."""
    steps = (mail("One"), Wait(seconds=DAY), mail("Two"), yes_no(rule, DAY))
    before = row(*steps, sending_window=window).sequence
    lanes = tree(yes_no(rule, DAY), ("true", [mail("Thanks")]), ("false", [mail("Still there?")])).sequence
    own = {step.id: step for step in before.steps}
    behind = [edge for edge in lanes.edges if edge.source == "102"]
    fields = {name: getattr(before, name) for name in before.__struct_fields__}
    tails = tuple(step for step in lanes.steps if step.id in ("201", "301"))
    moved = tuple(type(edge)(source="104", target=edge.target, lane=edge.lane) for edge in behind)
    return Sequence(**fields | {"steps": (*own.values(), *tails), "edges": (*before.edges, *moved)})


@pytest.mark.parametrize(("rule", "lane"), [(OPENED_ANY, "Thanks"), (OPENED, "Still there?")])
def test_an_email_opened_before_another_was_held_by_the_sending_window_still_counts(rule: Rule, lane: str) -> None:
    sequence = held_up(rule, MONDAYS)
    context = LoweringContext(sequences=survey([sequence]), opened=Opened.SEGMENT)
    lowered = lower_sequence(sequence, context)
    target = Target()
    state = target.sandbox.state
    monday = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    state.now = monday
    for key, body in lowered.segments.items():
        target.make_segment(key, body)
    target.build(lowered.graph, schedule(lowered.graph))
    path = f"/sequences/{target.ids[lowered.graph.key]}"
    email = "ada@example.com"
    target.call("POST", "/subscribers", {"email": email, "lists": [], "tags": [], "enrollInSequences": False})
    target.call("PUT", path, target.filled(lowered.graph.final_trigger, {}))
    target.call("POST", f"{path}/enable")
    target.call("POST", "/subscribers/tags", {"email": email, "tag": "trial"})
    target.call("POST", "/_sandbox/engage", {"kind": "opened", "emailSendId": state.outbox[0].id})
    target.call("POST", "/_sandbox/clock", {"to": (monday + timedelta(days=22)).isoformat()})
    assert [send.subject for send in state.outbox] == ["One", "Two", lane]
    assert state.outbox[1].sent_at >= monday + timedelta(days=6)


@pytest.mark.parametrize("opened", [Opened.ASK, Opened.SEGMENT, Opened.EVENT, Opened.CLICKED])
@pytest.mark.parametrize("rule", [OPENED, OPENED_ANY])
def test_nobody_has_opened_an_email_of_a_sequence_that_has_sent_none(rule: Rule, opened: Opened) -> None:
    """The look back must not find the emails of others: at the source everybody takes the other way."""
    sequence = row(Wait(seconds=DAY), yes_no(rule, DAY)).sequence
    tails = tuple(Step(id=name, action=mail(name)) for name in ("yes", "no"))
    ways = (Edge(source="102", target="yes", lane="true"), Edge(source="102", target="no", lane="false"))
    sequence = msgspec.structs.replace(sequence, steps=(*sequence.steps, *tails), edges=(*sequence.edges, *ways))
    context = LoweringContext(sequences=survey([sequence]), opened=opened)
    lowered = lower_sequence(sequence, context)
    assert lowered.segments == {}
    assert {entry.verdict for entry in lowered.entries if entry.step_id == "102"} == {Verdict.EXACT}
    (branch,) = [node for node in lowered.graph.nodes if node.lanes]
    assert branch.lanes[0].condition == {"conditionType": "link_clicked", "activityScope": "this_sequence"}


def test_one_certain_message_may_have_been_opened_before_the_sequence_sent_any() -> None:
    rule = ActivityRule(activity=Activity.OPENED, scope=ActivityScope.MESSAGE, message_id="7")
    found = lower_rule(rule, Where("7", None, None, mailed=False), LoweringContext())
    assert found.verdict is Verdict.MANUAL


def test_a_look_back_over_a_wait_for_an_event_counts_the_whole_days_that_are_waited() -> None:
    waits = tree(WaitForEvent(rule=BOUGHT, timeout_seconds=100_000), ("timed_out", [yes_no(OPENED, 0)])).sequence
    edges = tuple(msgspec.structs.replace(edge, lane=None) if edge.source == "102" else edge for edge in waits.edges)
    sequence = msgspec.structs.replace(waits, edges=edges)
    lowered = lower_sequence(sequence, LoweringContext(sequences=survey([sequence]), opened=Opened.SEGMENT))
    (body,) = lowered.segments.values()
    assert body["root"]["children"][0]["value"] == "49h"
