"""One call over all its tries: what it may do, how often it failed, and how long the next wait is."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from migrator.transport.answers import Safety
from migrator.transport.pacing import Pacer
from migrator.transport.retry import Patience

Expect = Literal["json", "text", "bytes"]


@dataclass
class Call:
    method: str
    where: str
    """For people: no query, no address."""
    safety: Safety
    allow_empty: bool
    expect: Expect
    started: float
    pacer: Pacer
    failures: int = 0
    limited: int = 0
    limit_waited: float = 0.0
    paced: float = 0.0
    """Seconds spent waiting for a slot: those are no sign that the server is unwell."""

    def limit_wait(self, asked: float | None, patience: Patience, random: Random) -> float:
        """Seconds until the limit may be tried again; counts them."""
        self.limited += 1
        doubling = 2.0 ** min(self.limited, 20)
        wait = asked if asked is not None else min(60.0, patience.limit_delay * doubling / 2)
        # A server that says 0 and refuses again must not be asked in a tight loop.
        wait = max(wait, min(30.0, 0.25 * doubling)) * random.uniform(1.0, 1.05)
        self.limit_waited += wait
        return wait

    def failure_wait(self, asked: float | None, patience: Patience, random: Random) -> float:
        """Grows with every failure, with jitter; never shorter than the server asks."""
        growth = patience.growth ** min(self.failures - 1, 20)
        delay = min(patience.longest_delay, patience.first_delay * growth) * random.uniform(0.5, 1.0)
        return max(delay, asked or 0.0)

    def out_of_patience(self, patience: Patience, now: float, wait: float) -> bool:
        spent = now - self.started - self.paced
        return self.failures >= patience.attempts or spent + wait > patience.total
