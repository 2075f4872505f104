"""`PATCH /subscribers/...`: the one call that may change a status for real, in either direction."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from migrator.sandbox.sequenzy import consent, identity, names, people
from migrator.sandbox.sequenzy.bodies import given, need_short, valid_zone
from migrator.sandbox.sequenzy.people_bodies import UpdatePerson
from migrator.sandbox.sequenzy.refusals import conflict, shaped, wrong
from migrator.sandbox.sequenzy.state import Subscriber
from migrator.sandbox.sequenzy.world import World


def change(world: World, person: Subscriber, body: dict[str, Any]) -> None:
    """Everything is checked before anything is written."""
    wish = shaped(body, UpdatePerson)
    _check(world, person, wish)
    state = world.state
    state.unindex(person)
    if isinstance(wish.email, str):
        person.email = names.normalise_email(wish.email)
    if wish.external_id is not UNSET:
        person.external_id = (given(wish.external_id) or "").strip() or None
    state.index(person)
    for name in ("first_name", "last_name", "timezone", "phone_country"):
        value = getattr(wish, name)
        if value is not UNSET:
            setattr(person, name, value or None)
    if wish.phone is not UNSET:
        phone = given(wish.phone)
        person.phone = names.clean_phone(phone) if phone else None
    if wish.sms_consent is not UNSET:
        person.sms_status = "subscribed" if wish.sms_consent else "unsubscribed"
    if isinstance(wish.custom_attributes, dict):
        kept = person.attributes if wish.custom_attributes_strategy == "merge" else {}
        person.attributes = {**kept, **wish.custom_attributes}
    if isinstance(wish.tags, list):
        wanted = {names.normalise_tag(tag) for tag in wish.tags}
        people.remove_tags(world, person, [tag for tag in person.tags if tag not in wanted], live=True)
        people.add_tags(world, person, wish.tags, live=True)
    person.updated_at = state.now
    _set_status(world, person, given(wish.status))


def _check(world: World, person: Subscriber, wish: UpdatePerson) -> None:
    email, external = given(wish.email), given(wish.external_id)
    if email is not None:
        identity.check_email(email)
        if world.state.by_email(email) not in (None, person):
            raise conflict("email is already used by another subscriber")
    if external and world.state.by_external(external) not in (None, person):
        raise conflict("externalId is already used by another subscriber")
    for name in ("first_name", "last_name", "external_id"):
        need_short(given(getattr(wish, name)), name)
    zone, phone = given(wish.timezone), given(wish.phone)
    if zone and not valid_zone(zone):
        raise wrong("timezone", "timezone must be an IANA time zone")
    if given(wish.phone_country) and not phone:
        raise wrong("phoneCountry", "phoneCountry needs phone")
    if phone and not names.plausible_phone(phone):
        raise wrong("phone", "Invalid phone number")


def _set_status(world: World, person: Subscriber, status: str | None) -> None:
    if status == "complained":
        consent.complain(world, person)
    elif status == "unsubscribed":
        consent.unsubscribe(world, person)
    elif status == "bounced":
        consent.bounce(world, person)
    elif status == "active" and person.status != "active":
        consent.reactivate(world, person)
