"""Writing for the owner only, and knowing that what was written will still be there after a power cut."""

from __future__ import annotations

import os
from pathlib import Path

TEMPORARY = ".tmp"


def make_folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)


def open_private(path: Path, *, keep: bool = False) -> int:
    """A file descriptor for writing; the file is the owner's alone from its first moment."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags if keep else flags | os.O_TRUNC, 0o600)
    os.chmod(path, 0o600)  # noqa: PTH101 (an older file may have been open to others)
    return descriptor


def flush_folder(path: Path) -> None:
    """Without this the name of a new file may be lost although its bytes were kept."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """The old file or the new one, never a part: temporary name, flush, rename, flush the folder."""
    temporary = path.with_name(path.name + TEMPORARY)
    with os.fdopen(open_private(temporary), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    flush_folder(path.parent)
