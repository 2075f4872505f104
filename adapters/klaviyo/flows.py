"""A flow's definition to a sequence: what starts it, who is let in and thrown out, how often, and the graph of steps.

The order of `actions` says nothing: the way leads from the entry action along the links, and ways may meet again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from adapters.kit.clicks import nearer
from adapters.kit.wire import Notes, attributes_of, filled, identity, instant, part, rows, whole, without
from adapters.klaviyo.conditions import MAIL, Names, joined, read_filter
from adapters.klaviyo.entry import read_entry
from adapters.klaviyo.filters import property_key
from adapters.klaviyo.more_ways import more_ways
from adapters.klaviyo.steps import Built, Surroundings, build
from migrator.model import Edge, Raw, Sequence, Step, Trigger
from migrator.model.sequences import DateReached, EventReceived, ListJoined, OpaqueTrigger, SegmentEntered
from migrator.model.steps import Entry

DAY = 86_400
START = "entry"
_BEFORE = {"days": DAY, "weeks": 7 * DAY}


def read_flow(row: Raw, around: Surroundings, notes: Notes) -> Sequence:
    """`row` is the flow with its definition, as far as it was given."""
    told = attributes_of(row)
    definition = part(told.get("definition"))
    status, archived = filled(told.get("status")) or "draft", told.get("archived") is True
    steps, edges = _graph(definition, around, notes)
    entry = read_entry(definition, around.names, around.flow_id, around.triggers)
    return Sequence(
        source_id=around.flow_id,
        name=filled(told.get("name")) or f"Flow {around.flow_id}",
        active=status == "live" and not archived,
        triggers=tuple(_triggers(definition.get("triggers"), around.names, around.flow_id)),
        entry_filter=joined(list(entry.lets_in)),
        steps=steps,
        edges=edges,
        exit_rules=entry.exits,
        re_entry=entry.again,
        re_entry_seconds=entry.again_after,
        created_at=instant(told.get("created")),
        updated_at=instant(told.get("updated")),
        raw={
            **without(told, "name", "created", "updated", "definition"),
            **{key: definition[key] for key in ("reentry_criteria", "triggers") if definition.get(key)},
        },
    )


# What starts it -----------------------------------------------------------------------------------------------


def _triggers(told: object, names: Names, flow_id: str) -> Iterable[Trigger]:
    return [_trigger(one, names, flow_id) for one in rows(told)]


def _trigger(told: Raw, names: Names, flow_id: str) -> Trigger:
    kind, own_id = str(told.get("type")), identity(told.get("id"))
    if kind == "list" and own_id is not None:
        return ListJoined(list_id=own_id)
    if kind == "segment" and own_id is not None:
        return SegmentEntered(segment_id=own_id)
    if kind == "metric" and own_id is not None:
        name = names.metrics.get(own_id)
        if name is None:
            return OpaqueTrigger(description="an event whose name the source did not tell", raw=told)
        if own_id in names.own:
            what = "an event about its own mail" if name in MAIL else "an event of its own"
            return OpaqueTrigger(description=f"{name}, {what} that the old platform made itself", raw=told)
        return EventReceived(event_name=name, where=read_filter(told.get("trigger_filter"), names, flow_id))
    if kind == "date":
        return _date(told)
    return OpaqueTrigger(description=kind.replace("-", " "), raw=told)


def _date(told: Raw) -> Trigger:
    written = filled(told.get("date_profile_property"))
    repeats = told.get("recurrence_frequency")
    value, unit = whole(told.get("timedelta_value_before_date")), str(told.get("timedelta_unit_before_date"))
    before = 0 if not value else value * _BEFORE[unit] if unit in _BEFORE else None
    known = told.get("date_field_type") == "profile-property" and repeats in ("annually", "never", None)
    if written is None or before is None or not known:
        return OpaqueTrigger(description=f"a date, {repeats or 'once'}, {value or 0} {unit} before", raw=told)
    _, key = property_key(written)
    return DateReached(key=key, offset_seconds=-before, yearly=repeats == "annually")


# The graph ----------------------------------------------------------------------------------------------------


def _graph(definition: Raw, around: Surroundings, notes: Notes) -> tuple[tuple[Step, ...], tuple[Edge, ...]]:
    built: dict[str, Built] = {}
    doubled: list[Built] = []
    actions = rows(definition.get("actions"))
    ids = {action_id for action in actions if (action_id := identity(action.get("id")))}
    for number, action in enumerate(actions):
        action_id = identity(action.get("id")) or f"nameless-{number + 1}"
        made = build(action, action_id, around)
        made.ways |= more_ways(action, made, ids - {action_id})
        if action_id in built:
            doubled.append(made)
        else:
            built[action_id] = made
    entries = {action_id: made.steps[0].id for action_id, made in built.items()}

    def at(target: str) -> str:
        """A target that is not there stays as it was written: the plan names it."""
        return entries.get(target, target)

    steps: list[Step] = []
    edges: list[Edge] = []
    first = _first(definition, built, around, notes)
    if first is not None or not built:
        steps.append(Step(id=START, action=Entry()))
    if first is not None:
        edges.append(Edge(source=START, target=at(first)))
    for made in [*built.values(), *doubled]:
        steps += made.steps
    for made in built.values():
        edges += _edges(made, at)
    messages = {step.id: made.message_id for made in built.values() for step in made.steps if made.message_id}
    return tuple(nearer(steps, edges, messages)), tuple(edges)


def _edges(made: Built, at: Callable[[str], str]) -> list[Edge]:
    found = []
    for here, following in zip(made.steps, made.steps[1:], strict=False):
        lane = "send" if made.skips and here.id == made.skips[0] else None
        found.append(Edge(source=here.id, target=following.id, lane=lane))
    last = made.steps[-1].id
    for lane, target in made.ways.items():
        if target is not None:
            found.append(Edge(source=last, target=at(target), lane=lane))
            if made.skips:
                found.append(Edge(source=made.skips[0], target=at(target), lane=made.skips[1]))
    return found


def _first(definition: Raw, built: dict[str, Built], around: Surroundings, notes: Notes) -> str | None:
    """The entry action; in flows that name none, the only one that nothing leads to."""
    named = identity(definition.get("entry_action_id"))
    if named is not None:
        return named
    targets = {target for made in built.values() for target in made.ways.values()}
    heads = [action_id for action_id in built if action_id not in targets]
    if len(heads) == 1:
        return heads[0]
    if built:
        notes.say(f"Flow {around.flow_id} does not say where it begins, and {len(heads)} of its actions might be it.")
    return None
