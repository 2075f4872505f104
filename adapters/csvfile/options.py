"""What a person says about their files: on the command line or under [files] in mappings.toml. Reads no file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from adapters.csvfile.dates import Order
from adapters.csvfile.layouts import BY_NAME
from adapters.csvfile.roles import Role
from adapters.csvfile.words import DATE, plain
from migrator.errors import UsageError
from migrator.model import ConsentState

V = TypeVar("V")


@dataclass(frozen=True)
class PerFile:
    """One value for all files, others for files by name."""

    for_all: str | None = None
    by_name: Mapping[str, str] = field(default_factory=dict)

    def of(self, name: str) -> str | None:
        """`name` may be inside an archive: `audience.zip/subscribed.csv`; the last part or the whole may be given."""
        short = name.rsplit("/", 1)[-1]
        return self.by_name.get(name) or self.by_name.get(short) or self.for_all

    def unused(self, names: Iterable[str]) -> list[str]:
        known = {part for name in names for part in (name, name.rsplit("/", 1)[-1])}
        return sorted(set(self.by_name) - known)


@dataclass(frozen=True)
class Options:
    files: tuple[Path, ...] = ()
    platform: str | None = None
    """Which platform wrote the files, when the person says it."""
    columns: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Meaning to column, such as `email` to `E-Mail Address`; `-` leaves the meaning unused."""
    words: Mapping[str, ConsentState] = field(default_factory=dict)
    """Words of status columns, in their plain form; `newsletter:ja` is the word of one column."""
    status: PerFile = PerFile()
    lists: PerFile = PerFile()
    encoding: str | None = None
    separator: str | None = None
    date_order: Order | None = None
    timezone: str = "UTC"
    split_names: bool = False
    emails: tuple[Path, ...] = ()
    sequences: Path | None = None
    language: str | None = None
    """The dialect of the merge tags in the emails."""

    def __post_init__(self) -> None:
        for meaning in self.columns:
            if meaning not in MEANINGS:
                raise UsageError(f"There is no meaning called {meaning}", fix=f"There are {', '.join(MEANINGS)}.")
        if self.platform is not None and self.platform not in BY_NAME:
            raise UsageError(f"There is no layout called {self.platform}", fix=f"There are {', '.join(BY_NAME)}.")
        for value in (self.status.for_all, *self.status.by_name.values()):
            if value is not None:
                state_named(value)
        try:
            ZoneInfo(self.timezone)
        except (ValueError, OSError, KeyError):
            raise UsageError(
                "That is not a time zone", where=self.timezone, fix="Write it like Europe/Berlin or UTC."
            ) from None

    @property
    def named_columns(self) -> list[tuple[Role, str]]:
        """Each meaning with each column that the person names for it."""
        return [
            (Role(meaning), column)
            for meaning, columns in self.columns.items()
            for column in ((columns,) if isinstance(columns, str) else columns)
            if column != UNUSED
        ]

    @property
    def unused_meanings(self) -> set[Role]:
        return {Role(meaning) for meaning, column in self.columns.items() if column == UNUSED}

    @property
    def words_of_all(self) -> dict[str, ConsentState]:
        """What the person says of words in any status column."""
        return {word: state for word, state in self.words.items() if ":" not in word and word != DATE}

    def words_of_column(self, header: str) -> dict[str, ConsentState]:
        """What the person says of words of this column alone."""
        prefix = plain(header) + ":"
        return {word.removeprefix(prefix): state for word, state in self.words.items() if word.startswith(prefix)}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


UNUSED = "-"
SHARED = (Role.STATUS, Role.TAGS, Role.LISTS, Role.UNSUBSCRIBED_AT, Role.BOUNCED_AT, Role.ATTRIBUTE)
"""Meanings that several columns may have at once; of any other the first column counts."""
MEANINGS = tuple(role.value for role in Role if role not in (Role.SIGNAL, Role.RAW))
"""What `--map` may name on its left side; `status` means a column of status words, `attribute` no meaning."""
STATES = tuple(state.value for state in ConsentState)
_KEYS = (
    "platform",
    "columns",
    "words",
    "status",
    "lists",
    "encoding",
    "separator",
    "dates",
    "timezone",
    "split_names",
    "language",
)


def state_named(word: str) -> ConsentState:
    try:
        return ConsentState(word.strip().lower().replace("-", "_"))
    except ValueError:
        raise UsageError(f"There is no status called {word}", fix=f"There are {', '.join(STATES)}.") from None


def pairs(given: Iterable[str], what: str, *, last: bool = False) -> dict[str, str]:
    """`a=b` options, each left side once; cut at the last `=` where the left side may hold one."""
    found: dict[str, str] = {}
    for text in given:
        left, equals, right = text.rpartition("=") if last else text.partition("=")
        if not equals or not left.strip() or not right.strip():
            raise UsageError(f"{what} needs two sides", where=text, fix="Write it as LEFT=RIGHT.")
        if left.strip() in found:
            raise UsageError(f"{what} is given twice", where=left.strip(), fix="Keep one of the two.")
        found[left.strip()] = right.strip()
    return found


def per_file(given: Iterable[str], what: str) -> PerFile:
    """`VALUE` for all files, `FILE=VALUE` for one."""
    by_name: dict[str, str] = {}
    for_all: str | None = None
    for text in given:
        name, equals, value = text.rpartition("=")
        if not equals:
            if for_all is not None:
                raise UsageError(f"{what} is given twice for all files", fix="Write FILE=VALUE for single files.")
            for_all = value
        else:
            by_name[name.strip()] = value.strip()
    return PerFile(for_all, by_name)


def columns_of(given: Iterable[str]) -> dict[str, str | tuple[str, ...]]:
    """`--map MEANING=COLUMN`; a meaning that columns may share can be given again."""
    found: dict[str, str | tuple[str, ...]] = {}
    for text in given:
        ((meaning, column),) = pairs([text], "--map").items()
        before = found.get(meaning)
        if before is None:
            found[meaning] = column
        elif meaning in SHARED and UNUSED not in (before, column):
            found[meaning] = (*((before,) if isinstance(before, str) else before), column)
        else:
            raise UsageError("--map is given twice", where=meaning, fix="Keep one of the two.")
    return found


def words_of(given: Mapping[str, str]) -> dict[str, ConsentState]:
    return {plain(word): state_named(state) for word, state in given.items()}


def from_settings(settings: Mapping[str, Any], where: str = "mappings.toml") -> Options:
    """The table [files] of mappings.toml. Unknown keys are refused: an ignored answer is a default nobody chose."""
    for key, value in settings.items():
        if key not in _KEYS:
            raise UsageError(f"There is no setting files.{key}", where=where, fix=f"There are {', '.join(_KEYS)}.")
        if key in ("columns", "words", "status", "lists") and not isinstance(value, (dict, str)):
            raise UsageError(f"files.{key} must be a table", where=where, fix='Such as { email = "E-Mail" }.')
    return Options(
        platform=_text(settings.get("platform"), "platform", where),
        columns=_columns(settings.get("columns", {}), where),
        words=words_of(_texts(settings.get("words", {}), "words", where)),
        status=_per_file(settings.get("status"), "status", where),
        lists=_per_file(settings.get("lists"), "lists", where),
        encoding=_text(settings.get("encoding"), "encoding", where),
        separator=_text(settings.get("separator"), "separator", where),
        date_order=order_named(_text(settings.get("dates"), "dates", where)),
        timezone=_text(settings.get("timezone"), "timezone", where) or "UTC",
        split_names=settings.get("split_names") is True,
        language=_text(settings.get("language"), "language", where),
    )


def over(lower: Options, upper: Options) -> Options:
    """The command line over the file, setting by setting."""
    plain_default = Options()
    changed = {
        one.name: getattr(upper, one.name)
        for one in dataclasses.fields(Options)
        if getattr(upper, one.name) != getattr(plain_default, one.name)
    }
    merged = dataclasses.replace(lower, **changed)
    return dataclasses.replace(
        merged,
        columns={**lower.columns, **upper.columns},
        words={**lower.words, **upper.words},
        status=_joined(lower.status, upper.status),
        lists=_joined(lower.lists, upper.lists),
    )


def order_named(word: str | None) -> Order | None:
    if word is None:
        return None
    try:
        return Order(word)
    except ValueError:
        raise UsageError(f"Dates cannot be read {word}", fix="Say day-first or month-first.") from None


def _joined(lower: PerFile, upper: PerFile) -> PerFile:
    return PerFile(upper.for_all or lower.for_all, {**lower.by_name, **upper.by_name})


def _per_file(value: Any, key: str, where: str) -> PerFile:
    if value is None or isinstance(value, str):
        return PerFile(value)
    return PerFile(None, _texts(value, key, where))


def _texts(value: Any, key: str, where: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise UsageError(f"files.{key} must hold texts", where=where, fix='Such as { email = "E-Mail" }.')
    return dict(value)


def _columns(value: Any, where: str) -> dict[str, str | tuple[str, ...]]:
    """A list of columns where several share a meaning."""
    if not isinstance(value, dict):
        return dict(_texts(value, "columns", where))
    several = {
        key: tuple(columns)
        for key, columns in value.items()
        if key in SHARED and isinstance(columns, list) and all(isinstance(column, str) for column in columns)
    }
    rest = {key: column for key, column in value.items() if key not in several}
    return {**_texts(rest, "columns", where), **several}


def _text(value: Any, key: str, where: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise UsageError(f"files.{key} must be a text", where=where, fix="Put it in quotes.")
    return value
