"""Actions of kinds that nobody knows: whatever they lead to is kept, and whoever comes to one of them stops there."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_klaviyo_behaviour import sequence_of

from mappings.context import LoweringContext, survey
from mappings.verdicts import Verdict
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from migrator.sandbox.klaviyo.generate_flows import FlowMaker
from tests.looks import looks

FALSE_REASONS = {"unreachable", "lane-nobody-takes", "behind-the-end"}


def lowered(actions: list[dict[str, Any]]) -> LoweredSequence:
    flow = FlowMaker(Random(1)).flow("F", "F", {"type": "list", "id": "LsNews"}, actions)
    sequence = sequence_of(flow)
    return lower_sequence(sequence, LoweringContext(sequences=survey([sequence])))


def codes(found: LoweredSequence) -> dict[str | None, set[str]]:
    return {entry.step_id: {one.code for one in entry.findings} for entry in found.entries if entry.kind == "step"}


def reached_without_a_tag(found: LoweredSequence) -> set[str | None]:
    """The steps whose nodes a person meets who carries no tag: the lanes of a stand-in are closed to them."""
    nodes = {node.key: node for node in found.graph.nodes}
    seen, todo = set[str](), ["start"]
    while todo:
        key = todo.pop()
        seen.add(key)
        held = key in nodes and nodes[key].origin.part == "stand_in"
        todo += [
            edge.target
            for edge in found.graph.edges
            if edge.source == key and edge.target not in seen and not (held and edge.lane != "else")
        ]
    return {nodes[key].origin.step_id for key in seen if key in nodes}


SHAPES: dict[str, Any] = {
    "named like a split": lambda yes, no: {"links": {"next_if_true": yes, "next_if_false": no}},
    "under any word": lambda yes, no: {"links": {"when_done": yes, "otherwise": no}},
    "in a list": lambda yes, no: {"links": {"outputs": [yes, no]}},
    "in a list of objects": lambda yes, no: {"links": {"outputs": [{"to": yes}, {"to": no}]}},
    "in an object": lambda yes, no: {"links": {"outputs": {"success": yes, "failure": {"next": no}}}},
    "as keys": lambda yes, no: {"links": {"outputs": {yes: "success", no: "failure"}}},
    "outside the links": lambda yes, no: {"links": {"next": yes}, "data": {"fallback": {"target": no}}},
    "beside the data": lambda yes, no: {"links": None, "ways": [{"id": yes}, {"id": no}]},
    "as numbers": lambda yes, no: {"links": {"outputs": [int(yes), int(no)]}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_an_unknown_action_leads_to_is_kept_and_nobody_passes_it(shape: str) -> None:
    make = FlowMaker(Random(1))
    last, yes = make.email(None, "Last"), make.email(None, "Yes")
    no = make.delay(last["id"])
    strange = {"id": make.new_id(), "type": "action-output-split", "data": {}, **SHAPES[shape](yes["id"], no["id"])}
    found = lowered([strange, last, yes, no])
    said = codes(found)
    assert not any(said[action["id"]] & FALSE_REASONS for action in (yes, no, last))
    assert {node.origin.step_id for node in found.graph.nodes} >= {yes["id"], no["id"], last["id"]}
    assert found.graph.blocks_enabling
    assert not reached_without_a_tag(found) & {yes["id"], no["id"], last["id"]}


def test_a_known_action_with_a_link_that_nobody_knows_lets_nobody_past_it() -> None:
    make = FlowMaker(Random(1))
    usual, odd = make.email(None, "Usual"), make.email(None, "Odd")
    first = make.delay(usual["id"])
    first["links"]["next_if_late"] = odd["id"]
    split = make.split(first["id"], None, {"condition_groups": []})
    split["links"]["next_if_unknown"] = odd["id"]
    found = lowered([split, first, usual, odd])
    assert not any(words & FALSE_REASONS for words in codes(found).values())
    assert not reached_without_a_tag(found) & {usual["id"], odd["id"]}


def test_a_link_to_an_action_that_is_not_there_leaves_no_step_called_unreached() -> None:
    make = FlowMaker(Random(1))
    lost = make.email(None, "Behind what is missing")
    found = lowered([make.email("90000999", "First"), lost])
    assert codes(found)[lost["id"]] == {"orphan"}
    assert next(entry for entry in found.entries if entry.step_id == lost["id"]).verdict is Verdict.MANUAL


@settings(max_examples=looks(40), deadline=None)
@given(st.data())
def test_no_step_that_the_flow_leads_to_is_lost_whatever_kinds_stand_between(data: st.DataObject) -> None:
    make = FlowMaker(Random(1))
    size = data.draw(st.integers(2, 8))
    ids = [make.new_id() for _ in range(size)]
    actions: list[dict[str, Any]] = []
    leads: dict[str, set[str]] = {}
    for place, own in enumerate(ids):
        later = st.sampled_from(ids[place + 1 :]) if place + 1 < size else st.none()
        kind = data.draw(st.sampled_from(("strange", "email", "wait", "split")))
        if kind == "strange":
            yes, no = data.draw(later), data.draw(later)
            action = {"id": own, "type": data.draw(st.sampled_from(("action-output-split", "code", "x y", None)))}
            told = SHAPES[data.draw(st.sampled_from(sorted(SHAPES)))](yes, no) if yes and no else {"links": {}}
            actions.append({**action, **told})
            leads[own] = {yes, no}
        elif kind == "split":
            yes, no = data.draw(later), data.draw(later)
            actions.append(make.split(yes, no, {"condition_groups": []}, own))
            leads[own] = {yes, no}
        else:
            following = data.draw(later)
            made = (
                make.email(following, own, action_id=own) if kind == "email" else make.delay(following, action_id=own)
            )
            actions.append(made)
            leads[own] = {following}
    reached, todo = {ids[0]}, [ids[0]]
    while todo:
        new = {target for target in leads[todo.pop()] if target is not None} - reached
        reached |= new
        todo += new
    found = lowered(actions)
    said = codes(found)
    assert not [own for own in reached if said[own] & FALSE_REASONS]
    strange = {action["id"] for action in actions if "type" not in action or action["type"] in ("code", "x y", None)}
    strange |= {action["id"] for action in actions if action["type"] == "action-output-split"}
    assert bool(found.graph.blocks_enabling) >= bool(strange & reached)
