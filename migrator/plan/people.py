"""The second look at all contacts: every one becomes an import record, joins another row of the same person, or is
rejected with a reason. Opt-outs and bounces go into one file, active people into another, complaints into a list.

Memory does not grow with the number of contacts. What a record looks like is decided in mappings/people.py.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from mappings.addresses import normal_form, problem
from mappings.consent import TargetStatus, never_wider
from mappings.people import ImportRecord, PeopleLowering
from mappings.verdicts import Lowered
from migrator.bundle import Bundle
from migrator.errors import Bug
from migrator.model import Consent, ConsentState, Contact
from migrator.plan.census import Census
from migrator.plan.duplicates import digest_of
from migrator.plan.folder import LineFile, PlanFolder
from migrator.plan.merging import merge
from migrator.plan.records import BATCH_SIZE, Batch, PeopleCounts

OPT_OUTS, ACTIVES = "people/opt_outs.jsonl", "people/actives.jsonl"
COMPLAINTS, REJECTED = "people/complaints.jsonl", "rejected.csv"
BATCH_BYTES = 8 << 20
"""No call is larger than this, however fat the records are."""

MERGED, REJECTED_ROW = "merged", "rejected"

Told = Callable[[str, str, bool, list[str]], None]
ConsentTable = Mapping[ConsentState, Lowered[TargetStatus]]


@dataclass
class PeoplePlan:
    counts: PeopleCounts
    batches: dict[str, tuple[Batch, ...]]
    members: dict[str, str]
    """List id to the file with its members' addresses."""
    rejected: Counter[str]
    """Reason to rows."""
    fates: Counter[tuple[ConsentState, str]]
    """The source's state of a row, and what became of it: `<final state>><status>`, MERGED or REJECTED_ROW."""


@dataclass
class _Writer:
    """Turns records into whole batches of ready bytes."""

    file: LineFile
    batches: list[Batch] = field(default_factory=list)
    _records: list[ImportRecord] = field(default_factory=list)

    def add(self, record: ImportRecord) -> None:
        self._records.append(record)
        if len(self._records) >= BATCH_SIZE:
            self.flush()

    def flush(self) -> None:
        if self._records:
            self._write(encode_lines(self._records), len(self._records))
            self._records.clear()

    def _write(self, lines: bytes, count: int) -> None:
        if len(lines) > BATCH_BYTES and count > 1:
            rows = lines.splitlines(keepends=True)
            for part in (rows[: count // 2], rows[count // 2 :]):
                self._write(b"".join(part), len(part))
            return
        start = self.file.bytes
        self.file.write(lines, count)
        digest = hashlib.sha256(lines).hexdigest()
        self.batches.append(Batch(start=start, end=self.file.bytes, count=count, sha256=digest))


_ENCODER = msgspec.json.Encoder()


def encode_lines(records: list[ImportRecord]) -> bytes:
    try:
        return _ENCODER.encode_lines(records)
    except UnicodeEncodeError:
        # Half an emoji: UTF-8 cannot say it, an escape in JSON can.
        return b"".join(json.dumps(msgspec.to_builtins(record)).encode() + b"\n" for record in records)


class _Pass:
    def __init__(
        self,
        census: Census,
        folder: PlanFolder,
        lowering: PeopleLowering,
        table: ConsentTable,
        lists: Iterable[str],
        told: Told | None,
    ) -> None:
        self.census, self.lowering, self.table, self.told = census, lowering, table, told
        self.attested = frozenset(state for state, lowered in table.items() if lowered.value is TargetStatus.ACTIVE) & {
            ConsentState.UNKNOWN
        }
        self.fates: Counter[tuple[ConsentState, str]] = Counter()
        self.folder = folder
        self.writers = {path: _Writer(folder.lines(path)) for path in (OPT_OUTS, ACTIVES)}
        self.members = {list_id: f"people/members-{number}.jsonl" for number, list_id in enumerate(lists, 1)}
        self.flow: dict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: Counter[str] = Counter()
        self.planned = self.merged = self.rejected = self.from_lists = 0
        self._held: dict[int, list[Contact]] = {}

    def contact(self, row: int, contact: Contact) -> None:
        email = normal_form(contact.email or "")
        fault = problem(email) if contact.email else "there is no address"
        if fault is not None:
            self._reject(contact, fault)
            return
        last = self.census.last_row.get(row)
        if last is not None:
            self._held.setdefault(last, []).append(contact)
            if row != last:
                return
            rows = self._held.pop(last)
            contact = merge(rows)
            self.merged += len(rows) - 1
            self._write(contact, email, rows)
            return
        self._write(contact, email, (contact,))

    def _write(self, contact: Contact, email: str, rows: Sequence[Contact]) -> None:
        """`rows`: those of the source that this contact stands for, the last of them being the one it is counted by."""
        state = contact.consent.state
        if self.census.suppressed:
            state = ConsentState.narrowest(state, self.census.suppressed.get(digest_of(email), state))
        status = self.table[state].value
        for row in rows[:-1]:
            self.fates[row.consent.state, MERGED] += 1
        if status is None:
            self._reject(rows[-1], f"left behind: {state.value.replace('_', ' ')}")
            return
        if not never_wider(state, status, self.attested):
            raise Bug("A contact would end more reachable than at the source", where=f"{state} to {status}")
        self.fates[rows[-1].consent.state, f"{state.value}>{status.value}"] += 1
        record = self.lowering.record(contact, email, status, state.value)
        active = status is TargetStatus.ACTIVE
        self.writers[ACTIVES if active else OPT_OUTS].add(record)
        self.flow[state.value][status.value] += 1
        self.planned += 1
        if self.told is not None:
            for row in rows:
                self.told(row.source_id, email, active, record.tags)
        if status is TargetStatus.COMPLAINED:
            self.folder.lines(COMPLAINTS).write(_line(email), 1)
        if active:
            for membership in contact.lists:
                path = self.members.get(membership.list_id)
                if path and membership.state is ConsentState.SUBSCRIBED:
                    self.folder.lines(path).write(_line(email), 1)

    def suppressed_alone(self, bundle: Bundle) -> None:
        """Addresses on a do-not-send list that no contact has: they become opted-out contacts, since Sequenzy has
        no other way to remember them. They do not count as read contacts."""
        waiting = set(self.census.suppressed_alone)
        for entry in bundle.suppressions():
            email = normal_form(entry.email)
            digest = digest_of(email)
            if digest not in waiting or problem(email):
                continue
            waiting.discard(digest)
            state = self.census.suppressed[digest]
            status = self.table[state].value
            if status is None or status is TargetStatus.ACTIVE:
                continue
            ghost = Contact(
                source_id=entry.source_id or email, email=email, consent=Consent(state=state, since=entry.since)
            )
            self.writers[OPT_OUTS].add(self.lowering.record(ghost, email, status, state.value))
            if status is TargetStatus.COMPLAINED:
                self.folder.lines(COMPLAINTS).write(_line(email), 1)
            self.from_lists += 1

    def _reject(self, contact: Contact, reason: str) -> None:
        self.rejected += 1
        self.fates[contact.consent.state, REJECTED_ROW] += 1
        self.reasons[reason] += 1
        cells = [harmless(contact.source_id), harmless(contact.email or ""), reason]
        self.folder.lines(REJECTED).write(csv_line(cells), 1)

    def finish(self) -> PeoplePlan:
        for writer in self.writers.values():
            writer.flush()
        if self._held:
            raise Bug("Rows of one person were held back and never written")
        if self.census.read != self.planned + self.rejected + self.merged:
            raise Bug(
                "The contacts do not add up",
                why=f"{self.census.read} read, {self.planned} planned, {self.rejected} rejected, {self.merged} merged",
            )
        counts = PeopleCounts(
            read=self.census.read,
            planned=self.planned,
            rejected=self.rejected,
            merged=self.merged,
            from_suppressions=self.from_lists,
            flow={state: dict(targets) for state, targets in sorted(self.flow.items())},
        )
        members = {list_id: path for list_id, path in self.members.items() if path in self.folder.names}
        batches = {path: tuple(writer.batches) for path, writer in self.writers.items()}
        return PeoplePlan(counts=counts, batches=batches, members=members, rejected=self.reasons, fates=self.fates)


def plan_people(
    bundle: Bundle,
    census: Census,
    folder: PlanFolder,
    lowering: PeopleLowering,
    table: ConsentTable,
    lists: Iterable[str] = (),
    told: Told | None = None,
) -> PeoplePlan:
    """`lists` are the ids of the lists that are created at the target; `told` hears of every row carried over: its
    id, the address, whether the person may be mailed, and their tags."""
    folder.lines(REJECTED).write(csv_line(["source_id", "email", "reason"]), 0)
    work = _Pass(census, folder, lowering, table, lists, told)
    for row, contact in enumerate(bundle.contacts()):
        work.contact(row, contact)
    work.suppressed_alone(bundle)
    return work.finish()


def harmless(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets a quote in front; half characters become marks."""
    cell = cell.encode("utf-8", "replace").decode()
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def csv_line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _line(email: str) -> bytes:
    return json.dumps(email).encode() + b"\n"
