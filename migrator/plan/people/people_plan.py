"""What planning the people is told and what it gives back: files, wishes, fates. The work is in planning.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mappings.attributes import FieldKeys
from mappings.consent import TargetStatus, never_wider
from mappings.verdicts import Lowered
from migrator.errors import Bug
from migrator.model import ConsentState
from migrator.plan.people.blocked import SAID_NO
from migrator.plan.people.census import Census
from migrator.plan.records import Batch, PeopleCounts

OPT_OUTS, ACTIVES = "people/opt_outs.jsonl", "people/actives.jsonl"
COMPLAINTS = "people/complaints.jsonl"
MERGED, REJECTED_ROW = "merged", "rejected"
NOWHERE, STOPPED, ACTIVE = 0, 1, 2
"""Where a row went: no record, the opt-outs or the actives."""

NOBODY = ""
"""As address: the row is not carried over after all."""

Told = Callable[[int, str, str, bool, list[str]], None]
"""Row, its id, the address, whether the person may be mailed, their tags. Of one row the last word counts."""
ConsentTable = Mapping[ConsentState, Lowered[TargetStatus]]


@dataclass(frozen=True)
class Wishes:
    """What decides how people are written, besides their own data."""

    keys: FieldKeys
    table: ConsentTable
    tag_renames: Mapping[str, str] = field(default_factory=dict)
    tags_ignored: frozenset[str] = frozenset()
    lists: tuple[str, ...] = ()
    """Ids of the lists that are created at the target."""


@dataclass
class PeoplePlan:
    counts: PeopleCounts
    census: Census
    batches: dict[str, tuple[Batch, ...]]
    members: dict[str, str]
    """List id to the file with its members' addresses."""
    rejected: Counter[str]
    """Reason to rows."""
    fates: Counter[tuple[ConsentState, str]]
    """The source's state of a row, and what became of it: `<final state>><status>`, MERGED or REJECTED_ROW."""
    lost: Counter[str]
    """Code of mappings.import_record.LOSSES to people."""


class Outcome:
    """What a state of consent leads to, looked up once a row."""

    __slots__ = ("active", "dated", "fate", "state", "status", "written")

    def __init__(self, state: ConsentState, status: TargetStatus | None) -> None:
        self.state, self.status = state, status
        self.active = status is TargetStatus.ACTIVE
        self.dated = state in SAID_NO
        """Whether the moment at which somebody came into this state is that of an opt-out."""
        self.written = "" if status is None else status.import_status
        self.fate = REJECTED_ROW if status is None else f"{state.value}>{status.value}"


def outcome_of(state: ConsentState, table: ConsentTable) -> Outcome:
    status = table[state].value
    vouched = {ConsentState.UNKNOWN} if table[ConsentState.UNKNOWN].value is TargetStatus.ACTIVE else set()
    if status is not None and not never_wider(state, status, vouched):
        raise Bug("People would end more reachable than at the source", where=f"{state.value} to {status.value}")
    return Outcome(state, status)
