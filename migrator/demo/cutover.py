"""The cut-over, rehearsed on the local Sequenzy: finished sequences are enabled and people go on where they stood.

Enabling is the same function that `migrate enable` uses. What must not be enabled stays a draft.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.sequenzy import write
from adapters.sequenzy.client import Sequenzy
from migrator.cutover.enable import Readiness, enable, in_order, readiness
from migrator.load.work import Work
from migrator.plan.graphs.resume import ENROL_BATCH
from migrator.plan.records import BuildSequence, EnrolPeople
from migrator.transport.answers import Safety


@dataclass
class CutOver:
    enabled: dict[str, str] = field(default_factory=dict)
    """Key of the plan to id at the target."""
    blocked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    enrolled: int = 0
    held: set[tuple[str, str]] = field(default_factory=set)
    """(address, sequence key) of people whom nobody could place for certain."""


def cut_over(work: Work) -> CutOver:
    done = CutOver()
    ready = _ready(work, done)
    done.enabled = {operation.key: found.target_id for operation, found in ready}
    people = {one.sequence_key: one for one in work.opened.operations(EnrolPeople)}
    # Where somebody stands is written before anything is live: no trigger may meet a person without it.
    for key, one in people.items():
        for line in work.opened.lines(one.file):
            # Merged: a person may stand in several sequences, and has fields of their own.
            body = {"customAttributes": line["customAttributes"], "customAttributesStrategy": "merge"}
            write.update_contact(work.api, line["email"], body)
            if not line["enrol"] and "held" in line["customAttributes"].values():
                done.held.add((line["email"], key))
    for _, found in ready:
        enable(work, found, found.name)
    # Only when all are live: who is due at once may be handed over at once.
    for operation, found in ready:
        if operation.key in people:
            done.enrolled += _enrol(work, people[operation.key], found.target_id)
    return done


def _ready(work: Work, done: CutOver) -> list[tuple[BuildSequence, Readiness]]:
    """Those that can be enabled together, in the order in which to do it."""
    operations = in_order(work, work.opened.operations(BuildSequence))
    while True:
        together = {one.key for one in operations}
        found = [(one, readiness(work, one, together)) for one in operations]
        stuck = {one.key: ready.blocked for one, ready in found if ready.blocked}
        if not stuck:
            return found
        done.blocked |= stuck
        operations = [one for one in operations if one.key not in stuck]


def _enrol(work: Work, operation: EnrolPeople, target_id: str) -> int:
    emails = [line["email"] for line in work.opened.lines(operation.file) if line["enrol"]]
    enrolled = 0
    for start in range(0, len(emails), ENROL_BATCH):
        enrolled += _enrol_some(work.api, target_id, emails[start : start + ENROL_BATCH])
    return enrolled


def _enrol_some(api: Sequenzy, target_id: str, emails: list[str]) -> int:
    data = api.send("POST", f"/sequences/{target_id}/enroll", {"emails": emails}, safety=Safety.ONCE).data
    return int(data.get("enrolled", 0))
