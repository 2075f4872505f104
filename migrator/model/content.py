"""What is written to people: email content, templates, one-off campaigns; and forms, for the report only."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from migrator.model.base import Raw, Record


class BodyFormat(StrEnum):
    DOCUMENT = "document"
    """A complete HTML document."""
    FRAGMENT = "fragment"
    """HTML that the source wraps when it sends."""
    TEXT = "text"
    MJML = "mjml"
    BLOCKS = "blocks"
    """A drag-and-drop design; `blocks` holds it, `body` may be empty."""


class EmailContent(Record, frozen=True, kw_only=True):
    """`body` is byte for byte what the source gave (decoded), with the source's own merge tags inside."""

    subject: str | None = None
    preview_text: str | None = None
    body: str | None = None
    format: BodyFormat = BodyFormat.FRAGMENT
    text: str | None = None
    """The plain-text part, where the source keeps one beside the HTML."""
    blocks: Raw | list[Raw] | None = None
    from_name: str | None = None
    from_email: str | None = None
    reply_to: str | None = None
    language: str = "liquid"
    """The dialect of its merge tags; names a folder of mappings/merge_tags."""
    transactional: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether the source would not give what a person would read. Such an email is never sent."""
        return self.subject is None or (not self.body and not self.text and self.blocks is None)


class Template(Record, frozen=True, kw_only=True):
    source_id: str
    name: str
    content: EmailContent
    purpose: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    raw: Raw = {}


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Campaign(Record, frozen=True, kw_only=True):
    """A one-off mailing. Only ever carried over as a draft or as a record of the past."""

    source_id: str
    name: str
    status: CampaignStatus
    content: EmailContent | None = None
    scheduled_at: datetime | None = None
    sent_at: datetime | None = None
    segment_ids: tuple[str, ...] = ()
    list_ids: tuple[str, ...] = ()
    recipient_count: int | None = None
    caveats: tuple[str, ...] = ()
    """What else is said of it, and no field here can hold: one sentence each."""
    raw: Raw = {}


class Form(Record, frozen=True, kw_only=True):
    """A sign-up form. It cannot be moved; the report says what must be rebuilt and what it starts."""

    source_id: str
    name: str
    enabled: bool | None = None
    double_opt_in: bool | None = None
    adds_tags: tuple[str, ...] = ()
    adds_to_lists: tuple[str, ...] = ()
    starts_sequences: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    """What else it does, and no field here can say: one sentence each."""
    raw: Raw = {}


class OtherResource(Record, frozen=True, kw_only=True):
    """Something that lives at the source and is listed so that nobody forgets it: a mail server's label, a
    webhook endpoint, a brand kit."""

    kind: str
    source_id: str
    name: str
    remedy: str
    """What a person does about it at the target."""
    raw: Raw = {}
