"""How many of the people who are in sequences now continue at Sequenzy, finish at the source, or need a person.

Counted from the ledger alone, for the account and for each sequence. Those who finished or left before are in none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mappings.verdicts import Verdict
from migrator.plan.records import LedgerEntry

_NOT_INSIDE = frozenset({"resume-finished", "resume-removed"})
_FINISH = frozenset({"resume-nothing-left", "resume-not-subscribed", "position-left-out"})
"""Nothing more is due to them, or their sequence stays at the source. Whoever is in no table needs a person."""


@dataclass
class Inside:
    continues: int = 0
    finishes: int = 0
    needs_you: int = 0

    @property
    def people(self) -> int:
        return self.continues + self.finishes + self.needs_you

    def words(self, platform: str) -> str:
        """`39 continue, 12 finish at the old platform, 67 need you`"""
        finish, need = "finishes" if self.finishes == 1 else "finish", "needs" if self.needs_you == 1 else "need"
        continue_ = "continues" if self.continues == 1 else "continue"
        return (
            f"{self.continues:,} {continue_}, {self.finishes:,} {finish} at {platform}, {self.needs_you:,} {need} you"
        )


def people_inside(entries: Iterable[LedgerEntry]) -> dict[str, Inside]:
    """By the source id of their sequence, also of sequences that the bundle does not hold."""
    found: dict[str, Inside] = defaultdict(Inside)
    for entry in entries:
        if entry.kind != "enrolment":
            continue
        code = entry.findings[0].code if entry.findings else f"resume-{entry.label}"
        inside = found[entry.sequence_id or ""]
        if entry.target:
            inside.continues += entry.count
        elif code in _FINISH and entry.verdict is not Verdict.MANUAL:
            inside.finishes += entry.count
        elif code not in _NOT_INSIDE:
            inside.needs_you += entry.count
    return found


def together(several: Iterable[Inside]) -> Inside:
    whole = Inside()
    for one in several:
        whole.continues += one.continues
        whole.finishes += one.finishes
        whole.needs_you += one.needs_you
    return whole
