"""Killed at any of its writes and started again, an export ends in the same bundle as an unbroken one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DRIVER = Path(__file__).with_name("export_crash_driver.py")
pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of flushed files come from /proc")


def killed(folder: Path, how: str, *, contacts: int = 8, timeout: float = 120) -> dict[str, Any]:
    command = [sys.executable, str(DRIVER), str(folder), str(contacts), how, "broadcast"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_killed_at_some_writes_it_ends_like_an_unbroken_run(tmp_path: Path) -> None:
    report = killed(tmp_path, "some")
    assert report["wrong"] == []
    assert len(report["killed"]) == 4
    assert report["writes"] > 200


@pytest.mark.slow
def test_killed_again_and_again_it_still_gets_there(tmp_path: Path) -> None:
    report = killed(tmp_path, "often")
    assert report["wrong"] == []
    assert report["runs"] >= 2


@pytest.mark.slow
def test_killed_at_every_kind_of_write_it_ends_like_an_unbroken_run(tmp_path: Path) -> None:
    report = killed(tmp_path, "all", timeout=900)
    assert report["wrong"] == []
    assert set(report["killed"]) == set(report["kinds"])
    assert len(report["killed"]) > 100
