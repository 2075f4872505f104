"""Columns, dates, names and lists: told by the person, known by the layout, or left as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from csv_support import bundle_of, people_of, write

from adapters.csvfile.dates import Order, moment
from adapters.csvfile.name_lists import names_in
from adapters.csvfile.options import Options, from_settings, over, per_file
from migrator.errors import UsageError
from migrator.model import AttributeType

DAY = datetime(2024, 4, 3, tzinfo=UTC)


def test_a_column_may_be_named(tmp_path: Path) -> None:
    text = "Kontakt,Alt,Stufe\nx,a@example.com,Subscribed\n"
    columns = {"email": "Alt", "status": "Stufe", "first_name": "Kontakt"}
    (person,) = people_of(tmp_path, text, columns=columns)
    assert (person.email, person.first_name, person.consent.state.value) == ("a@example.com", "x", "subscribed")


def test_a_named_column_that_no_file_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No file has a column"):
        people_of(tmp_path, "email\na@example.com\n", columns={"tags": "Labels"})


def test_a_meaning_may_be_switched_off(tmp_path: Path) -> None:
    (person,) = people_of(tmp_path, "email,tags\na@example.com,x\n", columns={"tags": "-"})
    assert (person.tags, person.attributes) == ((), {"tags": "x"})


def test_a_state_of_the_union_is_no_status(tmp_path: Path) -> None:
    (person,) = people_of(tmp_path, "email,state\na@example.com,TX\n")
    assert person.attributes == {"state": "TX"}


def test_whole_names_are_cut_only_when_asked(tmp_path: Path) -> None:
    text = "email,name\na@example.com,Ada de Vale\n"
    (kept,) = people_of(tmp_path, text)
    (cut,) = people_of(tmp_path, text, split_names=True)
    assert (kept.first_name, kept.attributes) == (None, {"name": "Ada de Vale"})
    assert (cut.first_name, cut.last_name, cut.attributes) == ("Ada", "de Vale", {})


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("a, b,a", ("a", "b")),
        ('"a, b",c', ("a, b", "c")),
        ("a; b", ("a", "b")),
        ("a|b", ("a", "b")),
        ('["a","b, c"]', ("a", "b, c")),
        ("[a", ("[a",)),
        (" , ", ()),
    ],
)
def test_names_in_one_cell(cell: str, names: tuple[str, ...]) -> None:
    assert names_in(cell) == names


@pytest.mark.parametrize(
    ("cell", "order", "found"),
    [
        ("2024-04-03", None, DAY),
        ("2024-04-03T00:00:00Z", None, DAY),
        ("2024-04-03 02:00:00 +0200", None, DAY),
        ("2024-04-03 05:30:00.123456 +0530 IST", None, DAY),
        ("2024-04-02 20:00:00 -0400", None, DAY),
        ("1712102400", None, DAY),
        ("1712102400000", None, DAY),
        ("03.04.2024", None, DAY),
        ("2024/04/03", None, DAY),
        ("Apr 3, 2024", None, DAY),
        ("3 April 2024", None, DAY),
        ("03/04/2024", None, None),
        ("03/04/2024", Order.DAY_FIRST, DAY),
        ("04/03/2024", Order.MONTH_FIRST, DAY),
        ("03-04-2024 12:00 AM", Order.DAY_FIRST, DAY),
        ("13/13/2024", Order.DAY_FIRST, None),
        ("0001-01-01", None, None),
        ("soon", None, None),
        ("99999", None, None),
        ("2024-02-31", None, None),
    ],
)
def test_a_date_is_read_surely_or_not_at_all(cell: str, order: Order | None, found: datetime | None) -> None:
    assert moment(cell, order) == found


def test_one_clear_date_shows_the_order_of_all(tmp_path: Path) -> None:
    people = people_of(tmp_path, "email,created_at\na@example.com,03/04/2024\nb@example.com,25/12/2023\n")
    assert people[0].created_at == DAY


def test_dates_in_no_sure_order_stay_text(tmp_path: Path) -> None:
    bundle = bundle_of(tmp_path, write(tmp_path, "p.csv", "email,created_at\na@example.com,03/04/2024\n"))
    (person,) = bundle.contacts()
    assert (person.created_at, person.raw) == (None, {"created_at": "03/04/2024"})
    assert any("--dates" in note for note in bundle.manifest.notes)


def test_moments_without_a_zone_are_in_the_named_zone(tmp_path: Path) -> None:
    (person,) = people_of(tmp_path, "email,created_at\na@example.com,2024-04-03 02:00:00\n", timezone="Europe/Berlin")
    assert person.created_at == DAY


def test_everybody_in_a_file_may_be_put_on_a_list(tmp_path: Path) -> None:
    one = write(tmp_path, "vip.csv", "email,lists\na@example.com,News\n")
    two = write(tmp_path, "rest.csv", "email\nb@example.com\n")
    bundle = bundle_of(tmp_path, one, two, lists=per_file(["vip.csv=VIP"], "--list"))
    assert [[on.list_id for on in person.lists] for person in bundle.contacts()] == [["VIP", "News"], []]
    assert [one.source_id for one in bundle.lists()] == ["News", "VIP"]


def test_attributes_are_counted_and_typed(tmp_path: Path) -> None:
    text = "email,plan,likes\na@example.com,pro,||x||y||\nb@example.com,,\n"
    found = {
        one.key: (one.type, one.contact_count)
        for one in bundle_of(tmp_path, write(tmp_path, "p.csv", text)).attributes()
    }
    assert found == {"plan": (AttributeType.TEXT, 1), "likes": (AttributeType.LIST, 1)}


def test_answers_in_mappings_toml_give_way_to_the_command_line() -> None:
    lower = from_settings({"columns": {"email": "A", "tags": "T"}, "dates": "day-first", "words": {"ja": "subscribed"}})
    both = over(lower, Options(columns={"email": "B"}))
    assert (both.columns, both.date_order) == ({"email": "B", "tags": "T"}, Order.DAY_FIRST)
    assert set(both.words) == {"ja"}


@pytest.mark.parametrize("wrong", [{"column": {}}, {"columns": "x"}, {"dates": "first"}, {"status": "yes"}])
def test_a_wrong_answer_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        from_settings(wrong)
