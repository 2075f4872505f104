"""Runs the account's own sequences on a clock that moves only when told: what would have gone out, to whom and when.

People go on from where they stand; tags, calls, moves and segments start new ones. Emails, HTTP steps and tag
changes are recorded and never leave this process.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

from migrator.sandbox.broadcast.account import (
    IN_FLIGHT,
    Account,
    Enrolment,
    Receipt,
    Row,
    Sequence,
    Status,
    Subscriber,
)
from migrator.sandbox.broadcast.directory import Directory
from migrator.sandbox.broadcast.journal import Journal
from migrator.sandbox.broadcast.segment_sync import EVERY, SegmentSync, next_sync
from migrator.sandbox.broadcast.segments import Segments
from migrator.sandbox.broadcast.switches import ClockWait
from migrator.sandbox.broadcast.topics import receives
from migrator.sandbox.broadcast.tree import Tree
from migrator.sandbox.broadcast.waits import clock_end

_ENDLESS = 500
"""More steps than this at one moment is a loop without a wait."""
_ENDLESS_MOVES = 20
"""Sequences that hand a person round in a circle without a wait lose them after so many turns."""


class Runtime:
    """`lag` says how late a due step runs; `on_send` sees each receipt (to make up opens and clicks)."""

    def __init__(
        self,
        account: Account,
        directory: Directory | None = None,
        segments: Segments | None = None,
        *,
        lag: Callable[[], timedelta] = timedelta,
        on_send: Callable[[Receipt], None] | None = None,
        sync_segments: bool = True,
        now: datetime | None = None,
        clock_wait: ClockWait = "next_occurrence",
        renders: bool = True,
    ) -> None:
        self.account = account
        self.directory = directory or Directory(account)
        self.segments = segments or Segments(self.directory)
        self.now = now or account.now
        self.journal = Journal(self.directory, renders=renders)
        self.sync_segments, self.clock_wait = sync_segments, clock_wait
        self._lag, self._on_send = lag, on_send
        self._queue: list[tuple[datetime, int, int]] = []
        self._order = 0
        self._segment_sync = SegmentSync(self.directory, self.segments)
        for enrolment in account.enrolments:
            if enrolment.status in ("active", "busy"):
                self._wait_for(enrolment)

    # --- the clock

    def advance(self, by: timedelta) -> None:
        self.advance_to(self.now + by)

    def advance_to(self, until: datetime) -> None:
        syncing = self.sync_segments and self._segment_sync.needed
        while True:
            sync = next_sync(self.now) if syncing else until + EVERY
            due = self._queue[0][0] if self._queue else until + EVERY
            if min(sync, due) > until:
                break
            if sync <= due:
                self.now = sync
                self._sync()
            else:
                moment, _, enrolment_id = heapq.heappop(self._queue)
                self.now = max(self.now, moment)
                self._fire(self.directory.enrolments[enrolment_id])
        self.now = max(self.now, until)
        self.account.now = self.now

    # --- starting and stopping

    def enrol(
        self, sequence: Sequence, person: Subscriber, *, despite: tuple[Status, ...] = ("removed",)
    ) -> Enrolment | None:
        """None when an earlier enrolment of this person stands in the way; those in `despite` do not."""
        earlier = [row for row in self.directory.of_person.get(person.id, ()) if row.sequence_id == sequence.id]
        if any(row.status not in despite for row in earlier):
            return None
        if sum(row.started_at == self.now for row in earlier) > _ENDLESS_MOVES:
            return None
        enrolment = self.directory.add_enrolment(sequence, person, self.now)
        root = self.directory.trees[sequence.id].root
        enrolment.current_step_id = root["id"] if root else None
        enrolment.next_trigger_at = self.now
        self.journal.happened("sequence.subscriber_added", enrolment, self.now)
        self._wait_for(enrolment)
        return enrolment

    def remove(self, enrolment: Enrolment) -> None:
        self._end(enrolment, "removed")

    def wake(self, sequence: Sequence) -> None:
        """A sequence that was switched on again looks after the people who were due meanwhile."""
        for enrolment in self.directory.in_sequence.get(sequence.id, ()):
            if enrolment.status in ("active", "busy"):
                self._wait_for(enrolment)

    def add_tags(self, person: Subscriber, tags: list[str]) -> None:
        for tag in tags:
            if tag in person.tags:
                continue
            person.tags.append(tag)
            self._tagged(person, tag, "added")
            for sequence in self.account.sequences:
                # A person who may not be mailed is not started; nothing would reach them.
                if sequence.init_tag == tag and sequence.active and self._may_be_mailed(person):
                    self.enrol(sequence, person)

    def remove_tags(self, person: Subscriber, tags: list[str]) -> None:
        for tag in tags:
            if tag not in person.tags:
                continue
            person.tags.remove(tag)
            self._tagged(person, tag, "removed")
            starts = {sequence.id for sequence in self.account.sequences if sequence.init_tag == tag}
            for enrolment in self.directory.of_person.get(person.id, ()):
                if enrolment.sequence_id in starts and enrolment.status in IN_FLIGHT:
                    self.remove(enrolment)

    def activity(self, receipt: Receipt, kind: str) -> None:
        """An email was opened or clicked. A condition that waits without end goes on at once."""
        setattr(receipt, f"{kind}_at", getattr(receipt, f"{kind}_at") or self.now)
        self.directory.changed(receipt.subscriber_id)
        for enrolment in self.directory.of_person.get(receipt.subscriber_id, ()):
            step = self._tree(enrolment).steps.get(enrolment.current_step_id or 0)
            endless = step is not None and step["action"] == "condition" and enrolment.next_trigger_at is None
            if endless and enrolment.status == "active" and step and self._answer(enrolment, step):
                enrolment.next_trigger_at = self.now
                self._wait_for(enrolment)

    # --- one person's way

    def _fire(self, enrolment: Enrolment) -> None:
        sequence = self.directory.sequences[enrolment.sequence_id]
        moment = enrolment.next_trigger_at
        if enrolment.status not in ("active", "busy") or moment is None or moment > self.now or not sequence.active:
            return
        enrolment.status = "active"
        tree = self.directory.trees[sequence.id]
        step = tree.steps.get(enrolment.current_step_id or 0)
        if step is not None and step["action"] in ("delay", "delay_until_time"):
            step = tree.after(step["id"])
        elif step is not None and step["action"] == "condition":
            step = tree.branch(step["id"], self._answer(enrolment, step))
        elif step is None:
            self._end(enrolment, "error")
            return
        self._walk(enrolment, tree, step)

    def _walk(self, enrolment: Enrolment, tree: Tree, step: Row | None) -> None:
        person = self.directory.people.get(enrolment.subscriber_id)
        for _ in range(_ENDLESS):
            if person is None or not self._may_be_mailed(person):
                self._end(enrolment, "removed")
                return
            if step is None:
                self._end(enrolment, "completed")
                return
            if self._waits_at(enrolment, step):
                return
            if step["action"] == "condition":
                step = tree.branch(step["id"], self._answer(enrolment, step))
                continue
            if self._leaves_at(enrolment, person, step):
                return
            self._act(enrolment, person, step)
            if enrolment.status not in ("active", "busy"):
                return
            step = tree.after(step["id"])
        self._end(enrolment, "error")

    def _waits_at(self, enrolment: Enrolment, step: Row) -> bool:
        if step["action"] == "delay" and int(step["delay"]) > 0:
            until = self.now + timedelta(seconds=int(step["delay"]))
        elif step["action"] == "delay_until_time":
            zone = step.get("delay_until_timezone")
            until = clock_end(self.now, step["delay_until_time"], zone, self.clock_wait)
        elif step["action"] == "condition" and "delay" in step and step["delay"] is None:
            if self._answer(enrolment, step):
                return False
            enrolment.current_step_id, enrolment.next_trigger_at = step["id"], None
            return True
        elif step["action"] == "condition" and int(step.get("delay") or 0) > 0:
            until = self.now + timedelta(seconds=int(step["delay"]))
        else:
            return False
        enrolment.current_step_id, enrolment.next_trigger_at = step["id"], until
        self._wait_for(enrolment)
        return True

    def _leaves_at(self, enrolment: Enrolment, person: Subscriber, step: Row) -> bool:
        if step["action"] == "deactivate_subscriber":
            person.is_active = False
            self.directory.changed(person.id)
            self._end(enrolment, "removed")
            return True
        if step["action"] == "move_to_sequence":
            target = self.directory.sequences.get(step.get("move_to_sequence_id") or 0)
            self._end(enrolment, "completed")
            if target is not None:
                self.journal.happened("sequence.subscriber_moved", enrolment, self.now)
                self.enrol(target, person, despite=("removed", "completed"))
            return True
        return False

    def _act(self, enrolment: Enrolment, person: Subscriber, step: Row) -> None:
        if step["action"] == "send_email":
            self._send(enrolment, person, step)
        elif step["action"] == "add_tag_to_subscriber":
            self.add_tags(person, _tags(step))
        elif step["action"] == "remove_tag_from_subscriber":
            self.remove_tags(person, _tags(step))
        elif step["action"] == "make_http_request":
            self.journal.requested(enrolment, step, self.now)

    def _send(self, enrolment: Enrolment, person: Subscriber, step: Row) -> None:
        sequence = self.directory.sequences[enrolment.sequence_id]
        if self._skips(person, sequence):
            return
        template = next((row for row in self.account.templates if row["id"] == step.get("template_id")), step)
        receipt = self.directory.add_receipt(enrolment, step["id"], template.get("subject"), self.now)
        self.journal.sent(enrolment, step, template, self.now)
        if self._on_send:
            self._on_send(receipt)

    def _skips(self, person: Subscriber, sequence: Sequence) -> bool:
        """Excluded segments and switched-off topics cost a person the email, not their place. Both are judged now."""
        excluded = sequence.extra.get("excluded_segment_ids") or []
        if any(row["id"] in excluded and self.segments.holds(row, person, self.now) for row in self.account.segments):
            return True
        topic = next((row for row in self.account.topics if row["id"] == sequence.extra.get("topic_id")), None)
        return topic is not None and not receives(topic, person)

    def _answer(self, enrolment: Enrolment, step: Row) -> bool:
        scope, _, act = str(step["condition_setting"]).rpartition("_")
        key = f"{act}_at"
        mine = [
            row for row in self.directory.receipts.get(enrolment.subscriber_id, ()) if row.enrolment_id == enrolment.id
        ]
        if scope.startswith("previous"):
            above = next(self._tree(enrolment).emails_above(step["id"]), None)
            mine = [row for row in mine if above is not None and row.step_id == above["id"]]
        return any((at := getattr(row, key)) is not None and at <= self.now for row in mine)

    # --- book-keeping

    def _sync(self) -> None:
        for sequence, person in self._segment_sync.matching(self.now):
            if self._may_be_mailed(person):
                self.enrol(sequence, person, despite=())

    def _wait_for(self, enrolment: Enrolment) -> None:
        if enrolment.next_trigger_at is not None:
            self._order += 1
            due = max(enrolment.next_trigger_at, self.now) + self._lag()
            heapq.heappush(self._queue, (due, self._order, enrolment.id))

    def _end(self, enrolment: Enrolment, status: Status) -> None:
        enrolment.status = status
        enrolment.next_trigger_at = None
        if status != "error":
            enrolment.completed_at, enrolment.current_step_id = self.now, None
        self.journal.happened(f"sequence.subscriber_{status}", enrolment, self.now)

    def _may_be_mailed(self, person: Subscriber) -> bool:
        return self.directory.may_be_mailed(person, self.now)

    def _tree(self, enrolment: Enrolment) -> Tree:
        return self.directory.trees[enrolment.sequence_id]

    def _tagged(self, person: Subscriber, tag: str, change: str) -> None:
        self.directory.changed(person.id)
        self.journal.tagged(person, tag, change, self.now)


def _tags(step: Row) -> list[str]:
    return [tag.strip() for tag in str(step.get("taggify_list") or "").split(",") if tag.strip()]
