"""Exports killed at every single write: the old bundle or the new one is whole, and the next run ends the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # about a hundred processes
HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]


@pytest.fixture(scope="module")
def deaths(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    run = subprocess.run(
        [sys.executable, str(HERE / "crash_driver.py"), str(tmp_path_factory.mktemp("crash"))],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_an_export_is_killed_at_every_kind_of_write(deaths: list[dict[str, Any]]) -> None:
    assert {"fsync", "open", "os.rename", "os.mkdir", "os.rmdir", "os.remove"} <= {death["event"] for death in deaths}
    assert {signal.SIGKILL} == {death["signal"] for death in deaths}
    for start in ("empty", "old"):
        points = [death["at"] for death in deaths if death["start"] == start]
        assert list(range(1, len(points) + 1)) == points
        assert len(points) > 100


def test_a_visible_bundle_is_whole_at_the_moment_of_any_death(deaths: list[dict[str, Any]]) -> None:
    assert [] == [death for death in deaths if death["visible"]]


def test_after_any_death_the_old_bundle_or_the_new_one_is_there(deaths: list[dict[str, Any]]) -> None:
    assert {"none", "new"} == {death["after"] for death in deaths if death["start"] == "empty"}
    assert {"old", "new"} == {death["after"] for death in deaths if death["start"] == "old"}
    assert [] == [death for death in deaths if death["problems"]]


def test_once_the_new_bundle_is_there_it_never_goes_back(deaths: list[dict[str, Any]]) -> None:
    for start in ("empty", "old"):
        after = [death["after"] for death in deaths if death["start"] == start]
        assert sorted(after, key=lambda state: state == "new") == after


def test_an_export_started_again_ends_as_the_unbroken_one(deaths: list[dict[str, Any]]) -> None:
    assert [] == [death for death in deaths if death["again"] != "new"]
    assert [] == [death for death in deaths if death["left"] != ["bundle"] or death["strangers"]]
