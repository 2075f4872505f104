"""What is written but belongs to no sequence: templates, one-off campaigns; and what can only be named: forms and the
rest. Nothing here is ever scheduled or sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mappings.answer_lines import line
from mappings.target import Body
from mappings.verdicts import Finding, Verdict
from migrator.model import Campaign, CampaignStatus, EmailContent, Form, OtherResource, Template
from migrator.plan.answers.schema import Answers, Drafts
from migrator.plan.emails.content import Emails, fields_of, findings_of
from migrator.plan.ledger import Ledger, brief
from migrator.plan.lists_tags_fields import LEFT, UniqueNames, said
from migrator.plan.records import CreateTemplate


@dataclass
class Mailings:
    emails: Emails
    answers: Answers
    ledger: Ledger
    marker: str
    names: UniqueNames = field(default_factory=UniqueNames)
    operations: list[CreateTemplate] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    """Source ids of the templates, with their names."""
    drafts: dict[str, str] = field(default_factory=dict)
    """What mailings that become templates are called in a wish, such as `campaign/5`, with their names."""

    def templates(self, templates: Iterable[Template]) -> None:
        seen = self.seen
        wishes = self.answers.templates

        def letters(one: Template) -> Iterator[tuple[EmailContent, str]]:
            if one.source_id not in wishes.left:
                yield one.content, _label(one)

        for one in self.emails.ahead.over(templates, letters, self.emails.context):
            self.ledger.expect("template", 1)
            label = _label(one)
            if one.source_id in wishes.left or one.source_id in seen:
                twice = said(Verdict.DROPPED, "template-twice", "The source names this template twice.")
                self.emails.left_out(one.content, label)
                self.ledger.add("template", one.source_id, one.name, (twice if one.source_id in seen else LEFT,))
                seen.setdefault(one.source_id, one.name)
                continue
            seen[one.source_id] = one.name
            name = wishes.rename.get(one.source_id, one.name)
            findings, target = self._template(one.source_id, name, one.content, label, ("templates", one.source_id))
            self.ledger.add("template", one.source_id, one.name, (*findings, *_purpose(one)), target=target)

    def campaigns(self, campaigns: Iterable[Campaign]) -> None:
        for one in campaigns:
            self.ledger.expect("campaign", 1)
            label = f"campaign/{brief(one.source_id, 60)}"
            verdict = _campaign(one)
            wanted = one.status in _UNSENT and self.answers.campaigns.drafts is Drafts.TEMPLATE
            if one.content is None or not wanted:
                if one.content is not None:
                    self.emails.left_out(one.content, label)
                findings: tuple[Finding, ...] = (verdict,) if one.status not in _UNSENT or wanted else (LEFT,)
                if one.status is CampaignStatus.SCHEDULED:
                    findings = (verdict,)
                if one.content is None and wanted:
                    findings = (_EMPTY,) if one.status is not CampaignStatus.SCHEDULED else (verdict, _EMPTY)
                self.ledger.add("campaign", one.source_id, one.name, findings)
                continue
            key = f"campaign/{one.source_id}"
            self.drafts[key] = one.name
            name = self.answers.templates.rename.get(key, one.name)
            more, target = self._template(key, name, one.content, label, ("campaigns",))
            self.ledger.add("campaign", one.source_id, one.name, (verdict, *more), target=target)

    def _template(
        self, source_id: str, name: str, content: EmailContent, label: str, path: tuple[str, ...]
    ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        done = self.emails.prepare(content, label)
        settles = (
            line(("campaigns", "drafts"), "leave_behind")
            if len(path) == 1
            else line((path[0], "ignore", path[1]), True)
        )
        findings = findings_of(done.findings, label, settles)
        if done.html is None or not (done.subject or "").strip():
            return findings, ()
        wanted = brief(name, 120) or f"Template {brief(source_id, 40)}"
        unique, renamed = self.names.take(wanted, source_id, "template")
        body: Body = {"name": unique, **fields_of(done), "isTemplate": True, "labels": [self.marker]}
        key = f"template:{source_id}"
        self.operations.append(CreateTemplate(key=key, body=body))
        return (*findings, *renamed), (key,)


_UNSENT = (CampaignStatus.DRAFT, CampaignStatus.SCHEDULED, CampaignStatus.FAILED, CampaignStatus.UNKNOWN)


def _purpose(one: Template) -> tuple[Finding, ...]:
    """A template with work of its own, such as asking for confirmation, does that work no more."""
    if not one.purpose:
        return ()
    reason = f"At the source it is used by itself ({brief(one.purpose, 60)}); here it is a template like all others."
    remedy = "Put its content into the settings of Sequenzy that do the same, such as those of double opt-in."
    return (said(Verdict.CHANGED, "template-purpose", reason, remedy),)


def _label(one: Template) -> str:
    return f"template/{brief(one.source_id, 60)}"


def _campaign(one: Campaign) -> Finding:
    what = _said_of(one)
    match one.status:
        case CampaignStatus.SENT:
            reason = "It was sent; it stays in the bundle and is not written to Sequenzy."
            return said(Verdict.DROPPED, "campaign-sent", reason)
        case CampaignStatus.SENDING:
            reason = f"It was being sent while the account was read. Nothing of it is carried over.{what}"
            remedy = "Let the old platform finish it before the switch."
            return said(Verdict.MANUAL, "campaign-sending", reason, remedy)
        case CampaignStatus.SCHEDULED:
            when = "" if one.scheduled_at is None else f" for {one.scheduled_at:%Y-%m-%d %H:%M %Z}"
            reason = f"It is scheduled at the source{when}. Only its content becomes a template; nothing is scheduled."
            remedy = "Let it go out before the switch, or cancel it there and schedule it at Sequenzy."
            return said(Verdict.MANUAL, "campaign-scheduled", reason + what, remedy)
        case CampaignStatus.DRAFT:
            reason = f"It was never sent; its content becomes a template.{what}"
            remedy = "Make a campaign from the template when you need it."
            return said(Verdict.CHANGED, "campaign-draft", reason, remedy)
        case _:
            reason = f"Some people may have got it already; its content becomes a template.{what}"
            remedy = "Look at the source who has it before you send it to anybody else."
            return said(Verdict.CHANGED, "campaign-perhaps-sent", reason, remedy)


def _said_of(one: Campaign) -> str:
    """Whom it goes to, and what else the source says of it."""
    goes = [f"the segment {brief(key, 40)}" for key in one.segment_ids]
    goes += [f"the list {brief(key, 40)}" for key in one.list_ids]
    more = f" and {len(goes) - _MOST:,} more" if len(goes) > _MOST else ""
    to = [f"It goes to {', '.join(goes[:_MOST])}{more}."] if goes else []
    to += [f"That is {one.recipient_count:,} people."] if one.recipient_count else []
    return "".join(f" {what}" for what in (*to, *(brief(what, 200) for what in one.caveats)))


_MOST = 8
_EMPTY = said(
    Verdict.DROPPED, "campaign-empty", "The source did not give its content, so nothing of it is carried over."
)


def name_forms(forms: Iterable[Form], ledger: Ledger) -> None:
    for one in forms:
        ledger.expect("form", 1)
        gives = [f"the tag {tag}" for tag in one.adds_tags]
        gives += [f"the list {brief(list_id, 40)}" for list_id in one.adds_to_lists]
        gives += [f"the sequence {brief(sequence_id, 40)}" for sequence_id in one.starts_sequences]
        does = f" It gives {', '.join(brief(what, 60) for what in gives)}." if gives else ""
        double = " It asks for confirmation by mail." if one.double_opt_in else ""
        more = "".join(f" {brief(what, 200)}" for what in one.caveats)
        reason = f"A form cannot be moved; its address on your pages leads to the old platform.{does}{double}{more}"
        remedy = "Rebuild it and put it in its place on your pages on the day of the switch."
        if one.enabled is False:
            finding = said(Verdict.DROPPED, "form-off", "The form is switched off at the source.")
        else:
            finding = said(Verdict.MANUAL, "form-rebuild", reason, remedy)
        ledger.add("form", one.source_id, one.name, (finding,))


def name_others(others: Iterable[OtherResource], ledger: Ledger) -> None:
    for one in others:
        ledger.expect("other", 1)
        kind = brief(one.kind, 60).replace("_", " ")
        reason = f"This ({kind}) lives at the source and cannot be moved by an API."
        finding = said(Verdict.MANUAL, "other-by-hand", reason, one.remedy)
        ledger.add("other", f"{one.kind}/{one.source_id}", one.name, (finding,))
