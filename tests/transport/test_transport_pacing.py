"""The pacing against servers that limit, in virtual time."""

from __future__ import annotations

import threading
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limit_servers import BucketServer, FixedServer, Server, SlidingServer, VirtualClock, simulate

from migrator.transport.clock import FakeClock
from migrator.transport.pacing import Pacer, Window
from tests.looks import looks

DOCUMENTED = [(100, 60.0), (20, 1.0)]
KINDS = ["sliding", "fixed", "bucket"]


def server_of(kind: str, limits: list[tuple[int, float]], phase: float = 0.0) -> Server:
    if kind == "bucket":
        return BucketServer(limits)
    return FixedServer(limits, phase=phase) if kind == "fixed" else SlidingServer(limits)


def pacer_for(clock: VirtualClock, limits: list[tuple[int, float]]) -> Pacer:
    return Pacer(clock, [Window(count, seconds) for count, seconds in limits])


limits_drawn = st.lists(st.tuples(st.integers(1, 40), st.floats(0.2, 60.0)), min_size=1, max_size=3)


@given(
    kind=st.sampled_from(KINDS),
    limits=limits_drawn,
    phase=st.floats(0, 60),
    workers=st.integers(1, 12),
    jitter=st.floats(0, 3),
    arrivals=st.none() | st.lists(st.floats(0, 100), max_size=150),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=looks(150), deadline=None)
def test_no_server_ever_refuses_whatever_the_arrivals(
    kind: str,
    limits: list[tuple[int, float]],
    phase: float,
    workers: int,
    jitter: float,
    arrivals: list[float] | None,
    seed: int,
) -> None:
    clock = VirtualClock(1000.0)
    outcome = simulate(
        pacer_for(clock, limits),
        clock,
        server_of(kind, limits, phase),
        workers=workers,
        jitter=jitter,
        until=1060.0,
        random=Random(seed),
        arrivals=arrivals,
    )
    assert 0 == outcome.refused


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("jitter", [0.06, 0.3])
@given(phase=st.floats(0, 60), workers=st.integers(4, 16), seed=st.integers(0, 2**32))
@settings(max_examples=6, deadline=None)
def test_the_documented_limit_is_used_to_98_percent(
    kind: str, jitter: float, phase: float, workers: int, seed: int
) -> None:
    clock = VirtualClock(1000.0)
    pacer, server = pacer_for(clock, DOCUMENTED), server_of(kind, DOCUMENTED, phase)
    # Ten windows and the time the burst limit needs to let a window's requests through.
    outcome = simulate(pacer, clock, server, workers=workers, jitter=jitter, until=1609.0, random=Random(seed))
    assert 0 == outcome.refused
    assert outcome.accepted >= 0.98 * 1100


@given(count=st.integers(1, 60), seconds=st.floats(5, 60), workers=st.integers(1, 20), seed=st.integers(0, 2**32))
@settings(max_examples=looks(60), deadline=None)
def test_a_window_costs_no_more_than_one_round_trip(count: int, seconds: float, workers: int, seed: int) -> None:
    """With always something to send, each window is used up, and the next begins one round trip late at most."""
    clock, jitter, windows = VirtualClock(0.0), 0.06, 5
    drain = (count // workers + 1) * jitter
    until = windows * (max(seconds, drain) + jitter + 0.01) + drain + 0.01
    outcome = simulate(
        pacer_for(clock, [(count, seconds)]),
        clock,
        SlidingServer([(count, seconds)]),
        workers=workers,
        jitter=jitter,
        until=until,
        random=Random(seed),
    )
    assert outcome.accepted >= count * windows


@given(kind=st.sampled_from(KINDS), stop_at=st.floats(0.5, 130), away=st.floats(0, 70), seed=st.integers(0, 2**32))
@settings(max_examples=looks(40), deadline=None)
def test_send_times_survive_a_restart(kind: str, stop_at: float, away: float, seed: int) -> None:
    clock, random = VirtualClock(0.0), Random(seed)
    server, first = server_of(kind, DOCUMENTED), pacer_for(clock, DOCUMENTED)
    before = simulate(first, clock, server, workers=6, jitter=0.3, until=stop_at, random=random)
    clock.time = stop_at
    times = first.export_times()
    # A new process: its monotonic clock starts elsewhere, the wall clock goes on.
    reborn = VirtualClock(0.0)
    reborn.wall, reborn.time = clock.now(), 0.0
    reborn.time = away
    shifted = Shifted(server, stop_at)
    second = pacer_for(reborn, DOCUMENTED)
    second.import_times(times)
    after = simulate(second, reborn, shifted, workers=6, jitter=0.3, until=away + 70, random=random)  # type: ignore[arg-type] # same two methods
    assert 0 == before.refused + after.refused


class Shifted:
    """The same server, seen from a process whose clock started `offset` later."""

    def __init__(self, server: Server, offset: float) -> None:
        self.server, self.offset = server, offset

    def allows(self, now: float) -> bool:
        return self.server.allows(now + self.offset)

    def take(self, now: float) -> None:
        self.server.take(now + self.offset)


def test_a_bucket_smaller_than_the_window_refuses_once_and_then_hardly_ever() -> None:
    clock = VirtualClock(0.0)
    pacer = pacer_for(clock, DOCUMENTED)
    small = BucketServer([(20, 12.0)])
    outcome = simulate(pacer, clock, small, workers=1, jitter=0.06, until=3600.0, random=Random(1))
    assert outcome.refused <= 10
    assert outcome.accepted >= 0.9 * 3600 * 100 / 60


def test_without_windows_nothing_waits_until_the_server_says_so() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    assert 0.0 == sum(pacer.acquire() for _ in range(500))
    pacer.pause(30)
    assert 30.0 == pytest.approx(pacer.acquire())


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    pacer.pause(30)
    pacer.pause(1)
    assert 30.0 == pytest.approx(pacer.acquire())


def test_requests_under_way_hold_their_slots() -> None:
    pacer = Pacer(FakeClock(), [Window(2, 10)])
    assert 0.0 == pacer.try_acquire()
    assert 0.0 == pacer.try_acquire()
    assert pacer.try_acquire() >= 10.0


def test_times_from_a_clock_that_was_set_back_count_as_now() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, [Window(1, 60)])
    pacer.import_times([clock.now().timestamp() + 9999])
    assert 60.0 == pytest.approx(pacer.try_acquire(), abs=0.01)


def test_a_start_without_a_record_does_not_burst() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, [Window(100, 60), Window(20, 1)])
    pacer.start_evenly()
    for _ in range(50):
        pacer.acquire()
        pacer.replied()
    assert clock.monotonic() == pytest.approx(49 * 0.6, rel=0.02)


def test_many_threads_never_exceed_the_window() -> None:
    clock = FakeClock()
    pacer = Pacer(clock, [Window(10, 5)])
    done = []

    def work() -> None:
        for _ in range(25):
            pacer.acquire()
            pacer.replied()
        done.append(True)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [True] * 8 == done
    # 20 windows' worth of requests take at least 19 windows.
    assert clock.monotonic() >= 19 * 5
