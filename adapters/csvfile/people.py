"""Rows to contacts by the plan of the columns, and the reason where a row is no contact.

Every cell stays text, whatever it looks like: an id that becomes a number loses digits, a postcode its first zero.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec

from adapters.csvfile.columns import Column, Columns
from adapters.csvfile.dates import moment
from adapters.csvfile.roles import Role, normal
from adapters.csvfile.text import repaired
from migrator.model import Consent, ConsentState, Contact, ListMembership

_REMEMBERED = 20_000
"""Cells of one kind (status, tags) whose reading is kept; more different ones are simply read again."""
_EMPTY_DATES = frozenset({"", "null", "0000-00-00", "0000-00-00 00:00:00"})
Row = list[str]
Rejected = tuple[int, str, Row]


class RowReader:
    """One file. `people` and `rejected` of a batch; counts and oddities add up over the file."""

    def __init__(self, columns: Columns, file_number: int, *, zone: tzinfo = UTC, mixed: bool = False) -> None:
        self.columns, self.prefix, self.zone, self.mixed = columns, f"{file_number}-", zone, mixed
        self.empty = self.repaired = self.padded = self.undated = 0
        self.unclear: Counter[str] = Counter()
        """Status words nobody knows."""
        self.tags: Counter[str] = Counter()
        self.lists: dict[str, ListMembership] = {name: ListMembership(list_id=name) for name in columns.lists}
        self.filled: Counter[str] = Counter()
        self._prepare()

    def _prepare(self) -> None:
        columns = self.columns
        email = columns.first(Role.EMAIL)
        assert email is not None  # noqa: S101 - settle() refuses a file without one
        self._email = email.index
        self._guarded = [column.index for column in columns.columns if column.guarded]
        plain = [one for one in columns.having(Role.ATTRIBUTE) if not one.many_values]
        self._attribute_keys = [one.key for one in plain]
        self._attributes = _getter(plain)
        self._many = [one for one in columns.having(Role.ATTRIBUTE) if one.many_values]
        self._json = columns.having(Role.JSON)
        self._raw_columns = columns.having(Role.RAW)
        self._raw_keys = [one.key for one in self._raw_columns]
        self._raw = _getter(self._raw_columns)
        self._signals = [one for one in columns.columns if one.signal is not None]
        self._dated = {one.index for one in columns.having(Role.UNSUBSCRIBED_AT, Role.BOUNCED_AT)}
        self._dated |= {
            one.index
            for one in self._signals
            if one.role is Role.SIGNAL and normal(one.header).endswith(("time", " at", "date"))
        }
        self._words = [one for one in self._signals if one.index not in self._dated]
        self._word_cells = _getter(self._words)
        self._out_dates = sorted(self._dated)
        self._consents: dict[tuple[str, ...], Consent] = {}
        self._tag_cells: dict[str, tuple[str, ...]] = {}
        self._list_cells: dict[str, tuple[str, ...]] = {}
        self._last_signal = max((one.index for one in self._signals), default=-1)
        at = {role: columns.first(role) for role in Role}
        self._at = {role: column.index for role, column in at.items() if column is not None}
        self._tag_columns = [one.index for one in columns.having(Role.TAGS)]
        self._list_columns = [one.index for one in columns.having(Role.LISTS)]

    # A batch ------------------------------------------------------------------------------------------------

    def read(
        self, rows: list[Row], first_row: int, numbers: list[int] | None = None
    ) -> tuple[list[Contact], list[Rejected]]:
        width, email_at = self.columns.width, self._email
        people: list[Contact] = []
        rejected: list[Rejected] = []
        one = self._contact
        careful = self.mixed or bool(self._guarded)
        for offset, row in enumerate(rows):
            number = numbers[offset] if numbers is not None else first_row + offset
            if len(row) != width:
                fitting = self._fitted(row, width)
                if fitting is None:
                    self.empty += 1
                    continue
                if isinstance(fitting, str):
                    rejected.append((number, fitting, row))
                    continue
                row = fitting
            if careful:
                mended = self._mended(row)
                if isinstance(mended, str):
                    rejected.append((number, mended, row))
                    continue
                row = mended
            email = row[email_at].strip()
            if "@" not in email:
                if not any(row) or not any(cell.strip() for cell in row):
                    self.empty += 1
                else:
                    rejected.append((number, "the address has no @" if email else "there is no address", row))
                continue
            people.append(one(row, number, email))
        self.filled.update(chain.from_iterable(contact.attributes for contact in people))
        self.tags.update(chain.from_iterable(contact.tags for contact in people))
        return people, rejected

    def _fitted(self, row: Row, width: int) -> Row | str | None:
        """A row of another length: None when it is empty, a reason when it cannot be trusted."""
        if not any(cell.strip() for cell in row):
            return None
        if len(row) > width:
            if any(cell.strip() for cell in row[width:]):
                return f"it has {len(row)} cells and the header {width}: the cells may have moved"
            return row[:width]
        if len(row) <= max(self._last_signal, self._email):
            return f"it has {len(row)} cells and the header {width}: what it says about consent is cut off"
        self.padded += 1
        return row + [""] * (width - len(row))

    def _mended(self, row: Row) -> Row | str:
        if self.mixed and not all(map(str.isascii, row)):
            mended = [repaired(cell) for cell in row]
            if None in mended:
                return "a cell is in no encoding we know"
            if mended != row:
                self.repaired += 1
            row = [cell or "" for cell in mended]
        if self._guarded:
            row = list(row)
            for index in self._guarded:
                row[index] = _unguarded(row[index])
        return row

    # A row --------------------------------------------------------------------------------------------------

    def _contact(self, row: Row, number: int, email: str) -> Contact:
        at = self._at
        raw: dict[str, Any] = {}
        if self._raw_keys:
            raw = {key: cell for key, cell in zip(self._raw_keys, self._raw(row), strict=True) if cell}
        attributes: dict[str, Any] = {
            key: cell for key, cell in zip(self._attribute_keys, self._attributes(row), strict=True) if cell
        }
        if self._many or self._json:
            self._structured(row, attributes, raw)
        first = row[at[Role.FIRST_NAME]].strip() if Role.FIRST_NAME in at else ""
        last = row[at[Role.LAST_NAME]].strip() if Role.LAST_NAME in at else ""
        if Role.FULL_NAME in at and not first and not last:
            first, _, last = row[at[Role.FULL_NAME]].strip().partition(" ")
        return Contact(
            source_id=self.prefix + str(number),
            email=email,
            consent=self._consent(row, raw),
            first_name=first or None,
            last_name=last.strip() or None,
            phone=(row[at[Role.PHONE]].strip() or None) if Role.PHONE in at else None,
            external_id=(row[at[Role.EXTERNAL_ID]].strip() or None) if Role.EXTERNAL_ID in at else None,
            created_at=self._moment(row, Role.CREATED_AT, raw),
            subscribed_at=self._moment(row, Role.SUBSCRIBED_AT, raw),
            timezone=(row[at[Role.TIMEZONE]].strip() or None) if Role.TIMEZONE in at else None,
            locale=(row[at[Role.LOCALE]].strip() or None) if Role.LOCALE in at else None,
            tags=self._names(row, self._tag_columns, self._tag_cells) if self._tag_columns else (),
            lists=self._memberships(row),
            attributes=attributes,
            raw=raw,
        )

    def _moment(self, row: Row, role: Role, raw: dict[str, Any]) -> datetime | None:
        index = self._at.get(role)
        return None if index is None else self._date(row, index, raw)

    def _date(self, row: Row, index: int, raw: dict[str, Any]) -> datetime | None:
        cell = row[index]
        if cell in _EMPTY_DATES:
            return None
        found = moment(cell, self.columns.date_order, self.zone)
        if found is None:
            raw[self.columns.columns[index].key] = cell
            self.undated += 1
        return found

    def _consent(self, row: Row, raw: dict[str, Any]) -> Consent:
        cells = self._word_cells(row)
        dated = [index for index in self._out_dates if row[index]] if self._out_dates else None
        confirmed = self._moment(row, Role.CONFIRMED_AT, raw) if Role.CONFIRMED_AT in self._at else None
        consent = self._consents.get(cells)
        if consent is None:
            consent = self._judged(cells)
            if len(self._consents) < _REMEMBERED:
                self._consents[cells] = consent
        if consent.state is ConsentState.UNKNOWN:
            self._tell_unclear(cells)
        if dated:
            consent = self._dated_consent(row, dated, consent, raw)
        return msgspec.structs.replace(consent, confirmed_at=confirmed) if confirmed else consent

    def _judged(self, cells: tuple[str, ...]) -> Consent:
        """The narrowest of all that is said. With nothing said, nobody is subscribed."""
        found = [
            (state, f"{column.key}:{cell.strip()[:60] or 'empty'}")
            for column, cell in zip(self._words, cells, strict=True)
            if column.signal is not None and (state := column.signal.read(cell)) is not None
        ]
        if self.columns.name_state is not None:
            found.append((self.columns.name_state, f"file-name:{self.columns.name_state.value}"))
        if self.columns.flag_state is not None:
            found.append((self.columns.flag_state, f"option:{self.columns.flag_state.value}"))
        if not found:
            return Consent(state=ConsentState.UNKNOWN, evidence=("nothing says it",))
        found.sort(key=lambda one: one[0].rank)
        return Consent(state=found[0][0], evidence=tuple(text for _, text in found))

    def _dated_consent(self, row: Row, dated: list[int], consent: Consent, raw: dict[str, Any]) -> Consent:
        """Columns such as the date of an opt-out: that they are filled counts, readable or not."""
        for index in dated:
            column = self.columns.columns[index]
            state = column.signal.read(row[index]) if column.signal else None
            if state is None:
                continue
            since = self._date(row, index, raw)
            says_nothing = consent.evidence == ("nothing says it",)
            if says_nothing or state < consent.state:
                rest = () if says_nothing else consent.evidence
                consent = Consent(state=state, since=since, evidence=(f"{column.key}:filled", *rest))
            elif state is consent.state and consent.since is None:
                consent = msgspec.structs.replace(consent, since=since)
        return consent

    def _tell_unclear(self, cells: tuple[str, ...]) -> None:
        for column, cell in zip(self._words, cells, strict=True):
            if column.signal is not None and not column.signal.knows(cell):
                word = "[address]" if "@" in cell else cell.strip()[:40]
                if word in self.unclear or len(self.unclear) < 1000:
                    self.unclear[word] += 1

    def _names(self, row: Row, indexes: list[int], cache: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        found: tuple[str, ...] = ()
        for index in indexes:
            cell = row[index]
            if not cell:
                continue
            names = cache.get(cell)
            if names is None:
                names = names_in(cell, quoted=self.columns.layout.tags_are_rows)
                if len(cache) < _REMEMBERED:
                    cache[cell] = names
            found = names if not found else tuple(dict.fromkeys((*found, *names)))
        return found

    def _memberships(self, row: Row) -> tuple[ListMembership, ...]:
        if not self._list_columns and not self.columns.lists:
            return ()
        names = (*self.columns.lists, *self._names(row, self._list_columns, self._list_cells))
        for name in names:
            if name not in self.lists:
                self.lists[name] = ListMembership(list_id=name)
        return tuple(self.lists[name] for name in dict.fromkeys(names))

    def _structured(self, row: Row, attributes: dict[str, Any], raw: dict[str, Any]) -> None:
        for column in self._many:
            values = [value for value in row[column.index].split("||") if value]
            if values:
                attributes[column.key] = values
        for column in self._json:
            cell = row[column.index].strip()
            if not cell:
                continue
            try:
                found = msgspec.json.decode(cell)
            except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
                found = None
            if isinstance(found, dict):
                attributes.update(found)
            else:
                raw[column.key] = cell


def names_in(cell: str, *, quoted: bool = False) -> tuple[str, ...]:
    """Names in one cell: a JSON list, or parted by commas; by `;` or `|` when there is no comma."""
    text = cell.strip()
    if text.startswith("[") and text.endswith("]"):
        try:
            found = msgspec.json.decode(text, type=list[str])
            return tuple(dict.fromkeys(name.strip() for name in found if name.strip()))
        except (msgspec.DecodeError, UnicodeEncodeError):
            pass
    separator = next((one for one in (",", ";", "|") if one in text), ",")
    parts = next(csv.reader([text], skipinitialspace=True), []) if quoted or '"' in text else text.split(separator)
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _unguarded(cell: str) -> str:
    if cell.startswith('="') and cell.endswith('"') and len(cell) >= 3:
        return cell[2:-1]
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@0123456789" else cell


def _getter(columns: list[Column]) -> Callable[[Row], tuple[str, ...]]:
    indexes = [column.index for column in columns]
    if not indexes:
        return lambda row: ()
    if len(indexes) == 1:
        only = indexes[0]
        return lambda row: (row[only],)
    return itemgetter(*indexes)
