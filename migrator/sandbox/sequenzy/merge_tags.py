"""Fills merge tags: `{{name|fallback}}`, `{{#if}}`, `{{#unless}}`, `{{else}}`, escaped for HTML.

Unknown and empty tags become nothing, never an error; each is named with the reason. Where values come from is in
render.py.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from migrator.sandbox.sequenzy.conditions import as_text

Lookup = Callable[[str], tuple[bool, Any]]
"""A name to (whether such a tag exists, its value)."""

_TAG = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_DEFAULT = re.compile(r"default:\s*(?:\"(.*)\"|'(.*)')", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style|iframe|object)\b.*?(</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_HANDLER = re.compile(r"\son\w+\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)|javascript:", re.IGNORECASE)


@dataclass
class Filled:
    text: str
    unresolved: list[dict[str, str]] = field(default_factory=list)


@dataclass
class _Block:
    """An `#if` or `#unless` that is open: its answer, and whether we are in its first half."""

    shows: bool


def fill(source: str, lookup: Lookup, *, escape: bool = True) -> Filled:
    found = Filled("")
    parts: list[str] = []
    stack: list[_Block] = []
    at = 0
    for match in _TAG.finditer(source):
        if all(block.shows for block in stack):
            parts.append(source[at : match.start()])
        at = match.end()
        inner = match[1].strip()
        if inner.startswith(("#if ", "#unless ")):
            word, _, name = inner.partition(" ")
            truth = _truthy(lookup(name.strip())[1])
            stack.append(_Block(truth if word == "#if" else not truth))
        elif inner == "else" and stack:
            stack[-1].shows = not stack[-1].shows
        elif inner in ("/if", "/unless") and stack:
            stack.pop()
        elif all(block.shows for block in stack):
            parts.append(_value(inner, lookup, escape, found.unresolved))
    if all(block.shows for block in stack):
        parts.append(source[at:])
    found.text = "".join(parts)
    return found


def _truthy(value: Any) -> bool:
    return bool(value) and value != "false"


def _value(inner: str, lookup: Lookup, escape: bool, unresolved: list[dict[str, str]]) -> str:
    name, bar, rest = (part.strip() for part in inner.partition("|"))
    raw = name.startswith("html.")
    known, value = lookup(name.removeprefix("html."))
    text = "" if value is None else ", ".join(as_text(v) for v in value) if isinstance(value, list) else as_text(value)
    if not text and bar:
        default = _DEFAULT.fullmatch(rest)
        return (default[1] or default[2] or "") if default else rest
    if not text:
        reason: Literal["unknown", "no_value"] = "no_value" if known else "unknown"
        if {"tag": name, "reason": reason} not in unresolved:
            unresolved.append({"tag": name, "reason": reason})
        return ""
    if raw:
        return _HANDLER.sub("", _SCRIPT.sub("", text))
    return html.escape(text) if escape else text


def names_in(source: str) -> list[str]:
    """Every tag used, without its fallback, in order of appearance."""
    return [match[1].partition("|")[0].strip() for match in _TAG.finditer(source)]
