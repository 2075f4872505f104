"""`export klaviyo` killed (SIGKILL) at its writes and at its requests: continued, it ends like an unbroken run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrator.bundle import Bundle
from migrator.bundle.check import check
from migrator.sandbox.klaviyo.app import KlaviyoSandbox
from migrator.sandbox.klaviyo.generate import generate
from migrator.sandbox.klaviyo.switches import Switches
from migrator.sandbox.server import serving
from migrator.sandbox.web import Request, Response

ROOT = Path(__file__).parents[2]
DRIVER = ROOT / "tests" / "export_broadcast" / "export_crash_driver.py"
only_linux = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of flushed files come from /proc")


def killed(folder: Path, how: str, *, contacts: int = 12, timeout: float = 120) -> dict[str, Any]:
    command = [sys.executable, str(DRIVER), str(folder), str(contacts), how, "klaviyo"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@only_linux
def test_killed_at_some_writes_it_ends_like_an_unbroken_run(tmp_path: Path) -> None:
    report = killed(tmp_path, "some")
    assert report["wrong"] == []
    assert len(report["killed"]) == 4
    assert report["writes"] > 200


@only_linux
@pytest.mark.slow
def test_killed_again_and_again_it_still_gets_there(tmp_path: Path) -> None:
    report = killed(tmp_path, "often")
    assert report["wrong"] == []
    assert report["runs"] >= 2


@only_linux
@pytest.mark.slow
def test_killed_at_every_kind_of_write_it_ends_like_an_unbroken_run(tmp_path: Path) -> None:
    report = killed(tmp_path, "all", timeout=900)
    assert report["wrong"] == []
    assert set(report["killed"]) == set(report["kinds"])
    assert len(report["killed"]) > 100


class Deadly(KlaviyoSandbox):
    """Kills whoever asks for the nth time, before or after it has the answer in hand."""

    child: subprocess.Popen[str] | None = None
    nth = 0

    def handle(self, request: Request) -> Response:
        answer = super().handle(request)
        if self.child is not None and len(self.requests) == self.nth:
            os.kill(self.child.pid, signal.SIGKILL)
        return answer


class Command:
    def __init__(self, app: Deadly, url: str) -> None:
        self.app = app
        self._environment = {**os.environ, "KLAVIYO_API_URL": url, "KLAVIYO_API_KEY": app.key}

    def run(self, folder: Path, *, nth: int = 0) -> int:
        """Of the whole command in a process of its own; `nth`: the request at which it is killed."""
        command = [sys.executable, "-m", "migrator", "-C", str(folder), "-q", "export", "klaviyo", "--rate", "0"]
        self.app.requests.clear()
        self.app.nth = nth
        self.app.child = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        _, said = self.app.child.communicate(timeout=60)
        assert "Traceback" not in said
        return self.app.child.returncode


@pytest.fixture
def command() -> Iterator[Command]:
    app = Deadly(generate(12), switches=Switches(enforce_limits=False, page_size=6))
    with serving(app) as url:
        yield Command(app, url)


def content(folder: Path) -> dict[str, bytes]:
    """All files of the bundle by name, without the moments at which things were read."""
    bundle = Bundle.open(folder / "bundle")
    assert check(bundle.folder) == []
    assert [path.name for path in folder.iterdir() if path.name not in ("bundle", "mappings.toml")] == []
    return {
        str(path.relative_to(bundle.folder)): path.read_bytes()
        for path in sorted(bundle.folder.rglob("*"))
        if path.is_file() and not path.name.startswith("manifest")
    }


@pytest.mark.slow
def test_the_command_killed_at_many_requests_ends_with_the_bundle_of_an_unbroken_run(
    command: Command, tmp_path: Path
) -> None:
    assert command.run(tmp_path / "whole") == 3
    total = len(command.app.requests)
    expected = content(tmp_path / "whole")
    killings = 0
    # One folder, killed over and over: each run goes on where the last one was killed.
    while command.run(tmp_path / "killed", nth=total // 5) == -signal.SIGKILL:
        killings += 1
        assert not (tmp_path / "killed" / "bundle").exists()
        assert killings < 12
    assert killings >= 3
    assert len(command.app.requests) < total, "the last run asked only for what was missing"
    assert content(tmp_path / "killed") == expected
    assert command.app.writes == []
