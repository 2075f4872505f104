"""mappings.toml as a hurried person leaves it: what is wrong, in which line, and how to mend it; nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.errors import SettingsError
from migrator.plan.answers.mappings_file import line_of, load, place_in
from migrator.plan.answers.schema import read_answers

HEAD = '# notes of mine\n\nopened = "clicked"\n'


def said(place: Path, data: bytes | str) -> str:
    mine = place / "mappings.toml"
    mine.write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(SettingsError) as refused:
        load(mine)
    assert str(mine) in str(refused.value)
    assert mine.read_bytes() == (data if isinstance(data, bytes) else data.encode())
    return str(refused.value)


def test_curly_quotes_are_named(tmp_path: Path) -> None:
    text = said(tmp_path, f"{HEAD}timezone = “Europe/Paris”\n")
    assert "line 4" in text
    assert 'straight quotes, such as "' in text


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("steps.7/104.skip = true", 'steps."7/104".skip'),
        ('tags.rename.été = "x"', "stands in quotes"),
        ("sequences.7.take = no", "true and false"),
        ("opened = clicked", "stands in quotes"),
    ],
)
def test_missing_quotes_are_named(line: str, hint: str, tmp_path: Path) -> None:
    text = said(tmp_path, f"{HEAD}{line}\n")
    assert "line 4" in text
    assert hint in text


def test_a_setting_that_stands_twice_is_called_so(tmp_path: Path) -> None:
    text = said(tmp_path, f'{HEAD}opened = "segment"\n')
    assert "line 4" in text
    assert "stands in the file twice" in text
    assert "the table [a]" not in text


@pytest.mark.parametrize(
    "rest", ['[tags.rename]\na = "b"\n[tags.rename]\nc = "d"\n', 'tags.rename.a = "b"\n[tags.rename]\nc = "d"\n']
)
def test_a_table_in_two_places_is_called_so(rest: str, tmp_path: Path) -> None:
    assert "the table [a]" in said(tmp_path, HEAD + rest)


def test_a_file_in_an_encoding_of_windows_is_named_with_the_line(tmp_path: Path) -> None:
    text = said(tmp_path, f'{HEAD}tags.rename.VIP = "grüße"\n'.encode("cp1252"))
    assert "line 4" in text
    assert "UTF-8" in text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_that_an_editor_calls_unicode_is_named(encoding: str, tmp_path: Path) -> None:
    text = said(tmp_path, HEAD.encode(encoding))
    assert "UTF-16" in text
    assert "UTF-8" in text


def test_a_line_below_a_table_is_sent_to_the_top() -> None:
    with pytest.raises(SettingsError) as refused:
        read_answers({"tags": {"ignore": [], "opened": "clicked"}})
    assert "The line opened = ... belongs to the top of the file" in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"opened": True}, "a text in quotes (`str`), got true or false (`bool`)"),
        ({"sequences": {"7": {"take": "no"}}}, "true or false (`bool`), got a text in quotes (`str`)"),
        ({"only_sequences": "7"}, "a list (`array`), got a text in quotes (`str`)"),
        ({"tags": {"ignore": "x"}}, "a table (`object`) or a list (`array`), got a text in quotes (`str`)"),
        ({"tags": ["x"]}, "a table (`object`), got a list (`array`)"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_in_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_answers(settings)
    assert words in str(refused.value)


TEXT = '''# a comment with tags.rename.x = 1
opened = "clicked"   # tags.rename.x

tags.rename."a.b" = "x"
tags.ignore = [
  "one",
  "two",
]
steps."7/1".body = """
opened = no
"""
[sequences.7]
take = false
name = "S"
'''


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("opened",), 2),
        (("tags", "rename", "a.b"), 4),
        (("tags", "ignore", "two"), 5),
        (("steps", "7/1", "body"), 9),
        (("sequences", "7"), 12),
        (("sequences", "7", "name"), 14),
        (("sequences", "7", "opened"), 12),
        (("nowhere",), None),
        ((), None),
    ],
)
def test_the_line_of_a_setting_is_found(keys: tuple[str, ...], line: int | None) -> None:
    assert line_of(TEXT, keys) == line


def test_the_place_of_a_setting_in_a_file_that_is_not_there_is_not_made_up(tmp_path: Path) -> None:
    assert place_in(tmp_path / "mappings.toml", ("opened",)) == ""
