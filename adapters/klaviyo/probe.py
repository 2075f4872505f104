"""Which account the key opens, and its time zone; also without the permission to ask."""

from __future__ import annotations

from adapters.base import PageStore, Probe
from adapters.klaviyo.client import ACCOUNTS, REVISION, Klaviyo
from adapters.klaviyo.wire import attributes_of, filled, identity, part, rows
from migrator.errors import AuthError

DOOR = "api"
ZONE = "timezone"


def probe(api: Klaviyo) -> tuple[Probe, str | None]:
    """The account, and its time zone. A refused key raises AuthError; a missing permission is a warning."""
    warnings: list[str] = []
    try:
        account = next(iter(rows(api.get(ACCOUNTS).get("data"))), {})
    except AuthError as error:
        if error.problem.status == 401:
            raise
        account = {}
        warnings.append(
            "The key may not read the account (accounts:read): its time zone is not known, and waits until an hour of "
            "the day need one."
        )
    told = attributes_of(account)
    own_id = identity(account.get("id"))
    contact = part(told.get("contact_information"))
    zone, name = filled(told.get("timezone")), filled(contact.get("organization_name"))
    facts = [("account", f"{name or 'unnamed'} ({own_id or 'not told'})"), ("revision", REVISION)]
    facts += [("time zone", zone)] if zone else []
    if told.get("test_account") is True:
        warnings.append("This is a test account.")
    found = Probe(
        identity=f"{api.url} account {own_id or 'of key ' + api.fingerprint}",
        host=api.url,
        account=name,
        door=DOOR,
        version=REVISION,
        facts=tuple(facts),
        warnings=tuple(warnings),
    )
    return found, zone


def timezone_in(store: PageStore) -> str | None:
    """As an earlier `fetch` noted it, so that translating needs no network."""
    return filled(store.note(ZONE))
