"""Triggers that look at the clock: segments every 15 minutes, inactivity and frequency every hour, planned audiences.

Members of a segment when its sequence is enabled are the baseline and are never let in for it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from migrator.sandbox.sequenzy import audiences, entry
from migrator.sandbox.sequenzy.records import SequenceRecord
from migrator.sandbox.sequenzy.segment_memo import members
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.world import World

SEGMENT_EVERY = timedelta(minutes=15)
WORKER_EVERY = timedelta(hours=1)
_SEGMENT_TRIGGERS = ("segment_entered", "segment_exited")
_HOURLY_TRIGGERS = ("inactivity", "frequency")
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

Config = dict[str, Any]


def next_tick(state: State) -> datetime | None:
    """The next moment at which a clock-bound trigger looks; None when no live sequence has one."""
    found = [due for sequence in state.sequences.values() for due in audiences.due_moments(sequence)]
    for kinds, every in ((_SEGMENT_TRIGGERS, SEGMENT_EVERY), (_HOURLY_TRIGGERS, WORKER_EVERY)):
        if any(s.trigger in kinds and s.status == "active" for s in state.sequences.values()):
            found.append(_after(_last(state, every), every))
    if any(audiences.auto_enrolled(s) for s in state.sequences.values()):
        found.append(_after(state.now, SEGMENT_EVERY))
    return min(found, default=None)


def _last(state: State, every: timedelta) -> datetime:
    last = vars(state).get("_last_tick", {}).get(every)
    return last if isinstance(last, datetime) else state.now


def _after(moment: datetime, every: timedelta) -> datetime:
    return _EPOCH + every * ((moment - _EPOCH) // every + 1)


def fire(world: World, tick: datetime) -> None:
    state = world.state
    marks = vars(state).setdefault("_last_tick", {})
    for sequence in list(state.sequences.values()):
        audiences.run_due(world, sequence)
        audiences.auto_enrol(state, sequence)
    for kinds, every, look in (
        (_SEGMENT_TRIGGERS, SEGMENT_EVERY, _look_at_segment),
        (_HOURLY_TRIGGERS, WORKER_EVERY, _look_at_events),
    ):
        if (tick - _EPOCH) % every:
            continue
        marks[every] = tick
        for sequence in list(state.sequences.values()):
            if sequence.trigger in kinds and sequence.status == "active":
                look(state, sequence)


def take_baseline(state: State, sequence: SequenceRecord) -> None:
    """Who is inside now does not enter later: at activation, and when the trigger is replaced on a live sequence."""
    if sequence.trigger in _SEGMENT_TRIGGERS:
        sequence.baseline = _members(state, sequence)
    elif sequence.trigger in _HOURLY_TRIGGERS:
        sequence.baseline = []


def _members(state: State, sequence: SequenceRecord) -> list[str]:
    wanted = sequence.trigger_config.get("segmentId", "")
    if wanted not in state.segments:
        return []
    return members(state, wanted)


def _look_at_segment(state: State, sequence: SequenceRecord) -> None:
    before, now = set(sequence.baseline), _members(state, sequence)
    sequence.baseline = now
    if sequence.trigger == "segment_entered":
        changed = [person_id for person_id in now if person_id not in before]
    else:
        inside = set(now)
        changed = [person_id for person_id in before if person_id not in inside]
    wanted = sequence.trigger_config["segmentId"]
    via = {"kind": "segment", "value": wanted, "name": state.segments[wanted].name}
    for person_id in changed:
        if person := state.subscribers.get(person_id):
            entry.enter(state, sequence, person, via=dict(via))


def _look_at_events(state: State, sequence: SequenceRecord) -> None:
    """`baseline` holds who has been let in for the present spell; leaving the state makes a contact new again."""
    inside = set(sequence.baseline)
    now_inside: list[str] = []
    for person in list(state.subscribers.values()):
        fits = (
            _inactive(state, sequence, person) if sequence.trigger == "inactivity" else _often(state, sequence, person)
        )
        if not fits:
            continue
        now_inside.append(person.id)
        if person.id not in inside:
            via = {"kind": sequence.trigger, "value": sequence.trigger_config["eventName"], "name": None}
            entry.enter(state, sequence, person, via=via)
    sequence.baseline = now_inside


def _inactive(state: State, sequence: SequenceRecord, person: Subscriber) -> bool:
    config = sequence.trigger_config
    by_contact = config.get("inactivityBaseline") == "subscriber_created_at"
    last = max(person.created_at, person.created_at if by_contact else sequence.created_at)
    for event in state.events_of(person.id):
        if event.name == config["eventName"]:
            last = max(last, event.at)
    return state.now - last >= timedelta(days=config["inactiveDays"])


def _often(state: State, sequence: SequenceRecord, person: Subscriber) -> bool:
    config = sequence.trigger_config
    since = state.now - timedelta(days=config["timeWindowDays"])
    found = [e for e in state.events_of(person.id) if e.name == config["eventName"] and e.at >= since]
    return bool(len(found) >= config["minCount"])
