"""What the contract says of a call and a row of emails never shows: what is refused, ignored or done by default."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from seq_cases import mail, row
from test_plan_laws import context_for, target

from mappings.context import LoweringContext
from mappings.segment_leaves import Unsupported, leaf_of
from mappings.tags import lower_tag
from mappings.target import NodeKind
from mappings.verdicts import Lowered
from mappings.webhooks import lower_webhook
from migrator.model import EmailContent, Enrolment, Sequence
from migrator.model.enrolments import Confidence, EnrolmentStatus, Position
from migrator.model.rules import Activity, ActivityRule, ActivityScope
from migrator.model.sequences import EventReceived, Inactivity, ListJoined, SegmentEntered, TagAdded
from migrator.model.steps import CallWebhook, PastDate, SendEmail, SetAttribute, Wait, WaitUntilDate
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from migrator.plan.graphs.resume import Resuming, Standing
from migrator.plan.graphs.schedule import schedule

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
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


def called(call: CallWebhook, **context: Any) -> tuple[dict[str, Any] | None, set[str]]:
    """The step's config as it is sent, and what is said about it."""
    made = lower_webhook(call, "7/101", "steps.x", LoweringContext(**context))
    config = None if made.value is None else made.value.parts[0].body["config"]  # type: ignore[union-attr]
    return config, {finding.code for finding in made.findings}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_call_without_a_body_does_not_begin_to_carry_what_is_known_of_a_person(method: str) -> None:
    """Sequenzy sends the contact and the sequence where no body is given; the receiver never got those."""
    config, said = called(CallWebhook(url="https://crm.test/x", method=method))
    assert config is not None
    assert json.loads(config["body"]) == {}
    assert "webhook-empty" in said


def test_a_body_that_would_not_be_sent_is_named() -> None:
    config, said = called(CallWebhook(url="https://crm.test/x", method="DELETE", body='{"id": 1}'))
    assert config is not None
    assert "body" not in config
    assert "webhook-body-left" in said
    assert called(CallWebhook(url="https://crm.test/x", method="GET"))[1] == set()


@pytest.mark.parametrize("body", ['{"n": NaN}', '{"n": Infinity}', '{"n": {{ id }}}'])
def test_a_body_that_is_not_json_as_it_is_written_is_a_question(body: str) -> None:
    assert called(CallWebhook(url="https://crm.test/x", method="POST", body=body)) == (None, {"webhook-body"})


def test_a_translated_tag_does_not_break_the_json_around_it() -> None:
    def quoting(text: str, where: str) -> Lowered[str]:
        return Lowered(value=text.replace("{{ name }}", '{{FIRST_NAME|"friend"}}'))

    call = CallWebhook(url="https://crm.test/x", method="POST", body='{"name": "{{ name }}"}')
    assert called(call, translate=quoting) == (None, {"webhook-body"})


@pytest.mark.parametrize("value", ["{{ event.plan }}", "{{name}}", "{% if x %}1{% endif %}", "{pro}"])
def test_an_attribute_whose_value_has_a_tag_is_a_question(value: str) -> None:
    """Sequenzy takes a text that is one merge tag for the value of that tag, and knows none of the source's."""
    graph = lowered(row(SetAttribute(key="plan", value=value), mail("Two")).sequence).graph
    assert graph.blocks_enabling
    assert all(node.kind is not NodeKind.UPDATE_ATTRIBUTES for node in graph.nodes)
    assert lowered(row(SetAttribute(key="plan", value="pro, 100%"), mail("Two")).sequence).graph.blocks_enabling == ()


def test_no_email_is_left_out_because_of_a_cap_that_the_source_does_not_have() -> None:
    """Whether a sequence obeys the account's frequency cap is said, for no document says what holds when it is not."""
    plain = lowered(row(mail("One"), triggers=(TagAdded(tag="a"), ListJoined(list_id="1"))).sequence)
    assert [graph.settings["frequencyCapEnabled"] for graph in (plain.graph, *plain.feeders)] == [False, False]


@pytest.mark.parametrize("more", [(), (TagAdded(tag="a"),)])
def test_nobody_is_taken_out_of_a_sequence_whose_source_does_not_watch_the_segment(more: tuple[Any, ...]) -> None:
    made = lowered(row(mail("One"), triggers=(SegmentEntered(segment_id="3"), *more)).sequence)
    triggers = [graph.final_trigger for graph in (made.graph, *made.feeders)]
    (watching,) = [one for one in triggers if one["trigger"] == "segment_entered"]
    assert watching["stopOnSegmentExit"] is False


def test_a_tag_that_sequenzy_gives_and_takes_by_itself_is_named() -> None:
    """It may start a sequence for people whom the source never tagged, or take away what keeps them in one."""
    assert [finding.code for finding in lower_tag("Trial", {}).findings] == ["tag-of-theirs"]
    assert lower_tag("trial", {"trial": "trial-2025"}).findings[0].code == "tag-renamed"
    assert lower_tag("trials", {}).findings == ()


@pytest.mark.parametrize(
    ("seconds", "written"), [(None, "bought:all"), (86_400, "bought:1d"), (14 * 86_400, "bought:14d")]
)
def test_how_long_ago_an_event_may_be_is_written_in_days_as_the_documents_do(seconds: int | None, written: str) -> None:
    """Hours are documented for what people do with emails, not for events."""
    assert leaf_of(bought(seconds), LoweringContext()).value == written


def test_an_event_within_hours_is_not_made_a_segment() -> None:
    with pytest.raises(Unsupported):
        leaf_of(bought(36 * 3600), LoweringContext())


def bought(seconds: int | None) -> ActivityRule:
    return ActivityRule(activity=Activity.EVENT, event_name="bought", scope=ActivityScope.ANY, within_seconds=seconds)


BOOKED = "<p>Your stay in {{event.city}}</p>"
ORDER = SendEmail(content=EmailContent(subject="Booked", body=BOOKED))
KIND = SendEmail(content=EmailContent(subject="Booked", body="<p>In {{event.city|your city}}, {event.city}</p>"))


@pytest.mark.parametrize(("email", "held"), [(ORDER, True), (KIND, False)])
def test_an_email_with_a_hole_is_not_sent_to_whoever_a_small_sequence_lets_in(email: SendEmail, held: bool) -> None:
    several = lowered(row(email, triggers=(*EVENT, TagAdded(tag="a"))).sequence)
    assert bool(several.graph.blocks_enabling) is held
    assert lowered(row(email, triggers=EVENT).sequence).graph.blocks_enabling == ()


@pytest.mark.parametrize(("email", "code"), [(ORDER, "resume-event"), (KIND, "resume-lane")])
def test_whoever_waits_in_front_of_an_email_that_prints_their_event_is_not_sent_a_hole(
    email: SendEmail, code: str
) -> None:
    """Who is put in has no event: Sequenzy would print nothing."""
    booked = row(mail("Thanks"), Wait(seconds=86_400), email, triggers=EVENT).sequence
    position = Position(step_id="102", confidence=Confidence.EXACT, remaining_seconds=3600)
    standing = Enrolment(
        source_id="1", contact_id="1", sequence_id="7", status=EnrolmentStatus.ACTIVE, position=position, read_at=NOW
    )
    placed = Resuming(booked, lowered(booked), context_for(booked)).place(standing, Standing("a@example.com", True))
    assert (placed.code, placed.enrol) == (code, code == "resume-lane")
