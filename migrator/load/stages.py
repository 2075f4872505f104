"""Where a migration stands, from the files of its folder alone: for `migrate status` and the report. No network."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from migrator.errors import BundleError, MigrateError, PlanError
from migrator.load.checkpoint import Checkpoint
from migrator.load.counts import Count, count
from migrator.load.run import UNDOING, Forecast, forecast
from migrator.plan.open_plan import OpenPlan, open_fresh
from migrator.transport.clock import Clock

STAGES = ("export", "plan", "load", "verify", "done", "undo")


@dataclass(frozen=True)
class Standing:
    stage: str
    """The next of STAGES to be run."""
    counts: dict[str, Count]
    remaining: Forecast | None = None
    running: str | None = None
    """The process that loads right now."""
    people_per_minute: float | None = None
    last_error: str | None = None
    warnings: int = 0
    fallbacks: tuple[str, ...] = ()
    enabled: tuple[str, ...] = ()
    verified: dict[str, Any] | None = None
    """The content of verify/counts.json, when it is about this plan."""
    problem: str = ""
    """Why the plan cannot be used."""
    next: str = ""

    def facts(self) -> dict[str, Any]:
        left = self.remaining
        return {
            "stage": self.stage,
            "next": self.next,
            "counts": {kind: one.facts() for kind, one in self.counts.items()},
            "remaining": {"requests": left.requests, "seconds": left.seconds} if left else None,
            "running": self.running,
            "people_per_minute": self.people_per_minute,
            "last_error": self.last_error,
            "warnings": self.warnings,
            "fallbacks": list(self.fallbacks),
            "enabled": list(self.enabled),
            "verified": self.verified,
            "problem": self.problem,
        }


def standing(workspace: Path, *, clock: Clock, rate: int | None = None) -> Standing:
    if not (workspace / "bundle" / "manifest.json").exists() and not (workspace / "plan").exists():
        missing = "" if workspace.exists() else f"There is no folder {workspace}."
        return Standing("export", {}, problem=missing, next="sources")
    if not (workspace / "plan").exists():
        return Standing("plan", {}, next="plan")
    try:
        opened = OpenPlan.open(workspace / "plan", check=False)
    except PlanError as error:
        return Standing("plan", {}, problem=str(error), next="plan")
    stale = _stale(workspace) or _held_back(opened)
    checkpoint = Checkpoint.look(workspace, clock=clock)
    if checkpoint is None:
        stage = "plan" if stale else "load"
        return Standing(stage, count(opened, None), forecast(opened, None, rate), problem=stale, next=stage)
    try:
        found = _with_checkpoint(workspace, opened, checkpoint, rate)
    finally:
        checkpoint.close()
    if not stale or found.problem or found.stage == "undo":  # an undo goes on, whatever became of the bundle since
        return found
    return replace(found, problem=stale, next="plan")


def _held_back(opened: OpenPlan) -> str:
    """Why a load will write nobody; empty when it will."""
    if not opened.plan.holds:
        return ""
    return f"No person is loaded before this is settled: {'; '.join(one.rstrip('.') for one in opened.plan.holds)}."


def _stale(workspace: Path) -> str:
    """Why the other commands will refuse the plan; empty when they will not. A bundle that cannot be read is no reason:
    it may be whole again before the next command."""
    try:
        open_fresh(workspace, check=False)
    except BundleError:
        return ""
    except MigrateError as error:
        return str(error)
    return ""


def _with_checkpoint(workspace: Path, opened: OpenPlan, checkpoint: Checkpoint, rate: int | None) -> Standing:
    known = checkpoint.note("plan_hash")
    if known is not None and known != opened.hash:
        problem = "A part of another plan is loaded; plan again with the former mappings.toml, or undo that load first."
        return Standing("load", {}, problem=problem, last_error=checkpoint.last_error(), next="undo")
    counts = count(opened, checkpoint)
    undoing, verified = bool(checkpoint.note(UNDOING)), _verified(workspace, opened, checkpoint)
    open_left = any(one.open for one in counts.values())
    stage, following = ("undo", "undo") if undoing else ("load", "load") if open_left else ("verify", "verify")
    if stage == "verify" and verified is not None and _proven(verified):
        stage, following = "done", "report"
    return Standing(
        stage,
        counts,
        remaining=forecast(opened, checkpoint, rate) if open_left else None,
        running=checkpoint.holder(),
        people_per_minute=_speed(checkpoint),
        last_error=checkpoint.last_error(),
        warnings=len(checkpoint.note("warnings", [])),
        fallbacks=tuple(checkpoint.note("fallbacks", [])),
        enabled=tuple(checkpoint.note("enabled", [])),
        verified=verified,
        next=following,
    )


def _verified(workspace: Path, opened: OpenPlan, checkpoint: Checkpoint) -> dict[str, Any] | None:
    """Of this plan, and not older than the latest write."""
    try:
        found = json.loads((workspace / "verify" / "counts.json").read_bytes())
        checked = datetime.fromisoformat(found["checked_at"]).timestamp()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # The file tells whole seconds.
    return found if found.get("plan") == opened.hash and checked + 1 > checkpoint.latest() else None


def _proven(verified: dict[str, Any]) -> bool:
    """Nothing differs and nothing is left that another look could show."""
    return bool(verified.get("equal") or (verified.get("agrees") and not verified.get("unchecked")))


def _speed(checkpoint: Checkpoint) -> float | None:
    """People a minute of the latest run, while it wrote people."""
    run = checkpoint.note("run") or {}
    seconds = run.get("people_seconds") or 0
    return round(60 * run["people"] / seconds, 1) if seconds and run.get("people") else None
