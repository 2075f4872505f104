"""A row's consent in the platform's order of decision; and a sign that nobody knows is never read as a yes."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from adapters.broadcast.consent import read_consent
from adapters.broadcast.wire import Row
from migrator.model import ConsentState, Suppression

PLAIN = {"id": 1, "email": "ann@example.com", "is_active": True, "unsubscribed_at": None}
LEFT = "2025-05-01T08:00:00Z"


def state(suppressions: tuple[Suppression, ...] = (), **said: Any) -> ConsentState:
    return read_consent(Row({**PLAIN, **said}), suppressions).state


def test_the_first_of_redacted_listed_unsubscribed_and_inactive_decides() -> None:
    for redacted, listed, left, active in product((True, False), (True, False), (LEFT, None), (True, False)):
        entries = (Suppression(email="ann@example.com", state=ConsentState.BOUNCED),) if listed else ()
        wanted = (
            ConsentState.REDACTED
            if redacted
            else ConsentState.BOUNCED
            if listed
            else ConsentState.UNSUBSCRIBED
            if left
            else ConsentState.SUBSCRIBED
            if active
            else ConsentState.INACTIVE
        )
        assert state(entries, redacted=redacted, unsubscribed_at=left, is_active=active) is wanted


@pytest.mark.parametrize(
    "said",
    [
        {"redacted": "maybe"},
        {"redacted": {}},
        {"unsubscribed": True},
        {"bounced_at": LEFT},
        {"complained": "yes"},
        {"suppressed": 1},
        {"deleted_at": LEFT},
    ],
)
def test_a_sign_that_looks_like_a_no_is_never_a_yes_and_nobody_can_vouch_against_it(said: dict[str, Any]) -> None:
    assert state(**said) is ConsentState.INACTIVE


@pytest.mark.parametrize(
    "said",
    [{"confirmation_status": "bounced"}, {"confirmation_status": "?"}, {"is_active": "yes"}, {"is_active": None}],
)
def test_a_word_that_nobody_knows_is_no_yes(said: dict[str, Any]) -> None:
    assert state(**said) is ConsentState.UNKNOWN


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"redacted": None},
        {"redacted": False},
        {"confirmation_status": "unconfirmed"},
        {"confirmation_status": None},
        {"bounced_at": None},
        {"suppressed": False},
        {"unsubscribe_url": "https://mail.acme.test/u/1"},
    ],
)
def test_plain_rows_stay_subscribed(said: dict[str, Any]) -> None:
    assert state(**said) is ConsentState.SUBSCRIBED


def test_a_plain_no_counts_before_a_sign_that_nobody_knows() -> None:
    assert state(unsubscribed_at=LEFT, bounced_at=LEFT) is ConsentState.UNSUBSCRIBED
    assert state(is_active=False, complained=True) is ConsentState.INACTIVE
