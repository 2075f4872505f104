"""Exports of written files inside this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.csvfile.contacts import RowReader
from adapters.csvfile.inputs import Input
from adapters.csvfile.open_file import OpenFile, open_file
from adapters.csvfile.options import Options
from adapters.csvfile.source import FilesSource
from migrator.bundle import Bundle
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.model import Contact
from migrator.transport.clock import FakeClock


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def bundle_of(folder: Path, *files: Path, **options: Any) -> Bundle:
    reading = FilesSource().open({}, clock=FakeClock(), options=Options(files=files, **options))
    done = export(reading, folder / "ws" / "bundle", clock=FakeClock(), watcher=Silent(), fresh=True)
    return Bundle.open(done.folder)


def people_of(folder: Path, text: str | bytes, name: str = "people.csv", **options: Any) -> list[Contact]:
    return list(bundle_of(folder, write(folder, name, text), **options).contacts())


class NoPeople(Exception):
    """The file is no list of people."""


def read_rows(path: Path, **options: Any) -> tuple[list[Contact], list[Any], int, int]:
    """People, rejected rows, empty rows and all rows, without writing a bundle: quick enough for many examples."""
    file = open_file(Input(path.name, lambda: path.open("rb"), path), Options(files=(path,), **options))
    if not isinstance(file, OpenFile):
        raise NoPeople(file.why)
    reader, people, lost, seen = RowReader(file.columns, 1, mixed=file.mixed), [], [], 0
    for batch in file.batches():
        found, rejected = reader.read(batch.rows, batch.first_row, batch.numbers)
        people += found
        lost += [*rejected, *batch.bad]
        seen += len(batch.rows) + len(batch.bad)
    return people, lost, reader.sieve.empty, seen


def told(bundle: Bundle) -> dict[str, Any]:
    """What became of the rows of the first file."""
    found: dict[str, Any] = bundle.manifest.options.other["files"][0]
    return found


def rejected(folder: Path) -> list[list[str]]:
    import csv

    with (folder / "ws" / "export-rejected.csv").open(newline="") as file:
        return list(csv.reader(file))[1:]
