"""Broken, strange and hostile files: every row is a person or a rejected row with its reason, and all are counted."""

from __future__ import annotations

import codecs
import csv
import io
import random
from pathlib import Path

import pytest
from csv_support import NoPeople, bundle_of, people_of, read_rows, rejected, told, write
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.csvfile.rejects import harmless
from adapters.csvfile.rows import batches
from migrator.errors import MigrateError, UsageError
from tests.looks import looks


def test_a_hostile_file_ends_in_rejects_with_reasons_and_a_full_count(tmp_path: Path) -> None:
    extra = [f"col{number}" for number in range(295)]
    header = ["email", "Plan", "Plan", "", "note", *extra]
    empty = ["" for _ in extra]
    lines = [
        codecs.BOM_UTF8 + ",".join(header).encode(),
        ",".join(["good@example.com", "a", "b", "c", "=HYPERLINK(1)", *empty]).encode(),
        ",".join(["latin@example.com", "café", "b", "c", "x", *empty]).encode("cp1252"),
        ",".join(["utf@example.com", "café", "b", "c", "x", *empty]).encode(),
        ",".join(["big@example.com", "x" * 1_000_000, "b", "c", "x", *empty]).encode(),
        b"short@example.com,a",
        ",".join(["long@example.com", "a", "b", "c", "x", *empty, "too", "much"]).encode(),
        ",".join(["", "a", "b", "c", "x", *empty]).encode(),
        ",".join(["nobody", "a", "b", "c", "=cmd|' /C calc'!A0", *empty]).encode(),
        ",".join(['"open@example.com', "a", "b", "c", "x", *empty]).encode(),
        ",".join(["after@example.com", "a", "b", "c", "two", *empty]).encode(),
        b"",
        b"," * (len(header) - 1),
        ",".join(["bad@example.com", "\x81\x8d".encode("latin-1").decode("latin-1"), *["b"] * 298]).encode("latin-1"),
    ]
    bundle = bundle_of(tmp_path, write(tmp_path, "hostile.csv", b"\r\n".join(lines) + b"\r\n"))
    people = {one.email: one for one in bundle.contacts()}
    assert set(people) == {
        *("good@example.com", "latin@example.com", "utf@example.com", "short@example.com", "after@example.com")
    }
    assert people["latin@example.com"].attributes["Plan"] == people["utf@example.com"].attributes["Plan"] == "café"
    assert people["good@example.com"].attributes == {
        "Plan": "a",
        "Plan (2)": "b",
        "column 4": "c",
        "note": "=HYPERLINK(1)",
    }
    rows = rejected(tmp_path)
    reasons = {row[2] for row in rows}
    assert reasons == {
        "a cell holds more than 100,000 characters",
        "it has 302 cells and the header 300: the cells may have moved",
        "there is no address",
        "the address has no @",
        "a quote is opened and never closed",
        "a cell is in no encoding we know",
    }
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    counts = told(bundle)
    assert counts["rows"] == counts["contacts"] + counts["suppressions"] + counts["rejected"] + counts["empty"] == 13
    assert (counts["contacts"], counts["rejected"], counts["empty"]) == (5, 6, 2)


def test_an_unclosed_quote_swallows_nobody(tmp_path: Path) -> None:
    rows = "".join(f"p{number}@example.com,n\n" for number in range(3000))
    people = people_of(tmp_path, f'email,note\na@example.com,"open\n{rows}b@example.com,"closed"\n')
    assert len(people) == 3001
    assert [row[1:3] for row in rejected(tmp_path)] == [["2", "a quote is opened and never closed"]]


def test_an_address_with_a_quote_in_its_middle_is_not_mended(tmp_path: Path) -> None:
    people = people_of(tmp_path, 'email,note\n"an"n@example.com,x\nb@example.com,"12" screen"\n')
    assert [(one.email, one.attributes["note"]) for one in people] == [("b@example.com", '12 screen"')]
    assert [row[2] for row in rejected(tmp_path)] == ["the quotes and the separators do not fit together"]


def test_a_cell_with_line_breaks_is_one_cell(tmp_path: Path) -> None:
    people = people_of(tmp_path, 'email,note\na@example.com,"one\ntwo\r\nthree, four"\nb@example.com,x\n')
    assert [one.attributes["note"] for one in people] == ["one\ntwo\r\nthree, four", "x"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(separator: str, tmp_path: Path) -> None:
    people = people_of(tmp_path, f"email{separator}plan\na@example.com{separator}pro\n")
    assert people[0].attributes == {"plan": "pro"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
def test_encodings_are_found(encoding: str, tmp_path: Path) -> None:
    people = people_of(tmp_path, "email,Städte\na@example.com,Örebro\n".encode(encoding))
    assert people[0].attributes == {"Städte": "Örebro"}


def test_an_encoding_may_be_named(tmp_path: Path) -> None:
    people = people_of(tmp_path, "email,city\na@example.com,Łódź\n".encode("cp1250"), encoding="cp1250")
    assert people[0].attributes == {"city": "Łódź"}


@pytest.mark.parametrize("value", ["01234", "1234567890123456789", "NA", "null", "NaN", "1e5", "TRUE", "+1415", "1.50"])
def test_a_value_stays_what_it_is(value: str, tmp_path: Path) -> None:
    assert people_of(tmp_path, f"email,zip\na@example.com,{value}\n")[0].attributes == {"zip": value}


def test_guards_against_spreadsheets_are_taken_off(tmp_path: Path) -> None:
    people = people_of(tmp_path, 'email,zip,phone\na@example.com,"=""01234""",\'+4670\n')
    assert (people[0].attributes["zip"], people[0].phone) == ("01234", "+4670")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1", "\n@x"])
def test_no_rejected_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell).startswith("'")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("a@example.com\nb@example.com\n", "no row of column names"),
        ("name,city\nA,B\n", "no column holds addresses"),
        ("email,Opened At\na@example.com,x\n", "a report about a mailing"),
    ],
)
def test_what_is_no_list_of_people_is_refused(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=why):
        people_of(tmp_path, text)


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not text"):
        people_of(tmp_path, b"%PDF-1.7\n")


cell = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
quoted = st.sampled_from(['"', '""', '"a', 'a"', ",", "\n", "\r\n", "x@example.com", "a,b", '"x@example.com,y"'])


@settings(max_examples=looks(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(st.one_of(cell, quoted), max_size=30).map("".join))
@example(body='"')
@example(body='a@example.com,"b\nc@example.com,d\n"')
def test_any_text_at_all_is_fully_accounted_for(body: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write(tmp_path_factory.mktemp("any"), "people.csv", "email,note\n" + body)
    people, lost, empty, seen = read_rows(path)
    assert seen == len(people) + len(lost) + empty
    assert all(reason for _, reason, _ in lost)


@settings(max_examples=looks(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=60),
        st.binary(max_size=60).map(lambda tail: b"email,b\n" + tail),
        st.text(max_size=40).map(lambda text: ("email;b\n" + text).encode("utf-16", "surrogatepass")),
    )
)
def test_any_bytes_are_accounted_for_or_refused_in_one_sentence(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write(tmp_path_factory.mktemp("bytes"), "people.csv", data)
    try:
        people, lost, empty, seen = read_rows(path)
    except (MigrateError, NoPeople):
        return
    assert seen == len(people) + len(lost) + empty
    assert all("@" in (one.email or "") for one in people)


@settings(max_examples=looks(60), deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6), min_size=3, max_size=3),
        max_size=12,
    ),
    separator=st.sampled_from([",", ";", "\t"]),
)
def test_what_a_csv_writer_wrote_is_what_is_read(rows: list[list[str]], separator: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([["email", "b", "c"], *rows])
    found = [
        row for batch in batches(lambda: io.StringIO(out.getvalue(), newline=""), separator, 3) for row in batch.rows
    ]
    assert found == rows


def test_quick_and_careful_reading_agree(tmp_path: Path) -> None:
    pick = random.Random(3)
    values = ["x", 'say ""hi""', "a, b", "line\nbreak", ""]
    good = [f'p{number}@example.com,"{pick.choice(values)}"\n' for number in range(600)]
    quick = people_of(tmp_path / "quick", "email,note\n" + "".join(good))
    odd, *careful = people_of(tmp_path / "careful", "email,note\n" + 'x@example.com,"a"b\n' + "".join(good))
    assert odd.attributes == {"note": "ab"}
    assert [one.attributes for one in quick] == [one.attributes for one in careful]


TITLES = ("Kontakte der Acme GmbH\n\n", "Export;from;2024\nPage;1;\n", ";;\nContacts;;\n")


@pytest.mark.parametrize("titles", TITLES)
def test_titles_above_the_column_names_are_skipped_and_rows_keep_their_numbers(titles: str, tmp_path: Path) -> None:
    bundle = bundle_of(
        tmp_path, write(tmp_path, "p.csv", titles + "Name;E-Mail;Status\nA;a@example.com;Unsubscribed\nx;y;z\n")
    )
    (person,) = bundle.contacts()
    assert (person.email, person.consent.state.value) == ("a@example.com", "unsubscribed")
    assert rejected(tmp_path)[0][1] == "5"
    assert any("found in row 3" in note for note in bundle.manifest.notes)


def test_titles_in_a_sheet_are_skipped(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["All contacts"], [], ["Email", "Newsletter"], ["a@example.com", "nein"], ["nobody", "ja"]):
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    (person,) = bundle_of(tmp_path, tmp_path / "people.xlsx").contacts()
    assert person.consent.state.value == "unsubscribed"
    assert rejected(tmp_path)[0][1] == "5"


@pytest.mark.parametrize("title", ["All our contacts", "All our contacts,,,"])
def test_a_title_above_unknown_column_names_is_refused_with_its_row(title: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="row 1 has 1 filled cells"):
        people_of(tmp_path, f"{title}\nWer,Wohin,Newsletter,Plan\nA,a@example.com,nein,pro\nB,b@example.com,ja,pro\n")


@pytest.mark.parametrize(
    "header", ["from_email", "Reply-To", "replyTo", "sender", "Sender email", "Absender", "De: Remitente"]
)
def test_a_table_whose_only_addresses_are_senders_is_refused(header: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="those of senders"):
        people_of(tmp_path, f"Campaign,Subject,{header}\nSpring,Hi,shop@example.com\nMay,Hi,shop@example.com\n")


def test_a_sender_beside_people_is_an_attribute(tmp_path: Path) -> None:
    (person,) = people_of(tmp_path, "Wohin,Reply to\na@example.com,shop@example.com\n")
    assert (person.email, person.attributes) == ("a@example.com", {"Reply to": "shop@example.com"})
