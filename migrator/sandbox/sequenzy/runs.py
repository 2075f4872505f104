"""One enrolment: parked until a moment, finished, and the notes of its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from migrator.sandbox.sequenzy.records import Enrollment
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.step_queue import schedule
from migrator.sandbox.sequenzy.world import World

Config = dict[str, Any]


def park(world: World, run: Enrollment, until: datetime | None, wait: Config) -> None:
    run.status, run.wait, run.updated_at = "waiting", wait, world.state.now
    schedule(world.state, run, until)


def finish(world: World, run: Enrollment, status: str, reason: str | None = None) -> None:
    run.status, run.due, run.wait, run.updated_at = status, None, None, world.state.now
    run.failed_reason = reason


def note(world: World, run: Enrollment, kind: str, decision: Config | None = None) -> None:
    found: Config = {"nodeId": run.node_id, "eventType": kind, "eventTime": stamp(world.state.now)}
    run.history.append(found | ({"branchDecision": decision} if decision else {}))
