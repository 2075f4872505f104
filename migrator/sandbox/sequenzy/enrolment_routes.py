"""Routes of enrolments: by hand, by audience, and what can be done with those who are inside."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy import audiences, enrolment_calls, enrolment_views, entry, realign
from migrator.sandbox.sequenzy.bodies import query_flag, query_number, read_object
from migrator.sandbox.sequenzy.engine import settle
from migrator.sandbox.sequenzy.enrolment_bodies import Cancel, Enroll, EnrollAudience, Estimate, Hold, Move, Realign
from migrator.sandbox.sequenzy.records import Enrollment, SequenceRecord
from migrator.sandbox.sequenzy.refusals import missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.step_queue import OPEN
from migrator.sandbox.sequenzy.stop_rules import NONE, stop_reason
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

Config = dict[str, Any]
STATUSES = ["active", "waiting", "paused", "completed", "failed", "cancelled"]
SORTS = ["enrolled_at_desc", "enrolled_at_asc", "wait_until_asc", "wait_until_desc"]


def find(world: World, sequence_id: str) -> SequenceRecord:
    found = world.state.sequences.get(sequence_id)
    if found is None:
        raise missing("Sequence")
    return found


def register(router: Router, world: World) -> None:
    @router.on("POST /sequences/{sequence_id}/enroll")
    def enroll(request: Request, sequence_id: str) -> Response:
        world.need("sequences:activate")
        sequence, body = find(world, sequence_id), read_object(request)
        shaped(body, Enroll)
        return ok(enrolment_calls.enroll(world, sequence, body))

    @router.on("GET /sequences/{sequence_id}/enrollments")
    def list_enrolments(request: Request, sequence_id: str) -> Response:
        world.need("sequences:read")
        return ok(_page(world, find(world, sequence_id), request))

    @router.on("POST /sequences/{sequence_id}/enrollments/move")
    def move(request: Request, sequence_id: str) -> Response:
        world.need("sequences:activate")
        sequence, body = find(world, sequence_id), read_object(request)
        shaped(body, Move)
        if body.get("tags"):
            world.need("subscribers:tag")
        return ok(enrolment_calls.move(world, sequence, body))

    @router.on("POST /sequences/{sequence_id}/enrollments/pause")
    def pause(request: Request, sequence_id: str) -> Response:
        world.need("sequences:activate")
        sequence, body = find(world, sequence_id), read_object(request)
        shaped(body, Hold)
        return ok(enrolment_calls.hold(world, sequence, body, resume=False))

    @router.on("POST /sequences/{sequence_id}/enrollments/resume")
    def resume(request: Request, sequence_id: str) -> Response:
        world.need("sequences:activate")
        sequence, body = find(world, sequence_id), read_object(request)
        shaped(body, Hold)
        return ok(enrolment_calls.hold(world, sequence, body, resume=True))

    @router.on("POST /sequences/{sequence_id}/enrollments/cancel")
    def cancel(request: Request, sequence_id: str) -> Response:
        world.need("sequences:activate")
        sequence, body = find(world, sequence_id), read_object(request)
        shaped(body, Cancel)
        return ok(enrolment_calls.cancel(world, sequence, body))

    @router.on("POST /sequences/{sequence_id}/enrollments/realign-sending-window")
    def align(request: Request, sequence_id: str) -> Response:
        world.need("sequences:activate")
        sequence, body = find(world, sequence_id), read_object(request)
        shaped(body, Realign)
        return ok(realign.realign(world, sequence, body))

    @router.on("GET /sequences/{sequence_id}/enrollments/realign-sending-window/jobs/{job_id}")
    def align_job(request: Request, sequence_id: str, job_id: str) -> Response:
        world.need("sequences:read")
        job = next((job for job in find(world, sequence_id).realign_jobs if job["jobId"] == job_id), None)
        if job is None:
            raise missing("Job")
        return ok(job)

    @router.on("GET /sequences/{sequence_id}/enrollments/{enrollment_id}")
    def get(request: Request, sequence_id: str, enrollment_id: str) -> Response:
        world.need("sequences:read")
        sequence, run = find(world, sequence_id), world.state.enrollments.get(enrollment_id)
        if run is None or run.sequence_id != sequence.id:
            raise missing("Enrollment")
        return ok(
            {
                "sequenceId": sequence.id,
                "sequenceName": sequence.name,
                "stopCondition": sequence.stop_condition or NONE,
                "enrollment": enrolment_views.shown(world.state, sequence, run, with_stop=True),
                "nodeHistory": enrolment_views.history(sequence, run),
                "nodeHistoryLimit": 500,
                "nodeHistoryTruncated": False,
                "historySource": "node_events" if run.history else "none",
            }
        )

    _register_audiences(router, world)


def _page(world: World, sequence: SequenceRecord, request: Request) -> Config:
    state = world.state
    statuses = [part for value in request.args("status") for part in value.split(",") if part] or list(OPEN)
    if unknown := [status for status in statuses if status not in STATUSES]:
        raise wrong("status", f"Unknown status {unknown[0]}", STATUSES)
    matching = query_flag(request, "stopConditionMatch", False)
    limit = min(query_number(request, "limit", 50, 1, 100_000), 100 if matching else 500)
    offset = query_number(request, "offset", 0, 0, 100_000_000)
    found = [
        run
        for run in state.enrollments.values()
        if run.sequence_id == sequence.id and run.status in statuses and _asked_for(world, run, request)
    ]
    if matching:
        found = [run for run in found if _would_stop(world, sequence, run)]
    sort = request.arg("sort") or SORTS[0]
    if sort not in SORTS:
        raise wrong("sort", "Unknown sort", SORTS)
    by_wait = sort.startswith("wait")
    found.sort(
        key=lambda run: (run.due or run.started_at) if by_wait else run.started_at, reverse=sort.endswith("desc")
    )
    page = found[offset : offset + limit]
    more = offset + len(page) < len(found)
    return {
        "sequenceId": sequence.id,
        "sequenceName": sequence.name,
        "statuses": statuses,
        "stopCondition": sequence.stop_condition or NONE,
        "enrollments": [enrolment_views.shown(state, sequence, run, with_stop=matching) for run in page],
        "pagination": {"count": len(page), "hasMore": more, "limit": limit, "offset": offset, "total": len(found)},
    }


def _asked_for(world: World, run: Enrollment, request: Request) -> bool:
    email, nodes, ids = request.arg("email"), request.args("currentNodeId"), request.args("subscriberId")
    if email is not None:
        person = world.state.by_email(email)
        if person is None or person.id != run.subscriber_id:
            return False
    if nodes and run.node_id not in [part for value in nodes for part in value.split(",")]:
        return False
    return not ids or run.subscriber_id in [part for value in ids for part in value.split(",")]


def _would_stop(world: World, sequence: SequenceRecord, run: Enrollment) -> bool:
    person = world.state.subscribers.get(run.subscriber_id)
    return person is not None and stop_reason(world.state, sequence, run, person) is not None


def _register_audiences(router: Router, world: World) -> None:
    @router.on("POST /sequences/{sequence_id}/enroll-audience")
    def enroll_audience(request: Request, sequence_id: str) -> Response:
        world.need("sequences:activate")
        sequence, body = find(world, sequence_id), read_object(request)
        shaped(body, EnrollAudience)
        enrolment_calls.target_of(sequence, body.get("targetNodeId"))
        if not entry.accepts(sequence):
            raise wrong("", "The sequence does not accept new enrolments: enable it, or resume its enrolments")
        run = audiences.plan(world, sequence, body)
        answer = dict(run)
        audiences.run_due(world, sequence)
        settle(world)
        return ok({"message": "Audience enrolment queued", "audienceEnrollment": answer})

    @router.on("POST /sequences/{sequence_id}/enroll-audience/estimate")
    def estimate(request: Request, sequence_id: str) -> Response:
        world.need("sequences:read")
        sequence, body = find(world, sequence_id), read_object(request)
        shaped(body, Estimate)
        return ok(audiences.estimate(world.state, sequence, body.get("audience")))

    @router.on("GET /sequences/{sequence_id}/audience-enrollments")
    def runs(request: Request, sequence_id: str) -> Response:
        world.need("sequences:read")
        limit = query_number(request, "limit", 20, 1, 1000)
        return ok({"audienceEnrollments": find(world, sequence_id).audience_runs[::-1][:limit]})

    @router.on("GET /sequences/{sequence_id}/audience-enrollments/{run_id}")
    def run_status(request: Request, sequence_id: str, run_id: str) -> Response:
        world.need("sequences:read")
        return ok({"audienceEnrollment": _run(world, sequence_id, run_id)})

    @router.on("POST /sequences/{sequence_id}/audience-enrollments/{run_id}/cancel")
    def cancel_run(request: Request, sequence_id: str, run_id: str) -> Response:
        world.need("sequences:activate")
        run = _run(world, sequence_id, run_id)
        if run["status"] not in ("queued", "running"):
            raise wrong("", f"This run is already {run['status']}")
        run["status"], run["cancelRequestedAt"] = "cancelled", stamp(world.state.now)
        return ok({"message": "Audience enrolment cancelled", "audienceEnrollment": run})


def _run(world: World, sequence_id: str, run_id: str) -> Config:
    found = next((run for run in find(world, sequence_id).audience_runs if run["id"] == run_id), None)
    if found is None:
        raise missing("Audience enrollment")
    return found
