"""A step that hangs below one that is not here: people may come to it from there, so it is never called unreached."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.broadcast.sequences import read_sequence
from adapters.broadcast.steps import Templates
from adapters.broadcast.surprises import Surprises
from mappings.context import LoweringContext, StepChoice, survey
from mappings.verdicts import Verdict
from migrator.plan.graphs.lower_sequence import lower_sequence


def mail(number: int, parent: Any) -> dict[str, Any]:
    return {"id": number, "action": "send_email", "parent_id": parent, "subject": "Hi", "body": "<p>Hi</p>"}


def verdicts(parent: Any, *left: str) -> dict[str | None, tuple[Verdict, list[str]]]:
    rows = [{"id": 1, "action": "entry_point", "parent_id": None}, mail(2, 1), mail(3, parent), mail(4, 3)]
    found = read_sequence({"id": 7, "label": "Trial", "init_tag": "x"}, "7", rows, Templates({}), Surprises())
    context = LoweringContext(sequences=survey([found]))
    context = replace(context, steps={f"7/{one}": StepChoice(skip=True) for one in left})
    entries = lower_sequence(found, context).entries
    steps = (entry for entry in entries if entry.kind == "step")
    return {entry.step_id: (entry.verdict, [one.code for one in entry.findings]) for entry in steps}


@pytest.mark.parametrize("parent", [99, {"id": 2}, ["2"]])
def test_a_step_below_one_of_another_sequence_needs_a_person(parent: Any) -> None:
    found = verdicts(parent)
    assert found["2"][0] is Verdict.EXACT
    assert found["3"] == found["4"] == (Verdict.MANUAL, ["orphan"])


def test_a_step_with_no_parent_at_all_is_reached_by_nobody() -> None:
    assert verdicts(None)["3"] == (Verdict.DROPPED, ["unreachable"])


def test_a_person_may_leave_it_out() -> None:
    assert verdicts(99, "3", "4")["3"] == (Verdict.DROPPED, ["left-out"])
