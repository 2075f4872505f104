"""A text with its edits, findings and verdicts: what a conversion writes into, and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence

from mappings.merge_tags.braces import LAST_OF_HALF, LONGEST_HALF, TRIMMED, opens_half
from mappings.merge_tags.dialect import Tag
from mappings.merge_tags.expressions import Foreign
from mappings.merge_tags.foreign.platforms import braces_of, looks_like
from mappings.merge_tags.reasons import REASONS
from mappings.merge_tags.results import (
    ContentFinding,
    Converted,
    Edit,
    Kind,
    Places,
    TagUse,
    excerpt,
    worst,
)
from mappings.verdicts import Verdict


class EditedText:
    """Edits come in the order of the text and never overlap."""

    def __init__(self, text: str, kind: Kind, label: str) -> None:
        self.text, self.kind, self.label = text, kind, label
        self.places = Places(text)
        self.edits: list[Edit] = []
        self.findings: list[ContentFinding] = []
        self.uses: list[TagUse] = []

    def converted(self) -> Converted:
        return Converted(self._assembled(), tuple(self.edits), tuple(self.findings), tuple(self.uses))

    def edit(self, opening: Tag, closing: Tag, after: str, codes: list[str]) -> None:
        """Puts `after` in the place of all from one tag to another, with the blanks that they trim."""
        text = self.text
        start, end = opening.start, closing.end
        done = self.edits[-1].end if self.edits else 0
        while opening.trims_left and start > done and text[start - 1] in TRIMMED:
            start -= 1
        while closing.trims_right and end < len(text) and text[end] in TRIMMED:
            end += 1
        if not after and self.kind == "html" and codes and _is_whole_href(text, start, end):
            after = "#"
        self.edits.append(Edit(max(start, done), end, text[max(start, done) : end], after))

    def use(self, tag: Tag, codes: list[str], after: str) -> None:
        verdict = verdict_of(codes)
        code = next((code for code in codes if REASONS[code].verdict is verdict), "") if codes else ""
        self.uses.append(TagUse(tag.start, tag.end, tag.written, verdict, code, after))

    def hold_back(self, tags: Sequence[Tag], holding: str, code: str) -> None:
        """Says of every tag that was printed with `holding` in it that a person must look at it."""
        for number, use in enumerate(self.uses):
            if holding in use.after:
                self.uses[number] = TagUse(use.start, use.end, use.key, REASONS[code].verdict, code, use.after)
                self.tell([code], tags[number])

    def tell(self, codes: list[str], tag: Tag) -> None:
        """The reasons why a tag is not carried over exactly, each with its place."""
        for code in codes:
            verdict, sentence, remedy = REASONS[code]
            if whose := _whose(tag, code):
                sentence += looks_like(whose)
            line, column = self.places.at(tag.start)
            self.findings.append(
                ContentFinding(
                    code=code,
                    verdict=verdict,
                    label=self.label,
                    part=self.kind,
                    line=line,
                    column=column,
                    excerpt=excerpt(self.text, tag.start, tag.end),
                    reason=sentence,
                    remedy=remedy,
                    key=tag.written,
                )
            )

    def _assembled(self) -> str:
        """Text and edits joined. Where taking a tag out would make braces meet, a blank keeps them apart."""
        pieces: list[str] = []
        position = 0
        for number, edit in enumerate(self.edits):
            before = self.text[position : edit.start]
            if before:
                pieces.append(before)
            behind = self.text[edit.end : edit.end + 2]
            if pieces and _goes_on(pieces[-1][-1], edit.after[:2] or behind) and _opens_half(pieces):
                edit = Edit(edit.start, edit.end, edit.before, " " + edit.after)
                self.edits[number] = edit
            if edit.after:
                pieces.append(edit.after)
                if _goes_on(edit.after[-1], behind) and _opens_half(pieces):
                    self.edits[number] = Edit(edit.start, edit.end, edit.before, edit.after + " ")
                    pieces.append(" ")
            position = edit.end
        pieces.append(self.text[position:])
        return "".join(pieces)


def _whose(tag: Tag, code: str) -> str:
    """The platforms whose tag it may be, where it is none of the text's own language."""
    if isinstance(tag.node, Foreign):
        return tag.node.platforms if code == "foreign-tag" else ""
    return braces_of(tag.written) if code in ("unreadable", "unknown-tag", "unknown-variable") else ""


def _goes_on(last: str, following: str) -> bool:
    """Whether the second half of an opening may begin so; a whole one is none, except right behind a brace."""
    sign = following[:1]
    if sign == "" or (following in ("{{", "{%") and last != "{"):
        return False
    return sign in "{%<&" or not sign.isascii()


def _opens_half(pieces: list[str]) -> bool:
    """Whether what was written so far ends with the first half of an opening."""
    if pieces[-1][-1] not in LAST_OF_HALF:
        return False
    tail = pieces[-1] if len(pieces[-1]) > LONGEST_HALF else "".join(pieces[-8:])
    return opens_half(tail)


def _is_whole_href(text: str, start: int, end: int) -> bool:
    quote = text[start - 1 : start]
    return (
        quote in ("'", '"') and text[end : end + 1] == quote and text[max(0, start - 6) : start - 1].lower() == "href="
    )


def verdict_of(codes: list[str]) -> Verdict:
    return worst([REASONS[code].verdict for code in codes]) if codes else Verdict.EXACT
