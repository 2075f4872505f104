"""Broadcast keeps the contract of sources: a made-up channel on the local server, read through the real client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from adapters.broadcast.source import BroadcastSource
from migrator.model import ConsentState
from migrator.sandbox.broadcast.account import ADMIN_KEY, Account
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock
from migrator.transport.retry import Patience
from tests.contracts.source_contract import HOSTILE_TAGS, HOSTILE_VALUES, Case, Contract, Cut, Person
from tests.export_broadcast.export_support import account_of

REASONS = {"provider_bounce": ConsentState.BOUNCED, "provider_complaint": ConsentState.COMPLAINED}


class TestBroadcast(Contract):
    def case(self, folder: Path) -> Case:
        account = account_of(120, 2)
        for number, person in enumerate(account.subscribers):
            person.tags = sorted({*person.tags, HOSTILE_TAGS[number % len(HOSTILE_TAGS)]})
            person.custom_data = {**(person.custom_data or {}), "note": HOSTILE_VALUES[number % len(HOSTILE_VALUES)]}
            person.redacted = False
        app = BroadcastSandbox(
            account, profile="current", switches=Switches.for_profile("current"), monotonic=FakeClock().monotonic
        )

        def opened(cut: Cut) -> Any:
            return BroadcastSource().open(
                {
                    "BROADCAST_HOST": "http://localhost/api/v1/",
                    "BROADCAST_API_TOKEN": ADMIN_KEY,
                    "BROADCAST_CHANNEL_ID": "3",
                },
                clock=FakeClock(account.now),
                http_transport=Counting(app, cut),
                patience=Patience(attempts=5, first_delay=0.1),
            )

        return Case(
            source=BroadcastSource(),
            open=opened,
            people=people_of(account),
            sequences=frozenset(str(one.id) for one in account.sequences),
            templates=frozenset(str(one["id"]) for one in account.templates),
            steps={
                str(one.id): len([step for step in one.steps if step["action"] != "condition_branch"])
                for one in account.sequences
            },
            methods=lambda: [seen.method for seen in app.requests],
            secrets=(ADMIN_KEY,),
            clock=lambda: FakeClock(account.now),
        )


class Counting(httpx.BaseTransport):
    """Tells the cut of each request before the server sees it."""

    def __init__(self, app: BroadcastSandbox, cut: Cut) -> None:
        self._inner, self._cut = mock_transport(app), cut

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._cut()
        return self._inner.handle_request(request)


def people_of(account: Account) -> dict[str, Person]:
    local = {row.email.lower() for row in account.suppressions}
    everywhere = {
        row.email.lower(): REASONS.get(row.source or "", ConsentState.SUPPRESSED) for row in account.global_suppressions
    }
    found: dict[str, Person] = {}
    for one in account.subscribers:
        email = one.email.lower()
        active = ConsentState.SUBSCRIBED if one.is_active else ConsentState.INACTIVE
        states = [ConsentState.UNSUBSCRIBED if one.unsubscribed_at is not None else active]
        states += [ConsentState.SUPPRESSED] if email in local else []
        states += [everywhere[email]] if email in everywhere else []
        found[email] = Person(ConsentState.narrowest(*states), frozenset(one.tags), dict(one.custom_data or {}))
    for email in local | set(everywhere):
        states = [ConsentState.SUPPRESSED] if email in local else []
        states += [everywhere[email]] if email in everywhere else []
        found.setdefault(email, Person(ConsentState.narrowest(*states)))
    return found
