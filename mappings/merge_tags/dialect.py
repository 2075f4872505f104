"""What a dialect of merge tags must offer, and how one is found by name.

A further dialect is a folder beside liquid/ with a `DIALECT` in it: a table of variables, a table of filters and
one `scan` that yields tags with their places. Blocks, edits, verdicts and printing are shared.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from importlib import import_module
from typing import Protocol

import msgspec

from mappings.merge_tags.expressions import Foreign, Node
from mappings.merge_tags.foreign.search import foreign_tags
from mappings.value_marks import Mark


class Tag(msgspec.Struct, frozen=True, gc=False):
    """One tag of the source: where it stands, exactly, and what it says."""

    start: int
    end: int
    node: Node
    written: str
    """The inside, with blanks evened out: the key under which a person gives a choice for it."""
    trims_left: bool = False
    trims_right: bool = False
    damage: str = ""
    """`url-encoded` or `broken-tag`, where the tag was not written as the source's own engine wants it."""
    keep: str = ""
    """Markup inside a broken tag that must not be lost."""


class Dialect(Protocol):
    name: str
    nothing: frozenset[Mark]
    """Values in whose place a fallback stands, besides absent and empty ones."""

    def scan(self, text: str) -> list[Tag]:
        """All tags in the order of the text, none overlapping; raw zones and comments are one tag each."""
        ...


class UnknownDialect(ValueError):
    """The source says that its tags are in a language that nobody here reads."""


_FOLDERS = {"django": "mappings.merge_tags.klaviyo", "liquid": "mappings.merge_tags.liquid"}
_DIALECTS: dict[str, Dialect] = {}


def register(dialect: Dialect) -> None:
    _DIALECTS[dialect.name] = dialect


def dialect_named(name: str) -> Dialect:
    if name not in _DIALECTS:
        if name not in _FOLDERS:
            known = ", ".join(sorted({*_DIALECTS, *_FOLDERS}))
            raise UnknownDialect(f"no dialect of merge tags is called {name!r}; known: {known}")
        register(import_module(_FOLDERS[name]).DIALECT)
    return _DIALECTS[name]


_SCANNED: deque[tuple[str, str, tuple[Tag, ...]]] = deque(maxlen=8)


def tags_of(text: str, language: str) -> tuple[Tag, ...]:
    """What the dialect's scanner finds, and between that what looks like a tag of any other platform. The few texts of
    one email are kept, for counting and for converting them. Raises UnknownDialect."""
    # Known by identity: to hash a long text costs a quarter of scanning it.
    for known, spoken, tags in _SCANNED:
        if known is text and spoken == language:
            return tags
    found = tuple(_with_foreign(dialect_named(language).scan(text), text))
    _SCANNED.append((text, language, found))
    return found


def _with_foreign(tags: list[Tag], text: str) -> list[Tag]:
    """A tag of the language itself comes first, also where it holds a foreign one."""
    foreign = foreign_tags(text)
    if not foreign:
        return tags
    ends = sorted((tag.start, tag.end) for tag in tags)
    for found in foreign:
        place = bisect_left(ends, (found.start,))
        before = ends[place - 1][1] if place else 0
        behind = ends[place][0] if place < len(ends) else len(text)
        if before <= found.start and found.end <= behind:
            node = Foreign(found.platforms, found.sure)
            tags.append(Tag(found.start, found.end, node, found.written))
    return sorted(tags, key=lambda tag: tag.start)
