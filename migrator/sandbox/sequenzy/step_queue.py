"""The queue of what is due: enrolments by moment, with the oldest first. Built anew when a state was loaded."""

from __future__ import annotations

import heapq
from datetime import datetime

from migrator.sandbox.sequenzy.records import Enrollment
from migrator.sandbox.sequenzy.state import State

RUNNING = ("active", "waiting")
OPEN = ("active", "waiting", "paused")
_Entry = tuple[datetime, int, str]


class StepQueue:
    """Entries may be stale: `next_due` gives only those that still say what the enrolment says."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._heap: list[_Entry] = []
        self._count = 0
        self.by_contact: dict[str, list[Enrollment]] = {}
        for run in state.enrollments.values():
            self.add(run)

    def add(self, run: Enrollment) -> None:
        self.by_contact.setdefault(run.subscriber_id, []).append(run)
        self.push(run)

    def push(self, run: Enrollment) -> None:
        if run.due is not None and run.status in RUNNING:
            self._count += 1
            heapq.heappush(self._heap, (run.due, self._count, run.id))

    def push_sequence(self, sequence_id: str) -> None:
        """After a sequence runs again: what came due meanwhile was thrown out of the queue."""
        for run in self._state.enrollments.values():
            if run.sequence_id == sequence_id:
                self.push(run)

    def next_due(self, until: datetime) -> Enrollment | None:
        while self._heap and self._heap[0][0] <= until:
            due, _, run_id = heapq.heappop(self._heap)
            run = self._state.enrollments.get(run_id)
            if run is None or run.status not in RUNNING or run.due != due:
                continue
            sequence = self._state.sequences.get(run.sequence_id)
            if sequence is not None and sequence.status == "active":
                return run
        return None

    def peek(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None


def queue_of(state: State) -> StepQueue:
    found = vars(state).get("_step_queue")
    if not isinstance(found, StepQueue):
        found = vars(state)["_step_queue"] = StepQueue(state)
    return found


def schedule(state: State, run: Enrollment, due: datetime | None) -> None:
    run.due = due
    queue_of(state).push(run)
