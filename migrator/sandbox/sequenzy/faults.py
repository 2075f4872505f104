"""Misbehaviour on request: which call fails, how, and whether the platform had already acted.

`Fault(route="POST /subscribers/imports", nth=2, kind="hang", after=True)` is a timeout after the commit of the
second import. Routes are matched without the base path; `*` is a wildcard.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Any

from migrator.sandbox.sequenzy.refusals import mistyped
from migrator.sandbox.sequenzy.replies import from_refusal, short, unauthorized, unavailable
from migrator.sandbox.web import Request, Response

CONNECTION_KINDS = ("hang", "reset", "truncate")
KINDS = (*CONNECTION_KINDS, "429", "500", "503", "html", "422", "revoked", "redirect")
RETRY_AFTER_FORMS = ("int", "date", "absent", "absurd")


@dataclass
class Fault:
    route: str = "*"
    kind: str = "500"
    nth: int = 1
    """The first matching call that fails."""
    times: int = 1
    """How many calls fail from there; 0 means all of them."""
    after: bool = False
    """The platform acts first and only the answer goes wrong."""
    retry_after: str = "int"
    """How a 429 says when to come back: `int`, `date` (HTTP date), `absent` or `absurd` (a year)."""
    seconds: int = 2
    field: str = ""
    """With `422`: only calls whose body holds this key, at any depth."""
    location: str = "https://elsewhere.test/api/v1"
    seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault kind {self.kind!r}: choose from {', '.join(KINDS)}")
        if self.retry_after not in RETRY_AFTER_FORMS:
            raise ValueError(f"unknown retry_after {self.retry_after!r}: choose from {', '.join(RETRY_AFTER_FORMS)}")

    @classmethod
    def read(cls, values: dict[str, Any]) -> Fault:
        known = {item.name for item in fields(cls)}
        if unknown := set(values) - known:
            raise ValueError(f"unknown fault settings: {', '.join(sorted(unknown))}")
        return cls(**values)

    def strikes(self, route: str, request: Request) -> bool:
        """Counts the call when it matches, and says whether this one fails."""
        if not fnmatchcase(route, self.route if " " in self.route else f"* {self.route}" if self.route != "*" else "*"):
            return False
        if self.kind == "422" and self.field and not _holds(request, self.field):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times == 0 or self.seen < self.nth + self.times)

    def reply(self, request: Request, acted: Response | None, wall: Callable[[], datetime]) -> Response:
        """The answer that goes out instead. `acted` is the true answer when the platform has acted."""
        if self.kind in CONNECTION_KINDS:
            base = acted or short(500, "Internal server error")
            return Response(base.status, base.body, base.headers, fault=self.kind)
        if self.kind == "429":
            return short(429, "Rate limit exceeded", self._retry_header(wall))
        if self.kind == "503":
            return unavailable("Temporarily unavailable, repeat the request")
        if self.kind == "html":
            return Response.text("<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>", 502)
        if self.kind == "422":
            return from_refusal(mistyped(f"/{self.field}", "Unexpected property"))
        if self.kind == "revoked":
            return unauthorized()
        if self.kind == "redirect":
            return Response(307, b"", {"location": self.location + request.raw_path})
        return short(500, "Internal server error")

    def _retry_header(self, wall: Callable[[], datetime]) -> dict[str, str]:
        if self.retry_after == "absent":
            return {}
        if self.retry_after == "absurd":
            return {"retry-after": str(365 * 24 * 3600)}
        if self.retry_after == "date":
            return {"retry-after": format_datetime(wall() + timedelta(seconds=self.seconds), usegmt=True)}
        return {"retry-after": str(self.seconds)}


@dataclass
class ImportTrouble:
    """One import that is accepted and does not take all of its rows."""

    lost: frozenset[int] = frozenset()
    """Rows that never arrive, by their place in the request."""
    tells: str = "chunk"
    """How the answer accounts for them: `chunk` (a chunk failed), `failed` (rows failed), `silent` (they appear in no
    count) or `lie` (they are counted as added)."""
    status: str = "completed"
    gone: bool = False
    """Nobody can read this import afterwards."""


def _holds(request: Request, key: str) -> bool:
    try:
        return _deep(json.loads(request.body or b"null"), key)
    except ValueError:
        return False


def _deep(value: Any, key: str) -> bool:
    if isinstance(value, dict):
        return key in value or any(_deep(item, key) for item in value.values())
    return isinstance(value, list) and any(_deep(item, key) for item in value)
