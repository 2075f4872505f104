"""Audiences: who they are, and the planned or running enrolment of one, at most one a sequence at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from migrator.sandbox.sequenzy import entry
from migrator.sandbox.sequenzy.bodies import parse_moment
from migrator.sandbox.sequenzy.membership import in_segment
from migrator.sandbox.sequenzy.records import SequenceRecord
from migrator.sandbox.sequenzy.refusals import conflict, mistyped, wrong
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.step_queue import OPEN
from migrator.sandbox.sequenzy.world import World

Config = dict[str, Any]
TYPES = ["all", "lists", "segment", "filtered", "rules"]


def members(state: State, audience: Any) -> list[Subscriber]:
    """Everybody the audience names, whatever their status."""
    if not isinstance(audience, dict):
        raise mistyped("/audience", "Expected object")
    _check(state, audience)
    return [person for person in state.subscribers.values() if _fits(state, person, audience)]


def _check(state: State, audience: Config) -> None:
    kind = audience.get("type")
    if kind not in TYPES:
        raise mistyped("/audience/type", "Expected one of " + " | ".join(TYPES), kind, TYPES)
    if kind == "lists":
        unknown = [list_id for list_id in audience.get("listIds") or [] if list_id not in state.lists]
        if unknown or not audience.get("listIds"):
            raise wrong("audience.listIds", "List not found")
    if kind == "segment" and audience.get("segmentId") not in state.segments:
        raise wrong("audience.segmentId", "Segment not found")
    if kind == "filtered" and not audience.get("filters"):
        raise wrong("audience.filters", "A filtered audience needs filters")


def _fits(state: State, person: Subscriber, audience: Config) -> bool:
    match audience["type"]:
        case "all":
            return True
        case "lists":
            return any(person.on_list(list_id) for list_id in audience["listIds"])
        case "segment":
            return in_segment(state, person, audience["segmentId"])
        case "filtered":
            return _filtered(state, person, audience["filters"], audience.get("filterJoinOperator", "and"))
    if person.id in (audience.get("excludedSubscriberIds") or []):
        return False
    if any(_rule(state, person, rule) for rule in audience.get("exclude") or []):
        return False
    included = audience.get("includedSubscriberIds") or []
    return person.id in included or any(_rule(state, person, rule) for rule in audience.get("include") or [])


def _filtered(state: State, person: Subscriber, filters: list[Config], join: str) -> bool:
    children = [{"kind": "filter", **leaf} for leaf in filters]
    return in_segment(state, person, {"kind": "group", "id": "root", "joinOperator": join, "children": children})


def _rule(state: State, person: Subscriber, rule: Config) -> bool:
    """A rule is a smaller audience, or one filter."""
    if rule.get("type") in TYPES:
        return _fits(state, person, rule)
    return in_segment(state, person, {"kind": "filter", **rule})


def estimate(state: State, sequence: SequenceRecord, audience: Any) -> Config:
    found = members(state, audience)
    inside = [person for person in found if _inside(state, sequence, person)]
    free = [person for person in found if person.status == "active" and _may(state, sequence, person)]
    return {"matchingCount": len(found), "enrollableCount": len(free), "alreadyEnrolledCount": len(inside)}


def _inside(state: State, sequence: SequenceRecord, person: Subscriber) -> bool:
    return any(run.status in OPEN for run in entry.runs_of(state, sequence.id, person.id))


def _may(state: State, sequence: SequenceRecord, person: Subscriber) -> bool:
    """Unlike `enroll`, an audience never takes a contact twice into a `one_time` sequence."""
    runs = entry.runs_of(state, sequence.id, person.id)
    if sequence.settings.get("enrollmentMode") == "one_time":
        return not runs
    return not any(run.status in OPEN for run in runs)


def plan(world: World, sequence: SequenceRecord, body: Config) -> Config:
    """Queues a run, for now or for later."""
    state = world.state
    if any(run["status"] in ("queued", "running") for run in sequence.audience_runs):
        raise conflict("An audience enrolment of this sequence is queued or running")
    found = members(state, body.get("audience"))
    moment = parse_moment(body["scheduledFor"]) if body.get("scheduledFor") else state.now
    if moment is None or moment > state.now + timedelta(days=366):
        raise wrong("scheduledFor", "scheduledFor is a moment at most one year ahead")
    data = body.get("data") or {}
    if not isinstance(data, dict) or len(data) > 100 or len(json.dumps(data)) > 8192:
        raise wrong("data", "data holds at most 100 keys and 8 KB")
    run = {
        "id": state.new_id("run"),
        "sequenceId": sequence.id,
        "status": "queued",
        "source": "api",
        "audience": body["audience"],
        "includedSubscriberCount": len(body["audience"].get("includedSubscriberIds") or []),
        "targetNodeId": body.get("targetNodeId"),
        "scheduledFor": stamp(max(moment, state.now)),
        "data": data,
        "estimatedCount": len(found),
        "processedCount": 0,
        "enrolledCount": 0,
        "skippedCount": 0,
        "error": None,
        "createdAt": stamp(state.now),
        "startedAt": None,
        "completedAt": None,
        "cancelRequestedAt": None,
    }
    sequence.audience_runs.append(run)
    return run


def due_moments(sequence: SequenceRecord) -> Iterator[datetime]:
    for run in sequence.audience_runs:
        if run["status"] == "queued":
            yield datetime.fromisoformat(run["scheduledFor"])


def run_due(world: World, sequence: SequenceRecord) -> None:
    state = world.state
    for run in sequence.audience_runs:
        if run["status"] != "queued" or datetime.fromisoformat(run["scheduledFor"]) > state.now:
            continue
        run["startedAt"] = run["completedAt"] = stamp(state.now)
        target = run["targetNodeId"]
        if not entry.accepts(sequence) or (target and target not in sequence.nodes):
            run["status"], run["error"] = "failed", "The sequence does not accept new enrolments at this step"
            continue
        for person in members(state, run["audience"]):
            run["processedCount"] += 1
            if person.status == "active" and _may(state, sequence, person):
                entry.start(
                    state, sequence, person, via=entry.MANUAL_VIA, target=target, entry=entry.MANUAL, data=run["data"]
                )
                run["enrolledCount"] += 1
            else:
                run["skippedCount"] += 1
        run["status"] = "completed"


def auto_enrolled(sequence: SequenceRecord) -> Config | None:
    """The audience that a live sequence takes in by itself; None when it takes in none."""
    settings = sequence.audience_auto_enroll or {}
    if settings.get("enabled", True) is False or not entry.accepts(sequence):
        return None
    audience = settings.get("audience")
    return audience if isinstance(audience, dict) else None


def auto_enrol(state: State, sequence: SequenceRecord) -> None:
    """Takes in every active member of the audience who has not been in the sequence yet."""
    if not (audience := auto_enrolled(sequence)):
        return
    starts = sequence.audience_auto_enroll or {}
    begins = parse_moment(starts["startsAt"]) if starts.get("startsAt") else None
    if begins is not None and begins > state.now:
        return
    for person in members(state, audience):
        if person.status == "active" and not entry.runs_of(state, sequence.id, person.id):
            entry.start(state, sequence, person, via=entry.MANUAL_VIA, target=None, entry=entry.MANUAL, data={})
