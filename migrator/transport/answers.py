"""What an answer means for the call that got it. Only decides; client.py acts."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Safety(enum.Enum):
    """What a repeat of the call would do."""

    READ = "read"
    REPEATABLE = "repeatable"
    """Idempotent by a key or by its content: sending it twice leaves the same as once."""
    ONCE = "once"
    """A create without a key: unless the server surely did not act, it is never sent again."""


class Meaning(enum.Enum):
    DONE = "done"
    LATER = "later"
    """No usable answer; the same call may succeed later."""
    LIMIT = "limit"
    AUTH = "auth"
    MISSING = "missing"
    CONFLICT = "conflict"
    REFUSED = "refused"
    REDIRECT = "redirect"


@dataclass(frozen=True)
class Answer:
    """`headers` has names in lower case. `mended`: half characters in the answer were replaced to read it.

    It prints as its status alone: what it holds is people."""

    status: int
    data: Any = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)
    text: str = field(default="", repr=False)
    mended: bool = False


_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_LATER = frozenset((408, 425))


def meaning_of(status: int, *, page: bool) -> Meaning:
    """`page`: the body is HTML where none was asked for. It then says nothing about our request, whatever the status;
    the exceptions are statuses that gateways answer in HTML and that mean what they say."""
    if status == 429:
        return Meaning.LIMIT
    if status in _REDIRECTS:
        return Meaning.REDIRECT
    if status == 413:
        return Meaning.REFUSED
    if page or status in _LATER or status >= 500 or status < 200:
        return Meaning.LATER
    if status < 300:
        return Meaning.DONE
    if status < 400:
        return Meaning.LATER
    if status in (401, 403):
        return Meaning.AUTH
    if status in (404, 410):
        return Meaning.MISSING
    return Meaning.CONFLICT if status in (409, 423) else Meaning.REFUSED
