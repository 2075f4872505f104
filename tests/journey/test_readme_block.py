"""The readme's block for one's own account works as it stands, pasted into a shell.

Two things are given instead of typed: the values after the `=` signs, and an environment in which the commands are
installed, so that its line about `pip` has nothing to fetch. The browser is one that only notes the page.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.search(r"## With your own account\n\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
INSTALLS = "python3 -m venv .venv && .venv/bin/pip install .\n"


def given(block: str, values: dict[str, str]) -> str:
    """The block with these values in its lines of settings, and nothing else changed."""
    for name, value in values.items():
        block, count = re.subn(rf"^{name}=.*$", lambda _, line=f"{name}={value}": line, block, flags=re.MULTILINE)  # type: ignore[misc]
        assert count == 1
    return block


@pytest.mark.slow
def test_the_block_for_your_own_account_runs_as_it_is_pasted(tmp_path: Path) -> None:
    assert BLOCK is not None
    assert BLOCK[1].startswith(INSTALLS)
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "migrate").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m migrator "$@"\n')
    (programs / "migrate").chmod(0o700)
    server = subprocess.Popen(
        [sys.executable, "-m", "migrator", "sandbox", "both", "--contacts", "30"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    try:
        assert server.stdout is not None
        line = json.loads(server.stdout.readline())
        values = {
            "BROADCAST_HOST": line["broadcast"]["url"],
            "BROADCAST_API_TOKEN": line["broadcast"]["token"],
            "SEQUENZY_API_KEY": line["sequenzy"]["token"],
        }
        done = subprocess.run(
            ["bash"],
            input=given(BLOCK[1].removeprefix(INSTALLS), values),
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "BROWSER": "true",
                "SEQUENZY_API_URL": line["sequenzy"]["url"] + "/api/v1",
            },
            timeout=120,
            check=False,
        )
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=20)
    workspace = tmp_path / "acme"
    assert 0o600 == (workspace / ".env").stat().st_mode & 0o777
    assert (workspace / "bundle/manifest.json").exists()
    assert (workspace / "plan/report.md").exists()
    # Nobody has answered the plan's questions: people wait for that, and nothing else does.
    assert "Nobody is written yet" in done.stderr
    told = [line for line in done.stderr.splitlines() if "not found" in line or "no connection" in line]
    assert not told
    assert not re.search(r"No such (?:command|option|file)|Usage:", done.stderr)
