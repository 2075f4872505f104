"""Which row of a table holds the column names: the first one, unless titles stand above it.

Rows are counted as a spreadsheet shows them, empty ones too.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice

from adapters.csvfile.options import Options
from adapters.csvfile.roles import GENERIC, Role, normal
from adapters.csvfile.rows import SEPARATORS, Opener

LOOKED_AT = 30
"""Rows in which column names are looked for."""
_ADDRESS = frozenset({*(name for name, role in GENERIC.items() if role is Role.EMAIL), "subscriber"})


def separator_of(opener: Opener, options: Options) -> str:
    """The one that cuts the row of column names into most cells; a comma when none does."""
    if options.separator:
        return options.separator
    with opener() as stream:
        lines = [line for line in islice(iter(lambda: stream.readline(1 << 20), ""), LOOKED_AT) if line.strip()]
    if not lines:
        return ","
    parted = {one: [_cells(line, one) for line in lines] for one in SEPARATORS}
    named = [line for line in range(len(lines)) if any(_names_address(rows[line], options) for rows in parted.values())]
    at = named[0] if named else 0
    counted = {one: len(rows[at]) for one, rows in parted.items()}
    best = max(SEPARATORS, key=lambda one: counted[one])
    return best if counted[best] > 1 else ","


def first_rows(opener: Opener, separator: str) -> list[list[str]]:
    with opener() as stream:
        reader = csv.reader(islice(stream, 200), delimiter=separator)
        rows: list[list[str]] = []
        with suppress(csv.Error):  # a cell that is too large stands among the rows; they are read with care
            rows.extend(islice(reader, LOOKED_AT))
        return rows


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def header_row(rows: Sequence[Sequence[str]], options: Options) -> int:
    """Its place among the first rows; -1 when all of them are empty."""
    filled = [at for at, row in enumerate(rows[:LOOKED_AT]) if any(cell.strip() for cell in row)]
    if not filled:
        return -1
    first = filled[0]
    if any("@" in cell for cell in rows[first]):
        return first  # people from the first row on
    for at in filled:
        if any("@" in cell for cell in rows[at]):
            break
        if _names_address(rows[at], options):
            return at
    return first


def title_above(rows: Sequence[Sequence[str]], at: int, options: Options) -> str | None:
    """Why the row cannot hold the column names, when it looks like a title."""
    below = [row for row in rows[at + 1 :] if any(cell.strip() for cell in row)]
    widths = [sum(bool(cell.strip()) for cell in row) for row in below]
    here = sum(bool(cell.strip()) for cell in rows[at])
    if _names_address(rows[at], options) or any("@" in cell for cell in rows[at]):
        return None
    if not widths or here > 2 or sum(width > here + 1 for width in widths) <= len(widths) / 2:
        return None
    return f"row {at + 1} has {here} filled cells and the rows below have more: it looks like a title above the columns"


def _names_address(row: Sequence[str], options: Options) -> bool:
    """Column names never hold an address; one of them names it."""
    told = options.columns.get(Role.EMAIL, "")
    names = _ADDRESS | {normal(told if isinstance(told, str) else "")} - {"", "-"}
    return any(normal(cell) in names for cell in row) and not any("@" in cell for cell in row)
