"""What the system refuses, and files that are no files of ours: each told with its real cause and a fix that works."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from migrator.cli.main import main
from migrator.system_errors import of_sqlite, system_sentence


def run(workspace: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["-C", str(workspace), *arguments])


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "Make room on the disk"),
        (errno.EDQUOT, "Make room on the disk"),
        (errno.EROFS, "mounted for reading only"),
        (errno.EACCES, "right to read and write"),
        (errno.EISDIR, "Move it away"),
        (errno.ENOTDIR, "Move it away"),
        (errno.ENOENT, "path is right"),
        (errno.ENAMETOOLONG, "shorter"),
        (errno.EMFILE, "Close other programs"),
        (errno.EIO, "Look at that place"),
    ],
)
def test_every_refusal_of_the_system_names_its_place_and_its_own_fix(number: int, words: str) -> None:
    told = str(system_sentence(OSError(number, os.strerror(number), "acme/bundle")))
    assert "acme/bundle" in told
    assert words in told
    assert "--fresh" not in told


def test_a_database_that_cannot_grow_is_a_full_disk_and_not_a_damaged_file(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "pages.sqlite")
    database.execute("pragma page_size = 512")
    database.execute("pragma max_page_count = 3")
    database.execute("create table rows (data blob)")
    with pytest.raises(sqlite3.Error) as full:
        database.execute("insert into rows values (zeroblob(20000))")
    refused = of_sqlite(full.value, tmp_path)
    assert refused is not None
    assert refused.errno == errno.ENOSPC
    with pytest.raises(sqlite3.Error) as wrong:
        database.execute("select nothing from nowhere")
    assert of_sqlite(wrong.value, tmp_path) is None


@pytest.mark.parametrize("verb", ["plan", "report", "load", "verify", "undo"])
def test_a_workspace_that_is_not_there_is_named(tmp_path: Path, verb: str) -> None:
    told = run(tmp_path / "none", verb)
    assert told.exit_code == 1
    assert "There is no such workspace" in told.stderr
    assert str(tmp_path / "none") in told.stderr


@pytest.mark.parametrize("content", [bytes(range(256)) * 12, b"\x00\x01\x02@\x03," * 200, b"PK\x05\x7f\x06\x01" * 90])
def test_bytes_that_are_no_table_are_told_as_such(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "people.csv").write_bytes(content)
    told = run(tmp_path, "export", "csv", str(tmp_path / "people.csv"))
    assert told.exit_code != 0
    assert "it is no text" in told.stderr
    assert "--map" not in told.stderr


def test_an_env_that_is_a_folder_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    told = run(tmp_path, "doctor")
    assert "Move it away" in told.stderr
    assert "IsADirectoryError" not in told.stderr


def test_nobody_is_asked_for_the_key_of_a_platform_they_do_not_have(tmp_path: Path) -> None:
    told = CliRunner(env={}).invoke(main, ["-C", str(tmp_path), "doctor"])
    [line] = [line for line in told.stderr.splitlines() if "KLAVIYO_API_KEY" in line]
    assert "Only a move from Klaviyo needs it" in line
