"""Builds local Broadcast servers and clients for these tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import msgspec

from migrator.sandbox.broadcast.account import (
    ADMIN_KEY,
    READ_KEY,
    WRITE_KEY,
    Account,
    Sequence,
    Subscriber,
    usual_tokens,
)
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.broadcast.generate_sequences import Maker
from migrator.sandbox.broadcast.switches import Profile, Switches
from migrator.sandbox.web import mock_transport

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
KEYS = {"read": READ_KEY, "write": WRITE_KEY, "admin": ADMIN_KEY}


@cache
def _made() -> bytes:
    return msgspec.json.encode(generate())


def account() -> Account:
    """A fresh copy of one made-up account with every construct."""
    return msgspec.json.decode(_made(), type=Account)


def sandbox(profile: Profile = "current", data: Account | None = None, **switches: Any) -> BroadcastSandbox:
    chosen = Switches.for_profile(profile)
    for name, value in switches.items():
        assert hasattr(chosen, name), name
        setattr(chosen, name, value)
    return BroadcastSandbox(data or account(), profile=profile, switches=chosen)


def client(app: BroadcastSandbox, key: str = "read") -> httpx.Client:
    headers = {"authorization": f"Bearer {KEYS.get(key, key)}"}
    return httpx.Client(transport=mock_transport(app), base_url="http://bc.test", headers=headers)


def get(app: BroadcastSandbox, path: str, key: str = "read") -> Any:
    answer = client(app, key).get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    return answer.json()


def small(build: Callable[[Maker], None], *more: Callable[[Maker], None], people: int = 1, **settings: Any) -> Account:
    """People without any past, and sequences 7, 8, ... as the builders write them; `settings` are the first one's."""
    made = Account(channel={"id": 3, "name": "Acme", "slug": "acme", "sender_email": "hi@acme.test"}, now=NOW)
    made.tokens = usual_tokens()
    for index in range(people):
        made.subscribers.append(
            Subscriber(id=index + 1, email=f"p{index + 1}@example.com", created_at=NOW - timedelta(9))
        )
    step_id = 100
    for index, one in enumerate((build, *more)):
        maker = Maker()
        one(maker)
        for step in maker.steps:
            step["id"] += step_id
            step["parent_id"] = None if step["parent_id"] is None else step["parent_id"] + step_id
        step_id += 100
        sequence = Sequence(id=7 + index, label=f"S{7 + index}", created_at=NOW, updated_at=NOW, steps=maker.steps)
        for name, value in (settings if index == 0 else {}).items():
            setattr(sequence, name, value)
        made.sequences.append(sequence)
    return made
