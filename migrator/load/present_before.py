"""Who was at the target before the first write: undo must not delete them, and verify must expect their own data.

Only digests of addresses are kept; of people whom the plan touches also what they were, so that undo can give it back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from adapters.sequenzy import read
from adapters.sequenzy.shapes import Contact
from migrator.load.import_pieces import Piece, emails_of
from migrator.load.work import Work, digest_of
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import ImportPeople

NOTE, TAGS_NOTE = "present_taken", "tags_before"


def note_present(work: Work, total: int | None, tags: Iterable[str] = ()) -> int:
    """How many were there. Once a checkpoint, before anything is written; a run stopped here starts it anew."""
    taken = work.checkpoint.note(NOTE)
    if taken is not None:
        return int(taken)
    count = 0
    if total != 0:
        work.watcher.collection("contacts already there", total)
        for rows in read.contact_pages(work.api, page=page_size(work)):
            count += len(rows)
            work.checkpoint.put_present(
                (digest_of(one.email), one.status, json.dumps(before(one))) for one in rows if one.email
            )
            work.watcher.progress("contacts already there", count)
        if count:
            work.checkpoint.keep_before(digest_of(email) for email in planned_emails(work.opened))
    with work.checkpoint.writing():
        work.checkpoint.put_note(TAGS_NOTE, sorted(tags))
        work.checkpoint.put_note(NOTE, count)
    return count


def page_size(work: Work) -> int:
    return read.SEED_PAGE if work.contract == "seed" else read.PAGE


def before(contact: Contact) -> dict[str, object]:
    return {
        "email": contact.email,
        "externalId": contact.external_id,
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "status": contact.status,
        "tags": list(contact.tags),
        "customAttributes": contact.custom_attributes,
        "timezone": contact.timezone,
        "createdAt": contact.created_at,
    }


def planned_emails(opened: OpenPlan) -> Iterator[str]:
    for operation in opened.operations(ImportPeople):
        for batch in operation.batches:
            piece = Piece(batch, batch.start, batch.end, batch.count)
            yield from emails_of(piece.lines(opened, operation.file))
