"""The words of a text outside its merge tags: what every person reads, whatever the tags give.

Words inside a condition are not among them: who reads those depends on the person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

_TAG = re.compile(r"\{\{\{.*?\}\}\}|\{\{.*?\}\}|\{%.*?%\}|\{[A-Za-z_][\w.]*\}|\*\|.*?\|\*", re.DOTALL)
"""Those of other platforms too: what looks like one is replaced on the way."""
_OPENS = re.compile(r"\{%-?\s*(if|unless|case|for|with|raw|comment|capture|tablerow)\b|\{\{\s*#(?:if|unless)\b")
_CLOSES = re.compile(r"\{%-?\s*end\w+|\{\{\s*/(?:if|unless)\b")
_BLANKS = re.compile(r"\s+")


def literals(text: str) -> list[str]:
    """The pieces between tags, in their order, blanks as one blank; pieces of blanks alone are none."""
    pieces, depth, at = [], 0, 0
    for tag in _TAG.finditer(text):
        if depth == 0:
            pieces.append(text[at : tag.start()])
        at = tag.end()
        if _CLOSES.match(tag.group()):
            depth = max(0, depth - 1)
        elif _OPENS.match(tag.group()):
            depth += 1
    if depth == 0:
        pieces.append(text[at:])
    return [plain for piece in pieces if (plain := squeezed(piece))]


def has_tags(text: str) -> bool:
    return _TAG.search(text) is not None


def squeezed(text: str) -> str:
    return _BLANKS.sub(" ", unescape(text)).strip()


def stand_in_order(pieces: Iterable[str], text: str) -> str | None:
    """The first piece that `text` lacks at its place; None when all are there."""
    text, at = squeezed(text), 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return piece
        at = found + len(piece)
    return None
