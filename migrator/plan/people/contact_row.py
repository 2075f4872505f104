"""A contact as planning reads it: what nobody looks at stays closed, so that a million rows cost little.

The same keys as the model's Contact, no more: an unknown key in a bundle is refused here as well.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from migrator.model import ListMembership, Record


class LeanConsent(Record, frozen=True, kw_only=True, gc=False):
    state: str
    since: datetime | None = None
    confirmed_at: msgspec.Raw = msgspec.Raw()
    evidence: msgspec.Raw = msgspec.Raw()


class LeanContact(Record, frozen=True, kw_only=True, gc=False):
    source_id: str
    email: str | None = None
    consent: LeanConsent
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    sms_consent: msgspec.Raw = msgspec.Raw()
    external_id: str | None = None
    created_at: datetime | None = None
    subscribed_at: datetime | None = None
    timezone: str | None = None
    locale: str | None = None
    tags: tuple[str, ...] = ()
    lists: tuple[ListMembership, ...] = ()
    attributes: dict[str, Any] = {}
    raw: msgspec.Raw = msgspec.Raw()


class CarefulConsent(LeanConsent, frozen=True, kw_only=True):
    confirmed_at: Any = None
    evidence: Any = None


class CarefulContact(LeanContact, frozen=True, kw_only=True):
    """The same for a line with half an emoji, which is read another way."""

    consent: CarefulConsent
    sms_consent: Any = None
    raw: Any = None
