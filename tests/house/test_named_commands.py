"""What the program tells people to type exists: commands, sub-commands and options."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from migrator.cli.main import VERBS, main

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("migrator", "adapters", "mappings") for path in (ROOT / folder).rglob("*.py"))


def literal(node: ast.AST) -> str:
    """A string as far as it is written down; what is put in at run time becomes X."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) if isinstance(part, ast.Constant) else "X" for part in node.values)
    return ""


def is_next(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "next"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "run"
        and bool(node.args)
    )


def told(tree: ast.AST) -> Iterator[str]:
    """What stands behind `migrate` in a text, and what `Run.next` is given."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
        if is_next(node):
            argument = node.args[0]  # type: ignore[attr-defined]  # a call with an argument
            ways = [argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument]
            yield from filter(None, map(literal, ways))
        elif id(node) not in inside and (text := literal(node)):
            yield from re.findall(r"(?:`|\n      |\bRun |: )migrate (?:-C \S+ )?([a-z][^`\n.;,]*)", text)


@cache
def every_text() -> dict[Path, tuple[str, ...]]:
    return {path: tuple(told(ast.parse(path.read_text()))) for path in SOURCES}


def problem_of(text: str) -> str | None:
    words = text.split()
    if not words or words[0] == "X":
        return None
    if words[0] not in VERBS:
        return f"no command {words[0]}"
    command = main.get_command(click.Context(main), words[0])
    if isinstance(command, click.Group) and len(words) > 1 and re.fullmatch("[a-z]+", words[1]):
        inner = command.commands.get(words[1])
        if inner is None:
            return f"no command {words[0]} {words[1]}"
        command = inner
    assert command is not None
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    wrong = [word for word in re.findall(r"(?<!\S)--[a-z][a-z-]*", text) if word not in options]
    return f"{words[0]} has no {', '.join(wrong)}" if wrong else None


@pytest.mark.parametrize("text", ["plam", "plan --delta X", "export broadkast", "cutovr"])
def test_a_wrong_command_would_be_found(text: str) -> None:
    assert problem_of(text)


def test_texts_name_only_commands_and_options_that_exist() -> None:
    found = {}
    for path, texts in every_text().items():
        for text in texts:
            if problem := problem_of(text):
                found[f"{path.relative_to(ROOT)}: {text}"] = problem
    assert found == {}


def test_texts_name_many_commands() -> None:
    assert sum(map(len, every_text().values())) > 40
