"""A sequence's file says what an email says once, and reading it gives the whole plan back."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from seq_flows import flows
from test_plan_laws import context_for

from mappings.target import NodeKind
from migrator.model import Sequence
from migrator.plan.graphs.lower_sequence import lower_sequence
from migrator.plan.graphs.schedule import schedule
from migrator.plan.plan_json import decode, encode
from migrator.plan.records import SequencePlan
from migrator.plan.sequence_files import IN_CALLS, from_file, to_file
from tests.looks import looks
from tests.strategies import sequences

QUICK = settings(max_examples=looks(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(flows(largest=25) | sequences())
def test_reading_gives_back_what_was_written(sequence: Sequence) -> None:
    lowered = lower_sequence(sequence, context_for(sequence))
    for graph in (lowered.graph, *lowered.feeders):
        plan = SequencePlan(graph=graph, calls=schedule(graph))
        written = to_file(plan)
        assert from_file(decode(encode(written), SequencePlan)) == plan
        assert written.calls == plan.calls
        for node in written.graph.nodes:
            if node.kind is NodeKind.EMAIL:
                assert node.body["html"] == IN_CALLS
                assert list(node.body) == list(next(one for one in graph.nodes if one.key == node.key).body)


@QUICK
@given(flows())
def test_a_reference_that_leads_nowhere_is_an_error(sequence: Sequence) -> None:
    lowered = lower_sequence(sequence, context_for(sequence))
    written = to_file(SequencePlan(graph=lowered.graph, calls=schedule(lowered.graph)))
    if not any(node.kind is NodeKind.EMAIL for node in written.graph.nodes):
        return
    cut = msgspec.structs.replace(written, calls=())
    with pytest.raises(KeyError):
        from_file(cut)
