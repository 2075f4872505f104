"""How fast a load is and how long it still takes, in a sentence: the time left comes from the request limit, which is
what a load waits for, never from the speed of this machine."""

from __future__ import annotations

from collections.abc import Callable

from adapters.sequenzy.client import PER_MINUTE
from migrator.load.run import looks_for
from migrator.transport.clock import Clock

EVERY = 15.0
"""Seconds between two sentences about the same thing."""
ROWS = 5000


class Pace:
    """Tells `say` how people come along, at most every EVERY seconds; passes nothing on otherwise."""

    def __init__(self, clock: Clock, rate: int | None, say: Callable[[str], None]) -> None:
        self._clock, self._say = clock, say
        self._rate = PER_MINUTE if rate is None else rate
        self._name, self._total, self._began, self._first, self._told = "", 0, 0.0, 0, 0.0

    def collection(self, name: str, total: int | None) -> None:
        self._name, self._total = name, total or 0
        self._began = self._told = self._clock.monotonic()
        self._first = -1

    def progress(self, name: str, rows: int) -> None:
        now = self._clock.monotonic()
        if self._first < 0:
            # What an earlier run has done counts at once and says nothing about the speed.
            self._first = rows
        if name != self._name or now - self._told < EVERY or not name.startswith("people:") or not self._total:
            return
        self._told = now
        speed = (rows - self._first) / max(now - self._began, 0.001)
        self._say(f"{name}: {rows:,} of {self._total:,}, {speed:,.0f} people/s, {self.left(self._total - rows)}")

    def left(self, rows: int) -> str:
        if self._rate == 0 or rows <= 0:
            return "no limit to wait for" if rows > 0 else "nearly done"
        seconds = 60 * looks_for(-(-rows // ROWS)) / self._rate
        return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {seconds:.0f} s left"
