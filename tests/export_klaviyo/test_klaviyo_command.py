"""`migrate export klaviyo` against a local Klaviyo on loopback: what a person and a script see, what stays private."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from migrator.bundle import Bundle
from migrator.bundle.check import check
from migrator.cli.main import main
from migrator.errors import EXIT_ERROR, EXIT_FINDINGS, EXIT_OK, EXIT_USAGE
from migrator.sandbox.klaviyo.account import DEFAULT_KEY
from migrator.sandbox.klaviyo.app import KlaviyoSandbox
from migrator.sandbox.klaviyo.generate import generate
from migrator.sandbox.klaviyo.switches import Switches
from migrator.sandbox.server import serving

Server = tuple[KlaviyoSandbox, str]


@pytest.fixture
def server() -> Iterator[Server]:
    app = KlaviyoSandbox(generate(30, flows=1), switches=Switches(enforce_limits=False))
    with serving(app) as url:
        yield app, url


def export(folder: Path, url: str, *arguments: str, key: str = DEFAULT_KEY, **more: str) -> Result:
    environment = {"KLAVIYO_API_URL": url, "KLAVIYO_API_KEY": key, "KLAVIYO_TAG_PROPERTIES": "", **more}
    command = ["-C", str(folder), "export", "klaviyo", "--rate", "0", *arguments]
    return CliRunner().invoke(main, command, env=environment)


def test_the_summary_says_what_came_and_what_to_do_next(server: Server, tmp_path: Path) -> None:
    app, url = server
    result = export(tmp_path, url)
    assert result.exit_code == EXIT_FINDINGS, result.output
    assert "Who is waiting in which flow" in result.stdout
    assert "never gave consent" in result.stdout
    assert f"Next: migrate -C {tmp_path} plan" in result.stdout
    assert app.writes == []
    for person in app.account.profiles:
        assert not person.attributes["email"] or person.attributes["email"] not in result.output
    assert check(tmp_path / "bundle") == []
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert DEFAULT_KEY.encode() not in file.read_bytes(), file


def test_what_was_never_designed_is_a_form_to_fill_in(server: Server, tmp_path: Path) -> None:
    _, url = server
    export(tmp_path, url)
    form = (tmp_path / "mappings.toml").read_text()
    assert '[steps."FlOdd".' in form


def test_a_script_gets_one_document(server: Server, tmp_path: Path) -> None:
    _, url = server
    result = export(tmp_path, url, "--json", "--only", "contacts,lists")
    assert result.exit_code == EXIT_OK, result.output
    facts = json.loads(result.stdout)
    assert facts["counts"]["contacts"] == Bundle.open(tmp_path / "bundle").manifest.counts["contacts"]
    assert facts["counts"]["sequences"] == 0


def test_a_flow_that_is_not_there_is_named(server: Server, tmp_path: Path) -> None:
    _, url = server
    result = export(tmp_path, url, "--sequence", "NoSuchFlow")
    assert result.exit_code == EXIT_FINDINGS
    assert "Flow NoSuchFlow: the account has no flow with this id" in result.stdout
    assert check(tmp_path / "bundle") == []


def test_a_delta_is_written_beside_the_bundle(server: Server, tmp_path: Path) -> None:
    app, url = server
    export(tmp_path, url, "--only", "contacts,lists")
    app.account.profiles[0].attributes["first_name"] = "Changed"
    result = export(tmp_path, url, "--only", "contacts,lists", "--since-bundle", str(tmp_path / "bundle"))
    assert result.exit_code == EXIT_OK, result.output
    assert Bundle.open(tmp_path / "delta").manifest.counts["contacts"] == 1


@pytest.mark.parametrize(
    ("arguments", "key", "code", "said"),
    [
        (("--only", "everything"), None, EXIT_USAGE, "No such collection"),
        ((), "", EXIT_ERROR, "KLAVIYO_API_KEY is not set"),
        ((), "pk_wrong", EXIT_ERROR, "does not accept the key"),
        ((), "with blanks in it", EXIT_ERROR, "damaged"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    arguments: tuple[str, ...], key: str | None, code: int, said: str, server: Server, tmp_path: Path
) -> None:
    _, url = server
    result = export(tmp_path, url, *arguments, key=DEFAULT_KEY if key is None else key)
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_migrate_sources_knows_it_without_a_special_case() -> None:
    result = CliRunner().invoke(main, ["sources", "klaviyo"])
    assert result.exit_code == EXIT_OK
    assert "KLAVIYO_API_KEY" in result.stdout
