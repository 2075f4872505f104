"""The verdict on a construct: what became of it, why, and what a person can do. Every mapping returns one.

`exact + changed + manual + dropped = found` holds for each kind; migrator/plan/ledger.py does the adding up.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Verdict(StrEnum):
    EXACT = "exact"
    """The target behaves the same."""
    CHANGED = "changed"
    """Carried over with a stated difference."""
    MANUAL = "manual"
    """A person must decide or do something; the plan holds a safe stand-in that cannot send."""
    DROPPED = "dropped"
    """Has no meaning at the target."""

    @property
    def weight(self) -> int:
        """How much attention it needs; a construct made of parts is as grave as its gravest part."""
        return (Verdict.EXACT, Verdict.CHANGED, Verdict.DROPPED, Verdict.MANUAL).index(self)


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a construct is not `exact`, in words for a marketer."""

    verdict: Verdict
    code: str
    """A stable short name, such as `opened-condition`; docs/constructs explains each."""
    reason: str
    """What differs, when it shows, how large."""
    remedy: str = ""
    """What to do about it."""
    settles: str = ""
    """The line of mappings.toml that answers the question, ready to copy."""


class Lowered(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A construct in the target's terms (None: nothing is made of it), with what must be said about it."""

    value: T | None
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return max((finding.verdict for finding in self.findings), key=lambda v: v.weight, default=Verdict.EXACT)
