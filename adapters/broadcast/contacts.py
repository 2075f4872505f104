"""Subscriber rows to contacts, do-not-send rows to suppressions, topics to lists and memberships."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adapters.broadcast.consent import read_consent
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.wire import Row, filled, flag, instant, names, opened, text, text_id
from migrator.model import (
    Attribute,
    AttributeType,
    ConsentState,
    Contact,
    ContactList,
    ListKind,
    ListMembership,
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


@dataclass(frozen=True)
class Topic:
    """How a topic reads from a person: a key of the custom data, or a tag."""

    list_id: str
    key: str | None = None
    tag: str | None = None
    default: bool | None = None

    def membership(self, tags: Sequence[str], data: dict[str, Any]) -> ListMembership | None:
        if self.tag is not None:
            on: bool | None = self.tag in tags
        elif self.key is not None:
            on = (data[self.key] is True or data[self.key] == 1) if self.key in data else self.default
        else:
            on = None
        if on is None:
            return None
        state = ConsentState.SUBSCRIBED if on else ConsentState.UNSUBSCRIBED
        return ListMembership(list_id=self.list_id, state=state)


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
    rest = row.rest()
    for key, what in (("custom_data", "custom data"), ("tags", "tags"), ("tag_list", "tags")):
        if rest.get(key):
            surprises.lose(f"The {what} of contacts ({{count}})", f"their '{key}' {_ODD}", _BY_HAND, "contacts")
    if rest.get("unsubscribed_at"):
        surprises.note("A contact's 'unsubscribed_at' cannot be read and is kept in raw.")
    surprises.unknown_keys("contacts", rest, _EXPECTED)
    memberships = [membership for topic in topics if (membership := topic.membership(tags, custom))]
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


def read_topic(data: Raw, source_id: str, surprises: Surprises) -> tuple[ContactList, Topic]:
    row = Row(data)
    row.know("id")
    name = row.take(filled, "name", "label")
    description = row.take(filled, "description")
    visible = row.take(flag, "visible")
    created = row.take(instant, "created_at")
    rest = row.rest()
    storage = (filled(rest.get("storage")) or filled(rest.get("storage_kind")) or "").lower()
    key = filled(rest.get("custom_data_key")) or filled(rest.get("data_key"))
    tag = filled(rest.get("tag")) or filled(rest.get("tag_name"))
    default = next((flag(rest[one]) for one in ("default", "default_for_unset", "default_value") if one in rest), None)
    if storage.startswith("tag") and tag:
        key = None
    elif storage.startswith(("custom", "data")) and key:
        tag = None
    elif storage or any(one in rest and rest[one] not in (None, "") for one in ("storage", "storage_kind")):
        key = tag = None
    if key and tag:
        key = tag = None
        _without_people(source_id, "it names a key and a tag and not which of them counts", surprises)
    elif not key and not tag:
        _without_people(source_id, "it does not say how it is stored", surprises)
    elif key and default is None:
        why = "it does not say what holds for them; they are not on its list"
        what = f"Who never chose whether to get topic {source_id}"
        surprises.lose(what, why, "Look at the topic at the source, and add them by hand.", f"lists/{source_id}")
    surprises.unknown_keys(
        "topics",
        rest,
        frozenset(
            {"storage", "storage_kind", "custom_data_key", "data_key", "tag", "tag_name", "default", "updated_at"}
        ),
    )
    found = ContactList(
        source_id=source_id,
        name=name or f"Topic {source_id}",
        kind=ListKind.TOPIC,
        description=description,
        private=None if visible is None else not visible,
        created_at=created,
        raw=rest,
    )
    return found, Topic(source_id, key, tag, default)


def _without_people(source_id: str, why: str, surprises: Surprises) -> None:
    remedy = "Look at the topic at the source, and put its people on the list by hand."
    surprises.lose(
        f"Who gets topic {source_id} and who does not", f"{why}; nobody is on it", remedy, f"lists/{source_id}"
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
