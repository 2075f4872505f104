"""Rows of which another may be the same person, kept on disk while they are brought together: memory does not grow
with how many there are. What becomes of them is decided in mending.py.

The database is SQLite's private temporary one: it has no name and is gone with the process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Self

import msgspec

from migrator.model import ConsentState, Contact
from migrator.plan.plan_json import decode, encode

_BATCH = 500
_TABLES = """
pragma journal_mode = off; pragma synchronous = off; pragma temp_store = file; pragma cache_size = -8000;
create table rows(number integer primary key, mailbox text, state text, external blob, line blob);
create table people(mailbox text primary key, first integer, several integer, keeps_id integer) without rowid;
create table owners(external blob primary key, number integer, mailbox text) without rowid;
create table changed(number integer primary key, line blob);
create view borrowed as select rows.number, rows.line, people.several from people
join rows on rows.mailbox = people.mailbox join owners on owners.external = rows.external
where people.keeps_id and owners.mailbox <> people.mailbox;
begin
"""
_OWNERS = """
insert into owners select external, min(number), mailbox from rows join people using (mailbox)
where keeps_id and external is not null group by external
"""


class RowsAgain:
    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self._waiting: list[tuple[int, str, str, bytes | None, bytes]] = []
        self._changes: list[tuple[int, bytes | None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add(self, row: int, mailbox: str, contact: Contact) -> None:
        external = (contact.external_id or "").strip().encode("utf-8", "surrogatepass") or None
        # What planning never looks at is left out.
        line = encode(msgspec.structs.replace(contact, raw={}, sms_consent=None))
        self._waiting.append((row, mailbox, contact.consent.state.value, external, line))
        if len(self._waiting) >= _BATCH:
            self._store()

    def know_people(self, keeps_id: Callable[[str, set[ConsentState]], bool]) -> None:
        """Call when all rows were added. `keeps_id(mailbox, states)`: whether a person of whom these states are told
        is carried over with an id."""
        self._store()
        self._database.execute("create index by_mailbox on rows(mailbox)")
        told = self._database.execute(
            "select mailbox, min(number), count(*) > 1, group_concat(distinct state) from rows group by mailbox"
        )
        found = (
            (mailbox, first, several, keeps_id(mailbox, {ConsentState(state) for state in states.split(",")}))
            for mailbox, first, several, states in told
        )
        self._database.executemany("insert into people values (?, ?, ?, ?)", found)
        self._database.execute(_OWNERS)

    def several(self, mailbox: str) -> bool:
        """Whether more than one row is this person."""
        found = self._database.execute("select several from people where mailbox = ?", (mailbox,)).fetchone()
        return bool(found and found[0])

    def people(self) -> Iterator[list[tuple[int, Contact]]]:
        """Everybody who has several rows, by the first of them."""
        self._database.execute("create index by_first on people(first) where several")
        rows = self._database.execute(
            "select first, number, line from people cross join rows using (mailbox) where several"
            " order by first, number"
        )
        for _, group in groupby(rows, itemgetter(0)):
            yield [(number, decode(line, Contact)) for _, number, line in group]

    def own_id(self, mailbox: str) -> str | None:
        """The newest of the ids in somebody's rows that belong to nobody else."""
        found = self._database.execute(
            "select external from rows join owners using (external) where rows.mailbox = ? and owners.mailbox = ?"
            " order by rows.number desc limit 1",
            (mailbox, mailbox),
        ).fetchone()
        return None if found is None else found[0].decode("utf-8", "surrogatepass")

    def borrowed_ids(self) -> int:
        """Rows whose id belongs to somebody who came before them."""
        return int(self._database.execute("select count(*) from borrowed").fetchone()[0])

    def alone_with_borrowed_id(self) -> Iterator[tuple[int, Contact]]:
        """Those of them that are the only row of their person."""
        query = "select number, line from borrowed where not several order by number"
        for number, line in self._database.execute(query):
            yield number, decode(line, Contact)

    def change(self, row: int, line: bytes | None) -> None:
        """The line that a row gets instead; None: its line goes."""
        self._changes.append((row, line))
        if len(self._changes) >= _BATCH:
            self._store_changes()

    def changes(self) -> Iterator[tuple[int, bytes | None]]:
        """In the order of the rows, while this is open."""
        self._store_changes()
        yield from self._database.execute("select number, line from changed order by number")

    def _store(self) -> None:
        self._database.executemany("insert into rows values (?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def _store_changes(self) -> None:
        self._database.executemany("insert into changed values (?, ?)", self._changes)
        self._changes.clear()
