"""From a local MailerLite to a plan, through the command line: what a person sees, and what no plan lets out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from migrator.bundle.check import check
from migrator.cli.main import main
from migrator.errors import EXIT_ERROR, EXIT_FINDINGS
from migrator.sandbox.server import serving
from migrator.sandbox.sources.mailerlite import KEY, platform
from migrator.sandbox.sources.server import SourceSandbox, Switches


@pytest.fixture
def url() -> Iterator[str]:
    app = SourceSandbox(platform(30), switches=Switches(enforce_limits=False))
    with serving(app) as address:
        yield f"{address}/api"


def migrate(folder: Path, url: str, *arguments: str, key: str = KEY) -> Result:
    environment = {"MAILERLITE_API_URL": url, "MAILERLITE_API_KEY": key}
    return CliRunner().invoke(main, ["-C", str(folder), *arguments], env=environment)


def test_an_account_is_exported_and_planned_and_no_tag_of_mailerlite_gets_through(url: str, tmp_path: Path) -> None:
    exported = migrate(tmp_path, url, "export", "mailerlite", "--rate", "0")
    assert exported.exit_code == EXIT_FINDINGS, exported.output
    assert check(tmp_path / "bundle") == []
    assert '[steps."7001"' in (tmp_path / "mappings.toml").read_text(), "the emails without HTML are gaps"
    planned = migrate(tmp_path, url, "plan")
    assert planned.exit_code == EXIT_FINDINGS, planned.output
    lines = json.loads((tmp_path / "plan" / "ledger.json").read_text())
    tags = [line for line in lines if "{$" in json.dumps(line) and line["kind"] == "merge_tag"]
    assert tags
    assert {line["verdict"] for line in tags} <= {"manual", "dropped"}
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file


def test_doctor_says_what_the_key_reads_and_a_wrong_key_is_told_how_to_mend(url: str, tmp_path: Path) -> None:
    well = migrate(tmp_path, url, "doctor", "mailerlite", "--rate", "0")
    assert "mailerlite: reachable" in well.output
    assert "all that an export reads" in well.output
    wrong = migrate(tmp_path, url, "doctor", "mailerlite", key="another")
    assert wrong.exit_code == EXIT_ERROR
    assert "MAILERLITE_API_KEY" in wrong.output
