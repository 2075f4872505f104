"""The label that says from which sequence of which account a sequence came: the same for every export and every run.

The marker of a run tells two loads of one account apart; this label shows that they are copies of each other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from adapters.sequenzy.shapes import Labelled
from migrator.plan.records import Plan

MARKED = "migrate-"
"""How the label of every migration begins."""
_SOURCE = f"{MARKED}source-"


@dataclass(frozen=True)
class Origin:
    sequence: str
    account: str


def source_label(plan: Plan, key: str) -> str:
    """`key`: the operation's, such as `sequence:7`."""
    source = {name: str(value or "") for name, value in plan.source.items()}
    account = _digest(source.get("host", ""), source.get("account", ""))
    return f"{_SOURCE}{_digest(source.get('platform', ''), key)}-{account}"


def origin_of(sequence: Labelled) -> Origin | None:
    """None: not from a migration, or from one that set no such label."""
    for label in names(sequence):
        if label.startswith(_SOURCE):
            of_sequence, _, account = label.removeprefix(_SOURCE).partition("-")
            return Origin(of_sequence, account)
    return None


def names(sequence: Labelled) -> list[str]:
    return [str(label.get("name") if isinstance(label, dict) else label) for label in sequence.labels]


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=5).hexdigest()
