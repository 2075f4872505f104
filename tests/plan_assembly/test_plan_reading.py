"""A plan on disk: the same bytes each time, refused when anything under it changed, compared in words."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pa_accounts import exported, written

import migrator.plan.open_plan as reading
from migrator.bundle import Bundle
from migrator.cli.main import main
from migrator.errors import PlanError
from migrator.model import Consent, ConsentState, Contact, Sequence, Tag
from migrator.plan.diff import Standing, differences
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan, open_fresh
from migrator.sandbox.broadcast.generate import generate

AGAIN = """
import sys
from pathlib import Path
from migrator.bundle import Bundle
from migrator.plan.make import make_plan
make_plan(Bundle.open(Path(sys.argv[1])), {}, Path(sys.argv[2]))
"""


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def workspace(place: Path, *, people: int = 3, **parts: Any) -> Path:
    contacts = [
        Contact(source_id=str(n), email=f"p{n}@example.com", consent=Consent(state=ConsentState.SUBSCRIBED))
        for n in range(people)
    ]
    bundle = written(place / "bundle", contacts=contacts, **parts)
    make_plan(bundle, {}, place / "plan")
    return place


def test_the_same_bundle_gives_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    bundle = exported(generate(60, seed=4), tmp_path / "bundle")
    make_plan(bundle, {}, tmp_path / "plan")
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])}
        command = [sys.executable, "-c", AGAIN, str(bundle.folder), str(tmp_path / seed)]
        subprocess.run(command, check=True, env=environment)
        assert files(tmp_path / seed) == files(tmp_path / "plan")


def test_a_fresh_plan_opens_and_its_files_are_the_owners_alone(tmp_path: Path) -> None:
    opened = open_fresh(workspace(tmp_path))
    assert opened.plan.people.planned == 3
    assert not list(tmp_path.glob("plan.*"))
    for path in (tmp_path / "plan").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("path", ["plan.json", "ledger.json", "people/actives.jsonl", "rejected.csv"])
def test_a_file_changed_by_hand_is_refused(path: str, tmp_path: Path) -> None:
    workspace(tmp_path)
    target = tmp_path / "plan" / path
    target.write_bytes(target.read_bytes() + b" ")
    with pytest.raises(PlanError, match=path):
        open_fresh(tmp_path)


def test_missing_parts_are_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="There is no plan"):
        OpenPlan.open(tmp_path / "plan")
    workspace(tmp_path)
    (tmp_path / "plan" / "ledger.json").unlink()
    with pytest.raises(PlanError, match="ledger"):
        open_fresh(tmp_path)


def test_a_plan_is_stale_once_the_bundle_the_mappings_or_the_program_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace(tmp_path)
    (tmp_path / "mappings.toml").write_text("# a comment changes nothing\n")
    open_fresh(tmp_path)
    (tmp_path / "mappings.toml").write_text('opened = "clicked"\n')
    with pytest.raises(PlanError, match=r"mappings.toml was changed"):
        open_fresh(tmp_path)
    (tmp_path / "mappings.toml").unlink()
    monkeypatch.setattr(reading, "__version__", "9.0.0")
    with pytest.raises(PlanError, match="version"):
        open_fresh(tmp_path)
    monkeypatch.undo()
    plan = files(tmp_path / "plan")
    workspace(tmp_path, people=4)
    for name, data in plan.items():
        (tmp_path / "plan" / name).write_bytes(data)
    with pytest.raises(PlanError, match="bundle was exported again"):
        open_fresh(tmp_path)


def test_a_plan_that_cannot_be_made_leaves_the_old_one(tmp_path: Path) -> None:
    workspace(tmp_path)
    before = files(tmp_path / "plan")
    contacts = tmp_path / "bundle" / "contacts.jsonl"
    contacts.write_bytes(contacts.read_bytes().replace(b"p1@", b"q1@"))
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "plan"])
    assert result.exit_code == 1
    assert "changed after the export" in result.output
    assert files(tmp_path / "plan") == before


def test_a_delta_is_not_planned_by_itself(tmp_path: Path) -> None:
    bundle = written(tmp_path / "bundle", since_bundle="0" * 64)
    with pytest.raises(PlanError, match="delta"):
        make_plan(bundle, {}, tmp_path / "plan")


def test_differences_are_told_in_words(tmp_path: Path) -> None:
    old = workspace(tmp_path / "old", sequences=[Sequence(source_id="1", name="Hello")], tags=[Tag(name="a")])
    new = workspace(tmp_path / "new", people=5, sequences=[Sequence(source_id="2", name="Bye")])
    first, second = (Standing.of(OpenPlan.open(place / "plan")) for place in (old, new))
    assert differences(first, first) == []
    said = differences(first, second)
    assert "The bundle is another one." in said
    assert "People read: 5, before 3." in said
    assert "New: sequence Bye." in said
    assert "Gone: sequence Hello." in said
    assert any("tag a" in sentence for sentence in said)


def test_the_label_of_the_run_alone_is_no_difference(tmp_path: Path) -> None:
    one = workspace(tmp_path / "one", sequences=[Sequence(source_id="1", name="Hello")])
    two = workspace(tmp_path / "two", sequences=[Sequence(source_id="1", name="Hello")], notes=("again",))
    first, second = (Standing.of(OpenPlan.open(place / "plan")) for place in (one, two))
    assert differences(first, second) == ["The bundle is another one."]


def test_the_command_says_the_essence_and_exits_3_when_a_person_is_needed(tmp_path: Path) -> None:
    exported(generate(60, seed=5), tmp_path / "bundle")
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "plan"])
    assert result.exit_code == 3, result.output
    assert len(result.output.splitlines()) < 60
    assert all(len(line) < 121 for line in result.output.splitlines() if not line.startswith("Next"))
    for words in ("Sequences", "60 read", "A person is needed", "min at 100 a minute", "Next: migrate"):
        assert words in result.output
    assert "@" not in result.output
    asked = (tmp_path / "mappings.toml").read_text()
    as_json = CliRunner().invoke(main, ["-C", str(tmp_path), "--json", "plan"])
    facts = json.loads(as_json.stdout)
    assert as_json.exit_code == 3
    assert (facts["people"]["read"], facts["questions_added"], facts["changes"]) == (60, [], [])
    assert facts["needs_person"] > 0
    assert (tmp_path / "mappings.toml").read_text() == asked
    assert Bundle.open(tmp_path / "bundle").hash == facts["bundle"]


def test_an_account_without_questions_exits_0(tmp_path: Path) -> None:
    workspace(tmp_path)
    result = CliRunner().invoke(main, ["-C", str(tmp_path), "plan"])
    assert result.exit_code == 0, result.output
    assert "Nothing is open" in result.output


def test_a_plan_that_fails_half_way_leaves_no_file_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contacts = [Contact(source_id="1", email="a@example.com", consent=Consent(state=ConsentState.SUBSCRIBED))]
    bundle = written(tmp_path / "bundle", contacts=contacts)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(OSError, match="No space left"):
            make_plan(bundle, {}, tmp_path / "plan")
        gc.collect()
    assert not [one for one in told if issubclass(one.category, ResourceWarning)]
    assert not (tmp_path / "plan.partial").exists()
