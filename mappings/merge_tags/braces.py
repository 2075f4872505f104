"""Finds tags in double braces, the spelling that Liquid and its relatives share: {{ output }} and {% tag %}.

Only places and damage; what stands inside is the dialect's business. Every search is bounded by a fixed window,
so that the time grows with the length of the text and with nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from functools import lru_cache
from html import unescape
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

WINDOW = 4_000
"""No tag is longer. A longer one is reported as never ending."""
ENCODED_WINDOW = 600

BLANKS = " \t\r\n\f\v"
"""What separates words inside a tag. A no-break space does not, though Python takes it for one."""
TRIMMED = frozenset(BLANKS + "\0")
"""What a dash takes away beside a tag; a no-break space stays."""
_INVISIBLE = "\u00a0\u00ad\u200b-\u200f\u2060\ufeff"
_BLANK_ENTITY = (
    r"&(?:nbsp|zwnj|zwj|shy|ensp|emsp|thinsp|#160|#173|#820[3-7]|#8288|#65279|#x(?:a0|ad|200[b-f]|2060|feff));"
)
_JUNK = rf"(?:<[^<>{{}}]{{0,300}}>|{_BLANK_ENTITY}|[{_INVISIBLE}]){{1,8}}"
_OPEN = re.compile(rf"\{{(?:\{{+|%|{_JUNK}(?:\{{(?![{{%])|%))", re.IGNORECASE)
_ENCODED_OPEN = re.compile(r"%7B%(?:7B|25)", re.IGNORECASE)
_ENCODED_CLOSE = {"output": re.compile(r"%7D%7D", re.IGNORECASE), "statement": re.compile(r"%25%7D", re.IGNORECASE)}
_BROKEN_CLOSE = {
    "output": re.compile(rf"\}}(?:{_JUNK})?\}}", re.IGNORECASE),
    "statement": re.compile(rf"%(?:{_JUNK})?\}}", re.IGNORECASE),
}
LAST_OF_HALF = frozenset("{>;Bb\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_HALF_OPEN = re.compile(rf"(?:\{{(?:{_JUNK})?|%7B)\Z", re.IGNORECASE)
_HALF_BRACE = re.compile(rf"\{{(?:{_JUNK})?\Z", re.IGNORECASE)
LONGEST_HALF = 2_600
_SIMPLE = re.compile(rf"\{{\{{([^{{}}]{{0,{WINDOW}}})\}}\}}(?!\}})")
"""Nearly all tags: nothing inside that needs a closer look."""
_SINGLE_CLOSE = re.compile(r"[^<>{}\n]{0,120}\}(?!\})")
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_CLEAN = re.compile(
    rf"</?(?:span|font|strong|em|div|code|small|mark|del|ins|sub|sup|o:p|wbr|br|[biusap])\b(?:\s[^<>]*=[^<>]*)?\s*/?>"
    rf"|{_BLANK_ENTITY}|[{_INVISIBLE}]",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[^<>]{0,300}>")


class Found(NamedTuple):
    start: int
    end: int
    kind: str
    """output, triple or statement; or unclosed, of which only the opening is known."""
    inner: str
    trims_left: bool
    trims_right: bool
    damage: str
    keep: str
    quoted_close: bool = False
    """Whether closing braces stand in a quoted text in it: there the source's engine ends the tag."""


class Finder:
    """Walks over a text once, from tag to tag."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._opening = _OPEN.search(text)
        self._encoded = _ENCODED_OPEN.search(text) if "%7" in text else None

    def next_after(self, position: int) -> Found | None:
        """The two spellings are looked for apart, and each only once: a search for none runs to the end."""
        if self._opening is not None and self._opening.start() < position:
            self._opening = _OPEN.search(self.text, position)
        if self._encoded is not None and self._encoded.start() < position:
            self._encoded = _ENCODED_OPEN.search(self.text, position)
        opening, encoded = self._opening, self._encoded
        if encoded is not None and (opening is None or encoded.start() < opening.start()):
            return self._url_encoded(encoded)
        return None if opening is None else self._plain(opening)

    def _url_encoded(self, opening: re.Match[str]) -> Found:
        kind = "output" if opening.group()[-2:].upper() == "7B" else "statement"
        limit = opening.end() + ENCODED_WINDOW
        other = _ENCODED_OPEN.search(self.text, opening.end(), limit)
        closing = _ENCODED_CLOSE[kind].search(self.text, opening.end(), other.start() if other else limit)
        inner = None if closing is None else self.text[opening.end() : closing.start()]
        if closing is None or inner is None or re.search(r"[\s<>{}]", inner):
            return _unclosed(opening.start(), opening.end())
        return _found(opening.start(), closing.end(), kind, unquote(inner.replace("+", " ")), "url-encoded")

    def _plain(self, opening: re.Match[str]) -> Found:
        simple = _SIMPLE.match(self.text, opening.start())
        if simple is not None and (inner := _plain_inside(simple[1])) is not None:
            return Found(simple.start(), simple.end(), "output", *inner, "", "")
        text, start, inside = self.text, opening.start(), opening.end()
        signs = opening.group()
        if signs[-1] == "%":
            kind, closer = "statement", "%}"
        else:
            kind, closer = "output", "}}"
        if signs.startswith("{{{"):
            return self._triple(start, inside)
        broken = len(signs) > 2
        close = text.find(closer, inside, inside + WINDOW)
        limit = close if close >= 0 else min(len(text), inside + WINDOW)
        other = _OPEN.search(text, inside, limit)
        if other is not None and not (close >= 0 and _in_quotes(text[inside : other.start()])):
            return self._damaged(start, inside, other.start(), kind)
        if close < 0:
            return self._damaged(start, inside, limit, kind)
        if broken:
            return self._broken(start, inside, close, close + 2, kind)
        end = self._past_quotes(inside, close, closer)
        return _found(start, end + 2, kind, text[inside:end], "")._replace(quoted_close=end != close)

    def _triple(self, start: int, inside: int) -> Found:
        """Three braces are a mail provider's token; more are a slip, read as if they were two."""
        close = self.text.find("}}", inside, inside + WINDOW)
        if close < 0 or _OPEN.search(self.text, inside, close):
            return _unclosed(start, inside)
        end = close + 2
        while end - close < inside - start and self.text[end : end + 1] == "}":
            end += 1
        exact = inside - start == 3 and end - close == 3
        return _found(
            start, end, "triple" if exact else "output", self.text[inside:close], "" if exact else "broken-tag"
        )

    def _past_quotes(self, inside: int, close: int, closer: str) -> int:
        """The first closing braces that do not stand inside a quoted text; at most three are tried."""
        candidate = close
        for _ in range(3):
            inner = self.text[inside:candidate]
            if not _in_quotes(inner):
                return candidate
            candidate = self.text.find(closer, candidate + 2, inside + WINDOW)
            if candidate < 0 or "{{" in self.text[close:candidate] or "{%" in self.text[close:candidate]:
                return close
        return close

    def _damaged(self, start: int, inside: int, limit: int, kind: str) -> Found:
        closing = _BROKEN_CLOSE[kind].search(self.text, inside, limit)
        if closing is not None:
            return self._broken(start, inside, closing.start(), closing.end(), kind)
        single = _SINGLE_CLOSE.match(self.text, inside, limit) if kind == "output" else None
        if single is not None:
            return self._broken(start, inside, single.end() - 1, single.end(), kind)
        return _unclosed(start, inside)

    def _broken(self, start: int, inside: int, close: int, end: int, kind: str) -> Found:
        keep = "".join(_MARKUP.findall(self.text[start:end]))
        return _found(start, end, kind, clean(self.text[inside:close]), "broken-tag", keep)


def _found(start: int, end: int, kind: str, inner: str, damage: str, keep: str = "") -> Found:
    return Found(start, end, kind, *_trimmed(inner), damage, keep)


def _trimmed(inner: str) -> tuple[str, bool, bool]:
    trims_left, trims_right = inner.startswith("-"), inner.endswith("-")
    if trims_left or trims_right:
        inner = inner[1 if trims_left else 0 : -1 if trims_right and len(inner) > 1 else None]
    return inner.strip(BLANKS), trims_left, trims_right


@lru_cache(maxsize=1_024)
def _plain_inside(inner: str) -> tuple[str, bool, bool] | None:
    """An account repeats few tags many times. None: a quoted text may go on behind these braces."""
    return None if inner.count('"') % 2 or inner.count("'") % 2 else _trimmed(inner)


def _unclosed(start: int, end: int) -> Found:
    return Found(start, end, "unclosed", "", False, False, "", "")


def _in_quotes(inner: str) -> bool:
    """Whether a quoted text was begun and not ended."""
    if '"' not in inner and "'" not in inner:
        return False
    rest = _QUOTED.sub("", inner)
    return '"' in rest or "'" in rest


def clean(inner: str) -> str:
    """The inside of a tag without what an editor put there by accident."""
    return _CLEAN.sub(lambda match: "" if match.group().startswith("<") else " ", inner).strip()


def swallows(word: str, rest: str, careless: Container[str]) -> bool:
    """Whether a statement that cares for no words behind its own has text there that was meant to be seen: its end was
    forgotten, and so it goes on to that of the next one."""
    return any(sign in rest for sign in "{}<") and (word in careless or word.startswith("end"))


def defuse(text: str, *, entities: bool) -> str:
    """The same text to the eye, with no opening braces that an engine would act on."""
    sign = "&#123;" if entities else "{ "
    text = _OPEN.sub(lambda match: match.group().replace("{", sign), text)
    if text[-1:] not in LAST_OF_HALF:
        return text
    # What follows may bring the other half of an opening.
    start = max(0, len(text) - LONGEST_HALF)
    return text[:start] + _HALF_BRACE.sub(lambda match: match.group().replace("{", sign), text[start:])


def opens_half(text: str) -> bool:
    """Whether the text ends with the first half of an opening."""
    if text[-1:] not in LAST_OF_HALF:
        return False
    text = text[-LONGEST_HALF:]
    start = max(text.rfind("{"), text.rfind("%7"))
    return start >= 0 and _HALF_OPEN.match(text, start) is not None


def opens_a_tag(text: str) -> bool:
    """Whether a tag of this spelling, plain, broken or URL-encoded, begins anywhere in the text."""
    return _OPEN.search(text) is not None or _ENCODED_OPEN.search(text) is not None


T = TypeVar("T")


def read_leniently(found: Found, read: Callable[[str], T | None]) -> tuple[T | None, str, str]:
    """What `read` makes of the inside: as written, with entities decoded, with accidents taken out.

    Returns the result, the damage that had to be mended, and the markup to keep. Entities alone are no damage:
    editors encode quotes, and the source decodes them.
    """
    inner, damage, keep = found.inner, found.damage, found.keep
    result = read(inner)
    if result is None and "%" in inner and damage == "":
        plain = unquote(inner).strip(BLANKS)
        result, damage = read(plain), "url-encoded"
    if result is None and "&" in inner:
        inner = unescape(inner).strip(BLANKS)
        result, damage = read(inner), found.damage
    if result is None:
        cleaned = clean(found.inner)
        if cleaned != found.inner:
            result, damage = read(unescape(cleaned).strip(BLANKS)), "broken-tag"
            keep = keep or "".join(_MARKUP.findall(found.inner))
    return (result, damage, keep) if result is not None else (None, found.damage, found.keep)
