"""What a switch has done: `cutover.sqlite` in the workspace, written before each act and after it.

Table `sequences`: one row a sequence of the source: the way, the phase, and what its entrances were before.
Table `people`: one row a person who was inside when its entrances were closed, with what became of them:

    planned     continues at the target; nothing was done yet
    removing    the removal at the source may have been made: look before repeating it
    removed     out at the source, not yet in at the target: the next run goes on here first
    enrolling   the enrolment may have been made: look before repeating it
    enrolled    the target took them in
    confirmed   read back on both sides
    finishes    stays at the source until the end of the sequence
    ending, ended    the way `stop`: the sequence ends for them
    listed      needs a person; the reason says why

A file of its own beside the checkpoint, of the same kind: a switch that is undone leaves the load as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from migrator.load.checkpoint_file import CheckpointFile

NAME = "cutover.sqlite"
_SCHEMA = """
CREATE TABLE sequences (
  id TEXT PRIMARY KEY, way TEXT NOT NULL, phase TEXT NOT NULL, former TEXT, round INTEGER NOT NULL DEFAULT 1,
  by_hand TEXT NOT NULL DEFAULT '', closed REAL NOT NULL DEFAULT 0, updated REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE people (
  sequence TEXT NOT NULL, enrolment TEXT NOT NULL, email TEXT NOT NULL, fate TEXT NOT NULL, lane TEXT NOT NULL,
  moment TEXT NOT NULL, reason TEXT NOT NULL, written TEXT NOT NULL, updated REAL NOT NULL,
  PRIMARY KEY (sequence, enrolment)
) WITHOUT ROWID;
"""


class Way(StrEnum):
    MOVE = "move"
    MIXED = "mixed"
    DRAIN = "drain"
    STOP = "stop"


class Phase(StrEnum):
    """In their order. Each is written when it is reached, `closing` before its first act."""

    CLOSING = "closing"
    CLOSED = "closed"
    """The entrances are shut, and nobody fell out."""
    MARKED = "marked"
    ENABLED = "enabled"
    """Live at the target; people are on their way."""
    SWITCHED = "switched"
    """Everybody is where they belong; some may finish at the source."""
    OFF = "off"
    """The last one has left it, and it is switched off at the source."""
    REOPENED = "reopened"
    """Given back to the source."""

    def reached(self, other: Phase) -> bool:
        order = list(Phase)
        return self is not Phase.REOPENED and order.index(self) >= order.index(other)


class Fate(StrEnum):
    PLANNED = "planned"
    REMOVING = "removing"
    REMOVED = "removed"
    ENROLLING = "enrolling"
    ENROLLED = "enrolled"
    CONFIRMED = "confirmed"
    FINISHES = "finishes"
    ENDING = "ending"
    ENDED = "ended"
    LISTED = "listed"


MOVING = (Fate.PLANNED, Fate.REMOVING, Fate.REMOVED, Fate.ENROLLING, Fate.ENROLLED)
"""On their way to the target."""
GONE = (Fate.REMOVED, Fate.ENROLLING, Fate.ENROLLED, Fate.CONFIRMED)
"""Taken out at the source for the target."""


@dataclass(frozen=True)
class Switched:
    """One sequence of the source."""

    id: str
    way: Way
    phase: Phase
    former: dict[str, Any] | None
    """Its entrances before they were closed."""
    round: int
    """How often its switch was begun: part of the keys of its imports."""
    by_hand: str
    """Who said that they closed its entrances themselves, and when; empty where a call did it."""
    closed: float
    """When its entrances were found closed, in epoch seconds; 0 before that. What would have started it since starts it
    at the target."""


@dataclass(frozen=True)
class Person:
    sequence: str
    enrolment: str
    email: str
    fate: Fate
    lane: str = ""
    moment: str = ""
    """When their pending step is over, as the target writes it."""
    reason: str = ""
    written: str = ""
    """The address as the source writes it: some servers tell capitals apart."""
    since: float = 0.0
    """When this became of them, in epoch seconds."""

    @property
    def due(self) -> datetime | None:
        return datetime.fromisoformat(self.moment) if self.moment else None


_PERSON = "sequence, enrolment, email, fate, lane, moment, reason, written, updated"


class Journal(CheckpointFile):
    file_name, schema, version = NAME, _SCHEMA, 1

    # --- sequences ---

    def sequences(self) -> list[Switched]:
        rows = self._db.execute("SELECT id, way, phase, former, round, by_hand, closed FROM sequences ORDER BY id")
        return [
            Switched(row[0], Way(row[1]), Phase(row[2]), json.loads(row[3]) if row[3] else None, *row[4:])
            for row in rows
        ]

    def sequence(self, source_id: str) -> Switched | None:
        return next((one for one in self.sequences() if one.id == source_id), None)

    def begin(self, source_id: str, way: Way, former: dict[str, Any] | None, by_hand: str = "") -> None:
        """Before the first change at the source. What was there when the first round began stays known; a switch that
        was taken back begins a new round, with nobody in it."""
        known = self.sequence(source_id)
        anew = known is not None and known.phase is Phase.REOPENED
        if known is not None and not anew:
            former = former if known.former is None else known.former
        with self.writing():
            if anew:
                self._db.execute("DELETE FROM people WHERE sequence = ?", (source_id,))
            self._db.execute(
                "INSERT OR REPLACE INTO sequences VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
                (
                    source_id,
                    way.value,
                    Phase.CLOSING.value,
                    None if former is None else json.dumps(former),
                    1 if known is None else known.round + anew,
                    by_hand,
                    self._clock.now().timestamp(),
                ),
            )

    def reach(self, source_id: str, phase: Phase) -> None:
        now = self._clock.now().timestamp()
        with self.writing():
            self._db.execute(
                "UPDATE sequences SET phase = ?, updated = ?, closed = CASE WHEN ? THEN ? ELSE closed END WHERE id = ?",
                (phase.value, now, phase is Phase.CLOSED, now, source_id),
            )

    # --- people ---

    def people(self, source_id: str | None = None, *fates: Fate) -> list[Person]:
        where, values = ["1 = 1"], []
        if source_id is not None:
            where.append("sequence = ?")
            values.append(source_id)
        if fates:
            where.append(f"fate IN ({', '.join('?' * len(fates))})")
            values += [fate.value for fate in fates]
        rows = self._db.execute(
            f"SELECT {_PERSON} FROM people WHERE {' AND '.join(where)} ORDER BY sequence, moment, enrolment",  # noqa: S608 - placeholders only
            values,
        )
        return [Person(row[0], row[1], row[2], Fate(row[3]), *row[4:]) for row in rows]

    def put(self, people: Iterable[Person]) -> None:
        """New people, or what became of known ones; one flush for all of them."""
        now = self._clock.now().timestamp()
        with self.writing():
            self._db.executemany(
                "INSERT OR REPLACE INTO people VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(one.sequence, one.enrolment, one.email, one.fate.value, one.lane, one.moment),
                        *(one.reason, one.written, now),
                    )
                    for one in people
                ],
            )

    def forget_people(self, source_id: str) -> None:
        """Decided and not acted upon yet: to be decided again."""
        with self.writing():
            self._db.execute("DELETE FROM people WHERE sequence = ?", (source_id,))

    def tally(self) -> dict[str, dict[str, int]]:
        """Sequence to fate to people."""
        found: dict[str, dict[str, int]] = {}
        for sequence, fate, count in self._db.execute(
            "SELECT sequence, fate, count(*) FROM people GROUP BY sequence, fate"
        ):
            found.setdefault(sequence, {})[fate] = count
        return found
