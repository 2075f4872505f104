"""Refusals of the sequence calls, each an exception around one of the shapes in replies.py, and the body check.

A refusal never leaves a half-made change behind: the calls work on a copy and keep it only when nothing was raised.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from migrator.sandbox.sequenzy import replies
from migrator.sandbox.sequenzy.replies import Refused

T = TypeVar("T")


def issue(path: str, message: str, allowed: list[str] | None = None) -> dict[str, Any]:
    return {"path": path, "message": message, **({"allowedValues": allowed} if allowed else {})}


def invalid(*issues: dict[str, Any], code: str = "VALIDATION_ERROR") -> Refused:
    """The business rules say no: an error text over the first three issues, then at most ten of them."""
    error = "; ".join(str(entry["message"]) for entry in issues[:3])
    return Refused(replies.invalid(error, code=code, issues=issues))


def wrong(path: str, message: str, allowed: list[str] | None = None) -> Refused:
    return invalid(issue(path, message, allowed))


def conflict(message: str, code: str = "CONFLICT") -> Refused:
    return Refused(replies.conflict(message, code))


def missing(what: str) -> Refused:
    return Refused(replies.not_found(what))


def mistyped(pointer: str, message: str, found: Any = None, allowed: list[str] | None = None) -> Refused:
    return Refused(replies.schema([(pointer, message)], found=found, allowed=allowed))


def shaped(body: Any, kind: type[T]) -> T:
    """The body as the typed record `kind`; a wrong type, a missing field or a value outside an enum is a 422."""
    if not isinstance(body, dict):
        raise mistyped("", "Expected object")
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as problem:
        message, _, place = str(problem).partition(" - at `$")
        pointer = _pointer(place.rstrip("`"))
        lost = re.search(r"missing required field `(\w+)`", message)
        raise mistyped(pointer + (f"/{lost[1]}" if lost else ""), message) from None


def _pointer(place: str) -> str:
    return "".join("/" + (index or name) for name, index in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", place))
