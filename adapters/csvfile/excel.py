"""Excel files: the first sheet as rows of values, within limits, so that a small file cannot fill the memory.

Such a file is a ZIP of XML. Its sizes are looked at before any of it is unpacked; rows are then read one by one.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, NoReturn

from adapters.csvfile.inputs import LARGEST_RATIO, MOST_MEMBERS, RATIO_FROM
from migrator.errors import UsageError

LARGEST = 512 << 20
"""Bytes of all parts, unpacked. A million contacts with twenty fields have about 900 MB: those come as CSV."""
LARGEST_PART = 8 << 20
"""Of a part that is neither a sheet nor its texts: styles, names, links."""
LARGEST_ROW = 8 << 20
MOST_ROWS, MOST_CELLS = 1_048_576, 32_000_000
_BULKY = re.compile(
    r"worksheets/|sharedstrings|pivot|media/|drawings/|comments|embeddings/|externallinks/", re.IGNORECASE
)
_ROW_ENDS = re.compile(rb"</(?:\w{1,20}:)?row|<(?:\w{1,20}:)?row\b")
_PIECE = 1 << 20
_OVERLAP = 32


def rows_of(openpyxl: Any, data: io.BytesIO, name: str) -> list[list[Any]]:
    """The first sheet, every row as wide as the widest; the values of formulas, not formulas."""
    check(data, name)
    book = openpyxl.load_workbook(data, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is not believed
        rows = _trimmed(sheet.iter_rows(), name)
    finally:
        book.close()
    width = max((len(row) for row in rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows]


def check(data: io.BytesIO, name: str) -> None:
    """Raises UsageError for what would unpack to more than it may. Python reads no more of a part than it declares."""
    try:
        with zipfile.ZipFile(data) as archive:
            parts = archive.infolist()
            sizes = [part.file_size for part in parts]
            if len(parts) > MOST_MEMBERS or sum(sizes) > LARGEST:
                _refuse(name, f"it unpacks to more than {LARGEST >> 20} MB")
            if sum(part.compress_size for part in parts) > len(data.getbuffer()):
                _refuse(name, "its parts overlap, like a trap")
            for part in parts:
                if part.file_size > RATIO_FROM and part.file_size > LARGEST_RATIO * max(part.compress_size, 1):
                    _refuse(name, "it is packed like a trap")
                if part.file_size > LARGEST_PART and not _BULKY.search(part.filename):
                    _refuse(name, f"its part {part.filename} is larger than {LARGEST_PART >> 20} MB")
                if part.file_size > LARGEST_ROW and "worksheets/" in part.filename.lower():
                    with archive.open(part) as sheet:
                        _check_rows(sheet, name)
    finally:
        data.seek(0)


def _check_rows(sheet: Any, name: str) -> None:
    """A row is held in memory as a whole, so none may be endless."""
    since, tail = 0, b""
    while piece := sheet.read(_PIECE):
        ends = [match.end() for match in _ROW_ENDS.finditer(tail + piece)]
        since = len(tail) + len(piece) - ends[-1] if ends else since + len(piece)
        if since > LARGEST_ROW:
            _refuse(name, f"a row has more than {LARGEST_ROW >> 20} MB")
        tail = piece[-_OVERLAP:]


def _trimmed(rows: Iterator[Any], name: str) -> list[list[Any]]:
    """Without empty cells at the end of a row, and without empty rows at the end of the sheet."""
    kept: list[list[Any]] = []
    widest, filled = 0, 0
    for row in rows:
        values = [None if cell.value is None or cell.data_type == "e" else cell.value for cell in row]
        while values and values[-1] is None:
            values.pop()
        kept.append(values)
        if values:
            filled, widest = len(kept), max(widest, len(values))
        if len(kept) > MOST_ROWS or filled * widest > MOST_CELLS:
            _refuse(name, f"its sheet has more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells")
    del kept[filled:]
    return kept


def _refuse(name: str, why: str) -> NoReturn:
    raise UsageError("The Excel file is too large to read", where=name, why=why, fix="Save its sheet as CSV.")
