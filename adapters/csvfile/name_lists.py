"""Several names in one cell: tags and lists."""

from __future__ import annotations

import csv

import msgspec


def names_in(cell: str, *, quoted: bool = False) -> tuple[str, ...]:
    """A JSON list, or names parted by commas; by `;` or `|` when there is no comma. Quotes keep a comma in a name."""
    text = cell.strip()
    if text.startswith("[") and text.endswith("]"):
        try:
            found = msgspec.json.decode(text, type=list[str])
            return _tidy(found)
        except (msgspec.DecodeError, UnicodeEncodeError):
            pass
    if quoted or '"' in text:
        return _tidy(next(csv.reader([text], skipinitialspace=True), []))
    return _tidy(text.split(next((one for one in (",", ";", "|") if one in text), ",")))


def _tidy(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
