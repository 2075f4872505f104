"""The planned people in an order that can be asked: address to the place of its record, in a scratch database.

Memory does not grow with the number of contacts; the records themselves stay in the plan's files.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from migrator.load.checkpoint import Checkpoint, State
from migrator.load.contacts_singly import LEFT_OUT, decode_record
from migrator.load.import_pieces import Piece, emails_of, piece_of_unit
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import AddMembers, ImportPeople, MarkComplaints
from migrator.transport.decode import whole


@dataclass(frozen=True)
class Place:
    operation: ImportPeople
    start: int
    end: int
    complained: bool
    left_out: tuple[str, ...] = ()
    """Fields that no call of the server could take when the contact was written."""


class PlannedPeople:
    def __init__(self, opened: OpenPlan, checkpoint: Checkpoint | None, scratch: Path) -> None:
        self._opened = opened
        self.operations = opened.operations(ImportPeople)
        self._files: dict[str, IO[bytes]] = {}
        self._scratch = scratch
        scratch.unlink(missing_ok=True)
        self._db = sqlite3.connect(scratch, isolation_level=None)
        scratch.chmod(0o600)
        for line in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-4000"):
            self._db.execute(f"PRAGMA {line}")
        self._db.execute(
            "CREATE TABLE planned (email TEXT PRIMARY KEY, operation INT, start INT, end INT, complained INT DEFAULT 0,"
            " rejected INT DEFAULT 0, left_out TEXT DEFAULT '', status TEXT) WITHOUT ROWID"
        )
        self._db.execute("BEGIN")
        for number, operation in enumerate(self.operations):
            self._db.executemany(
                "INSERT OR REPLACE INTO planned (email, operation, start, end) VALUES (?, ?, ?, ?)",
                ((email, number, start, end) for email, start, end in self._places(operation)),
            )
            if checkpoint is not None:
                self._mark_rejected(operation, checkpoint)
                self._mark_left_out(number, operation, checkpoint)
        for complaints in opened.operations(MarkComplaints):
            rows = ((email.lower(),) for email in opened.lines(complaints.file))
            self._db.executemany("UPDATE planned SET complained = 1 WHERE email = ?", rows)
        self._db.execute("COMMIT")

    def close(self) -> None:
        for file in self._files.values():
            file.close()
        self._db.close()
        self._scratch.unlink(missing_ok=True)

    def _places(self, operation: ImportPeople) -> Iterator[tuple[str, int, int]]:
        for batch in operation.batches:
            lines = self._opened.batch(operation.file, batch)
            at = batch.start
            for line, email in zip(lines.splitlines(keepends=True), emails_of(lines), strict=True):
                yield email.lower(), at, at + len(line)
                at += len(line)

    def _mark_rejected(self, operation: ImportPeople, checkpoint: Checkpoint) -> None:
        for unit in checkpoint.units(operation.key, State.REJECTED):
            piece: Piece | None = piece_of_unit(operation, unit)
            if piece is not None:
                emails = emails_of(piece.lines(self._opened, operation.file))
                self._db.executemany("UPDATE planned SET rejected = 1 WHERE email = ?", ((e.lower(),) for e in emails))

    def _mark_left_out(self, number: int, operation: ImportPeople, checkpoint: Checkpoint) -> None:
        for unit in checkpoint.units(operation.key, State.CONFIRMED):
            if unit.result.get(LEFT_OUT):
                # Written one by one: the unit is named by where the record starts and ends.
                start, fields = int(unit.part.partition("-")[0]), " ".join(unit.result[LEFT_OUT])
                self._db.execute(
                    "UPDATE planned SET left_out = ? WHERE operation = ? AND start = ?", (fields, number, start)
                )

    # --- asking ---

    def count(self) -> tuple[int, int]:
        """Planned, and of these refused at the load."""
        row = self._db.execute("SELECT count(*), coalesce(sum(rejected), 0) FROM planned").fetchone()
        return int(row[0]), int(row[1])

    def find(self, emails: list[str]) -> dict[str, Place]:
        marks = ", ".join("?" * len(emails))
        rows = self._db.execute(
            f"SELECT email, operation, start, end, complained, left_out FROM planned WHERE email IN ({marks})",  # noqa: S608 - placeholders only
            emails,
        )
        return {
            row[0]: Place(self.operations[row[1]], row[2], row[3], bool(row[4]), tuple(row[5].split())) for row in rows
        }

    def record(self, place: Place) -> dict[str, Any]:
        name = place.operation.file
        if name not in self._files:
            self._files[name] = (self._opened.folder / name).open("rb")
        file = self._files[name]
        file.seek(place.start)
        # Answers are read with half characters replaced, so that is what the plan's own are compared as.
        record: dict[str, Any] = whole(decode_record(file.read(place.end - place.start)))[0]
        return record

    def sent(self, place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
        """The record as the server's calls could take it, and what of it they could not."""
        record = self.record(place)
        beyond = {name: record.pop(name) for name in place.left_out if record.get(name)}
        return record, beyond

    def seen(self, found: list[tuple[str, str]]) -> None:
        """Address and the status it has at the target."""
        self._db.executemany("UPDATE planned SET status = ? WHERE email = ?", ((status, e) for e, status in found))

    def missing(self) -> Iterator[tuple[str, str]]:
        """Operation key and address."""
        rows = self._db.execute(
            "SELECT operation, email FROM planned WHERE status IS NULL AND rejected = 0 ORDER BY operation, start"
        )
        for operation, email in rows:
            yield self.operations[operation].key, email

    def verdicts(self, *wanted: str) -> Iterator[tuple[str, str]]:
        """Address and what `seen` was told of it, of those told one of `wanted`."""
        last, marks = "", ", ".join("?" * len(wanted))
        while True:
            rows = self._db.execute(
                f"SELECT email, status FROM planned WHERE status IN ({marks}) AND email > ? ORDER BY email LIMIT 1000",  # noqa: S608 - placeholders only
                (*wanted, last),
            ).fetchall()
            if not rows:
                return
            yield from rows
            last = rows[-1][0]

    def records(self) -> Iterator[dict[str, Any]]:
        for operation in self.operations:
            for batch in operation.batches:
                for line in self._opened.batch(operation.file, batch).splitlines():
                    yield decode_record(line)

    # --- memberships ---

    def start_list(self, operation: AddMembers) -> int:
        """Who of the list's planned members can be on it: those who are at the target and active."""
        self._db.execute("DROP TABLE IF EXISTS member")
        self._db.execute("CREATE TABLE member (email TEXT PRIMARY KEY, seen INT DEFAULT 0) WITHOUT ROWID")
        self._db.execute("BEGIN")
        rows = ((email.lower(),) for email in self._opened.lines(operation.file))
        self._db.executemany("INSERT OR IGNORE INTO member (email) VALUES (?)", rows)
        self._db.execute("DELETE FROM member WHERE email NOT IN (SELECT email FROM planned WHERE status = 'active')")
        self._db.execute("COMMIT")
        return int(self._db.execute("SELECT count(*) FROM member").fetchone()[0])

    def on_list(self, emails: list[str]) -> list[str]:
        """Marks them; gives those that were not planned there."""
        marks = ", ".join("?" * len(emails))
        rows = self._db.execute(f"SELECT email FROM member WHERE email IN ({marks})", emails)  # noqa: S608 - placeholders only
        known = {row[0] for row in rows}
        self._db.executemany("UPDATE member SET seen = 1 WHERE email = ?", ((email,) for email in known))
        return [email for email in emails if email not in known]

    def not_on_list(self) -> Iterator[str]:
        for row in self._db.execute("SELECT email FROM member WHERE seen = 0 ORDER BY email"):
            yield row[0]
