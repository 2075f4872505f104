"""`/subscribers/operations`: tags for a whole audience, started once by key, polled, and cancelled while queued."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from migrator.sandbox.sequenzy import operations
from migrator.sandbox.sequenzy.bodies import read_object
from migrator.sandbox.sequenzy.names import normalise_tag
from migrator.sandbox.sequenzy.people_bodies import StartOperation
from migrator.sandbox.sequenzy.refusals import conflict, missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.segment_rules import check_filters, check_root
from migrator.sandbox.sequenzy.work_records import OperationRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

KEPT = timedelta(days=7)
SHOWN = 20


def register(router: Router, world: World) -> None:
    state = world.state

    def find(operation_id: str) -> OperationRecord:
        found = state.operations.get(operation_id)
        if found is None:
            raise missing("Operation")
        return found

    def answer(record: OperationRecord) -> Response:
        return ok({"operation": shape(world, record)})

    @router.on("POST /subscribers/operations")
    def start(request: Request) -> Response:
        body = read_object(request)
        wish = shaped(body, StartOperation)
        world.need("subscribers:tag", *(["automations:trigger"] if wish.trigger_automations else []))
        if not wish.request_key.strip():
            raise wrong("requestKey", "requestKey is required")
        if not wish.tags or not all(normalise_tag(tag) for tag in wish.tags):
            raise wrong("tags", "tags must hold at least one name")
        if any(normalise_tag(tag) not in state.tags for tag in wish.tags):
            world.need("tags:write")
        if wish.audience and wish.audience.root is not None and wish.audience.filters is not None:
            raise wrong("audience", "Send either filters or root, not both")
        if wish.audience and wish.audience.root is not None:
            check_root(wish.audience.root)
        if wish.audience and wish.audience.filters is not None:
            check_filters(wish.audience.filters)
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        for known in state.operations.values():
            if known.request_key == wish.request_key:
                if known.settings_hash != digest:
                    raise conflict("requestKey was already used with other settings")
                return answer(known)
        record = OperationRecord(
            id=state.new_id("op"),
            kind=wish.kind,
            request_key=wish.request_key,
            settings_hash=digest,
            created_at=state.now,
            expires_at=state.now + KEPT,
            body=body,
            subscriber_ids=[person.id for person in operations.audience(world, wish.audience)],
        )
        state.operations[record.id] = record
        return answer(record)

    @router.on("GET /subscribers/operations")
    def listing(request: Request) -> Response:
        world.need("subscribers:read")
        latest = list(state.operations.values())[-SHOWN:][::-1]
        return ok({"operations": [shape(world, record) for record in latest]})

    @router.on("GET /subscribers/operations/{operation_id}")
    def read(request: Request, operation_id: str) -> Response:
        world.need("subscribers:read")
        record = find(operation_id)
        operations.run(world, record)
        return answer(record)

    @router.on("POST /subscribers/operations/{operation_id}/cancel")
    def cancel(request: Request, operation_id: str) -> Response:
        world.need("subscribers:tag")
        record = find(operation_id)
        if record.status == "queued":
            record.status, record.completed_at = "cancelled", state.now
        return answer(record)


def shape(world: World, record: OperationRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "companyId": world.state.settings.company_id,
        "kind": record.kind,
        "status": record.status,
        "total": len(record.subscriber_ids),
        "processed": record.processed,
        "succeeded": record.succeeded,
        "failed": len(record.failures),
        "failures": record.failures,
        "createdAt": stamp(record.created_at),
        "completedAt": stamp(record.completed_at),
        "expiresAt": stamp(record.expires_at),
        "error": None,
    }
