"""Behaviour, not only shape: for sequences that are carried over exactly, the source's own rules and the local
Sequenzy's clock agree on which emails, tags, attributes and webhooks happen to a person, and when; and people who are
moved in the middle live on as if nothing had happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from seq_flows import TAGS, flows
from seq_life import EMAIL, Life, context_of

from mappings.verdicts import Verdict
from migrator.model import Confidence, Enrolment, EnrolmentStatus, Position, Sequence
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from migrator.plan.graphs.resume import Placed, Resuming, Standing
from tests.looks import looks
from tests.reference_interpreter import Change, Person, Run

START = datetime(2026, 6, 3, 9, 0, tzinfo=UTC)
HORIZON = START + timedelta(days=40)
HALF = timedelta(seconds=30)
"""Steps happen at whole minutes, so nothing from outside ever happens at the same moment."""
PATIENT = settings(
    max_examples=looks(12), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
OFTEN = settings(PATIENT, max_examples=400)


@st.composite
def people(draw: st.DrawFn) -> Person:
    spans = st.sampled_from((timedelta(minutes=37), timedelta(hours=5), timedelta(hours=30)))
    clicks = draw(st.dictionaries(st.integers(0, 12).map(lambda n: f"Mail {n}"), spans.map(lambda s: s + HALF)))
    moments = st.integers(1, 400).map(lambda hours: START + timedelta(hours=hours) + HALF)
    kinds = st.one_of(
        st.tuples(st.sampled_from(("tag", "untag")), st.sampled_from(TAGS)),
        st.tuples(st.just("set"), st.sampled_from(("pro", "free", "profree"))),
        st.tuples(st.just("event"), st.sampled_from(("bought", "viewed"))),
    )
    renews = st.integers(-48, 240).map(lambda hours: (START + timedelta(hours=hours)).isoformat())
    attributes = {"plan": draw(st.sampled_from((None, "pro"))), "renews": draw(st.none() | renews)}
    changes = draw(st.lists(st.tuples(moments, kinds), max_size=4, unique_by=lambda one: one[0]))
    return Person(
        tags=set(draw(st.lists(st.sampled_from(TAGS)))),
        lists=set(draw(st.sampled_from(((), ("1",))))),
        attributes={key: value for key, value in attributes.items() if value is not None},
        clicks_after=clicks,
        changes=tuple(Change(at, what, value) for at, (what, value) in changes),
    )


def exactly(sequence: Sequence) -> LoweredSequence:
    lowered = lower_sequence(sequence, context_of(sequence))
    assume(all(entry.verdict in (Verdict.EXACT, Verdict.DROPPED) for entry in lowered.entries))
    return lowered


@PATIENT
@given(flows(plain=True), people())
def test_the_same_things_happen_at_the_same_moments(sequence: Sequence, person: Person) -> None:
    check_whole_life(sequence, person)


@pytest.mark.slow
@OFTEN
@given(flows(plain=True), people())
def test_the_same_things_happen_in_many_more_lives(sequence: Sequence, person: Person) -> None:
    check_whole_life(sequence, person)


def check_whole_life(sequence: Sequence, person: Person) -> None:
    exactly(sequence)
    expected = Run(sequence, person, START).to_end(HORIZON)
    life = Life(sequence, person, START)
    life.enter_by_tag("start")
    assert expected == life.live(HORIZON)
    assert [(one.at, one.value) for one in expected if one.what == "email"] == life.mails()


@PATIENT
@given(flows(plain=True), people(), st.integers(0, 200))
def test_whoever_is_moved_in_the_middle_goes_on_as_if_nothing_had_happened(
    sequence: Sequence, person: Person, hours: int
) -> None:
    check_moved_life(sequence, person, hours)


@pytest.mark.slow
@OFTEN
@given(flows(plain=True), people(), st.integers(0, 200))
def test_many_more_people_go_on_in_the_middle(sequence: Sequence, person: Person, hours: int) -> None:
    check_moved_life(sequence, person, hours)


def check_moved_life(sequence: Sequence, person: Person, hours: int) -> None:
    lowered = exactly(sequence)
    cut = START + timedelta(hours=hours, seconds=15)
    before = Run(sequence, person, START)
    past = before.to_end(cut)
    assume(before.waiting is not None)
    assert before.waiting is not None
    step_id, until = before.waiting
    resuming = Resuming(sequence, lowered, context_of(sequence))
    placed = resuming.place(enrolment(cut, step_id, until), Standing(EMAIL, True, before.person.tags))
    moved = replace(
        before.person,
        tags={*before.person.tags, "start"},
        attributes={**before.person.attributes, **placed.attributes},
        changes=person.changes,
    )
    life = Life(sequence, moved, cut, resuming.graph())
    future = Run(sequence, person, START).to_end(HORIZON)[len(past) :]
    if placed.enrol:
        assert life.enrol() == 1
        assert future == life.live(HORIZON)
    else:
        nothing_more_is_sent(life, placed, bool(future))


def nothing_more_is_sent(life: Life, placed: Placed, more: bool) -> None:
    """Not even when the tag that starts the sequence is added anew."""
    life.target.call("POST", "/subscribers/tags/remove", {"email": EMAIL, "tag": "start"})
    life.enter_by_tag("start")
    assert placed.code in ("resume-looks-back", "resume-nothing-left")
    assert not more or placed.code == "resume-looks-back"
    assert life.live(HORIZON) == [] == life.mails()


def enrolment(cut: datetime, step_id: str, until: datetime) -> Enrolment:
    seconds = int((until - cut).total_seconds())
    return Enrolment(
        source_id="e1",
        sequence_id="7",
        contact_id="c1",
        status=EnrolmentStatus.ACTIVE,
        read_at=cut,
        position=Position(step_id=step_id, confidence=Confidence.INFERRED, remaining_seconds=seconds),
    )
