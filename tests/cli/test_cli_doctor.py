"""`migrate doctor`: each thing that is wrong is one clear sentence with its fix, and never a traceback."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from migrator.cli.main import main
from migrator.sandbox.broadcast.account import READ_KEY
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.faults import Fault
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY, PRESETS
from migrator.sandbox.server import serving

VARIABLES = ("BROADCAST_HOST", "BROADCAST_API_TOKEN", "BROADCAST_CHANNEL_ID", "SEQUENZY_API_KEY", "SEQUENZY_API_URL")


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def doctor(folder: Path, *arguments: str, **settings: str) -> Done:
    """In this process; what the command did not catch itself fails the test."""
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    (folder / ".env").write_text(lines)
    nothing = dict.fromkeys(VARIABLES, None)
    found = CliRunner().invoke(main, ["-C", str(folder), "doctor", *arguments], env=nothing, catch_exceptions=False)
    return Done(found.exit_code, found.stdout, found.stderr)


def one_sentence(done: Done, *words: str) -> None:
    assert 1 == done.returncode, done.stderr
    assert 1 == len(done.stderr.splitlines()), done.stderr
    for word in words:
        assert word in done.stderr


def target(folder: Path, url: str, key: str = DEFAULT_KEY, *arguments: str) -> Done:
    return doctor(folder, *arguments, SEQUENZY_API_KEY=key, SEQUENZY_API_URL=url)


def test_with_nothing_set_every_missing_variable_has_its_sentence(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert 1 == done.returncode
    lines = done.stderr.splitlines()
    for name in ("BROADCAST_HOST", "BROADCAST_API_TOKEN", "SEQUENZY_API_KEY"):
        [line] = [line for line in lines if f"{name} is not set" in line]
        assert ".env" in line


def test_a_missing_token_is_named(tmp_path: Path) -> None:
    done = doctor(tmp_path, "broadcast", BROADCAST_HOST="https://mail.example.com")
    one_sentence(done, "BROADCAST_API_TOKEN is not set", ".env")


def test_the_vendors_site_is_no_api_host(tmp_path: Path) -> None:
    done = doctor(
        tmp_path, "broadcast", BROADCAST_HOST="https://sendbroadcast.com", BROADCAST_API_TOKEN="bc_0000000000"
    )
    one_sentence(done, "sendbroadcast.com does not serve the API", "app.sendbroadcast.com")


def test_the_source_is_no_target(tmp_path: Path) -> None:
    one_sentence(target(tmp_path, "https://sendbroadcast.com"), "does not serve the API", "SEQUENZY_API_URL")


def test_a_key_is_never_sent_unencrypted(tmp_path: Path) -> None:
    one_sentence(target(tmp_path, "http://api.sequenzy.com"), "unencrypted", "https://")


def test_a_wrong_key_is_one_sentence_without_the_key(tmp_path: Path) -> None:
    with serving(SequenzySandbox()) as url:
        done = target(tmp_path, url, "seq_live_wrong_000000")
    one_sentence(done, "Sequenzy does not accept the key", "SEQUENZY_API_KEY")
    assert "seq_live_wrong_000000" not in done.stderr + done.stdout


def test_a_redirect_to_another_scheme_or_host_is_not_followed(tmp_path: Path) -> None:
    fault = Fault(kind="redirect", times=0, location="https://127.0.0.1:1/api/v1")
    with serving(SequenzySandbox(faults=[fault])) as url:
        one_sentence(target(tmp_path, url), "redirects to https://127.0.0.1:1", "SEQUENZY_API_URL")


def test_a_web_page_in_place_of_an_answer_is_told(tmp_path: Path) -> None:
    with serving(SequenzySandbox(faults=[Fault(kind="html", times=0)])) as url:
        one_sentence(target(tmp_path, url), "web page came instead of an answer", "SEQUENZY_API_URL")


@pytest.mark.parametrize("tail", ["", "/", "/api/v1", "/api/v1/", "/v1"])
def test_the_address_is_taken_as_people_paste_it(tmp_path: Path, tail: str) -> None:
    with serving(SequenzySandbox()) as url:
        done = target(tmp_path, url + tail)
    assert 0 == done.returncode, done.stdout + done.stderr


def facts_of(folder: Path, sandbox: SequenzySandbox) -> dict[str, Any]:
    with serving(sandbox) as url:
        done = target(folder, url, next(iter(sandbox.keys)), "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == found["exit"]
    return found


def test_missing_permissions_are_listed_with_the_place_to_give_them(tmp_path: Path) -> None:
    granted = [scope for scope in PRESETS["agent_safe"] if scope not in ("lists:write", "sequences:write")]
    found = facts_of(tmp_path, SequenzySandbox(keys={DEFAULT_KEY: granted}))
    assert ["lists:write", "sequences:write"] == found["platforms"]["sequenzy"]["missing_scopes"]
    assert "lists:write" in found["platforms"]["sequenzy"]["findings"][0]
    assert 3 == found["exit"]


def test_settings_that_could_mail_or_widen_are_shown(tmp_path: Path) -> None:
    found = facts_of(tmp_path, SequenzySandbox(settings={"double_opt_in": True, "default_list_ids": None}))
    shown = found["platforms"]["sequenzy"]
    assert ("on", "every list") == (shown["facts"]["double opt-in"], shown["facts"]["default lists"])
    assert any("EVERY list" in text for text in shown["notes"])


def test_paused_sending_needs_a_person(tmp_path: Path) -> None:
    assert 3 == facts_of(tmp_path, SequenzySandbox(settings={"sending_paused": True}))["exit"]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these permissions")
@pytest.mark.parametrize(
    ("mode", "told"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o620, True)]
)
def test_an_env_file_that_others_can_open_is_told(tmp_path: Path, mode: int, told: bool) -> None:
    (tmp_path / ".env").write_text("# keys\n")
    (tmp_path / ".env").chmod(mode)
    found = facts_of(tmp_path, SequenzySandbox())
    assert any(f"chmod 600 {tmp_path}/.env" in text for text in found["notes"]) is told


def test_an_older_server_is_recognised(tmp_path: Path) -> None:
    found = facts_of(tmp_path, SequenzySandbox(contract="seed"))
    assert "introductory" in found["platforms"]["sequenzy"]["facts"]["contract"]
    assert found["platforms"]["sequenzy"]["missing_scopes"] is None


def test_both_sides_are_looked_at_and_nothing_is_written(tmp_path: Path) -> None:
    source, sandbox = BroadcastSandbox(generate()), SequenzySandbox()
    with serving(source) as host, serving(sandbox) as url:
        done = doctor(
            tmp_path,
            BROADCAST_HOST=host,
            BROADCAST_API_TOKEN=READ_KEY,
            SEQUENZY_API_KEY=DEFAULT_KEY,
            SEQUENZY_API_URL=url,
        )
    assert done.returncode in (0, 3), done.stderr
    assert "broadcast: reachable" in done.stdout
    assert "sequenzy: reachable" in done.stdout
    assert [] == sandbox.recorded
