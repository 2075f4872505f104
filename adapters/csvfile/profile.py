"""What a file holds, before anything is written: columns with their meaning, fill and kind, addresses, consent.

pandas does the counting over text columns. Values are never shown: a terminal's scrollback is no place for people.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from adapters.csvfile.columns import Column
from adapters.csvfile.contacts import RowReader
from adapters.csvfile.dates import moment
from adapters.csvfile.open_file import OpenFile
from adapters.csvfile.options import Options
from adapters.csvfile.roles import Role
from adapters.csvfile.tables import pandas_or_refuse

MOST_ROWS = 200_000
_ADDRESS = r"[^@\s]+@[^@\s]+\.[^@\s.]+"
_KINDS = (
    ("number", r"[+-]?\d+(?:[.,]\d+)?"),
    ("yes or no", r"(?i:true|false|yes|no|y|n)"),
    ("address", _ADDRESS),
    ("JSON", r"(?s:\{.*\}|\[.*\])"),
)


@dataclass(frozen=True)
class Profile:
    lines: tuple[str, ...]
    facts: dict[str, Any]


def profile(file: OpenFile, options: Options) -> Profile:
    """Of the first 200,000 rows; says so when there are more."""
    pandas = pandas_or_refuse("The profile of a file")
    zone = options.zone
    reader = RowReader(file.columns, 1, zone=UTC if zone.key == "UTC" else zone, mixed=file.mixed)
    width = file.columns.width
    rows: list[list[str]] = []
    reasons: Counter[str] = Counter()
    states: Counter[str] = Counter()
    emails: list[str] = []
    whole, read = True, 0
    for batch in file.batches():
        if len(rows) >= MOST_ROWS:
            whole = False
            break
        people, rejected = reader.read(batch.rows, batch.first_row, batch.numbers)
        reasons.update(reason for _, reason, _ in (*rejected, *batch.bad))
        states.update(one.consent.state.value for one in people)
        emails += [(one.email or "").lower() for one in people]
        read += len(batch.rows) + len(batch.bad)
        rows += [[*row[:width], *[""] * (width - len(row))] for row in batch.rows]
    frame = pandas.DataFrame(rows, columns=range(width), dtype=object)
    addresses = pandas.Series(emails, dtype=object)
    columns = [_column(frame[column.index], column, file) for column in file.columns.columns] if rows else []
    facts: dict[str, Any] = {
        "file": file.source.name,
        "layout": file.columns.layout.name,
        "title": file.columns.layout.title,
        "whole": whole,
        "rows": read,
        "people": len(emails),
        "duplicates": int(addresses.duplicated().sum()) if emails else 0,
        "invalid_addresses": int((~addresses.str.fullmatch(_ADDRESS)).sum()) if emails else 0,
        "consent": dict(states),
        "rejected": dict(reasons),
        "empty": reader.sieve.empty,
        "unclear_words": dict(sum(reader.consents.unclear.values(), Counter[str]()).most_common(20)),
        "columns": columns,
        "notes": [*file.columns.notes, *([file.columns.lacks] if file.columns.lacks else [])],
    }
    return Profile(tuple(_lines(facts)), facts)


def _column(cells: Any, column: Column, file: OpenFile) -> dict[str, Any]:
    filled = cells[cells.str.strip() != ""]
    return {
        "name": column.key,
        "meaning": _meaning(column),
        "kind": _kind(filled, file),
        "filled": round(len(filled) / len(cells), 4),
        "different": int(filled.nunique()),
    }


def _meaning(column: Column) -> str:
    if column.role is Role.SIGNAL:
        return "consent"
    if column.role is Role.RAW:
        return "kept aside"
    return column.role.value.replace("_", " ")


def _kind(filled: Any, file: OpenFile) -> str:
    if not len(filled):
        return "empty"
    for name, pattern in _KINDS:
        if filled.str.strip().str.fullmatch(pattern).all():
            return name
    sample = filled.head(500)
    if all(moment(cell, file.columns.date_order) is not None for cell in sample):
        return "date"
    return "text"


def _lines(facts: dict[str, Any]) -> list[str]:
    of = "" if facts["whole"] else f" (the first {MOST_ROWS:,} looked at)"
    lines = [
        f"{facts['file']}: {facts['title']}, {facts['rows']:,} rows{of}",
        f"  {'column':<32} {'meaning':<16} {'looks like':<11} {'filled':>7} {'different':>10}",
    ]
    lines += [
        f"  {one['name'][:32]:<32} {one['meaning']:<16} {one['kind']:<11} {one['filled']:>7.0%} {one['different']:>10,}"
        for one in facts["columns"]
    ]
    lines += [
        f"  people {facts['people']:,}, {facts['duplicates']:,} repeated, {facts['invalid_addresses']:,} invalid",
        "  consent: " + (_counted(facts["consent"]) or "nobody"),
    ]
    if facts["unclear_words"]:
        lines.append("  status words nobody knows: " + _counted(facts["unclear_words"]))
    if facts["rejected"]:
        lines.append("  rejected: " + _counted(facts["rejected"]))
    return [*lines, *(f"  note: {note}" for note in facts["notes"]), ""]


def _counted(counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in ordered)
