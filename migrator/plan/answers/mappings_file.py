"""mappings.toml as a file: read strictly as TOML, and named by a hash of what it says.

Comments and blank lines do not count, so that adding a question or a note makes no plan stale. What its settings
mean is in answers.py; writing questions into it is in questions.py.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from migrator.errors import SettingsError

NAME = "mappings.toml"
NEW_LINE = b"\n"
_CURLY = frozenset("“”„«»‘’‚")
_MOST_LINES = 3_000
"""Looked through for the line of a setting that is refused."""


def read_text(path: Path) -> str:
    """Its text; nothing when there is no such file yet."""
    try:
        return path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError as error:
        raise _not_utf_8(path, bytes(error.object), error.start) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise SettingsError("mappings.toml cannot be read", where=str(path), why=why) from None


def _not_utf_8(path: Path, data: bytes, offset: int) -> SettingsError:
    fix = "Save it as UTF-8: most editors ask for the encoding under Save as."
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return SettingsError("mappings.toml cannot be read", where=str(path), why="it is saved as UTF-16", fix=fix)
    where = f"{path}, line {data.count(NEW_LINE, 0, offset) + 1}"
    return SettingsError("mappings.toml cannot be read", where=where, why="a sign there is not UTF-8", fix=fix)


def parse(text: str, where: str = NAME) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        fix = "Repair that line. Text stands in quotes, and each setting stands in the file once."
        if "\x00" in text:
            fix = "Save it as UTF-8: it may be saved as UTF-16, which some editors call Unicode."
        elif _CURLY.intersection(_line_in(text, str(error))):
            fix = """Write straight quotes, such as "this", where a word processor has put curly ones."""
        elif "after a key" in str(error) or "key part" in str(error):
            fix = """A name with other signs than a-z, 0-9, - and _ stands in quotes: steps."7/104".skip = true."""
        elif "Invalid value" in str(error):
            fix = "Text stands in quotes; yes and no are written true and false."
        elif "Cannot overwrite a value" in str(error):
            fix = "This setting stands in the file twice, or once as a value and once as a table: leave one of them."
        elif "twice" in str(error) or "overwrite" in str(error) or "mutate" in str(error):
            fix = (
                "The same table is written in two ways: join the lines `a.b = ...` and the table [a], "
                "for lines at the top of the file come before every [table]."
            )
        raise SettingsError("mappings.toml is not valid", where=where, why=str(error), fix=fix) from None


def _line_in(text: str, said: str) -> str:
    """The line that a complaint names."""
    named = re.search(r"at line ([0-9]+)", said)
    lines = text.split("\n")
    number = int(named[1]) if named else 0
    return lines[number - 1] if 0 < number <= len(lines) else ""


def load(path: Path) -> dict[str, Any]:
    return parse(read_text(path), str(path))


def fingerprint(settings: dict[str, Any]) -> str:
    """The same for two files that say the same; also for no file and an empty one."""
    plain = json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_spelled)
    return hashlib.sha256(plain.encode()).hexdigest()


def _spelled(value: object) -> str:
    return f"{type(value).__name__}:{value}"


def line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """The number of the line that sets these keys, or as many of the first of them as the file knows."""
    lines = text.splitlines()
    while keys:
        first = 1
        for number, line in enumerate(lines[:_MOST_LINES], 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                settings: Any = tomllib.loads("\n".join(lines[:number]))
            except (tomllib.TOMLDecodeError, RecursionError):
                continue  # in the middle of a text or list of several lines
            if _has(settings, keys):
                return _first_line(lines, first, number)
            first = number + 1
        keys = keys[:-1]
    return None


def _has(settings: Any, keys: tuple[str, ...]) -> bool:
    for key in keys:
        if not isinstance(settings, dict) or key not in settings:
            return False
        settings = settings[key]
    return True


def _first_line(lines: list[str], first: int, last: int) -> int:
    """Of a value over several lines, the line where it begins."""
    for number in range(first, last):
        if lines[number - 1].strip() and not lines[number - 1].lstrip().startswith("#"):
            return number
    return last


def place_in(path: Path, keys: tuple[str, ...]) -> str:
    """The file with the number of the line that sets these keys; nothing where that cannot be told."""
    try:
        number = line_of(read_text(path), keys)
    except SettingsError:
        return ""
    return "" if number is None else f"{path}, line {number}"
