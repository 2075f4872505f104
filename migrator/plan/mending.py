"""After all contacts: rows that turned out to be one person become one contact, and an id of the customer's application
that stands with two people stays with the first.

Only the rows concerned are read again; the lines that no longer hold are named to the files they would stand in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from mappings.addresses import mailbox, normal_form, problem
from mappings.people import ImportRecord
from migrator.bundle import BlockPlaces, Bundle
from migrator.model import Contact
from migrator.plan.import_files import encode_lines
from migrator.plan.merging import merge
from migrator.plan.people_pass import PeoplePass, address_line
from migrator.plan.people_records import ACTIVE, COMPLAINTS, MERGED, NOBODY, STOPPED


def mend(work: PeoplePass, bundle: Bundle, places: BlockPlaces) -> None:
    same = work.same.candidates()
    ids = work.same_ids.candidates() if work.has_ids else []
    if not same and not ids:
        work.rejects.release(())
        return
    _Mending(work, bundle.rows("contacts.jsonl", Contact, {*same, *ids}, places)).run(same, ids)


class _Mending:
    def __init__(self, work: PeoplePass, rows: dict[int, Contact]) -> None:
        self.work, self.rows = work, rows
        self.addresses = {row: normal_form(contact.email or "") for row, contact in rows.items()}
        self.mailboxes = {row: mailbox(address) for row, address in self.addresses.items()}
        self.new: dict[int, list[ImportRecord]] = {STOPPED: [], ACTIVE: []}
        self.changed: dict[int, bytes | None] = {}
        """Row to the line that it gets instead; None: its line goes."""

    def run(self, same: list[int], ids: list[int]) -> None:
        people = self._people(same)
        settled = {row for rows in people for row in rows}
        borrowed = self._borrowed_ids(ids)
        # These rows were counted once already.
        lost = self.work.person.lost + Counter({"external-id-twice": len(borrowed)})
        for row in sorted(borrowed - settled):
            self._reword(row)
        for rows in people:
            self._forget(rows)
        self._drop_lines({self.addresses[row] for row in settled})
        for rows in people:
            self._unite(rows, without_id=bool(borrowed.intersection(rows)))
        places = self._places()
        for code, file in self.work.files.items():
            changed = {places[row][1]: line for row, line in self.changed.items() if places[row][0] == code}
            file.change(changed)
            file.extend(self.new[code])
        self.work.rejects.release(settled)
        self.work.person.lost = lost

    def _people(self, same: Iterable[int]) -> list[list[int]]:
        """Rows of one mailbox each, where there are several."""
        groups: dict[str, list[int]] = defaultdict(list)
        for row in same:
            if not problem(self.addresses[row]):
                groups[self.mailboxes[row]].append(row)
        return [rows for rows in groups.values() if len(rows) > 1]

    def _borrowed_ids(self, ids: Iterable[int]) -> set[int]:
        """Rows whose id belongs to somebody who came before them."""
        owner: dict[str, str] = {}
        borrowed: set[int] = set()
        for row in ids:
            external = (self.rows[row].external_id or "").strip()
            person = self.mailboxes[row]
            if problem(self.addresses[row]) or self._left_behind(row):
                continue
            if external and owner.setdefault(external, person) != person:
                borrowed.add(row)
        return borrowed

    def _left_behind(self, row: int) -> bool:
        return self.work.outcome_of(self.rows[row], self.addresses[row]).status is None

    def _reword(self, row: int) -> None:
        contact, email = self.rows[row], self.addresses[row]
        outcome = self.work.outcome_of(contact, email)
        if outcome.status is not None:
            alone = msgspec.structs.replace(contact, external_id=None)
            self.changed[row] = encode_lines([self.work.record(alone, email, outcome)])

    def _forget(self, rows: list[int]) -> None:
        for row in rows:
            contact = self.rows[row]
            outcome = self.work.outcome_of(contact, self.addresses[row])
            self.work.fates[contact.consent.state, outcome.fate] -= 1
            if outcome.status is not None:
                self.changed[row] = None

    def _drop_lines(self, addresses: set[str]) -> None:
        lines = {address_line(address) for address in addresses}
        folder = self.work.folder
        for path in (COMPLAINTS, *self.work.members.values()):
            if not lines or path not in folder.names:
                continue
            old = folder.take_back(path)
            with old.open("rb") as file:
                for line in file:
                    if line not in lines:
                        folder.lines(path).write(line, 1)
            old.unlink()

    def _unite(self, rows: list[int], *, without_id: bool) -> None:
        work, email = self.work, self.addresses[rows[-1]]
        several = [self.rows[row] for row in rows]
        person = merge(several, work.narrowest)
        if without_id:
            person = msgspec.structs.replace(person, external_id=None)
        outcome = work.outcome_of(person, email)
        for row in several[:-1]:
            work.fates[row.consent.state, MERGED] += 1
        last = several[-1]
        work.fates[last.consent.state, outcome.fate] += 1
        if outcome.status is None:
            work.rejects.add(last.source_id, last.email, f"left behind: {outcome.state.value.replace('_', ' ')}")
            if work.told is not None:
                for one in several:
                    work.told(one.source_id, NOBODY, False, [])
            return
        record = work.record(person, email, outcome)
        self.new[ACTIVE if outcome.active else STOPPED].append(record)
        work.belongs(person.lists, email, outcome)
        if work.told is not None:
            for one in several:
                work.told(one.source_id, email, outcome.active, record.tags)

    def _places(self) -> dict[int, tuple[int, int]]:
        """Row to its file and the number of its line there."""
        self.work.spill()
        went = self.work.went.read_bytes()
        found: dict[int, tuple[int, int]] = {}
        counts = {STOPPED: 0, ACTIVE: 0}
        before = 0
        for row in sorted(self.changed):
            for code in counts:
                counts[code] += went.count(code, before, row)
            before = row
            found[row] = (went[row], counts[went[row]])
        return found
