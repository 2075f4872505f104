"""Writing a bundle: into `bundle.partial`, resumable, and visible as `bundle` only when it is whole.

What an exporter reads, and how far it came, is its own business: it may keep notes in `progress`.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from migrator import __version__
from migrator.bundle import bundle_files, swap
from migrator.bundle.appender import JsonlAppender, Mark
from migrator.bundle.bundle_files import BY_NAME, Collection, SegmentMember, Shape
from migrator.bundle.bundle_json import Codec
from migrator.bundle.disk import TEMPORARY, flush_folder, make_folder, write_whole
from migrator.bundle.manifest import FORMAT_VERSION, FileEntry, Manifest
from migrator.errors import BundleError
from migrator.model import (
    Attribute,
    Campaign,
    ConsentState,
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


class BundleWriter:
    """Opens or continues `<folder>.partial`. `fresh=True` throws an unfinished export away.

    Leaving the `with` block without `finish()` keeps everything for the next run.
    """

    def __init__(self, folder: Path, *, fresh: bool = False) -> None:
        self.folder = folder
        self.partial = swap.partial_of(folder)
        swap.settle(folder)
        if not folder.parent.exists():
            make_folder(folder.parent)
        self.resumed = self.partial.exists() and not fresh
        make_folder(self.partial)
        self._hold = swap.Hold.take_or_refuse(self.partial)
        if fresh:
            for child in self.partial.iterdir():
                shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
        self.progress = self.partial / bundle_files.PROGRESS
        """A folder for the exporter's own state. It is never part of the finished bundle."""
        make_folder(self.progress)
        flush_folder(folder.parent)
        self._appenders: dict[str, JsonlAppender[Any]] = {}

    # Files of lines. Without `at` they start empty; with it they continue an unfinished export.

    def contacts(self, at: Mark | None = None) -> JsonlAppender[Contact]:
        return self._lines("contacts", BY_NAME["contacts"].path, at)

    def enrolments(self, at: Mark | None = None) -> JsonlAppender[Enrolment]:
        return self._lines("enrolments", BY_NAME["enrolments"].path, at)

    def suppressions(self, at: Mark | None = None) -> JsonlAppender[Suppression]:
        return self._lines("suppressions", BY_NAME["suppressions"].path, at)

    def campaigns(self, at: Mark | None = None) -> JsonlAppender[Campaign]:
        return self._lines("campaigns", BY_NAME["campaigns"].path, at)

    def members(self, segment_id: str, at: Mark | None = None) -> JsonlAppender[SegmentMember]:
        """The contacts of one segment. Its `where` is what `Segment.members_file` should say."""
        return self._lines("members", bundle_files.path_for("members", segment_id), at)

    # Whole files. Writing one again replaces it.

    def put_sequence(self, sequence: Sequence) -> str:
        return self._put_document("sequences", sequence.source_id, sequence)

    def put_template(self, template: Template) -> str:
        return self._put_document("templates", template.source_id, template)

    def put_lists(self, lists: Iterable[ContactList]) -> None:
        self._put_array("lists", lists)

    def put_tags(self, tags: Iterable[Tag]) -> None:
        self._put_array("tags", tags)

    def put_attributes(self, attributes: Iterable[Attribute]) -> None:
        self._put_array("attributes", attributes)

    def put_segments(self, segments: Iterable[Segment]) -> None:
        self._put_array("segments", segments)

    def put_forms(self, forms: Iterable[Form]) -> None:
        self._put_array("forms", forms)

    def put_other(self, resources: Iterable[OtherResource]) -> None:
        self._put_array("other", resources)

    def clear(self, collection: str) -> None:
        """Forgets what an earlier, unfinished run wrote of a collection, to read all of it again."""
        found = BY_NAME[collection]
        for path in [path for path in self._appenders if found.holds(path)]:
            self._appenders.pop(path).abandon()
        for path, file in self._written():
            if found.holds(path):
                file.unlink()

    def finish(self, manifest: Manifest) -> str:
        """Seals the bundle and makes it visible. Returns its hash, by which a plan names it.

        The manifest's files, counts, consent and versions are filled in here, from what is on disk.
        """
        for appender in self._appenders.values():
            appender.close()
        self._fill_gaps()
        files: dict[str, FileEntry] = {}
        counts = {collection.name: 0 for collection in bundle_files.COLLECTIONS}
        consent: dict[ConsentState, int] = {}
        for path, file in sorted(self._written()):
            collection = bundle_files.collection_of(path)
            if collection is None:
                raise BundleError("A file does not belong into a bundle", where=str(file), fix="Remove it.")
            files[path], tallied = self._entry(collection, path, file)
            counts[collection.name] += files[path].records
            consent.update({ConsentState(state): number for state, number in tallied.items()})
        whole = msgspec.structs.replace(
            manifest,
            format_version=FORMAT_VERSION,
            tool_version=__version__,
            files=files,
            counts=counts,
            consent={state: consent.get(state, 0) for state in ConsentState},
        )
        text = Codec(Manifest).encode_document(whole, bundle_files.MANIFEST)
        digest = hashlib.sha256(text).hexdigest()
        write_whole(self.partial / bundle_files.MANIFEST_SUM, f"{digest}  {bundle_files.MANIFEST}\n".encode())
        write_whole(self.partial / bundle_files.MANIFEST, text)
        swap.publish(self.folder)
        self.close()
        return digest

    def close(self) -> None:
        """Keeps the unfinished export for the next run."""
        for appender in self._appenders.values():
            appender.abandon()
        self._appenders.clear()
        self._hold.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _lines(self, collection: str, path: str, at: Mark | None) -> JsonlAppender[Any]:
        if path in self._appenders:
            self._appenders.pop(path).abandon()
        appender = self._appenders[path] = self._appender(BY_NAME[collection], path, at)
        return appender

    def _appender(self, collection: Collection, path: str, at: Mark | None) -> JsonlAppender[Any]:
        file = self._place(path)
        codec: Codec[Any] = Codec(collection.record)
        tally = _state if collection.name == "contacts" else None
        appender = JsonlAppender(file, path, codec, batch=collection.batch, at=at, tally=tally)
        flush_folder(file.parent)
        return appender

    def _put_document(self, collection: str, source_id: str, record: Record) -> str:
        path = bundle_files.path_for(collection, source_id)
        write_whole(self._place(path), Codec(type(record)).encode_document(record, path))
        return path

    def _put_array(self, collection: str, records: Iterable[Any]) -> None:
        found = BY_NAME[collection]
        codec: Codec[Any] = Codec(found.record)
        write_whole(self._place(found.path), codec.encode_array(list(records), found.path))

    def _place(self, path: str) -> Path:
        file = self.partial / path
        if file.parent != self.partial and not file.parent.exists():
            make_folder(file.parent)
            flush_folder(self.partial)
        return file

    def _fill_gaps(self) -> None:
        """Every bundle has every file, so that an absent one is always a loss."""
        for collection in bundle_files.COLLECTIONS:
            if not (self.partial / collection.path).exists():
                if collection.shape is Shape.LINES:
                    self._appender(collection, collection.path, None).close()
                elif collection.shape is Shape.ARRAY:
                    self._put_array(collection.name, [])

    def _written(self) -> list[tuple[str, Path]]:
        own = (bundle_files.MANIFEST, bundle_files.MANIFEST_SUM)
        found = (
            (file.relative_to(self.partial).as_posix(), file) for file in self.partial.rglob("*") if file.is_file()
        )
        return [
            (path, file)
            for path, file in found
            if path not in own and not path.startswith(bundle_files.PROGRESS + "/") and not path.endswith(TEMPORARY)
        ]

    def _entry(self, collection: Collection, path: str, file: Path) -> tuple[FileEntry, dict[str, int]]:
        """Of a file of this run, what was hashed on the way; of an earlier run's, what is on disk now."""
        known = self._appenders.get(path)
        if known is not None:
            return known.entry, known.tallied
        codec: Codec[Any] = Codec(collection.record)
        if collection.in_lines:
            with file.open("rb") as reader:
                records = sum(1 for _ in reader)
            appender = self._appender(collection, path, Mark(file.stat().st_size, records))
            appender.close()
            return appender.entry, appender.tallied
        data = file.read_bytes()
        number = len(codec.decode_array(data, path)) if collection.shape is Shape.ARRAY else 1
        if collection.shape is Shape.DOCUMENTS:
            codec.decode(data, path)
        return FileEntry(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data), records=number), {}


def _state(contact: Contact) -> str:
    return contact.consent.state


__all__ = ["BundleWriter", "JsonlAppender", "Mark"]
