"""People in the plan: nobody becomes more reachable, nobody is lost without a reason, values arrive unchanged."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pa_accounts import READ_AT, written

from migrator.errors import SettingsError
from migrator.model import Consent, ConsentState, Contact, ContactList, ListMembership, Suppression
from migrator.plan.make import Made, make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import AddMembers, ImportPeople
from tests.looks import looks

VOUCHED = {"consent": {"unknown": "active, and I can prove their consent"}}
POLICIES: tuple[dict[str, Any], ...] = (
    {},
    VOUCHED,
    {"consent": {"unknown": "leave_behind", "pending": "leave_behind", "never_subscribed": "leave_behind"}},
    {"consent": {"unknown": "unsubscribed"}, "existing_people": "skip"},
)
FEW = st.integers(0, 5).map(lambda number: f"person{number}@example.com")
SPELLINGS = st.sampled_from((str, str.upper, lambda text: f" {text} "))


@st.composite
def people(draw: st.DrawFn) -> list[Contact]:
    """Few addresses, many spellings: rows that are one person in every combination of states."""
    found = []
    for number in range(draw(st.integers(0, 10))):
        spell = draw(SPELLINGS)
        found.append(
            Contact(
                source_id=str(number),
                email=spell(draw(FEW)),
                consent=Consent(state=draw(st.sampled_from(ConsentState))),
                lists=tuple(
                    ListMembership(list_id="1", state=state)
                    for state in draw(st.lists(st.sampled_from(ConsentState), max_size=1))
                ),
                attributes={"n": number},
                tags=(f"tag {number % 2}",),
            )
        )
    return found


def suppressions() -> st.SearchStrategy[list[Suppression]]:
    states = st.sampled_from((ConsentState.SUPPRESSED, ConsentState.BOUNCED, ConsentState.COMPLAINED))
    return st.lists(st.builds(Suppression, email=FEW, state=states), max_size=3)


def planned(parts: dict[str, Any], mappings: dict[str, Any], place: Path) -> tuple[Made, OpenPlan]:
    bundle = written(place / "bundle", lists=[ContactList(source_id="1", name="News")], **parts)
    made = make_plan(bundle, mappings, place / "plan")
    return made, OpenPlan.open(place / "plan")


def records(opened: OpenPlan, name: str) -> list[dict[str, Any]]:
    found = []
    for operation in opened.operations(ImportPeople):
        if name in operation.file:
            for batch in operation.batches:
                found += [json.loads(line) for line in opened.batch(operation.file, batch).splitlines()]
    return found


FEWER = settings(max_examples=looks(10), deadline=None, suppress_health_check=list(HealthCheck))


@FEWER
@given(people(), suppressions(), st.sampled_from(POLICIES))
def test_nobody_ends_more_reachable_than_the_most_careful_word_about_them(
    rows: list[Contact], blocked: list[Suppression], mappings: dict[str, Any]
) -> None:
    check_reach(rows, blocked, mappings)


@pytest.mark.slow
@settings(FEWER, max_examples=200)
@given(people(), suppressions(), st.sampled_from(POLICIES))
def test_nobody_ends_more_reachable_in_many_more_accounts(
    rows: list[Contact], blocked: list[Suppression], mappings: dict[str, Any]
) -> None:
    check_reach(rows, blocked, mappings)


def check_reach(rows: list[Contact], blocked: list[Suppression], mappings: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as place:
        made, opened = planned({"contacts": rows, "suppressions": blocked}, mappings, Path(place))
        words: dict[str, list[ConsentState]] = {}
        left_the_list = set()
        for row in rows:
            address = (row.email or "").strip().lower()
            words.setdefault(address, []).append(row.consent.state)
            if any(one.state is not ConsentState.SUBSCRIBED for one in row.lists):
                left_the_list.add(address)
        for entry in blocked:
            words.setdefault(entry.email, []).append(entry.state)
        allowed = {ConsentState.SUBSCRIBED} | ({ConsentState.UNKNOWN} if mappings is VOUCHED else set())
        active = {line["email"]: line for line in records(opened, "actives")}
        stopped = {line["email"]: line for line in records(opened, "opt_outs")}
        for address, line in active.items():
            assert line["status"] == "active"
            assert min(words[address]) in allowed
        assert all(line["status"] in ("unsubscribed", "bounced") for line in stopped.values())
        assert not active.keys() & stopped.keys()
        silent = {address for address, states in words.items() if not self_may_vanish(states, mappings)}
        assert silent <= active.keys() | stopped.keys(), "an opt-out was lost"
        members = {email for one in opened.operations(AddMembers) for email in opened.lines(one.file)}
        assert members <= active.keys() - left_the_list
        counts = made.plan.people
        assert (counts.read, counts.read) == (len(rows), counts.planned + counts.rejected + counts.merged)
        assert counts.planned + counts.from_suppressions == len(active) + len(stopped)
        assert sum(sum(flow.values()) for flow in counts.flow.values()) == counts.planned
        assert sum(made.plan.verdicts.get("consent_state", {}).values()) == counts.read + counts.from_suppressions


def self_may_vanish(states: list[ConsentState], mappings: dict[str, Any]) -> bool:
    """Whether the narrowest word is one for which nothing is written at all."""
    narrowest = min(states)
    left = {ConsentState.REDACTED}
    wishes = mappings.get("consent", {})
    left |= {state for state in ConsentState if wishes.get(state.value) == "leave_behind"}
    return narrowest in left


def test_the_heads_of_the_imports_enrol_nobody_and_confirm_only_people_with_consent(tmp_path: Path) -> None:
    rows = [
        Contact(source_id=state.value, email=f"{state.value}@example.com", consent=Consent(state=state))
        for state in ConsentState
    ]
    _, opened = planned({"contacts": rows}, {}, tmp_path)
    opt_outs, actives = opened.operations(ImportPeople)
    assert [opt_outs.key, actives.key] == ["people:opt_outs", "people:actives"], "opt-outs come first"
    for head in (opt_outs.head, actives.head):
        assert head["enrollInSequences"] is False
        assert head["listIds"] == []
    assert opt_outs.head["duplicateStrategy"] == "merge", "an opt-out reaches people who are active at the target"
    assert opt_outs.head["optInMode"] != "confirmed"
    assert actives.head["optInMode"] == "confirmed"
    assert [line["email"] for line in records(opened, "actives")] == ["subscribed@example.com"]


def test_the_plain_word_active_is_not_enough_to_mail_people_of_unknown_consent(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can prove their consent"):
        planned({}, {"consent": {"unknown": "active"}}, tmp_path)
    with pytest.raises(SettingsError, match="inactive"):
        planned({}, {"consent": {"inactive": "active"}}, tmp_path)


def test_rows_that_cannot_be_written_are_listed_with_reasons_and_run_no_formula(tmp_path: Path) -> None:
    bad = ["=cmd|'/C calc'!A1", "", "no-at.example.com", "two@@example.com", "a@localhost", None, "+1@example.com "]
    rows = [
        Contact(source_id=f"-{number}", email=email, consent=Consent(state=ConsentState.SUBSCRIBED))
        for number, email in enumerate(bad)
    ]
    made, opened = planned({"contacts": rows}, {}, tmp_path)
    table = list(csv.DictReader(io.StringIO((opened.folder / "rejected.csv").read_text("utf-8"))))
    assert [line["source_id"] for line in table] == [f"'-{number}" for number in range(6)]
    assert all(line["reason"] for line in table)
    assert all(line["email"][:1] not in ("=", "+", "-", "@") for line in table)
    assert made.plan.people.rejected == 6
    assert [line["email"] for line in records(opened, "actives")] == ["+1@example.com"]


def test_values_arrive_in_the_plan_as_the_source_holds_them(tmp_path: Path) -> None:
    attributes = {
        "order id": 12345678901234567890,
        "zip": "00420",
        "flag": False,
        "ratio": 0.1,
        "half": "\ud83d",
        "answer": "NA",
        "nothing": "null",
        "deep": {"er": {"key": 7}},
        "lines": [{"sku": 1}],
        "several": ["a", 1, None],
        "gone": None,
    }
    consent = Consent(state=ConsentState.SUBSCRIBED)
    rows = [
        Contact(source_id="1", email="na@example.com", consent=consent, first_name="NA", last_name="Null",
                attributes=attributes, tags=("Big  Spender", "true")),
        Contact(source_id="2", email="new@example.com", consent=consent, created_at=READ_AT, timezone="Europe/Paris",
                phone="+33612345678", locale="fr"),
    ]  # fmt: skip
    _, opened = planned({"contacts": rows}, {}, tmp_path)
    first, second = records(opened, "actives")
    assert (first["firstName"], first["lastName"]) == ("NA", "Null")
    assert first["tags"] == ["big-spender", "true"]
    assert first["customAttributes"] == {
        "order_id": "12345678901234567890",
        "zip": "00420",
        "flag": False,
        "ratio": 0.1,
        "half": "\ud83d",
        "answer": "NA",
        "nothing": "null",
        "deep_er_key": 7,
        "lines": '[{"sku":1}]',
        "several": ["a", 1],
    }
    assert second["createdAt"].startswith("2026-03-02T10:00:00")
    assert second["createdAt"].endswith("Z")
    assert (second["timezone"], second["phone"]) == ("Europe/Paris", "+33612345678")


def test_values_that_do_not_become_the_wished_type_are_named_and_the_others_are_one_type(tmp_path: Path) -> None:
    values = [{"visits": "7", "since": 2020}, {"visits": "007", "since": "2021"}, {"visits": 8, "since": "2022"}]
    rows = [
        Contact(
            source_id=str(number),
            email=f"p{number}@example.com",
            consent=Consent(state=ConsentState.SUBSCRIBED),
            attributes=own,
        )
        for number, own in enumerate(values)
    ]
    wish = {"attributes": {"types": {"visits": "number", "since": "text"}}}
    made, opened = planned({"contacts": rows}, wish, tmp_path)
    assert [line["customAttributes"]["visits"] for line in records(opened, "actives")] == [7, "007", 8]
    found = {
        entry.id: [one.code for one in entry.findings] for entry in made.ledger.entries if entry.kind == "attribute"
    }
    assert found == {"since": [], "visits": ["attribute-mixed-types"]}


def test_a_field_of_the_source_never_passes_for_our_word_where_somebody_goes_on(tmp_path: Path) -> None:
    own = {"mig_welcome_step": "resume-3-x", "MIG_source_state": "bounced", "mig_locale": "fr", "migration": 1}
    rows = [
        Contact(source_id="1", email="a@example.com", consent=Consent(state=ConsentState.SUBSCRIBED), attributes=own),
        Contact(source_id="2", email="b@example.com", consent=Consent(state=ConsentState.INACTIVE), attributes=own),
    ]
    made, opened = planned({"contacts": rows}, {}, tmp_path)
    (active,), (stopped,) = records(opened, "actives"), records(opened, "opt_outs")
    theirs = {f"source_{key}" for key in own if key != "migration"} | {"migration"}
    assert active["customAttributes"].keys() == theirs
    assert stopped["customAttributes"].keys() == theirs | {"mig_source_state"}
    assert stopped["customAttributes"]["mig_source_state"] == "inactive"
    told = {entry.id for entry in made.ledger.entries if entry.kind == "attribute" and entry.findings}
    assert told == own.keys() - {"migration"}
    for wish in ({"rename": {"migration": "mig_welcome_step"}}, {"prefix": "mig_"}):
        with pytest.raises(SettingsError, match="meaning of its own"):
            planned({}, {"attributes": wish}, tmp_path / "refused" / next(iter(wish)))


def test_rows_of_one_person_become_one_contact_with_the_most_careful_consent(tmp_path: Path) -> None:
    def row(number: int, state: ConsentState, **more: Any) -> Contact:
        return Contact(source_id=str(number), email="Ada@Example.com", consent=Consent(state=state), **more)

    rows = [
        row(1, ConsentState.SUBSCRIBED, first_name="Ada", tags=("a",), attributes={"x": 1, "y": 1}),
        Contact(source_id="9", email="other@example.com", consent=Consent(state=ConsentState.SUBSCRIBED)),
        row(2, ConsentState.BOUNCED, last_name="L", tags=("b",), attributes={"x": 2}),
        row(3, ConsentState.SUBSCRIBED, tags=("a",)),
    ]
    made, opened = planned({"contacts": rows}, {}, tmp_path)
    (ada,) = [line for line in records(opened, "opt_outs") if line["email"] == "ada@example.com"]
    assert (ada["status"], ada["firstName"], ada["lastName"]) == ("bounced", "Ada", "L")
    assert sorted(ada["tags"]) == ["a", "b"]
    assert ada["customAttributes"]["x"] == 2
    assert ada["customAttributes"]["y"] == 1
    assert [line["email"] for line in records(opened, "actives")] == ["other@example.com"]
    assert (made.plan.people.merged, made.plan.people.planned) == (2, 2)
