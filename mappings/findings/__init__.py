"""Every reason why a construct of a sequence or segment is not carried over exactly: one row a code.

The lowering can name no other, and docs/constructs is generated from these rows. Merge tags have their own list in
merge_tags/reasons.py. Words in braces are filled in where the finding is made.
"""

from __future__ import annotations

from typing import NamedTuple

from mappings.findings.all_rows import ROWS
from mappings.verdicts import Finding, Verdict


class Kind(NamedTuple):
    page: str
    """The page of docs/constructs that explains it."""
    verdict: Verdict
    reason: str
    remedy: str


FINDINGS: dict[str, Kind] = {
    code: Kind(page, Verdict(verdict), reason, remedy) for code, (page, verdict, reason, remedy) in ROWS.items()
}


def find(code: str, *, settles: str = "", **words: object) -> Finding:
    kind = FINDINGS[code]
    spoken = {name: spell(value) for name, value in words.items()}
    return Finding(
        verdict=kind.verdict,
        code=code,
        reason=kind.reason.format(**spoken),
        remedy=kind.remedy.format(**spoken),
        settles=settles,
    )


def spell(value: object) -> str:
    """A source's own word inside a sentence: one line, no half characters, not endless."""
    text = " ".join(str(value).encode("utf-8", "replace").decode().split())
    return text if len(text) <= 80 else text[:79] + "…"
