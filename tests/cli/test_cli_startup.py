"""`migrate --help` is instant because nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from migrator.cli.main import VERBS

HEAVY = {"pandas", "httpx", "bs4", "mjml", "sequenzy", "tqdm", "jinja2", "selectolax", "msgspec"}


def modules_after(*arguments: str) -> set[str]:
    script = (
        "import sys\n"
        "from migrator.cli.main import main\n"
        f"sys.argv = ['migrate', *{list(arguments)!r}]\n"
        "try:\n    main(prog_name='migrate')\nexcept SystemExit:\n    pass\n"
        "print('\\n@@' + ' '.join(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.rsplit("@@", 1)[1].split())


def test_help_loads_nothing_heavy() -> None:
    assert set() == HEAVY & modules_after("--help")


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_help_of_every_verb_loads_no_table_html_or_mjml_library(verb: str) -> None:
    assert set() == {"pandas", "bs4", "mjml", "sequenzy", "selectolax", "httpx"} & modules_after(verb, "--help")


def test_help_names_every_verb() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "migrator", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert [] == [verb for verb in VERBS if f"\n  {verb} " not in shown]
