"""Emails made ready by other processes before planning comes to them. Only for accounts with many: a process takes a
moment to start.

What they give is what this process would make of the same email (ready_email.py), so a plan has the same bytes
whoever was quicker. What they could not give, for whatever reason, is made here.
"""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context, parent_process
from threading import Thread
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from mappings.merge_tags.results import ContentContext
from migrator.model import EmailContent
from migrator.plan.emails.ready_email import ReadyEmail, ready_email

T = TypeVar("T")
Letter = tuple[EmailContent, str]
"""An email and the label under which planning will ask for it."""

WORTH_IT = 12 << 20
"""Bytes of emails from which other processes pay for their start."""
_AT_ONCE = 1 << 20
"""Characters of emails in one message to another process."""
_UNDER_WAY, _MOST_ITEMS = 8 << 20, 1_000
"""Characters of emails, and items, that are looked at before they are needed: memory stays flat."""


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Ahead:
    def __init__(self, processes: int = 0) -> None:
        """Without other processes everything passes through as it is."""
        self._pool = _pool(processes) if processes > 1 else None
        self._next: list[Letter] = []
        self._next_size = 0
        self._asked: dict[str, tuple[EmailContent, _Batch, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def over(
        self, items: Iterable[T], letters: Callable[[T], Iterable[Letter]], context: ContentContext
    ) -> Iterator[T]:
        """The items, one by one; meanwhile the emails of those that follow are made ready."""
        if self._pool is None:
            yield from items
            return
        said = _ENCODER.encode(context)
        waiting: deque[tuple[T, list[str], int]] = deque()
        under_way = 0
        for item in items:
            labels, size = self._ask(letters(item), said)
            waiting.append((item, labels, size))
            under_way += size
            while under_way > _UNDER_WAY or len(waiting) > _MOST_ITEMS:
                first, labels, size = waiting.popleft()
                yield first
                self._forget(labels)
                under_way -= size
        self._submit(said)
        for first, labels, _ in waiting:
            yield first
            self._forget(labels)

    def take(self, content: EmailContent, label: str) -> ReadyEmail | None:
        """The email made ready, where it was asked for with the same words; None where it is to be made here."""
        asked = self._asked.pop(label, None)
        if asked is None or asked[0] != content:
            return None
        done = asked[1].results()
        return done[asked[2]] if done else None

    def _ask(self, letters: Iterable[Letter], context: bytes) -> tuple[list[str], int]:
        labels, total = [], 0
        for content, label in letters:
            if content.blocks is not None:
                continue  # designs may hold what no message can
            size = len(content.body or content.text or "")
            self._next.append((content, label))
            self._next_size += size
            if self._next_size >= _AT_ONCE:
                self._submit(context)
            labels.append(label)
            total += size
        return labels, total

    def _forget(self, labels: Iterable[str]) -> None:
        for label in labels:
            self._asked.pop(label, None)

    def _submit(self, context: bytes) -> None:
        letters, self._next, self._next_size = self._next, [], 0
        if self._pool is None or not letters:
            return
        try:
            batch = _Batch(self._pool.submit(_make_ready, context, _ENCODER.encode(letters)))
        except (UnicodeEncodeError, RuntimeError, OSError):
            return  # half an emoji, which no message can hold; or the other processes are gone
        for number, (content, label) in enumerate(letters):
            self._asked[label] = (content, batch, number)


class _Batch:
    def __init__(self, future: Future[bytes]) -> None:
        self._future: Future[bytes] | None = future
        self._results: list[ReadyEmail] = []

    def results(self) -> list[ReadyEmail]:
        """Empty when they are not to be had. Nobody waits for what no other process has begun."""
        future, self._future = self._future, None
        if future is not None and not future.cancel():
            try:
                self._results = _RESULTS.decode(future.result())
            except Exception:  # noqa: BLE001 - whatever it was shows again where the email is made here
                self._results = []
        return self._results


def _pool(processes: int) -> Executor | None:
    try:
        # A new interpreter each: a copy of this process could hold a lock of one of its threads for ever.
        pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_prepare_process)
        pool.submit(_nothing)  # they start while this process reads what comes before the emails
        return pool
    except (ImportError, NotImplementedError, OSError):
        return None  # a system without what processes need to wait for each other


# In the other processes -----------------------------------------------------------------------------------

_ENCODER = msgspec.msgpack.Encoder()
_LETTERS = msgspec.msgpack.Decoder(list[Letter])
_RESULTS = msgspec.msgpack.Decoder(list[ReadyEmail])


def _prepare_process() -> None:
    # Ctrl-C reaches every process of the terminal; ending the others is the first one's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import selectolax.lexbor  # noqa: F401 - the first email would wait for it

    gc.disable()  # as in the first process while it plans: no cycles are made, and looking for them costs
    Thread(target=_end_with_the_first, daemon=True).start()


def _end_with_the_first() -> None:
    """Should it be killed, nobody else would tell the others to end."""
    first = parent_process()
    if first is not None:
        first.join()
        os._exit(1)


def _nothing() -> None:
    pass


@lru_cache(maxsize=1)
def _context(data: bytes) -> ContentContext:
    return msgspec.msgpack.decode(data, type=ContentContext)


def _make_ready(context: bytes, letters: bytes) -> bytes:
    known = _context(context)
    return _ENCODER.encode([ready_email(content, known, label) for content, label in _LETTERS.decode(letters)])
