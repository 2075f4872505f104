"""After all contacts: rows that turned out to be one person become one contact, and an id of the customer's application
that stands with two people stays with the first who is carried over.

Only the rows concerned are read again, and kept in rows_again.py; the lines that no longer hold are named to the files
they would stand in.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec

from mappings.addresses import mailbox
from mappings.import_record import ImportRecord
from migrator.bundle import BlockPlaces, Bundle
from migrator.errors import Bug
from migrator.model import ConsentState, Contact
from migrator.plan.people.first_pass import PeoplePass, address_line
from migrator.plan.people.import_files import encode_lines
from migrator.plan.people.merging import merge
from migrator.plan.people.people_plan import ACTIVE, COMPLAINTS, MERGED, NOBODY, STOPPED, Outcome
from migrator.plan.people.rows_again import RowsAgain

_AT_ONCE = 500


def mend(work: PeoplePass, bundle: Bundle, places: BlockPlaces, again: RowsAgain) -> None:
    """`again` stays open until the files of `work` are finished."""
    same = work.same.candidates()
    ids = work.same_ids.candidates() if work.has_ids else []
    mending = _Mending(work, again)
    if same or ids:
        mending.read(bundle.rows("contacts.jsonl", Contact, _each_once(heapq.merge(same, ids)), places))
        mending.run()
    work.rejects.release(mending.is_settled)


def _each_once(numbers: Iterable[int]) -> Iterator[int]:
    return (number for number, _ in groupby(numbers))


class _Mending:
    def __init__(self, work: PeoplePass, again: RowsAgain) -> None:
        self.work, self.rows = work, again
        self.marks = Marks()
        self.new: dict[int, list[ImportRecord]] = {STOPPED: [], ACTIVE: []}
        self.settled = bytearray()

    def is_settled(self, row: int) -> bool:
        """Whether it became a part of a person who has several rows."""
        return row < len(self.settled) and bool(self.settled[row])

    def read(self, contacts: Iterable[tuple[int, Contact]]) -> None:
        for row, contact in contacts:
            email = self.work.address(contact)
            if email is not None:
                self.rows.add(row, mailbox(email), contact)
                self.marks.add(address_line(email))
        self.rows.know_people(self._keeps_id)
        self.settled = bytearray(self.work.census.read)

    def run(self) -> None:
        work = self.work
        # These rows were counted once already.
        lost = work.person.lost + Counter({"external-id-twice": self.rows.borrowed_ids()})
        for row, contact in self.rows.alone_with_borrowed_id():
            self._reword(row, contact)
        self._drop_lines()
        for rows in self.rows.people():
            self._forget(rows)
            self._unite(rows)
        for code, file in work.files.items():
            file.extend(self.new[code])
            file.change(self._lines_of(code))
        work.person.lost = lost

    def _keeps_id(self, box: str, states: set[ConsentState]) -> bool:
        """Not who is left behind, and not who was erased: of them nothing but an opt-out is carried over."""
        return ConsentState.REDACTED not in states and self.work.outcome_of_all(states, box).status is not None

    def _reword(self, row: int, contact: Contact) -> None:
        email = self._address(contact)
        outcome = self.work.outcome_of(contact, email)
        alone = msgspec.structs.replace(contact, external_id=None)
        self.rows.change(row, encode_lines([self.work.record(alone, email, outcome)]))

    def _forget(self, rows: list[tuple[int, Contact]]) -> None:
        """What was planned of each row alone."""
        for row, contact in rows:
            outcome = self.work.outcome_of(contact, self._address(contact))
            self.work.fates[contact.consent.state, outcome.fate] -= 1
            self.work.wait_for_lists(contact.lists, outcome, -1)
            self.settled[row] = True
            if outcome.status is not None:
                self.rows.change(row, None)

    def _drop_lines(self) -> None:
        folder = self.work.folder
        for path in (COMPLAINTS, *self.work.members.values()):
            if path not in folder.names:
                continue
            old = folder.take_back(path)
            with old.open("rb") as file:
                for line in file:
                    if not (self.marks.may_have(line) and self.rows.several(mailbox(json.loads(line)))):
                        folder.lines(path).write(line, 1)
            old.unlink()

    def _unite(self, rows: list[tuple[int, Contact]]) -> None:
        several = [contact for _, contact in rows]
        work, last = self.work, several[-1]
        email = self._address(last)
        person = merge(several, work.narrowest)
        if person.external_id is not None:
            person = msgspec.structs.replace(person, external_id=self.rows.own_id(mailbox(email)))
        outcome = work.outcome_of(person, email)
        for row in several[:-1]:
            work.fates[row.consent.state, MERGED] += 1
        work.fates[last.consent.state, outcome.fate] += 1
        if outcome.status is None:
            work.rejects.add(last.source_id, last.email, f"left behind: {outcome.state.value.replace('_', ' ')}")
            self._tell(rows, NOBODY, outcome, [])
            return
        record = work.record(person, email, outcome)
        self._write(ACTIVE if outcome.active else STOPPED, record)
        work.belongs(person.lists, email, outcome)
        self._tell(rows, email, outcome, record.tags)

    def _tell(self, rows: list[tuple[int, Contact]], email: str, outcome: Outcome, tags: list[str]) -> None:
        if self.work.told is not None:
            for row, contact in rows:
                self.work.told(row, contact.source_id, email, outcome.active, tags)

    def _write(self, code: int, record: ImportRecord) -> None:
        records = self.new[code]
        records.append(record)
        if len(records) >= _AT_ONCE:
            self.work.files[code].extend(records)
            records.clear()

    def _address(self, contact: Contact) -> str:
        email = self.work.address(contact)
        if email is None:
            raise Bug("A row without an address was kept to be looked at again")
        return email

    def _lines_of(self, wanted: int) -> Iterator[tuple[int, bytes | None]]:
        """What changes in one file, by the numbers of its lines."""
        self.work.spill()
        went = self.work.went.read_bytes()
        place = before = 0
        for row, line in self.rows.changes():
            place += went.count(wanted, before, row)
            before = row
            if went[row] == wanted:
                yield place, line


class Marks:
    """Which lines of a long file may be among some others, in little memory. Whoever asks looks closer."""

    _BITS = 1 << 25

    def __init__(self) -> None:
        self._marks = bytearray()

    def add(self, line: bytes) -> None:
        if not self._marks:
            self._marks = bytearray(self._BITS >> 3)
        place = hash(line) % self._BITS
        self._marks[place >> 3] |= 1 << (place & 7)

    def may_have(self, line: bytes) -> bool:
        place = hash(line) % self._BITS
        return bool(self._marks) and bool(self._marks[place >> 3] >> (place & 7) & 1)
