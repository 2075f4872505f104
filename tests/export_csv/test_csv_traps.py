"""A small file that unpacks to a huge one: a ZIP, an Excel file, a Parquet file. It ends with a sentence that names the
file, and takes little memory on the way; what is large and honest is read."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from csv_support import bundle_of, people_of, write

from adapters.csvfile import emails, excel, inputs
from adapters.csvfile.emails import read_emails
from migrator.errors import UsageError

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def workbook(path: Path, sheet: str | bytes, **more: bytes) -> Path:
    """The parts that Excel needs, with this sheet; `more`: parts to add or replace, by name without `.xml`."""
    import openpyxl

    made = io.BytesIO()
    openpyxl.Workbook().save(made)
    replaced: dict[str, str | bytes] = {"xl/worksheets/sheet1.xml": sheet}
    replaced |= {f"xl/{name}.xml": data for name, data in more.items()}
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *replaced}:
            new.writestr(name, replaced[name] if name in replaced else old.read(name))
    return path


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


HEAD = f'<row r="1">{cell("A1", "Email")}{cell("B1", "Status")}</row>'
ROW = f'<row r="2">{cell("A2", "a@example.com")}{cell("B2", "subscribed")}</row>'


def refused(folder: Path, path: Path, why: str) -> None:
    tracemalloc.start()
    with pytest.raises(UsageError, match=why) as raised:
        bundle_of(folder, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.name in str(raised.value)
    assert peak < 64 << 20


def test_the_workbook_of_these_tests_is_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx", SHEET.format(HEAD + ROW))
    assert [one.email for one in bundle_of(tmp_path, path).contacts()] == ["a@example.com"]


def test_a_sheet_packed_like_a_trap_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx", SHEET.format(HEAD + " " * (40 << 20)))
    refused(tmp_path, path, "packed like a trap")


def test_one_cell_in_the_last_corner_costs_no_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 10_000)
    far = f'<row r="9999">{cell("XFD9999", "x")}</row>'
    refused(tmp_path, workbook(tmp_path / "far.xlsx", SHEET.format(HEAD + ROW + far)), "rows or")
    beyond = f'<row r="99999999999">{cell("A99999999999", "x")}</row>'
    refused(tmp_path, workbook(tmp_path / "beyond.xlsx", SHEET.format(HEAD + ROW + beyond)), "rows or")


def test_a_size_that_the_sheet_claims_is_not_believed(tmp_path: Path) -> None:
    said = SHEET.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    path = workbook(tmp_path / "people.xlsx", said.format(HEAD + ROW))
    assert [one.email for one in bundle_of(tmp_path, path).contacts()] == ["a@example.com"]


def test_a_row_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "LARGEST_ROW", 1 << 20)
    path = workbook(tmp_path / "people.xlsx", SHEET.format(HEAD + "<row>" + "<c/>" * (1 << 19) + "</row>"))
    refused(tmp_path, path, "a row has more than")


def test_many_ordinary_rows_are_no_row_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "LARGEST_ROW", 1 << 12)
    monkeypatch.setattr(excel, "_PIECE", 1 << 9)
    rows = "".join(f"<row>{cell('A', f'p{number}@example.com')}</row>" for number in range(200))
    path = workbook(tmp_path / "people.xlsx", SHEET.format(f"<row>{cell('A', 'Email')}</row>" + rows))
    with path.open("rb") as file:
        excel.check(io.BytesIO(file.read()), path.name)


def test_styles_without_end_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx", SHEET.format(HEAD + ROW), styles=b"<xf/>" * (2 << 20))
    refused(tmp_path, path, "styles")


def test_a_trap_inside_an_archive_is_refused_as_well(tmp_path: Path) -> None:
    inner = workbook(tmp_path / "people.xlsx", SHEET.format(HEAD + " " * (40 << 20)))
    outer = tmp_path / "all.zip"
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, inner.name)
    refused(tmp_path, outer, "packed like a trap")


def test_many_small_members_are_one_trap_together(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"{number}.csv", b"email\n" + b" " * (8 << 20))
    refused(tmp_path, path, "trap")


def test_members_that_overlap_are_a_trap(tmp_path: Path) -> None:
    path = tmp_path / "overlap.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.csv", b"email\n" + bytes(range(256)) * 20)
        for number in range(1, 20):
            twin = zipfile.ZipInfo(f"{number}.csv")
            first = archive.filelist[0]
            for field in ("compress_type", "CRC", "compress_size", "file_size", "header_offset"):
                setattr(twin, field, getattr(first, field))
            archive.filelist.append(twin)
    refused(tmp_path, path, "trap")


@pytest.mark.parametrize("name", ["inner.zip", "people.csv.gz", "people.tgz", "people.7z", "PEOPLE.RAR", "a.tar"])
def test_an_archive_inside_an_archive_is_named_and_not_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, gzip.compress(b"email\nhidden@example.com\n"))
        archive.writestr("people.csv", "email\na@example.com\n")
    bundle = bundle_of(tmp_path, path)
    assert [one.email for one in bundle.contacts()] == ["a@example.com"]
    assert {one.what: one.why for one in bundle.manifest.unread if one.what.startswith("all.zip")} == {
        f"all.zip/{name}": "it is an archive inside an archive"
    }


def test_a_parquet_file_that_says_it_has_too_many_cells_is_refused(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    column = pyarrow.DictionaryArray.from_arrays(pyarrow.nulls(17_000_000, pyarrow.int8()), pyarrow.array(["x"]))
    pyarrow.parquet.write_table(pyarrow.table({"email": column, "name": column}), tmp_path / "people.parquet")
    assert (tmp_path / "people.parquet").stat().st_size < 1 << 20
    refused(tmp_path, tmp_path / "people.parquet", "cells")


def test_emails_that_are_too_much_together_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emails, "LARGEST_TOTAL", 10_000)
    for number in range(3):
        write(tmp_path, f"emails/{number}.html", "<p>" + "x" * 4_000 + "</p>")
    with pytest.raises(UsageError, match="too many emails"):
        read_emails([tmp_path / "emails"], None)


def test_a_packed_text_that_grows_beyond_its_size_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "RATIO_FROM", 1 << 20)
    path = write(tmp_path, "people.csv.gz", gzip.compress(b"email\n" + b"\n" * (40 << 20)))
    refused(tmp_path, path, "more than it may")
    assert [one.email for one in people_of(tmp_path, "email\na@example.com\n")] == ["a@example.com"]
