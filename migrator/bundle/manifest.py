"""The manifest: what a bundle holds, where it came from, and what could not be read.

Its fields are a public format (docs/bundle.md). Reading and judging a manifest is in reader.py and check.py.
"""

from __future__ import annotations

from datetime import datetime

from migrator.model import ConsentState, Raw, Record

FORMAT_VERSION = 1
"""Raised when a reader of the last version would misread or refuse the new one."""


class Source(Record, frozen=True, kw_only=True, omit_defaults=False):
    """The account that was read. Labels for people: never a key or a token."""

    platform: str
    host: str | None = None
    account: str | None = None
    """The account's, workspace's or channel's name."""


class Unread(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Something the source holds and the bundle does not."""

    what: str
    why: str
    remedy: str
    """What a person can do about it."""
    scope: str | None = None
    """A collection (`enrolments`), or one record of it (`sequences/17`, by the source's id)."""


class Mismatch(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Two numbers of the source that should agree and do not."""

    what: str
    expected: int | str | None = None
    found: int | str | None = None
    why: str | None = None
    scope: str | None = None


class ExportOptions(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What was asked for. Empty tuples: everything."""

    only: tuple[str, ...] = ()
    """Collections."""
    sequences: tuple[str, ...] = ()
    """Source ids."""
    other: Raw = {}

    @property
    def is_partial(self) -> bool:
        return bool(self.only or self.sequences)


class FileEntry(Record, frozen=True, kw_only=True, omit_defaults=False):
    sha256: str
    bytes: int
    records: int


class Manifest(Record, frozen=True, kw_only=True, omit_defaults=False):
    """An exporter fills the first half; the writer fills the fields from `tool_version` on."""

    format_version: int = FORMAT_VERSION
    source: Source
    adapter: str
    adapter_version: str
    door: str
    """Which of the platform's interfaces was used, such as `migration-api` or `csv`."""
    exported_at: datetime
    options: ExportOptions = ExportOptions()
    since_bundle: str | None = None
    """The hash of the bundle that this one continues, when it holds only what changed since."""
    notes: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    tool_version: str = ""
    counts: dict[str, int] = {}
    """Records by collection; every collection is named, also an empty one."""
    consent: dict[ConsentState, int] = {}
    """Contacts by the state of their email consent; adds up to `counts["contacts"]`."""
    files: dict[str, FileEntry] = {}
    """By path inside the bundle, with forward slashes. The manifest and its digest are not listed."""

    def excuses(self, collection: str, source_id: str | None = None) -> bool:
        """Whether the bundle itself says that it does not hold all of this."""
        if self.options.only and collection not in self.options.only:
            return True
        if collection == "sequences" and self.options.sequences and source_id not in self.options.sequences:
            return True
        scopes = {item.scope for item in self.unread}
        return collection in scopes or f"{collection}/{source_id}" in scopes or self.since_bundle is not None
