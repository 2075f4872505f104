"""Every layout we claim to know, as a small export with a golden result beside it, read by eye once.

After a change that is meant: GOLDEN=write python -m pytest tests/export_csv/test_csv_layouts.py, and read the diff.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import msgspec
import pytest
from csv_support import bundle_of

from adapters.csvfile.layouts import LAYOUTS
from migrator.model import ConsentState

FILES = Path(__file__).with_name("files")
GOLDEN = Path(__file__).with_name("golden")
WEAK = {layout.name for layout in LAYOUTS if layout.weak}
CASES = sorted(path.name for path in FILES.iterdir())


@pytest.mark.parametrize("name", CASES)
def test_a_known_export_reads_as_it_always_did(name: str, tmp_path: Path) -> None:
    platform = name if name in WEAK else None
    bundle = bundle_of(tmp_path, *sorted((FILES / name).iterdir()), platform=platform)
    found = {
        "layouts": [one["layout"] for one in bundle.manifest.options.other["files"]],
        "contacts": [msgspec.to_builtins(one) for one in bundle.contacts()],
        "suppressions": [msgspec.to_builtins(one) for one in bundle.suppressions()],
        "tags": [one.name for one in bundle.tags()],
        "lists": [one.name for one in bundle.lists()],
        "notes": list(bundle.manifest.notes),
        "unread": [one.what for one in bundle.manifest.unread],
    }
    golden = GOLDEN / f"{name}.json"
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text)
    assert golden.read_text() == text


def test_every_layout_has_an_export_here() -> None:
    seen = {layout for path in GOLDEN.iterdir() for layout in json.loads(path.read_text())["layouts"]}
    assert {layout.name for layout in LAYOUTS} | {"do-not-send", "unknown"} == seen


@pytest.mark.parametrize("name", sorted(WEAK))
def test_columns_that_others_have_too_are_no_proof_of_a_yes(name: str, tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path, *sorted((FILES / name).iterdir()))
    assert ConsentState.SUBSCRIBED not in {one.consent.state for one in bundle.contacts()}
    assert any(f"--platform {name}" in one.remedy for one in bundle.manifest.unread)
