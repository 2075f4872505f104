"""Every contact and every membership, read back and compared. Pages come and go; only counts stay."""

from __future__ import annotations

from adapters.sequenzy import read
from adapters.sequenzy.shapes import Contact
from migrator.errors import ApiError
from migrator.load.expected import consent, differences, expected
from migrator.load.present_before import page_size
from migrator.load.work import Missing, Work, digest_of
from migrator.plan.records import AddMembers
from migrator.verify.planned_people import Place, PlannedPeople
from migrator.verify.report_files import Counts, Files

NO_FIELD = "the server's documents have no field for it"


def check_people(work: Work, people: PlannedPeople, files: Files, counts: Counts) -> None:
    count = counts.kinds["contact"]
    count.planned, count.rejected = people.count()
    work.watcher.collection("contacts", count.planned)
    read_so_far = 0
    for rows in read.contact_pages(work.api, page=page_size(work)):
        _page(work, people, files, counts, [row for row in rows if row.email])
        read_so_far += len(rows)
        work.watcher.progress("contacts", read_so_far)
    for key, email in people.missing():
        count.missing += 1
        files.row("missing", "contact", key, email, "not at the target")
    work.watcher.finished("contacts", read_so_far)


def _page(work: Work, people: PlannedPeople, files: Files, counts: Counts, rows: list[Contact]) -> None:
    emails = [str(row.email).lower() for row in rows]
    places = people.find(emails)
    there = work.checkpoint.present([digest_of(email) for email in emails])
    seen = []
    for row, email in zip(rows, emails, strict=True):
        place, was = places.get(email), there.get(digest_of(email))
        if place is None:
            if was is None:
                counts.kinds["contact"].unexpected += 1
                files.row("unexpected", "contact", "", email, row.status)
            continue
        seen.append((email, row.status))
        counts.status[row.status] = counts.status.get(row.status, 0) + 1
        _compare(people, files, counts, row, place, was[1] if was else None)
    people.seen(seen)


def _compare(
    people: PlannedPeople, files: Files, counts: Counts, row: Contact, place: Place, before: dict[str, object] | None
) -> None:
    strategy = str(place.operation.head.get("duplicateStrategy", "skip"))
    record, beyond = people.sent(place)
    wanted = expected(record, before, strategy)
    if place.complained:
        # A complaint reads back as an opt-out, whatever the contact was before.
        wanted = {**wanted, "status": "unsubscribed"}
    for name, value in beyond.items():
        counts.left_behind("contact", name)
        files.row("not_carried", "contact", place.operation.key, row.email, name, value, NO_FIELD)
    found = list(differences(wanted, row))
    for one in found:
        files.row("differing", "contact", place.operation.key, row.email, one.field, one.planned, one.found)
    verdict, planned = consent(wanted, row), wanted.get("status", "active")
    if verdict == "wider":
        counts.consent_wider += 1
        files.row("consent_wider", row.email, planned, row.status)
    elif verdict == "narrower":
        counts.consent_narrower += 1
        files.row("consent_narrower", row.email, planned, row.status)
    elif verdict == "other":
        files.row("differing", "contact", place.operation.key, row.email, "status", planned, row.status)
    if found or verdict == "other":
        counts.kinds["contact"].differing += 1
    elif verdict is None:
        counts.kinds["contact"].equal += not beyond
        counts.kinds["contact"].partly += bool(beyond)


def check_members(work: Work, people: PlannedPeople, files: Files, counts: Counts) -> None:
    count = counts.kinds["membership"]
    for operation in work.opened.operations(AddMembers):
        try:
            list_id = work.target_id(operation.list_key)
        except Missing:
            count.planned += operation.count
            count.missing += operation.count
            files.row("missing", "membership", operation.key, "", f"all {operation.count}: the list is not there")
            continue
        unit = work.checkpoint.unit(operation.list_key)
        ours = not (unit and unit.result.get("existed"))
        count.planned += people.start_list(operation)
        try:
            for rows in read.contact_pages(work.api, list_id=list_id, page=page_size(work)):
                emails = [str(row.email).lower() for row in rows if row.email]
                strangers = people.on_list(emails) if emails else []
                count.equal += len(emails) - len(strangers)
                if ours:
                    count.unexpected += len(strangers)
                    for email in strangers:
                        files.row("unexpected", "membership", operation.key, email, "on a list of this plan")
        except ApiError as error:
            counts.unchecked.append(f"{operation.key}: {error.problem.message}")
            continue
        for email in people.not_on_list():
            count.missing += 1
            files.row("missing", "membership", operation.key, email, "not on the list")
