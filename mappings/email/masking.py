"""Words in the place of tags, so that a parser that knows no templates can read along; and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from mappings.merge_tags.printer import SEQUENZY_TAG

_HARMLESS = re.compile(r"\{\{[\w.|]+\}\}")
"""A tag that any parser takes for a plain word."""


class Mask:
    """One vocabulary of stand-in words, none of which occurs in any of the texts."""

    def __init__(self, *texts: str) -> None:
        stem = "zqtag"
        while any(stem in text for text in texts):
            stem += "q"
        self._stem = stem
        self._word = re.compile(rf"{stem}(\d+)z")
        self.tags: list[str] = []

    def hide(self, text: str, spans: Sequence[tuple[int, int]]) -> str:
        pieces: list[str] = []
        position = 0
        for start, end in spans:
            pieces += (text[position:start], f"{self._stem}{len(self.tags)}z")
            self.tags.append(text[start:end])
            position = end
        return "".join((*pieces, text[position:]))

    def restore(self, text: str) -> str:
        return self._word.sub(lambda word: self.tags[int(word[1])], text) if self._stem in text else text

    def missing_from(self, text: str) -> list[str]:
        seen = {int(number) for number in self._word.findall(text)}
        return [tag for number, tag in enumerate(self.tags) if number not in seen]


def masked_for_reading(html: str) -> tuple[str, Callable[[str], str]]:
    """A copy without the tags that would lead a parser astray, and what puts them back into a part of it."""
    if _all_harmless(html):
        return html, str
    mask = Mask(html)
    return mask.hide(html, sequenzy_spans(html)), mask.restore


def _all_harmless(html: str) -> bool:
    place = html.find("{")  # a single letter is found far quicker than two
    while place >= 0:
        match = _HARMLESS.match(html, place)
        if match is None and html.startswith("{{", place):
            return False
        place = html.find("{", place + 1 if match is None else match.end())
    return True


def sequenzy_spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in SEQUENZY_TAG.finditer(text)]
