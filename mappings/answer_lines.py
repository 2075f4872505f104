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


def dotted(path: tuple[str, ...]) -> str:
    return ".".join(key if _BARE.match(key) else toml_text(key) for key in path)


def line(path: tuple[str, ...], value: str | bool | int | list[str]) -> str:
    """`tags.rename."Big spender" = "big-spender"`"""
    keys = dotted(path)
    if isinstance(value, list):
        return f"{keys} = [{', '.join(toml_text(one) for one in value)}]"
    if isinstance(value, str):
        return f"{keys} = {toml_text(value)}"
    return f"{keys} = {'true' if value is True else 'false' if value is False else value}"


def step_key(sequence_id: str, step_id: str) -> str:
    """`7/104`: what is known of a step stands under it. No two steps share one, whatever signs their ids hold."""
    return "/".join(one.replace("%", "%25").replace("/", "%2F") for one in (sequence_id, step_id))


def step_path(sequence_id: str, step_id: str) -> tuple[str, ...]:
    """Where mappings.toml speaks of a step. With a slash in an id, the two would not be told apart in one key."""
    if "/" in sequence_id or "/" in step_id:
        return ("steps", sequence_id, step_id)
    return ("steps", f"{sequence_id}/{step_id}")


def step_head(sequence_id: str, step_id: str) -> str:
    """`steps."7/104"`, before the dot and the name of a field."""
    return dotted(step_path(sequence_id, step_id))
