"""Saved emails: templates, low-level emails and transactional ones are one record; sequence emails resolve as well."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from migrator.sandbox.sequenzy.bodies import given
from migrator.sandbox.sequenzy.merge_tags import names_in
from migrator.sandbox.sequenzy.records import Email
from migrator.sandbox.sequenzy.refusals import invalid, issue, missing, wrong
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.work_records import TemplateRecord
from migrator.sandbox.sequenzy.world import World


class ContentBody(Struct, rename="camel", kw_only=True):
    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    subject: str | UnsetType = UNSET
    html: str | None = None
    blocks: list[dict[str, Any]] | None = None
    prompt: str | None = None
    preview_text: str | UnsetType | None = UNSET
    labels: list[str] | UnsetType = UNSET
    is_template: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


def check(wish: ContentBody, *, new: bool) -> None:
    """Name and subject must not be blank, and at most one kind of content may be sent; a new email needs one."""
    for field in ("name", "subject"):
        value = getattr(wish, field)
        if (value is UNSET and new) or (value is not UNSET and not value.strip()):
            raise wrong(field, f"{field} is required")
    kinds = [kind for kind in ("html", "blocks", "prompt") if getattr(wish, kind) is not None]
    if len(kinds) > 1:
        raise invalid(issue(kinds[1], f"Send only one of html, blocks and prompt, not {' and '.join(kinds)}"))
    if new and not kinds:
        raise wrong("html", "html, blocks or prompt is required")


def fill(world: World, record: TemplateRecord, wish: ContentBody) -> None:
    for field in ("name", "subject", "slug", "preview_text", "is_template", "enabled", "labels"):
        if (value := getattr(wish, field)) is not UNSET:
            setattr(record, field, value)
    if wish.html is not None:
        # Raw HTML is kept byte for byte in one block.
        record.blocks = [{"id": world.state.new_id("block"), "type": "html", "content": wish.html}]
    elif wish.blocks is not None:
        record.blocks = wish.blocks
    elif wish.prompt is not None:
        record.blocks = [{"id": world.state.new_id("block"), "type": "text", "content": "<p>Draft</p>"}]
    record.updated_at = world.state.now


def create(world: World, wish: ContentBody, kind: str) -> TemplateRecord:
    check(wish, new=True)
    state = world.state
    prefix = {"transactional": "txn", "template": "tmpl"}.get(kind, "email")
    record = TemplateRecord(
        id=state.new_id(prefix),
        name=str(given(wish.name)),
        subject=str(given(wish.subject)),
        created_at=state.now,
        updated_at=state.now,
        kind=kind,
        enabled=wish.prompt is None,
        is_template=False,
    )
    fill(world, record, wish)
    state.templates[record.id] = record
    return record


def find(world: World, wanted: str, kind: str | None = None) -> TemplateRecord:
    """By id, or by slug for transactional emails; `kind` narrows it."""
    for record in world.state.templates.values():
        if wanted in (record.id, record.slug) and kind in (None, record.kind):
            return record
    raise missing("Template")


def find_email(world: World, wanted: str) -> Email:
    """Anything that can be rendered under this id, an email of a sequence included."""
    for sequence in world.state.sequences.values():
        if wanted in sequence.emails:
            return sequence.emails[wanted]
    return as_email(find(world, wanted))


def as_email(record: TemplateRecord) -> Email:
    return Email(
        record.id,
        record.name,
        record.subject,
        record.blocks,
        record.preview_text,
        is_transactional=record.kind == "transactional",
    )


def summary(record: TemplateRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "subject": record.subject,
        "previewText": record.preview_text,
        "labels": record.labels,
        "isTemplate": record.is_template,
        "emailPreset": None if _is_raw(record) else "branded",
        "localizations": [],
        "createdAt": stamp(record.created_at),
        "updatedAt": stamp(record.updated_at),
    }


def _is_raw(record: TemplateRecord) -> bool:
    return len(record.blocks) == 1 and record.blocks[0].get("type") == "html"


def variables_of(record: TemplateRecord) -> list[str]:
    sources = [record.subject, record.preview_text or "", *(str(block.get("content", "")) for block in record.blocks)]
    return list(dict.fromkeys(name for source in sources for name in names_in(source)))
