"""Plans all people: one pass over every row, then the rows that turned out to be one person, then the addresses that
only a do-not-send list knows. Opt-outs and bounces go into one file, active people into another.
"""

from __future__ import annotations

from collections import defaultdict

from migrator.bundle import BlockPlaces, Bundle
from migrator.errors import Bug
from migrator.plan.folder import PlanFolder
from migrator.plan.people.contact_row import CarefulContact, LeanContact
from migrator.plan.people.first_pass import PeoplePass
from migrator.plan.people.people_plan import MERGED, PeoplePlan, Told, Wishes
from migrator.plan.people.rows_again import RowsAgain
from migrator.plan.people.second_pass import mend
from migrator.plan.people.suppressed_strangers import write_only_listed
from migrator.plan.records import PeopleCounts


def plan_people(bundle: Bundle, folder: PlanFolder, wishes: Wishes, told: Told | None = None) -> PeoplePlan:
    """`told` hears of every row carried over; of people put together from several rows once more at the end, be it
    that they are left behind (NOBODY)."""
    work = PeoplePass(bundle, folder, wishes, told)
    places = BlockPlaces()
    for contacts in bundle.blocks("contacts.jsonl", LeanContact, CarefulContact, places):
        work.block(contacts)
    work.all_read()
    with RowsAgain() as again:
        mend(work, bundle, places, again)
        return _sum(work, write_only_listed(work, bundle))


def _sum(work: PeoplePass, from_lists: int) -> PeoplePlan:
    """Closes the files, and asserts that everybody who was read went somewhere."""
    for file in work.files.values():
        file.finish()
    fates = +work.fates
    flow: dict[str, dict[str, int]] = defaultdict(dict)
    planned = rejected = merged = 0
    for (_, fate), count in sorted(fates.items()):
        final, arrow, status = fate.partition(">")
        if arrow:
            flow[final][status] = flow[final].get(status, 0) + count
            planned += count
        elif fate == MERGED:
            merged += count
        else:
            rejected += count
    census = work.census
    census.tags, census.attributes = work.tags.finish(), work.shapes.finish()
    lines = sum(batch.count for file in work.files.values() for batch in file.batches)
    listed = sum(work.rejects.reasons.values())
    if census.read != planned + rejected + merged or lines != planned + from_lists or listed != rejected:
        why = (
            f"{census.read} read, {planned} planned, {rejected} rejected ({listed} listed), {merged} merged, "
            f"{from_lists} from lists, {lines} written"
        )
        raise Bug("The contacts do not add up", why=why, fix="Please report this.")
    counts = PeopleCounts(
        read=census.read,
        planned=planned,
        rejected=rejected,
        merged=merged,
        from_suppressions=from_lists,
        flow=dict(sorted(flow.items())),
    )
    return PeoplePlan(
        counts=counts,
        census=census,
        batches={file.path: file.batches for file in work.files.values()},
        members={list_id: path for list_id, path in work.members.items() if path in work.folder.names},
        rejected=work.rejects.reasons,
        fates=fates,
        lost=work.person.lost,
    )
