"""The page about the report names every record and field of report.json, and every sign."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from migrator.report import facts

PAGE = (Path(__file__).parents[2] / "docs" / "report.md").read_text("utf-8")


def test_every_record_and_field_is_documented() -> None:
    rows = {
        match[1]: tuple(re.findall(r"`(\w+)`", match[2]))
        for match in re.finditer(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE)
    }
    records = {
        name: kind.__struct_fields__
        for name, kind in vars(facts).items()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and name != "Fact"
    }
    assert records == rows


def test_the_version_is_the_documented_one() -> None:
    assert f"Version {facts.FORMAT_VERSION}." in PAGE
