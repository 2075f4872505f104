"""The account on disk, between export and plan: a documented, versioned, hashed format (docs/bundle.md)."""

from migrator.bundle.appender import JsonlAppender, Mark
from migrator.bundle.bundle_files import SegmentMember, path_for, safe_name
from migrator.bundle.manifest import (
    FORMAT_VERSION,
    ExportOptions,
    FileEntry,
    Manifest,
    Mismatch,
    Source,
    Unread,
)
from migrator.bundle.reader import BlockPlaces, Bundle
from migrator.bundle.swap import settle
from migrator.bundle.writer import BundleWriter

__all__ = [
    "FORMAT_VERSION",
    "BlockPlaces",
    "Bundle",
    "BundleWriter",
    "ExportOptions",
    "FileEntry",
    "JsonlAppender",
    "Manifest",
    "Mark",
    "Mismatch",
    "SegmentMember",
    "Source",
    "Unread",
    "path_for",
    "safe_name",
    "settle",
]
