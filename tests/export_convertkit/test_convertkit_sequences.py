"""Sequences of Kit: three golden ones, every word of consent, and waits that are never guessed.

`UPDATE_GOLDEN=1` writes the golden sequences anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.convertkit.sequences import read_sequence
from adapters.convertkit.source import CONSENT
from adapters.kit.consent import read_consent
from migrator.model import ConsentState
from migrator.model.steps import SendEmail, Wait, WaitUntilTime
from migrator.sandbox.sources.convertkit import EMAILS, SEQUENCES

GOLDEN = Path(__file__).parent / "golden"
ACCOUNT = {"sending_addresses": [{"email_address": "ana@example.com", "from_name": "Ana"}]}
BY_ID = {row["id"]: row for row in SEQUENCES}


def read(sequence_id: int, email: dict[str, Any] | None = None, **changed: Any) -> Any:
    emails = [row for row in EMAILS if row["sequence_id"] == sequence_id]
    emails = emails if email is None else [{**emails[0], **email}]
    return read_sequence({**BY_ID[sequence_id], **changed}, str(sequence_id), emails, ACCOUNT)


@pytest.mark.parametrize("sequence_id", sorted(BY_ID))
def test_a_sequence_is_the_one_in_the_golden_file(sequence_id: int) -> None:
    found = json.dumps(msgspec.to_builtins(read(sequence_id)), indent=1, ensure_ascii=False) + "\n"
    path = GOLDEN / f"{sequence_id}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found)
    assert found == path.read_text()


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("active", ConsentState.SUBSCRIBED),
        ("inactive", ConsentState.PENDING),
        ("cancelled", ConsentState.UNSUBSCRIBED),
        ("bounced", ConsentState.BOUNCED),
        ("complained", ConsentState.COMPLAINED),
        ("cold", ConsentState.UNKNOWN),
        ("", ConsentState.UNKNOWN),
        (None, ConsentState.UNKNOWN),
    ],
)
def test_each_state_means_one_and_an_unknown_one_is_never_a_yes(word: Any, state: ConsentState) -> None:
    assert read_consent({"state": word}, (CONSENT,)).state is state


def test_emails_go_by_position_and_not_by_the_order_of_the_answer() -> None:
    sent = [step.id for step in read(301).steps if isinstance(step.action, SendEmail)]
    assert sent == ["6001", "6002", "6003"]


def test_days_are_calendar_days_at_the_hour_of_the_sequence() -> None:
    wait = next(step.action for step in read(301).steps if step.id == "6002/wait")
    assert isinstance(wait, WaitUntilTime)
    assert (wait.time, wait.timezone, wait.minimum_seconds) == ("09:00:00", "Europe/London", 86_400 + 9 * 3600)
    assert [str(day) for day in wait.days] == ["monday", "tuesday"]


@pytest.mark.parametrize(
    "email",
    [
        {"delay_unit": "fortnights"},
        {"delay_value": None},
        {"delay_value": -1},
        {"delay_value": -1, "delay_unit": "hours"},
        {"send_days": ["someday"]},
        {"delay_value": "soon", "delay_unit": "hours"},
    ],
)
def test_a_wait_that_cannot_be_read_is_never_no_wait(email: dict[str, Any]) -> None:
    wait = read(301, email).steps[1]
    assert wait.action == Wait(seconds=None)
    assert wait.content_missing == ("seconds",)


def test_an_email_that_is_not_surely_published_is_not_sent() -> None:
    for published in (False, None, "yes"):
        email = read(301, {"published": published}).steps[-1]
        assert email.action.live is False


def test_people_whom_kit_leaves_out_are_not_forgotten() -> None:
    assert read(301).unread_limits == ("excluded tag: 51",)
