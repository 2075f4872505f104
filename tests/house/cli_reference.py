"""Writes docs/cli.md from the commands' own help (`python -m tests.house.cli_reference`); a test compares the two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from migrator.cli.main import main

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
INTRODUCTION = """# The command line

Every command and option, as `--help` prints it (this page is made from the commands themselves).

Results go to standard output, everything else to standard error. `--json` prints one JSON document (or one event a
line, where a command says so) for scripts. Keys come from the environment or from `.env` in the workspace, never from
an argument.

| Exit code | Meaning |
|---|---|
| 0 | done |
| 1 | an error: one sentence says what, where, why and how to fix it |
| 2 | the command line is wrong |
| 3 | done, and something needs a person |
| 130 | stopped by you; the same command goes on where it stopped |
"""


def commands(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    # As in a real call. A command keeps the help option that it was first asked for, perhaps by a test without `main`.
    names = main.context_settings["help_option_names"]
    command._help_option = None
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100, help_option_names=names)
    yield name, command.get_help(context)
    if isinstance(command, click.Group):
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None
            yield from commands(found, f"{name} {sub}")


def page() -> str:
    parts = [INTRODUCTION]
    parts += [f"## {name}\n\n```text\n{help_text.rstrip()}\n```\n" for name, help_text in commands(main, "migrate")]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
