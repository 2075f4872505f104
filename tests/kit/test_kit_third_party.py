"""A package of somebody else adds a source by an entry point, and the command line knows it like one of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters import SOURCES, all_sources, load_source
from migrator.cli.main import main

MODULE = """
from adapters.base import Readable, Setting
from adapters.mailerlite.source import MailerLiteSource

class AcmeSource(MailerLiteSource):
    name = "acme"
    title = "Acme Mail"
    key = Setting("ACME_KEY", "a key of Acme", secret=True)
    url = Setting("ACME_URL", "another address", required=False)
    readable = (Readable("contacts", "API"),)
    cannot = ("Acme keeps its secrets.",)
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed distribution that nobody here knows, which also tries to take over a name of ours."""
    info = tmp_path / "acme_mail-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-mail\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[sequenzy_migrate.sources]\nacme = acme_mail_source:AcmeSource\nklaviyo = acme_mail_source:AcmeSource\n"
    )
    (tmp_path / "acme_mail_source.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("acme")
def test_an_installed_package_adds_a_source_and_takes_over_none() -> None:
    assert all_sources() == {**SOURCES, "acme": "acme_mail_source:AcmeSource"}
    assert load_source("acme").title == "Acme Mail"
    assert load_source("klaviyo").title == "Klaviyo"


@pytest.mark.usefixtures("acme")
def test_sources_export_and_doctor_know_it(tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        return CliRunner().invoke(main, list(arguments), env={"ACME_KEY": ""}).output

    assert "Acme keeps its secrets." in said("sources", "acme")
    assert "Everything that Acme Mail tells." in said("export", "--help")
    assert "ACME_KEY" in said("export", "acme", "--help")
    assert "ACME_KEY is not set" in said("-C", str(tmp_path), "doctor", "acme")
    assert "ACME_KEY is not set" in said("-C", str(tmp_path), "export", "acme")


def test_without_other_packages_there_are_only_ours() -> None:
    assert "acme" not in all_sources()
    assert set(SOURCES) <= set(all_sources())
