"""Which language of merge tags a text is written in, as far as its tags tell: for a person who must name one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from mappings.merge_tags.convert import convert
from mappings.merge_tags.dialect import tags_of
from mappings.merge_tags.expressions import Foreign
from mappings.merge_tags.foreign.platforms import braces_of
from mappings.merge_tags.results import ContentContext, Places, excerpt

WRITTEN_BY = {"liquid": "as Broadcast writes them", "django": "as Klaviyo writes them"}
"""The languages that are read, each with where it comes from."""
_STYLE = re.compile(r"<style\b.*?(?:</style>|\Z)", re.IGNORECASE | re.DOTALL)
_NOT_ITS_OWN = frozenset(
    {"foreign-tag", "unreadable", "unknown-tag", "unclosed-tag", "filter-unknown", "stray-tag", "broken-tag"}
)
_NOTHING_KNOWN = ContentContext()


class VisibleTag(NamedTuple):
    line: int
    column: int
    written: str
    platforms: str
    """Whose it may be; empty where the tag does not tell."""


def first_tag(text: str) -> VisibleTag | None:
    """The first thing in a text that looks like a merge tag of any platform. A style sheet's braces are none."""
    text = _STYLE.sub(lambda style: re.sub(r"[^\n]", " ", style.group()), text)
    first = min((tags[0] for name in WRITTEN_BY if (tags := tags_of(text, name))), key=lambda t: t.start, default=None)
    if first is None:
        return None
    whose = first.node.platforms if isinstance(first.node, Foreign) else braces_of(first.written)
    return VisibleTag(*Places(text).at(first.start), excerpt(text, first.start, first.end), whose)


def languages_for(texts: Iterable[str]) -> tuple[str, ...]:
    """The languages in which every tag of the texts can be read."""
    texts = list(texts)
    return tuple(name for name in WRITTEN_BY if all(_reads(name, text) for text in texts))


def _reads(language: str, text: str) -> bool:
    done = convert(text, dialect=language, context=_NOTHING_KNOWN, kind="html", label="")
    for tag in done.tags:
        if tag.code in _NOT_ITS_OWN:
            return False
        # A name alone may be a custom field; one within another is known to the language or is not of it.
        if tag.code == "unknown-variable" and ("." in tag.key or braces_of(tag.key)):
            return False
    return True
