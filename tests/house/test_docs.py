"""The documents tell the truth about the code: commands, examples and links."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from migrator.cli.main import VERBS, main
from tests.house.cli_reference import PAGE, commands, page

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "adapters").rglob("*.md")])


def test_the_command_line_page_is_what_the_commands_say() -> None:
    assert PAGE.read_text() == page(), "run: .venv/bin/python -m tests.house.cli_reference"


def test_every_command_shows_an_example_or_is_a_group_of_such() -> None:
    without = [
        name
        for name, text in commands(main, "migrate")
        if "Example" not in text and not (name != "migrate" and "Commands:" in text)
    ]
    assert without == []


def test_every_option_says_what_it_does() -> None:
    silent = []
    context = click.Context(main)
    for verb in VERBS:
        command = main.get_command(context, verb)
        assert command is not None
        group = isinstance(command, click.Group)
        for one in [command, *(command.commands.values() if group else ())]:  # type: ignore[attr-defined]
            silent += [f"{verb} {p.name}" for p in one.params if isinstance(p, click.Option) and not p.help]
    assert silent == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_only_commands_that_exist(document: Path) -> None:
    text = document.read_text()
    named = set(re.findall(r"(?:^    |`|\bthen )migrate (?:-C \S+ )?([a-z]+)", text, re.MULTILINE))
    assert named - set(VERBS) == set()


def test_the_changelog_names_the_version() -> None:
    from migrator import __version__

    text = (ROOT / "CHANGELOG.md").read_text()
    assert f"## {__version__}" in text or "## Unreleased" in text
