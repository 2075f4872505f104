"""Which account the key opens and its time zone, also without the permission to ask; and what the key may read."""

from __future__ import annotations

from typing import Any

from adapters.base import PageStore, Probe
from adapters.kit.wire import attributes_of, filled, identity, part, rows
from adapters.klaviyo.client import (
    ACCOUNTS,
    CAMPAIGNS,
    CHANNEL,
    FLOWS,
    LABELS,
    LISTS,
    METRICS,
    PROFILES,
    REVISION,
    SEGMENTS,
    TEMPLATES,
    Endpoint,
    Klaviyo,
)
from migrator.errors import AuthError, NotFound, Rejected
from migrator.model import Raw

DOOR = "api"
ONE = {"page[size]": 1}
_QUESTIONS: tuple[tuple[Endpoint, dict[str, Any], str, str], ...] = (
    (PROFILES, ONE | {"additional-fields[profile]": "subscriptions"}, PROFILES.scope, "people with their consent"),
    (LISTS, {}, LISTS.scope, "lists"),
    (SEGMENTS, {}, SEGMENTS.scope, "segments"),
    (METRICS, {}, METRICS.scope, "the names of events, which flows start with"),
    (FLOWS, ONE, FLOWS.scope, "flows"),
    (TEMPLATES, {}, TEMPLATES.scope, "templates and the emails of flows"),
    (CAMPAIGNS, {"filter": CHANNEL}, CAMPAIGNS.scope, "one-off mailings"),
    (LABELS, {}, LABELS.scope, "labels"),
)
"""Endpoint, the smallest question, its scope, and what an export without it lacks."""
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


def permissions(api: Klaviyo) -> list[str]:
    """What the key may not read, in words: one small question to each collection, since no call tells the scopes."""
    found = []
    for endpoint, params, scope, loses in _QUESTIONS:
        try:
            api.get(endpoint, params=params)
        except AuthError as error:
            if error.problem.status == 401:
                raise
            found.append(f"The key may not read {loses}: give it {scope}.")
            if endpoint is PROFILES:
                found[-1] += " Without it there is no export."
        except (NotFound, Rejected) as error:
            found.append(f"It could not be found out whether the key may read {loses}: {error.problem.message}")
    return found


def account_in(store: PageStore) -> Raw:
    """As `fetch` noted it, so that translating needs no network."""
    return part(store.note(ACCOUNT))


def timezone_in(store: PageStore) -> str | None:
    return filled(account_in(store).get("timezone"))
