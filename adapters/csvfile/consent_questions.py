"""What a person has to say before people of a file may be mailed, each question with the option that answers it.

No text here can subscribe anybody as it stands: what a word means is typed in place of MEANING. Nobody is offered an
option for a whole file while a column of it speaks of consent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adapters.csvfile.contacts import RowReader
from adapters.csvfile.dates import is_moment
from adapters.csvfile.open_file import OpenFile
from adapters.csvfile.words import DATE
from migrator.bundle import Unread
from migrator.transport.redact import redact

MEANING = "MEANING"
"""Is no state: an option with it is refused until somebody types one."""
_LEGEND = f"Type what you know in place of {MEANING}: unsubscribed, never_subscribed, pending or subscribed."
_MOST_WORDS = 10


def vouched_in_vain(file: OpenFile, reader: RowReader) -> bool:
    """Whether `--status` would speak for a whole file of which a column speaks of consent, and is not understood."""
    return not file.columns.layout.suppressions and any(heard.asks for heard in reader.consents.overheard.columns)


def unclear_people(file: OpenFile, reader: RowReader) -> Iterator[Unread]:
    """Those whom nobody may mail until a person has said more. A suppression list is clear without a word."""
    layout, name = file.columns.layout, redact(file.source.name)
    if layout.suppressions:
        return
    consents = reader.consents
    platform = f" If it is an export of {layout.name}: --platform {layout.name}." if layout.weak else ""
    vain = " Until then we ignore --status for this file." if file.columns.refused else ""
    if consents.unclear:
        words = ", ".join(
            f"'{word}' ({count:,})" for counts in consents.unclear.values() for word, count in counts.most_common(10)
        )
        options = " ".join(_words(key, counts) for key, counts in consents.unclear.items())
        yield Unread(
            what=f"What some status words of {name} mean",
            why=f"we don't know {words}; these people are not subscribed",
            remedy=f"Say it and export again: {options}. {_LEGEND}{platform}",
            scope="contacts",
        )
    asked = [
        heard
        for heard in consents.overheard.columns
        if (heard.asks and (consents.waiting or file.columns.refused)) or (heard.offers and consents.waiting)
    ]
    for heard in asked:
        key, speech = heard.column.key, heard.column.speech
        options = f"{_option('--map', f'status={key}')} {_words(key, heard.words_to_tell)}".strip()
        other = (
            "" if speech and speech.strong else f" If it isn't about consent: {_option('--map', f'attribute={key}')}."
        )
        yield Unread(
            what=f"What the column '{key}' of {name} says about consent",
            why="it speaks of consent, and we take no yes from a column that you did not name",
            remedy=f"Say it and export again: {options}. {_LEGEND}{other}{vain}",
            scope="contacts",
        )
    if consents.silent and not asked:
        yield Unread(
            what=f"Whether {consents.silent:,} people of {name} may be mailed",
            why="no column, no file name and no option says it; they are not subscribed",
            remedy="First name the files of people who left, bounced or complained too. Then say what you know of the "
            f"others: {_option('--status', f'{name}={MEANING}')}. {_LEGEND}{platform}",
            scope="contacts",
        )


def _words(key: str, words: Iterable[str]) -> str:
    """A date stands for all dates; an empty cell for all empty ones."""
    plain = list(
        dict.fromkeys(DATE if is_moment(word) else word for word in words if "@" not in word and "[" not in word)
    )
    options = [_option("--word", f"{key}:{word}={MEANING}") for word in plain[:_MOST_WORDS]]
    more = f"(and {len(plain) - _MOST_WORDS:,} more words)" if len(plain) > _MOST_WORDS else ""
    return " ".join([*options, *([more] if more else [])])


def _option(name: str, value: str) -> str:
    quoted = value.replace("'", "'\\''")
    return f"{name} '{quoted}'"
