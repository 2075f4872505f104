"""One file opened: its text, its header, a sample, the plan of its columns, and its rows in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from adapters.csvfile.columns import Columns, NotPeople, settle
from adapters.csvfile.header_row import LOOKED_AT, first_rows, header_row, separator_of, title_above
from adapters.csvfile.inputs import Input, Skipped
from adapters.csvfile.options import Options
from adapters.csvfile.rows import BATCH, Batch, batches
from adapters.csvfile.tables import Table, is_table, read_table
from adapters.csvfile.text import Encoded, examine, open_text, repaired

SAMPLE = 2_000


@dataclass
class OpenFile:
    source: Input
    header: list[str]
    columns: Columns
    encoded: Encoded | None
    separator: str
    table: Table | None = None
    header_row: int = 1

    @property
    def mixed(self) -> bool:
        return self.encoded is not None and self.encoded.mixed

    def batches(self) -> Iterator[Batch]:
        if self.table is not None:
            return self.table.batches()
        assert self.encoded is not None  # noqa: S101 - a file is a table or text
        encoded = self.encoded
        return batches(lambda: open_text(self.source, encoded), self.separator, len(self.header), self.header_row)

    def described(self) -> str:
        """One line about what this file is taken for."""
        return f"{self.source.name}: {self.columns.layout.title}"


def open_file(source: Input, options: Options) -> OpenFile | Skipped:
    """A file that is no list of people comes back with the reason."""
    if is_table(source):
        table, encoded, separator = read_table(source), None, ""
        head = table.rows[:LOOKED_AT]
    else:
        table = None
        encoded = examine(source, options.encoding)
        text = encoded
        separator = separator_of(lambda: open_text(source, text), options)
        head = first_rows(lambda: open_text(source, text), separator)
    at = header_row(head, options)
    if at < 0:
        return Skipped(source.name, "it is empty")
    if why := title_above(head, at, options):
        return Skipped(source.name, why, "Delete the rows above the column names.")
    header = list(head[at])
    if table is not None:
        table.begin_below(at)
        sample = table.rows[:SAMPLE]
    else:
        rows = batches(lambda: open_text(source, text), separator, len(header), at + 1)
        sample = [row for batch in islice(rows, SAMPLE // BATCH) for row in batch.rows]
    header = [repaired(cell) or cell.encode("ascii", "replace").decode() for cell in header]
    try:
        columns = settle(source.name, header, sample, options)
    except NotPeople as refused:
        return Skipped(source.name, str(refused), refused.fix)
    if at > 0 and any(cell.strip() for row in head[:at] for cell in row):
        columns.notes.append(f"Its column names were found in row {at + 1}; the rows above were not read.")
    return OpenFile(source, header, columns, encoded, separator, table, at + 1)
