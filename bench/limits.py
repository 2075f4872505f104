"""Does the pacing use what a limit allows, without ever being refused? Real time, real sockets, loopback.

Three kinds of servers (sliding window, fixed window, bucket) in a process of their own, each with 0-60 and 0-300 ms of
network jitter; our client with 8 workers, and next to it, in the same run, a plain token bucket as the baseline.

    python bench/limits.py           windows of 12 s instead of 60 s (burst 20 per second as it is): about 35 s
    python bench/limits.py --full    the documented 100 per 60 s and 20 per 1 s: about 130 s

Exits 1 when our pacing is refused once, or gets less than 0.98 of what the window allows.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from migrator.errors import MigrateError
from migrator.transport.answers import Safety
from migrator.transport.client import Client, Platform
from migrator.transport.clock import Clock, SystemClock
from migrator.transport.pacing import Pacer, Window
from migrator.transport.retry import Patience
from migrator.transport.secret import Secret

COUNT, BURST, BURST_SECONDS = 100, 20, 1.0
KINDS = ("sliding", "fixed", "bucket")
JITTERS = (0.060, 0.300)
WORKERS = 8
LEAST = 0.98


# --- the servers ---------------------------------------------------------------------------------------------------


@dataclass
class Limit:
    """One window of one server. `wait` is 0 when a request may pass; `take` counts it."""

    kind: str
    count: int
    seconds: float
    log: deque[float] = field(default_factory=deque)
    start: float = -1e9
    used: int = 0
    tokens: float = 0.0
    filled: float = 0.0

    def __post_init__(self) -> None:
        self.tokens = float(self.count)

    def wait(self, now: float) -> float:
        if self.kind == "sliding":
            while self.log and self.log[0] <= now - self.seconds:
                self.log.popleft()
            return 0.0 if len(self.log) < self.count else self.log[0] + self.seconds - now
        if self.kind == "fixed":
            if now >= self.start + self.seconds:
                # The first window opens with the first request, the next ones follow without a gap.
                idle = (now - self.start) // self.seconds if self.start > -1e8 else 0
                self.start = self.start + idle * self.seconds if self.start > -1e8 else now
                self.used = 0
            return 0.0 if self.used < self.count else self.start + self.seconds - now
        rate = self.count / self.seconds
        self.tokens = min(float(self.count), self.tokens + (now - self.filled) * rate) if self.filled else self.tokens
        self.filled = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / rate

    def take(self, now: float) -> None:
        self.log.append(now)
        self.used += 1
        self.tokens -= 1


@dataclass
class Server:
    kind: str
    jitter: float
    limits: list[Limit]
    accepted: int = 0
    refused: int = 0
    stopped: bool = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                delay = random.uniform(0, self.jitter)
                there = delay * random.random()
                await asyncio.sleep(there)
                reply = self.decide(time.monotonic())
                await asyncio.sleep(delay - there)
                writer.write(reply)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def decide(self, now: float) -> bytes:
        wait = max(limit.wait(now) for limit in self.limits)
        head = "HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}"
        if wait > 0:
            self.refused += not self.stopped
            body = '{"success":false,"message":"Too many requests"}'
            extra = f"Retry-After: {max(1, int(wait + 0.999))}\r\n"
            return head.format("429 Too Many Requests", len(body), extra, body).encode()
        for limit in self.limits:
            limit.take(now)
        self.accepted += not self.stopped
        return head.format("200 OK", 16, "", '{"success":true}').encode()


def serve(pipe: Connection, seconds: float, length: float) -> None:
    """Child process: all servers on one loop; sends the ports, then the counts when the time is over."""

    async def main() -> None:
        servers = [
            Server(kind, jitter, [Limit(kind, COUNT, seconds), Limit(kind, BURST, BURST_SECONDS)])
            for kind in KINDS
            for jitter in JITTERS
            for _ in ("ours", "baseline")
        ]
        sockets = [await asyncio.start_server(server.talk, "127.0.0.1", 0) for server in servers]
        pipe.send([socket.sockets[0].getsockname()[1] for socket in sockets])
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
        await asyncio.sleep(length)
        for server in servers:
            server.stopped = True
        pipe.send([(server.accepted, server.refused) for server in servers])
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)

    asyncio.run(main())


# --- the clients ---------------------------------------------------------------------------------------------------


class TokenBuckets(Pacer):
    """The baseline: one plain token bucket per window, as most HTTP limiters have it."""

    def __init__(self, clock: Clock, windows: tuple[Window, ...]) -> None:
        super().__init__(clock)
        self._buckets = [Limit("bucket", window.count, window.seconds) for window in windows]

    def try_acquire(self) -> float:
        with self._lock:
            now = self._clock.monotonic()
            wait = max(max(bucket.wait(now) for bucket in self._buckets), self._paused_until - now)
            if wait > 0:
                return max(wait, 0.001)
            for bucket in self._buckets:
                bucket.take(now)
            return 0.0

    def replied(self) -> None:
        pass


def drive(port: int, pacer: Pacer, clock: Clock, stop: threading.Event) -> None:
    """Eight workers that always have something to send."""
    platform = Platform("Bench", f"http://127.0.0.1:{port}", Secret("bench-key-bench-key"))
    patience = Patience(limit_total=1e9)
    client = Client(platform, clock=clock, pacer=pacer, patience=patience)

    def work() -> None:
        while not stop.is_set():
            try:
                client.request("GET", "/lists", safety=Safety.READ)
            except MigrateError:
                return

    for _ in range(WORKERS):
        threading.Thread(target=work, daemon=True).start()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="windows of 60 s, as documented")
    full = parser.parse_args().full
    seconds, length = (60.0, 130.0) if full else (12.0, 33.0)
    # Every window that opens within the time is used up to its end, if the burst limit leaves the time for it.
    rounds = int((length - COUNT / BURST * BURST_SECONDS) // seconds) + 1
    most = rounds * COUNT

    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, seconds, length), daemon=True)
    child.start()
    ports = ours.recv()
    names = [(kind, jitter, who) for kind in KINDS for jitter in JITTERS for who in ("ours", "baseline")]
    stop, clock = threading.Event(), SystemClock()
    windows = (Window(COUNT, seconds), Window(BURST, BURST_SECONDS))
    ours.send("go")
    for port, (_, _, who) in zip(ports, names, strict=True):
        drive(port, Pacer(clock, windows) if who == "ours" else TokenBuckets(clock, windows), clock, stop)
    results = ours.recv()
    stop.set()
    ours.send("end")

    scale = "documented windows" if full else "scaled: windows of 12 s instead of 60 s"
    print(f"{COUNT} per {seconds:g} s and {BURST} per {BURST_SECONDS:g} s, {length:g} s, {WORKERS} workers ({scale})")
    print(f"window maximum: {rounds} x {COUNT} = {most}; one run per row\n")
    print(f"{'server':<9}{'jitter':>8}  {'pacing':<14}{'accepted':>9}{'ratio':>8}{'429s':>6}")
    good = True
    for (kind, jitter, who), (accepted, refused) in zip(names, results, strict=True):
        label = "sliding log" if who == "ours" else "token bucket"
        print(f"{kind:<9}{jitter * 1000:>5.0f} ms  {label:<14}{accepted:>9}{accepted / most:>8.3f}{refused:>6}")
        if who == "ours" and (refused or accepted / most < LEAST):
            good = False
    print("\nours: " + ("never refused, at least 0.98 everywhere" if good else "BELOW THE GOAL"))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
