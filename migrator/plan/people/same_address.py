"""Which rows share an address, in constant memory: eight bytes of a hash a row are kept on disk, in sorted runs
that are compared part by part, and equal ones are candidates. Whoever asks compares the addresses themselves.

Python's own hash is quick and differs from run to run; candidates are only ever hints, so no result depends on it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from itertools import pairwise, repeat
from pathlib import Path

PARTS = 64
_CHUNK = 1 << 15
_WIDTH = 8
_LOWEST, _SPAN = -(1 << 63), (1 << 64) // PARTS
_BORDERS = [_LOWEST + _SPAN * number for number in range(1, PARTS)]


class SameAddress:
    def __init__(self, folder: Path) -> None:
        self._all, self._sorted = folder / "all", folder / "sorted"
        self._waiting: list[int] = []
        self._runs: list[list[int]] = []
        """Of each sorted run: where in the file its parts begin and end."""

    def extend(self, hashes: list[int]) -> None:
        """Of the next rows, in order."""
        self._waiting += hashes
        if len(self._waiting) >= _CHUNK:
            self._flush()

    def candidates(self) -> array[int]:
        """Rows whose hash another row has too, in order. Call once, at the end."""
        self._flush()
        twice = self._twice() if self._runs else array("q")
        rows = array("q")
        if not twice:
            return rows
        with self._all.open("rb") as file:
            start = 0
            while data := file.read(_CHUNK * _WIDTH):
                hashes = array("q", data)
                places = map(bisect_right, repeat(twice), hashes)
                found = zip(hashes, places, strict=True)
                rows.extend(row for row, (one, place) in enumerate(found, start) if twice[place - 1] == one)
                start += len(hashes)
        return rows

    def _twice(self) -> array[int]:
        """In order, each once. Part by part: equal hashes stand in the same part of every run, and each part lies
        above the one before."""
        twice = array("q")
        with self._sorted.open("rb") as file:
            for number in range(PARTS):
                part = array("q")
                for borders in self._runs:
                    file.seek(borders[number])
                    part.frombytes(file.read(borders[number + 1] - borders[number]))
                if len(set(part)) != len(part):
                    twice.extend(sorted({one for one, other in pairwise(sorted(part)) if one == other}))
        return twice

    def _flush(self) -> None:
        if not self._waiting:
            return
        start = self._runs[-1][-1] if self._runs else 0
        ordered = array("q", sorted(self._waiting))
        cuts = [0, *(bisect_left(ordered, border) for border in _BORDERS), len(ordered)]
        self._runs.append([start + cut * _WIDTH for cut in cuts])
        for path, hashes in ((self._all, array("q", self._waiting)), (self._sorted, ordered)):
            with path.open("ab") as file:
                file.write(hashes.tobytes())
        self._waiting.clear()
