"""Which sequences of the target are live, and which of those may start people whom a load brings.

What a listing leaves out is read from the sequence itself. A trigger or a setting that nobody knows may start anybody.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from adapters.sequenzy import read
from adapters.sequenzy.client import Sequenzy
from adapters.sequenzy.intake import QUEUED
from adapters.sequenzy.shapes import Labelled

LIVE = ("active", "live", "enrollment_paused")
_QUIET = frozenset(
    ["trigger", "list", "contact", "tag", "added", "event", "received", "inbound", "webhook", "manual", "frequency"]
)
"""The words that make up the names of triggers that no import starts: every call of a load says that nobody is to be
enrolled. A name with any other word in it is not known to be one."""


def is_live(sequence: Labelled) -> bool:
    return (sequence.effective_status or sequence.status) in LIVE


def in_full(api: Sequenzy, sequence: Labelled) -> Labelled:
    """With what it takes in beside its trigger, also where the listing does not tell."""
    untold = sequence.audience_auto_enroll is msgspec.UNSET or sequence.trigger_config is None
    if untold and (row := read.sequence(api, sequence.id)) is not None:
        told = read.labelled(row)
        sequence = msgspec.structs.replace(
            sequence,
            trigger=sequence.trigger or told.trigger,
            trigger_config=sequence.trigger_config or told.trigger_config,
            audience_auto_enroll=told.audience_auto_enroll,
            settings_taking_in=tuple(dict.fromkeys((*sequence.settings_taking_in, *told.settings_taking_in))),
        )
    if read.audience_queued(api, sequence.id):
        sequence = msgspec.structs.replace(sequence, settings_taking_in=(*sequence.settings_taking_in, QUEUED))
    return sequence


def beside(api: Sequenzy, mine: Collection[str]) -> list[Labelled]:
    """Every sequence there but those of these ids; of live ones all that could start somebody."""
    there = [sequence for sequence in read.sequences(api) if sequence.id not in mine]
    return [in_full(api, sequence) if is_live(sequence) else sequence for sequence in there]


def watches_people(sequence: Labelled) -> bool:
    """A trigger that nobody knows may look at anything."""
    words = set(sequence.trigger.lower().split("_")) if isinstance(sequence.trigger, str) else set()
    return bool(sequence.takes_in) or not words or not words <= _QUIET
