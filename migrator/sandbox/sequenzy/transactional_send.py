"""`POST /transactional/send`: by slug or with direct content. Opt-outs do not block it; bounces and complaints do.

Nothing leaves the machine: a send is a row of the outbox, or a row marked `suppressed`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any, Literal

from msgspec import Struct

from migrator.sandbox.sequenzy import content, people
from migrator.sandbox.sequenzy.bodies import TEXT_LIMIT, read_object
from migrator.sandbox.sequenzy.names import normalise_email, plausible_email
from migrator.sandbox.sequenzy.people import Profile
from migrator.sandbox.sequenzy.records import Email, EmailSend
from migrator.sandbox.sequenzy.refusals import Refused, conflict, shaped, wrong
from migrator.sandbox.sequenzy.render import Person, render
from migrator.sandbox.sequenzy.replies import ok
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.work_records import SendMark, TemplateRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

RECIPIENTS_LIMIT = 50
RECEIPTS_KEPT = timedelta(days=14)


class SendBody(Struct, rename="camel", kw_only=True):
    to: str | list[str]
    slug: str | None = None
    template_id: str | None = None
    subject: str | None = None
    body: str | None = None
    html: str | None = None
    preview: str | None = None
    variables: dict[str, Any] = {}
    subscriber_external_id: str | None = None
    email_type: Literal["transactional", "marketing"] = "transactional"
    attachments: list[dict[str, Any]] = []


def register(router: Router, world: World) -> None:
    @router.on("POST /transactional/send")
    def send(request: Request) -> Response:
        world.need("transactional:send")
        body = read_object(request)
        wish = shaped(body, SendBody)
        key = request.headers.get("idempotency-key")
        if key is None:
            return ok(_send(world, wish))
        if not 1 <= len(key) <= TEXT_LIMIT:
            raise wrong("Idempotency-Key", f"Idempotency-Key must have 1 to {TEXT_LIMIT} characters")
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        kept = world.state.receipts.get(key)
        now = world.state.now
        if kept and now.timestamp() - kept["at"] < RECEIPTS_KEPT.total_seconds():
            if kept["hash"] != digest:
                raise conflict("Idempotency-Key was already used with other content")
            return ok({**kept["answer"], "idempotentReplay": True})
        answer = _send(world, wish)
        world.state.receipts[key] = {"hash": digest, "answer": answer, "at": now.timestamp()}
        return ok(answer)


def _send(world: World, wish: SendBody) -> dict[str, Any]:
    state = world.state
    listed = [wish.to] if isinstance(wish.to, str) else wish.to
    if not 1 <= len(listed) <= RECIPIENTS_LIMIT:
        raise wrong("to", f"to must hold 1 to {RECIPIENTS_LIMIT} addresses")
    if not all(plausible_email(normalise_email(address)) for address in listed):
        raise wrong("to", "Invalid email address")
    for attachment in wish.attachments:
        if not attachment.get("filename") or ("content" in attachment) == ("path" in attachment):
            raise wrong("attachments", "an attachment needs filename and either content or path")
    if wish.email_type == "marketing" and len(listed) > 1:
        raise wrong("to", "a marketing email has one recipient")
    template = _template(world, wish)
    job = state.new_id("job")
    first: EmailSend | None = None
    for address in listed:
        row = _queue(world, wish, template, normalise_email(address), job)
        first = first or row
    answer: dict[str, Any] = {
        "jobId": job,
        "emailSendId": first.id if first else None,
        "emailType": wish.email_type,
        "to": wish.to,
    }
    if template is not None:
        answer["transactional"] = {"id": template.id, "slug": template.slug, "name": template.name}
    return answer


def _template(world: World, wish: SendBody) -> TemplateRecord | None:
    slug, body = wish.slug or wish.template_id, wish.body if wish.body is not None else wish.html
    if slug is None:
        if not wish.subject or not body:
            raise wrong("slug", "slug, or subject and body, is required")
        return None
    if wish.subject is not None or body is not None:
        raise wrong("slug", "Send either slug or subject and body, not both")
    found = content.find(world, slug, "transactional")
    if not found.enabled:
        raise Refused(400, {"success": False, "error": "Template disabled"})
    return found


def _queue(world: World, wish: SendBody, template: TemplateRecord | None, address: str, job: str) -> EmailSend:
    state = world.state
    person = state.by_external(wish.subscriber_external_id) or state.by_email(address)
    if person is None:
        # An unknown recipient becomes a contact, without automations: nobody subscribed to anything here.
        person = people.create(
            world,
            Profile(email=address, external_id=wish.subscriber_external_id),
            opt_in="silent",
            lists=[],
            live=False,
        )
    body = wish.body if wish.body is not None else wish.html
    email = content.as_email(template) if template else _direct(wish.subject or "", body or "", wish.preview)
    email.is_transactional = wish.email_type == "transactional"
    rendered = render(state, email, Person.of(person), variables={"EMAIL": address, **wish.variables})
    row = EmailSend(
        id=state.new_id("send"),
        subscriber_id=person.id,
        recipient=address,
        subject=rendered.subject,
        html=rendered.html,
        preview_text=rendered.preview_text,
        sent_at=state.now,
        kind="transactional",
        email_type=wish.email_type,
        transactional_id=template.id if template else None,
    )
    state.outbox.append(row)
    mark = SendMark(job_id=job, external_id=wish.subscriber_external_id)
    if _blocked(world, person, address, wish.email_type):
        mark.status = "suppressed"
    state.send_marks[row.id] = mark
    return row


def _direct(subject: str, body: str, preview: str | None) -> Email:
    return Email("", subject, subject, [{"type": "html", "content": body}], preview)


def _blocked(world: World, person: Subscriber, address: str, email_type: str) -> bool:
    if address in world.state.suppressions or person.status == "bounced":
        return True
    return email_type == "marketing" and person.status != "active"
