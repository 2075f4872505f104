"""Who gets the emails of a sequence, judged when each of them leaves. A rule that the target can say becomes a branch
in front of every email. Any other holds the draft back, as every limit on the audience does that nobody can say.
"""

from __future__ import annotations

from dataclasses import dataclass

from mappings.conditions import Expression, Where, lower_rule
from mappings.context import LoweringContext
from mappings.findings import find
from mappings.sequences.settings import audience_limit
from mappings.sequences.unknown_history import lets_more_through
from mappings.verdicts import Finding, Lowered, Verdict
from migrator.model.rules import AnyOf, ListRule
from migrator.model.sequences import EmailFilter, Sequence


@dataclass(frozen=True)
class EmailFilters:
    each: tuple[Lowered[Expression], ...]
    """In the order of the sequence's own; without a value where nothing stands in front of the emails."""

    @property
    def said(self) -> tuple[Expression, ...]:
        return tuple(lowered.value for lowered in self.each if lowered.value is not None)

    @property
    def blocks(self) -> tuple[str, ...]:
        findings = (finding for lowered in self.each for finding in lowered.findings)
        return tuple(finding.reason for finding in findings if finding.verdict is Verdict.MANUAL)


def lower_email_filters(sequence: Sequence, context: LoweringContext) -> EmailFilters:
    return EmailFilters(tuple(_one(rule, sequence, context) for rule in sequence.email_filters))


def _one(wanted: EmailFilter, sequence: Sequence, context: LoweringContext) -> Lowered[Expression]:
    lowered = lower_rule(wanted.rule, Where(sequence.source_id, None, None), context)
    forgetful = lets_more_through(wanted.rule, context)
    if lowered.value is None or forgetful or lowered.verdict is Verdict.MANUAL:
        limit = audience_limit(wanted.label, sequence.source_id, context)
        why: tuple[Finding, ...] = () if limit.verdict is not Verdict.MANUAL else lowered.findings
        return Lowered(value=None, findings=(limit, *why))
    return Lowered(value=lowered.value, findings=(*lowered.findings, *_stated(wanted)))


def _stated(wanted: EmailFilter) -> tuple[Finding, ...]:
    match wanted.rule:
        case ListRule():
            code = "email-filter-list"
        case AnyOf(rules=rules) if any(isinstance(rule, ListRule) for rule in rules):
            code = "email-filter-undecided"
        case _:
            code = "email-filter"
    return (find(code, what=wanted.label),)
