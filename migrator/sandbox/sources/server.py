"""Serves a platform of this folder: faults, key, limit, permission, route, page. It only answers reads."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple
from urllib.parse import unquote

from migrator.sandbox.sources.platform import Page, Platform, Route
from migrator.sandbox.web import Request, Response

FAULTS = ("500", "502_html", "reset", "truncate", "404")


@dataclass
class Fault:
    """`route` is matched as a beginning of the path."""

    kind: str
    route: str = "/"
    nth: int = 1
    always: bool = False

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"unknown fault kind {self.kind!r}: choose from {', '.join(FAULTS)}")


@dataclass
class Switches:
    enforce_limits: bool = True
    lacks: tuple[str, ...] = ()
    """Permissions that the key does not have."""
    page_size: int | None = None
    """Smaller pages than asked for."""
    faults: list[Fault] = field(default_factory=list)


class Seen(NamedTuple):
    method: str
    path: str
    query: tuple[tuple[str, str], ...]


class SourceSandbox:
    def __init__(
        self,
        platform: Platform,
        *,
        switches: Switches | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.platform, self.switches, self._monotonic = platform, switches or Switches(), monotonic
        self.requests: list[Seen] = []
        self.throttled = 0
        self._window = (-1, 0)
        self._turns: dict[int, int] = {}
        self._lock = threading.RLock()

    def handle(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(Seen(request.method, request.path, tuple(request.query)))
            fault = self._chosen(request)
            if fault is None:
                return self._answer(request)
            if fault.kind == "truncate":
                reply = self._answer(request)
                reply.fault = "truncate"
                return reply
            if fault.kind == "reset":
                return Response(fault="reset")
            if fault.kind == "502_html":
                return Response.text("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
            return self.platform.refuse(int(fault.kind))

    def _chosen(self, request: Request) -> Fault | None:
        for place, fault in enumerate(self.switches.faults):
            if request.path.startswith(fault.route):
                turn = self._turns[place] = self._turns.get(place, 0) + 1
                if turn == fault.nth or (fault.always and turn > fault.nth):
                    return fault
        return None

    def _answer(self, request: Request) -> Response:
        platform = self.platform
        if request.headers.get(platform.key_header.lower(), "") != platform.key_prefix + platform.key:
            return platform.refuse(401)
        if (wait := self._wait()) is not None:
            self.throttled += 1
            reply = platform.refuse(429)
            reply.headers["Retry-After"] = str(wait)
            return reply
        found = self._route(request)
        if found is None:
            return platform.refuse(404)
        route, part = found
        if request.method != "GET":
            return platform.refuse(405)
        if route.permission in self.switches.lacks:
            return platform.refuse(403)
        rows = route.rows(request, part)
        literal = route.literal(request, rows)
        if literal is not None:
            return Response.of(literal)
        if route.style is None:
            return Response.of(route.wrap(rows[0])) if rows else platform.refuse(404)
        size = min(int(request.arg(route.style.size_param) or route.style.size), route.style.most)
        size = min(size, self.switches.page_size or size)
        token = request.arg(route.style.param) or ""
        begin = route.style.begin(token, size)
        page = Page(rows[begin : begin + size], begin, size, len(rows), token, request.path)
        return Response.of(route.style.envelope(page))

    def _wait(self) -> int | None:
        if not self.switches.enforce_limits:
            return None
        now = self._monotonic()
        window, used = self._window
        used = used + 1 if window == int(now // 60) else 1
        self._window = (int(now // 60), used)
        return ceil((now // 60 + 1) * 60 - now) if used > self.platform.per_minute else None

    def _route(self, request: Request) -> tuple[Route, str] | None:
        for route in self.platform.routes:
            match = re.fullmatch(route.path.replace("{}", "([^/]+)"), request.raw_path)
            if match:
                return route, unquote(match.group(1)) if match.groups() else ""
        return None
