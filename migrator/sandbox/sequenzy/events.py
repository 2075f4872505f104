"""Custom events: recorded once, silent when they are history, live otherwise.

An event more than an hour old is history: stored with its real time and visible to segments, but nothing runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from migrator.sandbox.sequenzy import engine, people
from migrator.sandbox.sequenzy.bodies import need_moment
from migrator.sandbox.sequenzy.refusals import wrong
from migrator.sandbox.sequenzy.state import EventRecord, Subscriber

if TYPE_CHECKING:
    from migrator.sandbox.sequenzy.app import SequenzySandbox

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


def read_time(sandbox: SequenzySandbox, occurred_at: str | None, path: str) -> datetime:
    """When an event happened; 400 when it is unreadable, too old or in the future."""
    now = sandbox.state.now
    at = need_moment(occurred_at, path) or now
    if at < now - OLDEST:
        raise wrong(path, f"{path} must not be more than five years ago")
    if at > now + HISTORY_AFTER:
        raise wrong(path, f"{path} must not be in the future")
    return at


def is_history(sandbox: SequenzySandbox, at: datetime) -> bool:
    return sandbox.state.now - at > HISTORY_AFTER


def define(sandbox: SequenzySandbox, name: str) -> bool:
    """Makes the event definition on first use, and says whether it did."""
    if name in sandbox.state.event_names:
        return False
    sandbox.state.event_names[name] = sandbox.state.new_id("evt")
    return True


def record(
    sandbox: SequenzySandbox,
    person: Subscriber,
    name: str,
    properties: dict[str, Any],
    at: datetime,
    event_id: str | None,
    *,
    history: bool,
) -> EventRecord | None:
    """Stores an event and runs what listens to it; None for one that is already known by its eventId."""
    known = sandbox.state.events_of(person.id)
    if event_id and any(event.event_id == event_id and event.name == name for event in known):
        return None
    event = EventRecord(
        id=sandbox.state.new_id("ev"),
        subscriber_id=person.id,
        name=name,
        at=at,
        received_at=sandbox.state.now,
        properties=properties,
        event_id=event_id,
        historical=history,
    )
    sandbox.state.add_event(event)
    if history:
        person.created_at = min(person.created_at, at)
        return event
    _sync(sandbox, person, name)
    if not person.pending:
        engine.on_event(sandbox, person.id, name, properties, at)
    return event


def rules(sandbox: SequenzySandbox) -> tuple[list[dict[str, Any]], bool]:
    """The sync rules in force, and whether they are the inherited preset."""
    own = sandbox.state.settings.sync_rules
    return (PRESET_RULES, True) if own is None else (own, False)


def _sync(sandbox: SequenzySandbox, person: Subscriber, name: str) -> None:
    for rule in rules(sandbox)[0]:
        if rule["triggerEvent"] != name:
            continue
        conditions = rule.get("conditions") or {}
        if not set(conditions.get("requiresTags") or ()) <= set(person.tags):
            continue
        if set(conditions.get("requiresNotTags") or ()) & set(person.tags):
            continue
        if conditions.get("purchasedProduct"):
            continue  # There is no shop behind the sandbox, so no purchase can match.
        people.remove_tags(sandbox, person, rule["actions"]["removeTags"], live=True)
        people.add_tags(sandbox, person, rule["actions"]["addTags"], live=True)
