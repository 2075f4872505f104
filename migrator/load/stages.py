"""Where a migration stands, from the files of its folder alone: for `migrate status` and the report. No network."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mappings.findings import find
from migrator.errors import BundleError, MigrateError, PlanError
from migrator.load.checkpoint import Checkpoint
from migrator.load.counts import Count, count
from migrator.load.next_step import OnDisk, Stage, next_step
from migrator.load.run import UNDOING, Forecast, forecast
from migrator.plan.open_plan import OpenPlan, open_fresh
from migrator.plan.records import BuildSequence
from migrator.transport.clock import Clock

SWITCHED_OFF = find("switched-off").reason
UNDER_WAY = "switching"
"""A note in the checkpoint: source ids of the sequences whose switch was begun and is not finished."""


@dataclass(frozen=True)
class Standing:
    counts: dict[str, Count] = field(default_factory=dict)
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
    stage: Stage = Stage.EXPORT
    next: str = ""
    act: str = ""
    """What a person does before the next command, or instead of one."""

    def facts(self) -> dict[str, Any]:
        left = self.remaining
        return {
            "stage": self.stage,
            "next": self.next,
            "act": self.act,
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


def standing(workspace: Path, *, clock: Clock, rate: int | None = None, done: str = "") -> Standing:
    """`done`: what has just ended and leaves no file behind, such as `load --dry-run`, or is about to, as `report`."""
    facts = OnDisk(bundle=(workspace / "bundle" / "manifest.json").exists(), dry_run=done == "load --dry-run")
    if not (workspace / "plan").exists():
        missing = "" if workspace.exists() or facts.bundle else f"There is no folder {workspace}."
        return _stand(facts, Standing(problem=missing))
    try:
        opened = OpenPlan.open(workspace / "plan", check=False)
    except PlanError as error:
        return _stand(facts, Standing(problem=str(error)))
    stale = _stale(workspace)
    facts = replace(
        facts,
        plan=True,
        stale=bool(stale),
        held=bool(opened.plan.holds),
        reported=done == "report" or _reported(workspace),
    )
    problem = stale or _held_back(opened)
    checkpoint = Checkpoint.look(workspace, clock=clock)
    if checkpoint is None:
        found = Standing(count(opened, None), forecast(opened, None, rate), problem=problem)
        return _stand(replace(facts, open=True), found)
    try:
        return _with_checkpoint(workspace, opened, checkpoint, rate, facts, problem)
    finally:
        checkpoint.close()


def _stand(facts: OnDisk, found: Standing) -> Standing:
    step = next_step(facts)
    return replace(found, stage=step.stage, next=step.next, act=step.act)


def _reported(workspace: Path) -> bool:
    """Whether the report was written after the latest verification, if there was one."""
    try:
        written = (workspace / "plan" / "report.json").stat().st_mtime_ns
    except OSError:
        return False
    proof = workspace / "verify" / "counts.json"
    return not proof.exists() or proof.stat().st_mtime_ns <= written


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


def _with_checkpoint(
    workspace: Path, opened: OpenPlan, checkpoint: Checkpoint, rate: int | None, facts: OnDisk, problem: str
) -> Standing:
    known = checkpoint.note("plan_hash")
    enabled = tuple(checkpoint.note("enabled", []))
    if known is not None and known != opened.hash and checkpoint.latest():
        other = "Sequenzy holds what an earlier plan says. `migrate load` writes what changed since."
        found = Standing(problem=other, last_error=checkpoint.last_error(), enabled=enabled)
        undoing = bool(checkpoint.note(UNDOING))
        return _stand(replace(facts, begun=True, other_plan=True, undoing=undoing, live=len(enabled)), found)
    counts = count(opened, checkpoint)
    verified = _verified(workspace, opened, checkpoint)
    open_left = any(one.open for one in counts.values())
    ready, waiting = switchable(opened, enabled)
    facts = replace(
        facts,
        begun=any(one.done for one in counts.values()),
        undoing=bool(checkpoint.note(UNDOING)),
        open=open_left,
        verified=verified is not None,
        proven=verified is not None and _proven(verified),
        live=len(enabled),
        ready=ready,
        waiting=waiting,
        switching=tuple(checkpoint.note(UNDER_WAY, [])),
    )
    found = Standing(
        counts,
        remaining=forecast(opened, checkpoint, rate) if open_left else None,
        running=checkpoint.holder(),
        people_per_minute=_speed(checkpoint),
        last_error=checkpoint.last_error(),
        warnings=len(checkpoint.note("warnings", [])),
        fallbacks=tuple(checkpoint.note("fallbacks", [])),
        enabled=enabled,
        verified=verified,
        problem="" if facts.undoing else problem,
    )
    return _stand(facts, found)


def switchable(opened: OpenPlan, live: Collection[str]) -> tuple[tuple[tuple[str, ...], ...], int]:
    """The source ids that `enable` takes, in groups that must go live together; and how many drafts need a person.

    A sequence that the source does not run either stays a draft, and nobody waits for it."""
    operations = {one.key: one for one in opened.operations(BuildSequence)}
    graphs = {key: opened.sequence(one).graph for key, one in operations.items()}
    off = {key for key, graph in graphs.items() if SWITCHED_OFF in graph.blocks_enabling}
    blocked = {
        key
        for key, graph in graphs.items()
        if key not in off and (graph.blocks_enabling or any(node.blocks_enabling for node in graph.nodes))
    }
    needed = {
        key: {*graph.hands_over_to, *(other for other in graphs if other.startswith(f"{key}/"))} & graphs.keys()
        for key, graph in graphs.items()
    }
    ready, waiting = [], 0
    for key in graphs:
        if key in off or key in live:
            continue
        group, open_keys = dict.fromkeys([key]), [key]
        while open_keys:
            for other in sorted(needed[open_keys.pop()] - off - set(live) - group.keys()):
                group[other] = None
                open_keys.append(other)
        if blocked & group.keys():
            waiting += 1
        else:
            ready.append(tuple(one.removeprefix("sequence:") for one in group))
    return tuple(ready), waiting


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
