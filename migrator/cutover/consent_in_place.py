"""Whether everybody who said no at the source is closed to mail at the target: asked there, before anything is enabled.

What a load noted is not enough: somebody may have changed it since. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator

from migrator.load.audience import Audience, emails_in, missing_in
from migrator.load.census import NARROW, Census, census_of
from migrator.load.checkpoint import State
from migrator.load.contacts_singly import PROVEN, decode_record
from migrator.load.counts import leaves
from migrator.load.work import Work, digest_of
from migrator.plan.records import ImportPeople, MarkComplaints

_NAME = "consent in place"
CHUNK = 500


def not_in_place(work: Work) -> str | None:
    """In words: why nothing may be enabled; None when every opt-out, bounce and complaint holds. Asked once a run."""
    if _NAME not in work.once:
        work.once[_NAME] = _look(work)
    found: str | None = work.once[_NAME]
    return found


def _look(work: Work) -> str | None:
    left = list(_not_shut(work))
    reachable = absent = 0
    if left:
        there = census_of(work).named(left)
        reachable = sum(digest_of(email) in there and not there[digest_of(email)].shut for email in left)
        absent = len(_never_there(work, [email for email in left if digest_of(email) not in there]))
    complaints = sum(
        max(0, one.count - len(work.checkpoint.units(one.key, State.CONFIRMED)))
        for one in work.opened.operations(MarkComplaints)
    )
    counts = {
        f"{reachable:,} of them can be mailed at Sequenzy": reachable,
        f"{absent:,} are not at Sequenzy": absent,
        f"{complaints:,} complaints are not recorded": complaints,
    }
    if not any(counts.values()):
        return None
    said = ", ".join(text for text, count in counts.items() if count)
    return (
        f"Some people opted out, bounced or complained at the source, and that does not hold here: {said}. "
        "Run `migrate load` again. For those who can still be mailed, `migrate verify` lists them: set them to "
        "unsubscribed at Sequenzy."
    )


def _not_shut(work: Work) -> Iterator[str]:
    """Addresses that the plan closes and that the target does not show as closed."""
    emails = [
        str(record["email"])
        for operation in work.opened.operations(ImportPeople)
        for batch in operation.batches
        for line in work.opened.batch(operation.file, batch).splitlines()
        if any(f'"{status}"'.encode() in line for status in NARROW)
        and (record := decode_record(line)).get("status") in NARROW
    ]
    if not emails:
        return
    shut = Census(work)
    shut.opted_out()
    for start in range(0, len(emails), CHUNK):
        chunk = emails[start : start + CHUNK]
        closed = shut.of(chunk)
        yield from (email for email in chunk if digest_of(email) not in closed)


def _never_there(work: Work, emails: list[str]) -> set[str]:
    """Without those whom the target was seen to have (somebody deleted them since), and those whose very address it
    refuses: neither can be mailed by what is enabled here."""
    if not emails:
        return set()
    audience = Audience(work)
    left = {digest_of(email): email for email in emails if not audience.was_refused(email)}
    for operation in work.opened.operations(ImportPeople):
        for unit in leaves(work.checkpoint.units(operation.key)):
            if unit.state is State.REJECTED or not (unit.result.get(PROVEN) or "missing" in unit.result):
                continue
            missing = {digest_of(email) for email in missing_in(work, operation, unit)}
            for email in emails_in(work, operation, unit):
                if digest_of(email) not in missing:
                    left.pop(digest_of(email), None)
    return set(left.values())
