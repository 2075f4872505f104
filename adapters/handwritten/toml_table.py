"""A table of a hand-written TOML file, read strictly: a key that nobody knows is refused with its place and the likely
word, because an instruction that is quietly ignored would be a default nobody chose."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from migrator.errors import SettingsError

_SPAN = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(minute|hour|day|week)s?\s*\Z")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\Z")


def load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(
            "There is no such file", where=str(path), fix="Write it, or leave --sequences out."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "The file cannot be read", where=str(path), why=type(error).__name__, fix="Save it as UTF-8."
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(
            "The file is not valid TOML", where=path.name, why=str(error), fix="Repair that line."
        ) from None


class Table:
    def __init__(self, data: Any, place: str) -> None:
        if not isinstance(data, dict):
            raise SettingsError("A table is needed here", where=place, fix="Write it as { key = value }.")
        self.data: dict[str, Any] = data
        self.place = place
        self._used: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def refuse(self, what: str, fix: str) -> SettingsError:
        return SettingsError(what, where=self.place, fix=fix)

    def take(self, key: str) -> Any:
        self._used.add(key)
        return self.data.get(key)

    def text(self, key: str) -> str | None:
        value = self.take(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.refuse(f"'{key}' must be a text", f'Such as {key} = "...".')
        return value

    def needed(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            raise self.refuse(f"'{key}' is missing", f'Add {key} = "...".')
        return value

    def flag(self, key: str, default: bool | None = None) -> bool | None:
        value = self.take(key)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(f"'{key}' must be true or false", f"Such as {key} = true.")
        return default if value is None else value

    def switch(self, key: str) -> bool:
        """A key that only makes sense as true."""
        if key in self.data and self.flag(key) is not True:
            raise self.refuse(f"'{key}' can only be true", f"Write {key} = true, or leave it out.")
        return key in self.data

    def texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of texts."""
        value = self.take(key)
        values = [value] if isinstance(value, str) else [] if value is None else value
        if not isinstance(values, list) or not all(isinstance(one, str) and one.strip() for one in values):
            raise self.refuse(f"'{key}' must be a text or a list of texts", f'Such as {key} = ["a", "b"].')
        return tuple(values)

    def table(self, key: str) -> Table | None:
        value = self.take(key)
        return None if value is None else Table(value, f"{self.place}, {key}")

    def tables(self, key: str) -> list[Table]:
        """A list of tables; one table alone is a list of one."""
        value = self.take(key)
        values = [value] if isinstance(value, dict) else [] if value is None else value
        if not isinstance(values, list):
            raise self.refuse(f"'{key}' must be a list of tables", f"Such as {key} = [{{ ... }}].")
        return [Table(one, f"{self.place}, {key} {number}") for number, one in enumerate(values, 1)]

    def word(self, key: str, allowed: Iterable[str]) -> str | None:
        value, words = self.text(key), list(allowed)
        if value is not None and value not in words:
            raise self.refuse(f"'{key}' cannot be \"{value}\"", f"It may be {', '.join(words)}.")
        return value

    def span(self, key: str) -> int | None:
        """Seconds of a text such as "3 days"."""
        value = self.text(key)
        if value is None:
            return None
        match = _SPAN.match(value)
        if match is None:
            raise self.refuse(
                f"'{key}' is no length of time", 'Write a number and minutes, hours, days or weeks: "3 days".'
            )
        return round(float(match[1]) * _SECONDS[match[2]])

    def positive_span(self, key: str) -> int | None:
        value = self.span(key)
        if value is not None and value < 0:
            raise self.refuse(f"'{key}' cannot be negative", 'Such as "3 days".')
        return value

    def clock(self, key: str) -> str | None:
        """HH:MM:SS of a time of day."""
        value = self.take(key)
        if value is None:
            return None
        text = value.isoformat() if isinstance(value, time) else value
        match = _TIME.match(text) if isinstance(text, str) else None
        if match is None:
            raise self.refuse(f"'{key}' is no time of day", f'Such as {key} = "09:00".')
        return f"{int(match[1]):02d}:{match[2]}:{match[3] or '00'}"

    def value(self, key: str) -> Any:
        """Text, number, flag, list of those; dates as ISO text."""
        found = self.take(key)
        if isinstance(found, (datetime, date, time)):
            return found.isoformat()
        if isinstance(found, dict):
            raise self.refuse(f"'{key}' must be a plain value", f'Such as {key} = "pro".')
        return found

    def done(self) -> None:
        """Refuses whatever nobody asked for."""
        for key in self.data:
            if key not in self._used:
                close = difflib.get_close_matches(key, self._used, n=1, cutoff=0.5)
                fix = f"Did you mean '{close[0]}'?" if close else f"Known here: {', '.join(sorted(self._used))}."
                raise SettingsError(f"There is no '{key}' here", where=self.place, fix=fix)
