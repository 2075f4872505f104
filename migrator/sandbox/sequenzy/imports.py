"""Works through bulk imports: rows are applied when the import completes, never while the POST is answered.

An import completes after a number of polls or when virtual time reaches it; earlier imports always complete first.
Counts: added + updated + skipped + failed = processed, and processed + duplicates = rows.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from migrator.sandbox.sequenzy import consent, people
from migrator.sandbox.sequenzy.bodies import flat_value, parse_moment, valid_zone
from migrator.sandbox.sequenzy.faults import ImportTrouble
from migrator.sandbox.sequenzy.names import clean_phone, normalise_email, plausible_email, plausible_phone
from migrator.sandbox.sequenzy.people_bodies import ImportPeople, ImportRow
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.work_records import ImportRecord
from migrator.sandbox.sequenzy.world import World


def poll(world: World, record: ImportRecord) -> None:
    """One look at an import brings it one step nearer to its end."""
    if record.status == "running":
        if record.polls_left <= 0:
            complete(world, record)
        record.polls_left -= 1


def settle_imports(world: World, until: datetime) -> None:
    for record in list(world.state.imports.values()):
        if record.status == "running" and record.due_at is not None and record.due_at <= until:
            complete(world, record)


def complete(world: World, record: ImportRecord) -> None:
    for earlier in list(world.state.imports.values()):
        if earlier is record:
            break
        if earlier.status == "running":
            _run(world, earlier)
    _run(world, record)


def _run(world: World, record: ImportRecord) -> None:
    batch = msgspec.convert(record.body, ImportPeople)
    lists = batch.list_ids
    if lists is not None:
        lists = [list_id for list_id in lists if list_id in world.state.lists]
    seen: set[str] = set()
    trouble = world.import_troubles.pop(0) if world.import_troubles else ImportTrouble()
    for index, row in enumerate(batch.subscribers):
        if index in trouble.lost:
            _lose(record, trouble)
            continue
        key = _key(row)
        if key in seen:
            record.duplicate_rows += 1
            continue
        seen.add(key)
        record.email_count += bool(row.email and row.email.strip())
        record.processed += 1
        outcome, reason = _apply(world, batch, row, lists)
        if outcome == "added":
            record.added += 1
        elif outcome == "updated":
            record.updated += 1
        elif outcome == "skipped":
            record.skipped += 1
            record.skipped_reasons[reason] = record.skipped_reasons.get(reason, 0) + 1
        else:
            record.failed += 1
            record.failed_reasons[reason] = record.failed_reasons.get(reason, 0) + 1
    record.status, record.body = trouble.status, None
    record.completed_at = record.updated_at = world.state.now
    if trouble.gone:
        del world.state.imports[record.id]


def _lose(record: ImportRecord, trouble: ImportTrouble) -> None:
    if trouble.tells == "chunk":
        record.failed_chunks, record.failed_chunk_reasons = 1, {"Chunk processing failed": 1}
    elif trouble.tells == "failed":
        record.processed += 1
        record.failed += 1
        record.failed_reasons["Internal error"] = record.failed_reasons.get("Internal error", 0) + 1
    elif trouble.tells == "lie":
        record.processed += 1
        record.added += 1


def _key(row: ImportRow) -> str:
    if row.email and row.email.strip():
        return "e:" + normalise_email(row.email)
    return "p:" + clean_phone(row.phone or "")


def _apply(world: World, batch: ImportPeople, row: ImportRow, lists: list[str] | None) -> tuple[str, str]:
    """What became of one row, and why when it was skipped or failed."""
    email = normalise_email(row.email) if row.email and row.email.strip() else None
    if email and not plausible_email(email):
        return "failed", "Invalid email address"
    if row.phone and not plausible_phone(row.phone):
        return "failed", "Invalid phone number"
    state = world.state
    owner = state.by_external(row.external_id)
    person = state.by_email(email) if email else state.by_phone(clean_phone(row.phone or ""))
    if owner and person and owner is not person:
        return "failed", "External ID belongs to another subscriber"
    if owner and person is None and email and owner.email and owner.email != email:
        return "failed", "External ID belongs to another subscriber"
    person = person or owner
    profile = row.profile()
    profile.email, profile.tags, profile.phone = email, row.tags, row.phone
    profile.created_at = parse_moment(row.created_at)
    profile.sms_consent = batch.sms_consent or None
    profile.phone_country = batch.default_phone_country if row.phone else None
    profile.timezone = row.timezone if row.timezone and valid_zone(row.timezone) else None
    if person is None:
        made = people.create(
            world,
            profile,
            status=row.status or "active",
            lists=lists,
            opt_in=batch.opt_in_mode,
            live=batch.enroll_in_sequences,
        )
        state.attributes_arrive_late(made.id, {})
        return "added", ""
    state.attributes_arrive_late(person.id, dict(person.attributes))
    people.fill(world, person, profile, batch.duplicate_strategy, live=batch.enroll_in_sequences)
    if batch.duplicate_strategy == "skip":
        return "skipped", "Subscriber already exists"
    _narrow(world, person, row.status)
    for list_id in lists or ():
        people.join_list(world, person, list_id, live=batch.enroll_in_sequences)
    return "updated", ""


def _narrow(world: World, person: Subscriber, status: str | None) -> None:
    """A row's opt-out or bounce reaches an active contact; `active` never brings anybody back."""
    if person.status != "active":
        return
    if status == "unsubscribed":
        consent.unsubscribe(world, person)
    elif status == "bounced":
        consent.bounce(world, person)


def bad_rows(rows: list[ImportRow]) -> list[tuple[str, str]]:
    """What refuses the whole request: no address, an unusable signup date, nested attributes."""
    found = []
    for index, row in enumerate(rows):
        at = f"subscribers[{index}]"
        if not (row.email and row.email.strip()) and not (row.phone and row.phone.strip()):
            found.append((at, "email or phone is required"))
        if row.created_at is not None and parse_moment(row.created_at) is None:
            found.append((f"{at}.createdAt", f"row {index + 1}: createdAt must be an ISO 8601 date-time"))
        found += [
            (f"{at}.customAttributes.{key}", "must be a string, number, boolean, null or a list of these")
            for key, value in (row.custom_attributes or {}).items()
            if not flat_value(value)
        ]
    return found
