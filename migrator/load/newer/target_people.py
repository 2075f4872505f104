"""Everybody at Sequenzy right now, and the plan's lists and complaints, in a scratch database that can be asked.

Read in pages, once a comparison. Memory does not grow with the people.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Self

import msgspec

from adapters.sequenzy import read
from adapters.sequenzy.shapes import Contact
from migrator.load.present_before import page_size
from migrator.load.work import Work, digest_of
from migrator.plan.records import AddMembers, AddTags, MarkComplaints

_SCHEMA = """
CREATE TABLE there (digest BLOB PRIMARY KEY, contact BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE member (digest BLOB, list TEXT, PRIMARY KEY (digest, list)) WITHOUT ROWID;
CREATE TABLE complaint (digest BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE tag (digest BLOB, tag TEXT, PRIMARY KEY (digest, tag)) WITHOUT ROWID;
CREATE TABLE planned (digest BLOB PRIMARY KEY) WITHOUT ROWID;
"""


class TargetPeople:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA cache_size=-4000")
        self._db.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        self._read_target()
        self._read_plan()
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()

    def contacts(self, digests: Sequence[bytes]) -> dict[bytes, Contact]:
        marks = ", ".join("?" * len(digests))
        rows = self._db.execute(f"SELECT digest, contact FROM there WHERE digest IN ({marks})", digests)  # noqa: S608 - placeholders only
        return {digest: msgspec.json.decode(contact, type=Contact) for digest, contact in rows}

    def lists(self, digests: Sequence[bytes]) -> dict[bytes, list[str]]:
        """Keys of the plan's lists, sorted."""
        marks = ", ".join("?" * len(digests))
        found: dict[bytes, list[str]] = {}
        for digest, key in self._db.execute(
            f"SELECT digest, list FROM member WHERE digest IN ({marks}) ORDER BY list",  # noqa: S608 - placeholders only
            digests,
        ):
            found.setdefault(digest, []).append(key)
        return found

    def tags(self, digests: Sequence[bytes]) -> dict[bytes, list[str]]:
        """Those that the plan adds beside the records."""
        marks = ", ".join("?" * len(digests))
        found: dict[bytes, list[str]] = {}
        for digest, tag in self._db.execute(
            f"SELECT digest, tag FROM tag WHERE digest IN ({marks}) ORDER BY tag",  # noqa: S608 - placeholders only
            digests,
        ):
            found.setdefault(digest, []).append(tag)
        return found

    def complained(self, digests: Sequence[bytes]) -> set[bytes]:
        marks = ", ".join("?" * len(digests))
        rows = self._db.execute(f"SELECT digest FROM complaint WHERE digest IN ({marks})", digests)  # noqa: S608 - placeholders only
        return {row[0] for row in rows}

    def plan(self, digests: Sequence[bytes]) -> None:
        """These people are in the plan."""
        self._db.executemany("INSERT OR IGNORE INTO planned VALUES (?)", ((digest,) for digest in digests))

    def unplanned(self, digests: Sequence[bytes]) -> set[bytes]:
        marks = ", ".join("?" * len(digests))
        rows = self._db.execute(f"SELECT digest FROM planned WHERE digest IN ({marks})", digests)  # noqa: S608 - placeholders only
        return {*digests} - {row[0] for row in rows}

    def _read_target(self) -> None:
        name, count = "contacts there now", 0
        self._work.watcher.collection(name, None)
        for contacts in read.contact_pages(self._work.api, page=page_size(self._work)):
            self._db.executemany(
                "INSERT OR REPLACE INTO there VALUES (?, ?)",
                ((digest_of(one.email), msgspec.json.encode(one)) for one in contacts if one.email),
            )
            count += len(contacts)
            self._work.watcher.progress(name, count)
        self._work.watcher.finished(name, count)

    def _read_plan(self) -> None:
        opened = self._work.opened
        self._db.execute("BEGIN")
        for members in opened.operations(AddMembers):
            self._db.executemany(
                "INSERT OR IGNORE INTO member VALUES (?, ?)",
                ((digest_of(str(email)), members.list_key) for email in opened.lines(members.file)),
            )
        for tags in opened.operations(AddTags):
            for tag in tags.tags:
                self._db.executemany(
                    "INSERT OR IGNORE INTO tag VALUES (?, ?)",
                    ((digest_of(str(email)), tag) for email in opened.lines(tags.file)),
                )
        for complaints in opened.operations(MarkComplaints):
            emails = opened.lines(complaints.file)
            self._db.executemany(
                "INSERT OR IGNORE INTO complaint VALUES (?)", ((digest_of(str(email)),) for email in emails)
            )
        self._db.execute("COMMIT")
