"""How large a plan is: the calls that loading it will make, and the minutes that they take at the documented rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from migrator.plan.records import (
    AddMembers,
    AddTags,
    BuildSequence,
    EnrolPeople,
    ImportPeople,
    MarkComplaints,
    Plan,
)

RATE = 100
"""Requests a minute, as Sequenzy documents it."""
AT_ONCE = 500
"""E-mails in one call that adds members or tags."""
POLLS = 3
"""Looks at one import until it is done, on average."""


@dataclass(frozen=True)
class Size:
    calls: int
    bytes: int

    @property
    def minutes(self) -> int:
        return math.ceil(self.calls / RATE)


def size_of(plan: Plan) -> Size:
    calls = 0
    for one in plan.operations:
        match one:
            case ImportPeople(batches=batches):
                calls += len(batches) * (1 + POLLS)
            case MarkComplaints(count=count):
                calls += count
            case AddMembers(count=count) | AddTags(count=count):
                calls += math.ceil(count / AT_ONCE)
            case BuildSequence(calls=several):
                calls += several + 1
            case EnrolPeople():
                pass  # the cut-over's work, not the loader's
            case _:
                calls += 1
    return Size(calls=calls, bytes=sum(file.bytes for file in plan.files.values()))
