"""What is said about contacts after they exist: complaints, list memberships, tags. Chunks of up to 500 addresses.

A list call creates addresses it does not know, as active contacts. So the target is read before anybody is named, and
nobody is who was refused, who is not loaded yet, who is gone there, or who has opted out there. What the target
reports as failed is tried again, in this run and by the next one. The chunks themselves are in chunks.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.sequenzy import write
from migrator.errors import Conflict, NotFound, Rejected
from migrator.load.audience import Audience
from migrator.load.checkpoint import State, Unit
from migrator.load.chunks import CHUNK, GONE, REFUSED, Chunk, chunks, open_rows, outcome
from migrator.load.counts import LEFT
from migrator.load.work import Missing, Work
from migrator.plan.records import AddMembers, AddTags, MarkComplaints

TRIES = 3
"""So often a call is made in one run for those whom the target failed."""


@dataclass
class Answer:
    """What one call says of the addresses that it named; of everybody else it says that all is well."""

    failed: dict[str, str] = field(default_factory=dict)
    """Address to reason."""
    gone: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    """Who was not on the list before."""


def mark_complaints(work: Work, operation: MarkComplaints) -> None:
    work.watcher.collection(operation.key, operation.count)
    audience, number = Audience(work), 0
    for chunk in chunks(work.opened, operation.file):
        waiting = audience.not_loaded(chunk.emails)
        for row, email in enumerate(chunk.emails):
            number += 1
            part = str(chunk.start + row)
            unit = work.checkpoint.unit(operation.key, part) or Unit(operation.key, part, position=number)
            if unit.state is State.CONFIRMED:
                continue
            if audience.was_refused(email):
                work.checkpoint.confirm(unit, result=outcome(1, left={REFUSED: [0]}))
            elif row not in waiting:
                complain(work, unit, email)
        work.watcher.progress(operation.key, number)
    work.watcher.finished(operation.key, operation.count)


def complain(work: Work, unit: Unit, email: str) -> None:
    body = {"status": "complained"}
    work.sending(unit, body)
    try:
        write.update_contact(work.api, email, body)
    except NotFound:
        work.checkpoint.confirm(unit, result=outcome(1, left={GONE: [0]}))
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

    def call(emails: Sequence[str]) -> Answer:
        return join_list(work, operation.key, list_id, emails)

    _in_chunks(work, operation, call, list_call=True)


def add_tags(work: Work, operation: AddTags) -> None:
    def call(emails: Sequence[str]) -> Answer:
        return tag_answer(write.add_tags(work.api, operation.tags, emails), emails)

    _in_chunks(work, operation, call, list_call=False)


def join_list(work: Work, where: str, list_id: str, emails: Sequence[str]) -> Answer:
    answer = write.add_members(work.api, list_id, emails)
    rows = {str(row.get("email", "")).lower(): row for row in _dicts(answer.get("results"))}
    if any(row.get("created") for row in rows.values()):
        work.warn(where, ["the list call created contacts that were deleted meanwhile: verify names them"])
    failed = {
        email: str(row.get("error") or "no reason given") for email, row in rows.items() if row.get("success") is False
    }
    unnamed = int(answer.get("failed") or 0) > len(failed)
    if rows or unnamed:
        # A result for everybody is what the call promises: whoever has none may not be on the list.
        why = "the answer does not say what became of this person"
        failed |= {email.lower(): why for email in emails if email.lower() not in rows}
    return Answer(failed, joined={email for email, row in rows.items() if row.get("addedToList")})


def tag_answer(answer: dict[str, Any], emails: Sequence[str]) -> Answer:
    """What a bulk call that adds or removes tags says."""
    absent = answer.get("notFound")
    gone = {str(email).lower() for email in (absent.get("emails") or () if isinstance(absent, dict) else ())}
    failed = {
        str(row.get("email") or "").lower(): str(row.get("error") or "no reason given")
        for row in _dicts(answer.get("failures"))
    }
    if int(answer.get("failed") or 0) > len(failed) or "" in failed or (answer.get("success") is False and not failed):
        # It names at most 50 of them: then it may be anybody.
        why = next(iter(failed.values()), "no reason given")
        failed = {email.lower(): failed.get(email.lower(), why) for email in emails if email.lower() not in gone}
    return Answer(failed, gone)


def followups_left(work: Work) -> bool:
    """Whether a list or tag call is still to be made."""
    named: list[AddMembers | AddTags] = [*work.opened.operations(AddMembers), *work.opened.operations(AddTags)]
    for operation in named:
        if work.wanted.has("lists" if isinstance(operation, AddMembers) else "tags"):
            done = [unit for unit in work.checkpoint.units(operation.key, State.CONFIRMED) if LEFT in unit.result]
            if sum(int(unit.result["rows"]) for unit in done) < operation.count:
                return True
    return False


def _in_chunks(
    work: Work, operation: AddMembers | AddTags, call: Callable[[Sequence[str]], Answer], *, list_call: bool
) -> None:
    work.watcher.collection(operation.key, operation.count)
    audience = Audience(work)
    for number, chunk in enumerate(chunks(work.opened, operation.file), 1):
        part = str(chunk.start)
        unit = work.checkpoint.unit(operation.key, part) or Unit(operation.key, part, position=number)
        if unit.state is not State.CONFIRMED or LEFT not in unit.result:
            _name(work, unit, chunk, audience, call, list_call=list_call)
        work.watcher.progress(operation.key, min(operation.count, number * CHUNK))
    work.watcher.finished(operation.key, operation.count)


def _name(
    work: Work,
    unit: Unit,
    chunk: Chunk,
    audience: Audience,
    call: Callable[[Sequence[str]], Answer],
    *,
    list_call: bool,
) -> None:
    """Everybody of the chunk who is still to be named; the outcome of each row is kept."""
    rows = open_rows(unit, chunk)
    choice = audience.choose(chunk.emails, rows, list_call=list_call)
    left = {why: list(numbers) for why, numbers in unit.result.get(LEFT, {}).items()}
    for why, numbers in choice.left.items():
        left[why] = sorted({*left.get(why, ()), *numbers})
    joined = set(range(len(chunk.emails))) if unit.result.get("joined") is True else {*unit.result.get("joined", ())}
    todo, reasons = choice.named, dict[int, str]()
    for again in range(TRIES):
        if not todo:
            break
        if again:
            work.api.clock.sleep(float(again))
        emails = [chunk.emails[row] for row in todo]
        work.sending(unit, emails)
        try:
            answer = call(emails)
        except (Rejected, Conflict, NotFound) as error:
            reasons = dict.fromkeys(todo, str(error.problem.message))
            break
        joined |= {row for row in todo if chunk.emails[row].lower() in answer.joined}
        if gone := [row for row in todo if chunk.emails[row].lower() in answer.gone]:
            left[GONE] = sorted({*left.get(GONE, ()), *gone})
        reasons = {
            row: answer.failed[chunk.emails[row].lower()] for row in todo if chunk.emails[row].lower() in answer.failed
        }
        todo = sorted(reasons)
    result: dict[str, Any] = outcome(len(chunk.emails), sorted(reasons), choice.waiting, left)
    if list_call:
        result["joined"] = True if len(joined) == len(chunk.emails) else sorted(joined)
    if reasons:
        work.checkpoint.reject(unit, "; ".join(sorted(set(reasons.values()))), result)
    elif choice.waiting:
        work.checkpoint.learned(unit, None, result)
    else:
        work.checkpoint.confirm(unit, result=result)


def _dicts(rows: Any) -> Iterator[dict[str, Any]]:
    return (row for row in rows or () if isinstance(row, dict))
