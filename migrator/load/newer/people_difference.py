"""The difference between what was last written and what the plan now holds, person by person, spooled on disk.

Nothing is written to Sequenzy here. The spool holds the calls that are due and what to note once they have arrived.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from adapters.sequenzy.shapes import Contact
from migrator.load.census import NARROW, SHUT
from migrator.load.import_pieces import Piece
from migrator.load.newer.person_changes import Change, Conflict, change_of
from migrator.load.newer.remember import record_of
from migrator.load.newer.synced_state import UNFINISHED, Synced, SyncedState, digest_of_line
from migrator.load.newer.target_people import TargetPeople
from migrator.load.present_before import before
from migrator.load.work import Work, digest_of
from migrator.plan.records import ImportPeople

NARROWED, FIELDS, COMPLAINTS = "narrow", "fields", "complaints"
ADD, REMOVE, JOIN, LEAVE = "add", "remove", "join", "leave"
ROWS = 500
_SCHEMA = """
CREATE TABLE line (id INTEGER PRIMARY KEY, kind TEXT, email TEXT, line BLOB);
CREATE TABLE call (kind TEXT, name TEXT, email TEXT, PRIMARY KEY (kind, name, email)) WITHOUT ROWID;
CREATE TABLE conflict (id INTEGER PRIMARY KEY, email TEXT, field TEXT, source TEXT, target TEXT, kept TEXT);
CREATE TABLE noted (digest BLOB PRIMARY KEY, hash BLOB, after BLOB, pending BLOB) WITHOUT ROWID;
CREATE TABLE met (digest BLOB PRIMARY KEY, status TEXT, before TEXT) WITHOUT ROWID;
"""


@dataclass
class Told:
    """What a comparison found; people are counted once a kind."""

    new: int = 0
    narrowed: int = 0
    changed: int = 0
    complaints: int = 0
    tags_added: int = 0
    tags_removed: int = 0
    joined: int = 0
    left: int = 0
    gone_at_source: int = 0
    deleted_at_target: int = 0
    conflicts: int = 0

    @property
    def writes(self) -> int:
        calls = self.tags_added + self.tags_removed + self.joined + self.left
        return self.new + self.narrowed + self.changed + self.complaints + calls


class PeopleDifference:
    def __init__(self, work: Work, state: SyncedState) -> None:
        self._work, self._state = work, state
        self.told = Told()
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA cache_size=-4000")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def find(self) -> None:
        """Reads everybody at the target and compares."""
        with TargetPeople(self._work) as people:
            self._db.execute("BEGIN")
            for operation in self._work.opened.operations(ImportPeople):
                self._compare_file(operation, people)
            self._gone(people)
            self._db.execute("COMMIT")

    # --- asking ---

    def lines(self, kind: str) -> Iterator[bytes]:
        for row in self._db.execute("SELECT line FROM line WHERE kind = ? ORDER BY id", (kind,)):
            yield row[0]

    def names(self, kind: str) -> list[str]:
        return [
            row[0] for row in self._db.execute("SELECT DISTINCT name FROM call WHERE kind = ? ORDER BY name", (kind,))
        ]

    def emails(self, kind: str, name: str) -> Iterator[list[str]]:
        """In chunks of one call."""
        last = ""
        while True:
            rows = self._db.execute(
                "SELECT email FROM call WHERE kind = ? AND name = ? AND email > ? ORDER BY email LIMIT ?",
                (kind, name, last, ROWS),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [row[0] for row in rows]

    def conflicts(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Address, field, at the source, at Sequenzy, what is kept."""
        yield from self._db.execute("SELECT email, field, source, target, kept FROM conflict ORDER BY id")

    def met(self) -> Iterator[tuple[bytes, str, str]]:
        yield from self._db.execute("SELECT digest, status, before FROM met ORDER BY digest")

    def pending(self) -> Iterator[tuple[bytes, bytes, Synced]]:
        """Of everybody for whom a write is due."""
        for digest, found in self._db.execute("SELECT digest, pending FROM noted WHERE pending IS NOT NULL"):
            yield digest, UNFINISHED, msgspec.json.decode(found, type=Synced)

    def after(self, failed: set[bytes]) -> Iterator[tuple[bytes, bytes, Synced]]:
        """`failed`: those of whom something has not arrived."""
        for digest, known, found in self._db.execute("SELECT digest, hash, after FROM noted"):
            if digest not in failed:
                yield digest, known, msgspec.json.decode(found, type=Synced)

    def were_there(self, kind: str, name: str, emails: Sequence[str]) -> None:
        """These people had it by themselves: it is not ours to take away."""
        for email in emails:
            digest = digest_of(email)
            row = self._db.execute("SELECT after, pending FROM noted WHERE digest = ?", (digest,)).fetchone()
            found = msgspec.json.decode(row[0], type=Synced)
            former = self._state.people([digest]).get(digest)
            begun = former is not None and name in former[1].open_lists
            if kind == JOIN and not begun and name not in found.their_lists:
                found.their_lists.append(name)
                self._db.execute("UPDATE noted SET after = ? WHERE digest = ?", (msgspec.json.encode(found), digest))

    # --- comparing ---

    def _compare_file(self, operation: ImportPeople, people: TargetPeople) -> None:
        strategy = str(operation.head.get("duplicateStrategy", "skip"))
        for batch in operation.batches:
            piece = Piece(batch, batch.start, batch.end, batch.count)
            lines = piece.lines(self._work.opened, operation.file).splitlines(keepends=True)
            for start in range(0, len(lines), ROWS):
                self._compare(operation.key, strategy, lines[start : start + ROWS], people)

    def _compare(self, key: str, strategy: str, lines: Sequence[bytes], people: TargetPeople) -> None:
        records = [record_of(line) for line in lines]
        digests = [digest_of(str(record["email"])) for record in records]
        people.plan(digests)
        synced, there = self._state.people(digests), people.contacts(digests)
        lists, tags, complained = people.lists(digests), people.tags(digests), people.complained(digests)
        for line, record, digest in zip(lines, records, digests, strict=True):
            known, base = synced.get(digest, (UNFINISHED, None))
            found, on, hash_ = there.get(digest), lists.get(digest, []), digest_of_line(line)
            said, more = digest in complained, tags.get(digest, [])
            same = base is not None and known == hash_ and base.lists == on and base.complained == said and not more
            if same and base is not None and _quiet(base, found):
                continue
            if more:
                record["tags"] = list(dict.fromkeys([*(record.get("tags") or ()), *more]))
                line = msgspec.json.encode(record) + b"\n"
            change = change_of(record, on, base, found, complained=said, strategy=strategy)
            self._spool(key, digest, hash_, line, str(record["email"]), change, found)

    def _spool(
        self, key: str, digest: bytes, hash_: bytes, line: bytes, email: str, change: Change, there: Contact | None
    ) -> None:
        told = self.told
        if change.whole:
            self._line(key, email, line)
            told.new += 1
        if change.narrow is not None:
            self._line(NARROWED, email, msgspec.json.encode(change.narrow) + b"\n")
            told.narrowed += 1
        if change.fields is not None:
            self._line(FIELDS, email, msgspec.json.encode(change.fields) + b"\n")
            told.changed += 1
        if change.complain:
            self._calls(COMPLAINTS, [""], email)
            told.complaints += 1
        for kind, names in (
            (ADD, change.add_tags),
            (REMOVE, change.remove_tags),
            (JOIN, change.join),
            (LEAVE, change.leave),
        ):
            self._calls(kind, names, email)
        told.tags_added += len(change.add_tags)
        told.tags_removed += len(change.remove_tags)
        told.joined += len(change.join)
        told.left += len(change.leave)
        told.deleted_at_target += change.gone
        for conflict in change.conflicts:
            self._conflict(email, conflict)
        if change.met and there is not None:
            self._db.execute(
                "INSERT OR REPLACE INTO met VALUES (?, ?, ?)",
                (digest, there.status, msgspec.json.encode(before(there)).decode()),
            )
        after, pending = msgspec.json.encode(change.after), msgspec.json.encode(change.pending)
        row = (digest, hash_, after, pending if change.writes else None)
        self._db.execute("INSERT OR REPLACE INTO noted VALUES (?, ?, ?, ?)", row)

    def _conflict(self, email: str, conflict: Conflict) -> None:
        self.told.conflicts += 1
        row = (email, conflict.field, conflict.at_source, conflict.at_target, conflict.kept)
        self._db.execute("INSERT INTO conflict (email, field, source, target, kept) VALUES (?, ?, ?, ?, ?)", row)

    def _line(self, kind: str, email: str, line: bytes) -> None:
        self._db.execute("INSERT INTO line (kind, email, line) VALUES (?, ?, ?)", (kind, email, line))

    def _calls(self, kind: str, names: Sequence[str], email: str) -> None:
        self._db.executemany("INSERT OR IGNORE INTO call VALUES (?, ?, ?)", ((kind, name, email) for name in names))

    def _gone(self, people: TargetPeople) -> None:
        """Whom the source no longer has: they stay as they are, and are named once."""
        rows = self._state.everybody()
        while part := list(islice(rows, ROWS)):
            missing = people.unplanned([digest for digest, _, _ in part])
            there = people.contacts(list(missing))
            for digest, known, base in part:
                if digest not in missing or base.gone:
                    continue
                base.gone = True
                self.told.gone_at_source += 1
                if digest in there:
                    conflict = Conflict("person", "deleted", there[digest].status, there[digest].status)
                    self._conflict(there[digest].email or "", conflict)
                self._db.execute(
                    "INSERT OR REPLACE INTO noted VALUES (?, ?, ?, NULL)", (digest, known, msgspec.json.encode(base))
                )


def _quiet(base: Synced, there: Contact | None) -> bool:
    """Nothing is due for a person whom the source shows as before."""
    if there is None:
        return base.gone
    return not base.gone and (base.status not in NARROW or there.status in SHUT)


__all__ = ["ADD", "COMPLAINTS", "FIELDS", "JOIN", "LEAVE", "NARROWED", "REMOVE", "PeopleDifference", "Told"]
