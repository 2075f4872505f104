"""Excel and Parquet exports, through pandas: every cell as text, nothing guessed. Held in memory as a whole.

pandas is large and only needed here and for the profile; without it, the sentence says how to get it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from adapters.csvfile.inputs import Input
from adapters.csvfile.rows import BATCH, LARGEST_CELL, Batch
from migrator.errors import UsageError

SUFFIXES = (".xlsx", ".xlsm", ".parquet")


def is_table(source: Input) -> bool:
    return source.suffix in SUFFIXES


def pandas_or_refuse(what: str) -> Any:
    try:
        import pandas
    except ImportError:
        raise UsageError(
            f"{what} needs pandas, which is not installed",
            fix="Install it with: pip install 'sequenzy-migrate[tables]'. Or save the file as CSV.",
        ) from None
    return pandas


class Table:
    """Header and rows of the first sheet (or of the Parquet file)."""

    def __init__(self, header: list[str], rows: list[list[str]]) -> None:
        self.header, self.rows = header, rows

    def batches(self) -> Iterator[Batch]:
        for start in range(0, len(self.rows), BATCH):
            batch = Batch(start + 2, [], numbers=[])
            for offset, row in enumerate(self.rows[start : start + BATCH]):
                if any(len(cell) > LARGEST_CELL for cell in row):
                    batch.bad.append((start + 2 + offset, f"a cell holds more than {LARGEST_CELL:,} characters", row))
                else:
                    batch.rows.append(row)
                    batch.numbers.append(start + 2 + offset)  # type: ignore[union-attr]  # a list from the start
            yield batch


def read_table(source: Input) -> Table:
    pandas = pandas_or_refuse("Reading Excel and Parquet files")
    with source.open() as file:
        data = io.BytesIO(file.read())
    try:
        frame = _parquet(pandas, data) if source.suffix == ".parquet" else _sheet(pandas, data)
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever these libraries stumble over, the file is not readable
        raise UsageError(
            "The file cannot be read", where=source.name, why=type(error).__name__, fix="Save it anew, or as CSV."
        ) from None
    rows = [[_text(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
    if source.suffix == ".parquet":
        return Table([str(name) for name in frame.columns], rows)
    if not rows:
        return Table([], [])
    return Table(rows[0], rows[1:])


def _sheet(pandas: Any, data: io.BytesIO) -> Any:
    # Without a header row of its own making, so that pandas renames no column; the values of formulas, not formulas.
    return pandas.read_excel(data, dtype=object, header=None, keep_default_na=False, na_values=[], engine="openpyxl")


def _parquet(pandas: Any, data: io.BytesIO) -> Any:
    # Arrow types keep a whole number beside an empty cell a whole number.
    return pandas.read_parquet(data, dtype_backend="pyarrow")


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
