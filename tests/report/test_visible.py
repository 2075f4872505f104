"""No character of a source steers a terminal, hides text or turns it round where a person reads it."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
import unicodedata

import markdown
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.report.markdown import code, safe
from migrator.visible import all_visible, cell, safe_json, visible
from tests.looks import looks

ATTACKS = (
    "\x1b[2J\x1b[31mAll opted in\x1b[0m",
    "\x9b2J",
    "over\rwritten",
    "bell\x07 back\x08\x08\x08",
    "invoice\u202egpj.exe",
    "\u2066hidden\u2069",
    "a\u200bb\ufeffc",
    "tag\U000e0041\U000e007f",
    "half \ud83d emoji",
    "line\u2028end",
)
SIGNS = "\x1b\x9b\r\u202e\u2066\ufeff\U000e0041\ud800[]()<>!`#*_|~:/-+.\n"
TEXTS = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(
        st.one_of(st.characters(), st.sampled_from("\x1b\x9b\r\u202e\u2066\ufeff\U000e0041\ud800[]()<>!`#*_|~:/-+.\n")),
        max_size=60,
    ),
)
STEERS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
JOINERS = {"\u200c", "\u200d"}


def steering(text: str, allowed: str = "") -> set[str]:
    return {c for c in text if unicodedata.category(c) in STEERS and c not in JOINERS and c not in allowed} - OTHER


OTHER = {c for c in map(chr, range(0x600, 0x110000)) if unicodedata.category(c) == "Cf" and visible(c) == c} - JOINERS
"""Marks of format that belong to letters (Arabic number signs, hieroglyphs, shorthand): they turn and hide nothing."""


def test_what_stays_is_only_the_letters_own_marks() -> None:
    assert not {c for c in OTHER if "DIRECTION" in unicodedata.name(c, "") or "ISOLATE" in unicodedata.name(c, "")}
    assert len(OTHER) < 60


@settings(max_examples=looks(300))
@given(TEXTS)
def test_no_text_steers_the_terminal(text: str) -> None:
    assert set() == steering(visible(text))
    assert set() == steering(visible(text, keep="\n"), "\n")


@settings(max_examples=looks(300))
@given(TEXTS)
def test_no_cell_of_a_csv_file_steers_or_calculates(text: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([cell(text)])
    assert set() == steering(out.getvalue().rstrip("\n"))
    assert not cell(text).lstrip().startswith(("=", "+", "-", "@"))


@settings(max_examples=looks(300))
@given(TEXTS)
def test_json_means_the_same_and_steers_nothing(text: str) -> None:
    shown = safe_json(json.dumps({"text": text}, ensure_ascii=False))
    assert set() == steering(shown)
    assert {"text": text} == json.loads(shown)


@settings(max_examples=looks(300))
@given(TEXTS.filter(lambda text: not re.search("[\ud800-\udfff]", text)))
def test_an_escape_inside_quotes_is_the_character_itself(text: str) -> None:
    """So a line for mappings.toml that is copied from the report still means the same construct."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert text == tomllib.loads(f'name = "{visible(quoted)}"')["name"]


@settings(max_examples=looks(300))
@given(TEXTS)
def test_the_markdown_report_holds_no_markup_of_the_source(text: str) -> None:
    line = safe(text)
    assert set() == steering(line)
    assert "\n" not in line
    assert not re.search(r"(?<!\\)[`*_\[\]<>#|~]", line)
    assert not re.search(r"(?i)\b(https?|ftp|mailto):", line)
    assert set() == steering(code(text))


@settings(max_examples=looks(300), deadline=None)
@given(TEXTS)
def test_a_reader_of_markdown_makes_text_of_it(text: str) -> None:
    rendered = markdown.markdown(f"para\n\n- {safe(text)}\n\n{safe(text)}\n\n`x` {code(text)}", extensions=["extra"])
    tags = {name.lower() for name in re.findall(r"</?(\w+)", rendered)}
    assert tags <= {"p", "ul", "li", "code"}
    assert "href" not in re.sub(r"&\w+;", "", re.sub(r">[^<]*<", "><", rendered))


def test_every_text_of_a_record_is_made_visible() -> None:
    assert {"a": ["x\\u001b", ("y\\u202e",)]} == all_visible({"a": ["x\x1b", ("y\u202e",)]})


def test_joined_emoji_and_persian_words_stay_as_they_are() -> None:
    for text in ("👩‍💻 team", "می‌خواهم", "Ünïcode – “quotes” €"):
        assert text == visible(text)
