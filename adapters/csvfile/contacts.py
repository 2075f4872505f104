"""Rows to contacts by the plan of the columns, a batch at a time and by columns, for speed; and the reason where a
row is no contact. Consent is read in consents.py.

Every cell stays text, whatever it looks like: an id that becomes a number loses digits, a postcode its first zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import compress, repeat
from typing import Any

import msgspec

from adapters.csvfile.cells import Rejected, Row, Sieve
from adapters.csvfile.columns import Column, Columns
from adapters.csvfile.consent import REMEMBERED, ConsentReader
from adapters.csvfile.dates import FIRST_YEAR, LAST_YEAR, moment
from adapters.csvfile.name_lists import names_in
from adapters.csvfile.roles import Role
from migrator.model import Contact, ListMembership

_EMPTY_DATES = frozenset({"", "null", "0000-00-00", "0000-00-00 00:00:00"})
Texts = Iterable[str | None]


class RowReader:
    """One file: each batch gives its people and its rejected rows; counts and oddities add up over the file."""

    def __init__(self, columns: Columns, file_number: int, *, zone: tzinfo = UTC, mixed: bool = False) -> None:
        self.columns, self.prefix, self.zone = columns, f"{file_number}-", zone
        self.consents = ConsentReader(columns)
        self.sieve = Sieve(columns, self.consents.last_column, mixed=mixed)
        self.undated = 0
        self.tags: Counter[str] = Counter()
        self.filled: Counter[str] = Counter()
        self.lists: dict[str, ListMembership] = {name: ListMembership(list_id=name) for name in columns.lists}
        self._attributes = [one for one in columns.having(Role.ATTRIBUTE) if not one.many_values]
        self._many = [one for one in columns.having(Role.ATTRIBUTE) if one.many_values]
        self._json, self._raw = columns.having(Role.JSON), columns.having(Role.RAW)
        self._tag_cells: dict[str, tuple[str, ...]] = {"": ()}
        self._list_cells: dict[str, tuple[str, ...]] = {"": ()}

    def read(
        self, rows: list[Row], first_row: int, numbers: Sequence[int] | None = None
    ) -> tuple[list[Contact], list[Rejected]]:
        numbers = numbers if numbers is not None else range(first_row, first_row + len(rows))
        sound, numbers, emails, rejected = self.sieve.sift(rows, numbers)
        return (self._contacts(sound, numbers, emails) if sound else []), rejected

    def _contacts(self, rows: list[Row], numbers: Sequence[int], emails: list[str]) -> list[Contact]:
        cells: list[tuple[str, ...]] = list(zip(*rows, strict=True))
        raws = self._kept(cells, self._raw, len(rows))
        attributes = self._kept(cells, self._attributes, len(rows))
        for column in self._attributes:
            self.filled[column.key] += len(rows) - cells[column.index].count("")
        if self._many or self._json:
            self._structured(cells, attributes, raws)
        consents = self.consents.read(
            cells, len(rows), lambda index, at: self._moment(cells[index][at], index, raws[at])
        )
        confirmed = self._dates(cells, Role.CONFIRMED_AT, raws)
        if confirmed is not None:
            consents = [
                msgspec.structs.replace(consent, confirmed_at=at) if at else consent
                for consent, at in zip(consents, confirmed, strict=True)
            ]
        nothing = repeat(None, len(rows))
        first, last = self._names(cells, nothing)
        prefix = self.prefix
        return [
            Contact(
                source_id=f"{prefix}{number}",
                email=email,
                consent=consent,
                first_name=first_name,
                last_name=last_name,
                phone=phone,
                external_id=external_id,
                created_at=created_at,
                subscribed_at=subscribed_at,
                timezone=timezone,
                locale=locale,
                tags=tags,
                lists=lists,
                attributes=own,
                raw=raw,
            )
            for (
                number, email, consent, first_name, last_name, phone, external_id, created_at, subscribed_at, timezone,
                locale, tags, lists, own, raw,
            ) in zip(
                numbers, emails, consents, first, last,
                self._texts(cells, Role.PHONE) or nothing,
                self._texts(cells, Role.EXTERNAL_ID) or repeat(None, len(rows)),
                self._dates(cells, Role.CREATED_AT, raws) or repeat(None, len(rows)),
                self._dates(cells, Role.SUBSCRIBED_AT, raws) or repeat(None, len(rows)),
                self._texts(cells, Role.TIMEZONE) or repeat(None, len(rows)),
                self._texts(cells, Role.LOCALE) or repeat(None, len(rows)),
                self._tags(cells, len(rows)), self._memberships(cells, len(rows)), attributes, raws,
                strict=True,
            )
        ]  # fmt: skip

    # By columns ---------------------------------------------------------------------------------------------

    def _texts(self, cells: list[tuple[str, ...]], role: Role) -> list[str | None] | None:
        column = self.columns.first(role)
        return None if column is None else [cell.strip() or None for cell in cells[column.index]]

    def _kept(self, cells: list[tuple[str, ...]], columns: list[Column], count: int) -> list[dict[str, Any]]:
        """Each row's filled cells by their keys."""
        if not columns:
            return [{} for _ in range(count)]
        keys = [one.key for one in columns]
        rows = zip(*[cells[one.index] for one in columns], strict=True)
        return [dict(compress(zip(keys, row, strict=True), row)) for row in rows]

    def _names(self, cells: list[tuple[str, ...]], nothing: Texts) -> tuple[Texts, Texts]:
        first, last = self._texts(cells, Role.FIRST_NAME), self._texts(cells, Role.LAST_NAME)
        whole = self._texts(cells, Role.FULL_NAME)
        if whole is None:
            return first or repeat(None, len(cells[0])), last or repeat(None, len(cells[0]))
        cut = [(name or "").partition(" ") for name in whole]
        firsts = first or [None] * len(cut)
        lasts = last or [None] * len(cut)
        # Names of their own columns win; a whole name only fills in where there is neither.
        return (
            [one or (None if two else part[0] or None) for one, two, part in zip(firsts, lasts, cut, strict=True)],
            [
                two or (None if one else part[2].strip() or None)
                for one, two, part in zip(firsts, lasts, cut, strict=True)
            ],
        )

    def _dates(
        self, cells: list[tuple[str, ...]], role: Role, raws: list[dict[str, Any]]
    ) -> list[datetime | None] | None:
        column = self.columns.first(role)
        if column is None:
            return None
        texts = cells[column.index]
        if self.zone is UTC:
            try:
                # The common case at once: all are plain ISO without a zone.
                quick = [datetime.fromisoformat(text + "Z") for text in texts]
            except ValueError:
                quick = []
            if quick and min(quick).year >= FIRST_YEAR and max(quick).year <= LAST_YEAR:
                return [*quick]
        return [self._moment(text, column.index, raw) for text, raw in zip(texts, raws, strict=True)]

    def _moment(self, cell: str, index: int, raw: dict[str, Any]) -> datetime | None:
        if cell in _EMPTY_DATES:
            return None
        found = moment(cell, self.columns.date_order, self.zone)
        if found is None:
            raw[self.columns.columns[index].key] = cell
            self.undated += 1
        return found

    def _tags(self, cells: list[tuple[str, ...]], count: int) -> Iterable[tuple[str, ...]]:
        columns = self.columns.having(Role.TAGS)
        if not columns:
            return repeat((), count)
        found = self._named(cells, columns, self._tag_cells)
        for names, times in Counter(found).items():
            for name in names:
                self.tags[name] += times
        return found

    def _memberships(self, cells: list[tuple[str, ...]], count: int) -> Iterable[tuple[ListMembership, ...]]:
        columns = self.columns.having(Role.LISTS)
        if not columns:
            return repeat(tuple(self.lists.values()), count)
        found = []
        for names in self._named(cells, columns, self._list_cells):
            for name in names:
                if name not in self.lists:
                    self.lists[name] = ListMembership(list_id=name)
            found.append(tuple(self.lists[name] for name in dict.fromkeys((*self.columns.lists, *names))))
        return found

    def _named(
        self, cells: list[tuple[str, ...]], columns: list[Column], known: dict[str, tuple[str, ...]]
    ) -> list[tuple[str, ...]]:
        quoted = self.columns.layout.tags_are_rows
        parts: list[list[tuple[str, ...]]] = []
        for column in columns:
            found = []
            for cell in cells[column.index]:
                names = known.get(cell)
                if names is None:
                    names = names_in(cell, quoted=quoted)
                    if len(known) < REMEMBERED:
                        known[cell] = names
                found.append(names)
            parts.append(found)
        if len(parts) == 1:
            return parts[0]
        return [tuple(dict.fromkeys(name for names in row for name in names)) for row in zip(*parts, strict=True)]

    def _structured(
        self, cells: list[tuple[str, ...]], attributes: list[dict[str, Any]], raws: list[dict[str, Any]]
    ) -> None:
        for column in self._many:
            for cell, own in zip(cells[column.index], attributes, strict=True):
                if values := [value for value in cell.split("||") if value]:
                    own[column.key] = values
                    self.filled[column.key] += 1
        for column in self._json:
            for cell, own, raw in zip(cells[column.index], attributes, raws, strict=True):
                if not cell.strip():
                    continue
                try:
                    found = msgspec.json.decode(cell)
                except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
                    found = None
                if isinstance(found, dict):
                    own.update(found)
                    self.filled.update(found.keys())
                else:
                    raw[column.key] = cell
