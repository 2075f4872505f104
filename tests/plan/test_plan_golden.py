"""Golden plans, one for each construct: what the source says, its ledger lines, the graph and the calls.

`UPDATE_GOLDEN=1` writes them anew; the difference is then to be read like any other change.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from seq_cases import CASES, Case
from test_plan_laws import OTHERS, check_calls, check_nodes, check_sums, target

from mappings.context import LoweringContext, Opened, StepChoice, survey
from migrator.model import Sequence
from migrator.plan.graphs.lower_sequence import LoweredSequence, lower_sequence
from migrator.plan.graphs.schedule import schedule

FOLDER = Path(__file__).parents[1] / "golden" / "plans"


def lowered_case(case: Case) -> LoweredSequence:
    choices = {}
    if "skip" in case.settings:
        choices = {f"7/{case.settings['skip']}": StepChoice(skip=True)}
    if "fields" in case.settings:
        step_id, fields = case.settings["fields"]
        choices = {f"7/{step_id}": StepChoice(fields=fields)}
    context = LoweringContext(
        sequences=survey((case.sequence, *OTHERS)),
        lists={"1": "list:1"},
        segments={"3": "segment:3"},
        forms={"5": "Footer form"},
        opened=Opened(case.settings.get("opened", "ask")),
        steps=choices,
        marker="mig-test",
    )
    return lower_sequence(case.sequence, context)


def text_of(sequence: Sequence, lowered: LoweredSequence) -> str:
    lines = ["LEDGER"]
    for entry in lowered.entries:
        target = f"  ->  {', '.join(entry.target)}" if entry.target else ""
        lines.append(f"  {entry.verdict.value:8}{entry.kind} {entry.id} ({entry.label}){target}")
        for finding in entry.findings:
            lines.append(f"          {finding.code}: {finding.reason}")
            if finding.settles:
                lines.append(f"            {finding.settles}")
    for key, body in lowered.segments.items():
        lines += ["", f"SEGMENT {key}", f"  {json.dumps(body, ensure_ascii=False)}"]
    for graph in (lowered.graph, *lowered.feeders):
        lines += ["", f"GRAPH {graph.key}: {graph.name}"]
        lines.append(f"  starts by {json.dumps(graph.final_trigger)}")
        lines += [f"  blocked: {reason}" for reason in graph.blocks_enabling]
        nodes = {node.key: node for node in graph.nodes}
        for edge in graph.edges:
            node = nodes.get(edge.source)
            what = "" if node is None else f" {node.kind.value}"
            lane = ""
            if node is not None and edge.lane is not None:
                asked = next((one.condition or one.percent for one in node.lanes if one.id == edge.lane), None)
                lane = f" [{edge.lane}{'' if asked is None else ' ' + json.dumps(asked)}]"
            lines.append(f"  {edge.source}{what}{lane} -> {edge.target}")
        for number, call in enumerate(schedule(graph), 1):
            made = [
                *call.creates,
                *(f"{lane}: {', '.join(keys)}" for lane, keys in call.creates_in_lanes.items() if keys),
            ]
            lines += ["", f"CALL {number} {call.kind} makes {'; '.join(made) or 'nothing'}"]
            lines += [f"  {line}" for line in json.dumps(call.body, indent=1, ensure_ascii=False).splitlines()]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", sorted(CASES))
def test_each_construct_is_planned_as_reviewed(name: str) -> None:
    case = CASES[name]
    lowered = lowered_case(case)
    text = text_of(case.sequence, lowered)
    path = FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize("name", sorted(CASES))
def test_each_construct_adds_up_and_loads(name: str) -> None:
    lowered = lowered_case(CASES[name])
    check_sums(CASES[name].sequence, lowered)
    check_nodes(CASES[name].sequence, lowered)
    check_calls(lowered)


def test_an_inserted_receipt_is_still_transactional_at_the_end() -> None:
    lowered = lowered_case(CASES["email-transactional"])
    made = target()
    made.build(lowered.graph, schedule(lowered.graph))
    (email,) = made.read(made.ids[lowered.graph.key])["emails"]
    assert email["isTransactional"] is True


def test_each_golden_file_belongs_to_a_case() -> None:
    assert sorted(CASES) == sorted(path.stem for path in FOLDER.glob("*.txt"))
