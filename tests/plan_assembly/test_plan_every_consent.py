"""Consent, without chance: every policy that mappings.toml can say, against every state of one row, every order of two
rows, every set of three, and every word of a do-not-send list beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

import pytest
from pa_accounts import written

from migrator.bundle import Bundle
from migrator.model import Consent, ConsentState, Contact, ContactList, ListMembership, Suppression
from migrator.plan.answers.schema import Others, UnknownPeople
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import AddMembers, ImportPeople

S = ConsentState
SAID_NO = frozenset({S.COMPLAINED, S.BOUNCED, S.SUPPRESSED, S.UNSUBSCRIBED})
SETTINGS = ("unknown", "pending", "never_subscribed")
POLICIES = [
    pytest.param(
        {"consent": {key: wish.value for key, wish in zip(SETTINGS, words, strict=True) if wish}},
        marks=() if words[1] is words[2] else pytest.mark.slow,
    )
    for words in product((None, *UnknownPeople), Others, Others)
]
"""Where two of them wish differently, the run is slow: they decide about different people."""
LISTED: tuple[ConsentState | None, ...] = (None, *S)
SPELLINGS = (str, str.upper, lambda text: f" {text.title()}\t")


@dataclass(frozen=True)
class Person:
    address: str
    rows: tuple[ConsentState, ...]
    listed: ConsentState | None

    @property
    def words(self) -> set[ConsentState]:
        """Whoever is listed is out, whatever word stands beside the entry."""
        listed = self.listed if self.listed is None or self.listed in SAID_NO else S.SUPPRESSED
        return {*self.rows, *([listed] if listed else ())}


def everybody() -> list[Person]:
    rows = [(one,) for one in S] + list(product(S, S))
    cases = [(states, listed) for states in rows for listed in LISTED]
    cases += [(states, None) for states in combinations_with_replacement(S, 3)]
    cases += [((), listed) for listed in LISTED if listed]
    return [Person(f"person{number}@example.com", *case) for number, case in enumerate(cases)]


PEOPLE = everybody()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    contacts = [
        Contact(
            source_id=f"{number}-{person.address}",
            email=SPELLINGS[number](person.address),
            consent=Consent(state=state),
            lists=(ListMembership(list_id="1", state=state), ListMembership(list_id="2")),
        )
        for number in range(3)
        for person in PEOPLE
        for state in person.rows[number : number + 1]
    ]
    lists = [ContactList(source_id="1", name="News"), ContactList(source_id="2", name="All")]
    blocked = [Suppression(email=person.address.upper(), state=person.listed) for person in PEOPLE if person.listed]
    place = tmp_path_factory.mktemp("everybody") / "bundle"
    return written(place, contacts=contacts, lists=lists, suppressions=blocked)


@dataclass
class Ends:
    active: set[str]
    stopped: dict[str, str]
    members: dict[str, set[str]]


def ends(bundle: Bundle, policy: dict[str, Any], place: Path) -> Ends:
    make_plan(bundle, policy, place)
    opened = OpenPlan.open(place)
    active: set[str] = set()
    stopped: dict[str, str] = {}
    for operation in opened.operations(ImportPeople):
        for batch in operation.batches:
            for line in opened.batch(operation.file, batch).splitlines():
                record = json.loads(line)
                assert record["email"] not in active | stopped.keys(), "somebody is written twice"
                if "actives" in operation.file:
                    assert record["status"] == "active"
                    active.add(record["email"])
                else:
                    stopped[record["email"]] = record["status"]
    members = {one.list_key: set(opened.lines(one.file)) for one in opened.operations(AddMembers)}
    return Ends(active, stopped, members)


@pytest.mark.parametrize("policy", POLICIES)
def test_only_people_of_whom_every_word_is_a_yes_can_be_mailed(
    policy: dict[str, Any], bundle: Bundle, tmp_path: Path
) -> None:
    found = ends(bundle, policy, tmp_path / "plan")
    wishes = policy["consent"]
    yes = {S.SUBSCRIBED} | ({S.UNKNOWN} if wishes.get("unknown") == UnknownPeople.ACTIVE.value else set())
    left = {S.REDACTED} | {state for state in S if wishes.get(state.value) == "leave_behind"}
    for person in PEOPLE:
        if person.words <= yes:
            assert (person.address in found.active) == bool(person.rows), person
        else:
            assert person.address not in found.active, person
        if not person.rows:
            assert person.address in found.stopped, "an opt-out of somebody who is no contact was lost"
        elif not person.words <= yes and (person.listed or not person.words & left) and S.REDACTED not in person.rows:
            assert person.address in found.stopped, person
        if S.BOUNCED in person.words and person.words.isdisjoint({S.REDACTED, S.COMPLAINED}):
            assert found.stopped[person.address] == "bounced"
    everywhere = {person.address for person in PEOPLE if set(person.rows) == {S.SUBSCRIBED}} & found.active
    assert found.members["list:1"] == everywhere, "a list that somebody has left stays left"
    assert found.members["list:2"] == found.active


def test_who_never_answered_a_confirmation_mail_is_not_vouched_for_by_a_second_row(
    bundle: Bundle, tmp_path: Path
) -> None:
    found = ends(bundle, {"consent": {"unknown": UnknownPeople.ACTIVE.value}}, tmp_path / "plan")
    assert [] == [person for person in PEOPLE if S.PENDING in person.words and person.address in found.active]


def test_an_erased_row_does_not_hide_an_opt_out_of_the_same_address(bundle: Bundle, tmp_path: Path) -> None:
    found = ends(bundle, {}, tmp_path / "plan")
    assert [] == [person for person in PEOPLE if person.words & SAID_NO and person.address not in found.stopped]
