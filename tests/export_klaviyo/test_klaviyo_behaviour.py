"""Flows as Klaviyo shows them, read, lowered, built in the local Sequenzy and lived through: the same emails and
changes happen at the same moments, also where branches meet again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kl_interpreter import Walker
from kl_support import trip_in
from seq_life import Life

from adapters.kit.wire import Notes
from adapters.klaviyo.conditions import Names
from adapters.klaviyo.flows import read_flow
from adapters.klaviyo.steps import Surroundings
from migrator.model import Sequence
from migrator.model.sequences import TagAdded
from migrator.model.steps import Branch
from migrator.plan.graphs.source_graph import read_graph
from migrator.sandbox.klaviyo.account import Row
from migrator.sandbox.klaviyo.generate import generate
from migrator.sandbox.klaviyo.generate_flows import METRICS, FlowMaker
from tests.looks import looks
from tests.reference_interpreter import Person, Run

START = datetime(2026, 6, 3, 7, 12, tzinfo=UTC)
HORIZON = START + timedelta(days=40)
HALF = timedelta(seconds=30)
NAMES = Names(metrics={row["id"]: row["name"] for row in METRICS}, own={"MtRecv", "MtOpen", "MtClick"})
PATIENT = settings(max_examples=looks(25), deadline=None, suppress_health_check=list(HealthCheck))


class EveryBody:
    """Stands in for the store's HTML: which words an email holds makes no difference here."""

    def of(self, message: Row) -> Row:
        return {"html": "<p>Hello</p>"}


def sequence_of(flow: Row) -> Sequence:
    around = Surroundings(
        flow_id=flow["id"],
        status=flow["status"],
        names=NAMES,
        contents=EveryBody(),  # type: ignore[arg-type]  # only `of` is asked
        zone="Europe/Paris",
        triggers=flow["definition"]["triggers"],
    )
    found = read_flow({"attributes": flow}, around, Notes())
    # Entering by a tag is what the shared life of a person knows; what starts a flow has tests of its own.
    return msgspec.structs.replace(found, triggers=(TagAdded(tag="start"),))


def meets_again(sequence: Sequence) -> bool:
    targets = [edge.target for edge in sequence.edges]
    return len(set(targets)) < len(targets)


@st.composite
def clicks(draw: st.DrawFn) -> dict[str, timedelta]:
    spans = st.sampled_from((timedelta(minutes=37), timedelta(hours=5), timedelta(hours=30)))
    subjects = st.integers(0, 12).map(lambda place: f"Mail 0-{place}")
    return draw(st.dictionaries(subjects, spans.map(lambda span: span + HALF)))


def compared(flow: Row, properties: dict[str, Any], clicks_after: dict[str, timedelta], start: datetime) -> list[Any]:
    sequence = sequence_of(flow)
    expected = Walker(flow["definition"], start, dict(properties), clicks_after, start + (HORIZON - START)).run()
    person = Person(attributes=dict(properties), clicks_after=clicks_after)
    assert Run(sequence, person, start).to_end(start + (HORIZON - START)) == expected
    life = Life(sequence, person, start)
    life.enter_by_tag("start")
    assert life.live(start + (HORIZON - START)) == expected
    return expected


@PATIENT
@given(
    seed=st.integers(0, 10_000),
    properties=st.sampled_from(({}, {"Plan": "pro"}, {"Plan": "free"})),
    clicks_after=clicks(),
    minutes=st.integers(0, 24 * 60),
)
def test_a_flow_lives_on_as_it_was(
    seed: int, properties: dict[str, Any], clicks_after: dict[str, timedelta], minutes: int
) -> None:
    flow = FlowMaker(Random(seed)).random_flow(0)
    compared(flow, properties, clicks_after, START + timedelta(minutes=minutes))


@pytest.mark.parametrize("clicked", [True, False])
def test_two_ways_that_meet_again_are_one_way_afterwards(clicked: bool) -> None:
    flow = next(row for row in generate(1).flows if row["id"] == "FlRejoin")
    sequence = sequence_of(flow)
    assert meets_again(sequence)
    happened = compared(flow, {}, {"Click here": timedelta(hours=2, seconds=30)} if clicked else {}, START)
    subjects = [one.value for one in happened]
    assert subjects == ["Click here", *(["You clicked"] if clicked else []), "Together again"]


@pytest.mark.parametrize("plan", ["pro", "free", "other"])
def test_an_email_with_a_filter_of_its_own_is_passed_by(plan: str) -> None:
    make = FlowMaker(Random(1))
    last = make.email(None, "For all")
    some = make.email(
        last["id"],
        "For pros",
        additional_filters={
            "condition_groups": [
                {
                    "conditions": [
                        {
                            "type": "profile-property",
                            "property": "properties['Plan']",
                            "filter": {"type": "string", "operator": "equals", "value": "pro"},
                        }
                    ]
                }
            ]
        },
    )
    flow = make.flow("F1", "Filtered", {"type": "list", "id": "LsNews"}, [some, last])
    happened = compared(flow, {"Plan": plan}, {}, START)
    assert [one.value for one in happened] == (["For pros"] if plan == "pro" else []) + ["For all"]


@pytest.mark.parametrize("plan", ["pro", "free", "other"])
def test_of_many_branches_the_first_that_fits_is_taken(plan: str) -> None:
    make = FlowMaker(Random(1))
    ends = {name: make.email(None, f"To {name}") for name in ("pro", "free", "others")}
    branches = [
        {
            "branch_id": name,
            "order": order,
            "is_else": False,
            "name": name,
            "links": {"next": ends[name]["id"]},
            "branch_filter": {
                "condition_groups": [
                    {
                        "conditions": [
                            {
                                "type": "profile-property",
                                "property": "properties['Plan']",
                                "filter": {"type": "string", "operator": "equals", "value": name},
                            }
                        ]
                    }
                ]
            },
        }
        for order, name in enumerate(("pro", "free"))
    ]
    other = {"branch_id": "x", "order": 0, "is_else": True, "name": "Others", "branch_filter": None}
    split = make.action("multi-branch-split", {"name": "Plans", "branches": []}, None)
    split["links"] = None
    split["data"]["branches"] = [*branches[::-1], {**other, "links": {"next": ends["others"]["id"]}}]
    flow = make.flow("F1", "Many", {"type": "list", "id": "LsNews"}, [split, *ends.values()])
    happened = compared(flow, {"Plan": plan}, {}, START)
    assert [one.value for one in happened] == [f"To {plan if plan in ends else 'others'}"]


def test_random_flows_of_the_generator_do_meet_again() -> None:
    """Otherwise the comparison above would say less than it seems to."""
    flows = [sequence_of(FlowMaker(Random(seed)).random_flow(0)) for seed in range(60)]
    assert sum(map(meets_again, flows)) > 15
    assert sum(any(isinstance(step.action, Branch) for step in one.steps) for one in flows) > 40


def test_every_flow_of_an_account_is_a_sound_graph(tmp_path: Path) -> None:
    bundle = trip_in(tmp_path, generate(5, flows=20)).export()
    for sequence in bundle.sequences():
        sound = read_graph(sequence)
        assert sound.root == "entry"
        assert set(sound.order) == {step.id for step in sequence.steps}
        assert not sound.problems or sequence.source_id == "FlEmpty"
