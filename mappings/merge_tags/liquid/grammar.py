"""Reads the inside of one Liquid tag: values with filters, and conditions. None means: not Liquid as we know it."""

from __future__ import annotations

import re
from functools import lru_cache

from mappings.merge_tags.braces import BLANKS
from mappings.merge_tags.expressions import (
    Combined,
    Condition,
    Constant,
    Effect,
    Filter,
    Meaning,
    Output,
    Question,
    Special,
    Value,
    Variable,
)
from mappings.merge_tags.liquid.tables import CONTACT, CUSTOM_DATA, FILTERS, VARIABLES

_TOKEN = re.compile(
    r"""[ \t\r\n\f\v]*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))"""
    r"""|(?P<name>[A-Za-z_][\w-]*\??)|(?P<sign>==|!=|<>|<=|>=|[<>.|:,\[\]]))""",
    re.ASCII,
)
_WORDS: dict[str, bool | Special] = {
    "true": True,
    "false": False,
    "nil": Special.NIL,
    "null": Special.NIL,
    "blank": Special.BLANK,
    "empty": Special.EMPTY,
}
_OPERATORS = frozenset({"==", "!=", "<>", "<", ">", "<=", ">=", "contains"})
MOST_TOKENS = 200
"""A tag with more words than this is not read; nobody writes one by hand."""


class _NotLiquid(Exception):
    pass


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position, end = 0, len(text.rstrip(BLANKS))
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or len(found) == MOST_TOKENS:
            raise _NotLiquid
        kind = str(match.lastgroup)
        found.append(("text" if kind in ("double", "single") else kind, match[kind]))
        position = match.end()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.position = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.position += 1
        return token

    def takes(self, sign: str) -> bool:
        if self.peek() == ("sign", sign):
            self.position += 1
            return True
        return False

    def expect(self, kind: str) -> str:
        found, text = self.take()
        if found != kind:
            raise _NotLiquid
        return text

    def finish(self) -> None:
        if self.position < len(self.tokens):
            raise _NotLiquid

    def output(self) -> Output:
        value, filters = self.value(), []
        while self.takes("|"):
            filters.append(self.filter())
        return Output(value, tuple(filters))

    def filter(self) -> Filter:
        name = self.expect("name")
        effect, apply = FILTERS.get(name, (Effect.OTHER, None))
        arguments: list[Value] = []
        if self.takes(":"):
            arguments.append(self.argument())
            while self.takes(","):
                arguments.append(self.argument())
        if effect is Effect.DEFAULT and len(arguments) != 1:
            effect = Effect.OTHER
        return Filter(name, effect, tuple(arguments), apply)

    def argument(self) -> Value:
        value = self.value()
        return self.value() if self.takes(":") else value

    def value(self) -> Value:
        kind, text = self.take()
        if kind == "text":
            return Constant(text)
        if kind == "number":
            return Constant(float(text) if "." in text else int(text))
        if kind != "name":
            raise _NotLiquid
        path = [text]
        while True:
            if self.takes("."):
                path.append(self.expect("name"))
            elif self.takes("["):
                inner, key = self.take()
                if inner not in ("text", "number") or not self.takes("]"):
                    raise _NotLiquid
                path.append(key)
            else:
                break
        if len(path) == 1 and text in _WORDS:
            return Constant(_WORDS[text])
        return variable(tuple(path))

    def condition(self) -> Condition:
        """`and` and `or` have no rank in Liquid: they are read from the right."""
        parts: list[Condition] = [self.test()]
        operators: list[str] = []
        while self.peek() in (("name", "and"), ("name", "or")):
            operators.append(self.take()[1])
            parts.append(self.test())
        result = parts.pop()
        while operators:
            result = Combined(operators.pop(), (parts.pop(), result))
        return result

    def test(self) -> Question:
        left = self.value()
        if self.peek()[0] in ("sign", "name") and self.peek()[1] in _OPERATORS:
            operator = self.take()[1]
            return Question(left, "!=" if operator == "<>" else operator, self.value())
        return Question(left)


def variable(path: tuple[str, ...]) -> Variable:
    """What a path means; `subscriber.` in front says nothing new."""
    own = path[1:] if path[0] == CONTACT and len(path) > 1 else path
    if own[0] == CUSTOM_DATA and len(own) > 1:
        return Variable(Meaning.ATTRIBUTE, own[1:], path[0])
    meaning = VARIABLES.get(own[0], Meaning.UNKNOWN) if len(own) == 1 else Meaning.UNKNOWN
    return Variable(meaning, own, path[0])


@lru_cache(maxsize=2_048)
def read_output(text: str) -> Output | None:
    try:
        reader = _Reader(text)
        output = reader.output()
        reader.finish()
    except _NotLiquid:
        return None
    return output


@lru_cache(maxsize=2_048)
def read_condition(text: str) -> Condition | None:
    try:
        reader = _Reader(text)
        condition = reader.condition()
        reader.finish()
    except _NotLiquid:
        return None
    return condition
