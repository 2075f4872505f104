"""Reading a finished bundle: typed, in constant memory, and never a damaged file to its end without a word.

Every file read to its end is compared with the manifest. Finding *all* that is wrong is check.py's work.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec

from migrator.bundle import bundle_files, swap
from migrator.bundle.appender import BLOCK
from migrator.bundle.bundle_files import BY_NAME, Collection, SegmentMember, Shape
from migrator.bundle.bundle_json import Codec, unreadable
from migrator.bundle.manifest import FORMAT_VERSION, FileEntry, Manifest
from migrator.errors import BundleError
from migrator.model import (
    Attribute,
    Campaign,
    Contact,
    ContactList,
    Enrolment,
    Form,
    OtherResource,
    Record,
    Segment,
    Sequence,
    Suppression,
    Tag,
    Template,
)

R = TypeVar("R", bound=Record)

RESTORE = "Restore the bundle from a copy, or export it again."


class _Version(msgspec.Struct):
    format_version: int


class BlockPlaces:
    """Where in a file its blocks begin, and with which row: a few bytes for thousands of records."""

    def __init__(self) -> None:
        self._offsets, self._rows = array("Q"), array("Q")

    def add(self, offset: int, row: int) -> None:
        self._offsets.append(offset)
        self._rows.append(row)

    def before(self, row: int) -> tuple[int, int]:
        """Of the block that the row stands in."""
        number = bisect_right(self._rows, row) - 1
        return self._offsets[number], self._rows[number]


class Bundle:
    """A finished bundle. `hash` names its whole content: the manifest holds every file's hash."""

    def __init__(self, folder: Path, manifest: Manifest, digest: str) -> None:
        self.folder, self.manifest, self.hash = folder, manifest, digest

    @classmethod
    def open(cls, folder: Path) -> Bundle:
        """Finishes a swap that a crash cut short, then reads the manifest. Raises BundleError."""
        swap.settle(folder)
        manifest, digest = read_manifest(folder)
        return cls(folder, manifest, digest)

    def contacts(self) -> Iterator[Contact]:
        return self._lines("contacts")

    def enrolments(self) -> Iterator[Enrolment]:
        return self._lines("enrolments")

    def suppressions(self) -> Iterator[Suppression]:
        return self._lines("suppressions")

    def campaigns(self) -> Iterator[Campaign]:
        return self._lines("campaigns")

    def members(self, segment_id: str) -> Iterator[SegmentMember]:
        """Nothing for a segment whose members were not written: see `Segment.members_file`."""
        path = bundle_files.path_for("members", segment_id)
        return self.records(path) if path in self.manifest.files else iter(())

    def sequences(self, *, checked: bool = True) -> Iterator[Sequence]:
        """`checked`: each file is compared with the manifest. Without, for a first look of somebody who reads them all
        once more."""
        return self._documents("sequences", checked)

    def templates(self) -> Iterator[Template]:
        return self._documents("templates")

    def sequence(self, source_id: str) -> Sequence | None:
        path = bundle_files.path_for("sequences", source_id)
        return next(self.records(path)) if path in self.manifest.files else None

    def template(self, source_id: str) -> Template | None:
        path = bundle_files.path_for("templates", source_id)
        return next(self.records(path)) if path in self.manifest.files else None

    def lists(self) -> list[ContactList]:
        return list(self._lines("lists"))

    def tags(self) -> list[Tag]:
        return list(self._lines("tags"))

    def attributes(self) -> list[Attribute]:
        return list(self._lines("attributes"))

    def segments(self) -> list[Segment]:
        return list(self._lines("segments"))

    def forms(self) -> list[Form]:
        return list(self._lines("forms"))

    def other(self) -> list[OtherResource]:
        return list(self._lines("other"))

    def paths(self, collection: str) -> list[str]:
        return sorted(path for path in self.manifest.files if BY_NAME[collection].holds(path))

    def records(self, path: str, checked: bool = True) -> Iterator[Any]:
        """The records of one file. At its end the file is compared with the manifest (see `sequences`)."""
        collection, entry = bundle_files.collection_of(path), self.manifest.files.get(path)
        if collection is None or entry is None:
            raise BundleError(
                "The bundle has no such file", where=path, why="its manifest does not name it", fix=RESTORE
            )
        return read_records(self.folder, path, collection, entry, checked)

    def blocks(
        self, path: str, record: type[R], careful: type[R] | None = None, places: BlockPlaces | None = None
    ) -> Iterator[list[R]]:
        """The records of a file of lines, many at a time, as another record type: one that leaves closed what a
        reader in a hurry does not look at. The same checks as in `records`; `careful` as in lines.Codec. Each block is
        noted in `places`."""
        collection, entry = bundle_files.collection_of(path), self.manifest.files.get(path)
        if collection is None or entry is None or not collection.in_lines:
            raise BundleError("The bundle has no such file of lines", where=path, fix=RESTORE)
        return read_blocks(self.folder, path, Codec(record, careful), entry, places)

    def rows(self, path: str, record: type[R], wanted: Iterable[int], places: BlockPlaces) -> Iterator[tuple[int, R]]:
        """Some records of a file of lines with their numbers, from 0 and in this order: for a second look at a file
        whose `blocks` were read, and so checked, to their end before."""
        return read_rows(self.folder, path, Codec(record), wanted, places)

    def _lines(self, collection: str) -> Iterator[Any]:
        return self.records(BY_NAME[collection].path)

    def _documents(self, collection: str, checked: bool = True) -> Iterator[Any]:
        for path in self.paths(collection):
            yield from self.records(path, checked)


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest and its digest, when both are whole and of a version that we know."""
    if not folder.is_dir():
        fix = "Export first; an unfinished export continues where it was."
        raise BundleError("There is no finished bundle", where=str(folder), fix=fix)
    where = str(folder / bundle_files.MANIFEST)
    data = _read(folder, bundle_files.MANIFEST, where)
    # The version comes before the digest: a newer format may keep its digest elsewhere.
    try:
        version = msgspec.json.decode(data, type=_Version).format_version
    except (msgspec.MsgspecError, ValueError) as error:
        raise unreadable(where, error) from None
    digest = hashlib.sha256(data).hexdigest()
    if version == FORMAT_VERSION:
        _check_digest(folder, digest)
    elif version > FORMAT_VERSION:
        why = f"it has format version {version}; this program reads version {FORMAT_VERSION}"
        raise BundleError("The bundle is too new", where=where, why=why, fix="Update migrate, then try again.")
    else:
        why = f"it has format version {version}; this program reads version {FORMAT_VERSION}"
        raise BundleError("The bundle is too old", where=where, why=why, fix="Export it again.")
    manifest = Codec(Manifest).decode(data, where)
    for path in manifest.files:
        if bundle_files.collection_of(path) is None:
            raise BundleError("The manifest names a file that no bundle has", where=where, why=ascii(path), fix=RESTORE)
    return manifest, digest


def read_records(
    folder: Path, path: str, collection: Collection, entry: FileEntry, checked: bool = True
) -> Iterator[Any]:
    codec: Codec[Any] = Codec(collection.record)
    if not collection.in_lines:
        data = _read(folder, path, path)
        if checked:
            _compare(path, entry, len(data), hashlib.sha256(data).hexdigest())
        records = codec.decode_array(data, path) if collection.shape is Shape.ARRAY else [codec.decode(data, path)]
        _compare_records(path, entry, len(records))
        yield from records
        return
    for records in read_blocks(folder, path, codec, entry):
        yield from records


def read_blocks(
    folder: Path, path: str, codec: Codec[R], entry: FileEntry, places: BlockPlaces | None = None
) -> Iterator[list[R]]:
    digest, size, number = hashlib.sha256(), 0, 0
    try:
        file = (folder / path).open("rb")
    except OSError as error:
        _absent(path, error)
    with file:
        while lines := file.readlines(BLOCK):
            if places is not None:
                places.add(size, number)
            block = b"".join(lines)
            digest.update(block)
            size += len(block)
            yield codec.decode_lines(lines, path, number + 1)
            number += len(lines)
    _compare(path, entry, size, digest.hexdigest())
    _compare_records(path, entry, number)


def read_rows(
    folder: Path, path: str, codec: Codec[R], wanted: Iterable[int], places: BlockPlaces
) -> Iterator[tuple[int, R]]:
    lines: list[bytes] = []
    first = 0
    with (folder / path).open("rb") as file:
        for row in wanted:
            if row >= first + len(lines):
                offset, first = places.before(row)
                file.seek(offset)
                lines = file.readlines(BLOCK)
            yield row, codec.decode(lines[row - first], f"{path}, line {row + 1}")


def _check_digest(folder: Path, digest: str) -> None:
    where = str(folder / bundle_files.MANIFEST_SUM)
    noted = re.fullmatch(rb"([0-9a-f]{64})  manifest\.json\n", _read(folder, bundle_files.MANIFEST_SUM, where))
    if noted is None or noted[1].decode() != digest:
        why = "manifest.json and manifest.sha256 do not agree"
        raise BundleError("The manifest was changed after the export", where=where, why=why, fix=RESTORE)


def _compare(path: str, entry: FileEntry, size: int, digest: str) -> None:
    if size != entry.bytes:
        what = "A file of the bundle is cut off" if size < entry.bytes else "A file of the bundle has grown"
        raise BundleError(what, where=path, why=f"it has {size} bytes, the manifest says {entry.bytes}", fix=RESTORE)
    if digest != entry.sha256:
        why = "its content does not match the hash in the manifest"
        raise BundleError("A file of the bundle was changed after the export", where=path, why=why, fix=RESTORE)


def _compare_records(path: str, entry: FileEntry, number: int) -> None:
    if number != entry.records:
        why = f"it holds {number}, the manifest says {entry.records}"
        raise BundleError("A file of the bundle has the wrong number of records", where=path, why=why, fix=RESTORE)


def _read(folder: Path, path: str, where: str) -> bytes:
    try:
        return (folder / path).read_bytes()
    except OSError as error:
        _absent(where, error)


def _absent(where: str, error: OSError) -> NoReturn:
    what = "A file of the bundle is missing" if isinstance(error, FileNotFoundError) else "A file cannot be opened"
    raise BundleError(what, where=where, why=error.strerror or "", fix=RESTORE) from None
