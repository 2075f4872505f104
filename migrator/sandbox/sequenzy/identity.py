"""Finds the contact a call speaks of, by email or externalId, and creates it where the contract says so."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy import consent, names, people
from migrator.sandbox.sequenzy.people import Profile
from migrator.sandbox.sequenzy.refusals import conflict, missing, wrong
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.world import World


def look_up(world: World, email: str | None, external_id: str | None) -> Subscriber | None:
    """The one contact that both name; 409 when they name two."""
    by_email = world.state.by_email(email)
    by_external = world.state.by_external(external_id)
    if by_email and by_external and by_email is not by_external:
        raise conflict("externalId is already used by another subscriber")
    return by_email or by_external


def by_email(world: World, email: str) -> Subscriber:
    found = world.state.by_email(email)
    if found is None:
        raise missing("Subscriber")
    return found


def by_external(world: World, external_id: str | None) -> Subscriber:
    if not external_id or not external_id.strip():
        raise wrong("externalId", "externalId is required")
    found = world.state.by_external(external_id)
    if found is None:
        raise missing("Subscriber")
    return found


def check_email(email: str | None, path: str = "email") -> None:
    if email is not None and not names.plausible_email(names.normalise_email(email)):
        raise wrong(path, "Invalid email address")


def find_or_create(world: World, profile: Profile) -> tuple[Subscriber, bool]:
    """For tag and event calls: unknown contacts join the default lists, live; of known ones empty fields are filled."""
    if not (profile.email and profile.email.strip()) and not (profile.external_id and profile.external_id.strip()):
        raise wrong("email", "email or externalId is required")
    check_email(profile.email)
    found = look_up(world, profile.email, profile.external_id)
    if found is not None:
        people.fill(world, found, profile, "merge", live=True)
        return found, False
    if not profile.email:
        raise missing("Subscriber")
    if world.state.settings.double_opt_in:
        world.need("automations:trigger")  # An opt-in mail goes out.
    return people.create(world, profile, live=True), True


def opt_in_answer(world: World, person: Subscriber, created: bool) -> dict[str, Any]:
    """`optIn` while a confirmation is pending; a freshly created contact has just been mailed."""
    if not person.pending:
        return {}
    queued = created or consent.ask_confirmation(world, person)
    return {"optIn": {"required": True, "emailQueued": queued}}
