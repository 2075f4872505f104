"""One person: from the neutral contact to the record that an import takes.

The status comes from consent.py, field names from attributes.py, tag names from tags.py. Which of two rows with the
same address wins, files and batches are migrator/plan's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

import msgspec

from mappings.attributes import Path, flatten, written
from mappings.consent import TargetStatus
from migrator.model import Contact

STATE_KEY, SINCE_KEY, LOCALE_KEY = "mig_source_state", "mig_unsubscribed_at", "mig_locale"
"""Attributes of ours: the former state, the opt-out date (an import has no field for it) and the language."""
LONGEST_NAME = 255
OLDEST_DATE = datetime(1990, 1, 1, tzinfo=UTC)


class ImportRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", gc=False):
    """One entry of `subscribers` in POST /subscribers/imports; no other key is ever sent."""

    email: str
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    status: str
    tags: list[str] = []
    custom_attributes: dict[str, Any] = {}
    created_at: str | None = None
    timezone: str | None = None


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class PeopleLowering:
    """Prepared once, used for every contact: the tables for keys and tags."""

    def __init__(self, *, keys: Mapping[Path, str | None], tags: Mapping[str, str | None], read_at: datetime) -> None:
        """`keys` and `tags` give the target's names (None: left behind). No signup date may lie after `read_at`."""
        self._keys = keys
        self._tags = tags
        self._read_at = read_at

    def record(self, contact: Contact, email: str, status: TargetStatus, state: str) -> ImportRecord:
        """`email` is the normal form; `state` the source state after all rows and lists were considered."""
        return ImportRecord(
            email=email,
            external_id=_text(contact.external_id),
            first_name=_text(contact.first_name),
            last_name=_text(contact.last_name),
            status=status.import_status,
            tags=self._lower_tags(contact.tags) if contact.tags else [],
            custom_attributes=self._attributes(contact, status, state),
            created_at=self._created(contact),
            timezone=contact.timezone if contact.timezone in _zones() else None,
        )

    def _lower_tags(self, tags: tuple[str, ...]) -> list[str]:
        found = dict.fromkeys(self._tags.get(tag) for tag in tags)
        return [tag for tag in found if tag]

    def _attributes(self, contact: Contact, status: TargetStatus, state: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        keys = self._keys
        for path, value in flatten(contact.attributes):
            key = keys.get(path)
            if key is not None:
                result[key] = written(value)
        if contact.locale:
            result[LOCALE_KEY] = contact.locale
        if status is not TargetStatus.ACTIVE:
            result[STATE_KEY] = state
            if contact.consent.since is not None:
                result[SINCE_KEY] = stamp(contact.consent.since)
        return result

    def _created(self, contact: Contact) -> str | None:
        # One unusable date would cost all 5,000 rows of a call, so a doubtful one is left out.
        moment = contact.subscribed_at or contact.created_at
        if moment is None or moment.tzinfo is None or not OLDEST_DATE <= moment <= self._read_at:
            return None
        return stamp(moment)


def stamp(moment: datetime) -> str:
    """UTC with milliseconds and Z, the one form that all of Sequenzy's documents show."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: str | None) -> str | None:
    return value[:LONGEST_NAME] if value else None
