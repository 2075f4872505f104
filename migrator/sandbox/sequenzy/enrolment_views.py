"""Enrolments as the platform shows them."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy.records import Enrollment, SequenceRecord
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.state import State
from migrator.sandbox.sequenzy.stop_rules import stop_reason

Config = dict[str, Any]
SHOWN_DECISIONS = 20


def label(sequence: SequenceRecord, node_id: str) -> str | None:
    node = sequence.nodes.get(node_id)
    if node is None:
        return None
    if node.email_id:
        return sequence.emails[node.email_id].subject
    return str(node.config.get("label") or node.type)


def shown(state: State, sequence: SequenceRecord, run: Enrollment, *, with_stop: bool = False) -> Config:
    person = state.subscribers.get(run.subscriber_id)
    node = sequence.nodes.get(run.node_id)
    found: Config = {
        "enrollmentId": run.id,
        "sequenceId": sequence.id,
        "subscriberId": run.subscriber_id,
        "email": person.email if person else None,
        "firstName": person.first_name if person else None,
        "lastName": person.last_name if person else None,
        "status": run.status,
        "subscriberStatus": person.status if person else None,
        "currentNodeId": run.node_id,
        "currentNodeLabel": label(sequence, run.node_id),
        "currentNodeMissing": node is None,
        "waitUntil": stamp(run.due) if run.status in ("waiting", "paused") else None,
        "enrollmentStartedAt": stamp(run.started_at),
        "lastUpdatedAt": stamp(run.updated_at),
        "enrollmentKey": run.key,
        "enteredVia": {"description": f"Entered via {run.via.get('kind')}", **run.via},
        "entryContext": _context(run),
        "movedAt": stamp(run.moved_at),
        "movedFromNodeId": run.moved_from,
        "moveReason": run.move_reason,
        "pausedAt": stamp(run.paused_at),
        "pauseReason": run.pause_reason,
        "failedReason": run.failed_reason,
        "branchDecisions": run.decisions[-SHOWN_DECISIONS:],
        "branchDecisionCount": len(run.decisions),
        "branchDecisionsTruncated": len(run.decisions) > SHOWN_DECISIONS,
    }
    if node is not None:
        found["currentNodeType"] = node.type
    if with_stop and person is not None:
        reason = stop_reason(state, sequence, run, person)
        found |= {"stopConditionMatches": reason is not None, "stopConditionMatchReason": reason}
    return found


def _context(run: Enrollment) -> Config:
    snapshot = run.entry.get("fieldSnapshot", {})
    return {
        "triggerType": run.entry.get("triggerType"),
        "eventId": run.entry.get("eventId"),
        "eventName": run.entry.get("eventName"),
        "eventPropertyKeys": sorted(run.event_properties),
        "hasEventProperties": bool(run.event_properties),
        "fieldSnapshotKeys": sorted(snapshot),
        "hasFieldSnapshots": bool(snapshot),
    }


def history(sequence: SequenceRecord, run: Enrollment) -> list[Config]:
    found = []
    for event in run.history:
        node = sequence.nodes.get(event["nodeId"])
        extra = {"nodeLabel": label(sequence, event["nodeId"]), "nodeType": node.type if node else None}
        found.append({**event, **extra})
    return found


def brief(state: State, run: Enrollment) -> Config:
    """The item of move and cancel answers."""
    person = state.subscribers.get(run.subscriber_id)
    return {
        "tokenId": run.id,
        "subscriberId": run.subscriber_id,
        "subscriberEmail": person.email if person else None,
        "status": run.status,
        "enrollmentKey": run.key,
    }
