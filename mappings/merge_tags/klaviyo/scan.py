"""All tags of a text, in order: outputs, statements, comments of both spellings, and zones that print as they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mappings.merge_tags.braces import BLANKS, Finder, Found, clean, read_leniently, swallows
from mappings.merge_tags.dialect import Tag
from mappings.merge_tags.expressions import (
    Anchor,
    Assign,
    Close,
    Comment,
    Condition,
    Constant,
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
from mappings.merge_tags.klaviyo.grammar import read_condition, read_output
from mappings.merge_tags.klaviyo.tables import ANCHOR_TAGS, BLOCKS, LINK_TAGS, SILENT_TAGS
from mappings.value_marks import Mark

_WORD = re.compile(r"([A-Za-z_]\w*)[ \t\r\n\f\v]*(.*)\Z", re.DOTALL)
_QUOTED = re.compile(r"""(?:"([^"{}]*)"|'([^'{}]*)')\Z""")
_SHORT_COMMENT = re.compile(r"(?<!\{)\{#[^\n]{0,2000}?#\}")
_END = {
    "verbatim": re.compile(r"\{%[^\S\n]*endverbatim\b[^%\n]{0,100}%\}"),
    "comment": re.compile(r"\{%[^\S\n]*endcomment[^\S\n]*%\}"),
}
"""Tags stand on one line: what looks like one and goes over a line end is text."""
_CARELESS = SILENT_TAGS | {"else", "empty"}
_NAME = re.compile(r"[A-Za-z_]\w*")
_AS = re.compile(r"\bas\s+([A-Za-z_]\w*)\s*\Z")


class DjangoDialect:
    name = "django"
    nothing = frozenset({Mark.FALSE, Mark.ZERO})

    def scan(self, text: str) -> list[Tag]:
        return list(_Scan(text).tags())


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.endless: set[str] = set()

    def tags(self) -> Iterator[Tag]:
        finder, position = Finder(self.text), 0
        short = _SHORT_COMMENT.search(self.text)
        found = finder.next_after(0)
        while found is not None or short is not None:
            if short is not None and (found is None or short.start() < found.start):
                tag = Tag(short.start(), short.end(), Comment(), "comment")
            elif found is not None:
                tag = self.tag(found)
            position = tag.end
            if short is not None and short.start() < position:
                short = _SHORT_COMMENT.search(self.text, position)
            if found is not None and found.start < position:
                found = finder.next_after(position)
            yield tag

    def tag(self, found: Found) -> Tag:
        if found.kind == "output" and found.quoted_close:
            return _tag(found, Unreadable(), "", "")
        if found.kind == "output":
            output, damage, keep = read_leniently(found, read_output)
            node: Node = Unreadable() if output is None else output
            return _tag(found, node, damage or _over_lines(self.text, found), keep)
        if found.kind == "unclosed":
            return Tag(found.start, found.end, Unclosed(), self.text[found.start : found.end])
        if found.kind == "triple":
            return _tag(found, Unreadable(), "", "")
        statement, damage, keep = read_leniently(found, _statement)
        if statement is None or found.quoted_close:
            return _tag(found, _unreadable(found.inner), damage, keep)
        word, node = statement
        if word in _END:
            return self.zone(found, word)
        return _tag(found, node, damage or _over_lines(self.text, found), keep)

    def zone(self, found: Found, word: str) -> Tag:
        end = None if word in self.endless else _END[word].search(self.text, found.end)
        if end is None:
            self.endless.add(word)
            return _tag(found, Open(word), "", "")
        node: Node = Comment() if word == "comment" else Verbatim(self.text[found.end : end.start()])
        return Tag(found.start, end.end(), node, word, damage=_over_lines(self.text, found))


def _over_lines(text: str, found: Found) -> str:
    return "tag-over-lines" if text.find("\n", found.start, found.end) >= 0 else ""


def _tag(found: Found, node: Node, damage: str, keep: str) -> Tag:
    written = " ".join(found.inner.split())
    return Tag(found.start, found.end, node, written, found.trims_left, found.trims_right, damage, keep)


def _statement(inner: str) -> tuple[str, Node] | None:
    match = _WORD.match(inner)
    if match is None:
        return None
    word, rest = match.groups()
    if swallows(word, rest, _CARELESS):
        return None
    node = _node(word, rest.strip(BLANKS))
    return None if node is None else (word, node)


def _node(word: str, rest: str) -> Node | None:
    if word in ("else", "empty") and not rest:
        return Middle()
    if word.startswith("end") and len(word) > 3:
        return Close(BLOCKS.get(word[3:], word[3:]))
    if word in ("if", "elif"):
        condition = read_condition(rest)
        return None if condition is None else _opened(word, condition)
    if word in LINK_TAGS and not rest:
        return Output(Variable(LINK_TAGS[word], (word,), word))
    if word in ANCHOR_TAGS:
        return _anchor(word, rest)
    if word in SILENT_TAGS:
        return Output(Constant(""))
    if word == "today":
        name = _AS.search(rest)
        return Assign((name[1],), None) if name else UnknownTag(word)
    if word in BLOCKS:
        name = _NAME.match(rest)
        return Open(BLOCKS[word], Unreadable(), name.group() if name and word == "with" else None)
    return UnknownTag(word)


def _anchor(word: str, rest: str) -> Node | None:
    meaning, words = ANCHOR_TAGS[word]
    if rest:
        quoted = _QUOTED.match(rest)
        if quoted is None:
            return None
        words = quoted[1] or quoted[2] or words
    return Anchor(Variable(meaning, (word,), word), words)


def _opened(word: str, condition: Condition) -> Node:
    return Middle(condition) if word == "elif" else Open("if", condition)


def _unreadable(inner: str) -> Node:
    """A conditional stays one, however odd its condition: its branches must never all be shown."""
    match = _WORD.match(clean(inner))
    return _opened(match[1], Unreadable()) if match and match[1] in ("if", "elif") else Unreadable()
