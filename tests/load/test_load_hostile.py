"""Awkward values arrive exactly as planned: large numbers, leading zeros, names that look like nothing."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import Bench, PlanMaker, people, person, quiet

from migrator.transport.answers import Safety
from tests.looks import looks

HALF = "half \ud83d emoji"
ATTRIBUTES: dict[str, Any] = {
    "big": 2**53 + 1,
    "bigger": 2**63 - 1,
    "negative": -(2**53) - 1,
    "zip": "01234",
    "phone_text": "+14155550100",
    "score": 3.72,
    "truth": True,
    "list": ["a", 1, False],
    "text_number": "1e5",
    "quote": 'she said "hi"\\ and left',
    "lines": "one\ntwo\r\nthree\u2028four",
    "formula": "=cmd|' /C calc'!A0",
}
NAMES = ["NA", "null", "None", "NaN", "true", "0", "undefined", "-", "Zoë 🎈", "'; DROP TABLE contacts;--", "<b>x</b>"]


def hostile() -> list[dict[str, Any]]:
    return [
        person(number, firstName=name, lastName=name[::-1], externalId=f"00{number}", customAttributes=ATTRIBUTES)
        for number, name in enumerate(NAMES, 1)
    ]


@pytest.mark.parametrize("size", ["one by one", "bulk"])
def test_awkward_values_arrive_unchanged(tmp_path: Path, size: str) -> None:
    rows = hostile()[:8] if size == "one by one" else [*hostile(), *people(5, 500)]
    PlanMaker(actives=rows).write(tmp_path)
    bench = Bench(tmp_path)
    assert bench.load().complete
    for row in rows:
        found = bench.contact(row["email"])
        assert row.get("firstName") == found.first_name
        assert row.get("lastName") == found.last_name
        assert row.get("externalId") == found.external_id
        assert row.get("customAttributes", {}) == found.attributes
        kinds = {name: type(value) for name, value in row.get("customAttributes", {}).items()}
        assert kinds == {name: type(value) for name, value in found.attributes.items()}
    counts = bench.verify()
    assert counts.equal, bench.rows("differing")


@pytest.mark.parametrize("size", [3, 12])
def test_half_an_emoji_arrives_as_it_is(tmp_path: Path, size: int) -> None:
    rows = [person(1, firstName=HALF, customAttributes={"mood": HALF}), *people(size - 1, 2)]
    PlanMaker(actives=rows).write(tmp_path)
    bench = Bench(tmp_path)
    assert bench.load().complete
    ada = bench.contact("person1@example.com")
    assert (HALF, HALF) == (ada.first_name, ada.attributes["mood"])
    assert bench.verify().equal, bench.rows("differing")


def test_addresses_with_signs_are_found_again(tmp_path: Path) -> None:
    rows = [
        {"email": email, "status": "active"} for email in ("a+b@example.com", "o'neil@example.com", "x&y=z@example.com")
    ]
    odd = [{"email": "q?r#s%41@example.com", "status": "unsubscribed"}]
    PlanMaker(actives=[*rows, *people(12)], opt_outs=odd, complaints=["q?r#s%41@example.com"]).write(tmp_path)
    bench = Bench(tmp_path)
    assert bench.load().complete
    assert ["q?r#s%41@example.com"] == list(bench.sandbox.state.suppressions)
    assert bench.verify().equal


json_values = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)


keys = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "customAttributes": st.dictionaries(
                    st.from_regex(r"[a-z_]{1,8}", fullmatch=True), json_values, max_size=4
                )
            }
        ),
        min_size=11,
        max_size=14,
    )
)
@settings(max_examples=looks(15), deadline=None)
def test_any_attributes_are_read_back_as_planned(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("any")
    PlanMaker(actives=[person(number, **row) for number, row in enumerate(rows)], batch=4).write(folder)
    bench = Bench(folder)
    assert bench.load().complete
    assert quiet(bench.sandbox)
    for number, row in enumerate(rows):
        found = bench.contact(f"person{number}@example.com").attributes
        assert json.dumps(row["customAttributes"]) == json.dumps(found)


@pytest.mark.parametrize("count", [1, 12], ids=["one by one", "bulk"])
def test_an_opt_out_is_kept_without_data_that_the_target_refuses(tmp_path: Path, count: int) -> None:
    """At the target somebody else has that id by now: it would refuse the row, and with it the no."""
    stopped = [
        person(1, status="unsubscribed", externalId="u1", firstName="Ann"),
        *people(count, 20, status="unsubscribed"),
    ]
    PlanMaker(opt_outs=stopped, actives=[person(2, externalId="u2"), *people(count, 50)]).write(tmp_path)
    bench = Bench(tmp_path)
    for name in ("u1", "u2"):
        bench.api().send(
            "POST", "/subscribers", {"email": f"{name}@new.example", "externalId": name}, safety=Safety.REPEATABLE
        )
    summary = bench.load()
    assert bench.contact("person1@example.com").status == "unsubscribed"
    assert bench.contact("person2@example.com") is None, "nobody is made mailable without what they were planned with"
    assert summary.facts()["rejected"] == 1
    warned = [one for one in summary.facts()["warnings"] if "refused with their other data" in one]
    assert len(warned) == 1
    bench.verify()
    assert {row["field"] for row in bench.rows("differing")} == {"externalId", "firstName"}
    before = bench.writes()
    bench.load()
    assert bench.writes() == before


def test_an_address_that_the_target_writes_in_another_way_is_still_the_same_person(tmp_path: Path) -> None:
    """An accent in two characters or one: not somebody else's contact, so the opt-out is said to them."""
    apart, whole = "zoe\u0308@example.com", "zo\u00eb@example.com"
    PlanMaker(opt_outs=[{"email": apart, "status": "unsubscribed", "externalId": "u1"}]).write(tmp_path)
    bench = Bench(tmp_path)
    real = bench.sandbox.state.by_email
    bench.sandbox.state.by_email = lambda email: real(unicodedata.normalize("NFC", email))  # type: ignore[method-assign]  # as such a server does
    bench.api().send("POST", "/subscribers", {"email": whole}, safety=Safety.REPEATABLE)
    assert bench.load().complete
    assert real(whole).status == "unsubscribed"
