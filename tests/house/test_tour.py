"""The tour of the code leads to places that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOUR = (ROOT / "docs/tour.md").read_text()
STOPS = sorted(set(re.findall(r"`((?:adapters|mappings|migrator)/[\w/]+(?:\.py)?/?(?::\w+)?)`", TOUR)))


@pytest.mark.parametrize("stop", STOPS)
def test_every_stop_of_the_tour_exists(stop: str) -> None:
    place, _, name = stop.partition(":")
    assert (ROOT / place).exists()
    if name:
        tree = ast.parse((ROOT / place).read_text())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_the_tour_has_stops() -> None:
    assert len(STOPS) > 25
