"""Text of a source made visible where it reaches a person: no character steers a terminal, hides or turns the text.

A control character, a mark of text direction or an invisible one is shown as its escape, `\\u202e`. Inside quotes, TOML
and JSON read the escape as the character itself. What is sent to a platform is never changed here.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

# Joiners (U+200C, U+200D) stay: Persian words and most emoji of people need them.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def visible(text: str, *, keep: str = "") -> str:
    """`keep`: characters of our own layout, such as line ends."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda found: found[0] if found[0] in keep else _escape(found[0]), text)


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def safe_json(text: str) -> str:
    """A JSON document with such characters as escapes, which mean the same there."""
    return _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else _json_escape(found[0]), text)


def _json_escape(character: str) -> str:
    pair = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{pair[at : at + 2].hex()}" for at in range(0, len(pair), 2))


def cell(text: str) -> str:
    """A cell of a CSV file: visible, and nothing that a spreadsheet would run as a formula."""
    formula = text.lstrip(" \n").startswith(_FORMULA) or text.startswith(_FORMULA)
    shown = visible(text)
    return f"'{shown}" if formula else shown


def all_visible(value: Any) -> Any:
    """The same record with every text in it made visible."""
    if isinstance(value, str):
        return visible(value, keep="\n")
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        changed = {name: shown for name, found in fields.items() if (shown := all_visible(found)) is not found}
        return msgspec.structs.replace(value, **changed) if changed else value
    if isinstance(value, dict):
        return {all_visible(name): all_visible(found) for name, found in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([all_visible(found) for found in value])
    return value
