"""A child process that exports a local Broadcast and kills itself at its nth write; used by test_export_crash.py.

Arguments: folder, n (0: never), contacts. Writes are counted where they become visible to a later run: each SQLite
transaction of the page store, and each open, write, rename, flush and removal of the bundle's files.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from export_support import account_of, trip_in

from migrator.export.store import SqlitePages

folder, deadly, contacts = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
count = 0


def step() -> None:
    global count
    count += 1
    if count == deadly:
        os.kill(os.getpid(), signal.SIGKILL)


def counted(name: str) -> None:
    real = getattr(os, name)

    def wrapper(*args: object, **options: object) -> object:
        step()
        return real(*args, **options)

    setattr(os, name, wrapper)


def on_audit(event: str, args: tuple[object, ...]) -> None:
    # Files written through file objects are seen when they are opened for writing.
    if event in ("os.rename", "os.remove", "os.mkdir", "shutil.rmtree", "os.truncate"):
        step()


for name in ("fsync", "open"):
    counted(name)
sys.addaudithook(on_audit)

real_write = SqlitePages._write


def write(self: SqlitePages, work: list[tuple[str, list[tuple[object, ...]]]]) -> None:
    step()  # before the transaction
    real_write(self, work)
    step()  # after it


SqlitePages._write = write  # type: ignore[method-assign]
trip_in(folder, account_of(contacts)).export()
sys.stdout.write(str(count))
