"""What was last written of each person and thing: `synced.sqlite` beside the checkpoint. Digests, never the people.

Table `people`: digest of the address, digest of the import record, and what a comparison needs. Table `things`: lists,
segments, templates and sequences as they were last built. Table `taken`: which units of the checkpoint are in here.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from migrator.load.database import connect, plain

NAME = "synced.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS people (digest BLOB PRIMARY KEY, hash BLOB NOT NULL, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS things (
  key TEXT PRIMARY KEY, digest TEXT NOT NULL, operation BLOB, content BLOB
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taken (unit TEXT PRIMARY KEY, updated REAL NOT NULL) WITHOUT ROWID;
"""
UNFINISHED = b""
"""In place of a record's digest: its newest words may not have arrived."""


class Synced(msgspec.Struct, array_like=True, kw_only=True):
    """One person as the source had them when they were last written."""

    status: str = "active"
    complained: bool = False
    tags: list[str] = []
    lists: list[str] = []
    """Keys of the plan's lists."""
    their_tags: list[str] = []
    """Of `tags`: those that the person had at Sequenzy before we said them. We never remove them."""
    their_lists: list[str] = []
    fields: dict[str, list[str]] = {}
    """Field or `customAttributes.<key>` to digests of the values that are ours; more than one while a write is open."""
    open_tags: list[str] = []
    """Added by a write whose end we do not know."""
    open_lists: list[str] = []
    new: bool = False
    """Their first import is under way, and nobody has seen its end."""
    gone: bool = False
    """Told already: this person is no longer at the source, or no longer at Sequenzy."""


class Thing(msgspec.Struct):
    digest: str
    operation: bytes
    content: bytes
    """The file of a sequence."""


def digest_of_value(value: Any) -> str:
    """Nothing and an empty text are the same; so are 4 and 4.0."""
    if value in (None, "") and not isinstance(value, bool):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = float(value)
    return hashlib.blake2b(msgspec.json.encode(value, order="sorted"), digest_size=6).hexdigest()


def digest_of_line(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()


class SyncedState:
    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._db = path, connection

    @classmethod
    def open(cls, workspace: Path) -> Self:
        path = workspace / NAME
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        found = cls(path, connect(path))
        with plain(path):
            found._db.execute("PRAGMA journal_mode=WAL")
            found._db.execute("PRAGMA synchronous=FULL")
            found._db.executescript(_SCHEMA)
        return found

    @classmethod
    def look(cls, workspace: Path) -> Self:
        """For reading alone; an empty one when there is none yet."""
        path = workspace / NAME
        if path.exists() and path.stat().st_size:
            found = cls(path, connect(path))
            with plain(path):
                found._db.execute("PRAGMA query_only=1")
            return found
        memory = cls(path, sqlite3.connect("", isolation_level=None))
        memory._db.executescript(_SCHEMA)
        return memory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()

    # --- people ---

    def people(self, digests: Sequence[bytes]) -> dict[bytes, tuple[bytes, Synced]]:
        found: dict[bytes, tuple[bytes, Synced]] = {}
        for start in range(0, len(digests), 500):
            part = digests[start : start + 500]
            marks = ", ".join("?" * len(part))
            rows = self._db.execute(f"SELECT digest, hash, state FROM people WHERE digest IN ({marks})", part)  # noqa: S608 - placeholders only
            found |= {row[0]: (row[1], msgspec.json.decode(row[2], type=Synced)) for row in rows}
        return found

    def put(self, rows: Iterable[tuple[bytes, bytes, Synced]]) -> None:
        self._write(
            "INSERT OR REPLACE INTO people VALUES (?, ?, ?)",
            ((digest, known, msgspec.json.encode(state)) for digest, known, state in rows),
        )

    def everybody(self) -> Iterator[tuple[bytes, bytes, Synced]]:
        """By digest, in parts, so that rows may be written meanwhile."""
        last = b""
        while True:
            rows = self._db.execute(
                "SELECT digest, hash, state FROM people WHERE digest > ? ORDER BY digest LIMIT 2000", (last,)
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from ((row[0], row[1], msgspec.json.decode(row[2], type=Synced)) for row in rows)

    # --- things ---

    def thing(self, key: str) -> Thing | None:
        row = self._db.execute("SELECT digest, operation, content FROM things WHERE key = ?", (key,)).fetchone()
        return None if row is None else Thing(row[0], row[1], zlib.decompress(row[2]))

    def things(self) -> list[str]:
        return [row[0] for row in self._db.execute("SELECT key FROM things ORDER BY key")]

    def put_thing(self, key: str, digest: str, operation: bytes, content: bytes) -> None:
        row = (key, digest, operation, zlib.compress(content))
        self._write("INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?)", [row])

    def forget_things(self, keys: Iterable[str]) -> None:
        self._write("DELETE FROM things WHERE key = ?", [(key,) for key in keys])

    # --- units of the checkpoint ---

    def has_taken(self, unit: str, updated: float) -> bool:
        row = self._db.execute("SELECT updated FROM taken WHERE unit = ?", (unit,)).fetchone()
        return row is not None and float(row[0]) == updated

    def took(self, unit: str, updated: float) -> None:
        self._write("INSERT OR REPLACE INTO taken VALUES (?, ?)", [(unit, updated)])

    def forget_taken(self) -> None:
        self._write("DELETE FROM taken", [()])

    def clear(self) -> None:
        """Nothing is at Sequenzy any more."""
        for table in ("people", "things", "taken"):
            self._write(f"DELETE FROM {table}", [()])  # noqa: S608 - a constant

    def _write(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with plain(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(statement, rows)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
