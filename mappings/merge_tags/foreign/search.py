"""Finds in a text what looks like a merge tag of any platform, whatever language its tags are said to be in.

Also where an editor encoded its signs or put markup between them. Double braces are the scanners' business.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

from mappings.merge_tags.foreign.platforms import SPELLINGS

_HIDDEN = re.compile(
    # Without a flag for the whole: each branch begins with a sign, and so the search is five times quicker.
    r"&(?i:#0*(?:3[3-79]|4[267]|6[0234]|9[135]|12[3-6]|160|173|820[3-7]|8288|65279)"
    r"|#x0*(?:2[1-7a3]|3[ce]|40|5[bd]|7[b-e]|a0|ad|200[b-f]|2060|feff)"
    r"|lt|gt|quot|apos|lcub|rcub|lbrace|rbrace|lsqb|rsqb|lbrack|rbrack|percnt|vert|verbar|ast|dollar|num|commat|excl"
    r"|lowbar|laquo|raquo|nbsp|shy|zwj|zwnj);"
    r"|%(?i:2[1345a]|3[ce]|40|5[bd]|7[b-e])"
    r"|[\u00ad\u200b-\u200f\u2060\ufeff]"
    r"|<(?i:/?(?:span|font|strong|em|small|mark|del|ins|wbr|[bisu])(?:\s[^<>]{0,300})?/?>)"
)
_NEAR = 400
"""Characters around a find that tell whether it is code."""
_MOST_LOOKS = 200
"""Finds of one text that are looked at this closely; further ones count as tags, which only holds an email."""
_NO_SIGN = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_CODE_PART = re.compile(
    r"<(style|pre|code|kbd|samp)\b[^<>]{0,300}>(.*?)(?:</\1\s*>|\Z)"
    r"|<(script)\b(?![^<>]{0,300}ld\+json)[^<>]{0,300}>(.*?)(?:</script\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_SAMPLE = re.compile(r"[;={}()]|</|&lt;")
_ADDRESS = re.compile(r"https?://\S+")
_CODE_LINE = re.compile(
    r"[;{]\s*\Z|=>\s*[\w({`]|\b(?:const|let|var|my|local)\s+[$\w]+\s*=|\bfunction\b[\s\w]*\(|\bconsole\.\w+\("
    r"|\b(?:print|println|printf|sprintf|echo|puts|format)\s*\(|\breturn\s+[\w\"'`].*;"
    r"|\b(?:print|echo|puts)\s+f?[\"']|^\s*(?:def|class|import|from)\s+\w+.*[:;]?\s*\Z",
)


class ForeignTag(NamedTuple):
    start: int
    end: int
    written: str
    platforms: str
    sure: bool
    """Whether no plain text is written like this."""


def foreign_tags(text: str) -> list[ForeignTag]:
    """In the order of the text, none overlapping."""
    view, code = _View(text), _Code(text)
    found: list[ForeignTag] = []
    for spelling in SPELLINGS:
        if spelling.sign not in view.text:
            continue
        for match in spelling.pattern.finditer(view.text):
            if spelling.means_it is not None and not spelling.means_it(match):
                continue
            start, end = view.place(match.start()), view.end(match.end())
            sure = spelling.sure and not (spelling.sign[0] == "<" and text[start] == "&")
            if sure or not code.holds(start, end):
                written = " ".join(match.group().split())
                found.append(ForeignTag(start, end, written, spelling.platforms, sure))
    return list(_apart(found))


def _apart(found: list[ForeignTag]) -> Iterator[ForeignTag]:
    """The first one of those that overlap; of those that begin together the longest."""
    done = 0
    for tag in sorted(found, key=lambda tag: (tag.start, -tag.end)):
        if tag.start >= done:
            yield tag
            done = tag.end


class _View:
    """The text as a reader of the email sees its signs, and the way back to where each stands."""

    def __init__(self, text: str) -> None:
        pieces: list[str] = []
        self._starts = [0]
        """Of each part in the view: plain text, then hidden, then plain again."""
        self._parts: list[tuple[int, int]] = [(0, 0)]
        """Of each part in the text: where it begins; and where it ends, if it is one sign in the view."""
        length = position = 0
        for hidden in _HIDDEN.finditer(text):
            start, end = hidden.span()
            sign = _shown(hidden.group())
            pieces += (text[position:start], sign)
            length += start - position
            self._starts += (length, length + len(sign))
            self._parts += ((start, end), (end, 0))
            length += len(sign)
            position = end
        self.text = "".join((*pieces, text[position:])) if pieces else text

    def place(self, offset: int) -> int:
        """Where a sign of the view begins in the text."""
        number = bisect_right(self._starts, offset) - 1
        return self._parts[number][0] + offset - self._starts[number]

    def end(self, offset: int) -> int:
        """Where the sign in front of this offset ends in the text."""
        number = bisect_right(self._starts, offset - 1) - 1
        return self._parts[number][1] or self._parts[number][0] + offset - self._starts[number]


def _shown(hidden: str) -> str:
    if hidden[0] == "<":
        return ""
    sign = unescape(hidden) if hidden[0] == "&" else unquote(hidden)
    return " " if sign == "\u00a0" else "" if sign in _NO_SIGN else sign


class _Code:
    """The style sheets, scripts and samples of code of a text: there braces and brackets are ordinary."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: list[re.Match[str]] | None = None
        self._looks = _MOST_LOOKS

    def holds(self, start: int, end: int) -> bool:
        if self._parts is None:
            self._parts = list(_CODE_PART.finditer(self._text))
            self._starts = [part.start() for part in self._parts]
        place = bisect_right(self._starts, start) - 1
        if place >= 0 and end <= self._parts[place].end():
            name, inner, last = _inside(self._parts[place])
            if start >= inner:
                return name in ("style", "script") or (self._may_look() and self._is_sample(inner, start, end, last))
        return self._may_look() and self._is_line(start, end)

    def _may_look(self) -> bool:
        self._looks -= 1
        return self._looks >= 0

    def _is_sample(self, inner: int, start: int, end: int, last: int) -> bool:
        around = self._text[max(inner, start - _NEAR) : start] + self._text[end : min(last, end + _NEAR)]
        return _SAMPLE.search(_ADDRESS.sub("", around)) is not None

    def _is_line(self, start: int, end: int) -> bool:
        text, near = self._text, max(0, start - _NEAR)
        opened = max(text.rfind(">", near, start), text.rfind("\n", near, start), near - 1)
        if text.rfind("<", opened + 1, start) >= 0:
            return False  # an attribute
        far = min(len(text), end + _NEAR)
        ends = [place for place in (text.find("<", end, far), text.find("\n", end, far)) if place >= 0]
        line = unescape(text[opened + 1 : start] + "tag" + text[end : min(ends, default=far)])
        return _CODE_LINE.search(line.strip()) is not None


def _inside(part: re.Match[str]) -> tuple[str, int, int]:
    """Its element, and where its inside begins and ends."""
    return (part[1].lower(), *part.span(2)) if part[1] else (part[3].lower(), *part.span(4))
