"""The plan's folder: written as `plan.partial`, hashed while written, visible as `plan` only when it is whole.

What the files hold is in records.py and its makers. Reading a plan back, and judging whether it is stale, is in
reading.py.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from migrator.bundle.disk import flush_folder, make_folder, open_private
from migrator.plan.records import PlanFile

HEADER, HEADER_SUM = "plan.json", "plan.sha256"
_MOST_BEHIND, _MOST_BYTES = 64, 16 << 20


class LineFile:
    """A file of lines under way; counts and hashes what it is given."""

    def __init__(self, path: Path) -> None:
        make_folder(path.parent)
        self._file: BinaryIO = os.fdopen(open_private(path), "wb")
        self._digest = hashlib.sha256()
        self.bytes = 0
        self.records = 0

    def write(self, lines: bytes, records: int) -> None:
        self._file.write(lines)
        self._digest.update(lines)
        self.bytes += len(lines)
        self.records += records

    def abandon(self) -> None:
        """Closes the file and promises nothing of it."""
        with suppress(OSError):
            self._file.close()

    def close(self, settling: Settling) -> PlanFile:
        """The file is on disk when `settling` is done with it."""
        self._file.flush()
        settling.take(lambda: _settle(self._file))
        return PlanFile(sha256=self._digest.hexdigest(), bytes=self.bytes, records=self.records)


class Settling:
    """Writes and flushes files beside the work, while the next are being made: one at a time, never many behind."""

    def __init__(self) -> None:
        self._beside = ThreadPoolExecutor(1)
        self._under_way: deque[tuple[Future[None], int]] = deque()
        self._bytes = 0

    def take(self, work: Callable[[], None], size: int = 0) -> None:
        """`size`: bytes that are kept in memory for it."""
        self._under_way.append((self._beside.submit(work), size))
        self._bytes += size
        while len(self._under_way) > _MOST_BEHIND or self._bytes > _MOST_BYTES:
            self._wait()

    def finish(self) -> None:
        """Raises OSError where a file could not be brought to the disk."""
        while self._under_way:
            self._wait()

    def _wait(self) -> None:
        future, size = self._under_way.popleft()
        self._bytes -= size
        future.result()

    def stop(self) -> None:
        self._beside.shutdown()


def _settle(file: BinaryIO) -> None:
    with file:
        os.fsync(file.fileno())


class PlanFolder:
    def __init__(self, folder: Path) -> None:
        """Starts anew: a plan is made in one go, so what an earlier attempt left is of no use."""
        self.folder = folder
        self.partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(self.partial, ignore_errors=True)
        make_folder(self.partial)
        self._files: dict[str, PlanFile] = {}
        self._open: dict[str, LineFile] = {}
        self._settling = Settling()

    def lines(self, path: str) -> LineFile:
        """The file of that name, opened at its first use."""
        if path not in self._open:
            self._open[path] = LineFile(self.partial / path)
        return self._open[path]

    def write(self, path: str, data: bytes, records: int | None = None) -> None:
        self._settling.take(lambda: self._write(path, data, records), len(data))

    def _write(self, path: str, data: bytes, records: int | None) -> None:
        place = self.partial / path
        make_folder(place.parent)
        with os.fdopen(open_private(place), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self._files[path] = PlanFile(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), records=records)

    @property
    def files(self) -> dict[str, PlanFile]:
        """Those that are finished. Waits for what is still being written."""
        self._settling.finish()
        return self._files

    @property
    def names(self) -> set[str]:
        """Every file of lines begun so far."""
        return {*self._files, *self._open}

    def scratch(self, name: str) -> Path:
        """A folder for passing notes between two passes; gone when the plan is finished."""
        path = self.partial / ".scratch" / name
        make_folder(path)
        return path

    def take_back(self, path: str) -> Path:
        """A file of lines that must be written anew: closed, and moved to a scratch place to be read from."""
        if path in self._open:
            self._open[path].close(self._settling)
            del self._open[path]
        self._settling.finish()
        self._files.pop(path, None)
        place = self.scratch("again") / path.replace("/", "-")
        (self.partial / path).replace(place)
        return place

    def close_lines(self) -> None:
        for path in list(self._open):
            self._files[path] = self._open[path].close(self._settling)
            del self._open[path]

    def clean(self) -> None:
        """Nothing of an unfinished plan stays; an earlier whole one is untouched."""
        for file in self._open.values():
            file.abandon()
        self._open.clear()
        self._settling.stop()
        shutil.rmtree(self.partial, ignore_errors=True)

    def finish(self, data: bytes) -> None:
        """Writes the header last and puts the folder in place of an earlier plan."""
        self.close_lines()
        shutil.rmtree(self.partial / ".scratch", ignore_errors=True)
        self.write(HEADER, data)
        self.write(HEADER_SUM, f"{hashlib.sha256(data).hexdigest()}  {HEADER}\n".encode())
        self._settling.finish()
        self._settling.stop()
        for folder in {path.parent for path in self.partial.rglob("*")}:
            flush_folder(folder)
        old = self.folder.with_name(self.folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(old)
        self.partial.rename(self.folder)
        flush_folder(self.folder.parent)
        shutil.rmtree(old, ignore_errors=True)
