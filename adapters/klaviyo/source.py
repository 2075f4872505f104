"""Klaviyo as a source: what it can give, which settings it needs, and one account opened for reading."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.base import PageStore, Probe, Readable, Setting, Wanted, Watcher
from adapters.klaviyo.client import DEFAULT_URL, KEY, TAGS, URL, Klaviyo
from adapters.klaviyo.probe import ACCOUNT, permissions, probe
from adapters.klaviyo.reading import read_everything
from adapters.klaviyo.translate import Translation
from migrator.bundle import BundleWriter, Manifest
from migrator.errors import SettingsError
from migrator.model import Raw
from migrator.transport.clock import Clock
from migrator.transport.retry import OnEvent, Patience
from migrator.transport.secret import Secret


class KlaviyoReading:
    def __init__(self, api: Klaviyo, clock: Clock, tag_keys: tuple[str, ...]) -> None:
        self.api, self.clock, self.tag_keys = api, clock, tag_keys
        self._probe: Probe | None = None
        self._account: Raw = {}

    def probe(self) -> Probe:
        if self._probe is None:
            self._probe, self._account = probe(self.api)
        return self._probe

    def permissions(self) -> list[str]:
        """What the key may not read, in words; for `doctor`."""
        return permissions(self.api)

    def fetch(self, store: PageStore, wanted: Wanted, watcher: Watcher) -> None:
        self.probe()
        store.put_note(ACCOUNT, self._account)
        # What an earlier run sent a moment ago still counts against the limits.
        self.api.import_times(store.note("pacing") or {})
        read_everything(self.api, store, wanted, watcher, self.clock)

    def translate(
        self, store: PageStore, wanted: Wanted, bundle: BundleWriter, watcher: Watcher, exported_at: datetime
    ) -> Manifest:
        return Translation(store, wanted, bundle, watcher, self.probe(), self.tag_keys).run(exported_at)

    def close(self) -> None:
        self.api.close()


class KlaviyoSource:
    name = "klaviyo"
    title = "Klaviyo"
    settings = (
        Setting(KEY, "a private API key (pk_...) with read scopes", secret=True),
        Setting(URL, f"another address of the API than {DEFAULT_URL}", required=False),
        Setting(TAGS, "names of the list properties that hold tags of people, with commas", required=False),
    )
    readable = (
        Readable("contacts", "API", "every state of consent, opt-outs of single lists, custom properties"),
        Readable("suppressions", "API", "of profiles, with reason and date"),
        Readable("lists", "API", "with the date each member joined"),
        Readable("tags", "API", f"only from the properties named in {TAGS}"),
        Readable("attributes", "API", "custom properties as seen on people"),
        Readable("segments", "API", "rules; members too where a rule leans on what does not move"),
        Readable("templates", "API"),
        Readable("sequences", "API", "flows with their whole graph and the HTML of each email"),
        Readable("campaigns", "API", "by email; of a test, the first variation"),
        Readable("other", "API", "saved blocks, labels, events that flows and segments listen to"),
    )
    cannot = (
        "Who is waiting at which step of a flow is told by no interface: let people run to the end before the switch.",
        "People whose double opt-in is still open look as if they were never asked.",
        "Past opens, clicks and orders are not exported; segments that lean on them come with their members.",
        "Forms, coupons, catalogues, reviews and text-message or push campaigns are not read.",
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
    ) -> KlaviyoReading:
        key = settings.get(KEY, "").strip()
        if not key:
            raise SettingsError(
                f"{KEY} is not set",
                why="it is needed as a private API key with read scopes",
                fix=f"Set it in the environment, or write {KEY}=... into .env in the workspace.",
            )
        api = Klaviyo(
            settings.get(URL, "").strip() or DEFAULT_URL,
            Secret(key),
            clock=clock,
            rate=rate,
            on_event=on_event,
            http_transport=http_transport,
            patience=patience,
        )
        names = (one.strip() for one in settings.get(TAGS, "").split(","))
        return KlaviyoReading(api, clock, tuple(dict.fromkeys(one for one in names if one)))
