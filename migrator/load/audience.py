"""Whom of the plan a call may name: judged by what the target shows in this run, and by how far the load is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from migrator.load.census import NARROW, census_of
from migrator.load.checkpoint import State, Unit
from migrator.load.chunks import GONE, OPTED_OUT, REFUSED
from migrator.load.contacts_singly import decode_record
from migrator.load.counts import MISSING, leaves, planned_of
from migrator.load.import_pieces import emails_of, piece_of_unit
from migrator.load.work import Work, digest_of
from migrator.plan.records import ImportPeople


@dataclass
class Choice:
    """Rows of a chunk."""

    named: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    """Not loaded yet: they stay open."""
    left: dict[str, list[int]] = field(default_factory=dict)
    """Reason to those who are not to be named."""


class Audience:
    def __init__(self, work: Work) -> None:
        self._work = work
        self._refused = {digest_of(email) for email in _refused_emails(work)}
        self._missing = {digest_of(email) for email in _missing_emails(work)}
        self._loaded = _loaded_digests(work)
        self._shut_as_planned: set[bytes] | None = None

    def choose(self, emails: Sequence[str], rows: Sequence[int], *, list_call: bool) -> Choice:
        """`list_call`: it would create whom it does not find, and put people on a list."""
        choice, digests = Choice(), {row: digest_of(emails[row]) for row in rows}
        not_loaded = self.not_loaded(emails)
        asked = [row for row in rows if row not in not_loaded]
        there = census_of(self._work).named([emails[row] for row in asked]) if asked else {}
        before = self._work.checkpoint.present([digests[row] for row in asked]) if asked else {}
        for row in rows:
            digest = digests[row]
            if digest in self._refused:
                choice.left.setdefault(REFUSED, []).append(row)
            elif row in not_loaded:
                choice.waiting.append(row)
            elif digest not in there:
                choice.left.setdefault(GONE, []).append(row)
            elif there[digest].status != "active" and (
                list_call or not ((digest in before and before[digest][0] in NARROW) or self._planned_shut(digest))
            ):
                choice.left.setdefault(OPTED_OUT, []).append(row)
            else:
                choice.named.append(row)
        return choice

    def was_refused(self, email: str) -> bool:
        return digest_of(email) in self._refused

    def not_loaded(self, emails: Sequence[str]) -> set[int]:
        """Rows of people who were refused, or whose own row is not at the target yet."""
        digests = [digest_of(email) for email in emails]
        return {
            row
            for row, digest in enumerate(digests)
            if digest in self._refused
            or digest in self._missing
            or (self._loaded is not None and digest not in self._loaded)
        }

    def _planned_shut(self, digest: bytes) -> bool:
        """Whether the plan itself says that this person may not be mailed: no opt-out of theirs is new."""
        if self._shut_as_planned is None:
            self._shut_as_planned = {
                digest_of(str(record["email"]))
                for operation in self._work.opened.operations(ImportPeople)
                for batch in operation.batches
                for line in self._work.opened.batch(operation.file, batch).splitlines()
                if b'"active"' not in line and (record := decode_record(line)).get("status") in NARROW
            }
        return digest in self._shut_as_planned


def _refused_emails(work: Work) -> Iterator[str]:
    for operation in work.opened.operations(ImportPeople):
        for unit in work.checkpoint.units(operation.key, State.REJECTED):
            yield from emails_in(work, operation, unit)


def _missing_emails(work: Work) -> Iterator[str]:
    for operation in work.opened.operations(ImportPeople):
        for unit in leaves(work.checkpoint.units(operation.key)):
            if MISSING in unit.result:
                yield from missing_in(work, operation, unit)


def missing_in(work: Work, operation: ImportPeople, unit: Unit) -> Iterator[str]:
    emails = list(emails_in(work, operation, unit))
    for start, end in unit.result.get(MISSING, ()):
        yield from emails[start:end]


def emails_in(work: Work, operation: ImportPeople, unit: Unit) -> Iterator[str]:
    piece = piece_of_unit(operation, unit)
    if piece is not None:
        yield from emails_of(piece.lines(work.opened, operation.file))


def _loaded_digests(work: Work) -> set[bytes] | None:
    """Those whose import has ended; None once that is everybody."""
    known = {one.key: leaves(work.checkpoint.units(one.key)) for one in work.opened.operations(ImportPeople)}
    if all(
        sum(int(unit.result.get("rows", 1)) for unit in known[operation.key]) >= planned_of(operation)
        for operation in work.opened.operations(ImportPeople)
    ):
        return None
    return {
        digest_of(email)
        for operation in work.opened.operations(ImportPeople)
        for unit in known[operation.key]
        if unit.state is not State.REJECTED
        for email in emails_in(work, operation, unit)
    }
