"""Routes of single steps and rehearsals: render, check, test send, simulate, live test runs. None of them mails anyone.

Test sends and test runs do appear in the outbox, marked `test`.
"""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy import email_check, simulation
from migrator.sandbox.sequenzy.bodies import query_number, read_object
from migrator.sandbox.sequenzy.enrolment_bodies import Preview, TestRun, TestSend
from migrator.sandbox.sequenzy.enrolment_routes import find
from migrator.sandbox.sequenzy.readiness import readiness
from migrator.sandbox.sequenzy.records import Email, EmailSend, SequenceRecord
from migrator.sandbox.sequenzy.refusals import conflict, missing, shaped, wrong
from migrator.sandbox.sequenzy.render import Person, Rendered, render
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

Config = dict[str, Any]


def register(router: Router, world: World) -> None:
    @router.on("POST /sequences/{sequence_id}/nodes/{node_id}/render")
    def render_step(request: Request, sequence_id: str, node_id: str) -> Response:
        world.need("sequences:read")
        email, body = _email(find(world, sequence_id), node_id), read_object(request)
        made, personalized = _rendered(world.state, email, body)
        return ok(
            {
                "subject": made.subject,
                "previewText": made.preview_text,
                "html": made.html,
                "locale": body.get("locale") or world.state.settings.language,
                "personalized": personalized,
                "trackingApplied": False,
                "unresolvedMergeTags": made.unresolved,
                "unevaluatedConditions": [],
                "entity": {"id": node_id, "type": "sequence_step", "variantId": None},
            }
        )

    @router.on("POST /sequences/{sequence_id}/nodes/{node_id}/check")
    def check_step(request: Request, sequence_id: str, node_id: str) -> Response:
        world.need("sequences:read")
        email, body = _email(find(world, sequence_id), node_id), read_object(request)
        made, _ = _rendered(world.state, email, body)
        found = email_check.checked(made, links=body.get("links") is not False)
        locale = body.get("locale") or world.state.settings.language
        return ok({**found, "locale": locale, "entity": {"id": node_id, "type": "sequence_step", "variantId": None}})

    @router.on("POST /sequences/{sequence_id}/nodes/{node_id}/test")
    def test_send(request: Request, sequence_id: str, node_id: str) -> Response:
        world.need("sequences:write")
        sequence, body = find(world, sequence_id), read_object(request)
        email, recipients = _email(sequence, node_id), shaped(body, TestSend).recipients
        if not 1 <= len(recipients) <= 10:
            raise wrong("recipients", "A test goes to 1 to 10 recipients")
        results = [_test_mail(world, sequence, node_id, email, address) for address in recipients]
        sent = {"sequenceId": sequence.id, "nodeId": node_id, "results": results}
        return ok({"message": f"{len(results)} test emails sent", **sent})

    @router.on("GET /sequences/{sequence_id}/simulate")
    def simulate(request: Request, sequence_id: str) -> Response:
        world.need("sequences:read")
        sequence, state = find(world, sequence_id), world.state
        email, subscriber_id = request.arg("email"), request.arg("subscriberId")
        limit = query_number(request, "limit", 10, 1, 25)
        if email and subscriber_id:
            raise wrong("email", "Give email or subscriberId, not both")
        person = None
        if email or subscriber_id:
            person = state.by_email(email) if email else state.subscribers.get(str(subscriber_id))
            if person is None:
                raise missing("Subscriber")
        return ok(
            {
                "sequenceId": sequence.id,
                "sequenceName": sequence.name,
                "status": sequence.status,
                "sendsMail": False,
                "readiness": readiness(state, sequence),
                "enrollment": simulation.enrolment(state, sequence, person, limit),
                "path": simulation.path(state, sequence, person) if person else None,
            }
        )

    _register_test_runs(router, world)


def _email(sequence: SequenceRecord, node_id: str) -> Email:
    node = sequence.nodes.get(node_id)
    if node is None:
        raise missing("Step")
    if node.email_id is None:
        raise wrong("nodeId", "This step is not an email")
    return sequence.emails[node.email_id]


def _rendered(state: State, email: Email, body: Config) -> tuple[Rendered, bool]:
    preview = shaped(body, Preview)
    if preview.subscriber_id and preview.subscriber:
        raise wrong("subscriber", "Give subscriber or subscriberId, not both")
    person = Person()
    if preview.subscriber_id:
        found = state.subscribers.get(preview.subscriber_id)
        if found is None:
            raise missing("Subscriber")
        person = Person.of(found)
    elif (sample := preview.subscriber) is not None:
        attributes, tags = sample.custom_attributes or {}, sample.tags or []
        person = Person(sample.email, sample.first_name, sample.last_name, attributes, tags)
    made = render(state, email, person, variables=preview.variables)
    return made, bool(preview.subscriber_id or preview.subscriber)


def _test_mail(world: World, sequence: SequenceRecord, node_id: str, email: Email, address: str) -> Config:
    state = world.state
    person = state.by_email(address)
    made = render(state, email, Person.of(person) if person else Person(address))
    send = EmailSend(
        id=state.new_id("send"),
        subscriber_id=None,
        recipient=address,
        subject=made.subject,
        html=made.html,
        sent_at=state.now,
        kind="test",
        sequence_id=sequence.id,
        node_id=node_id,
        email_id=email.id,
    )
    state.outbox.append(send)
    return {"recipientEmail": address, "emailSendId": send.id, "jobId": state.new_id("job")}


def _register_test_runs(router: Router, world: World) -> None:
    @router.on("POST /sequences/{sequence_id}/test-runs")
    def start(request: Request, sequence_id: str) -> Response:
        world.need("sequences:activate")
        sequence, body = find(world, sequence_id), read_object(request)
        wanted = shaped(body, TestRun)
        person = world.state.subscribers.get(wanted.subscriber_id)
        if person is None:
            raise missing("Subscriber")
        if person.status != "active":
            raise wrong("subscriberId", "A test run needs an active contact")
        if not 60 <= wanted.speed_multiplier <= 10_000:
            raise wrong("speedMultiplier", "speedMultiplier goes from 60 to 10000")
        if any(run["status"] in ("queued", "running") for run in sequence.test_runs):
            raise conflict("A test run of this sequence is active")
        return Response.of({"run": _test_run(world, sequence, person, int(wanted.speed_multiplier))})

    @router.on("GET /sequences/{sequence_id}/test-runs/{run_id}")
    def status(request: Request, sequence_id: str, run_id: str) -> Response:
        world.need("sequences:read")
        found = next((run for run in find(world, sequence_id).test_runs if run["id"] == run_id), None)
        if found is None:
            raise missing("Test run")
        return Response.of({"run": found})


def _test_run(world: World, sequence: SequenceRecord, person: Subscriber, speed: int) -> Config:
    """Walks the whole sequence at once and mails its emails as tests; other actions are only listed."""
    state = world.state
    walked = simulation.path(state, sequence, person)
    for step in walked["steps"]:
        if step["nodeType"] == "action_email" and person.email:
            _test_mail(world, sequence, step["nodeId"], _email(sequence, step["nodeId"]), person.email)
    now = stamp(state.now)
    run: Config = {
        "id": state.new_id("run"),
        "automationId": sequence.id,
        "companyId": state.settings.company_id,
        "subscriberId": person.id,
        "recipientEmails": [person.email] if person.email else [],
        "speedMultiplier": speed,
        "status": "completed",
        "steps": walked["steps"],
        "errorMessage": None,
        "jobId": None,
        "initiatedByUserId": None,
        "createdAt": now,
        "startedAt": now,
        "finishedAt": now,
        "updatedAt": now,
    }
    sequence.test_runs.append(run)
    return run
