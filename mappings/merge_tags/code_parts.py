"""Style sheets and scripts within HTML. Entities are not read there, so a value that is escaped shows its entities, or
breaks the code."""

from __future__ import annotations

import re

_CODE = re.compile(r"(?:style|script|mj-style)(?=[\s/>])", re.IGNORECASE)
_FIRST_LETTERS = frozenset("sSmM")
_MOST_SIGNS = 8
_FARTHEST = 20_000
"""Characters of code in front of a tag within it."""


def in_code(html: str, position: int) -> bool:
    """Looks back at the last element that was begun or ended. What a comment hides counts too: Outlook reads some."""
    near = max(0, position - _FARTHEST)
    for _ in range(_MOST_SIGNS):
        position = html.rfind("<", near, position)
        if position < 0:
            return False
        sign = html[position + 1]
        if sign in _FIRST_LETTERS:
            return _CODE.match(html, position + 1) is not None
        if sign == "/" or sign.isalpha():
            return False
    return False
