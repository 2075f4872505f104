"""What became of one file: the count of its rows, and notes for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.csvfile.contacts import RowReader
from adapters.csvfile.open_file import OpenFile
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
        (reader.consents.named, f"people count as {columns.name_state}, because the file's name says so"),
    ):
        if count:
            yield f"{name}: {count:,} {what}."
