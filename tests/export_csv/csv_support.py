"""Exports of written files inside this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def told(bundle: Bundle) -> dict[str, Any]:
    """What became of the rows of the first file."""
    found: dict[str, Any] = bundle.manifest.options.other["files"][0]
    return found


def rejected(folder: Path) -> list[list[str]]:
    import csv

    with (folder / "ws" / "export-rejected.csv").open(newline="") as file:
        return list(csv.reader(file))[1:]
