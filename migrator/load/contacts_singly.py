"""Contacts one by one: for a server without bulk import, and for a handful of people, whose answers come at once.

Only the introductory documents' fields are sent to a server that knows no others. A create never changes the status
of somebody who is there already, so an opt-out is then said by an update of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from adapters.sequenzy import write
from adapters.sequenzy.shapes import Contact
from mappings.addresses import mailbox
from migrator.errors import Conflict, Rejected
from migrator.load.checkpoint import Unit
from migrator.load.import_pieces import Piece
from migrator.load.work import Work
from migrator.plan.records import ImportPeople

DOCUMENTED = (
    *("email", "externalId", "firstName", "lastName", "status", "tags", "customAttributes"),
    *("optInMode", "lists", "enrollInSequences", "duplicateStrategy"),
)
PROVEN = "proven"
"""In a unit's outcome: the target itself has shown every row of it to be in place."""
LEFT_OUT = "left_out"
"""In a confirmed contact's outcome: the fields that no call of the server could take."""
NARROW = ("unsubscribed", "bounced")
FEW = 10
"""So many contacts or fewer are not worth an import and its polls."""


def create_one_by_one(work: Work, operation: ImportPeople, head: dict[str, Any], pieces: Iterable[Piece]) -> None:
    pieces = list(pieces)
    done = 0
    work.watcher.collection(operation.key, sum(piece.count for piece in pieces))
    for piece in pieces:
        start = piece.start
        for line in piece.lines(work.opened, operation.file).splitlines(keepends=True):
            part = f"{start}-{start + len(line)}"
            start += len(line)
            unit = work.checkpoint.unit(operation.key, part) or Unit(operation.key, part, position=start)
            if not unit.done:
                _create(work, unit, head, line)
                work.people += 1
            done += 1
            work.watcher.progress(operation.key, done)
    work.watcher.finished(operation.key, done)


def body_of(head: dict[str, Any], line: bytes, *, documented: bool) -> dict[str, Any]:
    record = decode_record(line)
    body = {
        **record,
        "duplicateStrategy": head.get("duplicateStrategy", "skip"),
        "optInMode": head.get("optInMode", "confirmed"),
        "lists": head.get("listIds", []),
        "enrollInSequences": False,
    }
    return {name: value for name, value in body.items() if name in DOCUMENTED} if documented else body


def _create(work: Work, unit: Unit, head: dict[str, Any], line: bytes) -> None:
    body = body_of(head, line, documented=work.contract == "seed")
    left_out = sorted(set(decode_record(line)) - set(body))
    if left_out:
        work.fall_back(f"The server's documents have no field for {', '.join(left_out)}: left out.")
    work.sending(unit, body)
    made = create_alone(work, unit.operation, head, line)
    if isinstance(made, str):
        work.checkpoint.reject(unit, made, {"rows": 1})
        return
    # Verify must neither expect these nor call them equal.
    known = {LEFT_OUT: left_out} if left_out else {}
    work.checkpoint.confirm(unit, made.id, {**counted(made), **known})


def create_alone(work: Work, where: str, head: dict[str, Any], line: bytes) -> Contact | str:
    """Or why the target does not take this person, not even the bare opt-out."""
    made = _write(work, body_of(head, line, documented=work.contract == "seed"))
    if isinstance(made, str):
        return keep_opt_out(work, where, head, line, made) or made
    return made


def _write(work: Work, body: dict[str, Any]) -> Contact | str:
    """Or why the target does not take it."""
    try:
        made = write.create_contact(work.api, body)
        if made.email is not None and mailbox(made.email) != mailbox(body["email"]):
            return "The id of your application belongs to another contact at the target"
        wanted = str(body.get("status", "active"))
        if wanted in NARROW and made.status == "active":
            write.update_contact(work.api, str(body["email"]), {"status": wanted})
    except (Rejected, Conflict) as error:
        return str(error.problem.message)
    return made


def counted(made: Contact) -> dict[str, Any]:
    return {"rows": 1, "added" if made.created else "updated": 1, PROVEN: True}


def keep_opt_out(work: Work, where: str, head: dict[str, Any], line: bytes, why: str) -> Contact | None:
    """An opt-out that the target refuses for its other data, for an id that somebody else has, is written without
    any: the no is worth more than the rest, which verify names as different. None where that is refused too, and for
    people who may be mailed."""
    record = decode_record(line)
    if record.get("status") not in NARROW:
        return None
    bare = {name: value for name, value in record.items() if name in ("email", "status")}
    if bare == record:
        return None
    made = _write(work, body_of(head, msgspec.json.encode(bare), documented=work.contract == "seed"))
    if isinstance(made, str):
        return None
    work.warn(where, [f"opt-outs were refused with their other data and written without it: {why}"])
    return made


def decode_record(line: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        import json

        found = json.loads(line)
    return found
