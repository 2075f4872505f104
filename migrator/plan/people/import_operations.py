"""The operations that write people: imports with every switch at its safe value, said aloud; complaints; list members.

Which people there are is planned in planning.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.target import Body
from migrator.plan.answers.schema import Existing
from migrator.plan.folder import PlanFolder
from migrator.plan.people.people_plan import ACTIVES, COMPLAINTS, OPT_OUTS, PeoplePlan
from migrator.plan.records import AddMembers, ImportPeople, MarkComplaints


def imports(people: PeoplePlan, marker: str, existing: Existing) -> Iterator[ImportPeople]:
    """Opt-outs before active people."""
    heads = {
        # Merging applies their status to people who are active at the target: an opt-out is never lost. Should a
        # status be ignored one day, the workspace's own rule for new people is the more careful one.
        OPT_OUTS: _head(f"{marker}-opt-outs", "merge", "default"),
        # Everybody in this file gave consent at the source, or the person running this vouches for it. An active
        # record never re-subscribes somebody who opted out at the target.
        ACTIVES: _head(f"{marker}-active", existing.value, "confirmed"),
    }
    for path, head in heads.items():
        if people.batches[path]:
            key = f"people:{path.removeprefix('people/').removesuffix('.jsonl')}"
            yield ImportPeople(key=key, file=path, head=head, batches=people.batches[path])


def _head(name: str, strategy: str, opt_in: str) -> Body:
    return {
        "fileName": name,
        "duplicateStrategy": strategy,
        "optInMode": opt_in,
        "enrollInSequences": False,
        "listIds": [],
    }


def complaints(folder: PlanFolder) -> Iterator[MarkComplaints]:
    if COMPLAINTS in folder.files:
        count = folder.files[COMPLAINTS].records or 0
        yield MarkComplaints(key="people:complaints", file=COMPLAINTS, count=count)


def members(people: PeoplePlan, lists: Mapping[str, str], folder: PlanFolder) -> Iterator[AddMembers]:
    for list_id, path in people.members.items():
        count = folder.files[path].records or 0
        yield AddMembers(key=f"members:{list_id}", list_key=lists[list_id], file=path, count=count)
