"""Subscriber rows to contacts, do-not-send rows to suppressions. Topics are read in topics.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.broadcast.consent import read_consent
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.topics import Topic, answers_told, blank_noes, stored_topics
from adapters.broadcast.wire import Row, filled, instant, names, opened, text, text_id
from migrator.model import (
    Attribute,
    AttributeType,
    ConsentState,
    Contact,
    Raw,
    Suppression,
    SuppressionScope,
)

_EXPECTED = frozenset({"ip_address", "source", "last_email_sent_at", "updated_at", "sequential_id"})
_ODD = "has a shape that is not known; it is kept in raw"
_BY_HAND = "Tell the makers of this tool which server this is, or set them by hand after the load."
_REASONS = {
    "provider_bounce": ConsentState.BOUNCED,
    "provider_complaint": ConsentState.COMPLAINED,
}


def read_contact(
    data: Raw, source_id: str, suppressions: Sequence[Suppression], topics: Sequence[Topic], surprises: Surprises
) -> Contact:
    row = Row(data)
    row.know("id")
    consent = read_consent(row, suppressions)
    email = row.take(filled, "email")
    first, last = row.take(text, "first_name"), row.take(text, "last_name")
    created, subscribed = row.take(instant, "created_at"), row.take(instant, "subscribed_at")
    tags = row.take(names, "tags", "tag_list") or ()
    custom = row.take(_object, "custom_data") or {}
    stored = row.take(stored_topics, "topics")
    rest = row.rest()
    odd = (("custom_data", "custom data"), ("tags", "tags"), ("tag_list", "tags"), ("topics", "topics"))
    for key, what in odd:
        if rest.get(key):
            surprises.lose(f"The {what} of contacts ({{count}})", f"their '{key}' {_ODD}", _BY_HAND, "contacts")
    if rest.get("unsubscribed_at"):
        surprises.note("A contact's 'unsubscribed_at' cannot be read and is kept in raw.")
    surprises.unknown_keys("contacts", rest, _EXPECTED)
    custom = {**answers_told(topics, stored or {}), **custom, **blank_noes(topics, custom)}
    memberships = [membership for topic in topics if (membership := topic.membership(tags, custom, stored))]
    if rest.get("topics"):
        # What they said cannot be read: nobody is on a list because of what holds for people who said nothing.
        memberships = [one for one in memberships if one.state is not ConsentState.SUBSCRIBED]
    return Contact(
        source_id=source_id,
        email=email,
        consent=consent,
        first_name=first,
        last_name=last,
        created_at=created,
        subscribed_at=subscribed,
        tags=tags,
        lists=tuple(memberships),
        attributes=custom,
        raw={key: value for key, value in rest.items() if value is not None},
    )


def read_suppression(data: Raw, source_id: str, scope: SuppressionScope, surprises: Surprises) -> Suppression | None:
    row = Row(data)
    row.know("id", "broadcast_channel_id", "updated_at")
    email = row.take(filled, "email")
    if email is None:
        why = "these rows have no address under a known name"
        remedy = "Look at the list at the source, and put these addresses on your own do-not-send list first."
        surprises.lose("{count} rows of a do-not-send list", why, remedy, "suppressions")
        return None
    reason = row.take(filled, "source", "reason")
    said = row.take(text, "scope")
    if said == "global":
        scope = SuppressionScope.GLOBAL
    elif said == "channel":
        scope = SuppressionScope.CHANNEL
    since = row.take(instant, "created_at", "suppressed_at")
    rest = row.rest()
    surprises.unknown_keys("suppressions", rest)
    return Suppression(
        email=email,
        state=_REASONS.get(reason or "", ConsentState.SUPPRESSED),
        scope=scope,
        reason=reason,
        source_id=source_id,
        since=since,
        raw=rest,
    )


def _object(value: object) -> dict[str, Any] | None:
    found = opened(value)
    return found if isinstance(found, dict) else None


class Census:
    """Tags and custom fields seen on people, with counts. Grows with the number of names, not of people."""

    def __init__(self) -> None:
        self.tags: dict[str, int] = {}
        self._fields: dict[str, dict[AttributeType, int]] = {}

    def count(self, contact: Contact) -> None:
        for tag in contact.tags:
            self.tags[tag] = self.tags.get(tag, 0) + 1
        for key, value in contact.attributes.items():
            kinds = self._fields.setdefault(key, {})
            kind = _kind(value)
            kinds[kind] = kinds.get(kind, 0) + 1

    def attributes(self) -> list[Attribute]:
        found = []
        for key, kinds in sorted(self._fields.items()):
            known = [kind for kind in kinds if kind is not AttributeType.UNKNOWN]
            kind = known[0] if len(known) == 1 else AttributeType.MIXED if known else AttributeType.UNKNOWN
            found.append(Attribute(key=key, type=kind, contact_count=sum(kinds.values())))
        return found


def _kind(value: object) -> AttributeType:
    match value:
        case None:
            return AttributeType.UNKNOWN
        case bool():
            return AttributeType.BOOLEAN
        case int() | float():
            return AttributeType.NUMBER
        case str():
            long_enough = len(value) >= 10 and value[:4].isdigit() and value[4] == "-"
            return AttributeType.DATE if long_enough and instant(value) else AttributeType.TEXT
        case list():
            return AttributeType.LIST
        case _:
            return AttributeType.OBJECT


def row_of_person(data: Raw) -> tuple[str | None, str | None]:
    """The address and the id inside an enrolment."""
    person = data.get("subscriber")
    inner = person if isinstance(person, dict) else {}
    return filled(inner.get("email")), text_id(inner.get("id") or data.get("subscriber_id"))
