"""People who are or were in a sequence, brought together with what the plan makes of their contact.

Enrolments and contacts stand in two files in no common order, and neither may be held in memory: both are dealt into
small files by contact first, then by sequence. Where somebody goes on is decided in resume.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from mappings.context import LoweringContext
from mappings.target import TargetGraph
from mappings.verdicts import Verdict
from migrator.bundle import Bundle
from migrator.model import Confidence, Enrolment, Position, Sequence
from migrator.plan.folder import PlanFolder
from migrator.plan.graphs.lower_sequence import LoweredSequence
from migrator.plan.graphs.resume import Resuming, Standing
from migrator.plan.ledger import Ledger, brief
from migrator.plan.lists_tags_fields import said
from migrator.plan.people.people_plan import NOBODY
from migrator.plan.plan_json import decode, encode
from migrator.plan.records import EnrolPeople

PARTS = 64
_BUFFER = 1 << 15


class Contacted(msgspec.Struct, array_like=True):
    """What became of one contact of the source."""

    row: int
    contact_id: str
    email: str
    mailable: bool
    tags: list[str]


class _Pair(msgspec.Struct, array_like=True):
    enrolment: Enrolment
    contact: Contacted | None
    counted: bool = True
    """False for the further addresses that one contact has: the enrolment is one."""


def _pairs(enrolment: Enrolment, contacts: list[Contacted]) -> Iterator[_Pair]:
    """Where an id has several addresses nobody can tell which of them stands there: all are kept from starting anew,
    and none is put in."""
    if len(contacts) < 2:
        yield _Pair(enrolment, contacts[0] if contacts else None)
        return
    unclear = msgspec.structs.replace(enrolment, position=Position(confidence=Confidence.AMBIGUOUS))
    for number, contact in enumerate(contacts):
        yield _Pair(unclear, contact, not number)


class _Dealt:
    """Many small files of lines, written through buffers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buffers: dict[int, bytearray] = {}

    def add(self, part: int, line: bytes) -> None:
        buffer = self._buffers.setdefault(part, bytearray())
        buffer += line
        buffer += b"\n"
        if len(buffer) >= _BUFFER:
            self._flush(part)

    def lines(self, part: int) -> Iterator[bytes]:
        self._flush(part)
        path = self._folder / str(part)
        if path.exists():
            with path.open("rb") as file:
                yield from file
            path.unlink()

    def _flush(self, part: int) -> None:
        if buffer := self._buffers.get(part):
            with (self._folder / str(part)).open("ab") as file:
                file.write(buffer)
            buffer.clear()


def _part(contact_id: str) -> int:
    return zlib.crc32(contact_id.encode("utf-8", "surrogatepass")) % PARTS


@dataclass
class Positions:
    folder: PlanFolder
    wanted: bool
    """Whether the bundle has enrolments at all."""
    operations: list[EnrolPeople] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._contacts = _Dealt(self.folder.scratch("contacts"))
        self._by_sequence = _Dealt(self.folder.scratch("positions"))
        self._places: dict[str, int] = {}

    def contact(self, row: int, contact_id: str, email: str, mailable: bool, tags: list[str]) -> None:
        """Told while the people are planned, of every row of the source that is carried over."""
        self._contacts.add(_part(contact_id), encode(Contacted(row, contact_id, email, mailable, tags)))

    def bring_together(self, bundle: Bundle, ledger: Ledger) -> None:
        """Call when all people are planned."""
        if not self.wanted:
            return
        enrolments = _Dealt(self.folder.scratch("enrolments"))
        for enrolment in bundle.enrolments():
            ledger.expect("enrolment", 1)
            enrolments.add(_part(enrolment.contact_id), encode(enrolment))
        for part in range(PARTS):
            contacts = _known(decode(line, Contacted) for line in self._contacts.lines(part))
            for line in enrolments.lines(part):
                enrolment = decode(line, Enrolment)
                place = self._places.setdefault(enrolment.sequence_id, len(self._places))
                for pair in _pairs(enrolment, contacts.get(enrolment.contact_id, [])):
                    self._by_sequence.add(place, encode(pair))

    def resume(
        self, sequence: Sequence, lowered: LoweredSequence, context: LoweringContext, ledger: Ledger
    ) -> TargetGraph:
        """The sequence's graph with the lanes that its people need; their lines go into a file of the plan."""
        place = self._places.pop(sequence.source_id, None)
        if place is None:
            return lowered.graph
        resuming = Resuming(sequence, lowered, context)
        path = f"people/positions-{len(self.operations) + 1}.jsonl"
        count = 0
        for email, standing in self._people(place):
            placed = resuming.place_all(standing)
            if email is None or not placed.attributes:
                continue
            line: dict[str, Any] = {"email": email, "customAttributes": placed.attributes, "enrol": placed.enrol}
            line["code"] = placed.code
            self.folder.lines(path).write(encode(line) + b"\n", 1)
            count += placed.enrol
        for entry in resuming.entries():
            ledger.enter(entry)
        graph = resuming.graph()
        if path in self.folder.names:
            key = f"enrol:{sequence.source_id}"
            self.operations.append(EnrolPeople(key=key, sequence_key=graph.key, file=path, count=count))
        return graph

    def leave(self, ledger: Ledger, names: dict[str, str]) -> None:
        """Those of sequences that are not planned: listed, not moved. `names` are the sequences of the bundle."""
        for sequence_id, place in sorted(self._places.items()):
            count = left = 0
            for pair in self._pairs(place):
                if pair.enrolment.status.in_flight:
                    count += pair.counted
                else:
                    left += pair.counted
            if left:
                entry_id = f"{sequence_id}/finished"
                ledger.add("enrolment", entry_id, "finished", count=left, sequence_id=sequence_id)
            if not count:
                continue
            if sequence_id in names:
                reason = "Their sequence is left out, as you chose in mappings.toml; nobody goes on in it."
                finding = said(Verdict.DROPPED, "position-left-out", reason)
            else:
                reason = "They are in a sequence that the export does not hold; nobody is started anew."
                finding = said(Verdict.MANUAL, "position-no-sequence", reason, "Export again with that sequence.")
            label = names.get(sequence_id, sequence_id)
            ledger.add(
                "enrolment", f"{sequence_id}/left", brief(label), (finding,), count=count, sequence_id=sequence_id
            )
        self._places.clear()

    def _people(self, place: int) -> Iterator[tuple[str | None, list[tuple[Enrolment, Standing]]]]:
        """By address: a person may have been in the sequence before, and two rows of the source may share one."""
        dealt = _Dealt(self.folder.scratch(f"people-{place}"))
        for pair in self._pairs(place):
            dealt.add(_part("" if pair.contact is None else pair.contact.email), encode(pair))
        for part in range(PARTS):
            by_email: dict[str, list[tuple[Enrolment, Standing]]] = {}
            for line in dealt.lines(part):
                pair = decode(line, _Pair)
                if pair.contact is None:
                    yield None, [(pair.enrolment, _standing(pair))]
                else:
                    standing = pair.enrolment, _standing(pair)
                    by_email.setdefault(pair.contact.email, []).append(standing)
            yield from by_email.items()

    def _pairs(self, place: int) -> Iterator[_Pair]:
        for line in self._by_sequence.lines(place):
            yield decode(line, _Pair)


def _known(told: Iterable[Contacted]) -> dict[str, list[Contacted]]:
    """By their ids. In a bundle put together from two exports, one id may have two addresses."""
    found: dict[str, Contacted] = {}
    several: dict[str, dict[int, Contacted]] = {}
    for one in told:
        known = found.get(one.contact_id, one)
        if known.row != one.row and one.contact_id not in several:
            several[one.contact_id] = {known.row: known}
        if one.contact_id in several:
            several[one.contact_id][one.row] = one
        found[one.contact_id] = one
    known_ids = {contact_id: [one] for contact_id, one in found.items() if contact_id not in several}
    for contact_id, rows in several.items():
        known_ids[contact_id] = list({one.email: one for one in rows.values()}.values())
    return {contact_id: [one for one in told if one.email != NOBODY] for contact_id, told in known_ids.items()}


def _standing(pair: _Pair) -> Standing:
    contact = pair.contact
    if contact is None:
        return Standing(None, False)
    return Standing(contact.email, contact.mailable, frozenset(contact.tags), pair.counted)
