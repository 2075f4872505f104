"""Refusals of the sequence calls, in the shapes of the contract. Raised deep inside, answered at the route.

A refusal never leaves a half-made change behind: the calls work on a copy and keep it only when nothing was raised.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

MAX_ISSUES = 10

T = TypeVar("T")


class Refused(Exception):
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}")
        self.status, self.body = status, body


def issue(path: str, message: str, allowed: list[str] | None = None) -> dict[str, Any]:
    return {"path": path, "message": message, **({"allowedValues": allowed} if allowed else {})}


def invalid(*issues: dict[str, Any], code: str = "VALIDATION_ERROR", status: int = 400) -> Refused:
    """The business rules say no: an error text over the first three issues, then at most ten of them."""
    error = "; ".join(str(entry["message"]) for entry in issues[:3])
    found = {"success": False, "error": error, "code": code, "issues": list(issues[:MAX_ISSUES])}
    return Refused(status, found)


def wrong(path: str, message: str, allowed: list[str] | None = None) -> Refused:
    return invalid(issue(path, message, allowed))


def conflict(message: str, code: str = "CONFLICT") -> Refused:
    return Refused(409, {"success": False, "error": message, "code": code})


def missing(what: str) -> Refused:
    return Refused(404, {"success": False, "error": {"code": "NOT_FOUND", "message": f"{what} not found"}})


def mistyped(pointer: str, message: str, found: Any = None, allowed: list[str] | None = None) -> Refused:
    """The body has the wrong shape: a JSON pointer, and no `success` key."""
    entry = {"path": pointer, "message": message, "summary": message}
    if allowed:
        entry |= {"allowedValues": allowed}  # type: ignore[dict-item] # the one list among texts
    return Refused(
        422,
        {
            "type": "validation",
            "on": "body",
            "property": pointer,
            "message": message,
            "summary": message,
            "found": found,
            "errors": [entry],
        },
    )


def shaped(body: Any, kind: type[T]) -> T:
    """The body as the typed record `kind`; a wrong type, a missing field or a value outside an enum is a 422."""
    if not isinstance(body, dict):
        raise mistyped("root", "Expected an object", body)
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as problem:
        message, _, place = str(problem).partition(" - at `$")
        pointer = _pointer(place.rstrip("`"))
        lost = re.search(r"missing required field `(\w+)`", message)
        raise mistyped(pointer + (f"/{lost[1]}" if lost else ""), message, _at(body, pointer)) from None


def _pointer(place: str) -> str:
    return "".join("/" + (index or name) for name, index in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", place))


def _at(body: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        try:
            body = body[int(part)] if isinstance(body, list) else body[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return body if isinstance(body, str | int | float | bool) else None
