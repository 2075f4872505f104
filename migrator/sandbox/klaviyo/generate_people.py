"""Made-up profiles: each state of consent and suppression, list opt-outs, phones without an address, odd properties."""

from __future__ import annotations

from random import Random
from typing import Any

from migrator.sandbox.klaviyo.account import Profile, Row

FIRST = ("Nora", "Émile", "Li", "Ana", "O'Neil", "Zoë", "José", "Ян")
LAST = ("Vale", "Dupont", "Wei", "Ångström", "de la Cruz", "")
WHEN = "2023-0{month}-1{day}T08:03:11+00:00"


def profiles(rng: Random, count: int, list_ids: list[str]) -> list[Profile]:
    return [_profile(rng, number, list_ids) for number in range(count)]


def _profile(rng: Random, number: int, list_ids: list[str]) -> Profile:
    row_id = f"01HZ{number:06d}{rng.choice('ABCDEF')}"
    email: str | None = f"person{number}@example.com"
    if number % 17 == 5:
        email = None
    elif number % 19 == 7 and number > 7:
        # The same person twice, differing by case.
        email = f"Person{number - 1}@Example.com"
    moment = WHEN.format(month=rng.randint(1, 9), day=rng.randint(0, 9))
    joined = {one: moment for one in list_ids if rng.random() < 0.2}
    attributes: Row = {
        "email": email,
        "phone_number": f"+4477009{number:05d}" if number % 5 == 0 or email is None else None,
        "external_id": f"cust_{number}" if number % 3 == 0 else None,
        "first_name": rng.choice(FIRST),
        "last_name": rng.choice(LAST) or None,
        "organization": "Vale Ltd" if number % 7 == 0 else None,
        "locale": rng.choice(("en-GB", "fr-FR", None)),
        "title": None,
        "image": None,
        "created": moment,
        "updated": "2024-06-30T17:20:05+00:00",
        "last_event_date": rng.choice((None, "2024-06-29T10:00:00+00:00")),
        "location": _location(rng),
        "properties": _properties(rng, number),
    }
    segments = tuple(one for one in ("SgPro", "SgOpen", "SgRich", "SgNews") if rng.random() < 0.3)
    return Profile(row_id, attributes, _subscriptions(rng, number, moment, list_ids), joined, segments)


def _location(rng: Random) -> Row:
    known = rng.random() < 0.5
    empty = dict.fromkeys(("address1", "address2", "city", "country", "region", "zip", "latitude", "longitude", "ip"))
    if not known:
        return {**empty, "timezone": None}
    return {**empty, "city": rng.choice(("Leeds", "Paris")), "country": rng.choice(("GB", "France")),
            "timezone": rng.choice(("Europe/London", "Europe/Paris"))}  # fmt: skip


def _properties(rng: Random, number: int) -> Row:
    found: Row = {"Plan": rng.choice(("pro", "free")), "$source": rng.choice(("Footer form", -6))}
    if rng.random() < 0.6:
        found["Seats"] = rng.randint(1, 40)
    if rng.random() < 0.5:
        found["Shop Tags"] = rng.sample(["Beta", "EU", "VIP", "Wholesale"], k=rng.randint(0, 3))
    if rng.random() < 0.3:
        found["Renews"] = "2025-01-31"
    if number % 11 == 0:
        found["Nested"] = {"a": {"b": [1, {"c": None}]}, "price": 9.5}
    if number % 13 == 0:
        found["odd key.with dot"] = "x"
    return found


def _subscriptions(rng: Random, number: int, moment: str, list_ids: list[str]) -> Row:
    consent, suppression, lists = "SUBSCRIBED", [], []
    match number % 12:
        case 1:
            consent = "NEVER_SUBSCRIBED"
        case 2:
            consent = "UNSUBSCRIBED"
            suppression = [_suppressed("UNSUBSCRIBE", moment)]
        case 3:
            suppression = [_suppressed("HARD_BOUNCE", moment)]
        case 4:
            suppression = [_suppressed("SPAM_COMPLAINT", moment), _suppressed("USER_SUPPRESSED", moment)]
        case 5:
            suppression = [_suppressed("USER_SUPPRESSED", moment)]
        case 6:
            lists = [{"list_id": rng.choice(list_ids), "reason": "UNSUBSCRIBE", "timestamp": moment}]
        case 7:
            consent, suppression = "NEVER_SUBSCRIBED", [_suppressed("INVALID_EMAIL", moment)]
        case 8:
            suppression = [_suppressed("SOME_NEW_REASON", moment)]
    asked = consent != "NEVER_SUBSCRIBED"
    marketing: dict[str, Any] = {
        "can_receive_email_marketing": not suppression,
        "consent": consent,
        "consent_timestamp": moment if asked else None,
        "last_updated": moment if asked else None,
        "method": rng.choice(("FORM", "MANUAL_IMPORT", "CHECKOUT")) if asked else None,
        "method_detail": None,
        "custom_method_detail": None,
        "double_optin": asked and number % 2 == 0,
        "suppression": suppression,
        "list_suppressions": lists,
    }
    texting = {"can_receive_sms_marketing": number % 10 == 0, "consent_timestamp": None, "method": None,
               "consent": "SUBSCRIBED" if number % 10 == 0 else "NEVER_SUBSCRIBED"}  # fmt: skip
    return {"email": {"marketing": marketing}, "sms": {"marketing": texting}}


def _suppressed(reason: str, moment: str) -> Row:
    return {"reason": reason, "timestamp": moment}
