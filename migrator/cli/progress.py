"""The one way in which commands show how far they are: bars on a terminal, lines in a pipe, events with --json."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from migrator.cli.common import Run
from migrator.export.progress import Bars, Events, Lines, Silent


@contextlib.contextmanager
def watcher_for(run: Run) -> Iterator[Silent]:
    watcher = Events() if run.as_json else Bars() if run.progress else Silent() if run.quiet else Lines()
    try:
        yield watcher
    finally:
        watcher.close()
