"""The checkpoint as a file: its tables, who writes it, its notes and its transactions.

What it holds of the work is in checkpoint.py; the journal of a switch is such a file too. Every write is one
transaction with a flush behind it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from migrator.errors import WorkspaceError
from migrator.load.database import connect, damaged, plain
from migrator.load.lock import Lock
from migrator.transport.clock import Clock

NAME = "checkpoint.sqlite"
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE units (
  key TEXT PRIMARY KEY, operation TEXT NOT NULL, part TEXT NOT NULL, position INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intended', 'sent', 'confirmed', 'rejected')),
  request_hash TEXT, target_id TEXT, attempts INTEGER NOT NULL DEFAULT 0, error TEXT,
  result TEXT NOT NULL DEFAULT '{}', updated REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX units_by_operation ON units (operation, position);
CREATE TABLE present (digest BLOB PRIMARY KEY, status TEXT NOT NULL, before TEXT) WITHOUT ROWID;
"""
_COMMON = """
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lock (
  one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER, host TEXT, process TEXT, token TEXT, since REAL, beat REAL
);
"""


OnCommit = Callable[[str], None]
"""Told `before` and `after` each commit: for tests that stop the process there."""


class CheckpointFile:
    file_name, schema, version = NAME, _SCHEMA, SCHEMA_VERSION

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Clock, on_commit: OnCommit | None) -> None:
        self.path = path
        self._db, self._clock, self._on_commit = connection, clock, on_commit
        self._open = 0
        self._lock: Lock | None = None
        self._notes: dict[str, Any] = {}

    @classmethod
    def open(cls, workspace: Path, *, clock: Clock, on_commit: OnCommit | None = None) -> Self:
        """For writing: takes the lock, or raises WorkspaceError naming who holds it."""
        path = workspace / cls.file_name
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        found = cls(path, connect(path), clock, on_commit)
        try:
            found._prepare()
        except BaseException:
            if found._lock is not None:
                found._lock.forget()
            found._db.close()
            raise
        return found

    @classmethod
    def look(cls, workspace: Path, *, clock: Clock) -> Self | None:
        """For reading, while another process may write. None when there is none yet."""
        path = workspace / cls.file_name
        if not path.exists() or path.stat().st_size == 0:
            return None
        found = cls(path, connect(path), clock, None)
        try:
            with plain(path):
                found._db.execute("PRAGMA query_only=1")
                found._check()
        except BaseException:
            found._db.close()
            raise
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        try:
            if self._lock is not None:
                with self.writing():
                    self._lock.release(self._db)
        finally:
            if self._lock is not None:
                self._lock.forget()
            self._db.close()

    # --- notes ---

    def note(self, name: str, default: Any = None) -> Any:
        row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row[0])

    def put_note(self, name: str, value: Any) -> None:
        with self.writing():
            self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, json.dumps(value)))

    def drop_note(self, name: str) -> None:
        with self.writing():
            self._db.execute("DELETE FROM notes WHERE name = ?", (name,))

    def add_to_note(self, name: str, *sentences: str) -> None:
        """A list of different sentences that only grows: warnings, fallbacks."""
        known: list[str] = self.note(name, [])
        new = [one for one in dict.fromkeys(sentences) if one not in known]
        if new:
            self.put_note(name, [*known, *new])

    def holder(self) -> str | None:
        """The process that writes right now, in words; None when nobody does."""
        return Lock.holder(self._db, self._clock)

    # --- transactions ---

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One flush for all writes of the block; blocks may nest."""
        if self._open:
            self._open += 1
            try:
                yield
            finally:
                self._open -= 1
            return
        with plain(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            self._open = 1
            try:
                yield
                if self._lock is not None:
                    self._lock.beat(self._db)
                self._tell("before")
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._open = 0
            self._tell("after")

    def _tell(self, moment: str) -> None:
        if self._on_commit is not None:
            self._on_commit(moment)

    def _prepare(self) -> None:
        with plain(self.path):
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            fresh = not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not fresh:
                self._check()
            with self.writing():
                if fresh:
                    for statement in (_COMMON + self.schema).split(";"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version={self.version}")
                self._lock = Lock.take(self._db, self._clock)

    def _check(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version != self.version:
            raise WorkspaceError(
                "The checkpoint was written by another version of migrate",
                where=self.path.name,
                why=f"it has version {version}, this program reads version {self.version}",
                fix="Use the version of migrate that wrote it.",
            )
        if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise damaged(self.path)
