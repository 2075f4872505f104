"""Which records name which others, and which of those are not there. Kept on disk: a million contacts fit.

The database is SQLite's private temporary one: it has no name and is gone with the process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from migrator.bundle.bundle_files import SegmentMember
from migrator.model import Campaign, Contact, ContactList, Enrolment, Record, Segment, Sequence, Template

Broken = tuple[str, int | None, str, str]
"""Path, line, what is wrong, how to fix it."""

_OWNERS: dict[type[Record], str] = {
    Contact: "contacts",
    ContactList: "lists",
    Segment: "segments",
    Sequence: "sequences",
    Template: "templates",
}
_ONE = {
    "contacts": "contact",
    "files": "file",
    "lists": "list",
    "segments": "segment",
    "sequences": "sequence",
    "templates": "template",
}
_BATCH = 1000


class References:
    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            "pragma journal_mode = off; pragma synchronous = off; pragma temp_store = file; pragma cache_size = -1000;"
            "create table have(collection text, id blob, path integer, line integer);"
            "create table need(collection text, id blob, path integer, line integer);"
            "begin"
        )
        self._paths: dict[str, int] = {}
        self._have: list[tuple[str, bytes, int, int | None]] = []
        self._need: list[tuple[str, bytes, int, int | None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def note_file(self, path: str) -> None:
        self._have.append(("files", _key(path), 0, None))

    def note(self, path: str, line: int | None, record: Record) -> None:
        at = self._paths.setdefault(path, len(self._paths))
        owner = _OWNERS.get(type(record))
        if owner is not None:
            self._have.append((owner, _key(record.source_id), at, line))  # type: ignore[attr-defined]  # _OWNERS all have one
        for collection, wanted in _wanted(record):
            self._need.append((collection, _key(wanted), at, line))
        if len(self._have) > _BATCH or len(self._need) > _BATCH:
            self._store()

    def broken(self, excused: Callable[[str, str], bool]) -> Iterator[Broken]:
        """`excused(collection, id)`: whether the manifest itself says that this may be absent."""
        self._store()
        names = {number: path for path, number in self._paths.items()}
        self._database.execute("create index had on have(collection, id)")
        for collection, at, line in self._database.execute(
            "select collection, path, line from have as one where rowid > (select min(rowid) from have as other"
            " where other.collection = one.collection and other.id = one.id) order by path, line"
        ):
            what = f"The same {_ONE[collection]} stands in the bundle twice"
            yield names[at], line, what, "Export the bundle again."
        for collection, key, at, line in self._database.execute(
            "select collection, id, path, line from need as one where not exists (select 1 from have as other"
            " where other.collection = one.collection and other.id = one.id) order by path, line"
        ):
            source_id = key.decode("utf-8", "surrogatepass")
            if not excused(collection, source_id):
                named = "" if collection == "contacts" else f" {source_id!a}"
                what = f"It names a {_ONE[collection]}{named} that is not in the bundle"
                fix = "Export again; if it is gone at the source, that record cannot be carried over."
                yield names[at], line, what, fix

    def _store(self) -> None:
        self._database.executemany("insert into have values (?, ?, ?, ?)", self._have)
        self._database.executemany("insert into need values (?, ?, ?, ?)", self._need)
        self._have.clear()
        self._need.clear()


def _wanted(record: Record) -> Iterator[tuple[str, str]]:
    match record:
        case Contact():
            yield from (("lists", membership.list_id) for membership in record.lists)
        case Enrolment():
            yield "sequences", record.sequence_id
            yield "contacts", record.contact_id
        case SegmentMember():
            yield "contacts", record.contact_id
        case Segment() if record.members_file is not None:
            yield "files", record.members_file
        case Campaign():
            yield from (("lists", list_id) for list_id in record.list_ids)
            yield from (("segments", segment_id) for segment_id in record.segment_ids)
        case _:
            return


def _key(source_id: str) -> bytes:
    return source_id.encode("utf-8", "surrogatepass")
