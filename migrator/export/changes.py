"""A bundle of what changed since an older one: only new and changed records, and the ids of those that are gone.

Compared by content, without what changes by itself (the moment of reading, the seconds left, the words about a place).
The older bundle's digests are kept on disk: a million contacts fit.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from migrator.bundle import Bundle, BundleWriter, JsonlAppender, Manifest, Mark
from migrator.model import (
    Attribute,
    Campaign,
    Contact,
    ContactList,
    Enrolment,
    Form,
    OtherResource,
    Record,
    Segment,
    Sequence,
    Suppression,
    Tag,
    Template,
)

_ENCODER = msgspec.json.Encoder(order="deterministic")


class ChangedOnly(BundleWriter):
    def __init__(self, folder: Path, since: Bundle, *, fresh: bool = False) -> None:
        super().__init__(folder, fresh=fresh)
        self._since = since
        self._old = sqlite3.connect("", isolation_level=None)
        self._old.executescript(
            "create table old(collection text, id text, digest blob, seen integer default 0,"
            " primary key(collection, id)) without rowid; begin"
        )
        for collection in ("contacts", "enrolments", "suppressions", "campaigns", "sequences", "templates"):
            self._remember(collection, getattr(since, collection)())
        for collection in ("lists", "tags", "attributes", "segments", "forms", "other"):
            self._remember(collection, getattr(since, collection)())

    def _remember(self, collection: str, records: Iterable[Record]) -> None:
        rows = ((collection, identity(record), digest_of(record)) for record in records)
        self._old.executemany("insert or replace into old(collection, id, digest) values (?, ?, ?)", rows)

    def changed(self, collection: str, record: Record) -> bool:
        """Whether the older bundle lacks this record or has it otherwise."""
        key = (collection, identity(record))
        found = self._old.execute("select digest from old where collection = ? and id = ?", key).fetchone()
        self._old.execute("update old set seen = 1 where collection = ? and id = ?", key)
        return found is None or found[0] != digest_of(record)

    def complete(self, manifest: Manifest) -> Manifest:
        """The manifest of a delta: what it continues, and what is gone since. Collections that were not read now
        say nothing about what is gone."""
        removed: dict[str, list[str]] = {}
        rows = self._old.execute("select collection, id from old where seen = 0 order by collection, id")
        for collection, source_id in rows:
            if not manifest.excuses(collection, source_id):
                removed.setdefault(collection, []).append(source_id)
        other = {**manifest.options.other, "removed": removed}
        options = msgspec.structs.replace(manifest.options, other=other)
        return msgspec.structs.replace(manifest, options=options, since_bundle=self._since.hash)

    def close(self) -> None:
        super().close()
        self._old.close()

    def contacts(self, at: Mark | None = None) -> JsonlAppender[Contact]:
        return self._only(super().contacts(at), "contacts")

    def enrolments(self, at: Mark | None = None) -> JsonlAppender[Enrolment]:
        return self._only(super().enrolments(at), "enrolments")

    def suppressions(self, at: Mark | None = None) -> JsonlAppender[Suppression]:
        return self._only(super().suppressions(at), "suppressions")

    def campaigns(self, at: Mark | None = None) -> JsonlAppender[Campaign]:
        return self._only(super().campaigns(at), "campaigns")

    def put_sequence(self, sequence: Sequence) -> str:
        return super().put_sequence(sequence) if self.changed("sequences", sequence) else ""

    def put_template(self, template: Template) -> str:
        return super().put_template(template) if self.changed("templates", template) else ""

    def put_lists(self, lists: Iterable[ContactList]) -> None:
        super().put_lists([one for one in lists if self.changed("lists", one)])

    def put_tags(self, tags: Iterable[Tag]) -> None:
        super().put_tags([one for one in tags if self.changed("tags", one)])

    def put_attributes(self, attributes: Iterable[Attribute]) -> None:
        super().put_attributes([one for one in attributes if self.changed("attributes", one)])

    def put_segments(self, segments: Iterable[Segment]) -> None:
        super().put_segments([one for one in segments if self.changed("segments", one)])

    def put_forms(self, forms: Iterable[Form]) -> None:
        super().put_forms([one for one in forms if self.changed("forms", one)])

    def put_other(self, resources: Iterable[OtherResource]) -> None:
        super().put_other([one for one in resources if self.changed("other", one)])

    def _only(self, appender: JsonlAppender[Any], collection: str) -> JsonlAppender[Any]:
        kept: Any = _OnlyChanged(self, appender, collection)
        found: JsonlAppender[Any] = kept
        return found


class _OnlyChanged:
    """Stands in for an appender and lets through what changed."""

    def __init__(self, writer: ChangedOnly, appender: JsonlAppender[Any], collection: str) -> None:
        self._writer, self._appender, self._collection = writer, appender, collection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._appender, name)

    def append(self, record: Record) -> None:
        if self._writer.changed(self._collection, record):
            self._appender.append(record)

    def extend(self, records: Iterable[Record]) -> None:
        for record in records:
            self.append(record)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._appender.__exit__(kind, error, trace)


def identity(record: Record) -> str:
    match record:
        case Tag():
            return record.name
        case Attribute():
            return record.key
        case Suppression():
            return f"{record.scope}:{record.email.strip().lower()}"
        case OtherResource():
            return f"{record.kind}:{record.source_id}"
        case _:
            found: str = record.source_id  # type: ignore[attr-defined]  # all other records have one
            return found


def digest_of(record: Record) -> bytes:
    if isinstance(record, Enrolment):
        position = record.position
        if position is not None:
            position = msgspec.structs.replace(position, remaining_seconds=None, because=None)
        record = msgspec.structs.replace(record, read_at=None, position=position)
    if isinstance(record, Segment):
        record = msgspec.structs.replace(record, member_count=None)
    if isinstance(record, Sequence):
        record = msgspec.structs.replace(record, enrolled_count=None)
    return hashlib.blake2b(_ENCODER.encode(record), digest_size=16).digest()
