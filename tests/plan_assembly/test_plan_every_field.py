"""Every field of the neutral model changes the plan when its value changes, or is named as without meaning for it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from model_fields import CASES, USUAL, Case
from pa_accounts import written

from migrator.model import Record
from migrator.plan.answers.questions import open_questions
from migrator.plan.make import make_plan


def fields_of(record: type[Record]) -> set[str]:
    return {one.name for one in msgspec.structs.fields(record)}


def test_each_field_of_each_record_has_its_place_in_the_table() -> None:
    kinds: list[type[Record]] = [Record]
    for kind in kinds:
        kinds += [one for one in kind.__subclasses__() if one.__module__.startswith("migrator.model.")]
    placed: dict[type[Record], set[str]] = {}
    for case in CASES:
        assert not case.changes.keys() & case.without.keys()
        placed.setdefault(type(case.record), set()).update(case.changes, case.without)
    missing = {kind.__name__: fields_of(kind) - placed.get(kind, set()) for kind in kinds[1:]}
    assert {name: fields for name, fields in missing.items() if fields} == {}
    assert {kind.__name__ for kind in kinds[1:]} == {kind.__name__ for kind in placed}


def test_each_field_without_meaning_says_why() -> None:
    silent = [f"{type(case.record).__name__}.{name}" for case in CASES for name, why in case.without.items() if not why]
    assert silent == []


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: type(case.record).__name__)
def test_changing_a_field_changes_the_plan(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    before = planned(case, case.record, tmp_path / "before")
    same = []
    number = 0
    for name, values in case.changes.items():
        for value in values:
            number += 1
            other = msgspec.structs.replace(case.record, **{name: value})
            if planned(case, other, tmp_path / str(number)) == before:
                same.append((name, value))
    assert same == []


def planned(case: Case, record: Record, folder: Path) -> dict[str, str]:
    bundle = written(folder / "bundle", **{**USUAL, **case.put(record)})
    made = make_plan(bundle, {}, folder / "plan")
    files: dict[str, Any] = {}
    for path in sorted((folder / "plan").rglob("*")):
        if path.is_file() and path.suffix != ".sha256":
            files[str(path.relative_to(folder))] = path.read_text()
    files["questions"] = "\n".join(str(one) for one in open_questions(made.ledger.entries))
    hashes = re.compile(rf"{made.plan.marker}|[0-9a-f]{{64}}|{bundle.hash[:12]}")
    return {name: hashes.sub("-", text) for name, text in files.items()}
