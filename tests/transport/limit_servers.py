"""Servers that limit requests, and workers that call them, in virtual time: hours pass in milliseconds."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from migrator.transport.pacing import Pacer


class VirtualClock:
    """Moves only when the simulation says so; nobody may sleep on it."""

    def __init__(self, start: float = 0.0) -> None:
        self.time = start
        self.wall = datetime(2030, 1, 1, tzinfo=UTC) - timedelta(seconds=start)

    def monotonic(self) -> float:
        return self.time

    def now(self) -> datetime:
        return self.wall + timedelta(seconds=self.time)

    def sleep(self, seconds: float) -> None:
        raise AssertionError("the simulation does not sleep")


@dataclass
class SlidingServer:
    limits: list[tuple[int, float]]
    taken: list[float] = field(default_factory=list)

    def allows(self, now: float) -> bool:
        return all(sum(now - seconds < moment for moment in self.taken) < count for count, seconds in self.limits)

    def take(self, now: float) -> None:
        longest = max(seconds for _, seconds in self.limits)
        self.taken = [moment for moment in self.taken if now - longest < moment] + [now]


@dataclass
class FixedServer(SlidingServer):
    """Windows begin at `phase` and every `seconds` after it."""

    phase: float = 0.0

    def allows(self, now: float) -> bool:
        return all(
            sum((moment - self.phase) // seconds == (now - self.phase) // seconds for moment in self.taken) < count
            for count, seconds in self.limits
        )


@dataclass
class BucketServer:
    limits: list[tuple[int, float]]
    """Capacity, and the seconds in which an empty bucket fills."""
    levels: list[tuple[float, float]] = field(default_factory=list)

    def allows(self, now: float) -> bool:
        before = self.levels or [(float(count), now) for count, _ in self.limits]
        self.levels = [
            (min(count, level + (now - then) * count / seconds), now)
            for (count, seconds), (level, then) in zip(self.limits, before, strict=True)
        ]
        return all(level >= 1 - 1e-9 for level, _ in self.levels)

    def take(self, now: float) -> None:
        self.levels = [(level - 1, then) for level, then in self.levels]


Server = SlidingServer | BucketServer


@dataclass
class Outcome:
    accepted: int = 0
    refused: int = 0


def simulate(
    pacer: Pacer,
    clock: VirtualClock,
    server: Server,
    *,
    workers: int,
    jitter: float,
    until: float,
    random: Random,
    arrivals: list[float] | None = None,
    retry_after: float = 1.0,
) -> Outcome:
    """Counts what the server decided before `until`. Without `arrivals` there is always something to send."""
    outcome, count, busy = Outcome(), 0, 0
    events: list[tuple[float, int, str, float]] = []

    def at(time: float, kind: str, detail: float = 0.0) -> None:
        nonlocal count
        count += 1
        heapq.heappush(events, (time, count, kind, detail))

    for moment in [clock.time] * workers if arrivals is None else arrivals:
        at(clock.time + moment if arrivals is not None else moment, "try")
    while events and events[0][0] < until:
        clock.time, _, kind, detail = heapq.heappop(events)
        if kind == "try" and busy == workers:
            at(clock.time + 0.01, "try")
        elif kind == "try":
            wait = pacer.try_acquire()
            if wait > 0:
                at(clock.time + wait, "try")
                continue
            busy += 1
            there, back = random.uniform(0, jitter / 2), random.uniform(0, jitter / 2)
            at(clock.time + there, "arrive", back)
        elif kind == "arrive":
            if server.allows(clock.time):
                server.take(clock.time)
                outcome.accepted += 1
                at(clock.time + detail, "accepted")
            else:
                outcome.refused += 1
                at(clock.time + detail, "refused")
        else:
            busy -= 1
            pacer.replied()
            if kind == "refused":
                pacer.refused(retry_after)
            if arrivals is None or kind == "refused":
                at(clock.time, "try")
    return outcome
