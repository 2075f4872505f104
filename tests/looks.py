"""How often a property test looks. The complete run looks as often as the test says, the default run a third of that,
so that it stays short. Laws that need one thorough test of their own have it, marked slow.
"""

from __future__ import annotations

import os

COMPLETE = "MIGRATE_COMPLETE_TESTS"
"""The variable that `python3 -m tests --all` sets."""
FEWEST = 5


def looks(complete: int) -> int:
    return complete if os.environ.get(COMPLETE) else max(min(FEWEST, complete), complete // 3)
