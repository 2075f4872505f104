"""`migrate doctor` on a Klaviyo key: which account, what the key may not read, and never anything but reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from adapters.klaviyo.client import REVISION
from migrator.cli.main import main
from migrator.sandbox.klaviyo.account import DEFAULT_KEY, SCOPES
from migrator.sandbox.klaviyo.app import KlaviyoSandbox
from migrator.sandbox.klaviyo.generate import generate
from migrator.sandbox.klaviyo.switches import Fault, Switches
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY as TARGET_KEY
from migrator.sandbox.server import serving

ELSEWHERE = ("BROADCAST_HOST", "BROADCAST_API_TOKEN", "BROADCAST_CHANNEL_ID", "SEQUENZY_API_KEY", "SEQUENZY_API_URL")


class Practice:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.app: KlaviyoSandbox

    def doctor(self, *arguments: str, key: str = DEFAULT_KEY, **switches: Any) -> Result:
        self.app = KlaviyoSandbox(generate(5, flows=1), switches=Switches(**switches))
        url = self._stack.enter_context(serving(self.app))
        environment = dict.fromkeys(ELSEWHERE, None) | {"KLAVIYO_API_KEY": key, "KLAVIYO_API_URL": url}
        command = ["-C", str(self.folder), "doctor", *arguments]
        result = CliRunner().invoke(main, command, env=environment, catch_exceptions=False)
        assert self.app.writes == []
        assert key not in result.output
        return result


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    with ExitStack() as stack:
        yield Practice(tmp_path, stack)


def without(*scopes: str) -> tuple[str, ...]:
    assert set(scopes) <= set(SCOPES)
    return tuple(scope for scope in SCOPES if scope not in scopes)


def test_a_sound_key_is_told_with_its_account_revision_and_the_next_command(practice: Practice) -> None:
    told = practice.doctor("klaviyo")
    assert told.exit_code == 0, told.output
    for word in ("klaviyo: reachable", "Acme Candles", REVISION, "Europe/Paris", "all that an export reads"):
        assert word in told.stdout
    assert "export klaviyo" in told.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("scope", "loses"),
    [
        ("lists:read", "lists"),
        ("segments:read", "segments"),
        ("metrics:read", "the names of events"),
        ("flows:read", "flows"),
        ("templates:read", "templates"),
        ("campaigns:read", "one-off mailings"),
        ("tags:read", "labels"),
        ("accounts:read", "the account"),
    ],
)
def test_each_missing_scope_is_named_with_what_is_lost(practice: Practice, scope: str, loses: str) -> None:
    told = practice.doctor("klaviyo", scopes=without(scope))
    assert told.exit_code == 3, told.output
    [line] = [line for line in told.stdout.splitlines() if "! The key may not read" in line]
    assert scope in line
    assert loses in line


@pytest.mark.parametrize("scope", ["profiles:read", "subscriptions:read"])
def test_a_key_that_may_not_read_people_with_their_consent_cannot_export(practice: Practice, scope: str) -> None:
    told = practice.doctor("klaviyo", scopes=without(scope))
    assert told.exit_code == 3
    [line] = [line for line in told.stdout.splitlines() if "people with their consent" in line]
    assert "profiles:read and subscriptions:read" in line
    assert "there is no export" in line


@pytest.mark.parametrize("key", ["pk_wrong_0000000000", "AbC123"])
def test_a_wrong_or_public_key_is_one_sentence(practice: Practice, key: str) -> None:
    told = practice.doctor("klaviyo", key=key)
    assert told.exit_code == 1
    [line] = told.stderr.splitlines()
    assert "Klaviyo does not accept the key" in line
    assert "begins with pk_" in line
    assert "data.:" not in line


def test_a_retired_revision_asks_for_a_newer_tool(practice: Practice) -> None:
    told = practice.doctor("klaviyo", oldest_revision="2027-01-15", newest_revision="2028-01-15")
    assert told.exit_code == 1
    assert "update the tool" in told.stderr


def test_an_outage_of_one_collection_does_not_pass_for_a_permission(practice: Practice) -> None:
    told = practice.doctor("klaviyo", faults=[Fault(kind="404", route="/api/templates", always=True)])
    assert told.exit_code == 3
    assert "could not be found out whether the key may read templates" in told.stdout
    assert "may not read" not in told.stdout


def test_without_names_klaviyo_is_looked_at_when_its_key_is_set(practice: Practice) -> None:
    told = practice.doctor("--json")
    facts = json.loads(told.stdout)
    assert set(facts["platforms"]) == {"klaviyo", "sequenzy"}
    assert facts["platforms"]["klaviyo"]["ok"] is True
    assert facts["platforms"]["sequenzy"]["ok"] is False
    assert told.exit_code == facts["exit"] == 1


def test_a_source_of_files_needs_no_key(practice: Practice) -> None:
    told = practice.doctor("csv")
    assert told.exit_code == 0
    assert "it reads files" in told.stdout


def test_source_and_target_together_are_ready_for_an_export(practice: Practice, tmp_path: Path) -> None:
    with serving(SequenzySandbox()) as url:
        (tmp_path / ".env").write_text(f"SEQUENZY_API_KEY={TARGET_KEY}\nSEQUENZY_API_URL={url}\n")
        told = practice.doctor()
    assert told.exit_code == 0, told.output
    assert "sequenzy: reachable" in told.stdout
    assert "export klaviyo" in told.stdout.splitlines()[-1]
