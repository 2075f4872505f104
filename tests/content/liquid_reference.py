"""A small Liquid, written from the language's description and from nothing of ours: what the source shows to a person.

It splits a text as Liquid's own tokenizer does and knows values, `default` and `escape`, assign, raw, comments,
conditionals and whitespace control. Whatever else a template holds is an error here.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

_TOKEN = re.compile(r"(\{%.*?%\}|\{\{.*?\}\})", re.DOTALL)
_PROVIDER = re.compile(r"\{\{\{\s*(pm:unsubscribe(?:_url)?)\s*\}\}\}")
_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}", re.DOTALL)
_PART = re.compile(r"""\.?([A-Za-z_][\w-]*)|\[\s*(?:"([^"]*)"|'([^']*)')\s*\]""")
_WORDS: dict[str, Any] = {"true": True, "false": False, "nil": None, "null": None}
BLANKS = " \t\r\n\f\v\0"
LEAVE = "https://leave.test/"


class NotKnown(Exception):
    """The template holds something that this small Liquid does not speak."""


def shown(template: str, person: dict[str, Any]) -> str:
    return _Run(template, person).run()


class _Run:
    def __init__(self, template: str, person: dict[str, Any]) -> None:
        self.names = dict(person)
        self.kept: list[str] = []
        self.tokens = self._split(template)
        self.out: list[str] = []

    def _split(self, template: str) -> list[str]:
        """Raw zones and comments first; then tags; then what a tag with a dash takes of the text beside it."""
        pieces: list[str] = []
        position = 0
        zone = re.compile(f"{_RAW.pattern}|{_COMMENT.pattern}|{_PROVIDER.pattern}", re.DOTALL)
        for found in zone.finditer(template):
            pieces += _TOKEN.split(template[position : found.start()])
            pieces.append(found.group())
            position = found.end()
        pieces += _TOKEN.split(template[position:])
        for number, piece in enumerate(pieces):
            if not piece.startswith(("{{", "{%")):
                continue
            if piece[2:3] == "-" and number and not _is_tag(pieces[number - 1]):
                pieces[number - 1] = pieces[number - 1].rstrip(BLANKS)
            if piece[-3:-2] == "-" and number + 1 < len(pieces) and not _is_tag(pieces[number + 1]):
                pieces[number + 1] = pieces[number + 1].lstrip(BLANKS)
        return pieces

    def run(self) -> str:
        self.position = 0
        self._block(True, ())
        if self.position < len(self.tokens):
            raise NotKnown(self.tokens[self.position])
        return "".join(self.out)

    def _block(self, shows: bool, ends: tuple[str, ...]) -> str:
        """Runs up to one of `ends`; gives back the tag that ended it."""
        while self.position < len(self.tokens):
            piece = self.tokens[self.position]
            if not _is_tag(piece):
                self._print(piece, shows)
            elif raw := _RAW.fullmatch(piece):
                self._print(raw[1], shows)
            elif _PROVIDER.fullmatch(piece):
                self._print(LEAVE, shows)
            elif not _COMMENT.fullmatch(piece):
                inner = unescape(piece[2:-2]).removeprefix("-").removesuffix("-").strip(BLANKS)
                word = inner.split(None, 1)[0] if inner and piece[1] == "%" else ""
                if word in ends:
                    return inner
                if piece[1] == "{":
                    self._print(_text(self._value(inner)), shows)
                else:
                    self._tag(word, inner, shows)
            self.position += 1
        if ends:
            raise NotKnown("no end")
        return ""

    def _tag(self, word: str, inner: str, shows: bool) -> None:
        if word == "assign":
            name, _, value = inner[6:].partition("=")
            if shows:
                self.names[name.strip()] = self._value(value.strip())
            return
        if word not in ("if", "unless"):
            raise NotKnown(inner)
        open_yet = True
        wanted = self._true(inner[len(word) :])
        holds = wanted if word == "if" else not wanted
        while True:
            self.position += 1
            end = self._block(shows and open_yet and holds, ("elsif", "else", f"end{word}"))
            open_yet = open_yet and not holds
            if end.startswith("end"):
                return
            holds = self._true(end[5:]) if end.startswith("elsif") else True

    def _true(self, condition: str) -> bool:
        condition = condition.strip()
        for sign in ("!=", "=="):
            if sign in condition:
                left, right = (part.strip() for part in condition.split(sign))
                value = self._value(left)
                if right == "blank":
                    same = value in (None, "", False) or (isinstance(value, str) and not value.strip())
                else:
                    same = value == self._value(right)
                return same if sign == "==" else not same
        return self._value(condition) not in (None, False)

    def _value(self, text: str) -> Any:
        value, *filters = _cut(text, "|")
        result = self._plain(value.strip())
        for one in filters:
            name, _, argument = one.strip().partition(":")
            if name.strip() == "default":
                if result in (None, "") or result is False:
                    result = self._plain(argument.strip())
            elif name.strip() in ("escape", "h"):
                result = escape(_text(result))
            else:
                raise NotKnown(one)
        return result

    def _plain(self, text: str) -> Any:
        if text[:1] in ("'", '"'):
            if len(text) < 2 or text[-1] != text[0] or text[0] in text[1:-1]:
                raise NotKnown(text)
            return text[1:-1]
        if re.fullmatch(r"-?\d+", text):
            return int(text)
        if text in _WORDS:
            return _WORDS[text]
        path, position = [], 0
        while position < len(text):
            found = _PART.match(text, position)
            if found is None:
                raise NotKnown(text)
            path.append(next(part for part in found.groups() if part is not None))
            position = found.end()
        if path[:1] == ["subscriber"] and "subscriber" not in self.names:
            path = path[1:]
        value: Any = self.names
        for part in path:
            if isinstance(value, list | str) and part == "size":
                value = len(value)
            elif isinstance(value, list) and part in ("first", "last"):
                value = value[0 if part == "first" else -1] if value else None
            else:
                value = value.get(part) if isinstance(value, dict) else None
        return value

    def _print(self, text: str, shows: bool) -> None:
        if shows:
            self.out.append(text)


def _is_tag(piece: str) -> bool:
    return piece.startswith(("{{", "{%")) and piece.endswith(("}}", "%}"))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "".join(map(_text, value)) if isinstance(value, list) else str(value)


def _cut(text: str, sign: str) -> list[str]:
    """Apart at a sign that does not stand in quotes."""
    parts, quote, start = [], "", 0
    for number, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == sign:
            parts.append(text[start:number])
            start = number + 1
    return [*parts, text[start:]]
