"""The past of a made-up account: people enter sequences, read some of their mail, and stand where a real run left them.

The same interpreter that later runs the account forward writes this history, so every started_at and next_trigger_at
fits the steps, with the small delays of a real queue.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from migrator.sandbox.broadcast.account import Account, Receipt, Row, Sequence, Status, Subscriber, Suppression, stamp
from migrator.sandbox.broadcast.directory import Directory
from migrator.sandbox.broadcast.runtime import Runtime
from migrator.sandbox.broadcast.segments import Segments
from migrator.sandbox.broadcast.switches import ClockWait

SPAN = timedelta(days=45)
_HALTS: tuple[Status, ...] = ("paused", "error")


def live_through(
    account: Account, rng: random.Random, share: float, clock_wait: ClockWait = "next_occurrence"
) -> Runtime:
    """Lets `share` of the people enter sequences during the last weeks, and runs them up to the account's now."""
    now = account.now
    begin = now - SPAN

    def read(receipt: Receipt) -> None:
        luck = rng.random()
        if luck < 0.45:
            receipt.opened_at = receipt.sent_at + timedelta(minutes=rng.randint(1, 2000))
        if luck < 0.15:
            receipt.clicked_at = receipt.sent_at + timedelta(minutes=rng.randint(2000, 3000))

    directory = Directory(account)
    segments = Segments(directory)
    runtime = Runtime(
        account,
        directory,
        segments,
        lag=lambda: timedelta(seconds=rng.randint(5, 55)),
        on_send=read,
        sync_segments=False,
        now=begin,
        clock_wait=clock_wait,
        renders=False,
    )
    paused_sequences = [sequence for sequence in account.sequences if not sequence.active]
    for sequence in paused_sequences:
        sequence.active = True
    for at, sequence, person in sorted(_entries(account, segments, rng, begin, share), key=lambda entry: entry[0]):
        runtime.advance_to(at)
        if not directory.may_be_mailed(person, at):
            continue
        enrolment = runtime.enrol(sequence, person)
        if enrolment is not None and sequence.init_tag and sequence.init_tag not in person.tags:
            person.tags.append(sequence.init_tag)
        if enrolment is not None:
            _sometimes_stop(runtime, rng, at)
    runtime.advance_to(now)
    for sequence in paused_sequences:
        sequence.active = False
        _pause_all(runtime, sequence)
    _every_status(runtime)
    _leave_in_the_middle(account, directory)
    _forget_the_future(account, now)
    account.histories = _histories(runtime)
    return runtime


def _entries(
    account: Account, segments: Segments, rng: random.Random, begin: datetime, share: float
) -> list[tuple[datetime, Sequence, Subscriber]]:
    """Who enters what and when. Everybody in a starting segment has entered: the platform would have seen to it."""
    found = []
    span = (account.now - begin).total_seconds() - 3600
    full = [
        sequence for sequence in account.sequences if len(sequence.steps) > 1 and sequence.parent_sequence_id is None
    ]
    weights = [6 if index == 0 else 1 for index in range(len(full))]
    for person in account.subscribers:
        if full and rng.random() < share:
            sequence = rng.choices(full, weights)[0]
            found.append((_moment(person, rng, begin, span), sequence, person))
    for sequence in account.sequences:
        for segment in account.segments:
            if segment["id"] == sequence.init_segment_id:
                members = segments.members(segment, account.now)
                found += [(_moment(person, rng, begin, span), sequence, person) for person in members]
    return found


def _moment(person: Subscriber, rng: random.Random, begin: datetime, span: float) -> datetime:
    earliest = max(begin, person.created_at + timedelta(hours=1))
    room = span - (earliest - begin).total_seconds()
    # More of them lately, as in an account that grows.
    moment = earliest + timedelta(seconds=max(room, 60) * rng.random() ** 0.4)
    return moment.replace(microsecond=0)


def _sometimes_stop(runtime: Runtime, rng: random.Random, at: datetime) -> None:
    """A person at the platform pauses, removes or breaks an enrolment now and then."""
    if rng.random() > 0.06:
        return
    enrolment = rng.choice(runtime.account.enrolments[-200:])
    if enrolment.status != "active" or at - enrolment.started_at < timedelta(minutes=5):
        return
    if rng.random() < 0.3:
        runtime.remove(enrolment)
    else:
        halt(runtime, enrolment.id, rng.choice(_HALTS))


def halt(runtime: Runtime, enrolment_id: int, enrolment_status: Status) -> None:
    """Stops where it stands. A paused one keeps the time it waited for, which goes stale; a broken one has none."""
    enrolment = runtime.directory.enrolments[enrolment_id]
    enrolment.status = enrolment_status
    if enrolment_status == "error":
        enrolment.next_trigger_at = None


def _pause_all(runtime: Runtime, sequence: Sequence) -> None:
    for enrolment in runtime.directory.in_sequence.get(sequence.id, ()):
        if enrolment.status == "active":
            enrolment.status = "paused"


def _every_status(runtime: Runtime) -> None:
    """Small accounts too shall have somebody in each of the six statuses, in the busiest sequence."""
    rows = max(runtime.directory.in_sequence.values(), key=len, default=[])
    for status in ("busy", "paused", "error", "removed"):
        active = [row for row in rows if row.status == "active" and row.next_trigger_at is not None]
        if any(row.status == status for row in rows) or len(active) < 2:
            continue
        if status == "removed":
            runtime.remove(active[0])
        else:
            halt(runtime, active[0].id, status)


def _leave_in_the_middle(account: Account, directory: Directory) -> None:
    """Some opt out, are switched off or land on a list while waiting: their enrolment still looks alive."""
    waiting = [row for row in account.enrolments if row.status == "active"]
    last = max((row.id for row in account.suppressions), default=0)
    for index, enrolment in enumerate(waiting):
        person = directory.people[enrolment.subscriber_id]
        if index % 25 == 7:
            person.unsubscribed_at, person.is_active = account.now - timedelta(minutes=20), False
        elif index % 25 == 13:
            person.is_active = False
        elif index % 25 == 19:
            last += 1
            account.suppressions.append(Suppression(id=last, email=person.email.lower(), created_at=account.now))


def _forget_the_future(account: Account, now: datetime) -> None:
    for receipt in account.receipts:
        for key in ("opened_at", "clicked_at"):
            moment = getattr(receipt, key)
            if moment is not None and moment > now:
                setattr(receipt, key, None)


def _histories(runtime: Runtime) -> list[Row]:
    """What happened to people, for the installation's export."""
    made: list[Row] = []
    for event in runtime.journal.events:
        row = {"id": len(made) + 1, "subscriber_id": event["subscriber"]["id"], "action": event["event"]}
        made.append(row | {"sequence_id": event["sequence_id"], "created_at": event["time"]})
    for person in runtime.account.subscribers:
        if person.unsubscribed_at:
            row = {"id": len(made) + 1, "subscriber_id": person.id, "action": "subscriber.unsubscribed"}
            made.append(row | {"sequence_id": None, "created_at": stamp(person.unsubscribed_at)})
    return made
