"""Killed at any of its writes and started again, an export ends in the same bundle as an unbroken one."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_export_faults import content

from migrator.bundle import Bundle
from migrator.bundle.check import check

DRIVER = Path(__file__).with_name("export_crash_driver.py")
ROOT = Path(__file__).parents[2]
CONTACTS = 12


def run(folder: Path, deadly: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(DRIVER), str(folder), str(deadly), str(CONTACTS)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


def writes_of_an_unbroken_run(folder: Path) -> int:
    done = run(folder, 0)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def survives(folder: Path, deadly: int, unbroken: object) -> None:
    killed = run(folder, deadly)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = run(folder, 0)
    assert again.returncode == 0, again.stderr
    bundle = Bundle.open(folder / "bundle")
    assert check(bundle.folder) == []
    assert unbroken == content(bundle)
    assert not (folder / "bundle.partial").exists()


def test_killed_at_some_writes_it_ends_like_an_unbroken_run(tmp_path: Path) -> None:
    writes = writes_of_an_unbroken_run(tmp_path / "unbroken")
    unbroken = content(Bundle.open(tmp_path / "unbroken" / "bundle"))
    for deadly in (2, writes // 3, writes - 1):
        survives(tmp_path / str(deadly), deadly, unbroken)


@pytest.mark.slow
def test_killed_at_every_write_it_ends_like_an_unbroken_run(tmp_path: Path) -> None:
    writes = writes_of_an_unbroken_run(tmp_path / "unbroken")
    unbroken = content(Bundle.open(tmp_path / "unbroken" / "bundle"))
    assert writes > 200
    for deadly in range(1, writes + 1):
        survives(tmp_path / str(deadly), deadly, unbroken)


def test_killed_again_and_again_it_still_gets_there(tmp_path: Path) -> None:
    writes_of_an_unbroken_run(tmp_path / "unbroken")
    folder, runs = tmp_path / "often", 0
    while run(folder, 100 * (runs + 1)).returncode != 0:
        runs += 1
        assert runs < 10
    assert content(Bundle.open(tmp_path / "unbroken" / "bundle")) == content(Bundle.open(folder / "bundle"))
    assert runs >= 2
