"""Broadcast as a source: what it can give, which settings it needs, and one channel opened for reading."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.base import PageStore, Probe, Readable, Setting, Wanted, Watcher
from adapters.broadcast.client import CHANNEL, HOST, TOKEN, Broadcast
from adapters.broadcast.probe import probe
from adapters.broadcast.reading import BUSY_WAIT, read_everything
from adapters.broadcast.switch import BroadcastSwitch
from adapters.broadcast.translate import Translation
from migrator.bundle import BundleWriter, Manifest
from migrator.errors import SettingsError
from migrator.transport.clock import Clock
from migrator.transport.retry import OnEvent, Patience
from migrator.transport.secret import Secret


class BroadcastReading:
    def __init__(
        self, api: Broadcast, clock: Clock, busy_wait: float = BUSY_WAIT, *, check_addresses: bool = False
    ) -> None:
        self.api, self.clock, self.busy_wait, self.check_addresses = api, clock, busy_wait, check_addresses
        self._probe: Probe | None = None

    def probe(self) -> Probe:
        if self._probe is None:
            self._probe = probe(self.api)
        return self._probe

    def fetch(self, store: PageStore, wanted: Wanted, watcher: Watcher) -> None:
        found = self.probe()
        # What an earlier run sent a moment ago still counts against the limit.
        self.api.pacer.import_times(store.note("pacing") or [])
        read_everything(self.api, store, wanted, watcher, self.clock, found.door, self.busy_wait, self.check_addresses)

    def translate(
        self, store: PageStore, wanted: Wanted, bundle: BundleWriter, watcher: Watcher, exported_at: datetime
    ) -> Manifest:
        return Translation(store, wanted, bundle, watcher, self.probe()).run(exported_at)

    def close(self) -> None:
        self.api.close()


class BroadcastSource:
    name = "broadcast"
    title = "Broadcast"
    settings = (
        Setting(HOST, "the address where you log in to Broadcast, such as https://mail.example.com"),
        Setting(TOKEN, "an API token with read permissions", secret=True),
        Setting(CHANNEL, "the channel's id; needed with an installation-wide (admin) token", required=False),
    )
    readable = (
        Readable("contacts", "API", "every state of consent"),
        Readable("suppressions", "API", "the global list needs an installation-wide (admin) token"),
        Readable("lists", "API", "topics, on newer servers"),
        Readable("tags", "API", "as seen on contacts"),
        Readable("attributes", "API", "custom fields as seen on contacts"),
        Readable("segments", "API", "rules; members too where a rule leans on opens and clicks"),
        Readable("templates", "API"),
        Readable("sequences", "API", "older servers show the tree of a sequence without its content"),
        Readable("enrolments", "API", "the current step is inferred from times unless the server names it"),
        Readable("forms", "API", "for the report; forms are rebuilt by hand"),
        Readable("campaigns", "API"),
        Readable("other", "API", "mail servers, webhook endpoints, the brand kit, channel settings, uploaded files"),
    )
    cannot = (
        "Older servers do not show the channel's footer and senders.",
        "Who opened or clicked what is not exported; segments that lean on it come with their members.",
        "Transactional emails cannot be listed: applications that send them are repointed by hand.",
        "Whether a person bounced is known only from the global do-not-send list.",
    )

    def open(
        self,
        settings: Mapping[str, str],
        *,
        clock: Clock,
        rate: int | None = None,
        on_event: OnEvent | None = None,
        http_transport: Any = None,
        patience: Patience | None = None,
        busy_wait: float = BUSY_WAIT,
        check_addresses: bool = False,
    ) -> BroadcastReading:
        """`check_addresses`: without an installation key, ask for each active address whether the global list has it
        (one request each)."""
        api = self._connect(settings, clock, rate, on_event, http_transport, patience)
        return BroadcastReading(api, clock, busy_wait, check_addresses=check_addresses)

    def open_switch(
        self,
        settings: Mapping[str, str],
        *,
        clock: Clock,
        rate: int | None = None,
        on_event: OnEvent | None = None,
        http_transport: Any = None,
        patience: Patience | None = None,
    ) -> BroadcastSwitch:
        return BroadcastSwitch(self._connect(settings, clock, rate, on_event, http_transport, patience))

    def _connect(
        self,
        settings: Mapping[str, str],
        clock: Clock,
        rate: int | None,
        on_event: OnEvent | None,
        http_transport: Any,
        patience: Patience | None,
    ) -> Broadcast:
        values = {}
        for setting in self.settings:
            value = settings.get(setting.variable, "").strip()
            if not value and setting.required:
                raise SettingsError(
                    f"{setting.variable} is not set",
                    why=f"it is needed as {setting.meaning}",
                    fix=f"Set it in the environment, or write {setting.variable}=... into .env in the workspace.",
                )
            values[setting.variable] = value
        return Broadcast(
            values[HOST],
            Secret(values[TOKEN]),
            channel_id=values[CHANNEL] or None,
            clock=clock,
            rate=rate,
            on_event=on_event,
            http_transport=http_transport,
            patience=patience,
        )
