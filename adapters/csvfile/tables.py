"""Excel and Parquet exports: every cell as text, nothing guessed. Held in memory as a whole, within limits.

Their libraries are large and only needed here and for the profile; without one, the sentence says how to get it.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator
from typing import Any

from adapters.csvfile.excel import LARGEST, MOST_CELLS, rows_of
from adapters.csvfile.inputs import Input
from adapters.csvfile.rows import BATCH, LARGEST_CELL, Batch
from migrator.errors import UsageError

SUFFIXES = (".xlsx", ".xlsm", ".parquet")


def is_table(source: Input) -> bool:
    return source.suffix in SUFFIXES


def pandas_or_refuse(what: str) -> Any:
    return _library("pandas", what)


def _library(name: str, what: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UsageError(
            f"{what} needs {name}, which is not installed",
            fix="Install it with: pip install 'sequenzy-migrate[tables]'. Or save the file as CSV.",
        ) from None


class Table:
    """The rows of the first sheet (or of the Parquet file), at first with the column names and what is above them."""

    def __init__(self, rows: list[list[str]]) -> None:
        self.rows, self._first = rows, 1

    def begin_below(self, header: int) -> None:
        self.rows, self._first = self.rows[header + 1 :], header + 2

    def batches(self) -> Iterator[Batch]:
        for start in range(0, len(self.rows), BATCH):
            first = start + self._first
            batch = Batch(first, [], numbers=[])
            for offset, row in enumerate(self.rows[start : start + BATCH]):
                if any(len(cell) > LARGEST_CELL for cell in row):
                    batch.bad.append((first + offset, f"a cell holds more than {LARGEST_CELL:,} characters", row))
                else:
                    batch.rows.append(row)
                    batch.numbers.append(first + offset)  # type: ignore[union-attr]  # a list from the start
            yield batch


def read_table(source: Input) -> Table:
    read = _parquet if source.suffix == ".parquet" else _sheet
    data = _held(source)
    try:
        rows = read(source, data)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever these libraries stumble over, the file is not readable
        raise UsageError(
            "The file cannot be read", where=source.name, why=type(error).__name__, fix="Save it anew, or as CSV."
        ) from None
    return Table(rows)


def _held(source: Input) -> io.BytesIO:
    data = io.BytesIO()
    with source.open() as file:
        while piece := file.read(1 << 20):
            data.write(piece)
            if data.tell() > LARGEST:
                raise too_large(source, f"it has more than {LARGEST >> 20} MB")
    data.seek(0)
    return data


def too_large(source: Input, why: str) -> UsageError:
    return UsageError("The file is too large to read", where=source.name, why=why, fix="Save it as CSV.")


def _sheet(source: Input, data: io.BytesIO) -> list[list[str]]:
    openpyxl = _library("openpyxl", "Reading Excel files")
    return [[_text(cell) for cell in row] for row in rows_of(openpyxl, data, source.name)]


def _parquet(source: Input, data: io.BytesIO) -> list[list[str]]:
    pandas = pandas_or_refuse("Reading Parquet files")
    from pyarrow import parquet

    told = parquet.ParquetFile(data).metadata
    unpacked = sum(told.row_group(number).total_byte_size for number in range(told.num_row_groups))
    if told.num_rows * max(told.num_columns, 1) > MOST_CELLS or unpacked > LARGEST:
        raise too_large(source, f"it unpacks to more than {MOST_CELLS:,} cells or {LARGEST >> 20} MB")
    data.seek(0)
    # Arrow types keep a whole number beside an empty cell a whole number.
    frame = pandas.read_parquet(data, dtype_backend="pyarrow")
    names = [str(name) for name in frame.columns]
    return [names, *([_text(cell) for cell in row] for row in frame.itertuples(index=False, name=None))]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple, dict)) or type(value).__name__ == "ndarray":
        return json.dumps(list(value) if not isinstance(value, dict) else value, ensure_ascii=False, default=str)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
