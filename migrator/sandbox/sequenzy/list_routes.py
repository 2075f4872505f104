"""`/lists`: create, list, change and delete lists, add and remove members. There is no call that reads one list."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from migrator.sandbox.sequenzy import happenings, names, people
from migrator.sandbox.sequenzy.bodies import given, read_object
from migrator.sandbox.sequenzy.people import Profile
from migrator.sandbox.sequenzy.people_bodies import AddMembers, ChangedList, NewList, RemoveMembers
from migrator.sandbox.sequenzy.people_wire import list_shape
from migrator.sandbox.sequenzy.refusals import missing, shaped, wrong
from migrator.sandbox.sequenzy.replies import ok
from migrator.sandbox.sequenzy.state import ListRecord
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

MEMBERS_LIMIT = 500


def register(router: Router, world: World) -> None:
    state = world.state

    def find(list_id: str) -> ListRecord:
        found = state.lists.get(list_id)
        if found is None:
            raise missing("List")
        return found

    @router.on("GET /lists")
    def listing(request: Request) -> Response:
        world.need("lists:read")
        return ok({"lists": [list_shape(world, record) for record in state.lists.values()]})

    @router.on("POST /lists")
    def create(request: Request) -> Response:
        world.need("lists:write")
        wish = shaped(read_object(request), NewList)
        if not wish.name.strip():
            raise wrong("name", "name is required")
        record = ListRecord(
            id=state.new_id("list"),
            name=wish.name.strip(),
            created_at=state.now,
            description=wish.description,
            is_private=wish.is_private,
            allow_member_unsubscribe=wish.allow_member_unsubscribe,
        )
        state.lists[record.id] = record
        return ok({"list": list_shape(world, record)})

    @router.on("PATCH /lists/{list_id}")
    def change(request: Request, list_id: str) -> Response:
        world.need("lists:write")
        record, wish = find(list_id), shaped(read_object(request), ChangedList)
        if wish.name is not UNSET and not str(wish.name).strip():
            raise wrong("name", "name is required")
        record.name = str(given(wish.name) or record.name).strip()
        if wish.description is not UNSET:
            record.description = given(wish.description)
        if isinstance(wish.is_private, bool):
            record.is_private = wish.is_private
        if isinstance(wish.allow_member_unsubscribe, bool):
            record.allow_member_unsubscribe = wish.allow_member_unsubscribe
        return ok({"list": list_shape(world, record)})

    @router.on("DELETE /lists/{list_id}")
    def delete(request: Request, list_id: str) -> Response:
        world.need("lists:write")
        find(list_id)
        members = state.list_members(list_id)
        for person in state.subscribers.values():
            person.lists.pop(list_id, None)
        for person in members:
            happenings.on_list_left(world, person.id, list_id)
        del state.lists[list_id]
        return ok({"removedMemberships": len(members)})

    @router.on("POST /lists/{list_id}/subscribers")
    def add(request: Request, list_id: str) -> Response:
        world.need("lists:write", "subscribers:write")
        find(list_id)
        wish = shaped(read_object(request), AddMembers)
        asks = wish.opt_in_mode == "default" and state.settings.double_opt_in
        if wish.enroll_in_sequences or wish.opt_in_mode == "double_opt_in" or asks:
            world.need("automations:trigger")
        if not wish.emails or len(wish.emails) > MEMBERS_LIMIT:
            raise wrong("emails", f"emails must hold 1 to {MEMBERS_LIMIT} addresses")
        given_emails = [names.normalise_email(email) for email in wish.emails]
        filled = [email for email in given_emails if email]
        unique = list(dict.fromkeys(filled))
        results = [_add_member(world, list_id, email, wish) for email in unique]
        failed = sum(not result["success"] for result in results)
        return ok(
            {
                "listId": list_id,
                "total": len(wish.emails),
                "processed": len(unique),
                **{key: sum(bool(r[key]) for r in results) for key in ("created", "updated", "skipped", "addedToList")},
                "failed": failed,
                "duplicateInputCount": len(filled) - len(unique),
                "ignoredBlankCount": len(given_emails) - len(filled),
                "results": results,
            }
        )

    @router.on("POST /lists/{list_id}/subscribers/remove")
    def remove(request: Request, list_id: str) -> Response:
        world.need("lists:write", "subscribers:write")
        find(list_id)
        wish = shaped(read_object(request), RemoveMembers)
        wanted = [*wish.emails, *wish.subscriber_ids]
        if not wanted or len(wanted) > MEMBERS_LIMIT:
            raise wrong("emails", f"emails and subscriberIds must hold 1 to {MEMBERS_LIMIT} entries together")
        removed, absent = 0, []
        for email in wish.emails:
            person = state.by_email(email)
            left = person is not None and people.leave_list(world, person, list_id)
            removed += left
            absent += [] if left else [email]
        for subscriber_id in wish.subscriber_ids:
            person = state.subscribers.get(subscriber_id)
            left = person is not None and people.leave_list(world, person, list_id)
            removed += left
            absent += [] if left else [subscriber_id]
        return ok({"removed": removed, "notFound": absent})


def _add_member(world: World, list_id: str, email: str, wish: AddMembers) -> dict[str, Any]:
    result: dict[str, Any] = {
        "email": email,
        "success": True,
        "created": False,
        "updated": False,
        "skipped": False,
        "addedToList": False,
    }
    if not names.plausible_email(email):
        return result | {"success": False, "error": "Invalid email address"}
    person = world.state.by_email(email)
    live = wish.enroll_in_sequences
    if person is None:
        person = people.create(world, Profile(email=email), lists=[list_id], opt_in=wish.opt_in_mode, live=live)
        return result | {"created": True, "addedToList": person.on_list(list_id)}
    # An opted-out contact is never put back on a list by an address alone.
    joined = people.join_list(world, person, list_id, live=live)
    return result | {"skipped": not joined, "updated": joined, "addedToList": joined}
