"""The local Broadcast itself: every request passes the faults, the limit, the key and its permissions, then a route.

`BroadcastSandbox(generate())` is a whole server; serve it on loopback or hand it to an HTTP client in this process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from migrator.sandbox.broadcast.account import Account, Token
from migrator.sandbox.broadcast.channel import Channel, Route
from migrator.sandbox.broadcast.faults import Faults, spoil
from migrator.sandbox.broadcast.gate import ADMIN_ONLY, Gate, Refused, refusal
from migrator.sandbox.broadcast.routes_discovery import DiscoveryRoutes
from migrator.sandbox.broadcast.routes_migration import BASE as MIGRATION
from migrator.sandbox.broadcast.routes_migration import MigrationRoutes
from migrator.sandbox.broadcast.routes_resources import ResourceRoutes
from migrator.sandbox.broadcast.routes_sandbox import BASE as SANDBOX
from migrator.sandbox.broadcast.routes_sandbox import SandboxRoutes
from migrator.sandbox.broadcast.routes_sequences import SequenceRoutes
from migrator.sandbox.broadcast.routes_subscribers import SubscriberRoutes
from migrator.sandbox.broadcast.runtime import Runtime
from migrator.sandbox.broadcast.switches import Profile, Switches
from migrator.sandbox.web import Request, Response


class Seen(NamedTuple):
    method: str
    path: str
    body: bytes = b""


class BroadcastSandbox:
    def __init__(
        self,
        account: Account,
        *,
        profile: Profile = "current",
        switches: Switches | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.account = account
        self.profile = profile
        self.switches = switches or Switches.for_profile(profile)
        self.requests: list[Seen] = []
        """Every request of a client, refused ones too; the sandbox's own routes are not counted."""
        self.recorded: list[Seen] = []
        """Those that were not a GET, with their bodies."""
        self._lock = threading.RLock()
        self.channel = Channel(account, profile, self.switches)
        self._gate = Gate(account, self.switches, monotonic, wall)
        self._faults = Faults(self.switches)
        SubscriberRoutes(self.channel)
        SequenceRoutes(self.channel)
        ResourceRoutes(self.channel)
        MigrationRoutes(self.channel)
        DiscoveryRoutes(self.channel, self._holder)
        SandboxRoutes(self.channel)

    @property
    def runtime(self) -> Runtime:
        return self.channel.runtime

    def handle(self, request: Request) -> Response:
        with self._lock:
            if request.path.startswith(SANDBOX):
                return self._routed(request)
            self.requests.append(Seen(request.method, request.path))
            if request.method != "GET":
                self.recorded.append(Seen(request.method, request.path, request.body))
            fault = self._faults.chosen(request)
            reply = spoil(fault, request, lambda: self._routed(request)) if fault else self._routed(request)
            for name, value in self._gate.headers(request).items():
                reply.headers.setdefault(name, value)
            return reply

    def _routed(self, request: Request) -> Response:
        try:
            if self.switches.demo_mode and request.path.startswith(MIGRATION):
                raise refusal(403, "The migration API is disabled in demo mode.")
            found = self.channel.routes.find(request)
            if found is None:
                raise refusal(404, "Not found")
            route, parameters = found
            if not route.open_to_all:
                self._admit(route, request)
            return route(request, **parameters)
        except Refused as refused:
            return refused.response

    def _admit(self, route: Route, request: Request) -> None:
        self._gate.count(request)
        token = self._gate.token(request)
        if route.admin_only and token.type != "admin_cross_channel":
            raise refusal(403, ADMIN_ONLY) if request.path.startswith(MIGRATION) else refusal(401, "Unauthorized")
        self._gate.permit(token, route.needs)
        if route.names_channel:
            self._gate.in_channel(token, request)

    def _holder(self, request: Request) -> Token:
        return self._gate.holder(request)
