"""The one line of mappings.toml that answers a question, written so that it can be copied as it stands.

Always a dotted line for the top of the file; every mapping that asks something builds its line here or by hand in the
same form.
"""

from __future__ import annotations

import json
import re

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def toml_text(text: str) -> str:
    """A text in TOML's double quotes. Half a character, which TOML cannot say, becomes the sign for that."""
    whole = text.encode("utf-8", "replace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def line(path: tuple[str, ...], value: str | bool | int | list[str]) -> str:
    """`tags.rename."Big spender" = "big-spender"`"""
    keys = ".".join(key if _BARE.match(key) else toml_text(key) for key in path)
    if isinstance(value, list):
        return f"{keys} = [{', '.join(toml_text(one) for one in value)}]"
    if isinstance(value, str):
        return f"{keys} = {toml_text(value)}"
    return f"{keys} = {'true' if value is True else 'false' if value is False else value}"
