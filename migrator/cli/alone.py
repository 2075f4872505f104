"""Commands of one workspace that must not run beside each other: what one of them writes, another would read half.

The operating system frees the folder when a process ends, however it ends. Two loads at once are told apart by the
checkpoint, which also knows other machines; here only this machine counts.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from migrator.cli.common import Run
from migrator.errors import WorkspaceError


def working(*, alone: bool, part: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`alone`: beside no other; otherwise beside all that are not alone either. `part`: a folder of the workspace that
    it writes alone in any case. Stands under `common_options`."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def wrapper(run: Run, **options: object) -> None:
            with contextlib.ExitStack() as stack:
                stack.enter_context(_held(run.workspace, alone=alone))
                if part:
                    stack.enter_context(_held(run.workspace / part, alone=True))
                function(run, **options)

        return wrapper

    return decorate


@contextlib.contextmanager
def _held(workspace: Path, *, alone: bool) -> Iterator[None]:
    if os.name == "nt" or not workspace.is_dir():  # folders cannot be locked there
        yield
        return
    import fcntl

    descriptor = os.open(workspace, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkspaceError(
                "Another command is at work in this workspace",
                where=str(workspace),
                why="one of the two would read what the other has only half written",
                fix="Wait for it or stop it, then run this command again.",
            ) from None
        except OSError:  # some network file systems know no locks
            yield
            return
        yield
    finally:
        os.close(descriptor)
