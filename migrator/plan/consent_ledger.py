"""The ledger's entries for people: one for each state of the source and what became of those in it."""

from __future__ import annotations

from collections.abc import Iterable

from mappings.consent import TargetStatus
from mappings.import_record import LOSSES
from mappings.verdicts import Finding, Verdict
from migrator.model import ConsentState
from migrator.plan.ledger import Ledger
from migrator.plan.lists_tags_fields import said
from migrator.plan.people.people_plan import MERGED, REJECTED_ROW, ConsentTable, PeoplePlan

_MERGED = said(
    Verdict.CHANGED,
    "contact-merged",
    "Another row has the same address; the two become one contact with the more careful consent of both.",
    "Nothing, unless one of the addresses is a typing error.",
)
_REJECTED = said(
    Verdict.DROPPED,
    "contact-rejected",
    "Their address cannot be written to, or they were left behind; each is in rejected.csv with the reason.",
    "Correct the addresses at the source and export again, if these people matter.",
)
_NARROWED = said(
    Verdict.CHANGED,
    "consent-narrowed",
    "A do-not-send list or another row of theirs says less than their own row; the more careful word counts.",
)
_FROM_LISTS = said(
    Verdict.CHANGED,
    "suppressed-without-contact",
    "These addresses stand on a do-not-send list, and no contact has them. Sequenzy remembers an opt-out only as a "
    "contact, so each becomes an opted-out contact.",
)


def enter_people(plan: PeoplePlan, table: ConsentTable, ledger: Ledger) -> None:
    ledger.expect("consent_state", plan.counts.read + plan.counts.from_suppressions)
    for (state, fate), count in sorted(plan.fates.items()):
        name = state.value.replace("_", " ")
        if fate in (MERGED, REJECTED_ROW):
            finding = _MERGED if fate == MERGED else _REJECTED
            ledger.add("consent_state", f"{state.value}/{fate}", f"{name}: {fate}", (finding,), count=count)
            continue
        final, _, status = fate.partition(">")
        findings: Iterable[Finding] = table[ConsentState(final)].findings
        if final != state.value:
            findings = (_NARROWED, *findings)
        label = f"{name} to {status}" if final == state.value else f"{name}, narrowed to {final.replace('_', ' ')}"
        ledger.add("consent_state", f"{state.value}/{fate}", label, findings, count=count, target=(f"status:{status}",))
    if plan.counts.from_suppressions:
        target = (f"status:{TargetStatus.UNSUBSCRIBED.value}",)
        count = plan.counts.from_suppressions
        ledger.add(
            "consent_state",
            "do-not-send list",
            "only on a do-not-send list",
            (_FROM_LISTS,),
            count=count,
            target=target,
        )
    for code, count in sorted(plan.lost.items()):
        if count:
            reason, remedy = LOSSES[code]
            finding = said(Verdict.CHANGED, code, reason, remedy)
            ledger.expect("profile", count)
            ledger.add("profile", code, code.replace("-", " "), (finding,), count=count)
