"""The files a person names, as things to read from: plain, compressed, or inside a ZIP, always within limits.

Nothing is ever unpacked to disk, so no path inside an archive can reach out of it.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from migrator.errors import UsageError

MOST_MEMBERS = 10_000
LARGEST_MEMBER = 4 << 30
LARGEST_ARCHIVE = 16 << 30
LARGEST_RATIO = 500
"""Text packs 3 to 20 times; what packs more than this is a trap."""
RATIO_FROM = 32 << 20
ARCHIVES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar")
LITTER = frozenset({"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".git", ".svn", ".hg", ".gitkeep"})
"""What systems and tools leave behind, and nobody means to export."""
HIDDEN = "its name begins with a point"
TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet")


@dataclass(frozen=True)
class Input:
    name: str
    """For people: the file's name, with the archive's before it."""
    open: Callable[[], IO[bytes]]
    path: Path | None = None
    """When it is a plain file on disk."""

    @property
    def suffix(self) -> str:
        name = self.name.lower()
        return PurePosixPath(name.removesuffix(".gz")).suffix


@dataclass(frozen=True)
class Skipped:
    name: str
    why: str
    fix: str = ""


def expand(files: tuple[Path, ...]) -> tuple[list[Input], list[Skipped]]:
    """In the order given; the members of an archive by name."""
    inputs: list[Input] = []
    skipped: list[Skipped] = []
    for path in files:
        if not path.is_file():
            why = "it is a folder" if path.is_dir() else "there is no such file"
            raise UsageError("The file cannot be read", where=str(path), why=why, fix="Name the exported files.")
        if path.suffix.lower() == ".zip":
            for found in members(path):
                (inputs if isinstance(found, Input) and found.suffix in TABLES else skipped).append(
                    found if isinstance(found, Skipped) or found.suffix in TABLES else _not_a_table(found)  # type: ignore[arg-type]  # each kind into its own list
                )
        elif path.suffix.lower() == ".gz":
            inputs.append(Input(path.name, _gzip_opener(path)))
        else:
            inputs.append(Input(path.name, _plain_opener(path), path))
    names = [one.name for one in inputs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError("Two files have one name", where=twice[0], fix="Rename one: rejected rows are named by it.")
    return inputs, skipped


def members(path: Path) -> Iterator[Input | Skipped]:
    """What an archive holds, by name; members that are not safe to read are told, not read."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = sorted((info for info in archive.infolist() if not info.is_dir()), key=lambda info: info.filename)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UsageError(
            "The ZIP cannot be read", where=path.name, why="it is damaged", fix="Download it again."
        ) from None
    if len(infos) > MOST_MEMBERS:
        raise UsageError(
            "The ZIP holds too many files", where=path.name, why=f"more than {MOST_MEMBERS:,}", fix="Unpack it."
        )
    packed = sum(info.compress_size for info in infos)
    safe = [info for info in infos if _danger(info, PurePosixPath(info.filename)) is None]
    total = sum(info.file_size for info in safe)
    trap = total > RATIO_FROM and total > LARGEST_RATIO * max(sum(info.compress_size for info in safe), 1)
    if packed > path.stat().st_size or trap:
        raise UsageError("The ZIP is packed like a trap", where=path.name, fix="Unpack it and name the files you need.")
    if total > LARGEST_ARCHIVE:
        raise UsageError("The ZIP unpacks to too much", where=path.name, fix="Unpack it and name the files one by one.")
    seen: set[str] = set()
    for info in infos:
        inside = PurePosixPath(info.filename.replace("\\", "/"))
        if not LITTER.isdisjoint(inside.parts) or inside.name.startswith("._"):
            continue
        name = f"{path.name}/{info.filename}"
        if why := _danger(info, inside):
            yield Skipped(name, why)
        elif any(part.startswith(".") for part in inside.parts):
            yield Skipped(name, HIDDEN)
        elif info.filename in seen:
            yield Skipped(name, "the archive holds this name twice")
        else:
            seen.add(info.filename)
            yield Input(name, _member_opener(path, info))


def _danger(info: zipfile.ZipInfo, inside: PurePosixPath) -> str | None:
    if inside.is_absolute() or ".." in inside.parts or ":" in info.filename.split("/", 1)[0]:
        return "its path leads out of the archive"
    if info.flag_bits & 1:
        return "it is encrypted"
    if info.file_size > LARGEST_MEMBER:
        return "it is larger than 4 GB"
    if info.file_size > RATIO_FROM and info.file_size > LARGEST_RATIO * max(info.compress_size, 1):
        return "it is packed like a trap"
    if inside.suffix.lower() in ARCHIVES:
        return "it is an archive inside an archive"
    return None


class _Capped(io.RawIOBase):
    """Stops when more comes out than the archive declared, or than is allowed at all."""

    def __init__(self, inner: IO[bytes], limit: int, name: str) -> None:
        self._inner, self._left, self._name = inner, limit, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # io passes a writable buffer
        try:
            data = self._inner.read(len(view))
        except (
            zipfile.BadZipFile,
            EOFError,
            zlib.error,
            OSError,
            ValueError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise UsageError(
                "A packed file cannot be read", where=self._name, why=type(error).__name__, fix="Download it again."
            ) from None
        self._left -= len(data)
        if self._left < 0:
            raise UsageError("A packed file unpacks to more than it may", where=self._name, fix="Unpack it by hand.")
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._inner.close()
        super().close()


def _plain_opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb", buffering=1 << 18)


def _gzip_opener(path: Path) -> Callable[[], IO[bytes]]:
    limit = min(LARGEST_MEMBER, max(RATIO_FROM, path.stat().st_size * LARGEST_RATIO))
    return lambda: io.BufferedReader(_Capped(gzip.open(path, "rb"), limit, path.name), 1 << 18)  # type: ignore[arg-type]  # GzipFile reads bytes


def _member_opener(path: Path, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        archive = zipfile.ZipFile(path)
        try:
            inner = archive.open(info)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
            archive.close()
            raise UsageError(
                "A packed file cannot be read", where=info.filename, why=type(error).__name__, fix="Unpack it by hand."
            ) from None
        archive.close()  # the member keeps the file open until it is closed itself
        return io.BufferedReader(_Capped(inner, info.file_size, info.filename), 1 << 18)

    return opened


def _not_a_table(found: Input) -> Skipped:
    if found.suffix in (".html", ".htm", ".mjml"):
        return Skipped(found.name, "it is an email: name the archive with --emails as well")
    return Skipped(found.name, "it is no table")
