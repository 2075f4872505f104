"""What the operating system refuses, as a sentence with a fix that works: chosen by its error number, in one place."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from migrator.errors import WorkspaceError

AGAIN = "then run the same command again: it goes on where it stopped"
_ELSEWHERE = "choose another folder with -C"
_TOLD: dict[int, tuple[str, str]] = {
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG), ("The disk is full", f"Make room on the disk, {AGAIN}.")
    ),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM),
        ("A file or folder may not be used", f"Give yourself the right to read and write there, or {_ELSEWHERE}."),
    ),
    errno.EROFS: (
        "A file or folder may not be used",
        f"This disk is mounted for reading only: mount it for writing, or {_ELSEWHERE}.",
    ),
    **dict.fromkeys(
        (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENOTEMPTY),
        ("Something else stands where a file or folder is needed", f"Move it away, or {_ELSEWHERE}."),
    ),
    errno.ENOENT: ("A file or folder is missing", f"Look whether the path is right, or {_ELSEWHERE}."),
    **dict.fromkeys(
        (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL),
        ("This path cannot be used", f"Write a shorter and plainer path, or {_ELSEWHERE}."),
    ),
    **dict.fromkeys(
        (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
        ("The machine has no room for another file or process", f"Close other programs, {AGAIN}."),
    ),
}
_SQLITE = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
}
_NO_ROOM = 1 << 16


def system_sentence(error: OSError) -> WorkspaceError:
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    why = (error.strerror or type(error).__name__).lower()
    what, fix = _TOLD.get(error.errno or 0, ("The operating system refuses", f"Look at that place, {AGAIN}."))
    return WorkspaceError(what, where=where, why=why, fix=fix)


def of_sqlite(error: sqlite3.Error, path: Path) -> OSError | None:
    """The system's refusal behind a database's error; None where the database itself is the trouble."""
    # The lower byte is the kind; the rest says more closely what was being done.
    number = _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if number is None:
        return None
    if number in (errno.EIO, errno.EACCES) and _is_full(path):
        number = errno.ENOSPC
    return OSError(number, os.strerror(number), str(path))


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path if path.is_dir() else path.parent).free < _NO_ROOM
    except OSError:
        return False
