"""A small Django template language, as Klaviyo's tags need it, written apart from ours: what the source shows.

It knows values with `lookup`, `default` and `escape`, conditionals with `not`, both comments and the unsubscribe tags.
Whatever else a template holds is an error here.
"""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\})")
_COMMENT = re.compile(r"\{%\s*comment\s*%\}.*?\{%\s*endcomment\s*%\}", re.DOTALL)
_PIPED = re.compile(r"""(?:'[^']*'|"[^"]*"|[^|])+""")
_WORDS: dict[str, Any] = {"True": True, "False": False}
_PROFILE = ("first_name", "last_name", "email")
LEAVE = "https://leave.test/"


class NotKnown(Exception):
    """The template holds something that this small language does not have."""


def shown(template: str, person: dict[str, Any]) -> str:
    run = _Run(_COMMENT.sub("", template), person)
    run.block(True, ())
    return "".join(run.out)


class _Run:
    def __init__(self, template: str, person: dict[str, Any]) -> None:
        self.tokens, self.position = _TOKEN.split(template), 0
        self.person, self.out = person, list[str]()

    def block(self, shows: bool, ends: tuple[str, ...]) -> str:
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            if not _TOKEN.fullmatch(token):
                self.show(token, shows)
            elif token.startswith("{{"):
                value = self.value(token[2:-2])
                self.show("" if value is None else str(value), shows)
            elif token.startswith("{%"):
                inner = token[2:-2].strip()
                word = inner.partition(" ")[0]
                if word in ends:
                    return inner
                self.tag(word, inner, shows)
            self.position += 1
        if ends:
            raise NotKnown("no end")
        return ""

    def tag(self, word: str, inner: str, shows: bool) -> None:
        if word == "unsubscribe_link":
            self.show(LEAVE, shows)
        elif word == "unsubscribe":
            words = re.search(r"'(.*)'", inner)
            self.show(f'<a href="{LEAVE}">{words[1] if words else "Unsubscribe"}</a>', shows)
        elif word == "if":
            self.branches(inner[2:], shows)
        elif word != "render_variable":
            raise NotKnown(inner)

    def branches(self, condition: str, shows: bool) -> None:
        done, holds = False, self.true(condition)
        while True:
            self.position += 1
            end = self.block(shows and not done and holds, ("elif", "else", "endif"))
            done = done or holds
            if end == "endif":
                return
            holds = self.true(end[4:]) if end.startswith("elif") else True

    def true(self, condition: str) -> bool:
        condition = condition.strip()
        return not self.true(condition[4:]) if condition.startswith("not ") else bool(self.value(condition))

    def value(self, text: str) -> Any:
        first, *filters = (part.strip() for part in _PIPED.findall(text))
        value = self.plain(first)
        for one in filters:
            name, _, argument = (part.strip() for part in one.partition(":"))
            if name == "default":
                value = value or self.plain(argument)
            elif name == "lookup":
                value = self.looked_up(value, self.plain(argument))
            elif name != "escape":
                raise NotKnown(one)
        return value

    def plain(self, text: str) -> Any:
        if text[:1] in ("'", '"'):
            return text[1:-1]
        if re.fullmatch(r"-?\d+", text):
            return int(text)
        if text in _WORDS or text in _PROFILE:
            return _WORDS[text] if text in _WORDS else self.person[text]
        value: Any = None
        for number, part in enumerate(text.split(".")):
            if number == 0:
                value = self.person if part == "person" else None
            else:
                value = self.looked_up(value, f"${part}" if part in (*_PROFILE, "location") else part)
        return value

    def looked_up(self, value: Any, key: str) -> Any:
        if value is not self.person:
            return value.get(key) if isinstance(value, dict) else None
        if not key.startswith("$"):
            return self.person["properties"].get(key)
        return {**self.person["location"], **self.person}.get(key[1:])

    def show(self, text: str, shows: bool) -> None:
        if shows:
            self.out.append(text)
