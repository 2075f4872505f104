"""Whatever a definition holds in whatever place, reading it ends with a sequence: nothing raises, nothing is made up,
and no unreadable part becomes a permission to send."""

from __future__ import annotations

import copy
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from seq_life import context_of
from test_klaviyo_behaviour import NAMES, EveryBody

from adapters.kit.wire import Notes
from adapters.klaviyo.contacts import read_contact, read_suppressions
from adapters.klaviyo.flows import read_flow
from adapters.klaviyo.resources import read_campaign, read_segment
from adapters.klaviyo.steps import Surroundings
from migrator.model import Contact, Segment, Sequence
from migrator.model.consent import Reach
from migrator.plan.graphs.lower_sequence import lower_sequence
from migrator.sandbox.klaviyo.generate import generate
from tests.looks import looks

ACCOUNT = generate(24, flows=6)
JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.just([]),
    st.just({}),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(
        ["live", "list", "equals", "90000001", "profile", "09:00:00", "25:99", "alltime", "properties['x']"]
    ),
)


def spoiled(draw: st.DrawFn, value: Any, times: int) -> Any:
    """The same with some of its places filled otherwise or gone."""
    value = copy.deepcopy(value)
    rng = Random(draw(st.integers(0, 2**32)))
    for _ in range(times):
        here, path = value, []
        while isinstance(here, dict | list) and here and (not path or rng.random() < 0.85):
            key = rng.choice(list(here) if isinstance(here, dict) else range(len(here)))
            path.append((here, key))
            here = here[key]
        if not path:
            continue
        holder, key = path[-1]
        if draw(st.booleans()) and isinstance(holder, dict):
            del holder[key]
        else:
            holder[key] = draw(JUNK)
    return value


@st.composite
def flows(draw: st.DrawFn) -> Any:
    return spoiled(draw, draw(st.sampled_from(ACCOUNT.flows)), draw(st.integers(0, 4)))


@st.composite
def profiles(draw: st.DrawFn) -> Any:
    person = draw(st.sampled_from(ACCOUNT.profiles))
    return spoiled(draw, {**person.attributes, "subscriptions": person.subscriptions}, draw(st.integers(0, 4)))


def read(flow: Any) -> Sequence:
    definition = flow.get("definition")
    around = Surroundings(
        flow_id="F",
        status=str(flow.get("status")),
        names=NAMES,
        contents=EveryBody(),  # type: ignore[arg-type]  # only `of` is asked
        zone="Europe/Paris",
        triggers=definition.get("triggers") if isinstance(definition, dict) else None,
        tag_keys=("Shop Tags",),
    )
    return read_flow({"attributes": flow}, around, Notes())


@given(flows())
@settings(max_examples=looks(150), deadline=None)
def test_any_definition_ends_as_a_sequence_that_can_be_written_and_planned(flow: Any) -> None:
    sequence = read(flow)
    assert msgspec.json.decode(msgspec.json.encode(sequence), type=Sequence) == sequence
    lowered = lower_sequence(sequence, context_of(sequence))
    assert lowered.entries
    assert lowered.graph.trigger == {"trigger": "manual"}


@given(profiles())
@settings(max_examples=looks(150), deadline=None)
def test_any_profile_ends_as_a_contact_and_only_a_clear_yes_is_one(told: Any) -> None:
    contact = read_contact({"attributes": told}, "1", {}, ("Shop Tags",))
    assert msgspec.json.decode(msgspec.json.encode(contact), type=Contact) == contact
    assert all(entry.email == contact.email for entry in read_suppressions({"attributes": told}, "1"))
    if contact.consent.state.reach is Reach.MARKETING:
        assert told["subscriptions"]["email"]["marketing"]["consent"].upper() == "SUBSCRIBED"


@given(st.data())
@settings(max_examples=looks(100), deadline=None)
def test_any_segment_and_campaign_can_be_read(data: st.DataObject) -> None:
    @st.composite
    def row_of(draw: st.DrawFn, rows: list[Any]) -> Any:
        return spoiled(draw, draw(st.sampled_from(rows)), 3)

    segment = read_segment({"attributes": data.draw(row_of(ACCOUNT.segments))}, "S", NAMES, None)
    assert msgspec.json.decode(msgspec.json.encode(segment), type=Segment) == segment
    read_campaign({"attributes": data.draw(row_of(ACCOUNT.campaigns))}, "C", data.draw(row_of([{"data": []}])), NAMES)
