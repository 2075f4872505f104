"""Which rows share an address, in constant memory: digests go into many small files, and each is looked at alone.

Sixteen bytes of a hash stand for an address: among five million, two different ones never meet in practice.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

PARTS = 64
DIGEST, ROW = 16, 8
ENTRY = DIGEST + ROW
_BUFFER = 1 << 14


def digest_of(address: str) -> bytes:
    return hashlib.blake2b(address.encode("utf-8", "surrogatepass"), digest_size=DIGEST).digest()


class AddressBook:
    def __init__(self, folder: Path) -> None:
        self._paths = [folder / f"{number:02d}" for number in range(PARTS)]
        self._buffers = [bytearray() for _ in range(PARTS)]

    def add(self, digest: bytes, row: int) -> None:
        buffer = self._buffers[digest[0] % PARTS]
        buffer += digest
        buffer += row.to_bytes(ROW, "little")
        if len(buffer) >= _BUFFER:
            self._flush(digest[0] % PARTS)

    def _flush(self, number: int) -> None:
        with self._paths[number].open("ab") as file:
            file.write(self._buffers[number])
        self._buffers[number].clear()

    def groups(self) -> Iterator[tuple[bytes, list[int]]]:
        """Each address that stands in more than one row, with its rows in order. Call once, at the end."""
        for number in range(PARTS):
            self._flush(number)
            data = self._paths[number].read_bytes()
            os.unlink(self._paths[number])  # noqa: PTH108 - beside open and read it is the plainest word
            first: dict[bytes, int] = {}
            more: dict[bytes, list[int]] = {}
            for at in range(0, len(data), ENTRY):
                digest = data[at : at + DIGEST]
                row = int.from_bytes(data[at + DIGEST : at + ENTRY], "little")
                if digest in first:
                    more.setdefault(digest, [first[digest]]).append(row)
                else:
                    first[digest] = row
            yield from more.items()
