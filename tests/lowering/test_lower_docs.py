"""docs/constructs says exactly what the mappings say. `UPDATE_GOLDEN=1` writes the pages anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from mappings.findings import FINDINGS
from mappings.findings.pages import PAGES, render, render_index

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "constructs"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_each_page_is_what_the_mappings_say(name: str) -> None:
    path = DOCS / f"{name}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(render(name))
    assert render(name) == path.read_text()


def test_the_index_names_every_page() -> None:
    path = DOCS / "README.md"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(render_index())
    assert render_index() == path.read_text()


def test_each_finding_has_a_page_and_each_page_a_file() -> None:
    assert {kind.page for kind in FINDINGS.values()} <= set(PAGES)
    assert set(PAGES) <= {path.stem for path in DOCS.glob("*.md")}


def test_each_finding_is_made_somewhere() -> None:
    code = "\n".join(
        path.read_text()
        for folder in ("mappings", "migrator/plan")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "findings"
    )
    said = set(re.findall(r'"([a-z0-9-]+)"', code))
    assert sorted(set(FINDINGS) - said) == []


def test_each_finding_that_is_made_is_known() -> None:
    made = set()
    for folder in ("mappings", "migrator/plan"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text()
            if "from mappings.findings import" in text:
                made |= set(re.findall(r'\bfind\(\s*"([a-z0-9-]+)"', text))
                made |= set(re.findall(r'unknown="([a-z0-9-]+)"', text))
    assert sorted(made - set(FINDINGS)) == []
