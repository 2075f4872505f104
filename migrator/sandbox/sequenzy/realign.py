"""`realign-sending-window`: waits for a window move earlier inside the same local day, never later."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from migrator.sandbox.sequenzy.records import Enrollment, SequenceRecord
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.step_queue import schedule
from migrator.sandbox.sequenzy.wait_times import window_opens
from migrator.sandbox.sequenzy.world import World

Config = dict[str, Any]


def realign(world: World, sequence: SequenceRecord, body: Config) -> Config:
    state, dry = world.state, body.get("dryRun", True)
    held = [
        run
        for run in state.enrollments.values()
        if run.sequence_id == sequence.id
        and run.status == "waiting"
        and (run.wait or {}).get("window")
        and (not body.get("nodeIds") or run.node_id in body["nodeIds"])
        and (not body.get("subscriberIds") or run.subscriber_id in body["subscriberIds"])
    ]
    changes: list[Config] = []
    for run in held:
        earlier = _earlier(sequence, run, state.now)
        if earlier is None or run.due is None:
            continue
        person = state.subscribers[run.subscriber_id]
        changes.append(
            {
                "enrollmentId": run.id,
                "subscriberId": run.subscriber_id,
                "subscriberEmail": person.email,
                "currentNodeId": run.node_id,
                "waitUntil": stamp(run.due),
                "newWaitUntil": stamp(earlier),
                "movedEarlierMinutes": (run.due - earlier).total_seconds() / 60,
            }
        )
        if not dry:
            schedule(state, run, earlier)
    result: Config = {
        "message": f"{len(changes)} waits {'would be' if dry else 'are'} moved earlier",
        "sequenceId": sequence.id,
        "sequenceName": sequence.name,
        "dryRun": dry,
        "scannedCount": len(held),
        "realignedCount": len(changes),
        "unchangedCount": len(held) - len(changes),
        "unchangedReasons": {"already_earliest": len(held) - len(changes)},
        "requeueFailedCount": 0,
        "maxRealignmentsPerRequest": 500,
        "hasMore": False,
        "nextCursor": None,
        "sendingWindow": sequence.sending_window,
        "changes": changes,
    }
    if dry:
        return result
    job = {
        "jobId": state.new_id("job"),
        "sequenceId": sequence.id,
        "sequenceName": sequence.name,
        "dryRun": False,
        "status": "completed",
        "message": result["message"],
        "error": None,
        "result": result,
    }
    sequence.realign_jobs.append(job)
    return {**job, "status": "queued", "result": None}


def _earlier(sequence: SequenceRecord, run: Enrollment, now: datetime) -> datetime | None:
    opens = window_opens(sequence.sending_window, now)
    if run.due is None or opens >= run.due:
        return None
    zone = ZoneInfo((sequence.sending_window or {}).get("timezone", "UTC"))
    return opens if opens.astimezone(zone).date() == run.due.astimezone(zone).date() else None
