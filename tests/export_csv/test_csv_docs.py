"""docs/adapters/csv.md and docs/sequences-toml.md say what the code does."""

from __future__ import annotations

import os
import re
from pathlib import Path

from adapters.csvfile.layouts import LAYOUTS
from adapters.csvfile.options import MEANINGS
from adapters.handwritten import rules, steps
from migrator.cli.export_csv import csv

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "adapters" / "csv.md"


def layout_table() -> str:
    lines = ["| `--platform` | Export | Columns by which it is known | Left out by the platform |", "|---|---|---|---|"]
    for layout in LAYOUTS:
        columns = " or ".join(", ".join(f"`{one}`" for one in sorted(each)) for each in layout.signatures)
        name = f"`{layout.name}`" + (" (needed)" if layout.weak else "")
        lines.append(f"| {name} | {layout.title} | {columns} | {layout.lacks} |")
    return "\n".join(lines)


def test_the_table_of_layouts_is_the_codes_own() -> None:
    text = PAGE.read_text()
    wanted = f"<!-- layouts -->\n{layout_table()}\n<!-- /layouts -->"
    if os.environ.get("GOLDEN") == "write":
        text = re.sub(r"<!-- layouts -->.*<!-- /layouts -->", lambda _: wanted, text, flags=re.DOTALL)
        PAGE.write_text(text)
    assert wanted in text


def test_every_option_and_meaning_is_described() -> None:
    text = PAGE.read_text()
    options = {name for one in csv.params for name in one.opts if name.startswith("--")}
    missing = {name for name in options if name not in text} - {"--dir", "--json", "--verbose", "--quiet"}
    assert missing == set()
    assert {meaning for meaning in MEANINGS if f"`{meaning}`" not in text} == set()


def test_every_word_of_the_language_is_described() -> None:
    text = (DOCS / "sequences-toml.md").read_text()
    words = (
        *steps.KINDS,
        *rules.KINDS,
        *rules.COMPARISONS,
        *rules.SCOPES,
        *rules.TRIGGERS,
    )
    assert {word for word in words if not re.search(rf"`{word}\b|\"{word}\"", text)} == set()
