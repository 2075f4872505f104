"""What became of one file: the count of its rows, notes for a person, and the people of whom too little is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.csvfile.contacts import RowReader
from adapters.csvfile.open_file import OpenFile
from migrator.bundle import Unread
from migrator.transport.redact import redact


@dataclass
class Tally:
    """What became of the rows of one file. The four add up to the rows."""

    contacts: int = 0
    suppressions: int = 0
    rejected: int = 0
    empty: int = 0

    @property
    def rows(self) -> int:
        return self.contacts + self.suppressions + self.rejected + self.empty


def facts_of(file: OpenFile, tally: Tally) -> dict[str, object]:
    """For the manifest: which bytes were read, as what, and that all rows are accounted for."""
    encoded = file.encoded
    return {
        "name": redact(file.source.name),
        "layout": file.columns.layout.name,
        "sha256": encoded.sha256 if encoded else None,
        "encoding": encoded.encoding if encoded else None,
        "separator": file.separator or None,
        "rows": tally.rows,
        "contacts": tally.contacts,
        "suppressions": tally.suppressions,
        "rejected": tally.rejected,
        "empty": tally.empty,
    }


def notes_of(file: OpenFile, reader: RowReader, tally: Tally) -> Iterator[str]:
    columns, name = file.columns, redact(file.source.name)
    yield from (f"{name}: {note}" for note in columns.notes)
    if columns.lacks:
        yield f"{columns.layout.title}: {columns.lacks}"
    for count, what in (
        (reader.sieve.repaired, "rows hold cells that were not UTF-8 and were read as Windows-1252"),
        (reader.sieve.padded, "rows are shorter than the header; the missing cells were taken as empty"),
        (reader.undated, "dates could not be read and stay as text in raw"),
        (tally.empty, "rows are empty"),
    ):
        if count:
            yield f"{name}: {count:,} {what}."


def unclear_people(file: OpenFile, reader: RowReader) -> Iterator[Unread]:
    """Those whom nobody may mail until a person has said more. A do-not-send list is clear without a word."""
    layout, name = file.columns.layout, redact(file.source.name)
    if layout.suppressions:
        return
    platform = f" If it is an export of {layout.name}: --platform {layout.name}." if layout.weak else ""
    if reader.consents.unclear:
        words = ", ".join(f"'{word}' ({count:,})" for word, count in reader.consents.unclear.most_common(10))
        yield Unread(
            what=f"What some status words of {name} mean",
            why=f"nobody knows {words}; these people are not subscribed",
            remedy=f"Say it with --word, such as --word vip=subscribed, and export again.{platform}",
            scope="contacts",
        )
    if reader.consents.silent:
        yield Unread(
            what=f"Whether {reader.consents.silent:,} people of {name} may be mailed",
            why="no column, no file name and no option says it; they are not subscribed",
            remedy=f"If you hold their consent: --status '{name}=subscribed', and export again.{platform}",
            scope="contacts",
        )
