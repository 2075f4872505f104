"""Whatever a source leads on to is kept: no way on is dropped because nobody can say who takes it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_plan_laws import check_calls, check_nodes, check_sums

from adapters.broadcast.sequences import read_sequence
from adapters.broadcast.steps import Templates
from adapters.broadcast.surprises import Surprises
from mappings.context import LoweringContext, survey
from mappings.verdicts import Verdict
from migrator.model import Edge, EmailContent, Lane, Sequence, Step
from migrator.model.rules import TagRule
from migrator.model.steps import Branch, Exit, Opaque, RandomSplit, SendEmail, Wait
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from tests.looks import looks

FALSE_REASONS = {"unreachable", "lane-nobody-takes", "behind-the-end"}
KINDS: dict[str, Any] = {
    "unknown": Opaque(action="dance"),
    "email": SendEmail(content=EmailContent(subject="Hi", body="<p>Hi</p>")),
    "wait": Wait(seconds=3600),
    "branch": Branch(lanes=(Lane(key="yes", rule=TagRule(tag="vip")), Lane(key="no"))),
    "split": RandomSplit(lanes=(Lane(key="a", weight=50.0), Lane(key="b", weight=50.0))),
}
LANES = (None, "yes", "no", "a", "b", "perhaps", "")


def lower(sequence: Sequence) -> LoweredSequence:
    return lower_sequence(sequence, LoweringContext(sequences=survey([sequence]), marker="mig-test"))


def said(found: LoweredSequence) -> dict[str | None, set[str]]:
    return {entry.step_id: {one.code for one in entry.findings} for entry in found.entries if entry.kind == "step"}


@st.composite
def graphs(draw: st.DrawFn) -> Sequence:
    size = draw(st.integers(2, 7))
    ids = [str(100 + number) for number in range(size)]
    steps = [Step(id=one, action=KINDS[draw(st.sampled_from(sorted(KINDS)))]) for one in ids]
    edges = [Edge(source=ids[0], target=ids[1], lane=draw(st.sampled_from(LANES)))]
    for place in range(2, size):
        sources = draw(st.lists(st.sampled_from(ids[:place]), min_size=1, max_size=3, unique=True))
        edges += [Edge(source=one, target=ids[place], lane=draw(st.sampled_from(LANES))) for one in sources]
    return Sequence(source_id="7", name="Any", steps=tuple(steps), edges=tuple(draw(st.permutations(edges))))


@settings(max_examples=looks(60), deadline=None)
@given(graphs())
def test_every_step_that_the_source_leads_to_is_kept_or_held(sequence: Sequence) -> None:
    found = lower(sequence)
    # Each step has a way from the first one, whatever its lane is called.
    assert not {step_id: codes for step_id, codes in said(found).items() if codes & FALSE_REASONS}
    kept = {node.origin.step_id for node in found.graph.nodes}
    manual = {entry.step_id for entry in found.entries if entry.verdict is Verdict.MANUAL}
    assert {step.id for step in sequence.steps} <= kept | manual
    check_sums(sequence, found)
    check_nodes(sequence, found)
    check_calls(found)


def test_a_step_behind_the_end_is_said_to_stand_behind_it() -> None:
    steps = (Step(id="1", action=Exit()), Step(id="2", action=KINDS["email"]), Step(id="3", action=KINDS["email"]))
    edges = (Edge(source="1", target="2"), Edge(source="2", target="3"))
    codes = said(lower(Sequence(source_id="7", name="Any", steps=steps, edges=edges)))
    assert codes["2"] == codes["3"] == {"behind-the-end"}


# Broadcast -------------------------------------------------------------------------------------------------------


def row(number: int, parent: int | None, action: str = "send_email", **told: Any) -> dict[str, Any]:
    mail = {"subject": "Hi", "body": "<p>Hi</p>"} if action == "send_email" else {}
    return {"id": number, "action": action, "parent_id": parent, **mail, **told}


@pytest.mark.parametrize(
    "told",
    [
        {"next_step_id": 4, "else_step_id": 5},
        {"outputs": ["4", "5"]},
        {"outputs": [{"step": 4}, {"step": {"id": 5}}]},
        {"routes": {"4": "a", "5": "b"}},
    ],
)
def test_what_an_unknown_row_of_a_tree_names_is_kept_behind_it(told: dict[str, Any]) -> None:
    rows = [row(1, None, "entry_point"), row(2, 1, "weighted_split", **told), row(3, 2), row(4, None), row(5, None)]
    sequence = read_sequence({"id": 7, "label": "T", "init_tag": "x"}, "7", rows, Templates({}), Surprises())
    found = lower(sequence)
    assert not any(codes & FALSE_REASONS for codes in said(found).values())
    assert {node.origin.step_id for node in found.graph.nodes} >= {"2", "3", "4", "5"}
    assert found.graph.blocks_enabling


def test_a_second_step_on_one_side_of_a_condition_is_held_with_the_first() -> None:
    condition = row(2, 1, "condition", condition_setting="any_email_clicked", delay=3600)
    rows = [row(1, None, "entry_point"), condition, row(3, 2, true_branch=True), row(4, 2, true_branch=True)]
    sequence = read_sequence({"id": 7, "label": "T", "init_tag": "x"}, "7", rows, Templates({}), Surprises())
    found = lower(sequence)
    assert said(found)["2"] >= {"fork"}
    assert not any(codes & FALSE_REASONS for codes in said(found).values())
    assert {node.origin.step_id for node in found.graph.nodes} >= {"3", "4"}
