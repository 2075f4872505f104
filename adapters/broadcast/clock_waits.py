"""A wait until a clock time: when it ends under each reading, and which reading the account's own people show.

The platform's guide and its interface contradict each other for people who come before that time: the same day, or the
next one. A person whose next moment fits one reading alone is evidence for it. How paths are walked is in positions.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from adapters.wording import counted
from migrator.model import Sequence
from migrator.model.steps import ClockReading, Step, WaitUntilTime

SETTLED = (ClockReading.NEXT_OCCURRENCE, ClockReading.NEXT_DAY)
_MEANS = {
    ClockReading.NEXT_OCCURRENCE: "ends the next time that the clock shows it, be it the same day",
    ClockReading.NEXT_DAY: "ends on the next day, whenever a person comes",
}


def clock_ends(reading: ClockReading, early: datetime, late: datetime, clock: str, zone: ZoneInfo) -> list[datetime]:
    """Every moment at which the wait may end for somebody who comes between `early` and `late`."""
    wanted = time.fromisoformat(clock)
    moments: list[datetime] = []
    day, last = early.astimezone(zone).date(), late.astimezone(zone).date()
    while day <= last:
        if reading is ClockReading.NEXT_DAY:
            moments.append(_at(day + timedelta(days=1), wanted, zone))
        elif early < (moment := _at(day, wanted, zone)):
            moments.append(moment)
        day += timedelta(days=1)
    if reading is not ClockReading.NEXT_DAY:
        after = next_occurrence(late, clock, zone)
        moments = [moment for moment in moments if moment < after] + [after]
    return moments


def next_occurrence(after: datetime, clock: str, zone: ZoneInfo) -> datetime:
    """The first moment strictly after `after` at which the clock of that zone shows this time."""
    wanted = time.fromisoformat(clock)
    day = after.astimezone(zone).date()
    for ahead in range(-1, 3):
        moment = _at(day + timedelta(days=ahead), wanted, zone)
        if moment > after:
            return moment
    return _at(day + timedelta(days=3), wanted, zone)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def is_open(step: Step) -> bool:
    """Whether this is a wait until a clock time whose reading nobody knows."""
    return isinstance(step.action, WaitUntilTime) and step.action.reading is ClockReading.UNKNOWN


def with_reading(sequence: Sequence, reading: ClockReading) -> Sequence:
    """The same sequence, its open clock waits taken by this reading."""
    steps = tuple(
        msgspec.structs.replace(step, action=msgspec.structs.replace(step.action, reading=reading))
        if is_open(step)
        else step
        for step in sequence.steps
    )
    return msgspec.structs.replace(sequence, steps=steps)


def decided(shown: Iterable[ClockReading | None]) -> tuple[ClockReading, str]:
    """What the people of an account show, each None who fits both readings or neither; and the sentence about it."""
    people = list(shown)
    counts = {reading: people.count(reading) for reading in SETTLED}
    voices = [reading for reading in SETTLED if counts[reading]]
    if len(voices) == 1:
        (reading,) = voices
        told = f"{counts[reading]:,} of {counted(len(people), 'active person', 'active people')} in such sequences"
        show = "shows" if counts[reading] == 1 else "show"
        return reading, f"A wait until a clock time {_MEANS[reading]}: {told} {show} it, and nobody shows otherwise."
    if not voices:
        return ClockReading.UNKNOWN, (
            "None of the people in sequences shows whether a wait until a clock time can end on the day they come; "
            "mappings.toml decides (clock_wait)."
        )
    return ClockReading.UNKNOWN, (
        "The people in sequences contradict each other about waits until a clock time: "
        + ", ".join(f"for {counts[reading]:,} it {_MEANS[reading]}" for reading in voices)
        + "; mappings.toml decides (clock_wait)."
    )
