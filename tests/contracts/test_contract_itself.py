"""The contract would notice: sources broken on purpose fail the claim that is about their fault. And what lies behind
the bundle knows no platform by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters import SOURCES
from migrator.bundle import JsonlAppender
from migrator.model import Consent, ConsentState, Contact
from tests.contracts.source_contract import Contract, Cut, Listener, run
from tests.contracts.test_contract_csv import TestFiles as Files

ROOT = Path(__file__).parents[2]
Change = Callable[[Contact], Contact | None]


def broken(monkeypatch: pytest.MonkeyPatch, folder: Path, change: Change) -> tuple[Any, Any]:
    """A run of the files' case in which every contact goes through `change` (None: lost) on its way to the bundle."""
    honest = JsonlAppender.extend

    def extend(self: Any, records: Iterable[Any]) -> None:
        changed = [change(one) if isinstance(one, Contact) else one for one in records]
        honest(self, [one for one in changed if one is not None])

    monkeypatch.setattr(JsonlAppender, "extend", extend)
    (folder / "source").mkdir()
    case = Files().case(folder / "source")
    return case, run(case, folder)


def test_a_source_that_subscribes_somebody_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    yes = Consent(state=ConsentState.SUBSCRIBED)
    case, bundle = broken(monkeypatch, tmp_path, lambda one: msgspec.structs.replace(one, consent=yes))
    with pytest.raises(AssertionError):
        Contract().test_nobody_is_more_reachable_than_at_the_source(case, bundle)


def test_a_source_that_loses_somebody_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case, bundle = broken(monkeypatch, tmp_path, lambda one: None if one.source_id.endswith("-77") else one)
    with pytest.raises(AssertionError):
        Contract().test_everybody_is_in_the_bundle_and_nobody_else(case, bundle)


def test_a_source_that_tidies_values_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def tidy(one: Contact) -> Contact:
        return msgspec.structs.replace(one, attributes={k: v.lstrip("0") for k, v in one.attributes.items()})

    case, bundle = broken(monkeypatch, tmp_path, tidy)
    with pytest.raises(AssertionError):
        Contract().test_each_person_has_their_tags_and_values_to_the_letter(case, bundle)


def test_a_source_that_tells_addresses_is_noticed(tmp_path: Path) -> None:
    case, listener = Files().case(tmp_path), Listener()
    bundle = run(case, tmp_path / "out", Cut(), listener)
    listener.say(f"reading {next(iter(case.people))}")
    with pytest.raises(AssertionError):
        Contract().test_nothing_told_holds_an_address_or_a_secret(case, (bundle, Cut(), listener))


@pytest.mark.parametrize("stage", ["plan", "load", "verify", "report"])
def test_no_stage_behind_the_bundle_names_a_platform(stage: str) -> None:
    names = re.compile(
        "|".join([*(set(SOURCES) - {"csv", "kit"}), "csvfile", "convertkit", "mailchimp"]), re.IGNORECASE
    )
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "migrator" / stage).rglob("*.py"))
        for line in path.read_text().splitlines()
        if names.search(line)
    ]
    assert found == []
