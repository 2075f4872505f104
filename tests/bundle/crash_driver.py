"""Run as a program: kills an export at each of its writes in turn and prints what each death left, as JSON lines.

Each export is a forked child that kills itself (SIGKILL) just before its n-th change to the disk.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import small_bundle

from migrator.bundle import Bundle, settle
from migrator.bundle.check import check

WRITES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.chmod"}


def run(folder: Path, die_at: int, name: str) -> tuple[int, str]:
    """The signal that ended the export, and the write it died at."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        watch(die_at, writing)
        small_bundle.export(folder, name=name)
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as lines:
        return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), lines.read()


def watch(die_at: int, writing: int) -> None:
    seen = 0

    def count(event: str) -> None:
        nonlocal seen
        seen += 1
        if seen == die_at:
            os.write(writing, event.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event in WRITES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            count(event)

    os.fsync = lambda descriptor: count("fsync")  # type: ignore[assignment]
    sys.addaudithook(audit)


def main(place: Path) -> None:
    # A killed process loses nothing that it gave to the system, so a flush is only counted: this saves seconds.
    os.fsync = lambda descriptor: None  # type: ignore[assignment]
    old = place / "first"
    old_hash = small_bundle.export(old / "bundle", name="old")
    new_hash = small_bundle.export(place / "unbroken" / "bundle", name="new")
    for start in ("empty", "old"):
        die_at = 0
        while True:
            die_at += 1
            work = place / "work"
            shutil.rmtree(work, ignore_errors=True)
            shutil.copytree(old, work) if start == "old" else work.mkdir()
            folder = work / "bundle"
            ended, event = run(folder, die_at, "new")
            if not ended:
                break
            report = {"start": start, "at": die_at, "event": event, "signal": ended}
            report["visible"] = [str(problem) for problem in check(folder)] if folder.exists() else None
            settle(folder)
            found = Bundle.open(folder).hash if folder.exists() else None
            report["after"] = {old_hash: "old", new_hash: "new", None: "none"}.get(found, "unknown")
            report["problems"] = [str(problem) for problem in check(folder)] if folder.exists() else []
            report["again"] = {new_hash: "new"}.get(small_bundle.export(folder, name="new"), "different")
            report["left"] = sorted(path.name for path in work.iterdir())
            report["strangers"] = [str(problem) for problem in check(folder)]
            sys.stdout.write(json.dumps(report) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
