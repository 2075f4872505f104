"""With the platform's first documents only: a plain row of emails is one call that the older contract takes; anything
else is not tried."""

from __future__ import annotations

import pytest
from seq_cases import CASES, mail, row
from seq_push import Target, wanted_shape
from test_plan_golden import lowered_case

from migrator.model.steps import Wait
from migrator.plan.graphs.seed_schedule import seed_schedule
from migrator.sandbox.sequenzy.app import SequenzySandbox


@pytest.mark.parametrize("name", ["graph-linear", "trigger-tag-that-must-stay", "action-discount"])
def test_a_plain_row_loads_with_the_older_contract(name: str) -> None:
    graph = lowered_case(CASES[name]).graph
    calls = seed_schedule(graph)
    assert calls is not None
    target = Target(SequenzySandbox(contract="seed", limits=None))
    nodes = target.build(graph, calls)
    kinds, edges = target.shape(graph, nodes)
    wanted_kinds, wanted_edges = wanted_shape(graph)
    assert wanted_edges == edges
    assert wanted_kinds == {key: kind for key, kind in kinds.items() if key not in ("start", "end")}


@pytest.mark.parametrize("name", ["condition-clicked", "action-tags", "wait-time-of-day", "trigger-api", "graph-empty"])
def test_what_the_older_contract_cannot_say_is_not_tried(name: str) -> None:
    assert seed_schedule(lowered_case(CASES[name]).graph) is None


def test_a_wait_with_nothing_behind_it_is_not_lost() -> None:
    case = row(mail("One"), Wait(seconds=60))
    assert seed_schedule(lowered_case(case).graph) is None
