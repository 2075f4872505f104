"""Tags: definitions (`/tags`), one contact (`/subscribers/tags`) and many contacts (`/subscribers/bulk/tags`).

The single calls create contacts and run automations; the bulk calls do neither unless asked to run them.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from migrator.sandbox.sequenzy import identity, people
from migrator.sandbox.sequenzy.bodies import read_object
from migrator.sandbox.sequenzy.names import normalise_tag
from migrator.sandbox.sequenzy.people_bodies import BulkTags, TagMany, TagOne
from migrator.sandbox.sequenzy.refusals import Refused, conflict, missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok
from migrator.sandbox.sequenzy.state import Subscriber, TagRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

COLORS = (
    *("gray", "red", "orange", "amber", "yellow", "lime", "green", "emerald", "teal", "cyan", "sky", "blue"),
    *("indigo", "violet", "purple", "fuchsia", "pink", "rose"),
)
BULK_LIMIT = 500
FAILURES_SHOWN = 50


class NewTag(Struct):
    name: str
    color: str = "gray"


class TagColor(Struct):
    color: str


def register(router: Router, world: World) -> None:
    _register_definitions(router, world)

    @router.on("POST /subscribers/tags")
    def add_one(request: Request) -> Response:
        world.need("subscribers:write")
        wish = shaped(read_object(request), TagOne)
        name = _need_tags([wish.tag])[0]
        person, created = identity.find_or_create(world, wish.profile())
        _, made = people.add_tags(world, person, [name], live=True)
        tag = {"id": world.state.tags[name].id, "name": name, "created": bool(made)}
        return ok({"subscriber": _short(person, created), "tag": tag, **_opt_in(world, person, created)})

    @router.on("POST /subscribers/tags/bulk")
    def add_many(request: Request) -> Response:
        world.need("subscribers:write")
        wish = shaped(read_object(request), TagMany)
        names = _need_tags(wish.tags)
        person, created = identity.find_or_create(world, wish.profile())
        added, made = people.add_tags(world, person, names, live=True)
        tags = {"added": added, "created": made}
        return ok({"subscriber": _short(person, created), "tags": tags, **_opt_in(world, person, created)})

    @router.on("POST /subscribers/tags/remove")
    def remove_one(request: Request) -> Response:
        world.need("subscribers:write")
        wish = shaped(read_object(request), TagOne)
        name = _need_tags([wish.tag])[0]
        person, created = identity.find_or_create(world, wish.profile())
        removed = people.remove_tags(world, person, [name], live=True)
        return ok({"subscriber": _short(person, created), "tag": {"name": name, "removed": bool(removed)}})

    @router.on("POST /subscribers/bulk/tags/add")
    def bulk_add(request: Request) -> Response:
        wish = shaped(read_object(request), BulkTags)
        world.need("subscribers:tag", *(["automations:trigger"] if wish.trigger_automations else []))
        names = _need_tags(wish.tags)
        if any(name not in world.state.tags for name in names):
            world.need("tags:write")
        return _bulk(world, wish, names, add=True)

    @router.on("POST /subscribers/bulk/tags/remove")
    def bulk_remove(request: Request) -> Response:
        world.need_any("subscribers:tag", "subscribers:write")
        wish = shaped(read_object(request), BulkTags)
        wish.trigger_automations = False
        return _bulk(world, wish, _need_tags(wish.tags), add=False)


def _need_tags(names: list[str]) -> list[str]:
    found = [normalise_tag(name) for name in names]
    if not found or not all(found):
        raise wrong("tags", "tags must hold at least one name, and none that is blank")
    return list(dict.fromkeys(found))


def _short(person: Subscriber, created: bool) -> dict[str, Any]:
    return {"id": person.id, "email": person.email, "tags": list(person.tags), "created": created}


def _opt_in(world: World, person: Subscriber, created: bool) -> dict[str, Any]:
    return identity.opt_in_answer(world, person, created)


def _bulk(world: World, wish: BulkTags, names: list[str], *, add: bool) -> Response:
    state = world.state
    requested = len(wish.emails) + len(wish.external_ids) + len(wish.subscriber_ids)
    if not 1 <= requested <= BULK_LIMIT:
        raise wrong("emails", f"emails, externalIds and subscriberIds must hold 1 to {BULK_LIMIT} entries together")
    found = {
        "emails": [(email, state.by_email(email)) for email in wish.emails],
        "externalIds": [(external, state.by_external(external)) for external in wish.external_ids],
        "subscriberIds": [(one, state.subscribers.get(one)) for one in wish.subscriber_ids],
    }
    matched = {person.id: person for pairs in found.values() for _, person in pairs if person is not None}
    updated = 0
    for person in matched.values():
        if add:
            updated += bool(people.add_tags(world, person, names, live=wish.trigger_automations)[0])
        else:
            updated += bool(people.remove_tags(world, person, names, live=False))
    return ok(
        {
            "message": f"Updated {updated} of {len(matched)} subscribers",
            "requested": requested,
            "matched": len(matched),
            "updated": updated,
            "unchanged": len(matched) - updated,
            "failed": 0,
            "failures": [],
            "notFound": {kind: [name for name, person in pairs if person is None] for kind, pairs in found.items()},
            "tags": names,
            "triggeredAutomations": wish.trigger_automations,
        }
    )


# --- definitions ---


def tag_shape(tag: TagRecord) -> dict[str, Any]:
    return {"id": tag.id, "name": tag.name, "color": tag.color, "isSystem": tag.is_system}


def _need_color(color: str) -> str:
    if color not in COLORS:
        raise wrong("color", f"color must be one of {', '.join(COLORS)}", list(COLORS))
    return color


def _register_definitions(router: Router, world: World) -> None:
    state = world.state

    def find(tag_id: str) -> TagRecord:
        found = next((tag for tag in state.tags.values() if tag.id == tag_id), None)
        if found is None:
            raise missing("Tag")
        return found

    @router.on("GET /tags")
    def listing(request: Request) -> Response:
        world.need("tags:read")
        return ok({"tags": [tag_shape(tag) for tag in state.tags.values()]})

    @router.on("POST /tags")
    def create(request: Request) -> Response:
        world.need("tags:write")
        wish = shaped(read_object(request), NewTag)
        name = _need_tags([wish.name])[0]
        if name in state.tags:
            raise conflict("Tag already exists")
        color = _need_color(wish.color)
        tag, _ = people.define_tag(world, name)
        tag.color = color
        return ok({"tag": tag_shape(tag)})

    @router.on("PATCH /tags/{tag_id}")
    def change(request: Request, tag_id: str) -> Response:
        world.need("tags:write")
        tag = find(tag_id)
        tag.color = _need_color(shaped(read_object(request), TagColor).color)
        return ok({"tag": tag_shape(tag)})

    @router.on("DELETE /tags/{tag_id}")
    def delete(request: Request, tag_id: str) -> Response:
        world.need("tags:write")
        tag = find(tag_id)
        if tag.is_system:
            raise Refused(403, {"success": False, "error": "System tags cannot be deleted"})
        if any(_uses(record.trigger_config, tag.name) for record in state.sequences.values()):
            raise conflict("Tag is used by a sequence")
        for person in state.subscribers.values():
            person.tags = [kept for kept in person.tags if kept != tag.name]
        del state.tags[tag.name]
        return ok()


def _uses(config: dict[str, Any], tag: str) -> bool:
    """Whether a trigger's settings name the tag, alone or in a list."""
    return any(value == tag or (isinstance(value, list) and tag in value) for value in config.values())
