"""Fills the Liquid of an email for one person: values, defaults and conditions, as the platform's documents give them.

Only what is certain: anything else raises `NotRendered`, so that no email is ever made up. The platform publishes no
spelling for free placeholders; an account names the ones that it fills.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from migrator.sandbox.broadcast.account import Row, Subscriber

UNSUBSCRIBE = "https://mail.acme.test/unsubscribe/"
PREFERENCES = "https://mail.acme.test/preferences/"
_TAG = re.compile(r"\{\{\{.*?\}\}\}|\{\{(?P<value>.*?)\}\}|\{%(?P<word>.*?)%\}", re.DOTALL)
_PART = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<mark>==|!=|[|:])|"""
    r"""(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[(?:"[^"]*"|'[^']*')\])*))"""
)
_KEY = re.compile(r"""\.([A-Za-z_]\w*)|\[(?:"([^"]*)"|'([^']*)')\]""")
_WORDS = {"true": True, "false": False, "nil": None}

Values = Callable[[str], Any]
Filter = Callable[..., Any]
Part = tuple[str, str]


class NotRendered(ValueError):
    """This text holds Liquid whose outcome no document gives; the message says which."""


def values_of(person: Subscriber, placeholders: Mapping[str, str]) -> Values:
    """What each name stands for, for one person."""
    fields = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
    links = dict.fromkeys(("unsubscribe_url", "unsubscribe_link"), f"{UNSUBSCRIBE}{person.id}")
    links["preferences_url"] = f"{PREFERENCES}{person.id}"

    def value(path: str) -> Any:
        found = named(path)
        if isinstance(found, str) and "<" in found:
            raise NotRendered("no document says whether Broadcast escapes a value that holds markup")
        return found

    def named(path: str) -> Any:
        name = path.removeprefix("subscriber.")
        if name in fields:
            return fields[name]
        if name == path and name in links:
            return links[name]
        if name == path and name in placeholders:
            return placeholders[name]
        head = re.match(r"\w+", name)
        keys = [next(filter(None, found), "") for found in _KEY.findall(name)]
        if head is None or head[0] != "custom_data" or not keys:
            raise NotRendered(f"no document says what {path} is")
        here: Any = person.custom_data or {}
        for key in keys:
            here = here.get(key) if isinstance(here, dict) else None
        return here

    return value


def fill(source: str, values: Values) -> str:
    return "".join(piece.shown(values) for piece in _read(source))


def rendered(content: Row, values: Values) -> dict[str, str]:
    """The email's subject, preview and HTML, or the reason why nobody can tell them (`not_rendered`)."""
    fields = {"subject": "subject", "preview": "preheader", "html": "body"}
    try:
        return {name: fill(str(content.get(key) or ""), values) for name, key in fields.items()}
    except NotRendered as reason:
        return {"not_rendered": str(reason)}


# --- reading ---


@dataclass(frozen=True)
class _Text:
    text: str

    def shown(self, values: Values) -> str:
        return self.text


@dataclass(frozen=True)
class _Value:
    operand: Part
    filters: tuple[tuple[str, tuple[Part, ...]], ...]

    def shown(self, values: Values) -> str:
        found = _of(self.operand, values)
        for name, arguments in self.filters:
            found = _FILTERS[name](found, *(_of(argument, values) for argument in arguments))
        return _printed(found)


@dataclass(frozen=True)
class _Choice:
    lanes: tuple[tuple[tuple[Part, ...], bool, tuple[Any, ...]], ...]
    """The condition, the answer that it must give, and what is shown then. No condition: always."""

    def shown(self, values: Values) -> str:
        for condition, wanted, pieces in self.lanes:
            if not condition or _holds(condition, values) is wanted:
                return "".join(piece.shown(values) for piece in pieces)
        return ""


@lru_cache(maxsize=512)
def _read(source: str) -> tuple[Any, ...]:
    pieces = iter(_pieces(source))
    found, end = _until(pieces)
    if end:
        raise NotRendered(f"a tag {end[0]} closes nothing")
    return found


def _pieces(source: str) -> Iterator[_Text | _Value | list[str]]:
    at = 0
    for match in _TAG.finditer(source):
        yield from _plain(source[at : match.start()])
        at = match.end()
        if match["value"] is not None:
            yield _output(html.unescape(match["value"]))
        elif match["word"] is not None:
            yield html.unescape(match["word"]).split(None, 1) or [""]
        else:
            raise NotRendered("three braces are no Liquid")
    yield from _plain(source[at:])


def _plain(text: str) -> Iterator[_Text]:
    if re.search(r"\{\{|\{%", text):
        raise NotRendered("a tag is never closed")
    if text:
        yield _Text(text)


def _until(pieces: Iterator[_Text | _Value | list[str]]) -> tuple[tuple[Any, ...], list[str]]:
    """What comes before the tag that ends this lane, and that tag; nothing at the end of the text."""
    found: list[Any] = []
    for piece in pieces:
        if not isinstance(piece, list):
            found.append(piece)
        elif piece[0] in ("if", "unless"):
            found.append(_choice(piece, pieces))
        elif piece[0] in ("elsif", "else", "endif", "endunless"):
            return tuple(found), piece
        else:
            raise NotRendered(f"the tag {piece[0]} is not one of those rendered here")
    return tuple(found), []


def _choice(opening: list[str], pieces: Iterator[_Text | _Value | list[str]]) -> _Choice:
    lanes = []
    condition, wanted = _condition(opening), opening[0] == "if"
    while True:
        shown, end = _until(pieces)
        lanes.append((condition, wanted, shown))
        if end == [f"end{opening[0]}"]:
            return _Choice(tuple(lanes))
        if not end or end[0] not in ("elsif", "else") or not condition:
            raise NotRendered(f"the tag {opening[0]} is not closed as it must be")
        condition, wanted = _condition(end) if end[0] == "elsif" else (), True


def _condition(tag: list[str]) -> tuple[Part, ...]:
    parts = tuple(_parts(tag[1] if len(tag) > 1 else ""))
    kinds = [kind for kind, _ in parts]
    fits = len(parts) == 1 or (len(parts) == 3 and parts[1][1] in ("==", "!="))
    if not fits or "mark" in (kinds[0], kinds[-1]):
        raise NotRendered(f"a condition of {tag[0]} is more than one comparison")
    return parts


def _output(inner: str) -> _Value:
    parts = list(_parts(inner))
    rows: list[list[Part]] = [[]]
    for part in parts:
        if part == ("mark", "|"):
            rows.append([])
        else:
            rows[-1].append(part)
    if len(rows[0]) != 1 or rows[0][0][0] == "mark":
        raise NotRendered("a value is not one name or text")
    return _Value(rows[0][0], tuple(_filter(row) for row in rows[1:]))


def _filter(row: list[Part]) -> tuple[str, tuple[Part, ...]]:
    name = row[0][1] if row else ""
    arguments = row[2:]
    if name not in _FILTERS or len(arguments) != (name in _WITH_TEXT) or (arguments and row[1] != ("mark", ":")):
        raise NotRendered(f"the filter {name} is not one of those rendered here")
    return name, tuple(arguments)


def _parts(text: str) -> Iterator[Part]:
    at, text = 0, text.strip()
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            raise NotRendered(f"no Liquid that is rendered here: {text}")
        at = match.end()
        yield str(match.lastgroup), match[str(match.lastgroup)]


# --- showing ---


def _of(part: Part, values: Values) -> Any:
    kind, text = part
    if kind == "text":
        return text[1:-1]
    if kind == "number":
        return float(text) if "." in text else int(text)
    return _WORDS[text] if text in _WORDS else values(text)


def _holds(condition: tuple[Part, ...], values: Values) -> bool:
    """Only nothing and `false` are false; an empty text is true."""
    left = _of(condition[0], values)
    if len(condition) == 1:
        return left is not None and left is not False
    same = left == _of(condition[2], values)
    return same if condition[1][1] == "==" else not same


def _printed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise NotRendered("a list or an object has no text")


_WITH_TEXT = ("default", "append")
_FILTERS: dict[str, Filter] = {
    "default": lambda value, other: other if value in (None, False, "") else value,
    "append": lambda value, other: _printed(value) + _printed(other),
    "upcase": lambda value: _printed(value).upper(),
    "downcase": lambda value: _printed(value).lower(),
    "capitalize": lambda value: _printed(value)[:1].upper() + _printed(value)[1:].lower(),
    "strip": lambda value: _printed(value).strip(),
    "escape": lambda value: html.escape(_printed(value)),
}
