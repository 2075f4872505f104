"""A difference names the reason that came or went, not one that was there before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from pa_accounts import written

from migrator.bundle import Bundle
from migrator.model import Consent, ConsentState, Contact, EmailContent, Sequence, Step
from migrator.model.sequences import TagAdded
from migrator.model.steps import CallWebhook, SendEmail
from migrator.plan.diff import Standing, differences
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan

MAIL = EmailContent(subject="Hi", body="<p>{{ first_name | shout }} {{ month }}</p>")
FLOW = Sequence(
    source_id="7",
    name="S",
    triggers=(TagAdded(tag="new"),),
    steps=(Step(id="1", label="Mail", action=SendEmail(content=MAIL)),),
    unread_limits=("excluded segment ids: 3", "topic: Offers"),
)
CALL = Sequence(
    source_id="8",
    name="Calls",
    triggers=(TagAdded(tag="new"),),
    steps=(Step(id="1", label="Ping", action=CallWebhook(url="http://a.example.com", method="POST", body="no json")),),
)


def bundle(place: Path, *flows: Sequence) -> Bundle:
    ann = Contact(source_id="1", email="a@example.com", consent=Consent(state=ConsentState.SUBSCRIBED))
    return written(place, contacts=[ann], sequences=flows or (FLOW, CALL))


def standing(one: Bundle, settings: dict[str, Any], place: Path) -> Standing:
    make_plan(one, settings, place)
    return Standing.of(OpenPlan.open(place))


def told(place: Path, new: dict[str, Any], old: dict[str, Any] | None = None) -> list[str]:
    one = bundle(place / "bundle")
    return differences(standing(one, old or {}, place / "old"), standing(one, new, place / "new"))


def of(name: str, told_: list[str]) -> str:
    (line,) = [line for line in told_ if line.startswith(name)]
    return line


@pytest.mark.slow
def test_a_reason_that_was_there_before_is_not_told_as_new(tmp_path: Path) -> None:
    line = of("Step Mail of S", told(tmp_path, {"merge_tags": {"replacements": {"month": "May"}}}))
    assert line.startswith("Step Mail of S is manual as before, for another reason: Your replacement stands")


@pytest.mark.slow
def test_a_reason_that_is_gone_is_told(tmp_path: Path) -> None:
    before = standing(bundle(tmp_path / "first"), {}, tmp_path / "old")
    less = bundle(tmp_path / "bundle", structs.replace(FLOW, unread_limits=("topic: Offers",)))
    line = of("Sequence S", differences(before, standing(less, {}, tmp_path / "new")))
    assert "is manual as before, no longer because: Your old platform keeps" in line
    assert "excluded segment ids: 3" in line


def test_what_an_answer_leaves_open_is_the_reason_that_is_told(tmp_path: Path) -> None:
    line = of("Step Ping of Calls", told(tmp_path, {"steps": {"8/1": {"url": "https://a.example.com"}}}))
    assert line.startswith("Step Ping of Calls is manual as before, for another reason: The body")


@pytest.mark.slow
def test_a_limit_that_is_settled_and_one_that_is_new_are_both_told(tmp_path: Path) -> None:
    said = {"sequences": {"7": {"audience_settled": {"topic: Offers": True}}}}
    line = of("Sequence S", told(tmp_path / "settled", said))
    assert "you said that this is settled" in line
    other = bundle(tmp_path / "bundle", structs.replace(FLOW, unread_limits=("excluded segment ids: 3, 5",)))
    before = standing(bundle(tmp_path / "first", FLOW), {}, tmp_path / "old")
    line = of("Sequence S", differences(before, standing(other, {}, tmp_path / "new")))
    assert "for another reason: Something else decides" in line
    assert "3, 5" in line


@pytest.mark.slow
def test_people_are_named_in_words(tmp_path: Path) -> None:
    assert "Changed: active people." in told(tmp_path, {"existing_people": "skip"})
