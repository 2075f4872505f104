"""What happens to one contact: created, filled in, tagged, put on lists. The rules, not the routes.

How consent changes is in consent.py.

`live` says whether automations run for a change; the callers know, from the contract of their call.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from migrator.sandbox.sequenzy import consent, happenings
from migrator.sandbox.sequenzy.names import clean_phone, normalise_email, normalise_tag
from migrator.sandbox.sequenzy.state import Membership, Subscriber, TagRecord
from migrator.sandbox.sequenzy.world import World


class Profile(Struct, kw_only=True):
    """What a call says about a contact; None means nothing was said."""

    email: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    attributes: dict[str, Any] | None = None
    tags: list[str] | None = None
    phone: str | None = None
    phone_country: str | None = None
    sms_consent: bool | None = None
    timezone: str | None = None
    created_at: datetime | None = None


# --- creating and filling in ---


def create(
    world: World,
    profile: Profile,
    *,
    status: str = "active",
    lists: list[str] | None = None,
    opt_in: str = "default",
    live: bool,
) -> Subscriber:
    """A new contact. `lists` None means the workspace default; pending contacts get lists and tags at the click."""
    state = world.state
    person = Subscriber(
        id=state.new_id("sub"),
        email=normalise_email(profile.email) if profile.email else None,
        created_at=profile.created_at or state.now,
        updated_at=state.now,
        status=status,
    )
    _set_profile(person, profile)
    state.add_subscriber(person)
    wanted = default_lists(world) if lists is None else list(dict.fromkeys(lists))
    tags = [normalise_tag(tag) for tag in profile.tags or () if normalise_tag(tag)]
    if status == "active" and person.email and consent.needs_confirmation(world, opt_in):
        person.status, person.pending = "unsubscribed", True
        person.pending_lists, person.pending_tags = wanted, list(dict.fromkeys(tags))
        if opt_in != "silent":
            consent.ask_confirmation(world, person)
        return person
    if status == "active":
        for list_id in wanted:
            person.lists[list_id] = Membership(state.now)
    added = add_tags(world, person, tags, live=False)[0]
    if live and status == "active":
        happenings.on_contact_added(world, person.id, wanted)
        for tag in added:
            happenings.on_tag_added(world, person.id, tag)
    return person


def _set_profile(person: Subscriber, profile: Profile) -> None:
    person.external_id = profile.external_id.strip() if profile.external_id else None
    person.first_name, person.last_name = profile.first_name or None, profile.last_name or None
    person.attributes = dict(profile.attributes or {})
    person.phone = clean_phone(profile.phone) if profile.phone else None
    person.phone_country, person.timezone = profile.phone_country, profile.timezone
    if profile.sms_consent:
        person.sms_status = "subscribed"


def fill(world: World, person: Subscriber, profile: Profile, strategy: str, *, live: bool) -> bool:
    """Writes a profile onto an existing contact. `skip` touches only the signup date, which moves only earlier.

    `merge` fills empty fields and adds attributes and tags; `overwrite` replaces what was said. True when it changed.
    """
    before = _shape(person)
    if profile.created_at and profile.created_at < person.created_at:
        person.created_at = profile.created_at
    if strategy != "skip":
        over = strategy == "overwrite"
        world.state.unindex(person)
        for name in ("external_id", "first_name", "last_name", "phone", "phone_country", "timezone"):
            value = getattr(profile, name)
            if value and (over or not getattr(person, name)):
                setattr(person, name, clean_phone(value) if name == "phone" else value.strip())
        world.state.index(person)
        if profile.sms_consent:
            person.sms_status = "subscribed"
        for key, value in (profile.attributes or {}).items():
            if over or person.attributes.get(key) in (None, ""):
                person.attributes[key] = value
        if profile.tags is not None:
            if over:
                wanted = {normalise_tag(tag) for tag in profile.tags}
                remove_tags(world, person, [tag for tag in person.tags if tag not in wanted], live=live)
            add_tags(world, person, profile.tags, live=live)
    changed = _shape(person) != before
    if changed:
        person.updated_at = world.state.now
    return changed


def _shape(person: Subscriber) -> tuple[Any, ...]:
    return (
        person.external_id,
        person.first_name,
        person.last_name,
        dict(person.attributes),
        list(person.tags),
        person.phone,
        person.phone_country,
        person.timezone,
        person.sms_status,
        person.created_at,
    )


# --- tags ---


def define_tag(world: World, name: str) -> tuple[TagRecord, bool]:
    found = world.state.tags.get(name)
    if found is not None:
        return found, False
    made = world.state.tags[name] = TagRecord(id=world.state.new_id("tag"), name=name)
    return made, True


def add_tags(world: World, person: Subscriber, names: list[str], *, live: bool) -> tuple[list[str], list[str]]:
    """The names newly on the contact, and those whose definition was made. Tags of a pending contact wait."""
    added, created = [], []
    for name in dict.fromkeys(normalise_tag(name) for name in names):
        if not name:
            continue
        if define_tag(world, name)[1]:
            created.append(name)
        holder = person.pending_tags if person.pending else person.tags
        if name not in holder:
            holder.append(name)
            added.append(name)
    if added:
        person.updated_at = world.state.now
    if live and not person.pending:
        for name in added:
            happenings.on_tag_added(world, person.id, name)
    return added, created


def remove_tags(world: World, person: Subscriber, names: list[str], *, live: bool) -> list[str]:
    wanted = {normalise_tag(name) for name in names}
    removed = [tag for tag in person.tags if tag in wanted]
    person.tags = [tag for tag in person.tags if tag not in wanted]
    person.pending_tags = [tag for tag in person.pending_tags if tag not in wanted]
    if removed:
        person.updated_at = world.state.now
    if live:
        for tag in removed:
            happenings.on_tag_removed(world, person.id, tag)
    return removed


# --- lists ---


def default_lists(world: World) -> list[str]:
    """The workspace default: None stands for every list there is."""
    ids = world.state.settings.default_list_ids
    return list(world.state.lists) if ids is None else [list_id for list_id in ids if list_id in world.state.lists]


def join_list(world: World, person: Subscriber, list_id: str, *, live: bool) -> bool:
    """Only active contacts join; a pending one joins after the click; an opted-out one never does here."""
    if person.pending:
        if list_id in person.pending_lists:
            return False
        person.pending_lists.append(list_id)
        return True
    if person.status != "active" or person.on_list(list_id):
        return False
    person.lists[list_id] = Membership(world.state.now)
    person.updated_at = world.state.now
    if live:
        happenings.on_list_joined(world, person.id, list_id)
    return True


def leave_list(world: World, person: Subscriber, list_id: str) -> bool:
    person.pending_lists = [pending for pending in person.pending_lists if pending != list_id]
    if not person.on_list(list_id):
        return False
    person.lists[list_id].unsubscribed_at = world.state.now
    person.updated_at = world.state.now
    happenings.on_list_left(world, person.id, list_id)
    return True


# --- consent ---


def confirm(world: World, person: Subscriber) -> bool:
    """The click on the opt-in mail: what waited for it happens now."""
    if not person.pending:
        return False
    lists, tags = person.pending_lists, person.pending_tags
    person.pending, person.status = False, "active"
    person.pending_lists, person.pending_tags = [], []
    person.updated_at = world.state.now
    for list_id in lists:
        if list_id in world.state.lists:
            person.lists[list_id] = Membership(world.state.now)
    happenings.on_contact_added(world, person.id, list(person.lists))
    add_tags(world, person, tags, live=True)
    return True
