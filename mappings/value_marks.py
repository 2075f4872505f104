"""What is peculiar about the values of a custom field wherever an email prints them: whether some are lists, yes or no,
nothing in the eyes of a template language, or markup. Nothing here reads files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    LIST = "list"
    FLAG = "flag"
    """Yes or no, as such and not as a word."""
    FALSE = "false"
    ZERO = "zero"
    WHOLE = "whole"
    """A whole number that is written with a point: 20.0."""
    MARKUP = "markup"


NOTHING = frozenset({Mark.FALSE, Mark.ZERO})
"""What one template language or another takes for no value."""
_AFTER = {"<": r"[A-Za-z/!?]", "&": r"(?:#[0-9A-Fa-fxX]{1,8}|[A-Za-z][A-Za-z0-9]{1,30});"}
"""The signs that begin markup, and what stands behind them then."""
_IN_TEXT = [(sign, re.compile(after)) for sign, after in _AFTER.items()]
_IN_BYTES = [(sign.encode(), re.compile(after.encode())) for sign, after in _AFTER.items()]
_OF_TYPES = {"boolean": Mark.FLAG, "list": Mark.LIST, "nested list": Mark.LIST}


def holds_markup(text: str) -> bool:
    """A tag or an entity: what a browser shows differently once it is escaped."""
    for sign, after in _IN_TEXT:
        place = text.find(sign)
        while place >= 0:
            if after.match(text, place + 1):
                return True
            place = text.find(sign, place + 1)
    return False


def may_hold_markup(encoded: bytes) -> bool:
    """The same of many records at once, as JSON: a quick no for nearly all accounts."""
    for sign, after in _IN_BYTES:
        place = encoded.find(sign)
        while place >= 0:
            if after.match(encoded, place + 1):
                return True
            place = encoded.find(sign, place + 1)
    return False


def marks_of(value: Any) -> set[Mark]:
    """Of a value that is no map."""
    if isinstance(value, bool):
        return {Mark.FLAG} if value else {Mark.FLAG, Mark.FALSE}
    if isinstance(value, int | float):
        marks = set() if value else {Mark.ZERO}
        return marks | {Mark.WHOLE} if isinstance(value, float) and value.is_integer() else marks
    if isinstance(value, list | tuple):
        return {Mark.LIST, *(Mark.MARKUP for one in value if isinstance(one, str) and holds_markup(one))}
    return {Mark.MARKUP} if isinstance(value, str) and holds_markup(value) else set()


def marks_of_types(types: Iterable[str]) -> set[Mark]:
    """What the types of a field's values say already, by the words of attributes.type_of."""
    return {_OF_TYPES[one] for one in types if one in _OF_TYPES}
