"""Answers of the local Sequenzy: the success envelope, moments on the wire, and the error shapes of its outer layers.

The shapes of refused calls (validation, not found, conflict, wrong type) are in refusals.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from migrator.sandbox.sequenzy.refusals import Refused
from migrator.sandbox.web import Response


def stamp(moment: datetime | None) -> str | None:
    """A moment as the platform writes it: ISO 8601 in UTC with milliseconds and a Z."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ok(payload: Mapping[str, Any] | None = None, status: int = 200) -> Response:
    return Response.of({"success": True, **(payload or {})}, status)


def plain(status: int, error: str) -> Response:
    """The documented shape: `{"success":false,"error":"text"}`."""
    return Response.of({"success": False, "error": error}, status)


def short(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """429 and 500: the text is in `message`."""
    return Response.of({"success": False, "message": message}, status, dict(headers or {}))


def unavailable(error: str, import_id: str | None = None) -> Response:
    """503, explicitly safe to repeat."""
    extra = {"importId": import_id} if import_id else {}
    return Response.of({"success": False, "error": error, "retryable": True, **extra}, 503)


def unauthorized(shape: int = 3) -> Response:
    if shape == 1:
        return plain(401, "Unauthorized")
    return Response.of({"success": False, "error": {"code": "UNAUTHORIZED", "message": "Invalid API key"}}, 401)


def from_refusal(refused: Refused) -> Response:
    return Response.of(refused.body, refused.status)


def explained(
    status: int,
    error: str,
    code: str,
    *,
    title: str,
    description: str,
    resolution: str,
    details: Mapping[str, Any] | None = None,
) -> Refused:
    """The long form of conflicts: a label with title, description and what to do."""
    body: dict[str, Any] = {
        "success": False,
        "error": error,
        "code": code,
        "title": title,
        "description": description,
        "resolution": resolution,
        "docsUrl": "https://docs.sequenzy.com/api-reference",
    }
    return Refused(status, body | ({"details": dict(details)} if details else {}))


def missing_scope(*scopes: str) -> Refused:
    words = f"scope: {scopes[0]}" if len(scopes) == 1 else f"scopes: {', '.join(scopes)}"
    return Refused(403, {"success": False, "error": f"API key is missing required {words}", "code": "FORBIDDEN"})
