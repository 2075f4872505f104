"""Which rows are sound before anything is made of them: the number of cells, their letters, an address."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.csvfile.columns import Columns
from adapters.csvfile.roles import Role
from adapters.csvfile.text import repaired

Row = list[str]
Rejected = tuple[int, str, Row]


class Sieve:
    def __init__(self, columns: Columns, last_signal: int, *, mixed: bool) -> None:
        email = columns.first(Role.EMAIL)
        assert email is not None  # noqa: S101 - settle() refuses a file without one
        self._email, self._width, self._mixed = email.index, columns.width, mixed
        self._needed = max(last_signal, email.index)
        self._guarded = [column.index for column in columns.columns if column.guarded]
        self.empty = self.repaired = self.padded = 0

    def sift(
        self, rows: list[Row], numbers: Sequence[int]
    ) -> tuple[list[Row], Sequence[int], list[str], list[Rejected]]:
        """The sound rows with their numbers and addresses, and the others with the reason."""
        if not rows:
            return [], numbers, [], []
        if not self._mixed and not self._guarded and set(map(len, rows)) == {self._width}:
            return self._all_but_few(rows, numbers)
        sound: list[Row] = []
        kept: list[int] = []
        addresses: list[str] = []
        rejected: list[Rejected] = []
        for number, row in zip(numbers, rows, strict=True):
            found = self._sound(row)
            if isinstance(found, str):
                rejected.append((number, found, row))
            elif found is not None:
                sound.append(found)
                kept.append(number)
                addresses.append(found[self._email].strip())
        return sound, kept, addresses, rejected

    def _all_but_few(
        self, rows: list[Row], numbers: Sequence[int]
    ) -> tuple[list[Row], Sequence[int], list[str], list[Rejected]]:
        """The usual case, quickly: only rows without an address are looked at by themselves."""
        at = self._email
        emails = [row[at].strip() for row in rows]
        without = [index for index, email in enumerate(emails) if "@" not in email]
        if not without:
            return rows, numbers, emails, []
        rows, kept = list(rows), list(numbers)
        rejected: list[Rejected] = []
        for index in reversed(without):
            why = self._sound(rows[index])
            if isinstance(why, str):
                rejected.append((kept[index], why, rows[index]))
            del rows[index], kept[index], emails[index]
        return rows, kept, emails, rejected[::-1]

    def _sound(self, row: Row) -> Row | str | None:
        """None for an empty row, else the row to read, or the reason why not."""
        if not any(row) or not any(cell.strip() for cell in row):
            self.empty += 1
            return None
        if len(row) != self._width:
            fitting = self._fitted(row)
            if isinstance(fitting, str):
                return fitting
            row = fitting
        if self._mixed and not all(map(str.isascii, row)):
            mended = [repaired(cell) for cell in row]
            if None in mended:
                return "a cell is in no encoding we know"
            if mended != row:
                self.repaired += 1
            row = [cell or "" for cell in mended]
        if self._guarded:
            row = list(row)
            for index in self._guarded:
                row[index] = unguarded(row[index])
        email = row[self._email].strip()
        if "@" not in email:
            return "the address has no @" if email else "there is no address"
        return row

    def _fitted(self, row: Row) -> Row | str:
        width = self._width
        if len(row) > width:
            if any(cell.strip() for cell in row[width:]):
                return f"it has {len(row)} cells and the header {width}: the cells may have moved"
            return row[:width]
        if len(row) <= self._needed:
            return f"it has {len(row)} cells and the header {width}: its address or its consent is cut off"
        self.padded += 1
        return row + [""] * (width - len(row))


def unguarded(cell: str) -> str:
    """Without the marks by which an export keeps spreadsheets from reading a text as a number or a formula."""
    if cell.startswith('="') and cell.endswith('"') and len(cell) >= 3:
        return cell[2:-1]
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@0123456789" else cell
