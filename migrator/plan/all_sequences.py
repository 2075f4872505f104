"""All sequences of an account, one after the other: lowered, scheduled into calls and written to the plan's folder.

How one sequence is lowered is in lower_sequence.py. Memory holds one sequence's emails at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import msgspec

from mappings.answer_lines import line, step_path
from mappings.context import LoweringContext
from mappings.target import Body, NodeKind, TargetGraph
from mappings.verdicts import Finding, Lowered, Verdict
from migrator.bundle import Bundle, safe_name
from migrator.model import EmailContent, Sequence, Step
from migrator.model.steps import SendEmail
from migrator.plan.answers.choices import fill_in
from migrator.plan.answers.schema import Answers
from migrator.plan.answers.step_answers import StepAnswers
from migrator.plan.emails.content import Emails
from migrator.plan.folder import PlanFolder
from migrator.plan.graphs.lower_sequence import lower_sequence
from migrator.plan.graphs.schedule import schedule
from migrator.plan.graphs.sequence_ledger import found_in
from migrator.plan.ledger import Ledger, brief
from migrator.plan.lists_tags_fields import LEFT, UniqueNames
from migrator.plan.people_in_sequences import Positions
from migrator.plan.plan_json import encode_for_people
from migrator.plan.records import BuildSequence, CreateSegment, LedgerEntry, SequencePlan
from migrator.plan.sequence_files import to_file

_READABLE = 256 << 10
"""A sequence with larger emails is written without indents."""


@dataclass
class Automations:
    """The sequences of a bundle under the person's wishes."""

    bundle: Bundle
    answers: Answers
    steps: StepAnswers = field(default_factory=StepAnswers)

    def outlines(self) -> list[Sequence]:
        """Every sequence without its emails' bodies, which may be large."""
        return [_outline(one) for one in self._read(self.bundle.sequences(checked=False))]

    def __iter__(self) -> Iterator[Sequence]:
        return self._read(self.bundle.sequences())

    def _read(self, sequences: Iterable[Sequence]) -> Iterator[Sequence]:
        for one in sequences:
            wish = self.answers.sequences.get(one.source_id)
            if wish is not None and wish.name:
                one = msgspec.structs.replace(one, name=wish.name)
            yield self.steps.applied(one)

    def takes(self, source_id: str) -> bool:
        wish = self.answers.sequences.get(source_id)
        only = self.answers.only_sequences
        return (not only or source_id in only) and (wish is None or wish.take)


def _outline(sequence: Sequence) -> Sequence:
    steps = tuple(_bodiless(step) if isinstance(step.action, SendEmail) else step for step in sequence.steps)
    return msgspec.structs.replace(sequence, steps=steps)


def _bodiless(step: Step) -> Step:
    assert isinstance(step.action, SendEmail)  # noqa: S101 - the caller looked
    content = msgspec.structs.replace(step.action.content, body=None, text=None, blocks=None)
    return msgspec.structs.replace(step, action=msgspec.structs.replace(step.action, content=content, inline=None))


@dataclass
class SequencePlans:
    operations: list[BuildSequence] = field(default_factory=list)
    segments: dict[str, Body] = field(default_factory=dict)

    def made_segments(self) -> list[CreateSegment]:
        """Those that conditions and triggers need, by their keys."""
        return [CreateSegment(key=key, body=body) for key, body in sorted(self.segments.items())]


def plan_sequences(
    automations: Automations,
    context: LoweringContext,
    emails: Emails,
    folder: PlanFolder,
    ledger: Ledger,
    positions: Positions,
) -> SequencePlans:
    plans, names = SequencePlans(), UniqueNames()

    def letters(sequence: Sequence) -> Iterator[tuple[EmailContent, str]]:
        for step in reversed(sequence.steps if automations.takes(sequence.source_id) else ()):
            if isinstance(step.action, SendEmail):
                yield step.action.content, f"{sequence.source_id}/{step.id}"

    for sequence in emails.ahead.over(automations, letters, emails.context):
        for kind, count in found_in(sequence).items():
            ledger.expect(kind, count)
        if not automations.takes(sequence.source_id):
            _leave(sequence, emails, ledger)
            continue
        watched = _Watched(emails, sequence.source_id)
        lowered = lower_sequence(sequence, replace(context, prepare_email=watched))
        _left_out_emails(sequence, context, watched, emails)
        graph = positions.resume(sequence, lowered, context, ledger)
        graph, renamed = _named(_blocked(graph, lowered.entries), sequence, names)
        for entry in lowered.entries:
            if entry.kind == "sequence" and renamed:
                entry = msgspec.structs.replace(
                    entry, findings=(*entry.findings, *renamed), verdict=_graver(entry.verdict, renamed)
                )
            ledger.enter(entry)
        plans.segments |= lowered.segments
        base = f"sequences/{safe_name(sequence.source_id)}"
        for number, feeder in enumerate(lowered.feeders, 1):
            named, _ = _named(feeder, sequence, names)
            plans.operations.append(_write(named, f"{base}.feeder-{number}.json", folder))
        plans.operations.append(_write(graph, f"{base}.json", folder))
    return plans


class _Watched:
    """Passes emails on and remembers for which places it was asked."""

    def __init__(self, emails: Emails, sequence_id: str) -> None:
        self.asked: set[str] = set()
        self._emails, self._sequence_id = emails, sequence_id

    def __call__(self, content: EmailContent, label: str) -> Lowered[Body]:
        self.asked.add(label)
        path = step_path(self._sequence_id, label.removeprefix(f"{self._sequence_id}/"))
        return self._emails.lower(content, label, path)


def _left_out_emails(sequence: Sequence, context: LoweringContext, watched: _Watched, emails: Emails) -> None:
    """Merge tags of emails that nothing was made of still were found."""
    for step in sequence.steps:
        label = f"{sequence.source_id}/{step.id}"
        if not isinstance(step.action, SendEmail):
            continue
        if label in watched.asked:
            watched.asked.discard(label)  # a second step of the same id was not looked at
            continue
        filled, _ = fill_in(step, sequence, context)
        if isinstance(filled.action, SendEmail):
            emails.left_out(filled.action.content, label)


def _leave(sequence: Sequence, emails: Emails, ledger: Ledger) -> None:
    """One entry a construct for a sequence that the person does not take along."""
    head = sequence.source_id
    for kind, count in found_in(sequence).items():
        for number in range(1, count + 1):
            entry_id = head if kind == "sequence" else f"{head}/{kind}/{number}"
            label = sequence.name if kind == "sequence" else f"{brief(sequence.name, 80)}: {kind.replace('_', ' ')}"
            ledger.add(kind, entry_id, label, (LEFT,), sequence_id=head)
    for step in sequence.steps:
        if isinstance(step.action, SendEmail):
            emails.left_out(step.action.content, f"{head}/{step.id}")


def _blocked(graph: TargetGraph, entries: Iterable[LedgerEntry]) -> TargetGraph:
    """What a person must settle in an email blocks enabling as well, though a stand-in is in its place."""
    mails = {node.origin.step_id for node in graph.nodes if node.kind is NodeKind.EMAIL}
    reasons = list(graph.blocks_enabling)
    for entry in entries:
        if entry.kind != "step" or entry.verdict is not Verdict.MANUAL or entry.step_id not in mails:
            continue
        worst = next(one for one in entry.findings if one.verdict is Verdict.MANUAL)
        reasons.append(f"{entry.label}: {worst.reason}")
    return msgspec.structs.replace(graph, blocks_enabling=tuple(dict.fromkeys(reasons)))


def _named(graph: TargetGraph, sequence: Sequence, names: UniqueNames) -> tuple[TargetGraph, tuple[Finding, ...]]:
    """Drafts are found again by label and name, so no two may share a name."""
    name, renamed = names.take(graph.name, sequence.source_id, "sequence")
    if not renamed:
        return graph, ()
    settles = line(("sequences", sequence.source_id, "name"), name)
    findings = tuple(msgspec.structs.replace(one, settles=settles) for one in renamed)
    return msgspec.structs.replace(graph, name=name), findings


def _graver(verdict: Verdict, findings: Iterable[Finding]) -> Verdict:
    return max((verdict, *(one.verdict for one in findings)), key=lambda one: one.weight)


def _write(graph: TargetGraph, path: str, folder: PlanFolder) -> BuildSequence:
    calls = schedule(graph)
    written = to_file(SequencePlan(graph=graph, calls=calls))
    folder.write(path, encode_for_people(written, readable=_READABLE))
    return BuildSequence(key=graph.key, name=graph.name, file=path, calls=len(calls))
