"""Rows of a text table, in batches: quick as long as all is well, line by line from the first trouble on.

A quote that is never closed would swallow every row behind it. Such a row is set apart alone, with its reason, and
reading goes on with the next line. Row numbers are those a spreadsheet shows: the header is row 1.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TextIO

BATCH = 256
"""Rows at once: few enough that all of them stay in the processor's cache."""
LARGEST_CELL = 100_000
LARGEST_ROW = 4_000_000
MOST_LINES = 5_000
"""Physical lines that one row may have."""
SEPARATORS = (",", ";", "\t", "|")


@dataclass
class Batch:
    first_row: int
    rows: list[list[str]]
    bad: list[tuple[int, str, list[str]]] = field(default_factory=list)
    """Row, reason, cells as far as they can be told."""
    numbers: list[int] | None = None
    """The number of each row, when bad ones stood between them."""


Opener = Callable[[], TextIO]


def batches(opener: Opener, separator: str, width: int, header_row: int = 1) -> Iterator[Batch]:
    """All rows behind the header. Empty rows are given as they are: counting is the caller's."""
    row = 1
    csv.field_size_limit(LARGEST_CELL)
    with opener() as stream:
        reader = csv.reader(stream, delimiter=separator, strict=True)
        try:
            for _ in islice(reader, header_row):
                row += 1
        except csv.Error:
            yield from _carefully(opener, separator, width, header_row, header_row + 1)
            return
        while True:
            before = reader.line_num
            try:
                rows = list(islice(reader, BATCH))
            except csv.Error:
                break
            if not rows:
                return
            if reader.line_num - before != len(rows) and _any_swallowed(rows, separator, width):
                break
            yield Batch(row, rows)
            row += len(rows)
    yield from _carefully(opener, separator, width, before, row)


def _any_swallowed(rows: list[list[str]], separator: str, width: int) -> bool:
    # Joined first: looking into every cell of every row by itself costs four times as much.
    joined = zip(rows, map("\0".join, rows), strict=True)
    return any(_swallowed(row, separator, width) for row, text in joined if "\n" in text or "\r" in text)


def _swallowed(row: list[str], separator: str, width: int) -> bool:
    """Whether a cell holds what looks like whole rows of this table."""
    for cell in row:
        if "\n" not in cell and "\r" not in cell:
            continue
        for line in cell.splitlines()[1:]:
            if "@" not in line:
                continue
            inner = next(csv.reader([line], delimiter=separator), [])
            if len(inner) >= width and any("@" in one and " " not in one.strip() for one in inner):
                return True
    return False


class _Lines:
    """Physical lines that can be put back; those of the row being read are remembered."""

    def __init__(self, stream: Iterator[str]) -> None:
        self._stream, self._back = stream, list[str]()
        self.taken: list[str] = []
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES or self._size > LARGEST_ROW:
            raise csv.Error("endless row")
        line = self._back.pop() if self._back else next(self._stream)
        self.taken.append(line)
        self._size += len(line)
        return line

    def begin(self) -> None:
        self.taken = []
        self._size = 0

    def give_back_all_but_first(self) -> str:
        first, *rest = self.taken
        self._back.extend(reversed(rest))
        self.begin()
        return first


def _carefully(opener: Opener, separator: str, width: int, skip: int, row: int) -> Iterator[Batch]:
    csv.field_size_limit(LARGEST_ROW * 2)
    with opener() as stream:
        for _ in islice(stream, skip):
            pass
        lines = _Lines(iter(stream))
        reader = csv.reader(lines, delimiter=separator, strict=True)
        batch = Batch(row, [], numbers=[])
        while True:
            lines.begin()
            try:
                cells = next(reader)
                broken = len(lines.taken) > 1 and _swallowed(cells, separator, width)
            except StopIteration:
                break
            except csv.Error:
                cells, broken = [], True
            if broken:
                cells, reason = _alone(lines.give_back_all_but_first(), separator, width)
                reader = csv.reader(lines, delimiter=separator, strict=True)
            else:
                reason = ""
            if not reason and any(len(cell) > LARGEST_CELL for cell in cells):
                reason = f"a cell holds more than {LARGEST_CELL:,} characters"
            if reason:
                batch.bad.append((row, reason, cells))
            else:
                batch.rows.append(cells)
                batch.numbers.append(row)  # type: ignore[union-attr]  # a list from the start
            row += 1
            if len(batch.rows) + len(batch.bad) >= BATCH:
                yield batch
                batch = Batch(row, [], numbers=[])
        if batch.rows or batch.bad:
            yield batch


def _alone(line: str, separator: str, width: int) -> tuple[list[str], str]:
    """One physical line by itself: taken when its quotes close and it has the right number of cells."""
    cells = next(csv.reader([line], delimiter=separator), [])
    try:
        list(csv.reader([line.rstrip("\r\n")], delimiter=separator, strict=True))
        closed = True
    except csv.Error as error:
        closed = "unexpected end of data" not in str(error)
    if closed and len(cells) == width and all(_whole(cell, line.rstrip("\r\n"), separator) for cell in cells):
        return cells, ""
    reason = "a quote is opened and never closed" if not closed else "the quotes and the separators do not fit together"
    return cells, reason


def _whole(cell: str, line: str, separator: str) -> bool:
    """An address must stand in the line as it was read: no quote may have been taken out of its middle."""
    if "@" not in cell:
        return True
    return f"{separator}{cell}{separator}" in f"{separator}{line}{separator}" or f'"{cell}"' in line
