"""What is said about contacts after they exist: complaints, list memberships, tags. Chunks of up to 500 addresses.

A list call creates addresses it does not know, as active contacts. So nobody is named there who was refused, who is
not loaded in this run, or who has opted out at the target.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from adapters.sequenzy import write
from migrator.errors import ApiError, Conflict, NotFound, Rejected
from migrator.load.checkpoint import State, Unit
from migrator.load.counts import leaves, planned_of
from migrator.load.import_pieces import Piece, emails_of
from migrator.load.work import Missing, Work, digest_of
from migrator.plan.records import AddMembers, AddTags, Batch, ImportPeople, MarkComplaints

CHUNK = 500


def mark_complaints(work: Work, operation: MarkComplaints) -> None:
    work.watcher.collection(operation.key, operation.count)
    audience = Audience(work, active_only=False)
    for number, email in enumerate(audience.of(operation.file), 1):
        unit = work.checkpoint.unit(operation.key, chunk_name([email])) or Unit(
            operation.key, chunk_name([email]), position=number
        )
        if not unit.done:
            _complain(work, unit, email)
        work.watcher.progress(operation.key, number)
    work.watcher.finished(operation.key, operation.count)


def _complain(work: Work, unit: Unit, email: str) -> None:
    body = {"status": "complained"}
    work.sending(unit, body)
    try:
        write.update_contact(work.api, email, body)
    except NotFound:
        work.checkpoint.reject(unit, "the contact is not at the target any more")
    except Rejected as error:
        if work.contract == "current":
            work.checkpoint.reject(unit, error.problem.message)
            return
        work.fall_back("The server cannot record complaints: these people stay unsubscribed.")
        work.checkpoint.confirm(unit, result={"rows": 1, "kept_as": "unsubscribed"})
    else:
        work.checkpoint.confirm(unit, result={"rows": 1})


def add_members(work: Work, operation: AddMembers) -> None:
    try:
        list_id = work.target_id(operation.list_key)
    except Missing:
        work.checkpoint.reject(Unit(operation.key), "its list is not at the target", {"rows": operation.count})
        return
    if work.checkpoint.unit(operation.key) is not None:
        work.checkpoint.forget(Unit(operation.key))

    def send(unit: Unit, emails: list[str]) -> None:
        answer = write.add_members(work.api, list_id, emails)
        rows = [row for row in answer.get("results") or () if isinstance(row, dict)]
        added = {str(row.get("email", "")).lower() for row in rows if row.get("addedToList")}
        joined = [at for at, email in enumerate(emails) if email.lower() in added]
        failed = [f"{row.get('error') or 'no reason given'}" for row in rows if row.get("success") is False]
        if failed:
            work.warn(operation.key, (f"{len(failed)} memberships failed: {why}" for why in dict.fromkeys(failed)))
        if any(row.get("created") for row in rows):
            work.warn(operation.key, ["the list call created contacts that were deleted meanwhile: verify names them"])
        whole = len(joined) == len(emails)
        found = {"rows": len(emails), "joined": True if whole else joined, "failed": len(failed)}
        work.checkpoint.confirm(unit, list_id, found)

    _in_chunks(work, operation.key, operation.file, operation.count, send, active_only=True)


def add_tags(work: Work, operation: AddTags) -> None:
    def send(unit: Unit, emails: list[str]) -> None:
        answer = write.add_tags(work.api, operation.tags, emails)
        not_found = answer.get("notFound") or {}
        absent = len(not_found.get("emails") or ())
        if absent or answer.get("failed"):
            work.warn(operation.key, [f"{absent} contacts were not found, {answer.get('failed')} failed"])
        work.checkpoint.confirm(unit, result={"rows": len(emails), "absent": absent})

    _in_chunks(work, operation.key, operation.file, operation.count, send, active_only=False)


def _in_chunks(
    work: Work,
    key: str,
    file: str,
    total: int,
    send: Callable[[Unit, list[str]], None],
    *,
    active_only: bool,
) -> None:
    work.watcher.collection(key, total)
    done = 0
    for number, emails in enumerate(chunks(Audience(work, active_only=active_only).of(file)), 1):
        part = chunk_name(emails)
        unit = work.checkpoint.unit(key, part) or Unit(key, part, position=number)
        if unit.state is not State.CONFIRMED:
            work.sending(unit, emails)
            try:
                send(unit, emails)
            except (Rejected, Conflict, NotFound) as error:
                work.checkpoint.reject(unit, _message(error), {"rows": len(emails)})
        done += len(emails)
        work.watcher.progress(key, done)
    work.watcher.finished(key, done)


def chunks(emails: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(emails)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


class Audience:
    """The addresses of a file of the plan that may be named to the target."""

    def __init__(self, work: Work, *, active_only: bool) -> None:
        self._work, self._active_only = work, active_only
        self._refused = {digest_of(email) for email in refused_emails(work)}
        self._loaded = loaded_digests(work)
        self._any_present = work.checkpoint.present_count() > 0

    def of(self, file: str) -> Iterator[str]:
        for chunk in chunks(self._work.opened.lines(file)):
            digests = [digest_of(email) for email in chunk]
            there = self._work.checkpoint.present(digests) if self._any_present and self._active_only else {}
            for email, digest in zip(chunk, digests, strict=True):
                if digest in self._refused or (self._loaded is not None and digest not in self._loaded):
                    continue
                if digest in there and there[digest][0] != "active":
                    continue
                yield email


def refused_emails(work: Work) -> Iterator[str]:
    for operation in work.opened.operations(ImportPeople):
        for unit in work.checkpoint.units(operation.key, State.REJECTED):
            piece = piece_of_unit(operation, unit)
            if piece is not None:
                yield from emails_of(piece.lines(work.opened, operation.file))


def piece_of_unit(operation: ImportPeople, unit: Unit) -> Piece | None:
    start, _, end = unit.part.partition("-")
    if not (start.isdigit() and end.isdigit()):
        return None
    batch: Batch | None = next((one for one in operation.batches if one.start <= int(start) < one.end), None)
    return Piece(batch, int(start), int(end), int(unit.result.get("rows", 1))) if batch else None


def loaded_digests(work: Work) -> set[bytes] | None:
    """Those whose import has ended; None once that is everybody. Nobody else may be named in a list call, which would
    create them."""
    found: set[bytes] = set()
    whole = True
    for operation in work.opened.operations(ImportPeople):
        done = [unit for unit in leaves(work.checkpoint.units(operation.key)) if unit.state is State.CONFIRMED]
        refused = work.checkpoint.units(operation.key, State.REJECTED)
        told = sum(int(unit.result.get("rows", 1)) for unit in (*done, *refused))
        whole = whole and told >= planned_of(operation)
    if whole:
        return None
    for operation in work.opened.operations(ImportPeople):
        for unit in leaves(work.checkpoint.units(operation.key, State.CONFIRMED)):
            piece = piece_of_unit(operation, unit)
            if piece is not None:
                found.update(digest_of(one) for one in emails_of(piece.lines(work.opened, operation.file)))
    return found


def chunk_name(emails: list[str]) -> str:
    """A chunk by its content: a trial with fewer people makes other chunks than the full load."""
    joined = "\n".join(emails).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:16]


def _message(error: ApiError) -> str:
    return str(error.problem.message)
