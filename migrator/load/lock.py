"""One writer at a time: a lock in the checkpoint that names its process and can expire.

A process of this machine that is gone has lost its lock at once; one of another machine after half an hour without
a sign of life.
"""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from migrator.errors import WorkspaceError
from migrator.transport.clock import Clock

EXPIRES, EVERY = 1800.0, 30.0
_HELD: set[str] = set()
"""Locks of this very process: the process being alive says nothing about them."""


@dataclass(frozen=True)
class Lock:
    token: str
    clock: Clock
    _beaten: list[float] = field(default_factory=lambda: [0.0])

    @classmethod
    def take(cls, db: sqlite3.Connection, clock: Clock) -> Lock:
        """Inside a transaction. Raises WorkspaceError when somebody else holds it."""
        holder = cls.holder(db, clock)
        if holder is not None:
            raise WorkspaceError(
                "Another run is working in this folder",
                why=holder,
                fix="Wait for it to end. A run that is gone loses its lock by itself.",
            )
        now, token = clock.now().timestamp(), secrets.token_hex(8)
        db.execute(
            "INSERT OR REPLACE INTO lock VALUES (1, ?, ?, ?, ?, ?, ?)",
            (os.getpid(), socket.gethostname(), _started(os.getpid()), token, now, now),
        )
        _HELD.add(token)
        return cls(token, clock)

    @staticmethod
    def holder(db: sqlite3.Connection, clock: Clock) -> str | None:
        row = db.execute("SELECT pid, host, process, token, since, beat FROM lock").fetchone()
        if row is None:
            return None
        pid, host, process, token, since, beat = row
        if host == socket.gethostname():
            gone = token not in _HELD if pid == os.getpid() else not _alive(pid, process)
        else:
            gone = clock.now().timestamp() - beat > EXPIRES
        if gone:
            return None
        moment = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return f"process {pid} on {host}, since {moment}"

    def beat(self, db: sqlite3.Connection) -> None:
        """A sign of life, at most every half minute: it rides along with whatever is written."""
        now = self.clock.now().timestamp()
        if now - self._beaten[0] > EVERY:
            self._beaten[0] = now
            db.execute("UPDATE lock SET beat = ? WHERE token = ?", (now, self.token))

    def release(self, db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM lock WHERE token = ?", (self.token,))

    def forget(self) -> None:
        _HELD.discard(self.token)


def _alive(pid: int, process: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    # The number may belong to another process by now.
    started = _started(pid)
    return not (process and started and process != started)


def _started(pid: int) -> str:
    """When a process began, in the kernel's own count; empty where the kernel does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
