"""Sentences of an export say one row, and two rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from export_support import trip_in

from adapters.wording import counted
from migrator.export.summary import summarise
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.switches import Switches


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 people"), (1, "1 person"), (2, "2 people"), (12_000, "12,000 people")]
)
def test_a_number_stands_with_its_noun(number: int, said: str) -> None:
    assert counted(number, "person", "people") == said


def test_one_of_a_kind_is_never_a_plural(tmp_path: Path) -> None:
    account = generate(1, 1, enrolled=1.0)
    for rows in (account.templates, account.segments, account.broadcasts, account.forms, account.suppressions):
        del rows[1:]
    account.sequences[0].steps = [row for row in account.sequences[0].steps if row["action"] == "entry_point"]
    account.sequences[0].steps.append(
        {"id": 999, "action": "delay", "label": None, "parent_id": account.sequences[0].steps[0]["id"]}
        | {"true_branch": None, "odd_key": 1}
    )
    account.enrolments.clear()
    said = "\n".join(summarise(trip_in(tmp_path, account, switches=Switches()).export()).lines)
    assert "1 step of sequence" in said
    assert "1 row, holds values" in said
    assert "1 template," in said
    assert re.findall(r"\b1 [a-z]+s\b", said) == []
