"""Lets a local platform's own clock follow the real one, so that what is due at the present is due there too.

A platform that was behind catches up before its first answer. A clock that is sent ahead runs on from there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from migrator.sandbox.web import App, Request, Response


class OnPresentClock:
    """`read` gives the platform's now, `advance_to` lets everything happen until a moment."""

    def __init__(
        self,
        app: App,
        read: Callable[[], datetime],
        advance_to: Callable[[datetime], None],
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._app, self._read, self._advance_to, self._wall = app, read, advance_to, wall
        self._seen = wall()
        self._lock = threading.Lock()
        if read() < self._seen:
            advance_to(self._seen)

    def handle(self, request: Request) -> Response:
        with self._lock:
            self._follow()
            return self._app.handle(request)

    def _follow(self) -> None:
        passed = self._wall() - self._seen
        if passed >= timedelta(seconds=1):
            self._seen += passed
            self._advance_to(self._read() + passed)
