"""What each column of one file means, settled once before its rows are read: the plan of the columns.

Told by the person first, then by the layout, then by the header itself; a sample of rows decides what a header cannot.
How a row is read by this plan is in people.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.csvfile.consent_columns import signal_of, speech_of
from adapters.csvfile.consent_speech import Speech
from adapters.csvfile.dates import Order, is_parted, order_in
from adapters.csvfile.layout import Layout
from adapters.csvfile.options import SHARED, Options, state_named
from adapters.csvfile.recognise import is_report, recognise
from adapters.csvfile.roles import GENERIC, Role, names_sender, normal
from adapters.csvfile.words import COMMON, Signal, plain, state_in_name
from migrator.errors import UsageError
from migrator.model import ConsentState

DATES = (Role.CREATED_AT, Role.SUBSCRIBED_AT, Role.CONFIRMED_AT, Role.UNSUBSCRIBED_AT, Role.BOUNCED_AT)
_MANY = (*SHARED, Role.SIGNAL)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MANY_VALUES = re.compile(r"\|\|.*\|\|\Z", re.DOTALL)
_GUARDED = re.compile(r"=\"[^\"]*\"\Z|'[=+\-@0-9]")


@dataclass(frozen=True)
class Column:
    index: int
    header: str
    role: Role
    key: str
    """The name under which it is kept as an attribute or in raw."""
    signal: Signal | None = None
    speech: Speech | None = None
    """How the header speaks of consent, whatever the column is taken for."""
    settled: bool = False
    """The layout or the person says that it holds no consent. A no in it counts all the same."""
    many_values: bool = False
    guarded: bool = False
    """Cells are wrapped against spreadsheets, as in ="0123"."""


@dataclass
class Columns:
    layout: Layout
    columns: tuple[Column, ...]
    name_state: ConsentState | None
    """What the file's name says."""
    flag_state: ConsentState | None
    """What the person says about all rows of the file."""
    refused: bool = field(default=False, kw_only=True)
    """What the person says of all rows does not count: a column speaks of consent and is not understood."""
    lists: tuple[str, ...]
    date_order: Order | None
    notes: list[str] = field(default_factory=list)
    lacks: str = ""
    """What the platform leaves out of such a file."""

    @property
    def width(self) -> int:
        return len(self.columns)

    def having(self, *roles: Role) -> list[Column]:
        return [column for column in self.columns if column.role in roles]

    def first(self, role: Role) -> Column | None:
        return next(iter(self.having(role)), None)


def settle(name: str, headers: Sequence[str], sample: Sequence[Sequence[str]], options: Options) -> Columns:
    """The plan of one file. Raises UsageError when it cannot be an audience."""
    normals = [normal(header) for header in headers]
    known = frozenset(normals)
    if is_report(known):
        raise NotPeople("it is a report about a mailing, not an audience")
    if len(_BINARY.findall("".join(headers))) > 2:
        raise NotPeople(NO_TEXT, fix=_ANEW)
    if any("@" in header for header in headers):
        raise _refused(headers, "its first row already holds an address: it has no row of column names")
    name_says = state_in_name(name)
    layout = recognise(known, name_says is not None, options.platform)
    keys = _keys(headers)
    told = _told(normals, keys, options)
    roles = _roles(normals, keys, layout, options, sample)
    notes: list[str] = []
    if Role.EMAIL not in roles:
        at = _by_content(sample, headers)
        if at is None:
            senders = [key for key, header in zip(keys, headers, strict=True) if names_sender(header)]
            if _by_content(sample, ["" if names_sender(header) else "sender" for header in headers]) is not None:
                raise NotPeople(
                    f"its only addresses are those of senders, in '{senders[0]}'", fix="Leave the file out."
                )
            raise _refused(headers, "no column holds addresses")
        roles[at] = Role.EMAIL
        notes.append(f"The column '{keys[at]}' was taken for the address: its cells look like addresses.")
    notes += _settle_names(normals, roles, options)
    columns = tuple(
        Column(
            index=index,
            header=header,
            role=role,
            key=keys[index],
            signal=signal_of(header, keys[index], role, layout, options),
            speech=speech_of(header, layout),
            settled=_is_settled(index in told, role, normals[index], layout),
            many_values=role is Role.ATTRIBUTE and _all(sample, index, _MANY_VALUES),
            guarded=_any(sample, index, _GUARDED),
        )
        for index, (header, role) in enumerate(zip(headers, roles, strict=True))
    )
    order, about_dates = _order(columns, sample, layout, options)
    status = options.status.of(name)
    in_file = options.lists.of(name)
    return Columns(
        layout=layout,
        columns=columns,
        name_state=state_in_name(name, layout.yes_name),
        flag_state=state_named(status) if status else None,
        lists=(in_file,) if in_file else (),
        date_order=order,
        notes=notes + about_dates,
        lacks=layout.lacks if layout.lacks_unless not in known else "",
    )


NO_TEXT = "it is no text: it holds bytes that no table has"
_ANEW = "Export it again as CSV or Excel, or leave the file out."


class NotPeople(Exception):
    """This file is no list of people; the text says why."""

    def __init__(self, why: str, *, fix: str = "") -> None:
        super().__init__(why)
        self.fix = fix or "Say which column holds the address with --map email='Column name', or leave the file out."


def _refused(headers: Sequence[str], why: str) -> NotPeople:
    return NotPeople(NO_TEXT, fix=_ANEW) if any(_BINARY.search(header) for header in headers) else NotPeople(why)


def _keys(headers: Sequence[str]) -> list[str]:
    """The header as written; a number where it is empty or was there before."""
    found: list[str] = []
    taken: dict[str, int] = {}
    for index, header in enumerate(headers):
        key = header.strip().strip("\ufeff").strip() or f"column {index + 1}"
        taken[key] = taken.get(key, 0) + 1
        number = taken[key]
        while number > 1 and f"{key} ({number})" in taken:
            number += 1
        wanted = key if number == 1 else f"{key} ({number})"
        taken.setdefault(wanted, 1)
        found.append(wanted)
    return found


def _roles(
    normals: list[str], keys: list[str], layout: Layout, options: Options, sample: Sequence[Sequence[str]]
) -> list[Role]:
    told = _told(normals, keys, options)
    settled = {role for role in told.values() if role not in SHARED} | options.unused_meanings
    roles: list[Role] = []
    for index, header in enumerate(normals):
        role = told.get(index)
        if role is None:
            role = _usual(header, layout)
            if role in settled:
                role = Role.ATTRIBUTE
            elif role is Role.ATTRIBUTE and options.words_of_column(keys[index]):
                role = Role.STATUS
            elif role is Role.STATUS and header == "state" and "state" not in layout.roles:
                role = Role.STATUS if _speaks_of_consent(sample, index, layout) else Role.ATTRIBUTE
            if role in roles and role not in _MANY and role is not Role.RAW:
                role = Role.ATTRIBUTE
        roles.append(role)
    return roles


def _is_settled(told: bool, role: Role, header: str, layout: Layout) -> bool:
    """A person may say that `Newsletter` holds topics; that `opt-out` is no consent, nobody can say."""
    if not told:
        return role is not Role.ATTRIBUTE or header in layout.roles
    speech = speech_of(header, layout)
    return speech is None or not speech.strong


def _usual(header: str, layout: Layout) -> Role:
    if header in layout.signals:
        return Role.SIGNAL
    if header in layout.raw:
        return Role.RAW
    return layout.roles.get(header) or GENERIC.get(header, Role.ATTRIBUTE)


def _told(normals: list[str], keys: list[str], options: Options) -> dict[int, Role]:
    found: dict[int, Role] = {}
    for role, column in options.named_columns:
        at = next((index for index, key in enumerate(keys) if key == column), None)
        if at is None:
            at = next((index for index, header in enumerate(normals) if header == normal(column)), None)
        if at is not None:
            found[at] = role
    return found


def check_mapped(options: Options, headers: Sequence[Sequence[str]]) -> None:
    """A column named with --map must be in one file at least."""
    if not headers:
        return
    there = {normal(key) for one in headers for key in _keys(one)}
    for word in options.words:
        if ":" in word and not any(word.startswith(plain(key) + ":") for header in headers for key in _keys(header)):
            raise UsageError(
                "No file has a column of that name",
                where=f"--word {word}",
                fix="Write COLUMN:WORD=STATE. Look at the column names with --profile.",
            )
    for role, column in options.named_columns:
        if normal(column) not in there:
            raise UsageError(
                "No file has a column of that name",
                where=f"--map {role.value}={column}",
                fix="Look at the column names with --profile.",
            )


def _speaks_of_consent(sample: Sequence[Sequence[str]], index: int, layout: Layout) -> bool:
    words = {**COMMON, **layout.words}
    return any(index < len(row) and plain(row[index]) in words for row in sample if index < len(row) and row[index])


def _by_content(sample: Sequence[Sequence[str]], headers: Sequence[str]) -> int | None:
    """The only column in which nearly all filled cells hold an @, and which names no sender."""
    likely = []
    for index in range(len(headers)):
        if names_sender(headers[index]):
            continue
        cells = [row[index] for row in sample if index < len(row) and row[index].strip()]
        if cells and sum("@" in cell for cell in cells) >= 0.8 * len(cells):
            likely.append(index)
    return likely[0] if len(likely) == 1 else None


def _settle_names(normals: list[str], roles: list[Role], options: Options) -> list[str]:
    """A column `name` is the first name beside a last name; alone it is only cut in two when the person says so."""
    if Role.FULL_NAME not in roles:
        return []
    at = roles.index(Role.FULL_NAME)
    if "full_name" in options.columns or options.split_names:
        return []
    if Role.LAST_NAME in roles and Role.FIRST_NAME not in roles and normals[at] == "name":
        roles[at] = Role.FIRST_NAME
        return []
    roles[at] = Role.ATTRIBUTE
    if Role.FIRST_NAME in roles:
        return []
    return ["Whole names stay as an attribute; --split-names cuts them at the first blank into first and last name."]


def _order(
    columns: Sequence[Column], sample: Sequence[Sequence[str]], layout: Layout, options: Options
) -> tuple[Order | None, list[str]]:
    if options.date_order is not None:
        return options.date_order, []
    at = [column.index for column in columns if column.role in DATES]
    cells = [row[index] for row in sample for index in at if index < len(row) and row[index]]
    day_first, month_first = order_in(cells)
    if day_first and month_first:
        return None, ["Its dates are written in two orders and were not read; they are kept in raw."]
    if day_first or month_first:
        return (Order.DAY_FIRST if day_first else Order.MONTH_FIRST), []
    if layout.date_order is not None:
        return layout.date_order, []
    if any(is_parted(cell) for cell in cells):
        return None, ["Its dates may be day first or month first; say which with --dates. They are kept in raw."]
    return None, []


def _all(sample: Sequence[Sequence[str]], index: int, pattern: re.Pattern[str]) -> bool:
    cells = [row[index] for row in sample if index < len(row) and row[index]]
    return bool(cells) and all(pattern.match(cell) for cell in cells)


def _any(sample: Sequence[Sequence[str]], index: int, pattern: re.Pattern[str]) -> bool:
    return any(index < len(row) and row[index] and pattern.match(row[index]) for row in sample)
