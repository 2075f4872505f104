"""Where hosts and keys come from: the environment first, then a `.env` in the workspace. Never an argument.

A value read here is wrapped in `Secret` where it is one; nothing writes it anywhere.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from migrator.errors import SettingsError
from migrator.system_errors import system_sentence
from migrator.transport.secret import Secret

ENV = ".env"
SEQUENZY_DEFAULT = "https://api.sequenzy.com/api/v1"


@dataclass(frozen=True)
class Settings:
    values: Mapping[str, str]

    @classmethod
    def load(cls, workspace: Path, environment: Mapping[str, str] | None = None) -> Settings:
        values = read_env_file(workspace / ENV)
        values.update({key: value for key, value in (environment or os.environ).items() if value.strip()})
        return cls(values)

    def get(self, name: str) -> str | None:
        value = self.values.get(name, "").strip()
        return value or None

    def need(self, name: str, what_for: str) -> str:
        value = self.get(name)
        if value is None:
            raise SettingsError(
                f"{name} is not set",
                why=f"it is needed as {what_for}",
                fix=f"Set it in the environment, or write {name}=... into the file .env in the workspace.",
            )
        return value

    def secret(self, name: str, what_for: str) -> Secret:
        return Secret(self.need(name, what_for))


def readable_by_others(path: Path) -> str | None:
    """A sentence for a .env that other accounts of this machine can open; None for one that they cannot."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if os.name != "posix" or not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return None
    return f"Other accounts of this machine can open {path}, which holds keys. Run: chmod 600 {shlex.quote(str(path))}"


def read_env_file(path: Path) -> dict[str, str]:
    """`NAME=value` a line; quotes around the value and `export` before the name are allowed, `#` comments."""
    try:
        text = path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError:
        fix = "Save it as UTF-8: most editors ask for the encoding under Save as."
        raise SettingsError("The .env file is no UTF-8 text", where=str(path), fix=fix) from None
    except OSError as error:
        raise system_sentence(error) from None
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        name, equals, value = content.removeprefix("export ").partition("=")
        if not equals or not name.strip().isidentifier():
            raise SettingsError(
                "A line of .env is not NAME=value",
                where=f"{path.name}, line {number}",
                fix="Write one NAME=value a line; a comment starts with #.",
            )
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = value.split(" #", 1)[0].rstrip()
        values[name.strip()] = value
    return values
