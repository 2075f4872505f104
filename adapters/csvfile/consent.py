"""What one file says about each person's consent: columns, the file's name and the person who runs the export.

The narrowest of all that is said counts. With nothing said, nobody is subscribed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from adapters.csvfile.columns import Column, Columns
from adapters.csvfile.roles import Role, normal
from migrator.model import Consent, ConsentState

REMEMBERED = 20_000
"""Readings that are kept; of columns with more different cells the rest is simply read again."""
NOTHING = ("nothing says it",)
Cells = Sequence[Sequence[str]]
"""A batch by columns."""
DateOf = Callable[[int, int], datetime | None]
"""The moment in a column, of the nth row of the batch."""


class ConsentReader:
    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.unclear: Counter[str] = Counter()
        """Status words nobody knows."""
        self.silent = 0
        """People of whom nothing says whether they may be mailed."""
        signals = [one for one in columns.columns if one.signal is not None]
        self._dated = [one for one in signals if _is_date(one)]
        self._words = [one for one in signals if not _is_date(one)]
        self._known: dict[tuple[str, ...], Consent] = {}
        self.last_column = max((one.index for one in signals), default=-1)

    def read(self, cells: Cells, count: int, date_of: DateOf) -> list[Consent]:
        keys: list[tuple[str, ...]]
        keys = list(zip(*[cells[one.index] for one in self._words], strict=True)) if self._words else [()] * count
        known = self._known
        found = [known.get(key) or self._judged(key) for key in keys]
        unknown = [at for at, consent in enumerate(found) if consent.state is ConsentState.UNKNOWN]
        for column in self._dated:
            if any(cells[column.index]):
                self._apply(column, cells[column.index], found, date_of)
        for at in unknown:
            self._tell(keys[at], found[at])
        return found

    def _judged(self, cells: tuple[str, ...]) -> Consent:
        said = [
            (state, f"{column.key}:{cell.strip()[:60] or 'empty'}")
            for column, cell in zip(self._words, cells, strict=True)
            if column.signal is not None and (state := column.signal.read(cell)) is not None
        ]
        if self.columns.name_state is not None:
            said.append((self.columns.name_state, f"file-name:{self.columns.name_state.value}"))
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

    def _tell(self, cells: tuple[str, ...], consent: Consent) -> None:
        """Counts why somebody is unknown, unless a date has settled it."""
        if consent.state is not ConsentState.UNKNOWN:
            return
        strange = [
            "[address]" if "@" in cell else cell.strip()[:40]
            for column, cell in zip(self._words, cells, strict=True)
            if column.signal is not None and not column.signal.knows(cell)
        ]
        if not strange:
            self.silent += 1
        for word in strange[:1]:
            self.unclear[word if word in self.unclear or len(self.unclear) < 1000 else "(others)"] += 1


def _care(state: ConsentState) -> float:
    """The order in which words count. One for a confirmation that nobody answered counts before one that nobody
    knows: somebody may vouch for people of unknown consent, and never for these."""
    return ConsentState.UNKNOWN.rank - 0.5 if state is ConsentState.PENDING else state.rank


def _is_date(column: Column) -> bool:
    if column.role in (Role.UNSUBSCRIBED_AT, Role.BOUNCED_AT):
        return True
    return column.role is Role.SIGNAL and normal(column.header).endswith((" time", " at", " date"))
