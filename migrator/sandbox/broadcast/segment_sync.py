"""Every quarter of an hour the platform enrols whoever came to match a sequence's starting segment.

Most syncs look only at people who changed since the last one; once a day, and when a sequence is switched on, at all,
because a rule about days can turn true by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from migrator.sandbox.broadcast.account import Sequence, Subscriber
from migrator.sandbox.broadcast.directory import Directory
from migrator.sandbox.broadcast.segments import Segments

EVERY = timedelta(minutes=15)


def next_sync(now: datetime) -> datetime:
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour + EVERY * ((now - hour) // EVERY + 1)


class SegmentSync:
    def __init__(self, directory: Directory, segments: Segments) -> None:
        self._directory, self._segments = directory, segments
        self._looked_at: dict[int, tuple[int, int]] = {}

    @property
    def needed(self) -> bool:
        return any(sequence.init_segment_id for sequence in self._directory.account.sequences)

    def matching(self, now: datetime) -> Iterator[tuple[Sequence, Subscriber]]:
        account, people = self._directory.account, self._directory.people
        changed = [people[number] for number in sorted(self._directory.take_changed()) if number in people]
        for sequence in account.sequences:
            segment = next((row for row in account.segments if row["id"] == sequence.init_segment_id), None)
            if segment is None or not sequence.active:
                self._looked_at.pop(sequence.id, None)
                continue
            mark = (segment["id"], now.toordinal())
            fresh = self._looked_at.get(sequence.id) == mark
            self._looked_at[sequence.id] = mark
            for person in changed if fresh else list(account.subscribers):
                if self._segments.holds(segment, person, now):
                    yield sequence, person
