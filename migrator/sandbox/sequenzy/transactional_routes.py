"""`/transactional`: saved transactional emails. Sending them is in transactional_send.py."""

from __future__ import annotations

import re
from typing import Any

from msgspec import UNSET

from migrator.sandbox.sequenzy import content, delivery_routes, transactional_send
from migrator.sandbox.sequenzy.bodies import read_object
from migrator.sandbox.sequenzy.content import ContentBody
from migrator.sandbox.sequenzy.refusals import conflict, shaped
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.work_records import TemplateRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router


def register(router: Router, world: World) -> None:
    state = world.state
    transactional_send.register(router, world)
    delivery_routes.register(router, world)

    def check_slug(slug: str, own: TemplateRecord | None = None) -> None:
        if any(record.slug == slug and record is not own for record in state.templates.values()):
            raise conflict("slug is already taken")

    @router.on("GET /transactional")
    def listing(request: Request) -> Response:
        world.need("transactional:read")
        found = [record for record in state.templates.values() if record.kind == "transactional"]
        return ok({"transactional": [_short(record) for record in found]})

    @router.on("POST /transactional")
    def create(request: Request) -> Response:
        world.need("transactional:write")
        wish = shaped(read_object(request), ContentBody)
        content.check(wish, new=True)
        if wish.slug is UNSET:
            wish.slug = re.sub(r"[^a-z0-9]+", "-", str(wish.name).lower()).strip("-")
        check_slug(str(wish.slug))
        record = content.create(world, wish, "transactional")
        return ok({"transactional": _detail(record)}, 201)

    @router.on("GET /transactional/{wanted}")
    def read(request: Request, wanted: str) -> Response:
        world.need("transactional:read")
        return ok({"transactional": _detail(content.find(world, wanted, "transactional"))})

    @router.on("PATCH /transactional/{wanted}")
    def change(request: Request, wanted: str) -> Response:
        world.need("transactional:write")
        record = content.find(world, wanted, "transactional")
        wish = shaped(read_object(request), ContentBody)
        content.check(wish, new=False)
        if wish.slug is not UNSET:
            check_slug(str(wish.slug), record)
        content.fill(world, record, wish)
        return ok({"transactional": _detail(record)})

    @router.on("DELETE /transactional/{wanted}")
    def delete(request: Request, wanted: str) -> Response:
        world.need("transactional:delete")
        record = content.find(world, wanted, "transactional")
        del state.templates[record.id]
        deleted = {
            "id": record.id,
            "name": record.name,
            "slug": record.slug,
            "emailId": record.id,
            "emailDeleted": True,
        }
        return ok({"deleted": deleted, "message": "Transactional email deleted"})


def _short(record: TemplateRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "emailId": record.id,
        "slug": record.slug,
        "name": record.name,
        "subject": record.subject,
        "enabled": record.enabled,
        "labels": record.labels,
        "managedBy": "dashboard",
        "createdAt": stamp(record.created_at),
        "updatedAt": stamp(record.updated_at),
    }


def _detail(record: TemplateRecord) -> dict[str, Any]:
    return {
        **_short(record),
        "blocks": record.blocks,
        "previewText": record.preview_text,
        "variables": content.variables_of(record),
    }
