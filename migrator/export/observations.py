"""`observations.sqlite` in the workspace: what each export saw of each person inside a sequence.

One row for as long as nothing changed: status, next moment, first and last reading. A person who moved between two
readings, or came after the first one, is placed from this series. No address is kept. Losing the file loses nothing
but this evidence.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from migrator.errors import WorkspaceError
from migrator.model import Enrolment, EnrolmentStatus, Observation
from migrator.system_errors import of_sqlite, system_sentence

OBSERVATIONS = "observations.sqlite"
VERSION = 1
_SCHEMA = """
create table if not exists seen(
  account text, sequence text, enrolment text, first_seen real, last_seen real, status text, next_at real,
  primary key(account, sequence, enrolment, first_seen)
) without rowid;
"""
_OF = "from seen where account = ? and sequence = ? and enrolment = ? order by first_seen"


class Observations:
    """Of one account. Nothing is kept before `keep`: an export that fails has seen nothing."""

    def __init__(self, path: Path, account: str) -> None:
        self.path, self.account = path, account
        self._database: sqlite3.Connection | None = None
        if path.exists():
            self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._database is not None:
            self._database.close()

    def history(self, sequence_id: str, enrolment_id: str) -> list[Observation]:
        """By time, the earliest first."""
        if self._database is None:
            return []
        rows = self._database.execute(
            f"select first_seen, last_seen, status, next_at {_OF}", (self.account, sequence_id, enrolment_id)
        )
        return [
            Observation(
                status=EnrolmentStatus(status),
                next_at=None if next_at is None else datetime.fromtimestamp(next_at, UTC),
                first_seen=datetime.fromtimestamp(first, UTC),
                last_seen=datetime.fromtimestamp(last, UTC),
            )
            for first, last, status, next_at in rows
        ]

    def see(self, enrolment: Enrolment) -> None:
        """People who are through are not followed. A reading older than the last one says nothing new."""
        if enrolment.read_at is None or not enrolment.status.in_flight:
            return
        database = self._database or self._open()
        who = (self.account, enrolment.sequence_id, enrolment.source_id)
        at = enrolment.read_at.timestamp()
        next_at = None if enrolment.next_at is None else enrolment.next_at.timestamp()
        last = database.execute(f"select first_seen, last_seen, status, next_at {_OF} desc limit 1", who).fetchone()
        if last is not None and last[1] >= at:
            return
        if last is not None and last[2:] == (enrolment.status.value, next_at):
            database.execute(
                "update seen set last_seen = ? where account = ? and sequence = ? and enrolment = ? and first_seen = ?",
                (at, *who, last[0]),
            )
        else:
            values = (*who, at, at, enrolment.status.value, next_at)
            database.execute("insert into seen values (?, ?, ?, ?, ?, ?, ?)", values)

    def keep(self) -> None:
        if self._database is not None and self._database.in_transaction:
            self._database.execute("commit")
            self._database.execute("begin")

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.touch(mode=0o600)
            database = sqlite3.connect(self.path, isolation_level=None)
            (version,) = database.execute("pragma user_version").fetchone()
            if version not in (0, VERSION):
                raise sqlite3.DatabaseError("it was written by another version")
            database.executescript(f"{_SCHEMA} pragma user_version = {VERSION};")
            database.execute("begin")
        except sqlite3.DatabaseError as error:
            if (refused := of_sqlite(error, self.path)) is not None:
                raise system_sentence(refused) from None
            raise WorkspaceError(
                "The record of earlier readings cannot be read",
                where=self.path.name,
                why=str(error),
                fix="Move it away and export again: only earlier readings of where people are get lost.",
            ) from None
        self._database = database
        return database
