"""Routes of sequences as a whole; those of enrolments and of single steps are registered from here too.

The older contract has no words for changing a graph: there `insertSteps`, `branch` and their like answer 422.
"""

from __future__ import annotations

import copy
from typing import Any

from migrator.sandbox.sequenzy import enrolment_routes, sequence_changes, sequence_views, step_routes, ticks
from migrator.sandbox.sequenzy.bodies import query_number, read_object
from migrator.sandbox.sequenzy.engine import settle
from migrator.sandbox.sequenzy.enrolment_routes import find
from migrator.sandbox.sequenzy.readiness import readiness
from migrator.sandbox.sequenzy.records import SequenceRecord
from migrator.sandbox.sequenzy.refusals import invalid, issue, missing, mistyped, wrong
from migrator.sandbox.sequenzy.replies import ok
from migrator.sandbox.sequenzy.runs import finish
from migrator.sandbox.sequenzy.step_queue import OPEN, queue_of
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

Config = dict[str, Any]
MADE = "Sequence created. Enable it to let contacts in."
WRITING = "Sequence created. AI is generating email content based on your brand. This typically takes 30-60 seconds."


def register(router: Router, world: World) -> None:
    @router.on("GET /sequences")
    def list_sequences(request: Request) -> Response:
        world.need("sequences:read")
        found = [s for s in world.state.sequences.values() if _wanted(s, request)]
        total = len(found)
        # Without either parameter the whole list is the answer.
        if request.arg("limit") is None and request.arg("offset") is None:
            limit, offset = total, 0
        else:
            limit = min(query_number(request, "limit", 50, 1, 10_000), 100)
            offset = query_number(request, "offset", 0, 0, 10_000_000)
        page = found[offset : offset + limit]
        more = offset + len(page) < total
        pagination = {"count": len(page), "hasMore": more, "limit": limit, "offset": offset, "total": total}
        return ok({"sequences": [sequence_views.summary(s) for s in page], "pagination": pagination})

    @router.on("POST /sequences")
    def create(request: Request) -> Response:
        world.need("sequences:write")
        body = read_object(request)
        sequence, warnings = sequence_changes.create(world, body)
        extra: Config = {"warnings": warnings} if warnings else {}
        if name := sequence.trigger_config.get("eventName"):
            extra["requiredEvents"] = [name]
        message = WRITING if body.get("goal") else MADE
        return ok({"message": message, "sequence": sequence_views.created(sequence), **extra})

    @router.on("GET /sequences/{sequence_id}")
    def get(request: Request, sequence_id: str) -> Response:
        world.need("sequences:read")
        sequence = find(world, sequence_id)
        shown = sequence_views.details(sequence)
        # Each look finds the writer of a goal one stage further.
        stages = {"pending": "in_progress", "in_progress": "complete"}
        sequence.enrichment_status = stages.get(sequence.enrichment_status, sequence.enrichment_status)
        return ok({"sequence": shown})

    @router.on("PUT /sequences/{sequence_id}", "PATCH /sequences/{sequence_id}")
    def update(request: Request, sequence_id: str) -> Response:
        world.need("sequences:write")
        sequence, body = find(world, sequence_id), read_object(request)
        if world.contract == "seed":
            for name in (*sequence_changes.STRUCTURAL, "nodeUpdates", "trigger"):
                if name in body:
                    raise mistyped(f"/{name}", "Unexpected property")
        answer, warnings = sequence_changes.update(world, sequence, body)
        settle(world)
        changed = find(world, sequence_id)
        kept = ("sendingWindow", "keyDates", "stopCondition", "enrollmentPaused", "status", "name", "id")
        shown = {**sequence_views.created(changed), **sequence_views.summary(changed)}
        fields = {name: shown[name] for name in kept}
        return ok({"sequence": {**fields, **answer}, **({"warnings": warnings} if warnings else {})})

    @router.on("DELETE /sequences/{sequence_id}")
    def delete(request: Request, sequence_id: str) -> Response:
        world.need("sequences:write")
        sequence = find(world, sequence_id)
        for run in world.state.enrollments.values():
            if run.sequence_id == sequence_id and run.status in OPEN:
                finish(world, run, "cancelled", "The sequence was deleted")
        del world.state.sequences[sequence_id]
        return ok({"message": "Sequence deleted", "sequenceId": sequence.id})

    @router.on("POST /sequences/{sequence_id}/enable")
    def enable(request: Request, sequence_id: str) -> Response:
        world.need("sequences:activate")
        sequence = find(world, sequence_id)
        checked = readiness(world.state, sequence)
        if not checked["ready"]:
            raise invalid(*(issue("", text) for text in checked["errors"]), code="SEQUENCE_NOT_READY")
        if sequence.status != "active":
            sequence.status, sequence.paused_at = "active", None
            sequence.enabled_at = sequence.updated_at = world.state.now
            ticks.take_baseline(world.state, sequence)
            queue_of(world.state).push_sequence(sequence.id)
            settle(world)
        return ok(sequence_views.acted(sequence, "Sequence enabled", checked["warnings"]))

    @router.on("POST /sequences/{sequence_id}/disable")
    def disable(request: Request, sequence_id: str) -> Response:
        world.need("sequences:write")
        sequence = find(world, sequence_id)
        if sequence.status == "archived":
            raise wrong("", "An archived sequence cannot be disabled")
        if sequence.status == "active":
            sequence.status = "paused"
            sequence.paused_at = sequence.updated_at = world.state.now
        return ok(sequence_views.acted(sequence, "Sequence disabled"))

    _register_newer(router, world)
    enrolment_routes.register(router, world)
    step_routes.register(router, world)


def _wanted(sequence: SequenceRecord, request: Request) -> bool:
    statuses = [part for value in request.args("status") for part in value.split(",") if part != "all"]
    if statuses and sequence.status not in statuses and sequence_views.effective_status(sequence) not in statuses:
        return False
    if (text := request.arg("search")) and text.lower() not in sequence.name.lower():
        return False
    labels = [part for name in ("label", "labels") for value in request.args(name) for part in value.split(",")]
    return not labels or any(label in (sequence.settings.get("labels") or []) for label in labels)


def _register_newer(router: Router, world: World) -> None:
    @router.on("POST /sequences/{sequence_id}/pause-enrollments")
    def pause(request: Request, sequence_id: str) -> Response:
        return _switch_enrolments(world, sequence_id, paused=True)

    @router.on("POST /sequences/{sequence_id}/resume-enrollments")
    def resume(request: Request, sequence_id: str) -> Response:
        return _switch_enrolments(world, sequence_id, paused=False)

    @router.on("POST /sequences/{sequence_id}/archive")
    def archive(request: Request, sequence_id: str) -> Response:
        world.need("sequences:write")
        sequence = find(world, sequence_id)
        sequence.status, sequence.updated_at = "archived", world.state.now
        return ok({"sequence": sequence_views.summary(sequence)})

    @router.on("POST /sequences/{sequence_id}/unarchive")
    def unarchive(request: Request, sequence_id: str) -> Response:
        world.need("sequences:write")
        sequence = find(world, sequence_id)
        if sequence.status == "archived":
            sequence.status, sequence.updated_at = "draft", world.state.now
        return ok({"sequence": sequence_views.summary(sequence)})

    @router.on("POST /sequences/{sequence_id}/duplicate")
    def duplicate(request: Request, sequence_id: str) -> Response:
        world.need("sequences:write")
        made = _copy(world, find(world, sequence_id), read_object(request).get("name"))
        shown = {"nodes": sequence_views.nodes(made), "edges": sequence_views.edges(made)}
        return ok({"sequence": sequence_views.summary(made), **shown})

    @router.on("GET /sequences/{sequence_id}/stats")
    def stats(request: Request, sequence_id: str) -> Response:
        world.need("sequences:read")
        return ok(sequence_views.stats(world.state, find(world, sequence_id)))

    @router.on("GET /sequences/{sequence_id}/goals")
    def goals(request: Request, sequence_id: str) -> Response:
        return ok({"goals": find(world, sequence_id).goals})

    @router.on("POST /sequences/{sequence_id}/goals")
    def add_goal(request: Request, sequence_id: str) -> Response:
        world.need("sequences:write")
        sequence, body = find(world, sequence_id), read_object(request)
        if body.get("triggerType") not in ("event", "attribute_change", "tag_added") or not body.get("name"):
            raise wrong(
                "triggerType", "A goal needs a name and a triggerType", ["event", "attribute_change", "tag_added"]
            )
        goal = {"isActive": True, **body, "id": world.state.new_id("goal"), "automationId": sequence.id}
        sequence.goals.append(goal)
        return ok({"goal": goal})

    @router.on("PATCH /sequences/{sequence_id}/goals/{goal_id}")
    def change_goal(request: Request, sequence_id: str, goal_id: str) -> Response:
        world.need("sequences:write")
        goal = _goal(world, sequence_id, goal_id)
        goal |= {key: value for key, value in read_object(request).items() if key not in ("id", "automationId")}
        return ok({"goal": goal})

    @router.on("DELETE /sequences/{sequence_id}/goals/{goal_id}")
    def drop_goal(request: Request, sequence_id: str, goal_id: str) -> Response:
        world.need("sequences:write")
        find(world, sequence_id).goals.remove(_goal(world, sequence_id, goal_id))
        return ok({"goalId": goal_id})


def _goal(world: World, sequence_id: str, goal_id: str) -> Config:
    found = next((goal for goal in find(world, sequence_id).goals if goal["id"] == goal_id), None)
    if found is None:
        raise missing("Goal")
    return found


def _switch_enrolments(world: World, sequence_id: str, *, paused: bool) -> Response:
    world.need("sequences:write")
    sequence = find(world, sequence_id)
    if sequence.status != "active":
        raise wrong("", "Only an enabled sequence can pause or resume its enrolments")
    sequence.enrollment_paused, sequence.updated_at = paused, world.state.now
    return ok(sequence_views.acted(sequence, "New enrolments paused" if paused else "New enrolments resumed"))


def _copy(world: World, original: SequenceRecord, name: Any) -> SequenceRecord:
    """A draft with the same graph under new ids."""
    state = world.state
    made = copy.deepcopy(original)
    nodes = {node_id: state.new_id("node") for node_id in made.nodes}
    emails = {email_id: state.new_id("email") for email_id in made.emails}
    for email in made.emails.values():
        email.id = emails[email.id]
    for node in made.nodes.values():
        node.id, node.updated_at = nodes[node.id], state.now
        if node.email_id:
            node.email_id = emails[node.email_id]
            node.config = {**node.config, "emailId": node.email_id}
    for edge in made.edges:
        edge.source, edge.target = nodes[edge.source], nodes[edge.target]
    made.nodes = {node.id: node for node in made.nodes.values()}
    made.emails = {email.id: email for email in made.emails.values()}
    made.id = state.new_id("seq")
    made.name = name if isinstance(name, str) and name.strip() else f"{original.name} (Copy)"
    made.status, made.enrollment_paused, made.paused_at, made.enabled_at = "draft", False, None, None
    made.created_at = made.updated_at = state.now
    made.baseline, made.audience_runs, made.test_runs, made.realign_jobs = [], [], [], []
    made.goals, made.skipped_sends = [], {}
    state.sequences[made.id] = made
    return made
