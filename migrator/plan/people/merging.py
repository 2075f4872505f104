"""Several rows of one person become one contact: the most careful consent, the newest row's fields, the oldest date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from mappings.import_record import OLDEST_DATE
from migrator.model import ConsentState, Contact, ListMembership

Choice = Callable[[Iterable[ConsentState]], ConsentState]
"""Of several states of one person, the one that is to hold."""


def merge(rows: Sequence[Contact], choice: Choice) -> Contact:
    """`rows` in the order of the bundle. The last one wins field by field; its empty fields are filled from the
    one before. Tags and lists are united; a list that any row has opted out of stays opted out. Where a row was
    erased at the source, nothing but the address and the consent is kept."""
    winner = rows[-1]
    state = choice(row.consent.state for row in rows)
    same = [row.consent for row in rows if row.consent.state is state]
    consent = msgspec.structs.replace(same[0], since=_oldest(one.since for one in same) or same[0].since)
    if any(row.consent.state is ConsentState.REDACTED for row in rows):
        return Contact(source_id=winner.source_id, email=winner.email, consent=consent)
    attributes: dict[str, object] = {}
    for row in rows:
        _fill(attributes, row.attributes)
    return msgspec.structs.replace(
        winner,
        consent=consent,
        first_name=_newest(row.first_name for row in reversed(rows)),
        last_name=_newest(row.last_name for row in reversed(rows)),
        phone=_newest(row.phone for row in reversed(rows)),
        external_id=_newest(row.external_id for row in reversed(rows)),
        timezone=_newest(row.timezone for row in reversed(rows)),
        locale=_newest(row.locale for row in reversed(rows)),
        created_at=_oldest(row.created_at for row in rows),
        subscribed_at=_oldest(_signup(row) for row in rows),
        tags=tuple(dict.fromkeys(tag for row in rows for tag in row.tags)),
        lists=_united(rows),
        attributes=attributes,
    )


def _fill(known: dict[str, object], newer: Mapping[str, object]) -> None:
    """A newer value wins; an empty one is none, and of nested data each field counts by itself."""
    for key, value in newer.items():
        before = known.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            both = dict(before)
            _fill(both, value)
            known[key] = both
        elif before is None or not (value is None or value == {}):
            known[key] = value


def _signup(row: Contact) -> datetime | None:
    """What would be the row's signup date if it were alone."""
    return next((moment for moment in (row.subscribed_at, row.created_at) if _usable(moment)), None)


def _oldest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None and _usable(moment)), default=None)


def _usable(moment: datetime | None) -> bool:
    """No import takes a date without a zone, and one from before there was email hides no good one."""
    return moment is not None and moment.tzinfo is not None and moment >= OLDEST_DATE


def _newest(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _united(rows: Sequence[Contact]) -> tuple[ListMembership, ...]:
    found: dict[str, ListMembership] = {}
    for row in rows:
        for membership in row.lists:
            known = found.get(membership.list_id)
            if known is None or membership.state < known.state:
                found[membership.list_id] = membership
    return tuple(found.values())
