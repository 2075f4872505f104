"""One person: from the neutral contact to the record that an import takes.

The status comes from consent.py, field names from attributes.py, tag names from tags.py. Which of two rows with the
same address wins, files and batches are migrator/plan's business.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import available_timezones

import msgspec

from migrator.model import ConsentState

STATE_KEY, SINCE_KEY, LOCALE_KEY = "mig_source_state", "mig_unsubscribed_at", "mig_locale"
"""Attributes of ours: the former state, the opt-out date (an import has no field for it) and the language."""
LONGEST_NAME = LONGEST_ID = 255
OLDEST_DATE = datetime(1990, 1, 1, tzinfo=UTC)
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}\Z")


class ImportRecord(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel", gc=False):
    """One entry of `subscribers` in POST /subscribers/imports; no other key is ever sent."""

    email: str
    status: str
    first_name: str | None = None
    last_name: str | None = None
    tags: list[str] = []
    custom_attributes: dict[str, Any] = {}
    created_at: datetime | None = None
    external_id: str | None = None
    phone: str | None = None
    timezone: str | None = None


class _Stated(msgspec.Struct):
    state: str


_STATED = msgspec.json.Decoder(_Stated)


class Person(Protocol):
    """What is read of a contact here; the model's Contact has it all."""

    @property
    def first_name(self) -> str | None: ...
    @property
    def last_name(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def external_id(self) -> str | None: ...
    @property
    def created_at(self) -> datetime | None: ...
    @property
    def subscribed_at(self) -> datetime | None: ...
    @property
    def timezone(self) -> str | None: ...


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class PersonLowering:
    """The fields of a person that stand for themselves; counts what cannot be carried over whole."""

    def __init__(self, read_at: datetime) -> None:
        """No signup date may lie after `read_at`."""
        self._read_at = read_at
        self.lost: Counter[str] = Counter()
        """A finding's code to people: see LOSSES."""

    def created(self, person: Person) -> datetime | None:
        # One unusable date would cost all 5,000 rows of a call, so a doubtful one is left out.
        moments = [one for one in (person.subscribed_at, person.created_at) if one is not None]
        for moment in moments:
            if moment.tzinfo is not None and OLDEST_DATE <= moment <= self._read_at:
                return plain(moment)
        if moments:
            self.lost["signup-date"] += 1
        return None

    def name(self, value: str | None) -> str | None:
        if not value:
            return None
        if len(value) > LONGEST_NAME:
            self.lost["name-cut"] += 1
            return value[:LONGEST_NAME]
        return value

    def external_id(self, value: str | None) -> str | None:
        whole = (value or "").strip()
        if len(whole) > LONGEST_ID:
            # A part of it could be another person's.
            self.lost["external-id-long"] += 1
            return None
        return whole or None

    def phone(self, value: str | None) -> str | None:
        if not value:
            return None
        digits = re.sub(r"[\s().-]+", "", value)
        if _PHONE.match(digits):
            return digits
        self.lost["phone-national"] += 1
        return None

    def texts(self, consent: object) -> None:
        """Agreeing to text messages, as it was read or still closed as the bundle has it."""
        told = (
            _STATED.decode(consent)
            if isinstance(consent, msgspec.Raw)
            else msgspec.convert(consent, _Stated, from_attributes=True)
        )
        if told.state == ConsentState.SUBSCRIBED:
            self.lost["sms-consent"] += 1

    def timezone(self, value: str | None) -> str | None:
        if not value:
            return None
        if value in _zones():
            return value
        self.lost["timezone-unknown"] += 1
        return None


LOSSES: dict[str, tuple[str, str]] = {
    "address-unwrapped": (
        (
            "Their address has a name, quotes, a full stop or invisible characters around it. They are not emailed "
            "anyway. We write the address without these, so that their opt-out is kept."
        ),
        "Nothing.",
    ),
    "signup-date": (
        "Their signup date lies before 1990 or after the export, so it is left out; they count as new at Sequenzy.",
        "Nothing, unless a segment asks for the date.",
    ),
    "name-cut": (f"A name is longer than {LONGEST_NAME} characters and is cut there.", "Shorten it at the source."),
    "phone-national": (
        "The phone number is not written with + and its country, so nobody can tell which it is; it is left out.",
        "Give the numbers their country at the source and export again, if you send text messages.",
    ),
    "timezone-unknown": (
        "The time zone is none that Sequenzy knows; it is left out.",
        "Nothing, unless a wait goes by each person's own time zone.",
    ),
    "sms-consent": (
        "They agreed to text messages at the source. That is not moved, so Sequenzy sends them none.",
        "Give them this consent at Sequenzy, where you hold it on record.",
    ),
    "external-id-long": (
        f"The id of your application is longer than {LONGEST_ID} characters, which no call takes; it is left out.",
        "Find them by their address, or give them shorter ids.",
    ),
    "external-id-twice": (
        "Somebody else has the same id of your application; only the first keeps it.",
        "Find out which of the two the id belongs to.",
    ),
}
"""Code to what differs and what to do; told for so and so many people at once."""


def plain(moment: datetime) -> datetime:
    """UTC in whole seconds, the form that all of Sequenzy's documents show. One without a zone is taken for UTC: the
    zone of the machine that plans is no better guess, and differs from machine to machine."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if moment.tzinfo is UTC and not moment.microsecond:
        return moment
    return moment.astimezone(UTC).replace(microsecond=0)
