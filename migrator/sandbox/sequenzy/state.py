"""Everything the local Sequenzy remembers: people, lists, content and the virtual clock, as one JSON-able record.

Contacts and what describes them are here, with the lookups; jobs and content are in work_records.py, sequences and
enrolments in records.py. What a call does to the data is in the route modules and in people.py.
"""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from migrator.sandbox.sequenzy.records import EmailSend, Enrollment, SequenceRecord, WebhookCall
from migrator.sandbox.sequenzy.work_records import (
    ImportRecord,
    OperationRecord,
    SendMark,
    SuppressionRecord,
    TemplateRecord,
    WebhookRecord,
)

DEFAULT_NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SYSTEM_TAGS = ("lead", "customer", "trial", "active", "cancelled", "churned", "past-due", "refunded", "inactive")


class Membership(Struct):
    subscribed_at: datetime
    unsubscribed_at: datetime | None = None

    @property
    def current(self) -> bool:
        return self.unsubscribed_at is None


class Note(Struct):
    id: str
    body: str
    created_at: datetime


class Subscriber(Struct, kw_only=True):
    id: str
    email: str | None
    """In lower case; None for contacts known by telephone only."""
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    status: str = "active"
    unsubscribed_at: datetime | None = None
    tags: list[str] = []
    attributes: dict[str, Any] = {}
    phone: str | None = None
    phone_country: str | None = None
    sms_status: str = "not_subscribed"
    timezone: str | None = None
    lists: dict[str, Membership] = {}
    notes: list[Note] = []
    pending: bool = False
    """Waits for the double opt-in click; the status reads `unsubscribed` until then."""
    pending_lists: list[str] = []
    pending_tags: list[str] = []
    confirmations: list[datetime] = []
    complained: bool = False

    def on_list(self, list_id: str) -> bool:
        found = self.lists.get(list_id)
        return found is not None and found.current


class ListRecord(Struct, kw_only=True):
    id: str
    name: str
    created_at: datetime
    description: str | None = None
    is_private: bool = False
    allow_member_unsubscribe: bool = False


class TagRecord(Struct, kw_only=True):
    id: str
    name: str
    color: str = "gray"
    is_system: bool = False


class SegmentRecord(Struct, kw_only=True):
    id: str
    name: str
    created_at: datetime
    format: str = "v1"
    filters: list[dict[str, Any]] = []
    join: str = "and"
    root: dict[str, Any] | None = None


class EventRecord(Struct, kw_only=True):
    id: str
    subscriber_id: str
    name: str
    at: datetime
    """When it happened; `received_at` is when the platform was told."""
    received_at: datetime
    properties: dict[str, Any] = {}
    event_id: str | None = None
    historical: bool = False


class LateAttributes(Struct, kw_only=True):
    attributes: dict[str, Any]
    until: datetime


class Settings(Struct, kw_only=True):
    company_id: str = "comp_sandbox"
    company_name: str = "Sandbox Company"
    address: str | None = "1 Example Street, Exampleton"
    double_opt_in: bool = False
    default_list_ids: list[str] | None = []
    """The platform's `defaultSubscriberListIds`: None means every current and future list."""
    integrations: list[str] = []
    """Connected discount providers: `stripe`, `shopify`."""
    from_email: str = "news@example.com"
    from_name: str = "Sandbox"
    reply_to: str | None = None
    language: str = "en"
    email_preset: str = "branded"
    timezone: str = "UTC"
    open_tracking: bool = True
    click_tracking: bool = True
    sending_paused: bool = False
    sync_rules: list[dict[str, Any]] | None = None
    """None stands for the inherited preset."""
    frequency_cap: dict[str, Any] | None = None
    segment_lag_seconds: float = 0
    """How long attributes of an import take to reach segments: the platform needs half a minute or more."""


class State(Struct, kw_only=True, dict=True):
    """One workspace. Look people up through `by_email` and `by_external`; add them with `add_subscriber`."""

    seed: int = 0
    counter: int = 0
    now: datetime = DEFAULT_NOW
    """The virtual time: aware, UTC, moved only by the clock route."""
    settings: Settings = msgspec.field(default_factory=Settings)
    subscribers: dict[str, Subscriber] = {}
    lists: dict[str, ListRecord] = {}
    tags: dict[str, TagRecord] = {}
    """By normalised name."""
    segments: dict[str, SegmentRecord] = {}
    events: list[EventRecord] = []
    event_names: dict[str, str] = {}
    """Event definitions: name to id."""
    imports: dict[str, ImportRecord] = {}
    operations: dict[str, OperationRecord] = {}
    templates: dict[str, TemplateRecord] = {}
    suppressions: dict[str, SuppressionRecord] = {}
    """By e-mail address in lower case."""
    webhooks: dict[str, WebhookRecord] = {}
    receipts: dict[str, dict[str, Any]] = {}
    """Idempotency receipts of transactional sends: key to `{hash, answer, at}`."""
    sequences: dict[str, SequenceRecord] = {}
    enrollments: dict[str, Enrollment] = {}
    outbox: list[EmailSend] = []
    """Every email that would have left, oldest first. Append to it."""
    send_marks: dict[str, SendMark] = {}
    """By the id of the send."""
    webhook_calls: list[WebhookCall] = []
    late: dict[str, LateAttributes] = {}
    """Contact to the attributes that segments still see."""

    def __post_init__(self) -> None:
        self._emails: dict[str, str] = {}
        self._externals: dict[str, str] = {}
        self._events_of: dict[str, list[EventRecord]] = {}
        self._sends_of: dict[str, list[EmailSend]] = {}
        self._sends_seen = 0
        for person in self.subscribers.values():
            self.index(person)
        for event in self.events:
            self._events_of.setdefault(event.subscriber_id, []).append(event)
        if not self.tags:
            for name in SYSTEM_TAGS:
                self.tags[name] = TagRecord(id=self.new_id("tag"), name=name, is_system=True)

    # --- ids and time ---

    def new_id(self, prefix: str) -> str:
        """The same seed and the same calls give the same ids, so a run can be repeated exactly."""
        self.counter += 1
        digest = hashlib.sha256(f"{self.seed}/{prefix}/{self.counter}".encode()).hexdigest()
        return f"{prefix}_{digest[:20]}"

    def ago(self, **span: float) -> datetime:
        return self.now - timedelta(**span)

    # --- people ---

    def by_email(self, email: str | None) -> Subscriber | None:
        found = self._emails.get(email.strip().lower()) if email else None
        return self.subscribers[found] if found else None

    def by_external(self, external_id: str | None) -> Subscriber | None:
        found = self._externals.get(external_id.strip()) if external_id else None
        return self.subscribers[found] if found else None

    def by_phone(self, phone: str | None) -> Subscriber | None:
        return next((p for p in self.subscribers.values() if phone and p.phone == phone), None)

    def index(self, person: Subscriber) -> None:
        if person.email:
            self._emails[person.email.lower()] = person.id
        if person.external_id:
            self._externals[person.external_id] = person.id

    def unindex(self, person: Subscriber) -> None:
        """Call before changing `email` or `external_id`, and `index` after."""
        if person.email:
            self._emails.pop(person.email.lower(), None)
        if person.external_id:
            self._externals.pop(person.external_id, None)

    def add_subscriber(self, person: Subscriber) -> None:
        self.subscribers[person.id] = person
        self.index(person)

    def remove_subscriber(self, person: Subscriber) -> None:
        self.unindex(person)
        del self.subscribers[person.id]

    def attributes_arrive_late(self, person_id: str, before: dict[str, Any]) -> None:
        if lag := self.settings.segment_lag_seconds:
            self.late[person_id] = LateAttributes(attributes=before, until=self.now + timedelta(seconds=lag))

    def seen_by_segments(self, person: Subscriber) -> Subscriber:
        late = self.late.get(person.id)
        if late is None or late.until <= self.now:
            return person
        return msgspec.structs.replace(person, attributes=late.attributes)

    def list_members(self, list_id: str) -> list[Subscriber]:
        return [person for person in self.subscribers.values() if person.on_list(list_id)]

    # --- history ---

    def add_event(self, event: EventRecord) -> None:
        self.events.append(event)
        self._events_of.setdefault(event.subscriber_id, []).append(event)

    def events_of(self, subscriber_id: str) -> list[EventRecord]:
        return self._events_of.get(subscriber_id, [])

    def sends_of(self, subscriber_id: str) -> list[EmailSend]:
        for send in self.outbox[self._sends_seen :]:
            if send.subscriber_id:
                self._sends_of.setdefault(send.subscriber_id, []).append(send)
        self._sends_seen = len(self.outbox)
        return self._sends_of.get(subscriber_id, [])

    def mark_of(self, send_id: str) -> SendMark:
        return self.send_marks.get(send_id) or SendMark()

    # --- on disk ---

    def save(self, path: Path | str) -> None:
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(target.name + ".new")
        # People's addresses are inside: for the owner only.
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            try:
                file.write(msgspec.json.encode(self))
            except UnicodeEncodeError:  # half of a surrogate pair in somebody's name
                file.write(json.dumps(msgspec.to_builtins(self)).encode())
        scratch.replace(target)

    @classmethod
    def load(cls, path: Path | str) -> State:
        data = Path(path).read_bytes()
        try:
            return msgspec.json.decode(data, type=cls)
        except msgspec.DecodeError:
            return msgspec.convert(json.loads(data), cls)
