"""Before a plan is replaced: what was loaded of it is noted, and a newer plan of the same account keeps its label."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from migrator.errors import PlanError
from migrator.load.belonging import ACCOUNT, account_of
from migrator.load.checkpoint import Checkpoint
from migrator.load.newer.remember import remember_loaded
from migrator.plan.open_plan import OpenPlan
from migrator.transport.clock import Clock


def keep_loaded(workspace: Path, source: Mapping[str, Any], *, clock: Clock) -> str | None:
    """The label that the plan of this account goes on with; None when nothing of it is loaded. `source`: the bundle's
    platform, host and account."""
    checkpoint = Checkpoint.look(workspace, clock=clock)
    if checkpoint is None:
        return None
    with checkpoint:
        if not checkpoint.latest():
            return None
        try:
            opened = OpenPlan.open(workspace / "plan", check=False)
        except PlanError:
            pass  # damaged or gone: what the last load noted is all there is
        else:
            remember_loaded(opened, checkpoint, workspace)
        known, marker = checkpoint.note(ACCOUNT), checkpoint.note("marker")
        return str(marker) if marker and known == account_of(source) else None
