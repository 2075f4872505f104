"""One email of the source made ready for the target: subject, preview text and HTML, with all there is to say.

The body's own bytes stay outside the edits, except where another format (text, MJML) has to become HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from mappings.email.formats import actual_format, text_to_html
from mappings.email.inventory import Inventory, take_inventory
from mappings.email.look import Look, look_at
from mappings.email.masking import sequenzy_spans
from mappings.email.mjml_source import compile_mjml
from mappings.email.reasons import EMAIL_REASONS
from mappings.merge_tags.braces import opens_a_tag
from mappings.merge_tags.convert import convert
from mappings.merge_tags.dialect import UnknownDialect, dialect_named
from mappings.merge_tags.foreign.search import ForeignTag, foreign_tags
from mappings.merge_tags.results import (
    ContentContext,
    ContentFinding,
    Converted,
    Edit,
    Kind,
    Places,
    TagUse,
    choice_key,
    excerpt,
    worst,
)
from mappings.verdicts import Verdict
from migrator.model.content import BodyFormat, EmailContent

CLIP_AT = 102 * 1024
_NEAR = 500
"""Characters beside an edit in which a foreign tag would end that it has brought in."""
_LEAVING = re.compile(r"unsub|opt-?out|abmeld|desinscri|d%C3%A9sabonn", re.IGNORECASE)
_CHARSET = re.compile(r"<meta\b[^<>]{0,200}charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_HARMLESS_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})


class PreparedEmail(msgspec.Struct, frozen=True, kw_only=True):
    """`html` is None where nothing may be sent: then the verdict is manual and a finding says why."""

    subject: str | None
    preview_text: str | None
    html: str | None
    findings: tuple[ContentFinding, ...]
    parts: Mapping[str, Converted]
    """By part: subject, preview, body, and `include PATH` for what MJML includes."""
    old_hosts: tuple[str, ...] = ()

    @property
    def inventory(self) -> Inventory:
        """All links and images; read anew each time, for the findings name already what dies with the account."""
        return Inventory() if self.html is None else take_inventory(self.html, self.old_hosts)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Those of the body."""
        return self.parts["body"].edits if "body" in self.parts else ()

    @property
    def tags(self) -> tuple[TagUse, ...]:
        return tuple(tag for part in self.parts.values() for tag in part.tags)

    @property
    def verdict(self) -> Verdict:
        return worst([finding.verdict for finding in self.findings] + [tag.verdict for tag in self.tags])


def prepare_email(content: EmailContent, context: ContentContext, *, label: str = "email") -> PreparedEmail:
    return _Preparation(content, context, label).run()


class _Preparation:
    def __init__(self, content: EmailContent, context: ContentContext, label: str) -> None:
        self.content, self.label = content, label
        self.context = msgspec.structs.replace(context, transactional=context.transactional or content.transactional)
        self.parts: dict[str, Converted] = {}
        self.findings: list[ContentFinding] = []

    def run(self) -> PreparedEmail:
        try:
            dialect_named(self.content.language)
        except UnknownDialect:
            self.tell("dialect-unknown", excerpt=self.content.language)
            return self.result(None, None, None)
        subject = self.line(self.content.subject, "subject")
        preview = self.line(self.content.preview_text, "preview")
        if subject is not None and not subject.strip():
            self.tell("subject-empty", part="subject")
            subject = None
        html = self.html()
        if self.content.subject is None:
            self.tell("content-missing", part="subject")
        senders = (self.content.from_name, self.content.from_email, self.content.reply_to)
        if any(sender and (opens_a_tag(sender) or foreign_tags(sender)) for sender in senders):
            self.tell("sender-tags", part="sender")
        elif any(senders):
            self.tell("sender-own", part="sender", excerpt=excerpt_of(", ".join(one for one in senders if one)))
        if self.is_foreign(subject, preview, html):
            html = None
        if html is not None:
            look = look_at(html, self.context.old_hosts)
            if not look.has_content:
                self.tell("body-empty")
                html = None
            self.tell_about(look)
        return self.result(subject, preview, html)

    def is_foreign(self, *finished: str | None) -> bool:
        """Whether a tag of another platform is in the email, or still is in what became of it: a fallback, a
        replacement or the meeting of two texts may have brought it in."""
        plain = {key for key, words in map(_as_keys, self.context.replacements.items()) if key == words}
        parts = {part.text: part for part in self.parts.values()}
        for text in finished:
            for tag in _brought_in(text or "", parts.get(text or "")):
                if tag.sure or tag.written not in plain:
                    self.tell("foreign-tag-left", excerpt=tag.written)
        text = self.content.text if self.parts.get("body") and (self.content.body or "").strip() else None
        if text is not None:
            part = convert(text, dialect=self.content.language, context=self.context, kind="text", label=self.label)
            self.findings += [finding for finding in part.findings if finding.code == "foreign-tag"]
        return any(finding.code in ("foreign-tag", "foreign-tag-left") for finding in self.findings)

    def line(self, text: str | None, kind: Kind) -> str | None:
        return None if text is None else self.converted(kind, text, kind)

    def converted(self, part: str, text: str, kind: Kind, label: str = "") -> str:
        result = convert(
            text, dialect=self.content.language, context=self.context, kind=kind, label=label or self.label
        )
        self.parts[part] = result
        self.findings.extend(result.findings)
        return result.text

    # The body -------------------------------------------------------------------------------------------

    def html(self) -> str | None:
        body, declared = self.content.body, self.content.format
        if not body or not body.strip():
            if self.content.text and self.content.text.strip() and declared is not BodyFormat.BLOCKS:
                return self.from_text(self.content.text)
            self.tell("content-missing" if self.content.blocks is None else "blocks-design", part="html")
            return None
        if self.content.text:
            self.tell("text-part", part="text")
        if declared is BodyFormat.BLOCKS:
            self.tell("blocks-as-html")
            declared = BodyFormat.FRAGMENT
        actual = actual_format(body, declared)
        if actual is BodyFormat.TEXT:
            return self.from_text(body)
        if actual is BodyFormat.MJML:
            return self.from_mjml(body)
        if actual is BodyFormat.DOCUMENT:
            self.tell("document-kept" if declared is BodyFormat.DOCUMENT else "document-in-fragment")
            charset = _CHARSET.search(body, 0, 4_000)
            if charset and charset[1].lower() not in _HARMLESS_CHARSETS:
                self.tell("charset-declared", at=Places(body), offset=charset.start(), excerpt=charset.group())
        return self.converted("body", body, "html")

    def from_text(self, text: str) -> str:
        self.tell("text-as-html")
        return text_to_html(self.converted("body", text, "text"))

    def from_mjml(self, source: str) -> str | None:
        includes = {
            path: self.converted(f"include {path}", text, "html", f"{self.label} {path}")
            for path, text in _included(source, self.context.mjml_includes).items()
        }
        compiled = compile_mjml(self.converted("body", source, "html"), spans=sequenzy_spans, includes=includes)
        if compiled.html is None:
            code = "mjml-lost-tags" if compiled.lost else "mjml-refused"
            self.tell(code, excerpt=excerpt_of(", ".join(compiled.lost) or compiled.problem))
            return None
        self.tell("mjml-compiled")
        return compiled.html

    # What there is to say ---------------------------------------------------------------------------------

    def tell_about(self, look: Look) -> None:
        body = self.content.body or self.content.text or ""
        places = Places(body)
        for address in look.dying:
            code = {"link": "old-link", "image": "old-image"}.get(address.kind, "old-link")
            if address.kind == "link" and _LEAVING.search(address.url):
                code = "old-unsubscribe-link"
            shown = address.url.split("?", 1)[0].split("#", 1)[0]
            self.tell(code, at=places, offset=body.find(shown.split("{{", 1)[0]), excerpt=excerpt_of(shown))
        if look.preheader is not None:
            code = "preheader-twice" if self.content.preview_text else "preheader-in-body"
            self.tell(code, excerpt=excerpt_of(look.preheader))
        if not look.has_unsubscribe:
            self.tell("no-unsubscribe" if self.context.transactional else "footer-added")
        if look.size > CLIP_AT:
            self.tell("clipped")

    def tell(
        self, code: str, *, part: str = "html", excerpt: str = "", at: Places | None = None, offset: int = -1
    ) -> None:
        verdict, sentence, remedy = EMAIL_REASONS[code]
        line, column = (None, None) if at is None or offset < 0 else at.at(offset)
        self.findings.append(
            ContentFinding(
                code=code,
                verdict=verdict,
                label=self.label,
                part=part,
                line=line,
                column=column,
                excerpt=excerpt,
                reason=sentence,
                remedy=remedy,
            )
        )

    def result(self, subject: str | None, preview: str | None, html: str | None) -> PreparedEmail:
        return PreparedEmail(
            subject=subject,
            preview_text=preview,
            html=html,
            findings=tuple(self.findings),
            parts=self.parts,
            old_hosts=self.context.old_hosts,
        )


def excerpt_of(text: str) -> str:
    return excerpt(text, 0, len(text))


def _brought_in(text: str, part: Converted | None) -> list[ForeignTag]:
    """The foreign tags of a finished text. What was only edited holds none but about its edits: its source has been
    searched."""
    if part is None or not part.edits:
        return foreign_tags(text) if part is None else []
    near, shift, done = [], 0, 0
    for edit in part.edits:
        start = max(done, edit.start + shift - _NEAR)
        shift += len(edit.after) - (edit.end - edit.start)
        done = max(start, edit.end + shift + _NEAR)
        near.append(text[start:done])
    return foreign_tags(text) if foreign_tags("".join(near)) else []


def _as_keys(choice: tuple[str, str]) -> tuple[str, str]:
    return choice_key(choice[0]), choice_key(choice[1])


def _included(source: str, files: Mapping[str, str]) -> dict[str, str]:
    """The files that a source names, and those that they name."""
    found: dict[str, str] = {}
    waiting = [source] if "<mj-include" in source else []
    while waiting:
        text = waiting.pop()
        for path, inside in files.items():
            if path not in found and path.removeprefix("./") in text:
                found[path] = inside
                waiting.append(inside)
    return found
