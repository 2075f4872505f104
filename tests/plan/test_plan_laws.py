"""Laws of the lowering, for any sequence: every construct has one verdict, every node an origin, every body is one the
official client knows, and the local Sequenzy takes every call and holds exactly the planned graph afterwards."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seq_flows import LISTS, SEGMENTS, flows
from seq_push import Target, wanted_shape

from mappings.context import LoweringContext, Opened, survey
from mappings.target import NodeKind
from mappings.verdicts import Verdict
from migrator.model import Sequence
from migrator.model.sequences import TagAdded
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from migrator.plan.graphs.schedule import schedule
from migrator.plan.graphs.sequence_ledger import found_in
from tests.looks import looks
from tests.sdk_types import create_faults, segment_faults, update_faults
from tests.strategies import sequences

OTHERS = (
    Sequence(source_id="8", name="Onboarding", triggers=(TagAdded(tag="on board", leaves_when_removed=True),)),
    Sequence(source_id="9", name="Winback"),
)
QUICK = settings(max_examples=looks(15), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def context_for(sequence: Sequence, opened: Opened = Opened.ASK) -> LoweringContext:
    known = survey((sequence, *(other for other in OTHERS if other.source_id != sequence.source_id)))
    return LoweringContext(sequences=known, lists=LISTS, segments=SEGMENTS, marker="mig-test", opened=opened)


def target() -> Target:
    made = Target()
    made.make_list("list:1", "News")
    made.make_segment("segment:3", {"name": "Warm", "filters": [{"id": "f", "kind": "filter", **FILTER}]})
    return made


FILTER = {"field": "tag", "operator": "contains", "value": "warm"}


def check_sums(sequence: Sequence, lowered: LoweredSequence) -> None:
    by_kind = Counter(entry.kind for entry in lowered.entries)
    assert {kind: number for kind, number in found_in(sequence).items() if number} == by_kind
    ids = [(entry.kind, entry.id) for entry in lowered.entries]
    assert len(ids) == len(set(ids))
    for entry in lowered.entries:
        graves = [finding.verdict.weight for finding in entry.findings]
        assert entry.verdict.weight == max(graves, default=0)


def check_nodes(sequence: Sequence, lowered: LoweredSequence) -> None:
    steps = {step.id for step in sequence.steps}
    for graph in (lowered.graph, *lowered.feeders):
        for node in graph.nodes:
            parts = {"entry_filter", "feeder", "exit_rule"}
            assert node.origin.step_id in steps if node.origin.step_id is not None else node.origin.part in parts
        manual = [
            entry
            for entry in lowered.entries
            if entry.verdict is Verdict.MANUAL and entry.kind in ("step", "entry_filter")
        ]
        reached = [entry for entry in manual if entry.target]
        assert not reached or lowered.graph.blocks_enabling


def check_targets(lowered: LoweredSequence) -> None:
    """Whatever is said to be carried over has a place in the plan, or left nothing to do."""
    known = {node.key for node in lowered.graph.nodes} | {"end"}
    for entry in lowered.entries:
        if entry.kind == "step" and entry.verdict in (Verdict.EXACT, Verdict.CHANGED):
            assert entry.target
            assert set(entry.target) <= known


def check_calls(lowered: LoweredSequence) -> None:
    made = target()
    for key, body in lowered.segments.items():
        assert segment_faults(body) == []
        made.make_segment(key, body)
    for graph in (*lowered.feeders, lowered.graph):
        calls = schedule(graph)
        for call in calls:
            assert (create_faults if call.kind == "create" else update_faults)(call.body) == []
        nodes = made.build(graph, calls)
        kinds, edges = made.shape(graph, nodes)
        wanted_kinds, wanted_edges = wanted_shape(graph)
        assert wanted_edges == edges
        assert wanted_kinds == {key: kind for key, kind in kinds.items() if key not in ("start", "end")}


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return "id" if "$ref" in value else {key: without_ids(one) for key, one in value.items()}
    return [without_ids(one) for one in value] if isinstance(value, list) else value


@QUICK
@given(flows())
def test_any_sensible_sequence_adds_up_and_loads(sequence: Sequence) -> None:
    check_all(sequence, Opened.SEGMENT)


@QUICK
@given(sequences())
def test_any_sequence_at_all_adds_up_and_loads(sequence: Sequence) -> None:
    check_all(sequence, Opened.ASK)


@pytest.mark.slow
@settings(QUICK, max_examples=600)
@given(flows(largest=25) | sequences(), st.sampled_from(tuple(Opened)))
def test_many_more_sequences_add_up_and_load(sequence: Sequence, opened: Opened) -> None:
    check_all(sequence, opened)


def check_all(sequence: Sequence, opened: Opened) -> None:
    lowered = lower_sequence(sequence, context_for(sequence, opened))
    check_sums(sequence, lowered)
    check_nodes(sequence, lowered)
    check_targets(lowered)
    check_calls(lowered)
    # Half a character, which a source may hold, cannot be sent.
    bodies = [call.body for graph in (lowered.graph, *lowered.feeders) for call in schedule(graph)]
    msgspec.json.encode(without_ids([*bodies, *lowered.segments.values()]))


@QUICK
@given(flows())
def test_the_same_sequence_gives_the_same_bytes(sequence: Sequence) -> None:
    def made() -> bytes:
        lowered = lower_sequence(sequence, context_for(sequence))
        return msgspec.json.encode((lowered.graph, lowered.feeders, lowered.entries, schedule(lowered.graph)))

    assert made() == made()


@QUICK
@given(flows())
def test_only_emails_with_content_are_planned(sequence: Sequence) -> None:
    lowered = lower_sequence(sequence, context_for(sequence))
    subjects = {
        step.action.content.subject
        for step in sequence.steps
        if hasattr(step.action, "content") and step.action.content.body and step.action.live
    }
    for node in lowered.graph.nodes:
        if node.kind is NodeKind.EMAIL:
            assert node.body["subject"] in subjects
            assert node.body["html"]
