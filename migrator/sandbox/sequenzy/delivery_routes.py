"""`/email-sends`: the log of what left, kept 14 days. `/webhooks`: outbound endpoints as records; nothing is called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from migrator.sandbox.sequenzy.bodies import query_number, read_object
from migrator.sandbox.sequenzy.records import EmailSend
from migrator.sandbox.sequenzy.refusals import missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.work_records import WebhookRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

RETENTION_DAYS = 14


class WebhookBody(Struct, kw_only=True):
    name: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    events: list[str] | UnsetType = UNSET
    status: Literal["enabled", "disabled"] | UnsetType = UNSET


def register(router: Router, world: World) -> None:
    state = world.state

    @router.on("GET /email-sends")
    def sends(request: Request) -> Response:
        world.need("emails:read")
        page, limit = query_number(request, "page", 1, 1, 10**9), query_number(request, "limit", 50, 1, 100)
        days = query_number(request, "days", RETENTION_DAYS, 1, RETENTION_DAYS)
        start = state.now - timedelta(days=days)
        rows = [send_shape(world, send) for send in reversed(state.outbox) if send.sent_at >= start]
        wanted = {
            "automationId": request.arg("automationId"),
            "automationNodeId": request.arg("automationNodeId"),
            "recipientEmail": (request.arg("recipient") or "").lower() or None,
            "status": request.arg("status"),
        }
        for name, value in wanted.items():
            if value is not None:
                rows = [row for row in rows if row[name] == value or (row["automation"] or {}).get("id") == value]
        first = (page - 1) * limit
        pagination = {"page": page, "limit": limit, "total": len(rows), "totalPages": -(-len(rows) // limit)}
        shown = [{name: value for name, value in row.items() if name != "emailBody"} for row in rows]
        return ok(
            {"emailSends": shown[first : first + limit], "pagination": pagination, "retentionDays": RETENTION_DAYS}
        )

    @router.on("GET /email-sends/{send_id}")
    def one(request: Request, send_id: str) -> Response:
        world.need("emails:read")
        start = state.now - timedelta(days=RETENTION_DAYS)
        found = next((send for send in state.outbox if send.id == send_id and send.sent_at >= start), None)
        if found is None:
            raise missing("Email send")
        return ok({"emailSend": send_shape(world, found), "events": [], "source": "database"})

    _register_webhooks(router, world)


def send_shape(world: World, send: EmailSend) -> dict[str, Any]:
    mark = world.state.mark_of(send.id)
    person = world.state.subscribers.get(send.subscriber_id or "")
    sequence = world.state.sequences.get(send.sequence_id or "")
    status = mark.status
    if status == "delivered" and (send.clicks or send.opened_at):
        status = "clicked" if send.clicks else "opened"
    about = None
    if person:
        about = {"id": person.id, "email": person.email, "firstName": person.first_name, "lastName": person.last_name}
    return {
        "id": send.id,
        "type": "sequence" if send.sequence_id else "transactional",
        "emailType": send.email_type,
        "status": status,
        "recipientEmail": send.recipient,
        "subject": send.subject,
        "emailBody": send.html,
        "subscriberId": send.subscriber_id,
        "subscriber": about,
        "subscriberExternalId": mark.external_id,
        "automation": {"id": sequence.id, "name": sequence.name} if sequence else None,
        "automationId": send.sequence_id,
        "automationNodeId": send.node_id,
        "automationTokenId": send.enrollment_id,
        "transactionalEmailId": send.transactional_id,
        "campaignId": mark.campaign_id,
        "isTransactional": send.email_type == "transactional",
        "isTestEmail": send.kind == "test",
        "companyId": world.state.settings.company_id,
        "createdAt": stamp(send.sent_at),
        "sentAt": None if status == "suppressed" else stamp(send.sent_at),
        "deliveredAt": None if status in ("suppressed", "bounced") else stamp(send.sent_at),
        "openedAt": stamp(send.opened_at[0]) if send.opened_at else None,
        "clickedAt": str(send.clicks[0]["at"]) if send.clicks else None,
        "bouncedAt": stamp(mark.bounced_at),
        "bounceType": mark.bounce_type,
        "complainedAt": stamp(mark.complained_at),
        "suppressedAt": stamp(send.sent_at) if status == "suppressed" else None,
        "suppressionReason": None,
    }


def _register_webhooks(router: Router, world: World) -> None:
    state = world.state

    def find(webhook_id: str) -> WebhookRecord:
        found = state.webhooks.get(webhook_id)
        if found is None:
            raise missing("Webhook")
        return found

    def shape(record: WebhookRecord, secret: bool = False) -> dict[str, Any]:
        shown = {
            "id": record.id,
            "name": record.name,
            "url": record.url,
            "events": record.events,
            "status": record.status,
            "createdAt": stamp(record.created_at),
            "updatedAt": stamp(record.updated_at),
        }
        # The secret is shown once, in the answer that creates the endpoint.
        return shown | ({"signingSecret": f"whsec_{record.id}"} if secret else {})

    @router.on("GET /webhooks")
    def listing(request: Request) -> Response:
        return ok({"webhooks": [shape(record) for record in state.webhooks.values()]})

    @router.on("POST /webhooks")
    def create(request: Request) -> Response:
        wish = shaped(read_object(request), WebhookBody)
        if wish.name is UNSET or wish.url is UNSET or not str(wish.url).startswith("https://"):
            raise wrong("url", "name and an https url are required")
        record = WebhookRecord(
            id=state.new_id("wh"), name=str(wish.name), url=str(wish.url), created_at=state.now, updated_at=state.now
        )
        record.events = wish.events if isinstance(wish.events, list) else []
        state.webhooks[record.id] = record
        return ok({"webhook": shape(record, secret=True)})

    @router.on("PATCH /webhooks/{webhook_id}")
    def change(request: Request, webhook_id: str) -> Response:
        record, wish = find(webhook_id), shaped(read_object(request), WebhookBody)
        for field in WebhookBody.__struct_fields__:
            if (value := getattr(wish, field)) is not UNSET:
                setattr(record, field, value)
        record.updated_at = state.now
        return ok({"webhook": shape(record)})

    @router.on("DELETE /webhooks/{webhook_id}")
    def delete(request: Request, webhook_id: str) -> Response:
        record = find(webhook_id)
        del state.webhooks[record.id]
        return ok({"webhook": shape(record)})
