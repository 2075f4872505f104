"""Opening the checkpoint's file, and what sqlite says about it in sentences that a person can act on."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from migrator.errors import WorkspaceError


def connect(path: Path) -> sqlite3.Connection:
    with plain(path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
        try:
            connection.execute("PRAGMA cache_size=-2000")
        except BaseException:
            connection.close()
            raise
        return connection


@contextlib.contextmanager
def plain(path: Path) -> Iterator[None]:
    """What sqlite says, as one sentence a person can act on."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "full" in text or "disk I/O" in text:
            raise WorkspaceError(
                "The checkpoint cannot be written",
                where=path.name,
                why=text,
                fix="Make room on the disk, then run the same command again: it goes on where it stopped.",
            ) from None
        if "locked" in text:
            raise WorkspaceError(
                "Another program is using the checkpoint", where=path.name, fix="Wait for it to end, or close it."
            ) from None
        if "readonly" in text or "unable to open" in text:
            raise WorkspaceError("The checkpoint cannot be opened", where=path.name, why=text) from None
        raise damaged(path) from None
    except sqlite3.DatabaseError:
        raise damaged(path) from None


def damaged(path: Path) -> WorkspaceError:
    return WorkspaceError(
        "The checkpoint is damaged",
        where=path.name,
        why="the file was cut off or overwritten",
        fix="Put a copy of it back; without one, move it away: `migrate load` then finds its own work by the marker.",
    )
