"""One difference between what was planned and what the target shows: where, of what, and both values."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import zip_longest
from typing import Any

Read = dict[str, Any]
EMAIL_FIELDS = ("subject", "previewText", "isTransactional", "fromName", "replyTo", "senderProfileId")
_LINK = re.compile(r"""\b(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_MARKUP = re.compile(r"<(style|script)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)
_LEAVE = "unsubscribeUrl"
_LONG = 120


@dataclass(frozen=True)
class Difference:
    step: str
    """The planned step's key; empty: the sequence itself."""
    field: str
    planned: str
    found: str

    def __str__(self) -> str:
        where = f"{self.step}: " if self.step else ""
        return f"{where}{self.field} is {self.found} instead of {self.planned}"


def email_differences(step: str, body: Read, email: Read | None) -> Iterator[Difference]:
    if email is None:
        yield Difference(step, "email", "there", "missing")
        return
    for name in EMAIL_FIELDS:
        wanted = body.get(name)
        if wanted is not None and name in email and wanted != email[name]:
            yield Difference(step, name, shown_briefly(wanted), shown_briefly(email[name]))
    html, blocks, kept = body.get("html"), body.get("blocks"), email.get("blocks") or ()
    if html is not None and [block.get("content") for block in kept] != [html]:
        yield content_difference(step, html, "".join(str(block.get("content") or "") for block in kept))
    elif html is None and blocks is not None and len(blocks) != len(kept):
        yield Difference(step, "content", f"{len(blocks)} blocks", f"{len(kept)} blocks")


def content_difference(step: str, wanted: str, shown: str) -> Difference:
    """What differs first, in the order in which it matters: the way out, a link, the words, the markup."""
    if (_LEAVE in wanted) != (_LEAVE in shown):
        words = ("there", "missing") if _LEAVE in wanted else ("none", "there")
        return Difference(step, "unsubscribe link", *words)
    for name, ours, theirs in (
        ("link or image", links(wanted), links(shown)),
        ("words", words_of(wanted), words_of(shown)),
    ):
        for left, right in zip_longest(ours, theirs, fillvalue="nothing"):
            if left != right:
                return Difference(step, name, shown_briefly(left), shown_briefly(right))
    return Difference(step, "content", *_around(wanted, shown))


def links(html: str) -> list[str]:
    return [unescape(match[1] if match[1] is not None else match[2]) for match in _LINK.finditer(html)]


def words_of(html: str) -> list[str]:
    """What a person reads, a piece of running text each."""
    pieces = (" ".join(unescape(piece).split()) for piece in _MARKUP.sub("\0", html).split("\0"))
    return [piece for piece in pieces if piece]


def shown_briefly(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _around(wanted: str, shown: str) -> tuple[str, str]:
    at = next((place for place, (a, b) in enumerate(zip(wanted, shown, strict=False)) if a != b), 0)
    start = max(0, at - 20)
    return shown_briefly(wanted[start:]), shown_briefly(shown[start:])
