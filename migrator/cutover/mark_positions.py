"""The marks of people who stand or stood in a sequence at the source: written before it is enabled, so that no trigger
starts it anew for them. Nobody is enrolled here.

How far a sequence's marks are is a note in the checkpoint: writing them again later would place people a second time
who have gone on since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from adapters.sequenzy import write
from migrator.errors import NotFound
from migrator.load.audience import Audience
from migrator.load.chunks import CHUNK, OPTED_OUT, WHY_LEFT
from migrator.load.refused_people import MARKS_LEFT_OUT
from migrator.load.work import Work
from migrator.plan.graphs.resume import HELD
from migrator.plan.records import EnrolPeople

NOTE = "marked"
"""Key of the sequence and hash of its file to lines done, -1 when all are. A newer plan may know more people."""
MOMENT = "_at"
"""How the attribute ends that says when somebody goes on; the one that says where ends otherwise."""
OFTEN = 25
"""Lines between two notes: so many are repeated after a crash."""


@dataclass(frozen=True)
class People:
    """Of one sequence, as planned."""

    operation: EnrolPeople
    marks: int
    """Who gets a mark: everybody who stands or stood in it and must not start anew."""
    waiting: int
    """Of these: who stands at a known step, and is put in by the cut-over."""
    held: int
    """Of these: who stands somewhere in it and cannot be placed for certain."""
    written: bool

    @property
    def key(self) -> str:
        return self.operation.sequence_key

    @property
    def file(self) -> str:
        return self.operation.file


def people_in(work: Work, sequence_key: str) -> People | None:
    for one in work.opened.operations(EnrolPeople):
        if one.sequence_key == sequence_key:
            marks = held = 0
            for line in work.opened.lines(one.file):
                marks += 1
                held += HELD in line["customAttributes"].values()
            return People(one, marks, one.count, held, _done(work, one) < 0)
    return None


def mark(work: Work, people: People) -> int:
    """How many of them are not at the target. Goes on where an earlier run stopped."""
    operation, done, absent = people.operation, _done(work, people.operation), 0
    if done < 0:
        return 0
    name = f"people of {operation.sequence_key}"
    work.watcher.collection(name, people.marks)
    audience, unnamed = Audience(work), dict[str, str]()
    for number, line in enumerate(work.opened.lines(operation.file), 1):
        if number <= done:
            continue
        if number == done + 1 or number % CHUNK == 1:
            unnamed = _unnamed(work, audience, operation, number)
        if line["email"] in unnamed:
            absent += 1
            continue
        # Merged: a person may stand in several sequences, and has fields of their own.
        body = {"customAttributes": _mark(line), "customAttributesStrategy": "merge"}
        try:
            write.update_contact(work.api, line["email"], body)
        except NotFound:
            absent += 1
        if number % OFTEN == 0:
            _note(work, operation, number)
            work.watcher.progress(name, number)
    _note(work, operation, -1)
    work.watcher.finished(name, people.marks)
    return absent


def _unnamed(work: Work, audience: Audience, operation: EnrolPeople, first: int) -> dict[str, str]:
    """Of the next people, who is gone at the target, or was refused by it, with the reason. They are listed. Who has
    opted out there since is marked like the others: a mark subscribes nobody, and keeps them from a restart later."""
    lines = islice(work.opened.lines(operation.file), first - 1, first - 1 + CHUNK)
    emails = [str(line["email"]) for line in lines]
    choice = audience.choose(emails, range(len(emails)), list_call=False)
    gone = {reason: rows for reason, rows in choice.left.items() if reason != OPTED_OUT}
    found = {emails[row]: WHY_LEFT[reason] for reason, rows in gone.items() for row in rows}
    known = [tuple(row) for row in work.checkpoint.note(MARKS_LEFT_OUT, [])]
    new = [(operation.sequence_key, email, why) for email, why in found.items()]
    work.checkpoint.put_note(MARKS_LEFT_OUT, list(dict.fromkeys([*known, *new])))
    return found


def _mark(line: dict[str, Any]) -> dict[str, Any]:
    """Without the moment at which somebody goes on: the source may have sent them more since the export. Whoever is
    started all the same leaves at the wait in their lane, which has no date; the cut-over gives it."""
    marks: dict[str, Any] = line["customAttributes"]
    return {name: value for name, value in marks.items() if not (line["enrol"] and name.endswith(MOMENT))}


def mark_names(work: Work) -> set[str]:
    """The attributes that marks have been written to: ours, and no sign that somebody touched a contact."""
    begun = work.checkpoint.note(NOTE, {})
    lines: Iterable[dict[str, dict[str, str]]] = (
        line
        for one in work.opened.operations(EnrolPeople)
        if any(key.startswith(f"{one.sequence_key}@") for key in begun)
        for line in work.opened.lines(one.file)
    )
    return {name for line in lines for name in line["customAttributes"]}


def _done(work: Work, operation: EnrolPeople) -> int:
    return int(work.checkpoint.note(NOTE, {}).get(_key(work, operation), 0))


def _note(work: Work, operation: EnrolPeople, done: int) -> None:
    work.checkpoint.put_note(NOTE, {**work.checkpoint.note(NOTE, {}), _key(work, operation): done})


def _key(work: Work, operation: EnrolPeople) -> str:
    return f"{operation.sequence_key}@{work.opened.plan.files[operation.file].sha256}"
