"""`migrate sandbox` prints one line of JSON, serves, and ends cleanly."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from migrator.cli.main import main


@contextlib.contextmanager
def sandbox(*arguments: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    child = subprocess.Popen(
        [sys.executable, "-m", "migrator", "sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        yield json.loads(child.stdout.readline() or child.communicate()[1]), child
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=20)


def get(platform: dict[str, str], path: str, base: str = "/api/v1") -> httpx.Response:
    return httpx.get(platform["url"] + base + path, headers={"Authorization": f"Bearer {platform['token']}"})


def test_both_platforms_answer_with_the_printed_address_and_key() -> None:
    with sandbox("both", "--contacts", "30") as (line, child):
        assert get(line["broadcast"], "/whoami").json()["channel"]["id"] == int(line["broadcast"]["channel_id"])
        assert get(line["sequenzy"], "/subscribers/me").json()["success"]
    assert child.returncode == 0


def test_state_survives_the_end_of_the_local_sequenzy(tmp_path: Path) -> None:
    arguments = ("sequenzy", "--state", str(tmp_path / "state.json"))
    with sandbox(*arguments) as (line, _):
        httpx.post(
            line["url"] + "/api/v1/subscribers",
            json={"email": "ada@example.com"},
            headers={"Authorization": f"Bearer {line['token']}"},
        ).raise_for_status()
    with sandbox(*arguments) as (line, _):
        assert get(line, "/subscribers/ada%40example.com").json()["subscriber"]["email"] == "ada@example.com"


@pytest.mark.parametrize("option", ["--set", "--fault"])
def test_a_switch_for_both_platforms_is_refused_and_not_forgotten(option: str) -> None:
    told = CliRunner().invoke(main, ["sandbox", "both", option, "kind=500"])
    assert told.exit_code == 2
    assert "about one platform" in told.stderr


def test_a_damaged_state_of_the_local_sequenzy_is_told(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{")
    told = CliRunner().invoke(main, ["sandbox", "sequenzy", "--state", str(tmp_path / "state.json")])
    assert told.exit_code == 1
    assert "The state's file cannot be read (state.json)" in told.stderr


def test_a_switch_on_the_command_line_is_in_force() -> None:
    with sandbox("sequenzy", "--fault", "kind=500,route=GET /lists,times=0") as (line, _):
        assert get(line, "/lists").status_code == 500
        assert get(line, "/tags").status_code == 200


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "migrator", "sandbox", *arguments], capture_output=True, text=True)


def test_a_port_in_use_is_one_sentence_with_the_fix() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("sequenzy", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "The port cannot be used" in done.stderr
    assert "free one" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("sequenzy", "--fault", "kind=nonsense"),
        ("sequenzy", "--set", "no_such_switch=1"),
        ("broadcast", "--set", "ids=roman"),
        ("broadcast", "--set", "ids"),
    ],
)
def test_a_wrong_switch_is_named_with_the_choices(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
