"""What the contract says of a call and a row of emails never shows: what is refused, ignored or done by default."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from seq_cases import mail, row
from test_plan_laws import context_for, target

from migrator.model import Sequence
from migrator.model.sequences import EventReceived, Inactivity
from migrator.model.steps import PastDate, WaitUntilDate
from migrator.plan.lower_sequence import LoweredSequence, lower_sequence
from migrator.plan.schedule import schedule

EVENT = (EventReceived(event_name="booked"),)
STAY = WaitUntilDate(key="stay.start", from_event=True, when_missing=PastDate.EXIT, when_past=PastDate.EXIT)


def lowered(sequence: Sequence) -> LoweredSequence:
    return lower_sequence(sequence, context_for(sequence))


def test_a_sequence_that_waits_for_a_date_of_its_event_can_be_enabled() -> None:
    """`migrate enable` asks whether the draft is ready before it changes anything about it, and such a wait is
    nothing under another trigger."""
    graph = lowered(row(mail("Booked"), STAY, mail("Have a nice stay"), triggers=EVENT).sequence).graph
    made = target()
    made.build(graph, schedule(graph))
    draft = made.ids[graph.key]
    assert made.read(draft)["effectiveStatus"] == "draft"
    assert made.call("GET", f"/sequences/{draft}/simulate")["readiness"]["errors"] == []
    made.call("PUT", f"/sequences/{draft}", graph.final_trigger)
    made.call("POST", f"/sequences/{draft}/enable")
    start = made.sandbox.state.now
    date = (start + timedelta(days=3)).isoformat()
    event = {"email": "ann@example.com", "event": "booked", "properties": {"stay": {"start": date}}}
    made.call("POST", "/subscribers/events", event)
    made.call("POST", "/_sandbox/clock", {"advance": "5d"})
    sent = [(one.subject, (one.sent_at - start).days) for one in made.sandbox.state.outbox]
    assert sent == [("Booked", 0), ("Have a nice stay", 3)]


def test_a_start_after_silence_is_held_back_because_the_silence_at_the_source_is_not_known() -> None:
    """Sequenzy counts from the events that it knows itself: whoever has been through at the source, or logged in
    there yesterday, would be mailed all the same."""
    silence = row(mail("We miss you"), triggers=(Inactivity(event_name="login", days=30),)).sequence
    assert lowered(silence).graph.blocks_enabling
    settled = replace(context_for(silence), silences_settled=frozenset({(silence.source_id, "login")}))
    assert lower_sequence(silence, settled).graph.blocks_enabling == ()
