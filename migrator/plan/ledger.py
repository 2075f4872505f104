"""The ledger: every construct of the bundle with exactly one verdict, and the sum that proves it.

What was found is counted apart from the verdicts, on the source's records, before anything is lowered. A sum that
does not come out is a mistake in this program and stops the run.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from mappings.verdicts import Finding, Verdict
from migrator.errors import Bug
from migrator.plan.records import LedgerEntry

KINDS = (
    *("sequence", "trigger", "entry_filter", "step", "lane", "exit_rule", "email_filter", "re_entry"),
    *("sending_window", "merge_tag"),
    *("list", "tag", "attribute", "segment", "template", "campaign", "form", "consent_state"),
    *("profile", "enrolment", "other", "unread"),
)


def brief(text: str, limit: int = 160) -> str:
    """A source's own word on one line, without anything that cannot be shown."""
    whole = text.encode("utf-8", "replace").decode()
    shown = whole if whole.isprintable() else "".join(sign if sign.isprintable() else " " for sign in whole)
    line = " ".join(shown.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


@dataclass
class Ledger:
    entries: list[LedgerEntry] = field(default_factory=list)
    expected: Counter[str] = field(default_factory=Counter)
    _ids: set[tuple[str, str]] = field(default_factory=set)

    def expect(self, kind: str, count: int) -> None:
        """So many constructs of a kind were found in the bundle."""
        self.expected[kind] += count

    def add(
        self,
        kind: str,
        entry_id: str,
        label: str,
        findings: Iterable[Finding] = (),
        *,
        count: int = 1,
        target: Iterable[str] = (),
        sequence_id: str | None = None,
        step_id: str | None = None,
    ) -> None:
        told = tuple(dict.fromkeys(findings))
        verdict = max((one.verdict for one in told), key=lambda one: one.weight, default=Verdict.EXACT)
        self.enter(
            LedgerEntry(
                kind=kind,
                id=entry_id,
                label=brief(label),
                count=count,
                sequence_id=sequence_id,
                step_id=step_id,
                verdict=verdict,
                findings=told,
                target=tuple(target),
            )
        )

    def enter(self, entry: LedgerEntry) -> None:
        """Keeps ids apart that look the same once they are short and printable."""
        wanted = brief(entry.id)
        if wanted != entry.id and not entry.id.startswith(wanted):
            wanted = f"{wanted} ~{hashlib.sha256(entry.id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
        chosen, number = wanted, 2
        while (entry.kind, chosen) in self._ids:
            chosen, number = f"{wanted} #{number}", number + 1
        self._ids.add((entry.kind, chosen))
        self.entries.append(entry if chosen == entry.id else msgspec.structs.replace(entry, id=chosen))

    def verdicts(self) -> dict[str, dict[str, int]]:
        """Kind to verdict to constructs, every verdict named; in the order of KINDS."""
        found: dict[str, dict[str, int]] = {}
        for entry in self.entries:
            by_verdict = found.setdefault(entry.kind, dict.fromkeys((one.value for one in Verdict), 0))
            by_verdict[entry.verdict.value] += entry.count
        return {kind: found[kind] for kind in KINDS if kind in found}

    def close(self) -> dict[str, dict[str, int]]:
        """The sums by kind, once they agree with what was found."""
        verdicts = self.verdicts()
        for kind in KINDS:
            judged = sum(verdicts.get(kind, {}).values())
            if judged != self.expected[kind]:
                why = f"{self.expected[kind]} found, {judged} judged"
                raise Bug("The ledger does not add up", where=kind, why=why, fix="Please report this.")
        if unknown := set(self.expected) - set(KINDS):
            raise Bug("The ledger was told of kinds it does not know", where=", ".join(sorted(unknown)))
        return verdicts

    @property
    def questions(self) -> list[LedgerEntry]:
        return [entry for entry in self.entries if entry.verdict is Verdict.MANUAL]
