"""Which files a bundle has, what a line of each holds, and how an id becomes a file name.

How a line is written is in lines.py; the manifest's own records are in manifest.py.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

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


class SegmentMember(Record, frozen=True, kw_only=True):
    """A contact who was in a segment when the bundle was written."""

    contact_id: str


class Shape(StrEnum):
    LINES = "lines"
    """One file, one record a line: any number of records in constant memory."""
    ARRAY = "array"
    """One file, one JSON array: small things that a person may want to read."""
    DOCUMENTS = "documents"
    """A folder, one file a record."""
    LINES_PER_ID = "lines per id"
    """A folder, one file of lines for each owner, such as a segment's members."""


@dataclass(frozen=True)
class Collection:
    name: str
    record: type[Record]
    shape: Shape
    path: str
    """The file, or the folder with a slash at its end."""
    batch: int = 64
    """Records encoded at once: few where one record is large."""

    def holds(self, path: str) -> bool:
        if self.path.endswith("/"):
            return path.startswith(self.path) and "/" not in path[len(self.path) :]
        return path == self.path

    @property
    def in_lines(self) -> bool:
        return self.shape in (Shape.LINES, Shape.LINES_PER_ID)


COLLECTIONS: tuple[Collection, ...] = (
    Collection("contacts", Contact, Shape.LINES, "contacts.jsonl"),
    Collection("enrolments", Enrolment, Shape.LINES, "enrolments.jsonl"),
    Collection("suppressions", Suppression, Shape.LINES, "suppressions.jsonl"),
    Collection("campaigns", Campaign, Shape.LINES, "campaigns.jsonl", batch=8),
    Collection("lists", ContactList, Shape.ARRAY, "lists.json"),
    Collection("tags", Tag, Shape.ARRAY, "tags.json"),
    Collection("attributes", Attribute, Shape.ARRAY, "attributes.json"),
    Collection("segments", Segment, Shape.ARRAY, "segments.json"),
    Collection("forms", Form, Shape.ARRAY, "forms.json"),
    Collection("other", OtherResource, Shape.ARRAY, "other.json"),
    Collection("sequences", Sequence, Shape.DOCUMENTS, "sequences/"),
    Collection("templates", Template, Shape.DOCUMENTS, "templates/"),
    Collection("members", SegmentMember, Shape.LINES_PER_ID, "members/"),
)
BY_NAME = {collection.name: collection for collection in COLLECTIONS}

MANIFEST = "manifest.json"
MANIFEST_SUM = "manifest.sha256"
PROGRESS = "progress"
"""The exporter's own notes, in the unfinished folder only."""

# Names that some systems reserve whatever the extension; a bundle may be copied to any of them.
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_FILE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}(~[0-9a-f]{32})?\.(json|jsonl)")


def safe_name(source_id: str) -> str:
    """A file name for an id of a platform, the same on every system and on file systems that ignore case.

    A plain id keeps its name. Any other gets a readable part and a digest behind a `~`, which no plain name has.
    """
    if _PLAIN.fullmatch(source_id) and not _RESERVED.fullmatch(source_id):
        return source_id
    readable = re.sub(r"[^a-z0-9]+", "-", source_id.lower()).strip("-")[:40].strip("-") or "id"
    digest = hashlib.sha256(source_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{readable}~{digest}"


def path_for(collection: str, source_id: str) -> str:
    """The path inside the bundle, such as `sequences/17.json` or `members/vip.jsonl`."""
    found = BY_NAME[collection]
    return f"{found.path}{safe_name(source_id)}{'.jsonl' if found.in_lines else '.json'}"


def collection_of(path: str) -> Collection | None:
    """The collection that a path of a bundle belongs to; None for a path that no bundle has."""
    for collection in COLLECTIONS:
        if collection.holds(path):
            if not collection.path.endswith("/"):
                return collection
            name = PurePosixPath(path).name
            suffix = ".jsonl" if collection.in_lines else ".json"
            return collection if _FILE_NAME.fullmatch(name) and PurePosixPath(name).suffix == suffix else None
    return None
