"""What is installed: one version, one owner of the packages, and a sentence when another package is in the way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from migrator.cli import start

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINNED = re.compile(r"uses: [\w./-]+@([0-9a-f]{40}) # v[\d.]+$")


def test_our_own_packages_are_ours() -> None:
    assert "" == start.shadowed()


@pytest.mark.parametrize("name", start.PACKAGES)
def test_a_package_of_the_same_name_is_named_with_the_way_out(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("")
    # As installed: the console script is a module beside the packages.
    (tmp_path / "sequenzy_migrate.py").write_text(Path(start.__file__).read_text())
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    ended = subprocess.run(
        [sys.executable, "-c", "import sequenzy_migrate; sequenzy_migrate.run()", "--version"],
        env={**os.environ, "PYTHONPATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 1 == ended.returncode
    assert f"The package {name} at" in ended.stderr
    assert "pipx install sequenzy-migrate" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_version_has_one_home() -> None:
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "migrator/__init__.py"


def test_both_names_of_the_command_start_the_same_script() -> None:
    assert {"migrate", "sequenzy-migrate"} == set(PROJECT["project"]["scripts"])
    assert {"sequenzy_migrate:run"} == set(PROJECT["project"]["scripts"].values())


def test_all_three_packages_say_that_they_are_typed() -> None:
    assert all((ROOT / name / "py.typed").exists() for name in start.PACKAGES)


def test_every_action_of_a_workflow_is_pinned_to_a_commit() -> None:
    lines = [
        line.strip().removeprefix("- ")
        for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
        for line in path.read_text().splitlines()
        if "uses:" in line
    ]
    assert len(lines) > 5
    assert [] == [line for line in lines if not PINNED.match(line)]
