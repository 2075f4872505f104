"""How fast requests may leave: several windows at once, shared by all workers.

A sliding log, stamped when the REPLY arrives. The server counted a request at some moment between our sending and
its answering; the reply is the only of the two moments that is never too early, so a slot is never reused too soon,
whether the server slides, has fixed windows or fills a bucket. Requests under way count.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migrator.transport.clock import Clock


@dataclass(frozen=True)
class Window:
    """At most `count` requests in any `seconds`."""

    count: int
    seconds: float

    def __post_init__(self) -> None:
        if self.count < 1 or self.seconds <= 0:
            raise ValueError("A window allows at least one request in a positive time.")


class Pacer:
    """No windows means: only what the server itself imposes (`pause`, `learn`)."""

    def __init__(self, clock: Clock, windows: Sequence[Window] = (), *, margin: float = 0.005) -> None:
        self._clock = clock
        self._own = tuple(windows)
        self._learned: Window | None = None
        self._margin = margin
        """Two clocks never tick alike; a slot is used again this much later than it is due."""
        self._lock = threading.Lock()
        self._stamps: deque[float] = deque()
        self._in_flight = 0
        self._paused_until = float("-inf")
        self._even_until = float("-inf")
        self._last_start = float("-inf")
        self._episodes = 0

    @property
    def windows(self) -> tuple[Window, ...]:
        return (*self._own, self._learned) if self._learned else self._own

    def acquire(self) -> float:
        """Waits for a slot and takes it; gives the seconds waited. Follow with `replied`, whatever happens."""
        waited = 0.0
        self._clock.sleep(0)
        while (wait := self.try_acquire()) > 0:
            self._clock.sleep(wait)
            waited += wait
        return waited

    def try_acquire(self) -> float:
        """0 when a slot was taken; otherwise the seconds before which asking again is pointless."""
        with self._lock:
            now = self._clock.monotonic()
            wait = self._wait(now)
            if wait <= 0:
                self._in_flight += 1
                self._last_start = now
                return 0.0
            # Never less than a millisecond: rounding must not make a caller ask for ever at the same moment.
            return max(wait, 0.001)

    def replied(self) -> None:
        """The request was answered, or failed: it is stamped now."""
        with self._lock:
            self._in_flight -= 1
            self._stamps.append(self._clock.monotonic())
            self._forget_old()

    def pause(self, seconds: float) -> None:
        """No worker starts a request for so long. A shorter pause never ends a longer one."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.monotonic() + max(0.0, seconds))

    def refused(self, seconds: float) -> None:
        """A 429 came although the log was kept: pause, then go evenly for one longest window instead of in bursts.

        This is what a bucket smaller than the window needs, and somebody else using the same key. Each further
        episode doubles the even time, up to 16 windows; several workers refused together are one episode."""
        with self._lock:
            now = self._clock.monotonic()
            if now >= self._paused_until:
                self._episodes += 1
            self._paused_until = max(self._paused_until, now + max(0.0, seconds))
            self._even_until = self._paused_until + self._longest() * min(16, 2 ** (self._episodes - 1))

    def start_evenly(self) -> None:
        """For a start without a record of what was sent lately: no burst in the first window."""
        with self._lock:
            self._even_until = self._clock.monotonic() + self._longest()

    def learn(self, window: Window | None) -> None:
        """A window the server told us about; it joins our own."""
        with self._lock:
            self._learned = window

    def export_times(self) -> list[float]:
        """When recent requests were answered, in wall-clock seconds: to be kept over a restart. Requests under way
        count as answered now."""
        with self._lock:
            now = self._clock.monotonic()
            self._forget_old()
            offset = self._clock.now().timestamp() - now
            return [stamp + offset for stamp in self._stamps] + [now + offset] * self._in_flight

    def import_times(self, times: Iterable[float]) -> None:
        """Takes over what an earlier process sent. Times in the future (the clock was set back) count as now."""
        with self._lock:
            now = self._clock.monotonic()
            offset = self._clock.now().timestamp() - now
            self._stamps = deque(sorted([*self._stamps, *(min(time - offset, now) for time in times)]))
            self._forget_old()

    def _longest(self) -> float:
        return max((window.seconds for window in self.windows), default=0.0)

    def _forget_old(self) -> None:
        horizon = self._clock.monotonic() - self._longest() - self._margin
        while self._stamps and self._stamps[0] <= horizon:
            self._stamps.popleft()

    def _wait(self, now: float) -> float:
        self._forget_old()
        free_at = self._paused_until
        for window in self.windows:
            seconds = window.seconds + self._margin
            recent = _count_after(self._stamps, now - seconds)
            surplus = recent + self._in_flight - window.count + 1
            if surplus > recent:
                # Only an answer not yet here frees the slot, and then its own window has still to pass.
                free_at = max(free_at, now + seconds)
            elif surplus > 0:
                free_at = max(free_at, self._stamps[len(self._stamps) - recent + surplus - 1] + seconds)
            if now < self._even_until:
                free_at = max(free_at, self._last_start + window.seconds / window.count)
        return free_at - now


def _count_after(stamps: deque[float], moment: float) -> int:
    count = 0
    for stamp in reversed(stamps):
        if stamp <= moment:
            break
        count += 1
    return count
