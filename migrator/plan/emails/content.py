"""All email content of one account: prepared once for each place, with a tally of every merge tag in it.

How one email is prepared is in mappings/email; which emails there are is known to sequences.py and mailings.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mappings.answer_lines import line
from mappings.merge_tags.convert import convert
from mappings.merge_tags.foreign.platforms import looks_like
from mappings.merge_tags.foreign.search import foreign_tags
from mappings.merge_tags.reasons import REASONS
from mappings.merge_tags.results import ContentContext, ContentFinding
from mappings.target import Body
from mappings.verdicts import Finding, Lowered, Verdict
from migrator.model import EmailContent
from migrator.plan.emails.ahead import Ahead
from migrator.plan.emails.ready_email import ReadyEmail, Use, ready_email, tags_in, written_in
from migrator.plan.ledger import Ledger, brief

_BLOCKS = frozenset("if unless case for tablerow capture".split())  # noqa: SIM905 - a word list reads better as words
_PARTS = frozenset(("else", "elsif", "elseif", "when"))
_NOT_BY_REPLACEMENT = frozenset({"inside-left-out", "raw-in-line", "replacement-unusable", "assign"})
_MOST_PLACES = 3
_KEPT = 32
"""Prepared emails kept at hand: a template is used by several steps."""


@dataclass
class _Uses:
    count: int = 0
    place: str = ""


@dataclass
class Emails:
    context: ContentContext
    language: str = "liquid"
    """The dialect of texts outside emails, such as webhooks."""
    ahead: Ahead = field(default_factory=Ahead)
    uses: dict[Use, _Uses] = field(default_factory=dict)
    found: int = 0
    """Tags counted apart from the tally, for the ledger's sum."""
    others: set[str] = field(default_factory=set)
    """Merge tags outside the tally: in webhooks, and in what is left out where somebody has a wish about a tag."""
    _kept: dict[tuple[str, int], tuple[EmailContent, ReadyEmail]] = field(default_factory=dict)

    @property
    def asked_about(self) -> bool:
        return bool(self.context.fallbacks or self.context.replacements)

    @property
    def known(self) -> set[str]:
        """Every merge tag met so far, as it is called in a wish."""
        return {use[0] for use in self.uses} | self.others

    def prepare(self, content: EmailContent, label: str) -> ReadyEmail:
        key = (content.subject or "", len(content.body or ""))  # to hash a body costs more than to compare it
        known, done = self._kept.get(key, (None, None))
        if done is None or known != content or content.blocks is not None:
            done = self.ahead.take(content, label) or ready_email(content, self.context, label)
            self._kept[key] = content, done
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        for tag in done.tags:
            self._use(tag.use, tag.place or label, tag.count)
        self.found += done.found
        return done

    def left_out(self, content: EmailContent, label: str) -> None:
        """An email that is not carried over; its tags still were found."""
        count = tags_in(content)
        self.found += count
        if self.asked_about:
            self.others |= written_in(content)
        if count:
            self._use(("", Verdict.DROPPED, "left-out"), label, count)

    def lower(self, content: EmailContent, label: str, path: tuple[str, ...]) -> Lowered[Body]:
        """As the lowering of a step wants it: the fields of the email, or nothing that could be sent. `path`: where
        mappings.toml speaks of the step."""
        done = self.prepare(content, label)
        settles = line((*path, "subject" if done.subject is None else "body"), "...")
        findings = findings_of(done.findings, label, settles)
        if done.html is None or not (done.subject or "").strip():
            return Lowered(value=None, findings=findings)
        return Lowered(value=fields_of(done), findings=findings)

    def translate(self, text: str, where: str) -> Lowered[str]:
        """Merge tags in a text that is no email. Nothing, when one of them cannot be said."""
        done = convert(text, dialect=self.language, context=self.context, kind="text", label=where)
        self.others.update(tag.key for tag in done.tags)
        findings = findings_of(done.findings, where)
        return Lowered(value=None if done.verdict is Verdict.MANUAL else done.text, findings=findings)

    def _use(self, use: Use, place: str, count: int) -> None:
        known = self.uses.setdefault(use, _Uses(place=place))
        known.count += count

    def enter(self, ledger: Ledger) -> None:
        """One entry a tag and verdict, counting its places."""
        for (key, verdict, code), uses in sorted(
            self.uses.items(), key=lambda item: (item[0][0], item[0][1].value, item[0][2])
        ):
            findings: tuple[Finding, ...] = ()
            if verdict is not Verdict.EXACT:
                findings = (self._finding(key, verdict, code, uses),)
            ledger.add(
                "merge_tag", f"{key} ({code or verdict.value})", key or "In emails left out", findings, count=uses.count
            )
        ledger.expect("merge_tag", self.found)

    def _finding(self, key: str, verdict: Verdict, code: str, uses: _Uses) -> Finding:
        if code == "left-out":
            reason = "They stand in emails that are not carried over."
            return Finding(verdict=verdict, code="left-out", reason=reason, remedy="Nothing to do.")
        _, sentence, remedy = REASONS[code]
        if code == "foreign-tag":
            sentence += "".join(looks_like(tag.platforms) for tag in foreign_tags(key)[:1])
        places = f" First at {uses.place}" + (f", {uses.count} times in all." if uses.count > 1 else ".")
        return Finding(
            verdict=verdict, code=code, reason=sentence + places, remedy=remedy, settles=_settles(key, code, verdict)
        )


def fields_of(done: ReadyEmail) -> Body:
    body: Body = {"subject": done.subject or "", "html": done.html or ""}
    if done.preview_text:
        body["previewText"] = done.preview_text
    return body


def findings_of(found: Iterable[ContentFinding], label: str, settles: str = "") -> tuple[Finding, ...]:
    """One finding a reason, naming the first places. `settles`: the line that gives missing content."""
    by_reason: dict[tuple[str, str], list[ContentFinding]] = {}
    for one in found:
        by_reason.setdefault((one.code, one.reason), []).append(one)
    result = []
    for (code, _), several in by_reason.items():
        first = several[0]
        places = [_place(one, label) for one in several if one.excerpt or one.line is not None]
        reason = first.reason
        if places:
            more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
            reason += f" Here: {', '.join(dict.fromkeys(places[:_MOST_PLACES]))}{more}."
        line_of = _settles(first.key, code, first.verdict) if first.key else ""
        if not first.key and first.verdict is Verdict.MANUAL:
            line_of = settles
        result.append(Finding(verdict=first.verdict, code=code, reason=reason, remedy=first.remedy, settles=line_of))
    return tuple(result)


def _place(one: ContentFinding, label: str) -> str:
    where = label if one.line is None else f"{label}:{one.line}:{one.column}"
    if one.part in ("subject", "preview"):
        where += f" ({one.part})"
    return f"{brief(one.excerpt, 60)} at {where}" if one.excerpt else where


def _settles(key: str, code: str, verdict: Verdict) -> str:
    if verdict is not Verdict.MANUAL or code in _NOT_BY_REPLACEMENT or not key:
        return ""
    first = key.split(maxsplit=1)[0]
    if code != "stray-tag" and (first in _PARTS or first.startswith("end")):
        return ""  # answered at the block's opening tag
    return line(("merge_tags", "replacements", key), "nothing" if first in _BLOCKS else "")
