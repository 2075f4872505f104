"""What a column can mean, and the headers by which that is known whatever the platform."""

from __future__ import annotations

import re
from enum import StrEnum

from adapters.csvfile.consent_vocabulary import tidy


class Role(StrEnum):
    EMAIL = "email"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FULL_NAME = "full_name"
    PHONE = "phone"
    EXTERNAL_ID = "external_id"
    STATUS = "status"
    """A word that says whether the person may be mailed."""
    UNSUBSCRIBED_AT = "unsubscribed_at"
    BOUNCED_AT = "bounced_at"
    CREATED_AT = "created_at"
    SUBSCRIBED_AT = "subscribed_at"
    CONFIRMED_AT = "confirmed_at"
    TIMEZONE = "timezone"
    LOCALE = "locale"
    TAGS = "tags"
    LISTS = "lists"
    SIGNAL = "signal"
    """Says something about consent in a way of its layout's own."""
    JSON = "json"
    """Custom data as a JSON object in one cell."""
    RAW = "raw"
    """The platform's own bookkeeping; kept, not carried over."""
    ATTRIBUTE = "attribute"


_BETWEEN = re.compile(r"[\s_\-]+")


def normal(header: str) -> str:
    """`E-Mail_Address ` and `e mail address` are one header."""
    return _BETWEEN.sub(" ", header.strip().strip("\ufeff\"'").strip().lower()).strip()


def _named(role: Role, *headers: str) -> dict[str, Role]:
    return dict.fromkeys(headers, role)


GENERIC: dict[str, Role] = {
    **_named(Role.EMAIL, "email", "e mail", "email address", "e mail address", "emailaddress", "mail"),
    **_named(Role.EMAIL, "subscriber email", "contact email", "email id", "primary email"),
    **_named(Role.FIRST_NAME, "first name", "firstname", "given name", "fname", "vorname"),
    **_named(Role.LAST_NAME, "last name", "lastname", "surname", "family name", "lname", "nachname"),
    **_named(Role.FULL_NAME, "name", "full name", "fullname", "contact name"),
    **_named(Role.PHONE, "phone", "phone number", "mobile", "mobile phone", "telephone"),
    **_named(Role.EXTERNAL_ID, "external id", "externalid", "user id", "userid", "ext id"),
    **_named(Role.STATUS, "status", "state", "subscription status", "email status", "subscriber status"),
    **_named(Role.STATUS, "email subscription status", "email marketing consent", "marketing status", "opt in status"),
    **_named(Role.UNSUBSCRIBED_AT, "unsubscribed at", "unsub time", "date unsubscribed", "unsubscribe date"),
    **_named(Role.UNSUBSCRIBED_AT, "unsubscribed on", "opt out date", "opted out at", "unsubscribed date"),
    **_named(Role.BOUNCED_AT, "bounced at", "bounce date", "clean time", "hard bounced at"),
    **_named(Role.CREATED_AT, "created at", "created", "date created", "created on", "createdat", "date added"),
    **_named(Role.CREATED_AT, "added time", "create date", "signup date", "added at"),
    **_named(Role.SUBSCRIBED_AT, "subscribed at", "subscribed on", "date subscribed", "optin time", "opt in date"),
    **_named(Role.SUBSCRIBED_AT, "subscribe date", "subscription date", "email opt in date"),
    **_named(Role.CONFIRMED_AT, "confirmed at", "confirm time", "confirmed on"),
    **_named(Role.TIMEZONE, "timezone", "time zone", "contact timezone"),
    **_named(Role.LOCALE, "locale", "language", "preferred locale"),
    **_named(Role.TAGS, "tags", "tag", "labels"),
    **_named(Role.LISTS, "lists", "list", "email lists", "groups", "segments"),
}
"""`state` also is a part of an address in many files: see columns.py for when it is not a status."""

_SENDER = re.compile(
    r"\b(from|sender|senders|sent by|reply|replyto|return path|returnpath|owner|author|created by|absender|antwort"
    r"|expediteur|remitente|mittente|remetente|afzender|nadawca|responder|repondre|rispondi|odpowiedz)"
)


def names_sender(header: str) -> bool:
    """The address of whoever writes the emails, not of somebody who gets them: `from_email`, `replyTo`, `Absender`."""
    return _SENDER.search(tidy(header)) is not None
