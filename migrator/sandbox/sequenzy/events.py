"""Custom events: recorded once, silent when they are history, live otherwise.

An event more than an hour old is history: stored with its real time and visible to segments, but nothing runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from migrator.sandbox.sequenzy import happenings, people
from migrator.sandbox.sequenzy.bodies import need_moment
from migrator.sandbox.sequenzy.refusals import wrong
from migrator.sandbox.sequenzy.state import EventRecord, Subscriber
from migrator.sandbox.sequenzy.world import World

HISTORY_AFTER = timedelta(hours=1)
OLDEST = timedelta(days=5 * 365 + 1)

PRESET_RULES: list[dict[str, Any]] = [
    {"triggerEvent": "saas.purchase", "actions": {"addTags": ["customer"], "removeTags": ["lead", "trial"]}},
    {"triggerEvent": "saas.trial_started", "actions": {"addTags": ["trial"], "removeTags": ["lead"]}},
    {"triggerEvent": "saas.cancelled", "actions": {"addTags": ["cancelled"], "removeTags": []}},
    {"triggerEvent": "saas.churn", "actions": {"addTags": ["churned"], "removeTags": ["customer"]}},
    {"triggerEvent": "saas.payment_failed", "actions": {"addTags": ["past-due"], "removeTags": []}},
    {"triggerEvent": "saas.refund", "actions": {"addTags": ["refunded"], "removeTags": []}},
]


def read_time(world: World, occurred_at: str | None, path: str) -> datetime:
    """When an event happened; 400 when it is unreadable, too old or in the future."""
    now = world.state.now
    at = need_moment(occurred_at, path) or now
    if at < now - OLDEST:
        raise wrong(path, f"{path} must not be more than five years ago")
    if at > now + HISTORY_AFTER:
        raise wrong(path, f"{path} must not be in the future")
    return at


def is_history(world: World, at: datetime) -> bool:
    return world.state.now - at > HISTORY_AFTER


def define(world: World, name: str) -> bool:
    """Makes the event definition on first use, and says whether it did."""
    if name in world.state.event_names:
        return False
    world.state.event_names[name] = world.state.new_id("evt")
    return True


def record(
    world: World,
    person: Subscriber,
    name: str,
    properties: dict[str, Any],
    at: datetime,
    event_id: str | None,
    *,
    history: bool,
) -> EventRecord | None:
    """Stores an event and runs what listens to it; None for one that is already known by its eventId."""
    known = world.state.events_of(person.id)
    if event_id and any(event.event_id == event_id and event.name == name for event in known):
        return None
    event = EventRecord(
        id=world.state.new_id("ev"),
        subscriber_id=person.id,
        name=name,
        at=at,
        received_at=world.state.now,
        properties=properties,
        event_id=event_id,
        historical=history,
    )
    world.state.add_event(event)
    if history:
        person.created_at = min(person.created_at, at)
        return event
    _sync(world, person, name)
    if not person.pending:
        happenings.on_event(world, person.id, name, properties, at)
    return event


def rules(world: World) -> tuple[list[dict[str, Any]], bool]:
    """The sync rules in force, and whether they are the inherited preset."""
    own = world.state.settings.sync_rules
    return (PRESET_RULES, True) if own is None else (own, False)


def _sync(world: World, person: Subscriber, name: str) -> None:
    for rule in rules(world)[0]:
        if rule["triggerEvent"] != name:
            continue
        conditions = rule.get("conditions") or {}
        if not set(conditions.get("requiresTags") or ()) <= set(person.tags):
            continue
        if set(conditions.get("requiresNotTags") or ()) & set(person.tags):
            continue
        if conditions.get("purchasedProduct"):
            continue  # There is no shop behind this platform, so no purchase can match.
        people.remove_tags(world, person, rule["actions"]["removeTags"], live=True)
        people.add_tags(world, person, rule["actions"]["addTags"], live=True)
