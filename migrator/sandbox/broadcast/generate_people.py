"""Believable people in every state of consent, one after the other, from a seeded random source.

The first few dozen go through all states and all awkward values in turn, so that small accounts have them too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from migrator.sandbox.broadcast.account import Subscriber, Suppression

FIRST_ID = 1001
_FIRST = (
    *("Ada", "Grace", "Linus", "Chloé", "Zoë", "Łukasz", "Søren", "José", "Иван", "美咲", "أمل", "Niamh"),
    *("Björn", "Mei-Ling", "O'Neil", "Anaïs", "Jürgen", "Priya", "Tomás", "Ines", "Kwame", "Yuki", "Sam", "Robin"),
)
_LAST = (
    *("Byron", "Hopper", "Müller", "García", "Nguyễn", "O'Brien", "d'Angelo", "Åberg", "Иванова", "佐藤", "Smith"),
    *("van der Berg", "Ó Súilleabháin", "Kowalski", "Nakamura", "Okafor", "Silva", "Novák", "Haddad", "Lee"),
)
_AWKWARD_NAMES: tuple[tuple[str | None, str | None], ...] = (
    ("=cmd()", "+SUM(A1:A9)"),
    ("<script>alert(1)</script>", "</td>"),
    ("NA", "null"),
    ("null", "None"),
    ("", ""),
    (None, None),
    ("{{ first_name }}", "{% if true %}"),
    ("  padded  ", "tab\there"),
    ("line\nbreak", 'quote"comma,'),
    ("👩‍🚀", "\u202eright-to-left"),
    ("@channel", "-1+1"),
    ("A" * 300, "Zz"),
)
_AWKWARD_DATA: tuple[dict[str, Any] | None, ...] = (
    {"account_number": "000123", "zip": "01234"},
    {"external_id": 9007199254740993, "sku": "1e5"},
    {"org": {"name": "Acme & Söhne", "address": {"city": "Zürich", "geo": [47.37, 8.54]}}},
    {"note": '=HYPERLINK("https://evil.test")', "nothing": None, "empty": "", "zero": 0, "off": False},
    {"dotted.key": 1, "Key With Spaces": "yes", "ключ": "значение"},
    {"list": ["a", "b", None], "mixed": [1, "2", {"three": 3}]},
    {},
    None,
)
_TAGS = ("trial", "vip", "customer", "Newsletter", "newsletter", "webinar-2025", "été", "cold", "beta 🚀", "lead")
_SOURCES = ("api_subscription", "import", "form", "web_form", "website", "api", "manual", None)

STATES = {
    "subscribed": 66,
    "unconfirmed": 10,
    "unsubscribed": 8,
    "unsubscribed_but_active": 2,
    "deactivated": 3,
    "bounced": 2,
    "complained": 1,
    "suppressed_in_channel": 2,
    "suppressed_everywhere": 1,
    "confirmation_pending": 2,
    "topic_off": 2,
    "redacted": 1,
}
"""How people stand, with their shares."""


class Person(NamedTuple):
    state: str
    row: Subscriber
    suppression: Suppression | None = None
    everywhere: bool = False


def people(count: int, seed: int, now: datetime) -> Iterator[Person]:
    rng = random.Random(f"people {seed}")  # noqa: S311 - made-up people, no secret
    states, weights = list(STATES), list(STATES.values())
    for index in range(count):
        state = states[index % len(states)] if index < 4 * len(states) else rng.choices(states, weights)[0]
        yield _person(index, state, rng, now)


def _person(index: int, state: str, rng: random.Random, now: datetime) -> Person:
    created = now - timedelta(days=rng.randint(3, 900), seconds=rng.randrange(86400))
    first, last = _name(index, rng)
    row = Subscriber(
        id=FIRST_ID + index,
        email=_email(index, first, last, rng),
        created_at=created,
        first_name=first,
        last_name=last,
        ip_address=f"203.0.113.{rng.randrange(256)}" if rng.random() < 0.7 else None,
        source=rng.choice(_SOURCES),
        subscribed_at=created - timedelta(days=rng.choice((0, 0, 0, 400))),
        confirmed_at=created + timedelta(minutes=rng.randint(1, 600)),
        tags=sorted(rng.sample(_TAGS, rng.choice((0, 1, 1, 2, 3)))),
        custom_data=_data(index, rng),
    )
    return _in_state(state, row, rng, now)


def _in_state(state: str, row: Subscriber, rng: random.Random, now: datetime) -> Person:
    left = row.created_at + (now - row.created_at) * rng.uniform(0.1, 0.98)
    if state in ("unconfirmed", "confirmation_pending"):
        row.confirmed_at = None
    if state == "confirmation_pending":
        row.source, row.tags = "form", [*row.tags, "awaiting-confirmation"]
    if state in ("unsubscribed", "unsubscribed_but_active", "bounced", "complained"):
        row.unsubscribed_at = left
        row.is_active = state == "unsubscribed_but_active"
    if state == "deactivated":
        row.is_active = False
    if state == "topic_off":
        row.custom_data = {**(row.custom_data or {}), "product_news": False}
    if state == "redacted":
        row.redacted, row.is_active, row.unsubscribed_at = True, False, left
        row.email, row.first_name, row.last_name = f"redacted-{row.id}@redacted.test", None, None
        row.ip_address, row.custom_data, row.tags = None, {}, []
    sources = {"bounced": "provider_bounce", "complained": "provider_complaint"}
    if state in sources or state.startswith("suppressed"):
        everywhere = state != "suppressed_in_channel"
        source = sources.get(state, rng.choice(("manual", "import", "api"))) if everywhere else None
        found = Suppression(id=row.id, email=row.email.lower(), created_at=left, source=source)
        return Person(state, row, found, everywhere)
    return Person(state, row)


def _name(index: int, rng: random.Random) -> tuple[str | None, str | None]:
    # One awkward name in every seventh row at first, so that they meet different states.
    turn, rest = divmod(index, 7)
    if rest == 3 and turn < 2 * len(_AWKWARD_NAMES):
        return _AWKWARD_NAMES[turn % len(_AWKWARD_NAMES)]
    return rng.choice(_FIRST), rng.choice(_LAST) if rng.random() < 0.9 else None


def _email(index: int, first: str | None, last: str | None, rng: random.Random) -> str:
    plain = "".join(letter for letter in f"{first}.{last}" if letter.isascii() and (letter.isalpha() or letter == "."))
    local = f"{plain.lower().strip('.')[:20] or 'reader'}{index}"
    domain = rng.choice(("example.com", "mail.test", "acme.test", "xn--mnchen-3ya.test"))
    if index % 11 == 5:
        return f"{local.title()}@{domain.upper() if index % 2 else domain}"
    if index % 13 == 4:
        return f"{local}+news@{domain}"
    return f"{local}@{domain}"


def _data(index: int, rng: random.Random) -> dict[str, Any] | None:
    turn, rest = divmod(index, 5)
    if rest == 2 and turn < 4 * len(_AWKWARD_DATA):
        return _AWKWARD_DATA[turn % len(_AWKWARD_DATA)]
    data: dict[str, Any] = {"plan": rng.choices(("free", "pro", "team", "enterprise"), (60, 25, 12, 3))[0]}
    if rng.random() < 0.5:
        data |= {"seats": rng.randint(1, 400), "mrr": round(rng.uniform(0, 990), 2)}
    if rng.random() < 0.3:
        data |= {
            "trial_ends_on": f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
            "is_owner": rng.random() < 0.5,
        }
    if rng.random() < 0.2:
        data |= {"org": {"name": f"Org {rng.randrange(900)}", "size": rng.choice(("1-10", "11-50"))}}
    if rng.random() < 0.3:
        data["product_news"] = True
    return data
