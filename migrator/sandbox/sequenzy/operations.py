"""Tag operations over an audience: who they reach is fixed when they start, the work is done when somebody looks."""

from __future__ import annotations

from migrator.sandbox.sequenzy import people, segments
from migrator.sandbox.sequenzy.people_bodies import Audience
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.work_records import OperationRecord
from migrator.sandbox.sequenzy.world import World


def audience(world: World, wish: Audience | None) -> list[Subscriber]:
    """The contacts of an audience; without one, everybody."""
    found = list(world.state.subscribers.values())
    if wish is None:
        return found
    if wish.active_only:
        found = [person for person in found if person.status == "active"]
    if wish.list_id is not None:
        found = [person for person in found if person.on_list(wish.list_id)]
    if wish.subscriber_ids is not None:
        wanted = set(wish.subscriber_ids)
        found = [person for person in found if person.id in wanted]
    if wish.search:
        needle = wish.search.lower()
        found = [p for p in found if any(needle in text.lower() for text in (*_names(p), *p.tags))]
    root = wish.root
    if wish.filters is not None:
        root = {"kind": "group", "joinOperator": wish.filter_join_operator, "children": wish.filters}
    if root is not None:
        found = [person for person in found if segments.matches(world.state, person, root)]
    return found


def _names(person: Subscriber) -> list[str]:
    return [name for name in (person.email, person.first_name, person.last_name) if name]


def run(world: World, record: OperationRecord) -> None:
    if record.status != "queued":
        return
    for subscriber_id in record.subscriber_ids:
        person = world.state.subscribers.get(subscriber_id)
        record.processed += 1
        if person is None:
            record.failures.append({"subscriberId": subscriber_id, "error": "Subscriber not found"})
            continue
        people.add_tags(world, person, record.body["tags"], live=bool(record.body.get("triggerAutomations")))
        record.succeeded += 1
    record.status, record.completed_at = "completed", world.state.now


def settle_operations(world: World) -> None:
    for record in world.state.operations.values():
        run(world, record)
