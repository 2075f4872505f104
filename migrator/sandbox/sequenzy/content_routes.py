"""`/templates` and `/emails`: saved content, and a look at how it renders for one contact."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from migrator.sandbox.sequenzy import content
from migrator.sandbox.sequenzy.bodies import query_flag, query_number, read_object
from migrator.sandbox.sequenzy.content import ContentBody
from migrator.sandbox.sequenzy.refusals import conflict, missing, shaped
from migrator.sandbox.sequenzy.render import Person, render
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.work_records import TemplateRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router


class SamplePerson(Struct, rename="camel", kw_only=True):
    email: str
    first_name: str | None = None
    last_name: str | None = None
    custom_attributes: dict[str, Any] = {}
    tags: list[str] = []


class RenderBody(Struct, rename="camel", kw_only=True):
    subscriber_id: str | None = None
    subscriber: SamplePerson | None = None
    variables: dict[str, Any] = {}


def register(router: Router, world: World) -> None:
    state = world.state

    @router.on("GET /templates")
    def listing(request: Request) -> Response:
        world.need("templates:read")
        limit, offset = query_number(request, "limit", 50, 1, 100), query_number(request, "offset", 0, 0, 10**9)
        found = [record for record in state.templates.values() if record.kind == "template"]
        if label := request.arg("label"):
            found = [record for record in found if label in record.labels]
        if request.arg("isTemplate") is not None:
            wanted = query_flag(request, "isTemplate", True)
            found = [record for record in found if record.is_template == wanted]
        shown = found[offset : offset + limit]
        pagination = {
            "count": len(shown),
            "hasMore": offset + limit < len(found),
            "limit": limit,
            "offset": offset,
            "total": len(found),
        }
        return ok(
            {
                "templates": [content.summary(record) for record in shown],
                "pagination": pagination,
                "companyId": state.settings.company_id,
            }
        )

    @router.on("POST /templates")
    def create(request: Request) -> Response:
        world.need("templates:write")
        record = content.create(world, shaped(read_object(request), ContentBody), "template")
        return ok({"template": _short(record)})

    @router.on("GET /templates/{template_id}")
    def read(request: Request, template_id: str) -> Response:
        world.need("templates:read")
        return ok({"template": _detail(world, content.find(world, template_id))})

    @router.on("PUT /templates/{template_id}")
    def change(request: Request, template_id: str) -> Response:
        world.need("templates:write")
        record, wish = content.find(world, template_id), shaped(read_object(request), ContentBody)
        content.check(wish, new=False)
        content.fill(world, record, wish)
        return ok({"template": _short(record) | {"previewText": record.preview_text}})

    @router.on("DELETE /templates/{template_id}")
    def delete(request: Request, template_id: str) -> Response:
        world.need("templates:delete")
        if any(template_id in sequence.emails for sequence in state.sequences.values()):
            raise conflict("Template is used by a sequence")
        record = content.find(world, template_id, "template")
        del state.templates[record.id]
        return ok({"templateId": record.id, "message": "Template deleted"})

    @router.on("POST /templates/{template_id}/render")
    def rendered(request: Request, template_id: str) -> Response:
        world.need("templates:read")
        email = content.find_email(world, template_id)
        wish = shaped(read_object(request), RenderBody)
        found = render(state, email, _reader(world, wish), variables=wish.variables)
        return ok(
            {
                "html": found.html,
                "subject": found.subject,
                "previewText": found.preview_text,
                "locale": state.settings.language,
                "personalized": wish.subscriber is not None or wish.subscriber_id is not None,
                "trackingApplied": False,
                "unresolvedMergeTags": found.unresolved,
                "unevaluatedConditions": [],
                "entity": {"id": email.id, "type": "template", "variantId": None},
            }
        )

    @router.on("POST /emails")
    def create_email(request: Request) -> Response:
        world.need("emails:write")
        record = content.create(world, shaped(read_object(request), ContentBody), "email")
        return ok({"email": _email(world, record)})

    @router.on("PATCH /emails/{email_id}", "PATCH /emails/{email_id}/blocks")
    def change_email(request: Request, email_id: str) -> Response:
        world.need("emails:write")
        record, wish = content.find(world, email_id), shaped(read_object(request), ContentBody)
        content.check(wish, new=False)
        content.fill(world, record, wish)
        return ok({"email": _email(world, record)})


def _reader(world: World, wish: RenderBody) -> Person:
    if wish.subscriber_id is not None:
        found = world.state.subscribers.get(wish.subscriber_id)
        if found is None:
            raise missing("Subscriber")
        return Person.of(found)
    sample = wish.subscriber
    if sample is None:
        return Person()
    return Person(sample.email, sample.first_name, sample.last_name, sample.custom_attributes, sample.tags)


def _short(record: TemplateRecord) -> dict[str, Any]:
    kept = ("id", "name", "subject", "labels", "isTemplate")
    return {name: value for name, value in content.summary(record).items() if name in kept}


def _detail(world: World, record: TemplateRecord) -> dict[str, Any]:
    return {**content.summary(record), "blocks": record.blocks, "companyId": world.state.settings.company_id}


def _email(world: World, record: TemplateRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "companyId": world.state.settings.company_id,
        "name": record.name,
        "subject": record.subject,
        "previewText": record.preview_text,
        "blocks": record.blocks,
        "createdAt": stamp(record.created_at),
        "updatedAt": stamp(record.updated_at),
    }
