"""The local Sequenzy as an app: keys, limits, faults, routing and the record of what was written.

What the calls mean is in the route modules. `SequenzySandbox(...)` takes every switch; the same switches can be turned
while it runs, through `/_sandbox/...` (control_routes.py).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from migrator.sandbox.sequenzy import (
    account_routes,
    content_routes,
    control_routes,
    engine,
    event_routes,
    generation_routes,
    import_routes,
    list_routes,
    operation_routes,
    people_routes,
    seed_contract,
    segment_routes,
    sequence_routes,
    suppression_routes,
    tag_routes,
    transactional_routes,
)
from migrator.sandbox.sequenzy.faults import Fault
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY, Limits, read_key
from migrator.sandbox.sequenzy.refusals import Refused, missing
from migrator.sandbox.sequenzy.replies import from_refusal, short, unauthorized
from migrator.sandbox.sequenzy.state import State
from migrator.sandbox.sequenzy.world import World
from migrator.sandbox.web import Request, Response, Router

BASE_PATHS = ("/api/v1", "/v1")
CONTRACTS = ("current", "seed")

# Fixed second segments of /subscribers come before {email}: the order of registration decides.
_ROUTE_MODULES = (
    tag_routes,
    event_routes,
    import_routes,
    operation_routes,
    people_routes,
    list_routes,
    segment_routes,
    suppression_routes,
    account_routes,
    content_routes,
    transactional_routes,
    generation_routes,
    sequence_routes,
)


class SequenzySandbox(World):
    def __init__(
        self,
        *,
        contract: str = "current",
        keys: Mapping[str, str | Iterable[str]] | None = None,
        seed: int = 0,
        state: State | None = None,
        state_file: Path | str | None = None,
        now: datetime | None = None,
        faults: Iterable[Fault] = (),
        limits: Limits | None = Limits(),  # noqa: B008 - an immutable record
        settings: Mapping[str, Any] | None = None,
        manual_trigger: bool = True,
        import_polls: int = 1,
        import_seconds: float = 30.0,
        unauthorized_shape: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`settings` are fields of `state.Settings`; `import_polls` is how often an import answers `running` first."""
        if contract not in CONTRACTS:
            raise ValueError(f"unknown contract {contract!r}: choose from {', '.join(CONTRACTS)}")
        file = Path(state_file) if state_file else None
        if state is None and file and file.exists():
            state = State.load(file)
        super().__init__(state or State(seed=seed), contract=contract, import_seconds=import_seconds, state_file=file)
        if now is not None:
            self.state.now = now.astimezone(UTC)
        for name, value in (settings or {}).items():
            control_routes.set_option(self, name, value)
        granted: Mapping[str, str | Iterable[str]] = keys if keys is not None else {DEFAULT_KEY: "full_access"}
        self.keys = {value: read_key(value, grant) for value, grant in granted.items()}
        self.faults = list(faults)
        self.limits = limits
        self.manual_trigger = manual_trigger
        self.import_polls = import_polls
        self.unauthorized_shape = unauthorized_shape or (1 if contract == "seed" else 3)
        self._monotonic = monotonic
        self._wall = wall
        self._router = Router()
        self._control = Router()
        for module in _ROUTE_MODULES:
            module.register(self._router, self)
        control_routes.register(self._control, self)

    # --- one call ---

    def handle(self, request: Request) -> Response:
        with self.lock:
            if request.raw_path.startswith("/_sandbox/"):
                return self._run(self._control, request, request.raw_path)
            base = next((b for b in BASE_PATHS if request.raw_path.startswith(b + "/")), None)
            if base is None:
                return from_refusal(missing("Route"))
            path = request.raw_path[len(base) :].rstrip("/") or "/"
            # A route's name, for faults, keeps the path as it came: ids and percent signs included.
            reply, acted = self._faulty(f"{request.method} {path}", request, path)
            if request.method != "GET":
                self._record(request, path, reply, acted)
            return reply

    def _faulty(self, route: str, request: Request, path: str) -> tuple[Response, bool]:
        # Each fault counts the call, also when an earlier one already strikes.
        struck = [fault for fault in self.faults if fault.strikes(route, request)]
        if not struck:
            return self._authorized(request, path), True
        fault = struck[0]
        acted = self._authorized(request, path) if fault.after else None
        return fault.reply(request, acted, self._wall), fault.after

    def _authorized(self, request: Request, path: str) -> Response:
        sent = request.headers.get("authorization", "")
        key = self.keys.get(sent[7:].strip()) if sent.lower().startswith("bearer ") else None
        if key is None:
            return unauthorized(self.unauthorized_shape)
        if self.limits and (wait := self.limits.wait_for(key, self._monotonic)):
            return short(429, "Rate limit exceeded", {"retry-after": str(wait)})
        self.caller = key
        if self.contract == "seed":
            refusal = seed_contract.refuse(request, path)
            return seed_contract.as_documented(refusal or self._run(self._router, request, path))
        return self._run(self._router, request, path)

    def _run(self, router: Router, request: Request, path: str) -> Response:
        found = router.find(request.method, path)
        if found is None:
            return from_refusal(missing("Route"))
        handler, params = found
        try:
            reply = handler(request, **params)
        except Refused as refused:
            return from_refusal(refused)
        if request.method != "GET":
            engine.settle(self)
        return reply

    # --- what was written ---

    def _record(self, request: Request, path: str, reply: Response, acted: bool) -> None:
        try:
            body: Any = json.loads(request.body) if request.body else None
        except ValueError:
            body = request.body.decode("utf-8", "replace")
        self.recorded.append(
            {
                "method": request.method,
                "path": path,
                "query": dict(request.query),
                "body": body,
                "status": reply.status,
                "acted": acted,
                "fault": reply.fault,
            }
        )
