"""Records of jobs and content: imports, tag operations, templates, suppressions, sends and webhook endpoints.

Mutable data without behaviour; state.py holds them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct


class ImportRecord(Struct, kw_only=True):
    id: str
    batch_id: str
    created_at: datetime
    updated_at: datetime
    body: dict[str, Any] | None
    """The request, until it has been worked through."""
    file_name: str | None = None
    status: str = "running"
    total_rows: int = 0
    duplicate_rows: int = 0
    email_count: int = 0
    processed: int = 0
    added: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0
    skipped_reasons: dict[str, int] = {}
    failed_reasons: dict[str, int] = {}
    failed_chunks: int = 0
    failed_chunk_reasons: dict[str, int] = {}
    polls_left: int = 0
    due_at: datetime | None = None
    completed_at: datetime | None = None
    idempotency_key: str | None = None
    content_hash: str = ""


class OperationRecord(Struct, kw_only=True):
    id: str
    kind: str
    request_key: str
    settings_hash: str
    created_at: datetime
    expires_at: datetime
    body: dict[str, Any]
    subscriber_ids: list[str] = []
    status: str = "queued"
    processed: int = 0
    succeeded: int = 0
    failures: list[dict[str, str]] = []
    completed_at: datetime | None = None


class TemplateRecord(Struct, kw_only=True):
    """A template, a low-level email, or a transactional email: one shape, told apart by `kind`."""

    id: str
    name: str
    subject: str
    created_at: datetime
    updated_at: datetime
    kind: str = "template"
    slug: str | None = None
    enabled: bool = True
    html: str | None = None
    blocks: list[dict[str, Any]] = []
    preview_text: str | None = None
    labels: list[str] = []
    is_template: bool = True


class SuppressionRecord(Struct, kw_only=True):
    id: str
    email: str
    suppression_type: str
    reason: str
    suppressed_at: datetime
    scope: str = "company"
    source: str = "api"
    bounce_type: str | None = None
    bounce_sub_type: str | None = None
    bounce_count: int = 0


class SendMark(Struct, kw_only=True):
    """What became of an email after it left: only sends with something to say have a mark."""

    status: str = "delivered"
    """`delivered`, `bounced`, `complained` or `suppressed`."""
    bounced_at: datetime | None = None
    bounce_type: str | None = None
    complained_at: datetime | None = None
    job_id: str | None = None
    external_id: str | None = None
    campaign_id: str | None = None


class WebhookRecord(Struct, kw_only=True):
    id: str
    name: str
    url: str
    created_at: datetime
    updated_at: datetime
    events: list[str] = []
    status: str = "enabled"
