"""The one way in which commands show how far they are: bars on a terminal, lines in a pipe, events with --json."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from migrator.cli.common import Run
from migrator.export.progress import Bars, Events, Lines, Silent
from migrator.load.pace import Pace


class PacedLines(Lines):
    """In a pipe: one line when something is done, and now and then how fast people come along."""

    def __init__(self, pace: Callable[[Callable[[str], None]], Pace]) -> None:
        super().__init__()
        self._pace = pace(self.say)

    def collection(self, name: str, total: int | None) -> None:
        self._pace.collection(name, total)

    def progress(self, name: str, rows: int) -> None:
        self._pace.progress(name, rows)


@contextlib.contextmanager
def watcher_for(run: Run, pace: Callable[[Callable[[str], None]], Pace] | None = None) -> Iterator[Silent]:
    lines = Lines() if pace is None else PacedLines(pace)
    watcher = Events() if run.as_json else Bars() if run.progress else Silent() if run.quiet else lines
    try:
        yield watcher
    finally:
        watcher.close()
