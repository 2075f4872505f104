"""`/subscribers/events`: one event, many of one contact, and imports of up to 25 for several contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from migrator.sandbox.sequenzy import events, identity, people
from migrator.sandbox.sequenzy.bodies import read_object
from migrator.sandbox.sequenzy.people import Profile
from migrator.sandbox.sequenzy.people_bodies import EventEntry, EventMany, EventOne, ImportedEvent, ImportEvents
from migrator.sandbox.sequenzy.refusals import Refused, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok, stamp
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

MANY_LIMIT = 500
IMPORT_LIMIT = 25


def register(router: Router, world: World) -> None:
    @router.on("POST /subscribers/events")
    def one(request: Request) -> Response:
        world.need("events:write")
        wish = shaped(read_object(request), EventOne)
        entry = EventEntry(
            name=wish.event, properties=wish.properties, occurred_at=wish.occurred_at, event_id=wish.event_id
        )
        at = _check(world, entry, "")
        history = events.is_history(world, at)
        person, created = _who(world, wish.profile(), history)
        defined = events.define(world, entry.name)
        event = events.record(world, person, entry.name, entry.properties, at, entry.event_id, history=history)
        about = {"subscriber": {"id": person.id, "email": person.email, "created": created}}
        if history:
            told = [{"id": event.id, "name": event.name, "occurredAt": stamp(event.at)}] if event else []
            return ok({**about, "historical": True, "inserted": len(told), "duplicates": 1 - len(told), "events": told})
        definition = {
            "id": world.state.event_names[entry.name],
            "name": entry.name,
            "definitionCreated": defined,
        }
        answer: dict[str, Any] = {**about, "event": definition}
        if event is None:
            answer["duplicate"] = True
        return ok({**answer, **identity.opt_in_answer(world, person, created)})

    @router.on("POST /subscribers/events/bulk")
    def many(request: Request) -> Response:
        world.need("events:write")
        wish = shaped(read_object(request), EventMany)
        if not 1 <= len(wish.events) <= MANY_LIMIT:
            raise wrong("events", f"events must hold 1 to {MANY_LIMIT} entries")
        times = [_check(world, entry, f"events[{index}].") for index, entry in enumerate(wish.events)]
        # One recent event makes the whole group of a contact live.
        history = all(events.is_history(world, at) for at in times)
        person, created = _who(world, wish.profile(), history)
        told = []
        for entry, at in zip(wish.events, times, strict=True):
            defined = events.define(world, entry.name)
            event = events.record(world, person, entry.name, entry.properties, at, entry.event_id, history=history)
            line = {
                "id": world.state.event_names[entry.name],
                "name": entry.name,
                "definitionCreated": defined,
            }
            told.append(line if event else {**line, "duplicate": True})
        about = {"id": person.id, "email": person.email, "created": created}
        return ok({"subscriber": about, "events": told, **identity.opt_in_answer(world, person, created)})

    @router.on("POST /subscribers/events/imports")
    def imports(request: Request) -> Response:
        world.need("events:write")
        wish = shaped(read_object(request), ImportEvents)
        if not 1 <= len(wish.events) <= IMPORT_LIMIT:
            raise wrong("events", f"events must hold 1 to {IMPORT_LIMIT} entries")
        return _import(world, wish.events)


def _check(world: World, entry: EventEntry | ImportedEvent, path: str) -> datetime:
    if not entry.name.strip():
        raise wrong(f"{path}name", "the event needs a name")
    return events.read_time(world, entry.occurred_at, f"{path}occurredAt")


def _who(world: World, profile: Profile, history: bool) -> tuple[Subscriber, bool]:
    """The contact. One made by a past event is made in silence: no automations and no opt-in mail."""
    if not history or identity.look_up(world, profile.email, profile.external_id):
        return identity.find_or_create(world, profile)
    identity.check_email(profile.email)
    if not profile.email:
        raise wrong("email", "email is required for a new subscriber")
    person = people.create(world, profile, opt_in="silent", live=False)
    return person, True


def _import(world: World, rows: list[ImportedEvent]) -> Response:
    failures: list[dict[str, Any]] = []
    groups: dict[str, list[tuple[int, ImportedEvent, datetime]]] = {}
    for index, row in enumerate(rows):
        try:
            if not row.email and not row.external_id:
                raise wrong("email", "email or externalId is required")
            at = _check(world, row, "")
        except Refused as refused:
            failures.append({"index": index, "error": str(refused.body["error"])})
            continue
        key = f"e:{row.email.strip().lower()}" if row.email else f"x:{row.external_id}"
        groups.setdefault(key, []).append((index, row, at))
    recorded = duplicates = reached = 0
    for group in groups.values():
        history = all(events.is_history(world, at) for _, _, at in group)
        first = group[0][1]
        try:
            person, _ = _who(world, Profile(email=first.email, external_id=first.external_id), history)
        except Refused as refused:
            failures += [{"index": index, "error": _text(refused)} for index, _, _ in group]
            continue
        reached += 1
        for _, row, at in group:
            events.define(world, row.name)
            stored = events.record(world, person, row.name, row.properties, at, row.event_id, history=history)
            recorded += stored is not None
            duplicates += stored is None
    answer = {
        "total": len(rows),
        "recorded": recorded,
        "duplicates": duplicates,
        "failed": len(failures),
        "failures": sorted(failures, key=lambda failure: int(failure["index"])),
        "subscribers": reached,
        "sideEffectFailed": 0,
        "sideEffectFailures": [],
    }
    return ok(answer)


def _text(refused: Refused) -> str:
    error = refused.body.get("error")
    return str(error["message"]) if isinstance(error, dict) else str(error)
