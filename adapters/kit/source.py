"""How a platform joins: a subclass of `ApiSource` with its description, its table and its readers. The rest is here.

The readers get a `Look` into the stored answers and no network, so the same answers always give the same bundle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.base import PageStore, Probe, Readable, Setting, StoredRow, Wanted, Watcher
from adapters.kit.client import Api, Wire
from adapters.kit.fetch import Fetcher
from adapters.kit.table import Endpoint
from adapters.kit.translate import Look, translate
from migrator.bundle import BundleWriter, Manifest, Mismatch
from migrator.errors import AuthError, NotFound, Rejected, SettingsError
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
    Tag,
    Template,
)
from migrator.transport.clock import Clock
from migrator.transport.retry import OnEvent, Patience
from migrator.transport.secret import Secret


@dataclass(frozen=True)
class Account:
    """What one call told about the account. Nothing here holds a secret or an address."""

    id: str | None = None
    name: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = field(default=())


class ApiSource:
    """Subclass it. What a platform does not have keeps the default, which yields nothing."""

    name: str
    title: str
    key: Setting
    url: Setting
    readable: tuple[Readable, ...]
    cannot: tuple[str, ...]
    wire: Wire
    endpoints: tuple[Endpoint, ...]
    """In the order of reading: parents before children."""
    people: str
    """The collection of the store that holds the people."""
    members = ""
    """The collection of the store that holds the members of segments, children of them by the people's ids."""
    adapter_version = "1"

    @property
    def settings(self) -> tuple[Setting, ...]:
        return (self.key, self.url)

    def account(self, api: Api) -> Account:
        """One small call that fails where the key is wrong."""
        raise NotImplementedError

    def contact(self, row: StoredRow, look: Look) -> Contact | None:
        """None: the row has no address."""
        raise NotImplementedError

    def lists(self, look: Look) -> Iterable[ContactList]:
        return ()

    def tags(self, look: Look) -> Iterable[Tag]:
        return ()

    def attributes(self, look: Look) -> Iterable[Attribute]:
        """The catalogue of custom fields. Those seen on people are added."""
        return ()

    def segments(self, look: Look) -> Iterable[Segment]:
        return ()

    def templates(self, look: Look) -> Iterable[Template]:
        return ()

    def campaigns(self, look: Look) -> Iterable[Campaign]:
        return ()

    def sequences(self, look: Look) -> Iterable[Sequence]:
        return ()

    def enrolments(self, look: Look, sequences: Mapping[str, Sequence]) -> Iterable[Enrolment]:
        return ()

    def forms(self, look: Look) -> Iterable[Form]:
        return ()

    def other(self, look: Look) -> Iterable[OtherResource]:
        return ()

    def mismatches(self, look: Look) -> Iterable[Mismatch]:
        """Numbers of the platform that should agree with what was read, and do not."""
        return ()

    def open(
        self,
        settings: Mapping[str, str],
        *,
        clock: Clock,
        rate: int | None = None,
        on_event: OnEvent | None = None,
        http_transport: Any = None,
        patience: Patience | None = None,
    ) -> ApiReading:
        key = settings.get(self.key.variable, "").strip()
        if not key:
            raise missing(self.key)
        api = Api(
            self.title,
            self.wire,
            settings.get(self.url.variable, "").strip() or self.wire.url,
            Secret(key),
            key_setting=self.key.variable,
            url_setting=self.url.variable,
            clock=clock,
            rate=rate,
            on_event=on_event,
            http_transport=http_transport,
            patience=patience,
        )
        return ApiReading(self, api)


def missing(setting: Setting) -> SettingsError:
    return SettingsError(
        f"{setting.variable} is not set",
        why=f"it is needed as {setting.meaning}",
        fix=f"Set it in the environment, or write {setting.variable}=... into .env in the workspace.",
    )


class ApiReading:
    """One account, opened."""

    def __init__(self, source: ApiSource, api: Api) -> None:
        self.source, self.api = source, api
        self._probe: Probe | None = None

    def probe(self) -> Probe:
        if self._probe is None:
            told = self.source.account(self.api)
            self._probe = Probe(
                identity=f"{self.api.url} account {told.id or 'of key ' + self.api.fingerprint}",
                host=self.api.url,
                account=told.name,
                door="api",
                facts=told.facts,
                warnings=told.warnings,
            )
        return self._probe

    def permissions(self) -> list[str]:
        """What the key may not read, in words: one small question to each list."""
        found = []
        for endpoint in self.source.endpoints:
            if endpoint.parent:
                continue
            query = {**endpoint.params, **endpoint.passes[0], **endpoint.paging.first()}
            try:
                self.api.get(endpoint.path, query or None, limit=endpoint.limit)
            except AuthError as error:
                if error.problem.status == 401:
                    raise
                found.append(f"The key may not read {endpoint.what}: give it {endpoint.permission or 'that'}.")
                if endpoint.needed:
                    found[-1] += " Without it there is no export."
            except (NotFound, Rejected) as error:
                found.append(f"We can't tell whether the key may read {endpoint.what}: {error.problem.message}")
        return found

    def fetch(self, store: PageStore, wanted: Wanted, watcher: Watcher) -> None:
        self.probe()
        Fetcher(self.api, store, watcher).read(self.source.endpoints, wanted)

    def translate(
        self, store: PageStore, wanted: Wanted, bundle: BundleWriter, watcher: Watcher, exported_at: datetime
    ) -> Manifest:
        return translate(self.source, Look(store, wanted), bundle, watcher, self.probe(), exported_at)

    def close(self) -> None:
        self.api.close()
