"""Plans all people: one pass over every row, then the rows that turned out to be one person, then the addresses that
only a do-not-send list knows. Opt-outs and bounces go into one file, active people into another.
"""

from __future__ import annotations

from migrator.bundle import Bundle
from migrator.plan.folder import PlanFolder
from migrator.plan.lean import CarefulContact, LeanContact
from migrator.plan.mending import mend
from migrator.plan.people_pass import PeoplePass
from migrator.plan.people_records import PeoplePlan, Told, Wishes


def plan_people(bundle: Bundle, folder: PlanFolder, wishes: Wishes, told: Told | None = None) -> PeoplePlan:
    """`told` hears of every row carried over: its id, the address, whether the person may be mailed, and their tags;
    of people put together from several rows once more at the end."""
    work = PeoplePass(bundle, folder, wishes, told)
    for contacts in bundle.blocks("contacts.jsonl", LeanContact, CarefulContact):
        work.block(contacts)
    mend(work, bundle)
    return work.finish(work.only_blocked(bundle))
