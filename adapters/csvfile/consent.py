"""What one file says about each person's consent: columns, the file's name and the person who runs the export.

The narrowest of all that is said counts. With nothing said, nobody is subscribed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from adapters.csvfile.columns import Column, Columns
from adapters.csvfile.overheard import Overheard
from adapters.csvfile.roles import Role, normal
from migrator.model import Consent, ConsentState

REMEMBERED = 20_000
"""Readings that are kept; of columns with more different cells the rest is simply read again."""
NOTHING = ("nothing says it",)
NAMED = "file-name:"
Cells = Sequence[Sequence[str]]
"""A batch by columns."""
DateOf = Callable[[int, int], datetime | None]
"""The moment in a column, of the nth row of the batch."""


class ConsentReader:
    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.unclear: dict[str, Counter[str]] = {}
        """Status words nobody knows, by column."""
        self.waiting = 0
        """People whose state nobody knows, silent ones and others."""
        self.named = 0
        """People whose state is what the file's name says."""
        self.overheard = Overheard(columns.columns)
        self.silent = 0
        """People of whom nothing says whether they may be mailed."""
        signals = [one for one in columns.columns if one.signal is not None]
        self._dated = [one for one in signals if _is_date(one)]
        self._words = [one for one in signals if not _is_date(one)]
        self._known: dict[tuple[str, ...], Consent] = {}
        asked = [heard.column for heard in self.overheard.about_consent if not heard.column.settled]
        self.last_column = max((column.index for column in (*signals, *asked)), default=-1)

    def read(self, cells: Cells, count: int, date_of: DateOf) -> list[Consent]:
        keys: list[tuple[str, ...]]
        keys = list(zip(*[cells[one.index] for one in self._words], strict=True)) if self._words else [()] * count
        known = self._known
        found = [known.get(key) or self._judged(key) for key in keys]
        for column in self._dated:
            if any(cells[column.index]):
                self._apply(column, cells[column.index], found, date_of)
        for column, noes in self.overheard.noes(cells):
            self._narrow(column, cells[column.index], noes, found)
        for at, consent in enumerate(found):
            if consent.state is ConsentState.UNKNOWN:
                self._tell(keys[at], consent)
        if self.columns.name_state is not None:
            self.named += sum(consent.evidence[0].startswith(NAMED) for consent in found)
        return found

    def _judged(self, cells: tuple[str, ...]) -> Consent:
        said = [
            (state, f"{column.key}:{cell.strip()[:60] or 'empty'}")
            for column, cell in zip(self._words, cells, strict=True)
            if column.signal is not None and (state := column.signal.read(cell)) is not None
        ]
        if self.columns.name_state is not None:
            said.append((self.columns.name_state, f"{NAMED}{self.columns.name_state.value}"))
        if self.columns.flag_state is not None:
            said.append((self.columns.flag_state, f"option:{self.columns.flag_state.value}"))
        said.sort(key=lambda one: _care(one[0]))
        if said:
            consent = Consent(state=said[0][0], evidence=tuple(text for _, text in said))
        else:
            consent = Consent(state=ConsentState.UNKNOWN, evidence=NOTHING)
        if len(self._known) < REMEMBERED:
            self._known[cells] = consent
        return consent

    def _apply(self, column: Column, cells: Sequence[str], found: list[Consent], date_of: DateOf) -> None:
        """A column such as the date of an opt-out: that it is filled counts, readable or not."""
        for at, cell in enumerate(cells):
            state = column.signal.read(cell) if cell and column.signal else None
            if state is None:
                continue
            consent, since = found[at], date_of(column.index, at)
            silent = consent.evidence == NOTHING
            if silent or _care(state) < _care(consent.state):
                evidence = (f"{column.key}:filled", *(() if silent else consent.evidence))
                found[at] = Consent(state=state, since=since, evidence=evidence)
            elif state is consent.state and consent.since is None:
                found[at] = msgspec.structs.replace(consent, since=since)

    def _narrow(
        self, column: Column, cells: Sequence[str], noes: Mapping[str, ConsentState], found: list[Consent]
    ) -> None:
        for at, cell in enumerate(cells):
            state = noes.get(cell)
            if state is None:
                continue
            consent = found[at]
            silent = consent.evidence == NOTHING
            if silent or _care(state) < _care(consent.state):
                said = "[address]" if "@" in cell else cell.strip()[:60]
                found[at] = msgspec.structs.replace(
                    consent,
                    state=state,
                    since=None,
                    evidence=(f"{column.key}:{said}", *(() if silent else consent.evidence)),
                )

    def _tell(self, cells: tuple[str, ...], consent: Consent) -> None:
        """Counts why somebody is unknown."""
        strange = [
            (column.key, "[address]" if "@" in cell else cell.strip()[:40])
            for column, cell in zip(self._words, cells, strict=True)
            if column.signal is not None and not column.signal.knows(cell)
        ]
        self.waiting += 1
        if consent.evidence == NOTHING:
            self.silent += 1
        for key, word in strange:
            words = self.unclear.setdefault(key, Counter())
            words[word if word in words or len(words) < 1000 else "(others)"] += 1


def _care(state: ConsentState) -> float:
    """The order in which words count. One for a confirmation that nobody answered counts before one that nobody
    knows: somebody may vouch for people of unknown consent, and never for these."""
    return ConsentState.UNKNOWN.rank - 0.5 if state is ConsentState.PENDING else state.rank


def _is_date(column: Column) -> bool:
    if column.role in (Role.UNSUBSCRIBED_AT, Role.BOUNCED_AT):
        return True
    return column.role is Role.SIGNAL and normal(column.header).endswith((" time", " at", " date"))
