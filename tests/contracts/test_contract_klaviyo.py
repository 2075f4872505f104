"""Klaviyo keeps the contract of sources: a made-up account on the local server, read through the real client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from adapters.klaviyo.source import KlaviyoSource
from migrator.model import ConsentState
from migrator.sandbox.klaviyo.account import DEFAULT_KEY, Account, Row
from migrator.sandbox.klaviyo.app import KlaviyoSandbox
from migrator.sandbox.klaviyo.generate import generate
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock
from migrator.transport.retry import Patience
from tests.contracts.source_contract import BEGIN, HOSTILE_TAGS, HOSTILE_VALUES, Case, Contract, Cut, Person

TAGS = "Shop Tags"
REASONS = {
    "UNSUBSCRIBE": ConsentState.UNSUBSCRIBED,
    "HARD_BOUNCE": ConsentState.BOUNCED,
    "INVALID_EMAIL": ConsentState.BOUNCED,
    "SPAM_COMPLAINT": ConsentState.COMPLAINED,
}


class TestKlaviyo(Contract):
    def case(self, folder: Path) -> Case:
        account = generate(130, seed=2)
        for number, person in enumerate(account.profiles):
            properties = person.attributes["properties"]
            properties[TAGS] = [*properties.get(TAGS, ()), HOSTILE_TAGS[number % len(HOSTILE_TAGS)]]
            properties["note"] = HOSTILE_VALUES[number % len(HOSTILE_VALUES)]
        app = KlaviyoSandbox(account, monotonic=FakeClock().monotonic)
        app.switches.enforce_limits = False

        def opened(cut: Cut) -> Any:
            return KlaviyoSource().open(
                {
                    "KLAVIYO_API_KEY": DEFAULT_KEY,
                    "KLAVIYO_API_URL": "http://localhost",
                    "KLAVIYO_TAG_PROPERTIES": TAGS,
                },
                clock=FakeClock(BEGIN),
                http_transport=Counting(app, cut),
                patience=Patience(attempts=5, first_delay=0.1),
            )

        return Case(
            source=KlaviyoSource(),
            open=opened,
            people=people_of(account),
            sequences=frozenset(flow["id"] for flow in account.flows),
            templates=frozenset(row["id"] for row in account.templates),
            steps={flow["id"]: 1 + sum(map(steps_of, flow["definition"]["actions"])) for flow in account.flows},
            rejected=sum(one.attributes["email"] is None for one in account.profiles),
            methods=lambda: [seen.method for seen in app.requests],
            secrets=(DEFAULT_KEY, "s3cr3t"),
        )


class Counting(httpx.BaseTransport):
    """Tells the cut of each request before the server sees it."""

    def __init__(self, app: KlaviyoSandbox, cut: Cut) -> None:
        self._inner, self._cut = mock_transport(app), cut

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._cut()
        return self._inner.handle_request(request)


def steps_of(action: Row) -> int:
    """A step each; each further change of a profile is one more, and so is the filter of an email."""
    data = action["data"]
    filtered = bool((data.get("message") or {}).get("additional_filters"))
    return max(1, len(data.get("profile_operations", ()))) + filtered


def people_of(account: Account) -> dict[str, Person]:
    found: dict[str, Person] = {}
    for one in sorted(account.profiles, key=lambda profile: profile.id):
        told = one.attributes
        if told["email"] is None:
            continue
        key = told["email"].lower()
        before = found.get(key, Person(ConsentState.SUBSCRIBED))
        marketing = one.subscriptions["email"]["marketing"]
        states = [ConsentState(marketing["consent"].lower()), before.state]
        states += [REASONS.get(item["reason"], ConsentState.SUPPRESSED) for item in marketing["suppression"]]
        own = {k: value for k, value in told["properties"].items() if not k.startswith("$") and k != TAGS}
        found[key] = Person(
            ConsentState.narrowest(*states),
            before.tags | frozenset(told["properties"][TAGS]),
            {**before.attributes, **own},
        )
    return found
