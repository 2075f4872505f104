"""Coverage is taken from the default tests alone: the slow ones look more often at the same code, and being watched
makes them several times slower.
"""

from __future__ import annotations

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.get_closest_marker("slow") is not None:
        item.add_marker("no_cover")
