"""What no type can say about the values in mappings.toml: names that the target can hold, hosts that are hosts; and how
a refused value is named to a person. Which settings there are is in answers.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from mappings.attributes import reserved
from mappings.tags import like_ours, target_tag
from migrator.errors import SettingsError
from migrator.model import AttributeType
from migrator.plan.ledger import brief

TYPES = (AttributeType.TEXT, AttributeType.NUMBER, AttributeType.BOOLEAN, AttributeType.DATE, AttributeType.LIST)
"""What a person may ask the values of a field to be."""
LONGEST_KEY = 1_000


def dotted(path: Iterable[str]) -> str:
    """A path as TOML writes it, short enough to be read and without signs that a terminal would act on."""
    plain = (key if key.replace("_", "").isalnum() and key.isascii() else f'"{brief(key, 80)}"' for key in path)
    return brief(".".join(plain), 200)


def refusal(path: Iterable[str], said: str, where: str, why: str = "", fix: str = "") -> SettingsError:
    """What is said of one setting."""
    keys = tuple(path)
    error = SettingsError(f"{dotted(keys)} {said}", where=where, why=why, fix=fix)
    error.keys = keys
    return error


def wrong_value(path: Iterable[str], where: str, why: str = "", fix: str = "") -> SettingsError:
    return refusal(path, "has a value that cannot be", where, why, fix)


def check_attributes(rename: Mapping[str, str], types: Mapping[str, AttributeType], prefix: str, where: str) -> None:
    """Raises SettingsError where a custom field would get a name that it cannot have, or values nobody can make."""
    for key, name in rename.items():
        if why := _unfit(name):
            raise wrong_value(("attributes", "rename", key), where, why, "Choose a name of letters and digits.")
    if prefix and (why := _unfit(prefix)):
        fix = 'Take letters, digits and underscores, such as prefix = "bc_".'
        raise wrong_value(("attributes", "prefix"), where, why, fix)
    for key, kind in types.items():
        if kind not in TYPES:
            fix = f"It may be {', '.join(f'{chr(34)}{one.value}{chr(34)}' for one in TYPES)}."
            why = f'no value can be turned into "{kind.value}"'
            raise wrong_value(("attributes", "types", key), where, why, fix)


def _unfit(name: str) -> str:
    """Why a custom field cannot be called so; nothing where it can."""
    if not name.strip():
        return "a field needs a name"
    if not name.isprintable():
        return "it holds a sign that cannot be shown"
    if len(name) > LONGEST_KEY:
        return f"it is longer than {LONGEST_KEY} characters"
    if reserved(name.strip()):
        return f'"{name}" has a meaning of its own at Sequenzy or in this migration'
    return ""


EXAMPLES = (
    *("...", ["..."], "https://...", "What people read in their inbox", "<p>The HTML of the email</p>"),
    *("the id of the sequence to go to", "https://example.com/hook", ["one", "two"], "Shown behind the subject"),
)
"""What stands in a question's line, or in the form of an export, until a person puts the right value in."""


def check_filled(value: object, path: Iterable[str], where: str) -> None:
    """An example must not pass for an answer: it would be sent."""
    if (value.strip() if isinstance(value, str) else value) in EXAMPLES:
        fix = "Put the right value in, or make the line a comment again: then the question stays open."
        raise refusal(path, "still holds the example that stood in the question", where, fix=fix)


def check_tags(rename: Mapping[str, str], where: str) -> None:
    for name, tag in rename.items():
        check_filled(tag, ("tags", "rename", name), where)
        if not target_tag(tag):
            why = "a tag needs a name"
        elif like_ours(tag):
            why = f'"{brief(tag, 80)}" begins as the tags do that start and hold people in this migration'
        else:
            continue
        fix = "Choose letters, digits, dots and hyphens; to leave the tag behind, put it under tags.ignore."
        raise wrong_value(("tags", "rename", name), where, why, fix)


def check_hosts(hosts: Iterable[str], where: str) -> None:
    for host in hosts:
        if not host.strip(".") or any(sign in "/:@?#" or sign.isspace() for sign in host):
            why = f'"{brief(host, 80)}" is not the name of a host'
            fix = "Write it without https:// and without a path, such as images.example.com."
            raise wrong_value(("old_hosts",), where, why, fix)


_PART = re.compile(r"\[\.\.\.\]|\[[0-9]+\]|[^.\[\]]+")


_KINDS = {
    "str": "a text in quotes",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def in_words(said: str) -> str:
    """A complaint about a value's kind, as a person who is no programmer reads it."""
    return re.sub(r"`([\w| ]+)`", lambda kinds: _spoken(kinds[1].split(" | ")), said)


def _spoken(kinds: list[str]) -> str:
    wanted = [kind for kind in kinds if kind != "null" or len(kinds) == 1]
    return " or ".join(f"{_KINDS[kind]} (`{kind}`)" if kind in _KINDS else f"`{kind}`" for kind in wanted)


def keys_of(settings: Mapping[str, Any], path: str, converts: Callable[[dict[str, Any]], object]) -> tuple[str, ...]:
    """The keys of a refusal's path, the person's own with them: msgspec writes [...] for those."""
    keys: list[str] = []
    found: Any = settings
    for part in _PART.findall(path):
        if part == "[...]":
            culprit = _culprit(found, keys, converts)
            if culprit is None:
                break
            keys.append(culprit)
        elif part.startswith("["):
            continue
        else:
            keys.append(part)
        found = found.get(keys[-1]) if isinstance(found, Mapping) else None
    return tuple(keys)


def _culprit(found: Any, keys: Iterable[str], converts: Callable[[dict[str, Any]], object]) -> str | None:
    for key, value in found.items() if isinstance(found, Mapping) else ():
        alone: dict[str, Any] = {key: value}
        for part in reversed(tuple(keys)):
            alone = {part: alone}
        try:
            converts(alone)
        except msgspec.ValidationError:
            return str(key)
    return None
