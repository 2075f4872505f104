"""Bundles for tests of the plan: exported from a local Broadcast, or written record by record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.base import Wanted
from adapters.broadcast.source import BroadcastSource
from migrator.bundle import Bundle, BundleWriter, Manifest, Source
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.model import (
    Attribute,
    Campaign,
    Contact,
    ContactList,
    Enrolment,
    Form,
    OtherResource,
    Segment,
    Sequence,
    Suppression,
    Tag,
    Template,
)
from migrator.sandbox.broadcast.account import READ_KEY, Account
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock

READ_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def exported(account: Account, folder: Path) -> Bundle:
    """A Broadcast account as `migrate export broadcast` writes it."""
    clock = FakeClock(account.now)
    app = BroadcastSandbox(
        account,
        profile="current",
        switches=Switches.for_profile("current"),
        monotonic=clock.monotonic,
        wall=lambda: clock.now().timestamp(),
    )
    settings = {"BROADCAST_HOST": "https://acme.test/api/v1/", "BROADCAST_API_TOKEN": READ_KEY}
    reading = BroadcastSource().open(settings, clock=clock, http_transport=mock_transport(app), rate=0)
    try:
        done = export(reading, folder, clock=clock, watcher=Silent(), wanted=Wanted())
    finally:
        reading.close()
    return Bundle.open(done.folder)


def written(
    folder: Path,
    *,
    contacts: Iterable[Contact] = (),
    enrolments: Iterable[Enrolment] = (),
    suppressions: Iterable[Suppression] = (),
    campaigns: Iterable[Campaign] = (),
    lists: Iterable[ContactList] = (),
    tags: Iterable[Tag] = (),
    attributes: Iterable[Attribute] = (),
    segments: Iterable[Segment] = (),
    forms: Iterable[Form] = (),
    other: Iterable[OtherResource] = (),
    sequences: Iterable[Sequence] = (),
    templates: Iterable[Template] = (),
    **manifest: Any,
) -> Bundle:
    with BundleWriter(folder) as writer:
        writer.contacts().extend(contacts)
        writer.enrolments().extend(enrolments)
        writer.suppressions().extend(suppressions)
        writer.campaigns().extend(campaigns)
        writer.put_lists(list(lists))
        writer.put_tags(list(tags))
        writer.put_attributes(list(attributes))
        writer.put_segments(list(segments))
        writer.put_forms(list(forms))
        writer.put_other(list(other))
        for sequence in sequences:
            writer.put_sequence(sequence)
        for template in templates:
            writer.put_template(template)
        fields: dict[str, Any] = {
            "source": Source(platform="broadcast", host="mail.acme.test", account="Acme"),
            "adapter": "broadcast",
            "adapter_version": "1",
            "door": "migration-api",
            "exported_at": READ_AT,
        }
        writer.finish(Manifest(**{**fields, **manifest}))
    return Bundle.open(folder)
