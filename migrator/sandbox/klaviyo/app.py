"""The local Klaviyo itself: every request passes the faults, the gate and a route. It only answers reads: anything
else is recorded and refused.

`KlaviyoSandbox(generate())` is a whole server; serve it on loopback or hand it to an HTTP client in this process.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from migrator.sandbox.klaviyo.account import DEFAULT_KEY, Account
from migrator.sandbox.klaviyo.gate import Gate, Refused, refusal
from migrator.sandbox.klaviyo.routes import ENDPOINTS, Endpoint, Routes
from migrator.sandbox.klaviyo.switches import Fault, Switches
from migrator.sandbox.web import Request, Response


class Seen(NamedTuple):
    method: str
    path: str
    query: tuple[tuple[str, str], ...]


class KlaviyoSandbox:
    def __init__(
        self,
        account: Account,
        *,
        key: str = DEFAULT_KEY,
        switches: Switches | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.account, self.key = account, key
        self.switches = switches or Switches()
        self.requests: list[Seen] = []
        self.throttled = 0
        """How often the documented limits refused a request."""
        self._gate = Gate(key, self.switches, monotonic)
        self._routes = Routes(account, self.switches)
        self._lock = threading.RLock()
        self._turns: dict[int, int] = {}

    @property
    def writes(self) -> list[Seen]:
        return [seen for seen in self.requests if seen.method != "GET"]

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
            return _spoiled(fault)

    def _answer(self, request: Request) -> Response:
        try:
            if request.method != "GET":
                raise refusal(405, "method_not_allowed", "Method not allowed.", "The local Klaviyo only answers reads.")
            endpoint, parameters = _find(request.path)
            headers = self._gate.admit(request, endpoint.path, endpoint.limit, endpoint.scopes)
            reply = Response.of(getattr(self._routes, endpoint.answer)(request, *parameters))
            reply.headers |= {"content-type": "application/vnd.api+json", **headers}
        except Refused as refused:
            if refused.response.status == 429:
                self.throttled += 1
            return refused.response
        return reply

    def _chosen(self, request: Request) -> Fault | None:
        chosen = None
        for place, fault in enumerate(self.switches.faults):
            if not request.path.startswith(fault.route):
                continue
            turn = self._turns[place] = self._turns.get(place, 0) + 1
            if chosen is None and (turn == fault.nth or (fault.always and turn > fault.nth)):
                chosen = fault
        return chosen


def _find(path: str) -> tuple[Endpoint, tuple[str, ...]]:
    for endpoint in ENDPOINTS:
        pattern = re.sub(r"\{\w+\}", "([^/]+)", endpoint.path)
        match = re.fullmatch(pattern + "/?", path)
        if match is not None:
            return endpoint, match.groups()
    raise refusal(404, "not_found", "Not found.", "The requested resource could not be found.")


def _spoiled(fault: Fault) -> Response:
    if fault.kind == "reset":
        return Response(fault="reset")
    if fault.kind == "502_html":
        return Response.text("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
    if fault.kind == "404":
        return refusal(404, "not_found", "Not found.", "It is gone.").response
    return refusal(500, "error", "A server error occurred.", "Try again later.").response
