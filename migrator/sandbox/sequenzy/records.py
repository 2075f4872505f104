"""What the local Sequenzy keeps about sequences: graph, emails, enrolments, mail sent, webhooks called.

Mutable records without behaviour; the wire shapes are made elsewhere. Moments are aware datetimes in UTC.
Contacts, tags, lists and segments live with the rest of the state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Node(msgspec.Struct):
    id: str
    type: str
    config: dict[str, Any]
    updated_at: datetime
    email_id: str | None = None
    """Only on email steps."""


class Edge(msgspec.Struct):
    source: str
    target: str
    branch: str | None = None
    """The lane's id on edges that leave a split; `else` is the fallback lane."""


class Email(msgspec.Struct):
    id: str
    name: str
    subject: str
    blocks: list[dict[str, Any]]
    """Raw HTML is one block `{"type": "html", "content": ...}`."""
    preview_text: str | None = None
    is_transactional: bool = False
    extra: dict[str, Any] = {}
    """Sender, reply, copies, attachments and theme, by wire name."""


class SequenceRecord(msgspec.Struct):
    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    trigger: str
    """The request word: `contact_added`, `tag_added`, ..."""
    trigger_config: dict[str, Any] = {}
    status: str = "draft"
    """`draft`, `active`, `paused` or `archived`."""
    enrollment_paused: bool = False
    paused_at: datetime | None = None
    settings: dict[str, Any] = {}
    """Everything else that can be set, by wire name: description, labels, sender, enrollmentMode, ..."""
    stop_condition: dict[str, Any] = {}
    sending_window: dict[str, Any] | None = None
    key_dates: dict[str, Any] | None = None
    audience_auto_enroll: dict[str, Any] | None = None
    nodes: dict[str, Node] = {}
    """In the order in which they were made."""
    edges: list[Edge] = []
    emails: dict[str, Email] = {}
    enrichment_status: str = "complete"
    baseline: list[str] = []
    """Segment triggers: the contact ids inside at the last look."""
    enabled_at: datetime | None = None
    goals: list[dict[str, Any]] = []
    audience_runs: list[dict[str, Any]] = []
    test_runs: list[dict[str, Any]] = []
    realign_jobs: list[dict[str, Any]] = []
    skipped_sends: dict[str, int] = {}
    """Why emails of this sequence were not sent: contact status -> count."""


class Enrollment(msgspec.Struct):
    id: str
    sequence_id: str
    subscriber_id: str
    started_at: datetime
    updated_at: datetime
    node_id: str
    status: str = "active"
    """`active`, `waiting`, `paused`, `completed`, `failed` or `cancelled`."""
    due: datetime | None = None
    """When the engine looks at it next; None when nothing is ahead."""
    wait: dict[str, Any] | None = None
    """What it waits for: a wait step's plan, an event with its time-out, or the sending window."""
    skipping: bool = False
    """A past date said `skip`: nothing acts until the next wait or branch."""
    key: str = "__default__"
    via: dict[str, Any] = {}
    entry: dict[str, Any] = {}
    event_properties: dict[str, Any] = {}
    data: dict[str, Any] = {}
    """`data` of an audience enrolment: `{{enrollment.*}}`."""
    results: dict[str, Any] = {}
    """What earlier steps left for merge tags: discount, webhooks, ai."""
    history: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    sends: list[str] = []
    """Ids of its emails in order; the last one is the `previous_email`."""
    status_before_pause: str | None = None
    paused_at: datetime | None = None
    pause_reason: str | None = None
    moved_at: datetime | None = None
    moved_from: str | None = None
    move_reason: str | None = None
    failed_reason: str | None = None


class EmailSend(msgspec.Struct):
    """One email that left, never really: the outbox is a list of these."""

    id: str
    subscriber_id: str | None
    recipient: str
    subject: str
    html: str
    sent_at: datetime
    kind: str = "sequence"
    """`sequence`, `transactional`, `test` or `opt_in`."""
    email_type: str = "marketing"
    sequence_id: str | None = None
    node_id: str | None = None
    enrollment_id: str | None = None
    email_id: str | None = None
    transactional_id: str | None = None
    preview_text: str | None = None
    opened_at: list[datetime] = []
    clicks: list[dict[str, Any]] = []
    """`{"url", "at"}`."""


OutboxEntry = EmailSend


class WebhookCall(msgspec.Struct):
    """A request a webhook step would have made."""

    sequence_id: str
    node_id: str
    subscriber_id: str
    method: str
    url: str
    headers: dict[str, str]
    body: str
    at: datetime
