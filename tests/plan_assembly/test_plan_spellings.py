"""One mailbox, many spellings: an opt-out counts under each of them."""

from __future__ import annotations

from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pa_accounts import written

from mappings.addresses import mailbox, problem, spellings
from migrator.model import Consent, ConsentState, Contact, Suppression
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.people.blocked import Blocked
from tests.looks import looks

SAME = (
    ("ann@münchen.example", "ann@xn--mnchen-3ya.example"),
    ("Ann@XN--MNCHEN-3YA.example ", "ann@München.example"),
    (normalize("NFC", "josé@example.com"), normalize("NFD", "josé@example.com")),
    (normalize("NFD", "zoë@müll.example"), "zo\u00eb@xn--mll-hoa.example"),
    ("ann@example.com", "\ufeffann@example.com"),
    ("ann@example.com", "a\u200bnn@example.com"),
    ("ann@example.com", "Ann Example <ann@example.com>"),
    ("ann@example.com", "mailto:Ann@example.com"),
    ("ANN@EXAMPLE.COM", " ann@example.com\t"),
)


@pytest.mark.parametrize(("contact", "listed"), SAME)
def test_an_opt_out_under_another_spelling_reaches_the_contact(contact: str, listed: str, tmp_path: Path) -> None:
    for number, (person, entry) in enumerate(((contact, listed), (listed, contact))):
        if problem(person.strip().lower()):
            continue
        ann = Contact(source_id="1", email=person, consent=Consent(state=ConsentState.SUBSCRIBED))
        place = tmp_path / str(number)
        bundle = written(place / "bundle", contacts=[ann], suppressions=[Suppression(email=entry)])
        made = make_plan(bundle, {}, place / "plan")
        assert list(OpenPlan.open(place / "plan").lines("people/actives.jsonl")) == []
        assert made.plan.people.planned == 1


def test_two_rows_of_one_mailbox_in_two_spellings_are_one_person(tmp_path: Path) -> None:
    rows = [
        Contact(source_id="1", email="ann@münchen.example", consent=Consent(state=ConsentState.SUBSCRIBED)),
        Contact(source_id="2", email="ann@xn--mnchen-3ya.example", consent=Consent(state=ConsentState.UNSUBSCRIBED)),
    ]
    made = make_plan(written(tmp_path / "bundle", contacts=rows), {}, tmp_path / "plan")
    assert list(OpenPlan.open(tmp_path / "plan").lines("people/actives.jsonl")) == []
    assert made.plan.people.merged == 1


@pytest.mark.parametrize("listed", ["Ann <ann@example.com>", "mailto:ann@example.com", "\ufeffann@example.com"])
def test_an_opt_out_of_nobody_known_is_written_however_the_list_spells_it(listed: str, tmp_path: Path) -> None:
    bundle = written(tmp_path / "bundle", suppressions=[Suppression(email=listed)])
    make_plan(bundle, {}, tmp_path / "plan")
    stopped = OpenPlan.open(tmp_path / "plan").lines("people/opt_outs.jsonl")
    assert [line["email"] for line in stopped] == ["ann@example.com"]


def test_what_is_left_over_around_an_address_makes_no_other_mailbox() -> None:
    for left in ("ann@example.com.", "Ann <ann@example.com>;", "'ann@example.com'", '"ann@example.com",'):
        assert mailbox(left) == "ann@example.com"
    assert mailbox('"ann@xn--mnchen-3ya.example",') == "ann@münchen.example"


def test_a_row_that_says_no_counts_however_its_address_is_spelled(tmp_path: Path) -> None:
    rows: list[Contact] = []

    def add(email: str, state: ConsentState) -> None:
        rows.append(Contact(source_id=str(len(rows)), email=email, consent=Consent(state=state)))

    names = [f"{name}{number}@example.com" for name in ("alone", "before", "behind") for number in range(4)]
    for number, email in enumerate(names):
        spelled = ("Ann <{}>", "mailto:{}", "\u200b{}", "{}.;")[number % 4].format(email)
        if email.startswith("behind"):
            add(email, ConsentState.SUBSCRIBED)
        add(spelled, ConsentState.UNSUBSCRIBED)
        if email.startswith("before"):
            add(email, ConsentState.SUBSCRIBED)
    made = make_plan(written(tmp_path / "bundle", contacts=rows), {}, tmp_path / "plan")
    opened = OpenPlan.open(tmp_path / "plan")
    assert list(opened.lines("people/actives.jsonl")) == []
    assert sorted(line["email"] for line in opened.lines("people/opt_outs.jsonl")) == names
    assert [entry.count for entry in made.ledger.entries if entry.id == "address-unwrapped"] == [len(names)]


def test_an_address_with_signs_that_nobody_sees_is_written_to_nobody(tmp_path: Path) -> None:
    rows = [
        Contact(source_id=str(number), email=email, consent=Consent(state=ConsentState.SUBSCRIBED))
        for number, email in enumerate(["\ufeffann@example.com", "a\u200bnn@example.com", "ann@exa\u00admple.com"])
    ]
    made = make_plan(written(tmp_path / "bundle", contacts=rows), {}, tmp_path / "plan")
    assert made.rejected == {"the address holds an invisible character": 3}


def test_an_address_of_nothing_but_signs_costs_nobody_the_plan(tmp_path: Path) -> None:
    odd = ["(" * 3000 + "<ann@example.com>", "mailto:" + ":" * 3000, "<" * 9000 + "é", '"' * 9000 + ";"]
    rows = [
        Contact(source_id=str(number), email=email, consent=Consent(state=ConsentState.UNSUBSCRIBED))
        for number, email in enumerate([*odd, "zoë@example.com"])
    ]
    listed = [Suppression(email=email) for email in odd]
    made = make_plan(written(tmp_path / "bundle", contacts=rows, suppressions=listed), {}, tmp_path / "plan")
    assert (made.plan.people.planned, made.plan.people.rejected) == (1, len(odd))


def test_people_who_only_look_alike_stay_two() -> None:
    for one, other in (
        ("a.nn@example.com", "ann@example.com"),
        ("ann+news@example.com", "ann@example.com"),
        ("ann@strasse.example", "ann@straße.example"),
        ("ann@exаmple.com", "ann@example.com"),
        ("'ann@example.com", "ann@example.com"),
        ("'ann'@example.com", "ann@example.com"),
    ):
        assert mailbox(one) != mailbox(other)


@settings(max_examples=looks(200), deadline=None)
@example("\u00c0@XN--A.A")
@given(st.text(max_size=30) | st.from_regex(r"[a-zé]{1,4}@(xn--)?[a-zü0-9-]{1,8}\.example", fullmatch=True))
def test_whatever_stands_on_a_list_has_one_form_and_is_found_under_it(text: str) -> None:
    assert mailbox(mailbox(text)) == mailbox(text)
    for spelling in spellings(text):
        assert mailbox(spelling) == mailbox(text)
    blocked = Blocked([Suppression(email=text)])
    address = text.strip().lower()
    assert hash(address) in blocked.hashes
    assert blocked.alone(address) is ConsentState.SUPPRESSED
    assert blocked.alone(address) is None
    assert blocked.state(address) is blocked.state(mailbox(text)) is ConsentState.SUPPRESSED
