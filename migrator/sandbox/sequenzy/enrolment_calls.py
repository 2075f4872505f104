"""Putting contacts into a sequence by hand, holding and releasing them, moving and cancelling their runs."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy import engine, entry, people, runs
from migrator.sandbox.sequenzy.enrolment_views import brief
from migrator.sandbox.sequenzy.graph import leaving, only_successor, trigger_node
from migrator.sandbox.sequenzy.records import Enrollment, SequenceRecord
from migrator.sandbox.sequenzy.refusals import wrong
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.step_queue import OPEN, schedule
from migrator.sandbox.sequenzy.wait_times import at_path
from migrator.sandbox.sequenzy.world import World

Config = dict[str, Any]
MAX_CONTACTS = 500
MAX_CANCELLED = 1000


def target_of(sequence: SequenceRecord, node_id: str | None) -> str | None:
    if node_id is None:
        return None
    node = sequence.nodes.get(node_id)
    if node is None:
        raise wrong("targetNodeId", "targetNodeId does not belong to this sequence")
    if node.type.startswith("trigger_"):
        raise wrong("targetNodeId", "targetNodeId must not be the trigger")
    return node_id


def named(state: State, body: Config) -> tuple[list[Subscriber], list[str], list[str]]:
    """The contacts of `emails` and `subscriberIds`, each once, and what was not found of either."""
    emails, ids = body.get("emails") or [], body.get("subscriberIds") or []
    if not 1 <= len(emails) + len(ids) <= MAX_CONTACTS:
        raise wrong("emails", f"Name 1 to {MAX_CONTACTS} contacts in emails and subscriberIds together")
    found: dict[str, Subscriber] = {}
    lost_emails: list[str] = []
    for email in emails:
        person = state.by_email(email)
        if person is None:
            lost_emails.append(email.strip().lower())
        else:
            found[person.id] = person
    for subscriber_id in ids:
        if subscriber_id in state.subscribers:
            found[subscriber_id] = state.subscribers[subscriber_id]
    lost_ids = [subscriber_id for subscriber_id in ids if subscriber_id not in state.subscribers]
    return list(found.values()), lost_emails, lost_ids


def enroll(world: World, sequence: SequenceRecord, body: Config) -> Config:
    state = world.state
    contacts, lost_emails, lost_ids = named(state, body)
    target = target_of(sequence, body.get("targetNodeId"))
    if not entry.accepts(sequence):
        raise wrong("", "The sequence does not accept new enrolments: enable it, or resume its enrolments")
    runs, skipped = [], 0
    for person in contacts:
        inside = any(run.status in OPEN for run in entry.runs_of(state, sequence.id, person.id))
        if inside or person.status != "active":
            skipped += 1
            continue
        via, context = entry.MANUAL_VIA, entry.MANUAL
        runs.append(entry.start(state, sequence, person, via=via, target=target, entry=context))
    first = target or leaving(sequence, trigger_node(sequence).id)[0].target
    now = state.now
    engine.settle(world)
    waits = [run.due for run in runs if run.status == "waiting" and run.node_id == first and run.due]
    starts = waits if sequence.nodes[first].type == "logic_delay" else []
    return {
        "enrolled": len(runs),
        "skipped": skipped,
        "notFound": [*lost_emails, *lost_ids],
        "targetNodeId": target,
        "scheduledFor": stamp(min(starts, default=now)) if runs else None,
    }


def move(world: World, sequence: SequenceRecord, body: Config) -> Config:
    """Releases waiting runs from one step onto another, where they are active at once. A dry run by default."""
    state, source, dry = world.state, body.get("fromNodeId"), body.get("dryRun", True)
    if source not in sequence.nodes:
        raise wrong("fromNodeId", "fromNodeId must name a node of this sequence")
    target = target_of(sequence, body.get("targetNodeId") or only_successor(sequence, str(source)))
    if target is None:
        raise wrong("targetNodeId", "The step has several ways on: give targetNodeId")
    limit = int(100 if body.get("limit") is None else body["limit"])
    if not 1 <= limit <= MAX_CONTACTS:
        raise wrong("limit", f"limit goes from 1 to {MAX_CONTACTS}")
    if unknown := [tag for tag in body.get("tags") or [] if tag not in state.tags]:
        raise wrong("tags", f"{len(unknown)} of the tags do not exist")
    wanted = body.get("subscriberIds")
    here = [
        run
        for run in state.enrollments.values()
        if run.sequence_id == sequence.id and run.node_id == source and (wanted is None or run.subscriber_id in wanted)
    ]
    waiting = sorted((run for run in here if run.status == "waiting"), key=lambda run: run.due or state.now)
    recent = _moved_lately(state, sequence, target)
    allowed = limit if body.get("dailyLimit") is None else max(0, min(limit, int(body["dailyLimit"]) - recent))
    chosen = waiting[:allowed]
    if not dry:
        for run in chosen:
            run.node_id, run.wait, run.status = target, None, "active"
            run.moved_at, run.moved_from, run.move_reason = state.now, source, body.get("reason")
            run.updated_at = state.now
            # Tags given here never let a contact into another sequence.
            people.add_tags(world, state.subscribers[run.subscriber_id], body.get("tags") or [], live=False)
            schedule(state, run, state.now)
        engine.settle(world)
    return {
        "message": f"{len(chosen)} enrolments {'would move' if dry else 'moved'}",
        "sequenceId": sequence.id,
        "fromNodeId": source,
        "targetNodeId": target,
        "dryRun": dry,
        "movedCount": 0 if dry else len(chosen),
        "matchedCount": len(waiting),
        "remainingCount": len(waiting) - (0 if dry else len(chosen)),
        "skippedCount": len([run for run in here if run.status in ("active", "paused")]),
        "hasMore": len(waiting) > len(chosen),
        "enqueuedCount": 0 if dry else len(chosen),
        "enqueueErrors": [],
        "requestedLimit": limit,
        "effectiveLimit": allowed,
        "dailyLimit": body.get("dailyLimit"),
        "dailyRemaining": None if body.get("dailyLimit") is None else max(0, int(body["dailyLimit"]) - recent),
        "movedInWindow": recent,
        "sort": body.get("sort") or "wait_until_asc",
        "enrollments": [brief(state, run) for run in chosen],
    }


def _moved_lately(state: State, sequence: SequenceRecord, target: str) -> int:
    since = state.ago(days=1)
    runs = (run for run in state.enrollments.values() if run.sequence_id == sequence.id)
    return sum(run.moved_at is not None and run.moved_at > since and run.node_id == target for run in runs)


def hold(world: World, sequence: SequenceRecord, body: Config, *, resume: bool) -> Config:
    """Pause or resume single contacts. A paused wait keeps its date; if that has passed, the run goes on at once."""
    state = world.state
    contacts, lost_emails, lost_ids = named(state, body)
    items: list[Config] = []
    outside: list[Config] = []
    released: list[Enrollment] = []
    for person in contacts:
        runs = [run for run in entry.runs_of(state, sequence.id, person.id) if run.status in OPEN]
        if not runs:
            outside.append({"subscriberId": person.id, "email": person.email})
        for run in runs:
            outcome = _resume(run) if resume else _pause(state, run, body.get("reason"))
            if outcome == "resumed":
                released.append(run)
            items.append(_item(state, person, run, outcome))
    counted = [item["outcome"] for item in items]
    running = sequence.status == "active"
    if resume:
        for run in released:
            schedule(state, run, max(run.due or state.now, state.now))
        engine.settle(world)
        numbers: Config = {
            "resumedCount": counted.count("resumed"),
            "notPausedCount": counted.count("not_paused"),
            "sequenceRunning": running,
            "enqueuedCount": counted.count("resumed") if running else 0,
            "enqueueErrors": [],
        }
    else:
        numbers = {
            "pausedCount": counted.count("paused"),
            "alreadyPausedCount": counted.count("already_paused"),
            "inProgressCount": 0,
        }
    word = "resumed" if resume else "paused"
    return {
        "message": f"{counted.count(word)} enrolments {word}",
        "sequenceId": sequence.id,
        "enrollments": items,
        "notFound": {"emails": lost_emails, "subscriberIds": lost_ids},
        "notEnrolled": outside,
        **numbers,
    }


def _pause(state: State, run: Enrollment, reason: str | None) -> str:
    if run.status == "paused":
        return "already_paused"
    run.status_before_pause, run.status = run.status, "paused"
    run.paused_at, run.pause_reason, run.updated_at = state.now, reason, state.now
    return "paused"


def _resume(run: Enrollment) -> str:
    if run.status != "paused":
        return "not_paused"
    run.status, run.status_before_pause = run.status_before_pause or "active", None
    run.paused_at = run.pause_reason = None
    return "resumed"


def _item(state: State, person: Subscriber, run: Enrollment, outcome: str) -> Config:
    return {
        "enrollmentId": run.id,
        "subscriberId": person.id,
        "subscriberEmail": person.email,
        "status": run.status,
        "outcome": outcome,
        "currentNodeId": run.node_id,
        "waitUntil": stamp(run.due),
        "pausedAt": stamp(run.paused_at),
    }


def cancel(world: World, sequence: SequenceRecord, body: Config) -> Config:
    state = world.state
    ways = [name for name in ("cancelAll", "subscriberId", "subscriberIds", "fieldValues") if body.get(name)]
    if len(ways) != 1:
        raise wrong("", "Give exactly one of cancelAll, subscriberId, subscriberIds and fieldValues")
    if len(body.get("subscriberIds") or []) > MAX_CONTACTS:
        raise wrong("subscriberIds", f"subscriberIds takes at most {MAX_CONTACTS} ids")
    dry = body.get("dryRun", ways[0] != "subscriberId")
    matched = [
        run
        for run in state.enrollments.values()
        if run.sequence_id == sequence.id and run.status in OPEN and _aimed(run, ways[0], body)
    ]
    chosen = matched[:MAX_CANCELLED]
    if not dry:
        for run in chosen:
            runs.finish(world, run, "cancelled", body.get("reason"))
    left = len(matched) - (0 if dry else len(chosen))
    return {
        "message": f"{len(chosen)} enrolments {'would be cancelled' if dry else 'cancelled'}",
        "sequenceId": sequence.id,
        "dryRun": dry,
        "target": {ways[0]: body[ways[0]]},
        "cancelledCount": 0 if dry else len(chosen),
        "matchedCount": len(matched),
        "remainingCount": left,
        "hasMore": len(matched) > len(chosen),
        "enrollments": [brief(state, run) for run in chosen],
    }


def _aimed(run: Enrollment, way: str, body: Config) -> bool:
    match way:
        case "cancelAll":
            return True
        case "subscriberId":
            return bool(run.subscriber_id == body["subscriberId"])
        case "subscriberIds":
            return run.subscriber_id in body["subscriberIds"]
    path = body.get("fieldPath")
    value = at_path(run.event_properties, path) if path else run.key
    return value is not None and str(value) in [str(wanted) for wanted in body["fieldValues"]]
