"""How often and how long to try again, as plain settings; and what a run counts and tells while it goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Patience:
    attempts: int = 5
    """Tries of one call that ended without a usable answer; refusals for the limit are not counted here."""
    first_delay: float = 1.0
    growth: float = 2.0
    longest_delay: float = 30.0
    total: float = 300.0
    """Seconds one call may spend on tries without a usable answer."""
    limit_total: float = 900.0
    """Seconds one call may wait on 429 in all; a server that asks for more is not waited for."""
    limit_delay: float = 5.0
    """The first wait on a 429 that names no time; it doubles up to a minute."""


@dataclass(frozen=True)
class Counts:
    requests: int = 0
    """What left this machine, repeats and redirects included."""
    retries: int = 0
    limited: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    seconds_waited: float = 0.0


class Tally:
    """Counts that several workers raise."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = Counts()

    def add(
        self,
        *,
        requests: int = 0,
        retries: int = 0,
        limited: int = 0,
        sent: int = 0,
        received: int = 0,
        waited: float = 0,
    ) -> None:
        with self._lock:
            now = self._counts
            self._counts = replace(
                now,
                requests=now.requests + requests,
                retries=now.retries + retries,
                limited=now.limited + limited,
                bytes_sent=now.bytes_sent + sent,
                bytes_received=now.bytes_received + received,
                seconds_waited=now.seconds_waited + waited,
            )

    def counts(self) -> Counts:
        with self._lock:
            return self._counts


@dataclass(frozen=True)
class Event:
    """What a progress line may show of one request. `where` holds no query and no address."""

    kind: Literal["answered", "retry", "limited"]
    where: str
    status: int | None
    attempt: int
    wait: float = 0.0


OnEvent = Callable[[Event], None]
