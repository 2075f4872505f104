"""Reads what a request carries: the JSON object, numbers and flags of the query, moments, plain attributes.

Types and required fields of bodies are checked by records in *_bodies.py; keys nobody asked for are ignored.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET, UnsetType

from migrator.sandbox.sequenzy.refusals import Refused, invalid, issue, mistyped
from migrator.sandbox.web import Request

Absent = UnsetType
ABSENT = UNSET
TEXT_LIMIT = 255


def read_object(request: Request) -> dict[str, Any]:
    try:
        body = _decoded(request.body) if request.body.strip() else {}
    except (ValueError, msgspec.DecodeError, RecursionError):
        problem = {"code": "PARSE", "message": "The request body is not valid JSON"}
        raise Refused(400, {"success": False, "error": problem}) from None
    if not isinstance(body, dict):
        raise mistyped("root", "Expected an object")
    return body


def _decoded(body: bytes) -> Any:
    """Stricter than the standard library (no NaN), but half of a surrogate pair passes, as on a JavaScript server."""
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        if b"\\u" not in body:
            raise
        return json.loads(body, parse_constant=_no_number)


def _no_number(name: str) -> Any:
    raise ValueError(name)


def given(value: Any) -> Any:
    """None for a key that was absent."""
    return None if value is UNSET else value


def parse_moment(value: Any) -> datetime | None:
    """An ISO date-time or date as an aware moment in UTC; None when it is unusable."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def need_moment(value: str | None, path: str) -> datetime | None:
    """The moment, None when nothing was sent; an unusable one is a 400 that names the path."""
    if value is None:
        return None
    found = parse_moment(value)
    if found is None:
        raise invalid(issue(path, f"{path} must be an ISO 8601 date-time"))
    return found


def need_short(value: str | None, name: str) -> None:
    if value is not None and len(value) > TEXT_LIMIT:
        raise invalid(issue(name, f"{name} must be at most {TEXT_LIMIT} characters"))


def valid_zone(name: str) -> bool:
    return name in available_timezones()


def flat_value(value: Any) -> bool:
    """Whether a value is a scalar, null or a list of scalars, as imports demand."""
    if isinstance(value, list):
        return all(item is not None and not isinstance(item, list) and flat_value(item) for item in value)
    return value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value))


def query_number(request: Request, name: str, default: int, low: int, high: int) -> int:
    raw = request.arg(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise _query_error(f"/{name}", "Expected a number", raw) from None
    if not low <= value <= high:
        raise _query_error("root", f"Expected {name} between {low} and {high}", raw)
    return value


def _query_error(pointer: str, message: str, found: str) -> Refused:
    refused = mistyped(pointer, message, found)
    refused.body["on"] = "query"
    return refused


def query_flag(request: Request, name: str, default: bool) -> bool:
    raw = request.arg(name)
    return default if raw is None else raw.lower() in ("true", "1", "")
