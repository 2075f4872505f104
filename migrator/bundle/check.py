"""Finds everything that is wrong with a bundle, and says which file and line. Changes nothing.

Three passes: the manifest, each file against the manifest, and what records say of each other. Problem texts hold
no contact's id and no address: some sources use the address as the id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from migrator.bundle import bundle_files
from migrator.bundle.bundle_files import BY_NAME, Collection, Shape
from migrator.bundle.bundle_json import Codec
from migrator.bundle.manifest import Manifest
from migrator.bundle.reader import RESTORE, read_manifest, read_records
from migrator.bundle.references import References
from migrator.errors import BundleError
from migrator.model import ConsentState, Contact, Record


class ProblemKind(StrEnum):
    MANIFEST = "manifest"
    """Without a sound manifest nothing else can be judged."""
    MISSING = "missing"
    EXTRA = "extra"
    DAMAGED = "damaged"
    COUNT = "count"
    REFERENCE = "reference"
    """Sound files, but a record names another that is not there."""


class Problem(Record, frozen=True, kw_only=True):
    kind: ProblemKind
    path: str
    line: int | None = None
    what: str
    fix: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}, line {self.line}"
        return f"{place}: {self.what.rstrip('.')}. {self.fix}"


WORST = 100
"""Damaged lines named one by one in each file."""


def check(folder: Path) -> list[Problem]:
    """All problems of a finished bundle, in the order of its files. Empty: it is whole."""
    if not folder.is_dir():
        return [
            Problem(kind=ProblemKind.MISSING, path=str(folder), what="There is no bundle here", fix="Export first.")
        ]
    try:
        manifest, _ = read_manifest(folder)
    except BundleError as error:
        what = f"{error.what}: {error.why}" if error.why else error.what
        return [Problem(kind=ProblemKind.MANIFEST, path=bundle_files.MANIFEST, what=what, fix=error.fix)]
    problems = [*_strangers(folder, manifest), *_absent(folder, manifest)]
    with References() as references:
        counts, consent, damaged = Counter[str](), Counter[str](), set[str]()
        for path, entry in sorted(manifest.files.items()):
            references.note_file(path)
            collection = bundle_files.collection_of(path)
            if collection is None:
                continue
            if not _is_own_file(folder, path):
                damaged.add(collection.name)
                continue
            records = read_records(folder, path, collection, entry)
            try:
                for number, record in enumerate(records, 1):
                    counts[collection.name] += 1
                    if isinstance(record, Contact):
                        consent[record.consent.state] += 1
                    if collection.shape is Shape.DOCUMENTS:
                        problems += _misnamed(path, collection, record)
                    references.note(path, number if collection.shape is not Shape.DOCUMENTS else None, record)
            except BundleError as error:
                damaged.add(collection.name)
                problems += _damage(folder, path, collection, error)
        problems += _counts(manifest, counts, consent, damaged)
        problems += [
            Problem(kind=ProblemKind.REFERENCE, path=path, line=line, what=what, fix=fix)
            for path, line, what, fix in references.broken(
                lambda name, key: name in damaged or manifest.excuses(name, key)
            )
        ]
    return problems


def _strangers(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    known = {*manifest.files, bundle_files.MANIFEST, bundle_files.MANIFEST_SUM}
    folders = {collection.path.rstrip("/") for collection in bundle_files.COLLECTIONS if collection.path.endswith("/")}
    for found in sorted(folder.rglob("*")):
        path = found.relative_to(folder).as_posix()
        if found.is_symlink():
            what, fix = "It is a link, not a file of the bundle", "Put the file itself in its place."
        elif (found.is_dir() and path in folders) or path in known:
            continue
        else:
            what, fix = "The manifest does not name it", "Remove it, or export again if it should be part."
        yield Problem(kind=ProblemKind.EXTRA, path=ascii(path)[1:-1], what=what, fix=fix)


def _absent(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    needed = {collection.path for collection in bundle_files.COLLECTIONS if not collection.path.endswith("/")}
    for path in sorted(needed | set(manifest.files)):
        if path not in manifest.files:
            yield Problem(
                kind=ProblemKind.MANIFEST, path=path, what="The manifest leaves it out", fix="Export the bundle again."
            )
        elif not (folder / path).is_file():
            yield Problem(kind=ProblemKind.MISSING, path=path, what="The file is missing", fix=RESTORE)


def _misnamed(path: str, collection: Collection, record: Any) -> Iterator[Problem]:
    if bundle_files.path_for(collection.name, record.source_id) != path:
        what = "The file's name does not fit the id of the record inside"
        yield Problem(kind=ProblemKind.REFERENCE, path=path, what=what, fix="Export the bundle again.")


def _is_own_file(folder: Path, path: str) -> bool:
    return (folder / path).is_file() and not (folder / path).is_symlink()


def _damage(folder: Path, path: str, collection: Collection, error: BundleError) -> list[Problem]:
    """The error, and every other line of the file that cannot be read, so that nobody repairs one at a time."""
    what = f"{error.what}: {error.why}" if error.why else error.what
    problems: list[Problem] = []
    if collection.in_lines:
        codec: Codec[Any] = Codec(collection.record)
        with (folder / path).open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    codec.decode_lines([line], path, number)
                except BundleError as bad:
                    if len(problems) == WORST:
                        text = "More lines of this file cannot be read; they are not listed"
                        return [*problems, Problem(kind=ProblemKind.DAMAGED, path=path, what=text, fix=RESTORE)]
                    text = f"{bad.what}: {bad.why}" if bad.why else bad.what
                    problems.append(Problem(kind=ProblemKind.DAMAGED, path=path, line=number, what=text, fix=RESTORE))
    return problems or [Problem(kind=ProblemKind.DAMAGED, path=path, what=what, fix=error.fix or RESTORE)]


def _counts(manifest: Manifest, counts: Counter[str], consent: Counter[str], damaged: set[str]) -> Iterator[Problem]:
    for name in sorted({*BY_NAME, *manifest.counts} - damaged):
        if manifest.counts.get(name, 0) != counts[name]:
            yield _miscounted(f"It counts {manifest.counts.get(name, 0)} {name} and the files hold {counts[name]}")
    for state in ConsentState if "contacts" not in damaged else ():
        stated = manifest.consent.get(state, 0)
        if stated != consent[state]:
            yield _miscounted(f"It counts {stated} contacts as {state} and the files hold {consent[state]}")


def _miscounted(what: str) -> Problem:
    return Problem(kind=ProblemKind.COUNT, path=bundle_files.MANIFEST, what=what, fix="Export the bundle again.")
