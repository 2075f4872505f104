"""The web layer that both local platforms share: requests, answers, routes, and two ways to serve an app.

`mock_transport(app)` answers httpx calls in the same process, without a socket; server.py serves the same app on
loopback. Nothing here knows a platform, and the sandbox imports nothing of ours outside its own folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

import httpx


@dataclass
class Request:
    """`path` is decoded; `raw_path` is what came over the wire, without the query."""

    method: str
    raw_path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def path(self) -> str:
        return unquote(self.raw_path)

    def arg(self, name: str, default: str | None = None) -> str | None:
        return next((value for key, value in self.query if key == name), default)

    def args(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def json(self) -> Any:
        """The decoded body; raises ValueError when it is not JSON. An empty body is an empty object."""
        return json.loads(self.body) if self.body.strip() else {}


@dataclass
class Response:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fault: str | None = None
    """How the connection misbehaves: `reset` (before any answer), `truncate` (half the body), `hang` (no answer).
    The app has already acted by then."""

    @classmethod
    def of(cls, payload: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        try:
            body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:  # half of a surrogate pair, which JSON can only say as an escape
            body = json.dumps(payload, separators=(",", ":")).encode()
        return cls(status, body, {"content-type": "application/json; charset=utf-8", **(headers or {})})

    @classmethod
    def text(cls, body: str, status: int = 200, content_type: str = "text/html; charset=utf-8") -> Response:
        return cls(status, body.encode(), {"content-type": content_type})


class App(Protocol):
    """A local platform. `handle` must be safe to call from several threads."""

    def handle(self, request: Request) -> Response: ...


Handler = Callable[..., Response]


class Router:
    """Routes in order of declaration: `GET /lists/{id}`. A parameter takes one path segment, percent-decoded."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, spec: str, handler: Handler) -> None:
        method, pattern = spec.split(" ", 1)
        regex = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        self._routes.append((method, re.compile(f"^{regex}$"), handler))

    def on(self, *specs: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            for spec in specs:
                self.add(spec, handler)
            return handler

        return register

    def find(self, method: str, raw_path: str) -> tuple[Handler, dict[str, str]] | None:
        for wanted, pattern, handler in self._routes:
            if wanted == method and (match := pattern.match(raw_path)):
                return handler, {key: unquote(value) for key, value in match.groupdict().items()}
        return None


def parse_target(target: str) -> tuple[str, list[tuple[str, str]]]:
    path, _, query = target.partition("?")
    return path, parse_qsl(query, keep_blank_values=True)


def mock_transport(app: App) -> httpx.MockTransport:
    """Answers httpx in this process. Faults become the exceptions that a broken connection would raise."""

    def answer(request: httpx.Request) -> httpx.Response:
        path, query = parse_target(request.url.raw_path.decode("ascii"))
        headers = {key.lower(): value for key, value in request.headers.items()}
        reply = app.handle(Request(request.method, path, query, headers, request.read()))
        if reply.fault == "hang":
            raise httpx.ReadTimeout("the sandbox does not answer", request=request)
        if reply.fault == "reset":
            raise httpx.ReadError("the sandbox closed the connection", request=request)
        if reply.fault == "truncate":
            raise httpx.RemoteProtocolError("the sandbox closed in the middle of its answer", request=request)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body, request=request)

    return httpx.MockTransport(answer)
