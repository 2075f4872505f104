"""How a contact gets into a sequence: natural triggers, and the rules on entering twice. Steps run in engine.py."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy.conditions import as_text, property_matches, spread
from migrator.sandbox.sequenzy.graph import leaving, trigger_node
from migrator.sandbox.sequenzy.records import Enrollment, SequenceRecord
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.step_queue import OPEN, queue_of
from migrator.sandbox.sequenzy.wait_times import at_path

Config = dict[str, Any]
DEFAULT_KEY = "__default__"
MANUAL: Config = {"triggerType": "manual_enrollment", "eventName": None}
MANUAL_VIA: Config = {"kind": "manual", "value": None, "name": None}
KEY_FIELDS = ("sequenceEnrollmentKey", "enrollmentKey", "product.providerVariantId", "product.id", "variantId")


def accepts(sequence: SequenceRecord) -> bool:
    return sequence.status == "active" and not sequence.enrollment_paused


def runs_of(state: State, sequence_id: str, subscriber_id: str) -> list[Enrollment]:
    return [run for run in queue_of(state).by_contact.get(subscriber_id, ()) if run.sequence_id == sequence_id]


def start(
    state: State,
    sequence: SequenceRecord,
    person: Subscriber,
    *,
    via: Config,
    target: str | None = None,
    key: str = DEFAULT_KEY,
    entry: Config | None = None,
    event: Config | None = None,
    data: Config | None = None,
) -> Enrollment:
    """Puts the contact in front of its first step, which is due now. Asks nothing: the callers decide who may enter."""
    stop = sequence.stop_condition
    context = dict(entry or {})
    if stop.get("type") == "field_changed":
        context["fieldSnapshot"] = {stop["value"]: at_path(person.attributes, stop["value"])}
    run = Enrollment(
        id=state.new_id("tok"),
        sequence_id=sequence.id,
        subscriber_id=person.id,
        started_at=state.now,
        updated_at=state.now,
        node_id=target or leaving(sequence, trigger_node(sequence).id)[0].target,
        due=state.now,
        key=key,
        via=dict(via),
        entry=context,
        event_properties=dict(event or {}),
        data=dict(data or {}),
    )
    state.enrollments[run.id] = run
    queue_of(state).add(run)
    return run


def enter(
    state: State,
    sequence: SequenceRecord,
    person: Subscriber,
    *,
    via: Config,
    event: Config | None = None,
    event_name: str | None = None,
) -> Enrollment | None:
    """A natural entry, if the sequence takes it: open for entrants, the contact allowed, not inside, not again."""
    if not accepts(sequence):
        return None
    if person.status != "active" and sequence.settings.get("activeSubscribersOnly"):
        return None
    mode = sequence.settings.get("enrollmentMode") or "unlimited"
    key = _key(sequence, event or {}) if mode == "matching_field" else DEFAULT_KEY
    for run in runs_of(state, sequence.id, person.id):
        if mode == "one_time" or (run.status in OPEN and run.key == key):
            return None
    context = {"triggerType": sequence.trigger, "eventName": event_name}
    return start(state, sequence, person, via=via, key=key, entry=context, event=event)


def _key(sequence: SequenceRecord, event: Config) -> str:
    path = sequence.settings.get("enrollmentFieldPath")
    for candidate in (path,) if path else KEY_FIELDS:
        values = spread(event, candidate.split("."))
        if values and isinstance(values[0], str | int | float):
            return as_text(values[0])
    return DEFAULT_KEY


def triggered(state: State, *kinds: str) -> list[SequenceRecord]:
    return [sequence for sequence in state.sequences.values() if sequence.trigger in kinds and accepts(sequence)]


def contact_added(state: State, person: Subscriber, list_ids: list[str], *, new: bool) -> None:
    for sequence in triggered(state, "contact_added"):
        config = sequence.trigger_config
        wanted = config.get("listIds")
        if wanted:
            hit = next((list_id for list_id in list_ids if list_id in wanted), None)
            fits = hit is not None
        else:
            hit = list_ids[0] if list_ids else None
            fits = new if config.get("listScope") == "any_contact" else bool(list_ids)
        if fits:
            enter(state, sequence, person, via={"kind": "list", "value": hit, "name": _list_name(state, hit)})


def _list_name(state: State, list_id: str | None) -> str | None:
    return state.lists[list_id].name if list_id in state.lists else None


def tag_added(state: State, person: Subscriber, tag: str) -> None:
    for sequence in triggered(state, "tag_added"):
        if tag in sequence.trigger_config.get("tagNames", ()):
            enter(state, sequence, person, via={"kind": "tag", "value": tag, "name": tag})


def event_received(state: State, person: Subscriber, name: str, properties: Config) -> None:
    for sequence in triggered(state, "event_received"):
        config = sequence.trigger_config
        if config.get("eventName") != name:
            continue
        if all(property_matches(entry, properties) for entry in config.get("propertyFilters", ())):
            via = {"kind": "event", "value": name, "name": name}
            enter(state, sequence, person, via=via, event=properties, event_name=name)
