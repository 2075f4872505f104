"""Breaks the words of a box into lines that fit its width. Long ones are cut; the page shows the whole on demand."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

TITLE_SIGNS, LINE_SIGNS = 18, 24
MOST_TITLE, MOST_LINES = 2, 2
PADDING, TITLE_HEIGHT, LINE_HEIGHT, PEOPLE_HEIGHT = 20, 17, 15, 22


@dataclass(frozen=True)
class Wrapped:
    title: list[str]
    lines: list[str]
    cut: bool
    height: int


def wrapped(title: str, text: str, people: bool) -> Wrapped:
    head, cut_head = _lines(title, TITLE_SIGNS, MOST_TITLE)
    rest, cut_rest = _lines(text, LINE_SIGNS, MOST_LINES)
    height = PADDING + TITLE_HEIGHT * len(head) + LINE_HEIGHT * len(rest) + (PEOPLE_HEIGHT if people else 0)
    return Wrapped(head, rest, cut_head or cut_rest, height)


def _lines(text: str, signs: int, most: int) -> tuple[list[str], bool]:
    if len(text) <= signs and text.isprintable():
        return ([text] if text.strip() else []), False
    lines = textwrap.wrap(" ".join(text.split()), signs, max_lines=most, placeholder=" …")
    return lines, bool(lines) and lines[-1].endswith("…")
