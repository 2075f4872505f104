"""Which account the key opens, and its time zone; also without the permission to ask."""

from __future__ import annotations

from adapters.base import PageStore, Probe
from adapters.klaviyo.client import ACCOUNTS, REVISION, Klaviyo
from adapters.klaviyo.wire import attributes_of, filled, identity, part, rows
from migrator.errors import AuthError
from migrator.model import Raw

DOOR = "api"
ACCOUNT = "account"


def probe(api: Klaviyo) -> tuple[Probe, Raw]:
    """The account, and what it says of itself. A refused key raises AuthError; a missing permission is a warning."""
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
    return found, told


def account_in(store: PageStore) -> Raw:
    """As `fetch` noted it, so that translating needs no network."""
    return part(store.note(ACCOUNT))


def timezone_in(store: PageStore) -> str | None:
    return filled(account_in(store).get("timezone"))
