"""What one Broadcast channel holds, as records that can be changed, and its JSON file.

How a row looks on the wire is decided in show.py; here is only the truth behind it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from migrator.sandbox.local_only import fresh_key

Row = dict[str, Any]
"""A record that no rule of the sandbox reads deeply: it is served as it stands."""

Status = Literal["active", "completed", "paused", "busy", "error", "removed"]
IN_FLIGHT: tuple[Status, ...] = ("active", "busy", "paused")

# The three keys a new account answers to. Each start draws them anew; they open nothing outside this machine.
READ_KEY, WRITE_KEY, ADMIN_KEY = fresh_key("bc-read-"), fresh_key("bc-write-"), fresh_key("bc-admin-")

PERMISSIONS = (
    *("broadcasts", "transactionals", "templates", "subscribers", "sequences", "segments", "email_servers"),
    *("opt_in_forms", "webhook_endpoints", "autopilot", "suppressions", "file_assets"),
)


class Token(msgspec.Struct, kw_only=True):
    label: str
    type: Literal["channel_scoped", "admin_cross_channel"] = "channel_scoped"
    permissions: list[str] = []
    """Such as `subscribers_read`."""
    revoked: bool = False


class Subscriber(msgspec.Struct, kw_only=True, omit_defaults=True):
    id: int
    email: str
    created_at: datetime
    first_name: str | None = None
    last_name: str | None = None
    ip_address: str | None = None
    is_active: bool = True
    source: str | None = None
    subscribed_at: datetime | None = None
    unsubscribed_at: datetime | None = None
    confirmed_at: datetime | None = None
    redacted: bool = False
    tags: list[str] = []
    custom_data: Row | None = {}


class Suppression(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`source` is known on the global list only."""

    id: int
    email: str
    created_at: datetime
    source: str | None = None


class Sequence(msgspec.Struct, kw_only=True, omit_defaults=True):
    id: int
    label: str
    created_at: datetime
    updated_at: datetime
    active: bool = True
    track_opens: bool = True
    track_clicks: bool = True
    use_any_email_server: bool = False
    email_server_ids: list[int] = []
    init_segment_id: int | None = None
    init_tag: str | None = None
    parent_sequence_id: int | None = None
    steps: list[Row] = []
    extra: Row = {}
    """Keys of newer servers (`excluded_segment_ids`, `topic_id`), shown by the `current` profile only."""


class Enrolment(msgspec.Struct, kw_only=True, omit_defaults=True):
    id: int
    sequence_id: int
    subscriber_id: int
    status: Status
    started_at: datetime
    completed_at: datetime | None = None
    next_trigger_at: datetime | None = None
    current_step_id: int | None = None
    """The truth: the wait being waited (or the step that is due). The API hides it unless a switch shows it."""


class Receipt(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One email that went out."""

    id: int
    subscriber_id: int
    sent_at: datetime
    subject: str | None = None
    enrolment_id: int | None = None
    sequence_id: int | None = None
    step_id: int | None = None
    opened_at: datetime | None = None
    clicked_at: datetime | None = None


class Account(msgspec.Struct, kw_only=True):
    channel: Row
    now: datetime
    """The account's own clock: it moves only when it is told to."""
    version: str = "2.28.0"
    tokens: dict[str, Token] = {}
    subscribers: list[Subscriber] = []
    suppressions: list[Suppression] = []
    global_suppressions: list[Suppression] = []
    sequences: list[Sequence] = []
    enrolments: list[Enrolment] = []
    receipts: list[Receipt] = []
    templates: list[Row] = []
    segments: list[Row] = []
    forms: list[Row] = []
    broadcasts: list[Row] = []
    topics: list[Row] = []
    email_servers: list[Row] = []
    webhook_endpoints: list[Row] = []
    placeholders: dict[str, str] = {}
    """What the owner's free words in emails (`{{ month }}`) stand for at present."""
    design: Row = {}
    settings: Row = {}
    """What `channel/settings` tells: senders, footer, the page for leaving, legal links."""
    users: list[Row] = []
    histories: list[Row] = []
    link_redirects: list[Row] = []
    link_clicks: list[Row] = []
    file_assets: list[Row] = []

    def save(self, path: Path) -> None:
        path.write_bytes(msgspec.json.encode(self))

    @classmethod
    def load(cls, path: Path) -> Account:
        return msgspec.json.decode(path.read_bytes(), type=cls)


def usual_tokens() -> dict[str, Token]:
    """An export key (reads only), a key that may write, and an installation key."""
    reads = [f"{name}_read" for name in PERMISSIONS]
    writes = [f"{name}_write" for name in PERMISSIONS]
    users = ["users_read", "users_write"]
    return {
        READ_KEY: Token(label="Export", permissions=reads),
        WRITE_KEY: Token(label="Operator", permissions=reads + writes),
        ADMIN_KEY: Token(label="Admin", type="admin_cross_channel", permissions=reads + writes + users),
    }


def fresh_tokens(kept: dict[str, Token]) -> dict[str, Token]:
    """New keys for the holders that an account's file names; the usual three where it names none."""
    return {fresh_key("bc-"): token for token in kept.values()} or usual_tokens()


def stamp(moment: datetime | None, *, milliseconds: bool = True) -> str | None:
    """A moment as this platform writes it; both of its spellings exist."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if milliseconds else "seconds")
    return text.replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """Raises ValueError. A time without a zone is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
