"""All tags of a Liquid text, in order: outputs, statements, raw zones and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from mappings.merge_tags.braces import BLANKS, Finder, Found, clean, read_leniently, swallows
from mappings.merge_tags.dialect import Tag
from mappings.merge_tags.expressions import (
    Assign,
    Close,
    Comment,
    Condition,
    Middle,
    Node,
    Open,
    Output,
    Unclosed,
    UnknownTag,
    Unreadable,
    Variable,
    Verbatim,
)
from mappings.merge_tags.liquid.grammar import read_condition, read_output
from mappings.merge_tags.liquid.tables import BLOCKS, PROVIDER_TOKENS
from mappings.value_marks import Mark

_WORD = re.compile(r"(#|[A-Za-z_]\w*)[ \t\r\n\f\v]*(.*)\Z", re.DOTALL)
_NAME = re.compile(r"([A-Za-z_][\w-]*)")
_ASSIGNED = re.compile(r"\b(?:assign|capture|increment|decrement)\s+([A-Za-z_][\w-]*)")
_ASSIGN = re.compile(r"([A-Za-z_][\w-]*)\s*=(.*)\Z", re.DOTALL)
_END_RAW = re.compile(r"\{%-?\s*endraw\s*-?%\}")
_COMMENT_SIGN = re.compile(r"\{%-?\s*(end)?comment\b[^%]{0,200}%\}")


class LiquidDialect:
    name = "liquid"
    nothing = frozenset({Mark.FALSE})

    def scan(self, text: str) -> list[Tag]:
        return list(_Scan(text).tags())


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.no_endraw = self.no_endcomment = False

    def tags(self) -> Iterator[Tag]:
        finder, position = Finder(self.text), 0
        while (found := finder.next_after(position)) is not None:
            tag = self.tag(found)
            position = tag.end
            yield tag

    def tag(self, found: Found) -> Tag:
        if found.kind == "output":
            return _output(found)
        if found.kind == "unclosed":
            return Tag(found.start, found.end, Unclosed(), self.text[found.start : found.end])
        if found.kind == "triple":
            return _provider_token(found)
        statement, damage, keep = read_leniently(found, _statement)
        if found.quoted_close:
            return _tag(found, _cut_off(found.inner, None if statement is None else statement[1]), damage, keep)
        if statement is None:
            return _tag(found, _unreadable(found.inner), damage, keep)
        word, node = statement
        if word in ("raw", "comment"):
            return self.zone(found, word)
        return _tag(found, node, damage, keep)

    def zone(self, found: Found, word: str) -> Tag:
        """A raw zone or a comment is one tag up to its end."""
        end = self.end_of_raw(found.end) if word == "raw" else self.end_of_comment(found.end)
        if end is None:
            return _tag(found, Open(word), "", "")
        node: Node = Verbatim(self.text[found.end : end[0]]) if word == "raw" else Comment()
        return Tag(found.start, end[1], node, word, found.trims_left, self.text[end[1] - 3] == "-")

    def end_of_raw(self, start: int) -> tuple[int, int] | None:
        match = None if self.no_endraw else _END_RAW.search(self.text, start)
        self.no_endraw = match is None
        return None if match is None else match.span()

    def end_of_comment(self, start: int) -> tuple[int, int] | None:
        """Comments nest. One that is not closed as often as it is opened ends with the last closing tag."""
        depth, last = 1, None
        for match in () if self.no_endcomment else _COMMENT_SIGN.finditer(self.text, start):
            depth += -1 if match[1] else 1
            if match[1]:
                last = match.span()
            if depth == 0:
                break
        self.no_endcomment = last is None
        return last


def _tag(found: Found, node: Node, damage: str, keep: str) -> Tag:
    written = " ".join(found.inner.split())
    return Tag(found.start, found.end, node, written, found.trims_left, found.trims_right, damage, keep)


def _output(found: Found) -> Tag:
    if not (found.damage or found.keep or found.quoted_close) and (known := _known_output(found.inner)) is not None:
        node, written = known
        return Tag(found.start, found.end, node, written, found.trims_left, found.trims_right)
    if found.quoted_close:
        return _tag(found, Unreadable(), "", "")
    output, damage, keep = read_leniently(found, read_output)
    return _tag(found, Unreadable() if output is None else output, damage, keep)


@lru_cache(maxsize=1_024)
def _known_output(inner: str) -> tuple[Output, str] | None:
    """Of a tag that is read as it is written; the words are those of `_tag`."""
    output = read_output(inner)
    return None if output is None else (output, " ".join(inner.split()))


def _provider_token(found: Found) -> Tag:
    meaning = PROVIDER_TOKENS.get(found.inner)
    if meaning is None:
        return _tag(found, Unreadable(), "", "")
    return _tag(found, Output(Variable(meaning, (found.inner,), found.inner)), "", "")


def _statement(inner: str) -> tuple[str, Node] | None:
    match = _WORD.match(inner)
    if match is None:
        return None
    word, rest = match.groups()
    if swallows(word, rest, ("else",)):
        return None
    node = _node(word, rest.strip(BLANKS))
    return None if node is None else (word, node)


def _node(word: str, rest: str) -> Node | None:
    if word == "#":
        return Comment()
    if word in ("else", "endraw", "endcomment"):
        return Middle() if word == "else" else Close(word[3:])
    if word.startswith("end") and len(word) > 3:
        return Close(BLOCKS.get(word[3:], word[3:]))
    if word == "echo":
        return read_output(rest)
    if word == "assign":
        assigned = _ASSIGN.match(rest)
        return None if assigned is None else Assign((assigned[1],), read_output(assigned[2].strip()))
    if word in ("increment", "decrement", "liquid"):
        return _sets_something(word, rest)
    if word in ("if", "unless", "elsif"):
        condition = read_condition(rest)
        return None if condition is None else _opened(word, condition)
    if word == "when":
        return Middle(Unreadable())
    if word in BLOCKS:
        return Open(BLOCKS[word], Unreadable(), _first_name_in(rest) if word == "capture" else None)
    return UnknownTag(word)


def _opened(word: str, condition: Condition) -> Node:
    return Middle(condition) if word == "elsif" else Open(word, condition)


def _unreadable(inner: str) -> Node:
    """A conditional stays one, however odd its condition: its branches must never all be shown."""
    match = _WORD.match(clean(inner))
    return _opened(match[1], Unreadable()) if match and match[1] in ("if", "unless", "elsif") else Unreadable()


def _cut_off(inner: str, meant: Node | None) -> Node:
    """Of a statement that the source ends within its quotes: what it would have set is not known."""
    return Assign(meant.names, None) if isinstance(meant, Assign) else _unreadable(inner)


def _sets_something(word: str, rest: str) -> Node:
    names = _ASSIGNED.findall(rest) if word == "liquid" else _NAME.findall(rest)[:1]
    return Assign(tuple(names), None) if names else UnknownTag(word)


def _first_name_in(rest: str) -> str | None:
    match = _NAME.search(rest)
    return None if match is None else match.group()
