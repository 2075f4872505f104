"""Time, passed in: every wait of the project goes through a `Clock`, so that a person can stop it and a test need
not sleep. Retry and pacing rules are elsewhere."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from migrator.errors import Interrupted
from migrator.transport.stop import StopFlag


class Clock(Protocol):
    def monotonic(self) -> float: ...

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Raises `Interrupted` at once when the person stops the run; zero or less only looks whether they did."""
        ...


class SystemClock:
    def __init__(self, stop: StopFlag | None = None) -> None:
        self._stop = stop or StopFlag()

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        if self._stop.wait(max(0.0, seconds)):
            raise interrupted()


class FakeClock:
    """For tests and rehearsals: a sleep moves the time and returns at once. Safe to share between threads."""

    def __init__(self, start: datetime | None = None, stop: StopFlag | None = None) -> None:
        self._start = start or datetime(2030, 1, 1, tzinfo=UTC)
        self._stop = stop or StopFlag()
        self._elapsed = 0.0
        self._lock = threading.Lock()
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        with self._lock:
            return self._elapsed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def sleep(self, seconds: float) -> None:
        if self._stop.is_set():
            raise interrupted()
        if seconds > 0:
            with self._lock:
                self.sleeps.append(seconds)
                self._elapsed += seconds

    def advance(self, seconds: float) -> None:
        """Time that passes without anybody sleeping, such as the wait for an answer."""
        with self._lock:
            self._elapsed += seconds


def interrupted() -> Interrupted:
    return Interrupted("Stopped at your request", fix="Run the same command again: it goes on where it stopped.")
