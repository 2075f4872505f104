"""One export from beginning to end: continue or start, read, translate, seal. Knows no platform by name."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from adapters.base import Probe, Reading, Wanted, Watcher
from migrator.bundle import Bundle, BundleWriter
from migrator.errors import UsageError
from migrator.export.changes import ChangedOnly
from migrator.export.observations import OBSERVATIONS, Observations
from migrator.export.store import SqlitePages
from migrator.system_errors import of_sqlite, system_sentence
from migrator.transport.clock import Clock

PAGES = "pages.sqlite"
STALE = timedelta(hours=24)


@dataclass(frozen=True)
class Exported:
    folder: Path
    digest: str
    probe: Probe
    resumed: bool
    removed: dict[str, int]
    """With an older bundle to compare: how many records are gone, by collection."""


def export(
    reading: Reading,
    folder: Path,
    *,
    clock: Clock,
    watcher: Watcher,
    wanted: Wanted | None = None,
    fresh: bool = False,
    since: Bundle | None = None,
) -> Exported:
    """Raises what reading raises; whatever was read so far stays, and the next call goes on from there."""
    wanted = wanted or Wanted()
    try:
        return _export(reading, folder, clock, watcher, wanted, fresh, since)
    except OSError as error:
        raise system_sentence(error) from None
    except sqlite3.Error as error:
        refused = of_sqlite(error, folder.parent)
        if refused is None:
            raise
        raise system_sentence(refused) from None


def _export(
    reading: Reading,
    folder: Path,
    clock: Clock,
    watcher: Watcher,
    wanted: Wanted,
    fresh: bool,
    since: Bundle | None,
) -> Exported:
    writer = BundleWriter(folder, fresh=fresh) if since is None else ChangedOnly(folder, since, fresh=fresh)
    with writer, ExitStack() as stack:
        probe = reading.probe()
        observations = stack.enter_context(Observations(folder.parent / OBSERVATIONS, probe.identity))
        store = stack.enter_context(SqlitePages(writer.progress / PAGES, observations))
        started_at = _same_account(store, probe, clock, watcher)
        reading.fetch(store, wanted, watcher)
        manifest = reading.translate(store, wanted, writer, watcher, started_at)
        removed: dict[str, int] = {}
        if isinstance(writer, ChangedOnly):
            manifest = writer.complete(manifest)
            removed = {name: len(ids) for name, ids in manifest.options.other["removed"].items()}
        observations.keep()
        store.close()
        resumed = writer.resumed
        digest = writer.finish(manifest)
    return Exported(folder, digest, probe, resumed, removed)


def _same_account(store: SqlitePages, probe: Probe, clock: Clock, watcher: Watcher) -> datetime:
    """When this export began. Refuses to mix two accounts in one bundle."""
    identity, started = store.note("identity"), store.note("started_at")
    now = clock.now()
    if identity is None or started is None:
        store.put_note("started_at", now.isoformat())
        store.put_note("identity", probe.identity)
        return now
    if identity != probe.identity:
        raise UsageError(
            "The unfinished export is of another account",
            where=identity,
            why=f"the settings now name {probe.identity}",
            fix="Use another workspace for it, or throw the unfinished export away with --fresh.",
        )
    began = msgspec.convert(started, datetime)
    if now - began > STALE:
        watcher.say(f"Going on with an export begun on {began:%Y-%m-%d %H:%M} UTC; --fresh reads everything anew.")
    return began
