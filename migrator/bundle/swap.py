"""From the unfinished folder to the finished one: what a crash leaves, and how it is settled.

    acme/bundle.partial/   being written; has a manifest.json only when everything else is on disk ("sealed")
    acme/bundle/           the finished bundle
    acme/bundle.old/       the bundle before it, for the moment of the swap

The order is: everything else, manifest.json, bundle -> bundle.old, bundle.partial -> bundle, remove bundle.old.
A sealed folder is a whole bundle whatever its name, so whoever comes next finishes the swap.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from migrator.bundle.bundle_files import MANIFEST, PROGRESS
from migrator.bundle.disk import TEMPORARY, flush_folder
from migrator.errors import WorkspaceError


def partial_of(folder: Path) -> Path:
    return folder.with_name(folder.name + ".partial")


def old_of(folder: Path) -> Path:
    return folder.with_name(folder.name + ".old")


def is_sealed(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def publish(folder: Path) -> None:
    """Makes a sealed `bundle.partial` the bundle. Safe to repeat after a crash anywhere inside."""
    partial, old = partial_of(folder), old_of(folder)
    shutil.rmtree(partial / PROGRESS, ignore_errors=True)
    for leftover in partial.rglob("*" + TEMPORARY):
        leftover.unlink()
    flush_folder(partial)
    if folder.exists():
        if old.exists():
            shutil.rmtree(old)
        folder.rename(old)
    partial.rename(folder)
    flush_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def settle(folder: Path) -> bool:
    """Finishes or takes back a swap that was cut short. Does nothing when none was, or when one is running.

    True: an export that had read everything was cut short at its very end, and its bundle is now in place.
    """
    partial, old = partial_of(folder), old_of(folder)
    if not is_sealed(partial) and not old.exists():
        return False
    hold = Hold.take(partial)
    if hold is None:
        return False
    try:
        if is_sealed(partial):
            publish(folder)
            return True
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
        elif old.exists():
            old.rename(folder)
            flush_folder(folder.parent)
    finally:
        hold.release()
    return False


class Hold:
    """The right to write a folder. The operating system takes it back when the process ends, however it ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> Hold | None:
        """None when another process has it. Of a folder that is not there, nothing is held."""
        if os.name == "nt":  # folders cannot be locked there; two exports at once are the person's own care
            return cls(-1)
        import fcntl

        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            return cls(-1)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:  # some network file systems know no locks
            os.close(descriptor)
            return cls(-1)
        return cls(descriptor)

    @classmethod
    def take_or_refuse(cls, folder: Path) -> Hold:
        hold = cls.take(folder)
        if hold is None:
            raise WorkspaceError(
                "Another export is writing this bundle",
                where=str(folder),
                why="it is still running",
                fix="Wait for it or stop it, then start again; it continues where it was.",
            )
        return hold

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
