"""Open questions, written into mappings.toml as comments: what is asked, what happens until it is answered, and the
line that answers it. A person's own lines, their order and their comments are never touched.

New questions are put in as text, above a line that marks the place, or at the top of a file without one. Afterwards
the file must say exactly what it said before, or it is not written.
"""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from codecs import BOM_UTF8
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mappings.answer_lines import dotted, toml_text
from mappings.verdicts import Verdict
from migrator.bundle.disk import write_whole
from migrator.errors import Bug
from migrator.plan.answers.mappings_file import parse, read_text
from migrator.plan.ledger import brief
from migrator.plan.records import LedgerEntry

ANCHOR = "# === new questions are added above this line; your own [tables] may follow below it ==="
WIDTH = 110
_INTRO = """\
# mappings.toml: your say in this migration. Change it and run `migrate plan` again; nothing here is ever overwritten.
#
# Every question stands below as a comment. To answer one, take the # away from its last line and put the right value
# in. What is not answered keeps its careful default: nobody is mailed, re-subscribed or restarted by an open question.
# Lines such as a.b = "c" belong above the first [table] of the file. Every setting: docs/mappings.md.
#
# For the whole account (the values shown are the defaults):
# opened = "ask"                # conditions on opened emails: segment, clicked, event or stand_in
# existing_people = "merge"     # active people whom Sequenzy knows already: merge fills empty fields only; or skip
# consent.pending = "unsubscribed"   # never answered their confirmation mail; or leave_behind
# only_sequences = []           # ids of the sequences to take; empty: all
"""


@dataclass(frozen=True)
class Question:
    """`path` is what the line sets, as keys."""

    path: tuple[str, ...]
    line: str
    text: str
    must: bool
    """Whether a person has to answer it; the others are choices that were made with care already."""


def open_questions(entries: Iterable[LedgerEntry]) -> list[Question]:
    """One for each setting, those that must be answered first, in the order of the ledger."""
    found: dict[tuple[str, ...], Question] = {}
    for entry in entries:
        for finding in entry.findings:
            path = key_path(finding.settles)
            if not path:
                continue
            must = finding.verdict is Verdict.MANUAL
            text = f"{_what(entry)}: {finding.reason} {finding.remedy}".strip()
            if path not in found or (must and not found[path].must):
                found[path] = Question(path, finding.settles, brief(text, 1000), must)
    return sorted(found.values(), key=lambda one: not one.must)


def key_path(line: str) -> tuple[str, ...]:
    """The keys that a line of TOML sets; nothing for no line."""
    if not line:
        return ()
    try:
        value: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()  # a name that TOML cannot hold; the report shows the finding all the same
    path: list[str] = []
    while isinstance(value, dict) and len(value) == 1:
        key, value = next(iter(value.items()))
        path.append(key)
    return tuple(path)


def add_questions(path: Path, questions: Iterable[Question]) -> list[Question]:
    """Writes those that the file neither asks nor answers yet, and gives them back. Makes the file if need be."""
    old = read_text(path)
    settings = parse(old, str(path))
    new = [one for one in questions if not _answered(settings, one.path) and not _asked(old, one)]
    if old and not new:
        return []
    text = with_questions(old, new)
    if parse(text, str(path)) != settings:
        raise Bug("Writing questions would change what mappings.toml says", where=str(path))
    # A link leads to the file that the person keeps, and their editor's line ends and mark stay.
    write_whole(path.resolve(), _as_it_was(text, path))
    return new


def _as_it_was(text: str, path: Path) -> bytes:
    old = path.read_bytes() if path.exists() else b""
    data = text.encode()
    if b"\r\n" in old:
        data = data.replace(b"\n", b"\r\n")
    return BOM_UTF8 + data if old.startswith(BOM_UTF8) else data


def with_questions(old: str, new: list[Question]) -> str:
    blocks = [_block(one) for one in new if one.must]
    choices = [_block(one) for one in new if not one.must]
    if choices:
        blocks.append("# --- Chosen for you already; change them if you like better ---\n")
        blocks += choices
    body = "".join(f"{block}\n" for block in blocks)
    for place in (match.start() for match in re.finditer(rf"^{re.escape(ANCHOR)}$", old, re.MULTILINE)):
        text = old[:place] + body + old[place:]
        if _same(text, old):
            return text
    intro = f"{_INTRO}\n{body}{ANCHOR}\n"
    return intro if not old else f"{intro}\n{old}"


def _same(new: str, old: str) -> bool:
    try:
        return tomllib.loads(new) == tomllib.loads(old)
    except tomllib.TOMLDecodeError:
        return False


def _block(one: Question) -> str:
    lines = textwrap.wrap(one.text, WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in [*lines, one.line])


def _what(entry: LedgerEntry) -> str:
    kind = entry.kind.replace("_", " ")
    place = f" ({entry.id})" if entry.kind in ("step", "lane", "trigger") else ""
    return f"{kind[:1].upper()}{kind[1:]} {entry.label}{place}"


def _answered(settings: dict[str, Any], path: tuple[str, ...]) -> bool:
    """Whether the file sets it, in either way of naming a step."""
    return any(_holds(settings, way) for way in _ways(path))


def _ways(path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The same setting of a step, as a key with a slash and as a table in a table."""
    if path[0] != "steps" or len(path) < 3:
        return [path]
    if len(path) > 3:
        return [path, ("steps", f"{path[1]}/{path[2]}", *path[3:])]
    sequence_id, _, step_id = path[1].partition("/")
    return [path, ("steps", sequence_id, step_id, *path[2:])]


def _holds(settings: Any, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(settings, dict) or key not in settings:
            return False
        settings = settings[key]
    return True


def _asked(text: str, one: Question) -> bool:
    """Whether a comment asks it already: as a line of ours, or in the table that an export wrote for the step."""
    ways = _ways(one.path)
    for way in ways:
        # A key may stand in quotes or without.
        head = r"\.".join(f"(?:{re.escape(dotted((key,)))}|{re.escape(toml_text(key))})" for key in way)
        if re.search(rf"^\s*#\s*{head}\s*=", text, re.MULTILINE):
            return True
    if len(ways) == 1:
        return False
    _, sequence_id, step_id, name = max(ways, key=len)
    header = re.escape(f"[steps.{json.dumps(sequence_id)}.{json.dumps(step_id)}]")
    table = re.search(rf"^{header}\s*$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    return table is not None and re.search(rf"^#?\s*{re.escape(name)}\s*=", table[1], re.MULTILINE) is not None
