"""What columns say about consent that nobody named for it: a no in them counts, whatever the options say, and what is
unclear becomes a question. Nothing here makes anybody more reachable.

How a header and a cell are understood is in consent_speech.py, the questions' words in consent_questions.py.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from adapters.csvfile.columns import Column
from adapters.csvfile.consent_speech import (
    Polarity,
    Said,
    Speech,
    about_another_channel,
    hears_of_subscription,
    loud,
    said,
)
from adapters.csvfile.consent_vocabulary import Kind, stems_of_leaving
from adapters.csvfile.name_lists import names_in
from adapters.csvfile.roles import Role
from migrator.model import ConsentState

REMEMBERED = 20_000
FEW = 24
"""Different cells of a column of status words; a column with more is text in which only a no is heard."""
_STEMS = stems_of_leaving()
MOST_WORDS = 1_000
_SEPARATORS = (",", ";", "|", "[")


@dataclass
class Heard:
    """What one column said in the whole file."""

    column: Column
    open: Counter[str] = field(default_factory=Counter)
    """Words of which a person must say what they mean."""
    quiet: Counter[str] = field(default_factory=Counter)
    """Words that are no `no`, such as a yes: it is not taken from a column that nobody named."""
    empty: int = 0
    out: int = 0
    """Cells in which a no was heard."""
    words: set[str] = field(default_factory=set)
    speaks: bool = False
    """Some cells speak of consent although the header does not."""

    @property
    def asks(self) -> bool:
        """Nobody may vouch for a whole file while such a column is open."""
        if self.column.settled:
            return False
        speech = self.column.speech
        if speech is None or speech.polarity is Polarity.WORDS:
            return self.speaks and len(self.words) <= FEW and bool(self.words_to_tell)
        recognised = bool(self.quiet) or self.out > 0
        if not speech.strong and not recognised:
            return False
        return bool(self.open) or (
            self.empty > 0 and recognised and speech.polarity is Polarity.IN and not speech.detail
        )

    @property
    def offers(self) -> bool:
        """The column may hold the yes of people of whom nothing else says it."""
        if self.column.settled:
            return False
        speech = self.column.speech
        if speech is None or speech.polarity is Polarity.WORDS:
            return self.speaks and len(self.words) <= FEW
        return not speech.detail and (bool(self.quiet) or self.out > 0 or self.asks)

    @property
    def words_to_tell(self) -> list[str]:
        """Those that are no `no`, the frequent ones first; an empty text where cells are empty."""
        if self.column.speech is None:
            found = sorted(word for word in self.words if word.strip() and not _is_known(word))
        else:
            found = [word for word, _ in (self.open + self.quiet).most_common()]
        return [*found, *([""] if self.empty and found else [])]


def hear(speech: Speech, cell: str, *, settled: bool) -> tuple[ConsentState | None, bool]:
    """The no of a cell in a column that speaks of consent, and whether a person must say what it means."""
    what, state = said(cell)
    if what is Said.OUT:
        return state, False
    if what is Said.NOTHING or "@" in cell or "://" in cell or speech.polarity is Polarity.WORDS:
        return None, False
    if Kind.COUNT in speech.detail and cell.strip().isdigit():
        return None, False
    if speech.polarity is Polarity.IN:
        if what is Said.NO:
            return ConsentState.UNSUBSCRIBED, False
        return None, what is Said.OTHER and not speech.detail
    if speech.polarity is Polarity.OUT:
        if what in (Said.YES, Said.MOMENT):
            return speech.state, False
        if what is Said.NO or settled or Kind.BOOKKEEPING in speech.detail:
            return None, False
        return ConsentState.UNKNOWN, True
    if settled:
        return None, False
    return (None if what is Said.OTHER else ConsentState.UNKNOWN), True


class Overheard:
    def __init__(self, columns: Iterable[Column]) -> None:
        quiet = [column for column in columns if column.signal is None and column.role is not Role.EMAIL]
        self.about_consent = [Heard(column) for column in quiet if column.speech is not None]
        self.others = [
            Heard(column)
            for column in quiet
            if column.speech is None and column.role is not Role.JSON and not about_another_channel(column.header)
        ]
        self._known: dict[tuple[int, str], tuple[ConsentState | None, bool]] = {}
        self._loud: dict[int, dict[str, ConsentState]] = {heard.column.index: {} for heard in self.others}

    @property
    def columns(self) -> list[Heard]:
        return [*self.about_consent, *self.others]

    def noes(self, cells: Sequence[Sequence[str]]) -> Iterable[tuple[Column, dict[str, ConsentState]]]:
        """For each column of a batch in which a no is heard: which cells say which."""
        for heard in self.about_consent:
            if found := self._asked(heard, Counter(cells[heard.column.index])):
                yield heard.column, found
        for heard in self.others:
            if found := self._listened(heard, set(cells[heard.column.index])):
                yield heard.column, found

    def _asked(self, heard: Heard, counts: Counter[str]) -> dict[str, ConsentState]:
        column = heard.column
        assert column.speech is not None  # noqa: S101 - that is how they were chosen
        found: dict[str, ConsentState] = {}
        for cell, count in counts.items():
            if not cell.strip():
                heard.empty += count
                continue
            key = (column.index, cell)
            if key not in self._known:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[key] = hear(column.speech, cell, settled=column.settled)
            state, is_open = self._known[key]
            if state is not None:
                found[cell] = state
            if state is not None and not is_open:
                heard.out += count
            elif column.speech.polarity is Polarity.WORDS:
                continue
            elif len(heard.open) + len(heard.quiet) <= REMEMBERED:
                (heard.open if is_open else heard.quiet)[cell.strip()[:60]] += count
        return found

    def _listened(self, heard: Heard, cells: set[str]) -> dict[str, ConsentState]:
        known = self._loud[heard.column.index]
        heard.empty += "" in cells
        new = cells - heard.words
        if new and len(heard.words) < MOST_WORDS:
            heard.words |= new
        if new and _may_speak(new):
            parted = heard.column.role in (Role.TAGS, Role.LISTS)
            for cell in new:
                if len(known) < REMEMBERED and (state := _loudest(cell)) is not None:
                    known[cell] = state
                    heard.out += 1
                if not parted and hears_of_subscription(cell):
                    heard.speaks = True
        return {cell: known[cell] for cell in cells & known.keys()} if known else {}


def _is_known(word: str) -> bool:
    return loud(word) is not None or hears_of_subscription(word)


def _loudest(cell: str) -> ConsentState | None:
    found = [loud(cell)]
    if any(mark in cell for mark in _SEPARATORS):
        found += [loud(name) for name in names_in(cell)]
    states = [state for state in found if state is not None]
    return ConsentState.narrowest(*states) if states else None


def _may_speak(cells: set[str]) -> bool:
    """Quickly, of a batch: nearly all columns of all files end here."""
    text = "\n".join(cells)
    if text.upper() == (text := text.lower()):
        return False  # numbers, dates, nothing
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return any(stem in text for stem in _STEMS)
