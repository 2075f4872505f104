"""Addresses on a do-not-send list that no contact has: they become opted-out contacts, since Sequenzy has no other way
to remember them. They do not count as read contacts.
"""

from __future__ import annotations

from mappings.addresses import problem, writable
from mappings.import_record import SINCE_KEY, STATE_KEY, ImportRecord, plain
from migrator.bundle import Bundle
from migrator.model import ConsentState
from migrator.plan.people.first_pass import PeoplePass
from migrator.plan.people.people_plan import STOPPED

_AT_ONCE = 500


def write_only_listed(work: PeoplePass, bundle: Bundle) -> int:
    """How many there are. Call it after all contacts."""
    count = 0
    records: list[ImportRecord] = []
    for entry in bundle.suppressions():
        email = writable(entry.email)
        state = work.blocked.alone(email)
        if state is None:
            continue
        if (fault := problem(email)) is not None:
            work.rejects.mention(entry.email, f"on a do-not-send list: {fault}")
            continue
        outcome = work.outcomes[state.value]
        if outcome.status is None or outcome.active:
            outcome = work.outcomes[ConsentState.SUPPRESSED.value]
        attributes: dict[str, object] = {STATE_KEY: state.value}
        if entry.since is not None:
            attributes[SINCE_KEY] = plain(entry.since)
        records.append(ImportRecord(email, outcome.written, custom_attributes=attributes))
        work.belongs((), email, outcome)
        count += 1
        if len(records) == _AT_ONCE:
            work.files[STOPPED].extend(records)
            records.clear()
    work.files[STOPPED].extend(records)
    return count
