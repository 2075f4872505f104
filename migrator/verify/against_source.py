"""What the target shows beside what the source itself says: words, order, waits. The plan is asked only what it named.

A step that the plan reports as changed or undone is compared as far as the source states it plainly; a difference that
the report names is none here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from mappings.email.reasons import EMAIL_REASONS
from mappings.merge_tags.reasons import REASONS as TAG_REASONS
from mappings.tags import target_tag
from mappings.verdicts import Verdict
from migrator.load.differences import Difference, shown_briefly
from migrator.load.expected import tag_name
from migrator.model.content import BodyFormat, EmailContent
from migrator.model.sequences import Sequence
from migrator.model.steps import AddTags, CallWebhook, RemoveTags, SendEmail, Step
from migrator.plan.records import LedgerEntry
from migrator.verify.alignment import Alignment, align
from migrator.verify.literal_text import has_tags, literals, squeezed, stand_in_order
from migrator.verify.step_graphs import of_source, of_target

Read = dict[str, Any]
ABOUT_WORDS = frozenset((*EMAIL_REASONS, *TAG_REASONS))
"""Findings that change what the tags of a text give, and leave the words between them."""
_BY_BRACES = ("liquid", "django")
_TIME = ("wait-", "time-", "zone-", "date-", "window-", "branch-wait", "filled-")
_LEAVE = re.compile(r"\{\{[^{}]*unsubscribe[^{}]*\}\}", re.IGNORECASE)


def against_source(sequence: Sequence, read: Read, entries: Iterable[LedgerEntry]) -> Iterator[Difference]:
    """`entries`: the ledger's, of this sequence."""
    source = of_source(sequence)
    reached = {source.points[key].step for key in source.backwards()}
    notes = _Notes(entry for entry in entries if entry.step_id is None or entry.step_id in reached)
    found = align(source, of_target(read))
    steps = {step.id: step for step in sequence.steps}
    emails = {str(email.get("nodeId")): email for email in read.get("emails") or ()}
    nodes = {str(node["id"]): node for node in read.get("nodes") or ()}
    for step_id, node_id in found.best:
        step = steps[step_id]
        if step_id in notes.waiting or not notes.about(step_id) <= ABOUT_WORDS:
            continue
        if isinstance(step.action, SendEmail) and node_id in emails:
            yield from _email(step_id, step.action.content, emails[node_id], plain=not notes.about(step_id))
        elif isinstance(step.action, CallWebhook):
            yield from _webhook(step_id, step.action, nodes[node_id].get("config") or {})
    yield from _tags(found, steps, nodes, notes)
    if not notes.times_changed and not notes.undone:
        for (step_id, _), spans in found.spans.items():
            yield Difference(step_id, "wait before it", f"{spans.source:.0f} s", f"{spans.target:.0f} s")
    if not notes.undone:
        yield from _alone(found, steps, nodes, emails)


class _Notes:
    def __init__(self, entries: Iterable[LedgerEntry]) -> None:
        self._codes: dict[str, set[str]] = {}
        self.waiting: set[str] = set()
        """Steps that a person must settle first: what stands in their place is a placeholder."""
        self.undone = self.times_changed = False
        for entry in entries:
            codes = {finding.code for finding in entry.findings if finding.verdict is not Verdict.EXACT}
            if entry.kind in ("step", "lane"):
                self._codes.setdefault(entry.step_id or "", set()).update(codes)
                if entry.verdict is Verdict.MANUAL:
                    self.waiting.add(entry.step_id or "")
                self.undone |= entry.verdict in (Verdict.MANUAL, Verdict.DROPPED)
            self.times_changed |= any(code.startswith(_TIME) for code in codes)

    def about(self, step_id: str) -> set[str]:
        """The codes of what the report says of a step; none: it is the same at the target."""
        return self._codes.get(step_id, set())


def _email(step: str, content: EmailContent, email: Read, *, plain: bool) -> Iterator[Difference]:
    if content.language not in _BY_BRACES:
        return
    for name, wanted in (("subject", content.subject), ("previewText", content.preview_text)):
        shown = str(email.get(name) or "")
        if wanted and not _same_words(wanted, shown, plain=plain):
            yield Difference(step, name, shown_briefly(wanted), shown_briefly(shown))
    html = "".join(str(block.get("content") or "") for block in email.get("blocks") or ())
    body = content.body or ""
    if content.format not in (BodyFormat.DOCUMENT, BodyFormat.FRAGMENT) or not body:
        return
    if _LEAVE.search(body) and "unsubscribeUrl" not in html:
        yield Difference(step, "unsubscribe link", "there", "missing")
    lacks = stand_in_order(literals(body), html)
    if lacks is not None:
        yield Difference(step, "content", shown_briefly(lacks), "not there, or elsewhere")


def _same_words(source: str, target: str, *, plain: bool) -> bool:
    if not has_tags(source):
        return squeezed(source) == squeezed(target)
    if plain:
        return literals(source) == literals(target)
    return stand_in_order(literals(source), target) is None


def _webhook(step: str, action: CallWebhook, config: Read) -> Iterator[Difference]:
    for name, wanted in (("url", action.url), ("method", action.method), ("body", action.body)):
        shown = config.get(name)
        if wanted and shown is not None and not _same_words(wanted, str(shown), plain=True):
            yield Difference(step, name, shown_briefly(wanted), shown_briefly(shown))


def _tags(found: Alignment, steps: dict[str, Step], nodes: dict[str, Read], notes: _Notes) -> Iterator[Difference]:
    """By step: one that gives several tags has a step for each at the target."""
    given: dict[str, list[str]] = {}
    for step_id, node_id in found.best:
        name = (nodes.get(node_id, {}).get("config") or {}).get("tagName")
        if name is not None:
            given.setdefault(step_id, []).append(tag_name(str(name)))
    for step_id, names in given.items():
        action = steps[step_id].action
        if isinstance(action, AddTags | RemoveTags) and not notes.about(step_id):
            wanted = {tag_name(target_tag(tag)) for tag in action.tags}
            if wanted != set(names) and not wanted <= set(names):
                yield Difference(step_id, "tags", ", ".join(sorted(wanted)), ", ".join(sorted(names)))


def _alone(
    found: Alignment, steps: dict[str, Step], nodes: dict[str, Read], emails: dict[str, Read]
) -> Iterator[Difference]:
    for step_id in found.missing:
        action = steps[step_id].action
        if isinstance(action, SendEmail):
            yield Difference(step_id, "email", shown_briefly(action.content.subject or ""), "missing")
        elif isinstance(action, CallWebhook):
            yield Difference(step_id, "webhook", shown_briefly(action.url or ""), "missing")
    for node_id in found.extra:
        if node_id in emails:
            yield Difference("", "further email", "none", shown_briefly(str(emails[node_id].get("subject"))))
        elif str(nodes[node_id].get("nodeType")) == "action_webhook":
            shown = (nodes[node_id].get("config") or {}).get("url")
            yield Difference("", "further webhook", "none", shown_briefly(str(shown)))
