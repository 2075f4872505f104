"""Ctrl-C and the clocks."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from migrator.errors import Interrupted
from migrator.transport.clock import FakeClock, SystemClock
from migrator.transport.stop import StopFlag, stopping_on_signals

ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import sys, time
from migrator.errors import Interrupted
from migrator.transport.clock import SystemClock
from migrator.transport.stop import StopFlag, stopping_on_signals
flag = StopFlag()
with stopping_on_signals(flag):
    print("ready", flush=True)
    try:
        SystemClock(flag).sleep(60)
    except Interrupted as error:
        try:
            print("drained", flush=True)
            if "stay" in sys.argv:
                time.sleep(60)
        except KeyboardInterrupt:
            print("left", flush=True)
            sys.exit(130)
        sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_ctrl_c_ends_a_wait_in_an_orderly_way(number: signal.Signals) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert "ready\n" == child.stdout.readline()
    child.send_signal(number)
    rest, _ = child.communicate(timeout=20)
    assert ("drained\n", 130) == (rest, child.returncode)


def test_a_second_ctrl_c_leaves_at_once() -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, "stay"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert "ready\n" == child.stdout.readline()
    child.send_signal(signal.SIGINT)
    assert "drained\n" == child.stdout.readline()
    child.send_signal(signal.SIGINT)
    rest, _ = child.communicate(timeout=20)
    assert ("left\n", 130) == (rest, child.returncode)


def test_the_former_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with stopping_on_signals(StopFlag()):
        assert before is not signal.getsignal(signal.SIGINT)
    assert before is signal.getsignal(signal.SIGINT)


def test_a_set_flag_ends_every_sleep_even_of_no_length() -> None:
    flag = StopFlag()
    flag.set()
    for clock in (SystemClock(flag), FakeClock(stop=flag)):
        for seconds in (0, 3_600):  # an hour: nobody would miss that it was slept
            with pytest.raises(Interrupted):
                clock.sleep(seconds)


def test_the_fake_clock_moves_by_what_is_slept() -> None:
    clock = FakeClock()
    before = clock.now()
    clock.sleep(90)
    clock.sleep(-5)
    clock.advance(10)
    assert 100.0 == clock.monotonic()
    assert before + timedelta(seconds=100) == clock.now()
    assert [90] == clock.sleeps


def test_the_system_clock_speaks_utc() -> None:
    assert timedelta(0) == SystemClock().now().utcoffset()
