"""Whatever a hurried person does to mappings.toml, new questions leave every line of theirs where it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.plan.answers.mappings_file import load
from migrator.plan.answers.questions import ANCHOR, Question, add_questions, key_path
from tests.looks import looks

LINES = (
    'steps."7/1".skip = true',
    'tags.rename.VIP = "vip-2"',
    "sequences.7.enters_once = true",
    'attributes.rename.a = "b"',
)


def question(line: str) -> Question:
    return Question(key_path(line), line, f"A question about {line[:9]}.", must=True)


def asked(place: Path) -> Path:
    mine = place / "mappings.toml"
    add_questions(mine, [question(line) for line in LINES[:3]])
    return mine


EDITS = {
    "answered in place": lambda text: text.replace(f"# {LINES[0]}", LINES[0]),
    "answered and indented": lambda text: text.replace(f"# {LINES[0]}", f"   {LINES[0]}   # mine"),
    "moved to the top": lambda text: LINES[0] + "\n" + text.replace(f"# {LINES[0]}\n", ""),
    "in a table at the end": lambda text: text + '\n[steps."7/1"]\nskip = true\n',
    "the whole question deleted": lambda text: text.replace(f"# {LINES[1]}\n", ""),
    "the mark deleted": lambda text: text.replace(ANCHOR, ""),
    "the mark twice": lambda text: text + f"\n{ANCHOR}\n",
    "the mark within a text": lambda text: text.replace(ANCHOR, "") + f'steps."7/1".body = """\n{ANCHOR}\n"""\n',
    "the mark below a table": lambda text: text.replace(ANCHOR, f'[tags]\nignore = ["a"]\n{ANCHOR}'),
    "nothing but an answer": lambda _: LINES[0] + "\n",
    "no line end": lambda text: text.rstrip("\n"),
    "only comments": lambda _: "# later\n",
    "blanks at the ends": lambda text: "\n\n" + text.replace("\n", "   \n") + "\n\n\n",
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_line_of_a_person_stays(edit: str, ends: str, tmp_path: Path) -> None:
    mine = asked(tmp_path)
    edited = EDITS[edit](mine.read_text())
    mine.write_bytes(edited.replace("\n", ends).encode())
    said = load(mine)
    assert [one.line for one in add_questions(mine, [question(LINES[3])])] == [LINES[3]]
    left = iter(mine.read_bytes().decode().split(ends))
    assert [line for line in edited.split("\n") if line not in left] == [], "all of them, in their order"
    assert load(mine) == said
    again = add_questions(mine, [question(line) for line in LINES])
    assert {one.line for one in again} <= set(LINES[:3]), "what was asked or answered is not asked again"
    assert add_questions(mine, [question(line) for line in LINES]) == []
    assert load(mine) == said


@settings(max_examples=looks(20), deadline=None)
@given(st.permutations([*(f"# {line}" for line in LINES[:3]), "# a note", 'old_hosts = ["a.test"]', "", ANCHOR]))
def test_lines_in_any_order_stay(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    mine = tmp_path_factory.mktemp("moved") / "mappings.toml"
    mine.write_text("\n".join(lines))
    added = add_questions(mine, [question(line) for line in LINES])
    assert [one.line for one in added] == [LINES[3]]
    left = iter(mine.read_text().split("\n"))
    assert [line for line in lines if line not in left] == []
