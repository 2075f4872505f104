"""What a source must offer, so that every platform (or file) is exported by the same machinery.

A source works in two halves. `fetch` talks to the platform and puts every answer into a `PageStore`, page by page; it
can be stopped anywhere and goes on from what the store holds. `translate` reads the store alone, without a network,
and writes neutral records: the same pages always give the same bundle, however often the run was interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from migrator.bundle import BundleWriter, Manifest
from migrator.model import Enrolment, Observation, Raw
from migrator.transport.clock import Clock


@dataclass(frozen=True)
class Setting:
    """A variable a source reads from the environment or from the workspace's `.env`."""

    variable: str
    meaning: str
    secret: bool = False
    required: bool = True


@dataclass(frozen=True)
class Readable:
    """Something a source can give: a collection of the bundle, and by which way."""

    collection: str
    how: str
    limits: str = ""


@dataclass(frozen=True)
class Wanted:
    """What was asked for. Empty: everything."""

    only: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()

    def has(self, collection: str) -> bool:
        return not self.only or collection in self.only

    def sequence(self, source_id: str) -> bool:
        return not self.sequences or source_id in self.sequences


@dataclass(frozen=True)
class StoredRow:
    """One object as the platform sent it. `key` is what other rows find it by, such as a lower-case address."""

    source_id: str
    data: Raw
    key: str | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True)
class StoredPage:
    """One answered request. `address` is the page number or offset; `meta` what the platform said about paging."""

    address: int
    rows: int
    digest: str
    meta: Mapping[str, Any] = field(default_factory=dict)


class PageStore(Protocol):
    """What was read so far. Each call that writes is durable and whole, or did not happen."""

    def note(self, name: str) -> Any: ...

    def put_note(self, name: str, value: Any) -> None: ...

    def notes(self, prefix: str) -> dict[str, Any]: ...

    def forget(self, prefix: str) -> None:
        """Takes back all notes whose name begins so."""
        ...

    def pages(self, collection: str) -> list[StoredPage]: ...

    def put_page(self, collection: str, page: StoredPage, rows: Iterable[StoredRow], fetched_at: datetime) -> None: ...

    def restart(self, collection: str) -> None:
        """Forgets the pages, keeps the rows: the collection is read again, and `unseen` says what did not return."""
        ...

    def unseen(self, collection: str) -> list[StoredRow]: ...

    def drop(self, collection: str, source_ids: Iterable[str]) -> None: ...

    def count(self, collection: str, *, seen: bool = False) -> int: ...

    def rows(self, collection: str) -> Iterator[StoredRow]:
        """By id, numbers before words."""
        ...

    def row(self, collection: str, source_id: str) -> StoredRow | None: ...

    def by_key(self, collection: str, key: str) -> list[StoredRow]: ...

    def observed(self, sequence_id: str, enrolment_id: str) -> list[Observation]:
        """What earlier exports of this account saw of an enrolment, by time."""
        ...

    def observe(self, enrolment: Enrolment) -> None:
        """Kept for later exports, once this one is done."""
        ...


class Watcher(Protocol):
    """Who is told how far the reading is. Nothing passed here holds an address or a secret."""

    def collection(self, name: str, total: int | None) -> None: ...

    def progress(self, name: str, rows: int) -> None: ...

    def finished(self, name: str, rows: int, remark: str = "") -> None: ...

    def say(self, sentence: str) -> None: ...


@dataclass(frozen=True)
class Probe:
    """What a source learned about itself before reading: for `doctor` and for the first line of an export."""

    identity: str
    """Names the account without a secret; an unfinished export is only continued for the same one."""
    host: str | None
    account: str | None
    door: str
    version: str | None = None
    requests_per_minute: int | None = None
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()


class Reading(Protocol):
    """One account, opened with its settings."""

    def probe(self) -> Probe: ...

    def fetch(self, store: PageStore, wanted: Wanted, watcher: Watcher) -> None: ...

    def translate(
        self, store: PageStore, wanted: Wanted, bundle: BundleWriter, watcher: Watcher, exported_at: datetime
    ) -> Manifest: ...

    def close(self) -> None: ...


class Source(Protocol):
    name: str
    title: str
    settings: tuple[Setting, ...]
    readable: tuple[Readable, ...]
    cannot: tuple[str, ...]
    """What this platform never tells, one sentence each."""

    def open(self, settings: Mapping[str, str], *, clock: Clock, rate: int | None = None) -> Reading: ...


class SourceSwitch(Protocol):
    """The few things that a switch changes at the source. Each change is made once, and read back before it counts."""

    def lacks(self) -> tuple[str, ...]:
        """Why this key or server cannot be switched by calls, in words. Empty: nothing is in the way."""
        ...

    def entrances(self, sequence_id: str) -> Raw:
        """What lets people in, as it is now: to be kept, and given to `reopen` later."""
        ...

    def are_open(self, entrances: Raw) -> tuple[str, ...]:
        """Those that let somebody in, in the platform's own words."""
        ...

    def unseen(self, entrances: Raw) -> tuple[str, ...]:
        """What may let people in and cannot be closed by a call, in words."""
        ...

    def close_entrances(self, sequence_id: str) -> None: ...

    def reopen(self, sequence_id: str, former: Raw) -> tuple[str, ...]:
        """Gives what is closed its former value. What somebody set otherwise since stays, and is named."""
        ...

    def people(self, sequence_id: str) -> list[Enrolment]:
        """Everybody whom the source names for it, also those who are through."""
        ...

    def remove(self, sequence_id: str, email: str) -> bool:
        """False: the source knows nobody there to remove. Raises Uncertain when its answer was lost."""
        ...

    def switch(self, sequence_id: str, *, on: bool) -> None: ...

    def is_on(self, sequence_id: str) -> bool: ...

    def unreachable(self, emails: Iterable[str]) -> dict[str, str]:
        """Those who must not be mailed now, each with the reason; people whom the source does not know are among
        them."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Switchable(Protocol):
    """A source whose sequences can be switched by calls. The others are guided by hand."""

    def open_switch(self, settings: Mapping[str, str], *, clock: Clock, rate: int | None = None) -> SourceSwitch: ...
