"""Several rows of one mailbox: what the person keeps of each, and what becomes of everything that names one of them."""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pa_accounts import READ_AT, written

from migrator.model import (
    Consent,
    ConsentState,
    Contact,
    ContactList,
    Edge,
    EmailContent,
    Enrolment,
    ListMembership,
    ReEntry,
    Sequence,
    Step,
    Suppression,
)
from migrator.model.enrolments import Confidence, EnrolmentStatus, Position
from migrator.model.sequences import TagAdded
from migrator.model.steps import Entry, SendEmail, Wait
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import EnrolPeople
from tests.looks import looks

S = ConsentState


def row(
    number: int, state: ConsentState = S.SUBSCRIBED, email: str | None = "ann@example.com", **fields: Any
) -> Contact:
    return Contact(source_id=str(number), email=email, consent=Consent(state=state), **fields)


def people(place: Path, contacts: list[Contact], **mappings: Any) -> dict[str, dict[str, Any]]:
    make_plan(written(place / "bundle", contacts=contacts), mappings, place / "plan")
    opened = OpenPlan.open(place / "plan")
    lines = [line for name in ("actives", "opt_outs") for line in opened.lines(f"people/{name}.jsonl")]
    assert len({line["email"] for line in lines}) == len(lines), "somebody is written twice"
    return {line["email"]: line for line in lines}


def test_an_empty_field_of_a_newer_row_hides_no_value_of_an_older_one(tmp_path: Path) -> None:
    rows = [
        row(1, attributes={"plan": "pro", "org": {"name": "Acme", "seats": 3}, "city": "Ghent", "old": {"a": 1}}),
        row(2, attributes={"plan": None, "org": {"seats": 4, "name": None}, "city": "", "old": {}}),
    ]
    known = people(tmp_path, rows)["ann@example.com"]["customAttributes"]
    assert known == {"plan": "pro", "org_name": "Acme", "org_seats": 4, "city": "", "old_a": 1}


def test_the_signup_date_of_a_person_is_the_oldest_of_what_each_row_would_have_alone(tmp_path: Path) -> None:
    def day(year: int) -> datetime:
        return datetime(year, 5, 4, tzinfo=UTC)

    rows = [
        row(1, created_at=day(2019)),
        row(2, subscribed_at=day(2022), created_at=day(2021)),
        row(3, email="bob@example.com", subscribed_at=day(1970)),
        row(4, email="bob@example.com", subscribed_at=day(2023)),
    ]
    found = people(tmp_path, rows)
    assert found["ann@example.com"]["createdAt"] == "2019-05-04T00:00:00Z"
    assert found["bob@example.com"]["createdAt"] == "2023-05-04T00:00:00Z"


def waiting(*contact_ids: str) -> list[Enrolment]:
    """Each of them waits for the second email of the course."""
    position = Position(step_id="3", confidence=Confidence.EXACT, remaining_seconds=3600)
    fields: dict[str, Any] = {"sequence_id": "1", "status": EnrolmentStatus.ACTIVE, "read_at": READ_AT}
    return [Enrolment(source_id=one, contact_id=one, position=position, **fields) for one in contact_ids]


def course() -> Sequence:
    mails = [SendEmail(content=EmailContent(subject=one, body=f"<p>{one}</p>")) for one in ("One", "Two")]
    actions = (Entry(), mails[0], Wait(seconds=86_400), mails[1])
    steps = tuple(Step(id=str(number), action=one) for number, one in enumerate(actions, 1))
    return Sequence(
        source_id="1",
        name="Course",
        active=True,
        triggers=(TagAdded(tag="begin"),),
        steps=steps,
        edges=tuple(Edge(source=str(number), target=str(number + 1)) for number in range(1, 4)),
        re_entry=ReEntry.ONCE,
    )


def test_nobody_who_is_left_behind_for_another_row_is_put_into_a_sequence(tmp_path: Path) -> None:
    for number, (state, wish) in enumerate(
        ((S.REDACTED, {}), (S.NEVER_SUBSCRIBED, {"never_subscribed": "leave_behind"}))
    ):
        place = tmp_path / str(number)
        rows = [row(1), row(2, state), row(3, email="bob@example.com")]
        bundle = written(place / "b", contacts=rows, enrolments=waiting("1", "2", "3"), sequences=[course()])
        made = make_plan(bundle, {"consent": wish}, place / "plan")
        opened = OpenPlan.open(place / "plan")
        (positions,) = opened.operations(EnrolPeople)
        assert [line["email"] for line in opened.lines(positions.file)] == ["bob@example.com"]
        assert positions.count == 1
        told = {one.label: one.count for one in made.ledger.entries if one.kind == "enrolment"}
        assert sum(told.values()) == 3
        assert told["no-contact"] == 2


def test_an_id_that_two_addresses_have_puts_neither_in_and_keeps_both_from_starting_anew(tmp_path: Path) -> None:
    """As in a bundle put together from two exports, between which somebody changed their address."""
    rows = [row(1), row(1, email="ann@new.example"), row(2, email="bob@example.com")]
    bundle = written(tmp_path / "b", contacts=rows, enrolments=waiting("1", "2"), sequences=[course()])
    made = make_plan(bundle, {}, tmp_path / "plan")
    marks = {line["email"]: line for line in OpenPlan.open(tmp_path / "plan").lines("people/positions-1.jsonl")}
    assert {email: line["enrol"] for email, line in marks.items()} == {
        "ann@example.com": False,
        "ann@new.example": False,
        "bob@example.com": True,
    }
    assert "held" in marks["ann@example.com"]["customAttributes"].values()
    assert marks["ann@example.com"]["customAttributes"] == marks["ann@new.example"]["customAttributes"]
    assert sum(one.count for one in made.ledger.entries if one.kind == "enrolment") == 2


def test_a_contact_that_was_read_twice_goes_on_where_they_stand(tmp_path: Path) -> None:
    rows = [
        row(1),
        row(1, email="ANN@example.com "),
        row(2, S.REDACTED, email="eve@example.com"),
        row(2, email="eve@example.com"),
    ]
    bundle = written(tmp_path / "b", contacts=rows, enrolments=waiting("1", "2"), sequences=[course()])
    make_plan(bundle, {}, tmp_path / "plan")
    (line,) = OpenPlan.open(tmp_path / "plan").lines("people/positions-1.jsonl")
    assert (line["email"], line["enrol"]) == ("ann@example.com", True)


def ids(found: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    return {email.partition("@")[0]: line.get("externalId") for email, line in found.items()}


def test_an_id_is_never_written_to_two_people_which_would_cost_one_of_them_the_opt_out(tmp_path: Path) -> None:
    """The first row is left behind by itself, so the second person may have the id; together with the third row the
    first is carried over all the same."""
    rows = [
        row(1, S.NEVER_SUBSCRIBED, external_id="u1"),
        row(2, S.BOUNCED, email="bob@example.com", external_id=" u1 "),
        row(3, S.UNSUBSCRIBED),
    ]
    assert ids(people(tmp_path, rows, consent={"never_subscribed": "leave_behind"})) == {"ann": "u1", "bob": None}


def test_an_id_of_somebody_who_is_left_behind_for_another_row_is_free(tmp_path: Path) -> None:
    rows = [row(1, external_id="u1"), row(2, S.REDACTED), row(3, email="bob@example.com", external_id="u1")]
    assert ids(people(tmp_path, rows)) == {"bob": "u1"}


def test_of_several_ids_a_person_keeps_the_newest_that_belongs_to_nobody_else(tmp_path: Path) -> None:
    rows = [
        row(1, email="bob@example.com", external_id="u2"),
        row(2, external_id="u1"),
        row(3, external_id="u3"),
        row(4, external_id="u2"),
        row(5, external_id="  "),
    ]
    assert ids(people(tmp_path, rows)) == {"ann": "u3", "bob": "u2"}


def test_the_data_of_an_erased_person_does_not_come_back_because_of_an_id_that_somebody_else_has(
    tmp_path: Path,
) -> None:
    rows = [row(1, external_id="u1"), row(2, S.REDACTED, email="eve@example.com", external_id="u1", first_name="Eve")]
    bundle = written(tmp_path / "b", contacts=rows, suppressions=[Suppression(email="eve@example.com")])
    make_plan(bundle, {}, tmp_path / "plan")
    (eve,) = OpenPlan.open(tmp_path / "plan").lines("people/opt_outs.jsonl")
    assert eve.keys() == {"email", "status", "customAttributes"}


ADDRESSES = ("ann@example.com", " Ann@Example.com", "Ann <ann@example.com>", "bob@example.com", "zoë@example.com", None)
IDS = st.sampled_from((None, None, "u1", " u1", "u2", "U1", ""))


@st.composite
def accounts(draw: st.DrawFn) -> tuple[list[Contact], list[Enrolment], list[Suppression]]:
    """Few mailboxes and ids, so that rows, ids and places in the course meet in every way."""
    states = st.sampled_from((S.SUBSCRIBED, S.SUBSCRIBED, *S))
    rows = [
        row(number, draw(states), draw(st.sampled_from(ADDRESSES)), external_id=draw(IDS))
        for number in range(draw(st.integers(1, 8)))
    ]
    listed = [Suppression(email=email) for email in draw(st.lists(st.sampled_from(ADDRESSES[:5]), max_size=1)) if email]
    standing = draw(st.lists(st.sampled_from([str(number) for number in range(9)]), max_size=4, unique=True))
    return rows, waiting(*standing), listed


def check_account(account: tuple[list[Contact], list[Enrolment], list[Suppression]]) -> None:
    rows, standing, listed = account
    parts = {"contacts": rows, "enrolments": standing, "suppressions": listed}
    policy = {"consent": {"never_subscribed": "leave_behind", "pending": "leave_behind"}}
    with tempfile.TemporaryDirectory() as place:
        made = make_plan(written(Path(place) / "b", sequences=[course()], **parts), policy, Path(place) / "plan")
        opened = OpenPlan.open(Path(place) / "plan")
        active, stopped = (
            {line["email"]: line for line in opened.lines(f"people/{name}.jsonl")} for name in ("actives", "opt_outs")
        )
        positions = [line for one in opened.operations(EnrolPeople) for line in opened.lines(one.file)]
        with (opened.folder / "rejected.csv").open(newline="", encoding="utf-8") as file:
            rejected = [one["source_id"] for one in csv.DictReader(file) if one["source_id"]]
    carried = {**stopped, **active}
    kept = [line["externalId"] for line in carried.values() if "externalId" in line]
    assert len(set(kept)) == len(kept), "two people with one id: the target refuses one of them"
    claimed = [(one.external_id or "").strip() for one in rows]
    alone = [one for one in rows if [str(one.email).strip().lower() for one in rows].count(str(one.email)) == 1]
    wanted = {one.external_id for one in alone if one.email in active and claimed.count(one.external_id or "") == 1}
    assert wanted - {"", None} <= set(kept), "an id was lost"
    assert {line["email"] for line in positions} <= carried.keys()
    assert {line["email"] for line in positions if line["enrol"]} <= active.keys()
    assert len(rejected) == len(set(rejected)) == made.plan.people.rejected
    assert sum(one.count for one in made.ledger.entries if one.kind == "enrolment") == len(standing)
    in_course = {one.email for one in rows if one.source_id in {other.contact_id for other in standing}}
    assert in_course & active.keys() <= {line["email"] for line in positions}, "nothing keeps them from starting anew"


@settings(max_examples=looks(12), deadline=None)
@given(accounts())
def test_ids_and_places_of_united_rows_are_nobody_elses(
    account: tuple[list[Contact], list[Enrolment], list[Suppression]],
) -> None:
    check_account(account)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(accounts())
def test_ids_and_places_of_united_rows_are_nobody_elses_in_many_more_accounts(
    account: tuple[list[Contact], list[Enrolment], list[Suppression]],
) -> None:
    check_account(account)


def test_who_is_on_a_list_and_may_not_be_mailed_is_told_with_the_list(tmp_path: Path) -> None:
    """Each person once: not who said no, not who has left it, and not who may be mailed."""

    def on(number: int, state: ConsentState, email: str, *, left: bool = False) -> Contact:
        member = ListMembership(list_id="1", state=S.UNSUBSCRIBED if left else S.SUBSCRIBED)
        return row(number, state, email, lists=(member,))

    rows = [
        on(1, S.INACTIVE, "ann@example.com"),
        on(2, S.SUBSCRIBED, "Ann@example.com"),
        on(3, S.PENDING, "bob@example.com"),
        on(4, S.UNSUBSCRIBED, "bob@example.com"),
        on(5, S.NEVER_SUBSCRIBED, "eve@example.com"),
        on(6, S.PENDING, "joe@example.com", left=True),
        on(7, S.SUBSCRIBED, "zoe@example.com"),
    ]
    bundle = written(tmp_path / "b", contacts=rows, lists=[ContactList(source_id="1", name="News", private=False)])
    made = make_plan(bundle, {}, tmp_path / "plan")
    (entry,) = [one for one in made.ledger.entries if one.kind == "list"]
    told = {finding.code: finding.reason for finding in entry.findings}
    assert told.keys() == {"list-left", "list-waiting"}
    assert told["list-waiting"].startswith("2 people")
