"""Ctrl-C: once asks for a tidy end (requests under way finish, no new one starts), twice leaves at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class StopFlag:
    """Shared by all workers and by the clock."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """True when the run was asked to stop, at the latest after `seconds`."""
        return self._event.wait(seconds)


@contextlib.contextmanager
def stopping_on_signals(flag: StopFlag) -> Iterator[StopFlag]:
    """For the main thread. SIGTERM counts like Ctrl-C; the former handlers come back at the end."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        if flag.is_set():
            raise KeyboardInterrupt
        # In a thread of its own: a wait that the signal interrupts may hold the event's lock, and would never end.
        setting = threading.Thread(target=flag.set, daemon=True)
        setting.start()
        setting.join(0.05)

    former = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield flag
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
