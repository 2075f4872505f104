"""What the ids inside definitions stand for, from what was read."""

from __future__ import annotations

from adapters.base import PageStore
from adapters.kit.wire import attributes_of, filled, part
from adapters.klaviyo.conditions import MAIL, Names
from migrator.model import Raw

OWN = "Klaviyo"


def owner_of(metric: Raw) -> str | None:
    """The integration that sends the event."""
    return filled(part(attributes_of(metric).get("integration")).get("name"))


def names_in(store: PageStore) -> Names:
    metrics: dict[str, str] = {}
    own: set[str] = set()
    for row in store.rows("metrics"):
        name = filled(attributes_of(row.data).get("name"))
        if name is not None:
            metrics[row.source_id] = name
        owner = owner_of(row.data)
        if owner == OWN or (owner is None and name in MAIL):
            own.add(row.source_id)
    return Names(
        metrics=metrics,
        own=own,
        lists={row.source_id for row in store.rows("lists")},
        segments={row.source_id for row in store.rows("segments")},
    )
