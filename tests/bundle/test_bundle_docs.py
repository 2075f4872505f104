"""docs/bundle.md is the format for other tools: what it lists must be what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from migrator.bundle.bundle_files import COLLECTIONS
from migrator.bundle.manifest import FORMAT_VERSION, ExportOptions, FileEntry, Manifest, Mismatch, Source, Unread
from migrator.model import ConsentState

TEXT = (Path(__file__).parents[2] / "docs" / "bundle.md").read_text()


def section(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", TEXT, re.DOTALL)
    assert found
    return found[1]


def rows(name: str) -> list[list[str]]:
    lines = section(name).strip().splitlines()[2:]
    return [[re.sub(r"^`([^`]*)`$", r"\1", cell.strip()) for cell in line.strip("|").split("|")] for line in lines]


def test_every_file_is_listed_with_its_shape_and_record() -> None:
    assert rows("files") == [[each.path, each.name, each.shape, each.record.__name__] for each in COLLECTIONS]


def test_every_field_of_the_manifest_is_listed_in_its_order() -> None:
    assert [row[0] for row in rows("manifest")] == [field.name for field in msgspec.structs.fields(Manifest)]


@pytest.mark.parametrize(
    ("field", "record"),
    [
        ("source", Source),
        ("options", ExportOptions),
        ("unread", Unread),
        ("mismatches", Mismatch),
        ("files", FileEntry),
    ],
)
def test_the_fields_inside_the_manifest_are_listed(field: str, record: type[msgspec.Struct]) -> None:
    (meaning,) = [row[1] for row in rows("manifest") if row[0] == field]
    assert {each.name for each in msgspec.structs.fields(record)} == set(re.findall(r"`([a-z0-9_]+)`", meaning))


def test_the_consent_states_are_listed_in_their_order() -> None:
    assert list(ConsentState) == re.findall(r"`(\w+)`", section("consent"))


def test_the_version_is_the_one_described() -> None:
    assert f"**format version {FORMAT_VERSION}**" in TEXT
    assert ["format_version", str(FORMAT_VERSION)] in rows("manifest")
