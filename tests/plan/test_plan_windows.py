"""How far back a condition on opened emails looks: never less than the way to it can take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from seq_cases import OPENED, OPENED_ANY, mail, row, tree, yes_no
from seq_push import Target

from mappings.context import LoweringContext, Opened, survey
from migrator.model import SendingWindow, Sequence
from migrator.model.rules import Rule
from migrator.model.steps import Wait, Weekday
from migrator.plan.lower_sequence import lower_sequence
from migrator.plan.schedule import schedule

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
