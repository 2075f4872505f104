"""One file opened: its text, its header, a sample, the plan of its columns, and its rows in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from adapters.csvfile.columns import Columns, NotPeople, settle
from adapters.csvfile.inputs import Input, Skipped
from adapters.csvfile.options import Options
from adapters.csvfile.rows import BATCH, Batch, batches, header_of, sniff
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

    @property
    def mixed(self) -> bool:
        return self.encoded is not None and self.encoded.mixed

    def batches(self) -> Iterator[Batch]:
        if self.table is not None:
            return self.table.batches()
        assert self.encoded is not None  # noqa: S101 - a file is a table or text
        encoded = self.encoded
        return batches(lambda: open_text(self.source, encoded), self.separator, len(self.header))

    def described(self) -> str:
        """One line about what this file is taken for."""
        return f"{self.source.name}: {self.columns.layout.title}"


def open_file(source: Input, options: Options) -> OpenFile | Skipped:
    """A file that is no list of people comes back with the reason."""
    if is_table(source):
        table = read_table(source)
        header, sample, encoded, separator = table.header, table.rows[:SAMPLE], None, ""
    else:
        table = None
        encoded = examine(source, options.encoding)
        text = encoded
        separator = options.separator or sniff(lambda: open_text(source, text))
        header = header_of(lambda: open_text(source, text), separator)
        rows = batches(lambda: open_text(source, text), separator, len(header))
        sample = [row for batch in islice(rows, SAMPLE // BATCH) for row in batch.rows]
    header = [repaired(cell) or cell.encode("ascii", "replace").decode() for cell in header]
    if not header:
        return Skipped(source.name, "it is empty")
    try:
        columns = settle(source.name, header, sample, options)
    except NotPeople as why:
        return Skipped(source.name, str(why))
    return OpenFile(source, header, columns, encoded, separator, table)
