"""What a conversion takes and gives back: the person's choices, edits, findings and tags with their verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from mappings.value_marks import Mark
from mappings.verdicts import Verdict

Kind = Literal["html", "subject", "preview", "text"]

_RANK = {Verdict.EXACT: 0, Verdict.DROPPED: 1, Verdict.CHANGED: 2, Verdict.MANUAL: 3}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=_RANK.__getitem__, default=Verdict.EXACT)


class ContentContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversion must know about the account, and what the person has decided."""

    attributes: Mapping[str, str] | None = None
    """Custom fields: dotted key at the source to dotted key at the target. None: the fields are not known."""
    marks: Mapping[str, frozenset[Mark]] = {}
    """Dotted key at the source to what is peculiar about the field's values."""
    fallbacks: Mapping[str, str] = {}
    """Tag to the text that stands where a contact has no value."""
    replacements: Mapping[str, str] = {}
    """Tag to what stands in its place; for a conditional also `first`, `else` or `nothing`, or an opening
    `{{#if subscriber.x}}`. Tags are written with or without their braces."""
    nested_conditionals: bool = False
    """Whether the person has seen that conditionals within conditionals work at the target."""
    transactional: bool = False
    old_hosts: tuple[str, ...] = ()
    """Hosts (with all their subdomains) that end with the old account."""
    mjml_includes: Mapping[str, str] = {}
    """Path to source of the files that MJML may include; nothing else is ever read."""


class Edit(msgspec.Struct, frozen=True, gc=False):
    start: int
    end: int
    before: str
    after: str


class ContentFinding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person should know or decide, with its exact place (line and column count from 1)."""

    code: str
    verdict: Verdict
    label: str
    part: str
    line: int | None
    column: int | None
    excerpt: str
    reason: str
    remedy: str
    key: str = ""
    """How the tag is called in a choice, where it is one."""

    @property
    def place(self) -> str:
        return self.label if self.line is None else f"{self.label}:{self.line}:{self.column}"


class TagUse(msgspec.Struct, frozen=True, gc=False):
    """One tag found in the source. `after` is empty where nothing stands in its place."""

    start: int
    end: int
    key: str
    verdict: Verdict
    code: str
    after: str


class Converted(msgspec.Struct, frozen=True):
    text: str
    edits: tuple[Edit, ...]
    findings: tuple[ContentFinding, ...]
    tags: tuple[TagUse, ...]

    @property
    def verdict(self) -> Verdict:
        return worst([tag.verdict for tag in self.tags] + [finding.verdict for finding in self.findings])


def choice_key(tag: str) -> str:
    """How a tag is called in the person's choices: its inside, blanks evened out."""
    inner = tag.strip()
    for opening, closing in (("{{", "}}"), ("{%", "%}")):
        if inner.startswith(opening) and inner.endswith(closing):
            inner = inner[2:-2].removeprefix("-").removesuffix("-")
    return " ".join(inner.split())


class Places:
    """Line and column of an offset. Quickest when asked in the order of the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line, self._start = 1, 0
        """Of the line that was looked at last: its number, and where it begins."""

    def at(self, offset: int) -> tuple[int, int]:
        if offset < self._start:
            self._line, self._start = 1, 0
        while (end := self._text.find("\n", self._start, offset)) >= 0:
            self._line += 1
            self._start = end + 1
        return self._line, offset - self._start + 1


def excerpt(text: str, start: int, end: int, limit: int = 80) -> str:
    cut = " ".join(text[start : min(end, start + limit + 1)].split())
    return cut if end - start <= limit else cut[:limit] + "…"
