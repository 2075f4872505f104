"""A growing file of lines: written in batches, hashed on the way, continued where a killed export left it."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

from migrator.bundle.bundle_json import Codec
from migrator.bundle.disk import open_private
from migrator.bundle.manifest import FileEntry
from migrator.errors import Bug, BundleError
from migrator.model import Record

R = TypeVar("R", bound=Record)
BLOCK = 1 << 15
"""Bytes decoded at once: little enough to stay in the processor's cache, which is a third of the time."""


class Mark(NamedTuple):
    """A known good end of a file of lines. An exporter keeps it beside its own cursor."""

    bytes: int
    records: int


class JsonlAppender(Generic[R]):
    """`checkpoint()` makes all appended records durable and says where the file ends; after a crash,
    opening with that mark forgets whatever came behind it and goes on."""

    def __init__(
        self,
        path: Path,
        where: str,
        codec: Codec[R],
        *,
        batch: int = 64,
        at: Mark | None = None,
        tally: Callable[[R], str] | None = None,
    ) -> None:
        self.path, self.where, self._codec, self._batch = path, where, codec, batch
        self._tally, self.tallied = tally, Counter[str]()
        self._waiting: list[R] = []
        self._hash = hashlib.sha256()
        self._bytes = self._records = 0
        self._file = os.fdopen(open_private(path, keep=at is not None), "r+b", buffering=0)
        try:
            self._start(at or Mark(0, 0))
        except BaseException:
            self._file.close()
            raise

    def append(self, record: R) -> None:
        self._waiting.append(record)
        if len(self._waiting) >= self._batch:
            self.flush()

    def extend(self, records: Iterable[R]) -> None:
        rest = iter(records)
        while some := list(islice(rest, self._batch - len(self._waiting))):
            self._waiting += some
            if len(self._waiting) >= self._batch:
                self.flush()

    def flush(self) -> None:
        """Hands all records to the operating system. Raises BundleError for a record that cannot be written."""
        if not self._waiting:
            return
        records, self._waiting = self._waiting, []
        data, seen = self._codec.encode_lines(records, self.where, self._records + 1)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._take(data, seen)

    def checkpoint(self) -> Mark:
        self.flush()
        os.fsync(self._file.fileno())
        return Mark(self._bytes, self._records)

    def reopen(self, at: Mark) -> None:
        """Goes back to a mark: everything behind it is gone, the hash and the counts are taken anew."""
        self._waiting.clear()
        self._start(at)

    def close(self) -> None:
        """Flushes and makes durable. The file may be continued later with `at=` the last mark."""
        if not self._file.closed:
            self.checkpoint()
            self._file.close()

    def abandon(self) -> None:
        """Closes without writing what waits, after an error."""
        self._waiting.clear()
        self._file.close()

    @property
    def records(self) -> int:
        return self._records + len(self._waiting)

    @property
    def entry(self) -> FileEntry:
        if self._waiting:
            raise Bug("An entry was asked for before the file was flushed", where=self.where)
        return FileEntry(sha256=self._hash.hexdigest(), bytes=self._bytes, records=self._records)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close() if kind is None else self.abandon()

    def _start(self, at: Mark) -> None:
        self._hash, self._bytes, self._records = hashlib.sha256(), 0, 0
        self.tallied.clear()
        size = os.fstat(self._file.fileno()).st_size
        if size < at.bytes:
            raise self._lost(f"it has {size} bytes and should have at least {at.bytes}")
        self._file.truncate(at.bytes)
        self._file.seek(0)
        with self.path.open("rb") as reader:
            while lines := reader.readlines(BLOCK):
                self._take(b"".join(lines), self._codec.decode_lines(lines, self.where, self._records + 1))
        if self._records != at.records:
            raise self._lost(f"it has {self._records} records up to the mark and should have {at.records}")
        self._file.seek(at.bytes)

    def _take(self, data: bytes, records: list[R]) -> None:
        self._hash.update(data)
        self._bytes += len(data)
        self._records += len(records)
        if self._tally is not None:
            self.tallied.update(map(self._tally, records))

    def _lost(self, why: str) -> BundleError:
        return BundleError(
            "An unfinished export cannot be continued",
            where=self.where,
            why=why,
            fix="Start the export afresh; nothing at the source was changed.",
        )
