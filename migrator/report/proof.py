"""What was loaded and what verification found, from the workspace's own records. Nothing of it: no proof."""

from __future__ import annotations

from pathlib import Path

from migrator.plan.reading import OpenPlan
from migrator.report.facts import Proof


def proof_of(workspace: Path, opened: OpenPlan) -> Proof | None:
    return None
