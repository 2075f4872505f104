"""`/subscribers`: create, list, read, change and delete single contacts, their notes, and which attributes exist."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy import consent, happenings, identity, names, people
from migrator.sandbox.sequenzy.bodies import TEXT_LIMIT, need_moment, need_short, query_flag, read_object, valid_zone
from migrator.sandbox.sequenzy.people_bodies import CreatePerson, NewNote
from migrator.sandbox.sequenzy.people_change import change
from migrator.sandbox.sequenzy.people_pages import page_of
from migrator.sandbox.sequenzy.people_wire import detailed_shape, note_shape, person_shape
from migrator.sandbox.sequenzy.refusals import missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok
from migrator.sandbox.sequenzy.state import Note, Subscriber
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

NOTE_LIMIT = 5000
SAMPLE = 100


def register(router: Router, world: World) -> None:
    @router.on("GET /subscribers/me")
    def me(request: Request) -> Response:
        settings = world.state.settings
        account = {
            "companyId": settings.company_id,
            "companyName": settings.company_name,
            "apiKeyType": world.caller.kind,
        }
        return ok({"account": account})

    @router.on("GET /subscribers/attributes")
    def attributes(request: Request) -> Response:
        world.need("subscribers:read")
        return ok(_attributes(world, query_flag(request, "includeNested", False)))

    @router.on("GET /subscribers/external/notes", "POST /subscribers/external/notes")
    def notes_by_external(request: Request) -> Response:
        return _notes(world, request, identity.by_external(world, request.arg("externalId")))

    @router.on("DELETE /subscribers/notes/{note}")
    def delete_note(request: Request, note: str) -> Response:
        world.need("subscribers:write")
        for person in world.state.subscribers.values():
            if any(kept.id == note for kept in person.notes):
                person.notes = [kept for kept in person.notes if kept.id != note]
                return ok({"deleted": True, "id": note, "subscriberId": person.id})
        raise missing("Note")

    @router.on("GET /subscribers")
    def listing(request: Request) -> Response:
        world.need("subscribers:read")
        return page_of(world, request)

    @router.on("POST /subscribers")
    def create(request: Request) -> Response:
        world.need("subscribers:write")
        return _create(world, read_object(request))

    def one(request: Request, person: Subscriber) -> Response:
        if request.method == "GET":
            world.need("subscribers:read")
            return ok({"subscriber": detailed_shape(world, person)})
        world.need("subscribers:write")
        if request.method == "PATCH":
            change(world, person, read_object(request))
            return ok({"subscriber": person_shape(person)})
        happenings.on_unsubscribed(world, person.id)
        world.state.remove_subscriber(person)
        return ok({"deleted": True})

    @router.on(*(f"{method} /subscribers/external" for method in ("GET", "PATCH", "DELETE")))
    def external(request: Request) -> Response:
        return one(request, identity.by_external(world, request.arg("externalId")))

    @router.on(*(f"{method} /subscribers/external/{{external}}" for method in ("GET", "PATCH", "DELETE")))
    def external_path(request: Request, external: str) -> Response:
        return one(request, identity.by_external(world, external))

    @router.on("GET /subscribers/{email}/notes", "POST /subscribers/{email}/notes")
    def notes(request: Request, email: str) -> Response:
        return _notes(world, request, identity.by_email(world, email))

    @router.on(*(f"{method} /subscribers/{{email}}" for method in ("GET", "PATCH", "DELETE")))
    def by_email(request: Request, email: str) -> Response:
        return one(request, identity.by_email(world, email))


def _create(world: World, body: dict[str, Any]) -> Response:
    wish = shaped(body, CreatePerson)
    live = wish.enroll_in_sequences if wish.enroll_in_sequences is not None else wish.created_at is None
    if wish.enroll_in_sequences or wish.opt_in_mode == "double_opt_in":
        world.need("automations:trigger")
    identity.check_email(wish.email)
    for name in ("first_name", "last_name", "external_id"):
        need_short(getattr(wish, name), name)
    if wish.phone_country and not wish.phone:
        raise wrong("phoneCountry", "phoneCountry needs phone")
    if wish.phone and not names.plausible_phone(wish.phone):
        raise wrong("phone", "Invalid phone number")
    if wish.timezone is not None and not valid_zone(wish.timezone):
        raise wrong("timezone", "timezone must be an IANA time zone")
    for list_id in wish.lists or ():
        if list_id not in world.state.lists:
            raise wrong("lists", f"List not found: {list_id}")
    profile = wish.profile()
    profile.created_at = need_moment(wish.created_at, "createdAt")
    profile.tags, profile.phone, profile.phone_country = wish.tags, wish.phone, wish.phone_country
    profile.sms_consent, profile.timezone = wish.sms_consent, wish.timezone
    person = identity.look_up(world, wish.email, wish.external_id)
    if person is None and not wish.email and wish.phone:
        person = world.state.by_phone(names.clean_phone(wish.phone))
    if person is None:
        if not wish.email and not wish.phone:
            raise wrong("email", "email is required")
        if wish.status == "active" and wish.opt_in_mode == "default" and world.state.settings.double_opt_in:
            world.need("automations:trigger")
        person = people.create(world, profile, status=wish.status, lists=wish.lists, opt_in=wish.opt_in_mode, live=live)
        flags = {"created": True, "updated": False, "skipped": False}
        opt_in = identity.opt_in_answer(world, person, created=True)
    else:
        changed = people.fill(world, person, profile, wish.duplicate_strategy, live=live)
        if wish.duplicate_strategy != "skip":
            joined = [people.join_list(world, person, list_id, live=live) for list_id in wish.lists or ()]
            changed = changed or any(joined)
        flags = {"created": False, "updated": changed, "skipped": not changed}
        again = wish.opt_in_mode == "double_opt_in" and person.status == "unsubscribed"
        opt_in = {}
        if again:
            opt_in = {"optIn": {"required": True, "emailQueued": consent.ask_confirmation(world, person)}}
    return ok({"subscriber": {**person_shape(person), **flags}, **opt_in})


def _notes(world: World, request: Request, person: Subscriber) -> Response:
    if request.method == "GET":
        world.need("subscribers:read")
        return ok({"notes": [note_shape(world, person, note) for note in person.notes]})
    world.need("subscribers:write")
    text = shaped(read_object(request), NewNote).body
    if not text.strip() or len(text) > NOTE_LIMIT:
        raise wrong("body", f"body must have 1 to {NOTE_LIMIT} characters")
    note = Note(world.state.new_id("note"), text, world.state.now)
    person.notes.append(note)
    return ok({"note": note_shape(world, person, note)})


def _attributes(world: World, nested: bool) -> dict[str, Any]:
    recent = sorted(world.state.subscribers.values(), key=lambda p: (p.created_at, p.id), reverse=True)[:SAMPLE]
    seen: dict[str, list[Any]] = {}
    for person in recent:
        for key, value in _leaves(person.attributes, "" if nested else None):
            seen.setdefault(key, []).append(value)
    found = []
    for key in sorted(seen):
        values = [item for value in seen[key] for item in (value if isinstance(value, list) else [value])]
        kinds = {_kind(value) for value in values if value is not None} or {"string"}
        sample = next((value for value in values if value is not None), None)
        found.append(
            {
                "key": key,
                "valueType": min(kinds) if len(kinds) == 1 else "string",
                "isArray": any(isinstance(value, list) for value in seen[key]),
                "mixedTypes": len(kinds) > 1,
                "sampleValue": None if sample is None else str(sample)[:TEXT_LIMIT],
                "sampledContacts": len(seen[key]),
            }
        )
    return {"sampledContacts": len(recent), "attributes": found}


def _leaves(values: dict[str, Any], prefix: str | None) -> list[tuple[str, Any]]:
    """Top-level keys; with a prefix also the dotted paths into nested objects."""
    found: list[tuple[str, Any]] = []
    for key, value in values.items():
        name = f"{prefix}{key}" if prefix else key
        if isinstance(value, dict):
            found += _leaves(value, f"{name}.") if prefix is not None else []
        else:
            found.append((name, value))
    return found


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else "string"
