"""`migrate export broadcast` against a local Broadcast: what a person and a script see, and what stays private."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from export_support import account_of

from migrator.bundle import Bundle
from migrator.cli.main import main
from migrator.errors import EXIT_ERROR, EXIT_FINDINGS, EXIT_OK, EXIT_USAGE
from migrator.sandbox.broadcast.account import ADMIN_KEY, READ_KEY
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.server import serving


@pytest.fixture
def server() -> Iterator[tuple[BroadcastSandbox, str]]:
    app = BroadcastSandbox(account_of(60))
    with serving(app) as url:
        yield app, url


def export(folder: Path, url: str, *arguments: str, key: str = ADMIN_KEY, **more: str) -> Result:
    environment = {"BROADCAST_HOST": url, "BROADCAST_API_TOKEN": key, "BROADCAST_CHANNEL_ID": "3", **more}
    return CliRunner().invoke(
        main, ["-C", str(folder), "export", "broadcast", "--busy-wait", "0", *arguments], env=environment
    )


def test_the_summary_says_what_came_and_what_to_do_next(server: Any, tmp_path: Path) -> None:
    app, url = server
    result = export(tmp_path, url)
    assert result.exit_code in (EXIT_OK, EXIT_FINDINGS), result.output
    assert "60" in result.stdout
    assert "migration-export-api" in result.stdout
    assert "unsubscribed" in result.stdout
    assert "branched" in result.stdout
    assert f"Next: migrate -C {tmp_path} plan" in result.stdout
    assert "contacts: 60" in result.stderr
    assert not app.recorded
    everything = result.output
    for person in app.account.subscribers:
        assert person.email not in everything
    assert ADMIN_KEY not in everything
    assert not list(tmp_path.glob("bundle.partial"))


def test_no_secret_is_in_any_file(server: Any, tmp_path: Path) -> None:
    _, url = server
    export(tmp_path, url)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert ADMIN_KEY.encode() not in file.read_bytes(), file
            assert file.stat().st_mode & 0o077 == 0, file


def test_a_script_gets_one_document_and_events(server: Any, tmp_path: Path) -> None:
    _, url = server
    result = export(tmp_path, url, "--json")
    facts = json.loads(result.stdout)
    assert facts["counts"]["contacts"] == 60
    assert facts["bundle"] == Bundle.open(tmp_path / "bundle").hash
    events = [json.loads(line) for line in result.stderr.splitlines()]
    assert {"event": "finished", "name": "contacts", "rows": 60, "remark": None} in events


def test_only_some_collections_or_one_sequence(server: Any, tmp_path: Path) -> None:
    app, url = server
    result = export(tmp_path, url, "--only", "sequences,templates", "--sequence", "9")
    assert result.exit_code in (EXIT_OK, EXIT_FINDINGS), result.output
    bundle = Bundle.open(tmp_path / "bundle")
    assert [sequence.source_id for sequence in bundle.sequences()] == ["9"]
    assert bundle.manifest.counts["contacts"] == 0
    assert bundle.manifest.options.only == ("sequences", "templates")
    assert not [seen for seen in app.requests if "subscribers" in seen.path]


def test_wrong_words_are_refused_before_anything_is_asked(server: Any, tmp_path: Path) -> None:
    app, url = server
    result = export(tmp_path, url, "--only", "sequences,people")
    assert result.exit_code == EXIT_USAGE
    assert "people" in result.stderr
    assert "contacts" in result.stderr
    assert not app.requests


def test_settings_may_stand_in_the_workspace_and_their_absence_is_explained(server: Any, tmp_path: Path) -> None:
    _, url = server
    absent = export(tmp_path, "", key="")
    assert absent.exit_code == EXIT_ERROR
    assert "BROADCAST_HOST" in absent.stderr
    (tmp_path / ".env").write_text(f"BROADCAST_HOST={url}\nBROADCAST_API_TOKEN={READ_KEY}\n")
    result = export(tmp_path, "", "--only", "templates", key="", BROADCAST_CHANNEL_ID="")
    assert result.exit_code in (EXIT_OK, EXIT_FINDINGS), result.output


def test_a_refused_key_is_one_sentence_and_an_exit_code(server: Any, tmp_path: Path) -> None:
    _, url = server
    result = export(tmp_path, url, key="bc-wrong-key")
    assert result.exit_code == EXIT_ERROR
    assert "BROADCAST_API_TOKEN" in result.stderr
    assert "Traceback" not in result.output
    assert "bc-wrong-key" not in result.output


def test_short_steps_leave_a_form_to_fill_in(tmp_path: Path) -> None:
    app = BroadcastSandbox(account_of(60), switches=Switches(steps_endpoint="short"))
    with serving(app) as url:
        result = export(tmp_path, url, "--only", "sequences,templates")
    assert result.exit_code == EXIT_FINDINGS
    assert (tmp_path / "mappings.toml").exists()
    assert "mappings.toml" in result.stdout


def test_a_delta_says_what_it_is_for_and_sends_nobody_to_a_command_that_refuses_it(server: Any, tmp_path: Path) -> None:
    _, url = server
    export(tmp_path, url)
    result = export(tmp_path, url, "--since-bundle", str(tmp_path / "bundle"))
    assert result.exit_code in (EXIT_OK, EXIT_FINDINGS), result.output
    assert "A delta is for reading" in result.stdout
    assert "gone: nothing" in result.stdout
    assert result.stdout.rstrip().endswith(f"Next: migrate -C {tmp_path} export broadcast")
