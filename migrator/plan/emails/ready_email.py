"""One email as planning needs it: what will be sent, what there is to say, and its merge tags counted by verdict.

A pure function of the email and the account's context, so that other processes can do it too (ahead.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from mappings.email.prepare import prepare_email
from mappings.merge_tags.dialect import Tag, UnknownDialect, dialect_named, tags_of
from mappings.merge_tags.results import ContentContext, ContentFinding
from mappings.verdicts import Verdict
from migrator.model import BodyFormat, EmailContent

Use = tuple[str, Verdict, str]
"""A tag, its verdict and the reason's code."""


class TagCount(msgspec.Struct, frozen=True, gc=False):
    """One tag of one part of an email, with all its places there."""

    use: Use
    count: int
    place: str
    """Where a person finds it first; empty where nobody has to look."""


class ReadyEmail(msgspec.Struct, frozen=True, kw_only=True):
    """`html` is None where nothing may be sent: then a finding says why."""

    subject: str | None
    preview_text: str | None
    html: str | None
    findings: tuple[ContentFinding, ...]
    tags: tuple[TagCount, ...]
    found: int
    """Its tags, counted apart from `tags`, for the ledger's sum."""


def ready_email(content: EmailContent, context: ContentContext, label: str) -> ReadyEmail:
    done = prepare_email(content, context, label=label)
    tags: list[TagCount] = []
    for part, converted in done.parts.items():
        if part.startswith("include "):
            continue
        places = {one.key: one.place for one in reversed(converted.findings)}
        for use, count in Counter((one.key, one.verdict, one.code) for one in converted.tags).items():
            place = "" if use[1] is Verdict.EXACT else places.get(use[0], "")
            tags.append(TagCount(use, count, place))
    return ReadyEmail(
        subject=_sendable(done.subject),
        preview_text=_sendable(done.preview_text),
        html=_sendable(done.html),
        findings=done.findings,
        tags=tuple(tags),
        found=tags_in(content),
    )


def tags_in(content: EmailContent) -> int:
    """How many merge tags an email holds: what the scanner finds in each part, whatever the conversion looked at and
    made of it."""
    return sum(len(tags) for tags in _tags(content))


def written_in(content: EmailContent) -> set[str]:
    """The same tags by their insides, as wishes call them."""
    return {tag.written for tags in _tags(content) for tag in tags}


def _tags(content: EmailContent) -> Iterator[tuple[Tag, ...]]:
    try:
        dialect_named(content.language)
    except UnknownDialect:
        return
    body = content.body if (content.body or "").strip() else None
    if body is None and content.format is not BodyFormat.BLOCKS:
        body = content.text if (content.text or "").strip() else None
    yield from (tags_of(text, content.language) for text in (content.subject, content.preview_text, body) if text)


def _sendable(text: str | None) -> str | None:
    """Half an emoji cannot be sent."""
    return text if text is None or text.isascii() else text.encode("utf-8", "replace").decode()
