"""People and what they belong to: contacts, lists, tags, attributes, suppressions. Where they stand in a
sequence is in enrolments.py."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from migrator.model.base import Raw, Record
from migrator.model.consent import Consent, ConsentState


class ListMembership(Record, frozen=True, kw_only=True):
    """`state` narrows the contact's own consent for this list; it never widens it."""

    list_id: str
    joined_at: datetime | None = None
    state: ConsentState = ConsentState.SUBSCRIBED


class Contact(Record, frozen=True, kw_only=True):
    """A person as the source knows them. `email` is kept as written there; compare its `lower()`."""

    source_id: str
    email: str | None = None
    consent: Consent
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    sms_consent: Consent | None = None
    external_id: str | None = None
    """The id of this person in the customer's own application, not the source platform's id."""
    created_at: datetime | None = None
    subscribed_at: datetime | None = None
    timezone: str | None = None
    locale: str | None = None
    tags: tuple[str, ...] = ()
    lists: tuple[ListMembership, ...] = ()
    attributes: dict[str, Any] = {}
    """Custom data by the source's own keys; values may be nested."""
    raw: Raw = {}


class ListKind(StrEnum):
    LIST = "list"
    TOPIC = "topic"
    """A preference a person can switch."""
    GROUP = "group"


class ContactList(Record, frozen=True, kw_only=True):
    source_id: str
    name: str
    kind: ListKind = ListKind.LIST
    description: str | None = None
    private: bool | None = None
    member_count: int | None = None
    created_at: datetime | None = None
    raw: Raw = {}


class Tag(Record, frozen=True, kw_only=True):
    name: str
    source_id: str | None = None
    contact_count: int | None = None
    raw: Raw = {}


class AttributeType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    LIST = "list"
    OBJECT = "object"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Attribute(Record, frozen=True, kw_only=True):
    """One custom field, defined by the source or seen while reading."""

    key: str
    label: str | None = None
    type: AttributeType = AttributeType.UNKNOWN
    options: tuple[str, ...] = ()
    contact_count: int | None = None
    raw: Raw = {}


class SuppressionScope(StrEnum):
    CHANNEL = "channel"
    """This account, workspace or channel."""
    GLOBAL = "global"


class Suppression(Record, frozen=True, kw_only=True):
    """An address on a do-not-send list, whether or not a contact has it."""

    email: str
    state: ConsentState = ConsentState.SUPPRESSED
    """BOUNCED or COMPLAINED when the reason is known, else SUPPRESSED."""
    scope: SuppressionScope = SuppressionScope.CHANNEL
    reason: str | None = None
    source_id: str | None = None
    since: datetime | None = None
    raw: Raw = {}
