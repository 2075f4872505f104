"""mappings.toml as a file: read strictly as TOML, and named by a hash of what it says.

Comments and blank lines do not count, so that adding a question or a note makes no plan stale. What its settings
mean is in answers.py; writing questions into it is in questions.py.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

from migrator.errors import SettingsError

NAME = "mappings.toml"


def read_text(path: Path) -> str:
    """Its text; nothing when there is no such file yet."""
    try:
        return path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "mappings.toml cannot be read", where=str(path), why=type(error).__name__, fix="Save it as UTF-8 text."
        ) from None


def parse(text: str, where: str = NAME) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        fix = "Repair that line. Text stands in quotes, and each setting stands in the file once."
        if "twice" in str(error) or "overwrite" in str(error) or "mutate" in str(error):
            fix = (
                "The same table is written in two ways: join the lines `a.b = ...` and the table [a], "
                "for lines at the top of the file come before every [table]."
            )
        raise SettingsError("mappings.toml is not valid", where=where, why=str(error), fix=fix) from None


def load(path: Path) -> dict[str, Any]:
    return parse(read_text(path), str(path))


def fingerprint(settings: dict[str, Any]) -> str:
    """The same for two files that say the same; also for no file and an empty one."""
    plain = json.dumps(settings, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_spelled)
    return hashlib.sha256(plain.encode()).hexdigest()


def _spelled(value: object) -> str:
    return f"{type(value).__name__}:{value}"
