"""The shapes of the bodies of contact, tag, event and import calls: types, required fields, closed vocabularies.

Unknown keys are ignored, as the platform strips them. What the values mean is checked where they are used.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from migrator.sandbox.sequenzy.people import Profile

Status = Literal["active", "unsubscribed", "bounced"]
PatchStatus = Literal["active", "unsubscribed", "bounced", "complained"]
Strategy = Literal["skip", "merge", "overwrite"]
OptIn = Literal["default", "confirmed", "double_opt_in"]


class Person(Struct, rename="camel", kw_only=True):
    """Who a call is about, and what it says about them."""

    email: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    custom_attributes: dict[str, Any] | None = None

    def profile(self) -> Profile:
        return Profile(
            email=self.email,
            external_id=self.external_id,
            first_name=self.first_name,
            last_name=self.last_name,
            attributes=self.custom_attributes,
        )


class CreatePerson(Person, rename="camel", kw_only=True):
    status: Status = "active"
    opt_in_mode: OptIn = "default"
    tags: list[str] | None = None
    lists: list[str] | None = None
    enroll_in_sequences: bool | None = None
    duplicate_strategy: Strategy = "skip"
    created_at: str | None = None
    phone: str | None = None
    phone_country: str | None = None
    sms_consent: bool | None = None
    timezone: str | None = None


class UpdatePerson(Struct, rename="camel", kw_only=True):
    """Absent keys change nothing; null is refused for names, as the contract says."""

    email: str | UnsetType = UNSET
    external_id: str | UnsetType | None = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    status: PatchStatus | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    custom_attributes: dict[str, Any] | UnsetType = UNSET
    custom_attributes_strategy: Literal["replace", "merge"] = "replace"
    phone: str | UnsetType | None = UNSET
    phone_country: str | UnsetType | None = UNSET
    sms_consent: bool | UnsetType = UNSET
    timezone: str | UnsetType | None = UNSET


class NewNote(Struct):
    body: str


class TagOne(Person, rename="camel", kw_only=True):
    tag: str


class TagMany(Person, rename="camel", kw_only=True):
    tags: list[str]


class BulkTags(Struct, rename="camel", kw_only=True):
    tags: list[str]
    emails: list[str] = []
    external_ids: list[str] = []
    subscriber_ids: list[str] = []
    trigger_automations: bool = False


class Audience(Struct, rename="camel", kw_only=True):
    active_only: bool = False
    list_id: str | None = None
    search: str | None = None
    subscriber_ids: list[str] | None = None
    filters: list[dict[str, Any]] | None = None
    filter_join_operator: Literal["and", "or"] = "and"
    root: dict[str, Any] | None = None


class StartOperation(Struct, rename="camel", kw_only=True):
    kind: Literal["add_tags"]
    request_key: str
    tags: list[str]
    trigger_automations: bool = False
    audience: Audience | None = None


class EventOne(Person, rename="camel", kw_only=True):
    event: str
    properties: dict[str, Any] = {}
    occurred_at: str | None = None
    event_id: str | None = None
    account: dict[str, Any] | None = None


class EventEntry(Struct, rename="camel", kw_only=True):
    name: str
    properties: dict[str, Any] = {}
    occurred_at: str | None = None
    event_id: str | None = None


class EventMany(Person, rename="camel", kw_only=True):
    events: list[EventEntry]


class ImportedEvent(Struct, rename="camel", kw_only=True):
    name: str
    event_id: str
    email: str | None = None
    external_id: str | None = None
    properties: dict[str, Any] = {}
    occurred_at: str | None = None


class ImportEvents(Struct, rename="camel", kw_only=True):
    events: list[ImportedEvent]


class ImportRow(Person, rename="camel", kw_only=True):
    status: Status | None = None
    tags: list[str] | None = None
    created_at: str | None = None
    phone: str | None = None
    timezone: str | None = None


class ImportPeople(Struct, rename="camel", kw_only=True):
    subscribers: list[ImportRow]
    duplicate_strategy: Strategy = "skip"
    enroll_in_sequences: bool = False
    opt_in_mode: OptIn = "default"
    list_ids: list[str] | None = None
    file_name: str | None = None
    idempotency_key: str | None = None
    default_phone_country: str | None = None
    sms_consent: bool = False


class AddMembers(Struct, rename="camel", kw_only=True):
    emails: list[str]
    duplicate_strategy: Strategy = "skip"
    enroll_in_sequences: bool = False
    opt_in_mode: OptIn = "default"


class RemoveMembers(Struct, rename="camel", kw_only=True):
    emails: list[str] = []
    subscriber_ids: list[str] = []


class NewList(Struct, rename="camel", kw_only=True):
    name: str
    description: str | None = None
    is_private: bool = False
    allow_member_unsubscribe: bool = False


class ChangedList(Struct, rename="camel", kw_only=True):
    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    is_private: bool | UnsetType = UNSET
    allow_member_unsubscribe: bool | UnsetType = UNSET
