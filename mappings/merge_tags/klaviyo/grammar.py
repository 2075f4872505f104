"""Reads the inside of one tag: values with filters, and conditions. None means: not this language as we know it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from mappings.merge_tags.braces import BLANKS
from mappings.merge_tags.expressions import (
    FALLBACKS,
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
from mappings.merge_tags.klaviyo.tables import (
    EVENT,
    FIELDS,
    FILTERS,
    LOOKUP,
    NO_EQUAL,
    ORGANIZATION,
    PERSON,
    PLACES,
)

_TOKEN = re.compile(
    r"""[ \t\r\n\f\v]*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<number>-?\d+(?:\.\d+)?(?![\w.]))"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|[<>|:,.$-]|\d+))""",
    re.ASCII,
)
_WORDS: dict[str, bool | Special] = {"True": True, "False": False, "None": Special.NIL}
_FOREIGN_WORDS = frozenset({"true", "false", "none", "null", "nil"})
"""Of other languages: whether this one takes them for words or for names is not published."""
_OPERATORS = frozenset({"==", "!=", "<", ">", "<=", ">="})
_NOT_A_VALUE = frozenset({"and", "or", "not", "in", "is"})
MOST_TOKENS = 200
DEEPEST = 20


class _Unread(Exception):
    pass


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip(BLANKS))
        while position < end:
            match = _TOKEN.match(text, position)
            if match is None or len(self.tokens) == MOST_TOKENS:
                raise _Unread
            kind = str(match.lastgroup)
            self.tokens.append(("text" if kind in ("double", "single") else kind, match[kind]))
            position = match.end()
        self.position = self.depth = 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.position += 1
        return token

    def takes(self, kind: str, text: str) -> bool:
        if self.peek() == (kind, text):
            self.position += 1
            return True
        return False

    def finish(self) -> None:
        if self.position < len(self.tokens):
            raise _Unread

    def output(self) -> Output:
        """A value with its filters; a lookup is part of the name."""
        value = self.value()
        filters: list[Filter] = []
        owing = False
        while self.takes("sign", "|"):
            kind, name = self.take()
            if kind != "name":
                raise _Unread
            arguments = self.arguments()
            if name == LOOKUP and not filters and isinstance(value, Variable):
                value = _looked_up(value, arguments)
                continue
            made = _filter(name, arguments)
            if made.effect is Effect.DEFAULT:
                if owing and filters[-1].effect is not Effect.DEFAULT:
                    raise _Unread
                if owing:
                    filters.pop()  # a fallback that is itself nothing gives way to the next one
                owing = isinstance(arguments[0], Constant) and arguments[0].value in (0, Special.NIL)
            filters.append(made)
        return Output(value, tuple(filters))

    def arguments(self) -> tuple[Value, ...]:
        return (self.value(),) if self.takes("sign", ":") else ()

    def value(self) -> Value:
        kind, text = self.take()
        if kind == "text":
            return Constant(text)
        if kind == "number":
            return Constant(float(text) if "." in text else int(text))
        if kind != "name" or text in _NOT_A_VALUE:
            raise _Unread
        path = [text]
        while self.takes("sign", "."):
            kind, part = self.take()
            if kind not in ("name", "number", "sign") or not (part.isdigit() or kind == "name"):
                raise _Unread
            path.append(part)
        if len(path) == 1 and text in _WORDS:
            return Constant(_WORDS[text])
        if len(path) == 1 and text in _FOREIGN_WORDS:
            raise _Unread
        return variable(tuple(path))

    # Conditions: `not` binds closer than `and`, and `and` closer than `or`.

    def condition(self) -> Condition:
        return self._joined("or", lambda: self._joined("and", self._negatable))

    def _joined(self, word: str, part: Callable[[], Condition]) -> Condition:
        parts: list[Condition] = [part()]
        while self.takes("name", word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Combined(word, tuple(parts))

    def _negatable(self) -> Condition:
        if not self.takes("name", "not"):
            return self.test()
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Unread
        inner = self._negatable()
        if not isinstance(inner, Question) or inner.operator not in _OPPOSITE:
            raise _Unread
        operator = _OPPOSITE[inner.operator]
        # "Not x" holds for an absent value and for an empty one.
        return Question(inner.left, operator, Constant(Special.BLANK) if inner.operator == "" else inner.right)

    def test(self) -> Question:
        left = self.operand()
        kind, word = self.peek()
        if kind == "sign" and word in _OPERATORS:
            self.take()
            return Question(left, word, self.operand())
        if (kind, word) == ("name", "in"):
            self.take()
            return Question(self.operand(), "contains", left)
        if (kind, word) in (("name", "not"), ("name", "is")):
            raise _Unread
        # This language takes 0 and an empty text for no.
        return Question(Constant(False) if isinstance(left, Constant) and not left.value else left)

    def operand(self) -> Value:
        """A value; filters other than a lookup make another one of it, which no test can be made of."""
        output = self.output()
        if not all(map(_harmless, output.filters)):
            raise _Unread
        return output.value


_OPPOSITE = {"": "==", "==": "!=", "!=": "=="}


def _harmless(one: Filter) -> bool:
    """A default that is itself empty changes no test. Even an escape does: of an absent value it makes a word."""
    argument = one.arguments[0] if one.arguments else None
    return one.effect is Effect.DEFAULT and isinstance(argument, Constant) and not argument.as_text()


def _filter(name: str, arguments: tuple[Value, ...]) -> Filter:
    effect, apply = FILTERS.get(name, (Effect.OTHER, None))
    if effect in FALLBACKS:
        if len(arguments) != 1:
            return Filter(name, Effect.OTHER, arguments)
        if isinstance(argument := arguments[0], Constant):
            arguments = (_as_python(argument),)
    return Filter(name, effect, arguments, apply)


def _looked_up(value: Variable, arguments: tuple[Value, ...]) -> Variable:
    key = arguments[0] if len(arguments) == 1 else None
    if not isinstance(key, Constant) or not isinstance(key.value, str) or not key.value:
        raise _Unread
    if value.root == PERSON and value.path == (PERSON,):
        return _of_person((key.value.removeprefix("$"),) if key.value.startswith("$") else (key.value,), key.value)
    if value.root == EVENT:
        inner = () if value.path == (EVENT,) else value.path
        return Variable(Meaning.EVENT, (*inner, key.value), EVENT)
    return Variable(value.meaning, (*value.path, key.value), value.root)


def _of_person(path: tuple[str, ...], written: str = "") -> Variable:
    first = path[0]
    if len(path) == 1 and first in FIELDS and (not written or written.startswith("$")):
        return Variable(FIELDS[first], path, PERSON)
    if len(path) == 1 and first in PLACES and written.startswith("$"):
        return Variable(Meaning.ATTRIBUTE, ("location", first), PERSON)
    if len(path) == 1 and first in NO_EQUAL and (not written or written.startswith("$")):
        return Variable(Meaning.NO_EQUAL, path, PERSON)
    return Variable(Meaning.ATTRIBUTE, path, PERSON)


def variable(path: tuple[str, ...]) -> Variable:
    root = path[0]
    if root == PERSON:
        return _of_person(path[1:]) if len(path) > 1 else Variable(Meaning.NO_EQUAL, path, PERSON)
    if root == EVENT:
        return Variable(Meaning.EVENT if len(path) > 1 else Meaning.NO_EQUAL, path[1:] or path, EVENT)
    if root == ORGANIZATION:
        return Variable(Meaning.NO_EQUAL, path, ORGANIZATION)
    if len(path) == 1 and root in FIELDS:
        return Variable(FIELDS[root], path, root)
    return Variable(Meaning.UNKNOWN, path, root)


@lru_cache(maxsize=2_048)
def read_output(text: str) -> Output | None:
    try:
        reader = _Reader(text)
        output = reader.output()
        reader.finish()
    except _Unread:
        return None
    if isinstance(output.value, Constant) and type(output.value.value) is not str:
        # True, None and numbers are printed as Python writes them; which of them a filter takes for nothing is left.
        return None if output.filters else Output(_as_python(output.value))
    return output


def _as_python(constant: Constant) -> Constant:
    return Constant("None" if constant.value is Special.NIL else str(constant.value))


@lru_cache(maxsize=2_048)
def read_condition(text: str) -> Condition | None:
    try:
        reader = _Reader(text)
        condition = reader.condition()
        reader.finish()
    except _Unread:
        return None
    return condition
