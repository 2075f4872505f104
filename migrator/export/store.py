"""Every page that the source answered, kept in one SQLite file until the bundle is complete.

A page and its rows are written in one transaction: after a kill they are there or they are not, and a page that is
there is never asked for again. Rows are kept once by id, whatever shifts while paging.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from adapters.base import StoredPage, StoredRow
from migrator.errors import WorkspaceError
from migrator.export.observations import Observations
from migrator.model import Enrolment, Observation, Raw
from migrator.system_errors import of_sqlite, system_sentence

_SCHEMA = """
create table if not exists note(name text primary key, value text not null) without rowid;
create table if not exists page(
  collection text, address integer, rows integer, digest text, meta text, primary key(collection, address)
) without rowid;
create table if not exists row(
  collection text, number integer, id text, found text, fetched real, pass integer, body blob
);
create unique index if not exists row_by_id on row(collection, number, id);
create index if not exists row_by_key on row(collection, found) where found is not null;
"""
VERSION = 1
_WORD = 2**63 - 1
"""Ids that are no numbers come last."""
_PUT = (
    "insert into row(collection, number, id, found, fetched, pass, body) values (?, ?, ?, ?, ?, ?, ?)"
    " on conflict(collection, number, id) do update set found = excluded.found, fetched = excluded.fetched,"
    " pass = excluded.pass, body = excluded.body"
)
_SELECT = "select id, found, fetched, body from row where collection = ?"


class SqlitePages:
    def __init__(self, path: Path, observations: Observations | None = None) -> None:
        self.path, self._observations = path, observations
        try:
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, isolation_level=None)
            self._database.executescript("pragma journal_mode = wal; pragma synchronous = normal;" + _SCHEMA)
        except sqlite3.DatabaseError as error:
            refused = of_sqlite(error, path)
            raise _damaged(path, error) if refused is None else system_sentence(refused) from None
        except OSError as error:
            raise system_sentence(error) from None
        self._pass: dict[str, int] = {}
        if self.note("version") is None:
            self.put_note("version", VERSION)
        elif self.note("version") != VERSION:
            raise _damaged(path, "it was written by another version")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def note(self, name: str) -> Any:
        row = self._database.execute("select value from note where name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def put_note(self, name: str, value: Any) -> None:
        self._write([("insert or replace into note values (?, ?)", [(name, json.dumps(value))])])

    def notes(self, prefix: str) -> dict[str, Any]:
        found = self._database.execute(
            "select name, value from note where substr(name, 1, ?) = ? order by name", (len(prefix), prefix)
        )
        return {name[len(prefix) :]: json.loads(value) for name, value in found}

    def forget(self, prefix: str) -> None:
        self._write([("delete from note where substr(name, 1, ?) = ?", [(len(prefix), prefix)])])

    def pages(self, collection: str) -> list[StoredPage]:
        found = self._database.execute(
            "select address, rows, digest, meta from page where collection = ? order by address", (collection,)
        )
        return [StoredPage(address, rows, digest, json.loads(meta)) for address, rows, digest, meta in found]

    def put_page(self, collection: str, page: StoredPage, rows: Iterable[StoredRow], fetched_at: datetime) -> None:
        current, at = self._current_pass(collection), fetched_at.timestamp()
        self._write(
            [
                (_PUT, [self._line(collection, row, at, current) for row in rows]),
                (
                    "insert or replace into page values (?, ?, ?, ?, ?)",
                    [(collection, page.address, page.rows, page.digest, json.dumps(dict(page.meta)))],
                ),
            ]
        )

    def restart(self, collection: str) -> None:
        following = self._current_pass(collection) + 1
        self._write(
            [
                ("delete from page where collection = ?", [(collection,)]),
                ("insert or replace into note values (?, ?)", [(f"pass:{collection}", json.dumps(following))]),
            ]
        )
        self._pass[collection] = following

    def unseen(self, collection: str) -> list[StoredRow]:
        found = self._database.execute(
            f"{_SELECT} and pass < ? order by number, id", (collection, self._current_pass(collection))
        )
        return [_stored(row) for row in found]

    def drop(self, collection: str, source_ids: Iterable[str]) -> None:
        statement = "delete from row where collection = ? and number = ? and id = ?"
        self._write([(statement, [(collection, _number(source_id), source_id) for source_id in source_ids])])

    def count(self, collection: str, *, seen: bool = False) -> int:
        least = self._current_pass(collection) if seen else 0
        query = "select count(*) from row where collection = ? and pass >= ?"
        return int(self._database.execute(query, (collection, least)).fetchone()[0])

    def rows(self, collection: str) -> Iterator[StoredRow]:
        found = self._database.execute(f"{_SELECT} order by number, id", (collection,))
        while batch := found.fetchmany(200):
            yield from map(_stored, batch)

    def row(self, collection: str, source_id: str) -> StoredRow | None:
        values = (collection, _number(source_id), source_id)
        found = self._database.execute(f"{_SELECT} and number = ? and id = ?", values).fetchone()
        return None if found is None else _stored(found)

    def by_key(self, collection: str, key: str) -> list[StoredRow]:
        # Sorted here: asked to sort, SQLite walks the whole collection by id instead of looking the key up.
        found = self._database.execute(f"{_SELECT} and found = ?", (collection, key)).fetchall()
        return [_stored(row) for row in sorted(found, key=lambda row: (_number(row[0]), row[0]))]

    def observed(self, sequence_id: str, enrolment_id: str) -> list[Observation]:
        return [] if self._observations is None else self._observations.history(sequence_id, enrolment_id)

    def observe(self, enrolment: Enrolment) -> None:
        if self._observations is not None:
            self._observations.see(enrolment)

    def _current_pass(self, collection: str) -> int:
        if collection not in self._pass:
            self._pass[collection] = self.note(f"pass:{collection}") or 0
        return self._pass[collection]

    @staticmethod
    def _line(collection: str, row: StoredRow, at: float, current: int) -> tuple[Any, ...]:
        return collection, _number(row.source_id), row.source_id, row.key, at, current, _encode(row.data)

    def _write(self, work: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        try:
            self._database.execute("begin immediate")
            for statement, values in work:
                self._database.executemany(statement, values)
            self._database.execute("commit")
        except sqlite3.DatabaseError as error:
            if self._database.in_transaction:
                self._database.execute("rollback")
            if (refused := of_sqlite(error, self.path)) is not None:
                raise system_sentence(refused) from None
            raise _damaged(self.path, error) from None


def _encode(data: Raw) -> bytes:
    try:
        return msgspec.json.encode(data)
    except (UnicodeEncodeError, TypeError, OverflowError):
        return json.dumps(data).encode()


def _decode(body: bytes) -> Raw:
    try:
        found: Raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = json.loads(body)
    return found


def _stored(row: tuple[str, str | None, float, bytes]) -> StoredRow:
    source_id, key, fetched, body = row
    return StoredRow(source_id, _decode(body), key, datetime.fromtimestamp(fetched, UTC))


def _number(source_id: str) -> int:
    plain = source_id.isascii() and source_id.isdigit() and len(source_id) < 18
    return int(source_id) if plain else _WORD


def _damaged(path: Path, error: object) -> WorkspaceError:
    return WorkspaceError(
        "The notes of the unfinished export cannot be read",
        where=path.name,
        why=str(error),
        fix="Start again with --fresh; nothing at the source was changed.",
    )
