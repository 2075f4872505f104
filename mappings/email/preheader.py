"""The hidden text at the top of a body that inboxes show as a preview."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

FIRST_NODES = 60
"""A preheader stands at the very top; further down hidden text is something else."""
LONGEST = 400
_HIDING = re.compile(
    r"display\s*:\s*none|max-height\s*:\s*0|visibility\s*:\s*hidden"
    r"|opacity\s*:\s*0(?:\.0+)?\s*(?:;|\Z)",
    re.IGNORECASE,
)
"""Not the size of letters: compilers of MJML set it to nothing on every cell and back in the text."""
_NAMED = re.compile(r"pre-?header|preview-?text", re.IGNORECASE)
_PADDING = re.compile("[\u00ad\u034f\u061c\u2000-\u200f\u2028-\u202f\u2060\ufeff\u00a0]+")
_SILENT = frozenset({"head", "style", "script", "title", "meta", "link", "-comment", "_comment", "!--"})


class FirstWords(NamedTuple):
    text: str
    hidden: bool


def hidden_preheader(tree: LexborHTMLParser) -> str | None:
    return preheader_in(first_words(tree))


def preheader_in(words: FirstWords | None) -> str | None:
    return words.text if words is not None and words.hidden and len(words.text) <= LONGEST else None


def first_words(tree: LexborHTMLParser) -> FirstWords | None:
    """Walks from the top to the first text, whether people see it or not. None: there is none, or it stands too far
    down to be of interest."""
    node: LexborNode | None = tree.body
    for _ in range(FIRST_NODES):
        if node is None:
            return None
        if node.is_text_node:
            seen = _PADDING.sub("", node.text_content or "").strip()
            if seen:
                return FirstWords(seen, hidden=False)
        elif node.is_element_node and node.tag not in _SILENT:
            if _hides(node):
                text = " ".join(_PADDING.sub(" ", node.text(deep=True)).split())
                if text:
                    return FirstWords(text, hidden=True)
            elif node.child is not None:
                node = node.child
                continue
        node = _behind(node)
    return None


def _hides(node: LexborNode) -> bool:
    attributes = node.attributes
    style = attributes.get("style")
    if style and _HIDING.search(style):
        return True
    return "hidden" in attributes or any(
        _NAMED.search(attributes.get(name) or "") is not None for name in ("class", "id")
    )


def _behind(node: LexborNode) -> LexborNode | None:
    """The next node that does not stand within this one."""
    here: LexborNode | None = node
    while here is not None and here.tag != "body":
        if here.next is not None:
            return here.next
        here = here.parent
    return None
