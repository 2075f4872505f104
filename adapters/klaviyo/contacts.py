"""Profiles to contacts, their suppressions to do-not-send rows, and what is seen on people counted.

Profiles have no tags: shops keep them in a list property. Which property that is, only the operator knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from adapters.kit import people as kit
from adapters.kit.wire import attributes_of, filled, instant, part, text, without
from adapters.klaviyo.consent import (
    email_marketing,
    left_lists,
    read_consent,
    read_sms_consent,
    reason_state,
    suppressions_of,
)
from migrator.model import (
    Consent,
    ConsentState,
    Contact,
    ListMembership,
    Raw,
    Suppression,
)

LOCATION = "location"
_PLACE = ("address1", "address2", "city", "region", "zip", "country")
_OWN = ("organization", "title")
_KNOWN = (
    *("email", "phone_number", "external_id", "first_name", "last_name", "locale", "created", "subscriptions"),
    *("properties", "location", *_OWN),
)


def read_contact(row: Raw, source_id: str, joined: Mapping[str, datetime | None], tag_keys: Collection[str]) -> Contact:
    """`joined`: the lists this person is on."""
    told = attributes_of(row)
    properties = part(told.get("properties"))
    location = part(told.get(LOCATION))
    consent = read_consent(told)
    custom = {key: value for key, value in properties.items() if not key.startswith("$") and key not in tag_keys}
    for key in _OWN:
        if filled(told.get(key)):
            custom.setdefault(key, told[key])
    place = {key: location[key] for key in _PLACE if filled(location.get(key))}
    if place:
        custom.setdefault(LOCATION, place)
    system = {key: value for key, value in properties.items() if key.startswith("$")}
    raw: Raw = without(told, *_KNOWN)
    if system:
        raw["system_properties"] = system
    if rest := without(location, *_PLACE, "timezone"):
        raw[LOCATION] = rest
    return Contact(
        source_id=source_id,
        email=filled(told.get("email")),
        consent=consent,
        first_name=text(told.get("first_name")),
        last_name=text(told.get("last_name")),
        phone=filled(told.get("phone_number")),
        sms_consent=read_sms_consent(told),
        external_id=filled(told.get("external_id")),
        created_at=instant(told.get("created")),
        subscribed_at=consent.since if consent.state is ConsentState.SUBSCRIBED else None,
        timezone=filled(location.get("timezone")),
        locale=filled(told.get("locale")),
        tags=_tags(properties, tag_keys),
        lists=tuple(_memberships(joined, left_lists(told))),
        attributes=custom,
        raw=raw,
    )


def _tags(properties: Raw, keys: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for key in keys:
        value = properties.get(key)
        parts = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else []
        found += [part.strip() for part in parts if isinstance(part, str) and part.strip()]
    return tuple(dict.fromkeys(found))


def _memberships(
    joined: Mapping[str, datetime | None], left: Mapping[str, datetime | None]
) -> Iterable[ListMembership]:
    """An opt-out of one list holds even where the person was taken off the list afterwards."""
    for list_id in sorted({*joined, *left}):
        state = ConsentState.UNSUBSCRIBED if list_id in left else ConsentState.SUBSCRIBED
        yield ListMembership(list_id=list_id, joined_at=joined.get(list_id), state=state)


def read_suppressions(row: Raw, source_id: str) -> Iterable[Suppression]:
    """One row for each reason why nothing may be sent to this address; also where only consent says no."""
    told = attributes_of(row)
    email, marketing = filled(told.get("email")), email_marketing(told)
    if email is None or marketing is None:
        return
    for item in suppressions_of(marketing):
        reason = filled(item.get("reason"))
        yield Suppression(
            email=email,
            state=reason_state(reason),
            reason=reason,
            source_id=f"{source_id}/{reason or 'unknown'}",
            since=instant(item.get("timestamp")),
        )


def has_address(row: Raw) -> bool:
    return filled(attributes_of(row).get("email")) is not None


def mailable_without_consent(consent: Consent) -> bool:
    """Klaviyo's flows reach people who were never asked; the target's must not."""
    return consent.state is ConsentState.NEVER_SUBSCRIBED


class Census(kit.Census):
    """Also counts who never gave consent, and the profiles without an address."""

    def __init__(self) -> None:
        super().__init__()
        self.never_asked = 0
        self.without_address = 0

    def count(self, contact: Contact) -> None:
        self.never_asked += mailable_without_consent(contact.consent)
        super().count(contact)
