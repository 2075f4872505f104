"""Something happened to a contact: it enters the sequences that listen for this, and its waits for an event end.

Nothing is executed here; what is due then is run by engine.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from migrator.sandbox.sequenzy import entry
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.runs import finish
from migrator.sandbox.sequenzy.step_queue import OPEN, queue_of, schedule
from migrator.sandbox.sequenzy.world import World

Config = dict[str, Any]


def on_contact_added(world: World, sub_id: str, list_ids: list[str]) -> None:
    if person := world.state.subscribers.get(sub_id):
        entry.contact_added(world.state, person, list_ids, new=True)


def on_list_joined(world: World, sub_id: str, list_id: str) -> None:
    if person := world.state.subscribers.get(sub_id):
        entry.contact_added(world.state, person, [list_id], new=False)


def on_tag_added(world: World, sub_id: str, tag: str) -> None:
    if person := world.state.subscribers.get(sub_id):
        entry.tag_added(world.state, person, tag)


def on_tag_removed(world: World, sub_id: str, tag: str) -> None:
    """No trigger and no wait listens to this; stop conditions see it at the next step."""


def on_list_left(world: World, sub_id: str, list_id: str) -> None:
    """As with tags: noticed at the next step."""


def on_event(world: World, sub_id: str, name: str, properties: Config | None, at: datetime) -> None:
    """A live event: lets the contact in, and ends its waits for this event. An old one would be told as history."""
    person = world.state.subscribers.get(sub_id)
    if person is None:
        return
    state = world.state
    for run in queue_of(state).by_contact.get(sub_id, ()):
        wait = run.wait or {}
        if run.status == "waiting" and wait.get("event") == name:
            run.wait = wait | {"arrived": stamp(at)}
            schedule(state, run, state.now)
    entry.event_received(state, person, name, properties or {})


def on_unsubscribed(world: World, sub_id: str) -> None:
    """The global opt-out cancels every running enrolment."""
    for run in queue_of(world.state).by_contact.get(sub_id, ()):
        if run.status in OPEN:
            finish(world, run, "cancelled", "The contact unsubscribed")
