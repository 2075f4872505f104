"""`/subscribers/imports`: takes a batch of up to 5,000 contacts, answers `running`, and tells how it went."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from migrator.sandbox.sequenzy import imports
from migrator.sandbox.sequenzy.bodies import read_object
from migrator.sandbox.sequenzy.people_bodies import ImportPeople
from migrator.sandbox.sequenzy.refusals import invalid, issue, missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok, stamp, unavailable
from migrator.sandbox.sequenzy.work_records import ImportRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

ROWS_LIMIT = 5000
KEY_LIMIT = 255
CHUNK = 500


def register(router: Router, world: World) -> None:
    state = world.state

    @router.on("POST /subscribers/imports")
    def start(request: Request) -> Response:
        world.need("subscribers:write")
        body = read_object(request)
        batch = shaped(body, ImportPeople)
        _check(world, batch)
        digest = _digest(body)
        if batch.idempotency_key is not None:
            known = _known(world, batch.idempotency_key, digest)
            if known is not None:
                if known.status == "running" and world.import_overlap_503 > 0:
                    world.import_overlap_503 -= 1
                    return unavailable("The same import is being queued, repeat the request", known.id)
                return ok({"deduplicated": True, "message": "Import already queued", "import": shape(known)})
        record = ImportRecord(
            id=state.new_id("imp"),
            batch_id=state.new_id("batch"),
            created_at=state.now,
            updated_at=state.now,
            body=body,
            file_name=batch.file_name,
            total_rows=len(batch.subscribers),
            polls_left=world.import_polls,
            due_at=state.now + timedelta(seconds=world.import_seconds),
            idempotency_key=batch.idempotency_key,
            content_hash=digest,
        )
        state.imports[record.id] = record
        return ok({"deduplicated": False, "message": "Import queued", "import": shape(record)})

    @router.on("GET /subscribers/imports/{import_id}")
    def read(request: Request, import_id: str) -> Response:
        world.need("subscribers:read")
        record = state.imports.get(import_id)
        record = record or next((r for r in state.imports.values() if r.batch_id == import_id), None)
        if record is None:
            raise missing("Import")
        imports.poll(world, record)
        if record.id not in state.imports:
            raise missing("Import")
        return ok({"import": shape(record)})


def _check(world: World, batch: ImportPeople) -> None:
    rows = batch.subscribers
    if not 1 <= len(rows) <= ROWS_LIMIT:
        raise wrong("subscribers", f"subscribers must hold 1 to {ROWS_LIMIT} records")
    key = batch.idempotency_key
    if key is not None and not (key.strip() and len(key) <= KEY_LIMIT):
        raise wrong("idempotencyKey", f"idempotencyKey must have 1 to {KEY_LIMIT} characters and not be blank")
    if bad := imports.bad_rows(rows):
        raise invalid(*(issue(path, message) for path, message in bad))
    if batch.list_ids:
        world.need("lists:write")
        for list_id in batch.list_ids:
            if list_id not in world.state.lists:
                raise wrong("listIds", f"List not found: {list_id}")
    # A confirmation mail may go out: that takes the right to start automations.
    may_mail = batch.opt_in_mode == "double_opt_in" or (
        batch.opt_in_mode == "default" and any(row.status in (None, "active") for row in rows)
    )
    if batch.enroll_in_sequences or may_mail:
        world.need("automations:trigger")


def _digest(body: dict[str, Any]) -> str:
    content = {name: value for name, value in body.items() if name != "idempotencyKey"}
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _known(world: World, key: str, digest: str) -> ImportRecord | None:
    """The import queued with this key and this content. The same key with other content is a new import."""
    return next(
        (r for r in world.state.imports.values() if r.idempotency_key == key and r.content_hash == digest), None
    )


def shape(record: ImportRecord) -> dict[str, Any]:
    chunks = -(-record.total_rows // CHUNK)
    return {
        "id": record.id,
        "batchId": record.batch_id,
        "fileName": record.file_name,
        "status": record.status,
        "totalRows": record.total_rows,
        "emailCount": record.email_count,
        "duplicateRows": record.duplicate_rows,
        "processedCount": record.processed,
        "addedCount": record.added,
        "updatedCount": record.updated,
        "skippedCount": record.skipped,
        "failedCount": record.failed,
        "skippedReasons": record.skipped_reasons,
        "failedReasons": record.failed_reasons,
        "totalChunks": chunks,
        "completedChunks": 0 if record.status == "running" else chunks - record.failed_chunks,
        "failedChunks": record.failed_chunks,
        "failedChunkReasons": record.failed_chunk_reasons,
        "createdAt": stamp(record.created_at),
        "startedAt": stamp(record.created_at),
        "updatedAt": stamp(record.updated_at),
        "completedAt": stamp(record.completed_at),
    }
