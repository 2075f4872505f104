"""A look for what is there already, beside every create: by name, or by the label that marks a migration's work.

The target keeps no key for these creates, so a repeat after a lost answer must look first.
"""

from __future__ import annotations

from typing import Any

from adapters.sequenzy import read
from adapters.sequenzy.client import Sequenzy
from adapters.sequenzy.shapes import Labelled


def lists_named(api: Sequenzy, name: str) -> list[str]:
    """Ids. Two lists may share a name."""
    return [one.id for one in read.lists(api) if one.name.strip() == name.strip()]


def segment_named(api: Sequenzy, name: str) -> dict[str, Any] | None:
    """Whole, with its rules: segment names are unique."""
    return next((one for one in read.segments(api) if str(one.get("name", "")).strip() == name.strip()), None)


def templates_of(api: Sequenzy, label: str, name: str) -> list[str]:
    return [one.id for one in read.templates(api, label) if one.name.strip() == name.strip() and one.has_label(label)]


def sequences_of(api: Sequenzy, label: str, name: str) -> list[Labelled]:
    return [one for one in read.sequences(api, label) if one.name.strip() == name.strip()]
