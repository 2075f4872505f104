"""Emails: their short facts, and their bodies before and after as pieces that are the same or were changed.

Bodies are handed out one sequence at a time, never held together: they are most of what an account weighs.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from mappings.answer_lines import step_key
from mappings.target import NodeKind, TargetGraph
from migrator.bundle import Bundle
from migrator.model import EmailContent, Sequence
from migrator.model.steps import SendEmail
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence, CreateTemplate
from migrator.report.facts import Email

_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})", re.DOTALL)
MOST_TOKENS = 3000
"""Beyond this, comparing piece by piece takes longer than anybody would wait; one change is marked instead."""
Piece = str | tuple[str, str]
"""A text that both have, or what stood there and what stands there now."""


def emails_of(sequence: Sequence, graph: TargetGraph | None, verdicts: Mapping[str, str]) -> tuple[Email, ...]:
    after = _after(graph)
    found = []
    for step in sequence.steps:
        if isinstance(step.action, SendEmail):
            content, body = step.action.content, after.get(step.id, {})
            found.append(
                Email(
                    key=step_key(sequence.source_id, step.id),
                    label=step.label or "Email",
                    verdict=verdicts.get(step.id, "exact"),
                    step_id=step.id,
                    subject_before=content.subject or "",
                    subject_after=str(body.get("subject") or ""),
                    preview_before=content.preview_text or "",
                    preview_after=str(body.get("previewText") or ""),
                )
            )
    return tuple(found)


def template_emails(bundle: Bundle, opened: OpenPlan) -> Iterator[Email]:
    verdicts = {entry.id: entry.verdict.value for entry in opened.ledger() if entry.kind == "template"}
    bodies = {one.key: one.body for one in opened.operations(CreateTemplate)}
    for template in bundle.templates():
        body = bodies.get(f"template:{template.source_id}", {})
        yield Email(
            key=f"template/{template.source_id}",
            label=template.name,
            verdict=verdicts.get(template.source_id, "exact"),
            subject_before=template.content.subject or "",
            subject_after=str(body.get("subject") or ""),
            preview_before=template.content.preview_text or "",
            preview_after=str(body.get("previewText") or ""),
        )


def bodies(bundle: Bundle, opened: OpenPlan) -> Iterator[tuple[str, list[Piece]]]:
    """Every email's key and its body in pieces. What is not carried over has no counterpart."""
    built = {one.key: one for one in opened.operations(BuildSequence)}
    for sequence in bundle.sequences():
        operation = built.get(f"sequence:{sequence.source_id}")
        after = _after(None if operation is None else opened.sequence(operation).graph)
        for step in sequence.steps:
            if isinstance(step.action, SendEmail):
                target = after.get(step.id, {}).get("html")
                yield step_key(sequence.source_id, step.id), _pieces(step.action.content, target)
    made = {one.key: one.body for one in opened.operations(CreateTemplate)}
    for template in bundle.templates():
        target = made.get(f"template:{template.source_id}", {}).get("html")
        yield f"template/{template.source_id}", _pieces(template.content, target)


def _after(graph: TargetGraph | None) -> dict[str, Mapping[str, object]]:
    nodes = () if graph is None else graph.nodes
    return {node.origin.step_id: node.body for node in nodes if node.kind is NodeKind.EMAIL and node.origin.step_id}


def _pieces(content: EmailContent, target: object) -> list[Piece]:
    before = content.body or content.text or ""
    return compare(before, str(target)) if isinstance(target, str) else [(before, "")]


def compare(before: str, after: str) -> list[Piece]:
    """Tags are compared as wholes, and so is the text between them: only tags were edited, so the rest is equal."""
    if before == after:
        return [before]
    old, new = _TAG.split(before), _TAG.split(after)
    if max(len(old), len(new)) > MOST_TOKENS:
        return _narrowed(before, after)
    pieces: list[Piece] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, now = "".join(old[a:b]), "".join(new[c:d])
        if kind == "equal":
            pieces.append(was)
        elif was or now:
            pieces += _narrowed(was, now)
    return pieces


def _narrowed(was: str, now: str) -> list[Piece]:
    """What both begin and end with is no change."""
    start = 0
    shorter = min(len(was), len(now))
    while start < shorter and was[start] == now[start]:
        start += 1
    end = 0
    while end < shorter - start and was[-1 - end] == now[-1 - end]:
        end += 1
    if start + end < 24:
        return [(was, now)]
    head, tail = was[:start], was[len(was) - end :]
    middle = (was[start : len(was) - end], now[start : len(now) - end])
    return [piece for piece in (head, middle, tail) if piece]
