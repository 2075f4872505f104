"""Which rows share an address, in constant memory: eight bytes of a hash a row are kept on disk, sorted into many
small files, and equal ones are candidates. Whoever asks compares the addresses themselves.

Python's own hash is quick and differs from run to run; candidates are only ever hints, so no result depends on it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import pairwise
from pathlib import Path

PARTS = 64
_CHUNK = 1 << 15
_LOWEST, _SPAN = -(1 << 63), (1 << 64) // PARTS
_BORDERS = [_LOWEST + _SPAN * number for number in range(1, PARTS)]


class SameAddress:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: list[int] = []
        self._rows = 0

    def extend(self, hashes: list[int]) -> None:
        """Of the next rows, in order."""
        self._waiting += hashes
        if len(self._waiting) >= _CHUNK:
            self._flush()

    def candidates(self) -> list[int]:
        """Rows whose hash another row has too, in order. Call once, at the end."""
        self._flush()
        twice: set[int] = set()
        for number in range(PARTS):
            found = _read(self._folder / f"part-{number}")
            if len(set(found)) != len(found):
                found.sort()
                twice.update(one for one, other in pairwise(found) if one == other)
        if not twice:
            return []
        rows: list[int] = []
        with (self._folder / "all").open("rb") as file:
            start = 0
            while data := file.read(_CHUNK * 8):
                hashes = array("q", data)
                rows += [row for row, one in enumerate(hashes, start) if one in twice]
                start += len(hashes)
        return rows

    def _flush(self) -> None:
        if not self._waiting:
            return
        with (self._folder / "all").open("ab") as file:
            file.write(array("q", self._waiting).tobytes())
        ordered = array("q", sorted(self._waiting))
        start = 0
        for number, border in enumerate([*_BORDERS, None]):
            end = len(ordered) if border is None else bisect_left(ordered, border, start)
            if end > start:
                with (self._folder / f"part-{number}").open("ab") as file:
                    file.write(ordered[start:end].tobytes())
            start = end
        self._waiting.clear()


def _read(path: Path) -> list[int]:
    if not path.exists():
        return []
    found = array("q")
    found.frombytes(path.read_bytes())
    return found.tolist()
