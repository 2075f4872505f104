"""Several rows of one person become one contact: the most careful consent, the newest row's fields, the oldest date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from migrator.model import Consent, Contact, ListMembership


def merge(rows: Sequence[Contact]) -> Contact:
    """`rows` in the order of the bundle. The last one wins field by field; its empty fields are filled from the
    one before. Tags and lists are united; a list that any row has opted out of stays opted out."""
    winner = rows[-1]
    attributes: dict[str, object] = {}
    for row in rows:
        attributes.update(row.attributes)
    return msgspec.structs.replace(
        winner,
        consent=_narrowest(rows),
        first_name=_newest(row.first_name for row in reversed(rows)),
        last_name=_newest(row.last_name for row in reversed(rows)),
        phone=_newest(row.phone for row in reversed(rows)),
        external_id=_newest(row.external_id for row in reversed(rows)),
        timezone=_newest(row.timezone for row in reversed(rows)),
        locale=_newest(row.locale for row in reversed(rows)),
        created_at=min((row.created_at for row in rows if row.created_at), default=None),
        subscribed_at=min((row.subscribed_at for row in rows if row.subscribed_at), default=None),
        tags=tuple(dict.fromkeys(tag for row in rows for tag in row.tags)),
        lists=_united(rows),
        attributes=attributes,
    )


def _narrowest(rows: Sequence[Contact]) -> Consent:
    return min((row.consent for row in rows), key=lambda consent: consent.state.rank)


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
