"""Opening a finished plan: whole, unchanged since it was made, and still about this bundle and these mappings.

Everything that acts on a plan (load, verify, report) begins here. Making plans is in make.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from migrator import __version__
from migrator.bundle import Bundle
from migrator.errors import PlanError
from migrator.plan.answers.mappings_file import NAME as MAPPINGS
from migrator.plan.answers.mappings_file import fingerprint, load
from migrator.plan.folder import HEADER, HEADER_SUM
from migrator.plan.graphs.seed_schedule import seed_schedule
from migrator.plan.plan_json import decode
from migrator.plan.records import FORMAT_VERSION, Batch, BuildSequence, LedgerEntry, Operation, Plan, SequencePlan
from migrator.plan.sequence_files import from_file

Kind = TypeVar("Kind", bound=Operation)
LEDGER = "ledger.json"
BLOCK = 1 << 20
AGAIN = "Run `migrate plan` again."


class _Version(msgspec.Struct):
    format_version: int


@dataclass(frozen=True)
class OpenPlan:
    """A plan on disk. `hash` names its whole content: the header holds every file's hash."""

    folder: Path
    plan: Plan
    hash: str

    @classmethod
    def open(cls, folder: Path, *, check: bool = True) -> OpenPlan:
        """Reads the header and, with `check`, compares every file with its hash. Raises PlanError."""
        plan, digest = _read_header(folder)
        opened = cls(folder, plan, digest)
        if check:
            opened.check_files()
        return opened

    # --- what it holds ---

    def operations(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Those of one kind, in their order."""
        return tuple(one for one in self.plan.operations if isinstance(one, kind))

    def ledger(self) -> list[LedgerEntry]:
        entries: list[LedgerEntry] = _decoded(self.read(LEDGER), list[LedgerEntry], LEDGER)
        return entries

    def sequence(self, operation: BuildSequence) -> SequencePlan:
        """With its calls for an older server, which are made here: in the file they would double its size."""
        return sequence_in(self.read(operation.file), operation.file)

    def read(self, path: str) -> bytes:
        return self._path(path).read_bytes()

    def batch(self, file: str, batch: Batch) -> bytes:
        """The ready lines of one import call, exactly as planned."""
        with self._path(file).open("rb") as lines:
            lines.seek(batch.start)
            data = lines.read(batch.end - batch.start)
        if hashlib.sha256(data).hexdigest() != batch.sha256:
            raise _changed(file)
        return data

    def lines(self, file: str) -> Iterator[Any]:
        """The values of a file of JSON lines, such as e-mail addresses, one after the other."""
        with self._path(file).open("rb") as lines:
            for line in lines:
                yield decode(line, Any)

    # --- whether it may be used ---

    def check_files(self) -> None:
        for path, entry in self.plan.files.items():
            digest, size = hashlib.sha256(), 0
            with self._path(path).open("rb") as file:
                while block := file.read(BLOCK):
                    digest.update(block)
                    size += len(block)
            if size != entry.bytes or digest.hexdigest() != entry.sha256:
                raise _changed(path)

    def staleness(self, bundle_hash: str, mappings_hash: str) -> str | None:
        """Why this plan must not be used any more, in words; None when it is fresh."""
        if _major(self.plan.tool_version) != _major(__version__):
            return f"it was made by version {self.plan.tool_version} of migrate, and this is {__version__}"
        if self.plan.bundle_hash != bundle_hash:
            return "the bundle was exported again since it was made"
        if self.plan.mappings_hash != mappings_hash:
            return "mappings.toml was changed since it was made"
        return None

    def _path(self, path: str) -> Path:
        found = self.folder / path
        if path not in self.plan.files:
            raise PlanError("The plan has no such file", where=path, why="its header does not name it", fix=AGAIN)
        if not found.is_file():
            raise PlanError("A file of the plan is missing", where=path, fix=AGAIN)
        return found


def sequence_in(data: bytes, where: str = "") -> SequencePlan:
    """The content of a sequence's file."""
    found = _whole(_decoded(data, SequencePlan, where), where)
    if found.seed_calls is not None:
        return found
    return msgspec.structs.replace(found, seed_calls=seed_schedule(found.graph))


def open_fresh(workspace: Path, *, check: bool = True) -> OpenPlan:
    """The workspace's plan, when it still matches the bundle and mappings.toml beside it. Raises PlanError."""
    opened = OpenPlan.open(workspace / "plan", check=check)
    bundle = Bundle.open(workspace / "bundle")
    why = opened.staleness(bundle.hash, fingerprint(load(workspace / MAPPINGS)))
    if why is not None:
        raise PlanError("The plan is out of date", where=str(opened.folder), why=why, fix=AGAIN)
    return opened


def _read_header(folder: Path) -> tuple[Plan, str]:
    where = str(folder / HEADER)
    try:
        data = (folder / HEADER).read_bytes()
        noted = (folder / HEADER_SUM).read_bytes()
    except FileNotFoundError:
        what = "The plan is incomplete" if folder.is_dir() else "There is no plan"
        raise PlanError(what, where=where, fix="Run `migrate plan` first.") from None
    except OSError as error:
        raise PlanError("The plan cannot be read", where=where, why=error.strerror or "", fix=AGAIN) from None
    try:
        version = decode(data, _Version).format_version
    except (msgspec.MsgspecError, ValueError):
        raise PlanError("The plan cannot be read", where=where, why="its header is damaged", fix=AGAIN) from None
    if version != FORMAT_VERSION:
        why = f"it has format version {version}; this program reads version {FORMAT_VERSION}"
        raise PlanError("The plan was made by another version of migrate", where=where, why=why, fix=AGAIN)
    digest = hashlib.sha256(data).hexdigest()
    if not re.fullmatch(rb"([0-9a-f]{64})  plan\.json\n", noted) or noted[:64].decode() != digest:
        raise _changed(HEADER)
    plan: Plan = _decoded(data, Plan, where)
    return plan, digest


def _decoded(data: bytes, kind: Any, where: str) -> Any:
    try:
        return decode(data, kind)
    except (msgspec.MsgspecError, ValueError):
        raise PlanError("A file of the plan cannot be read", where=where, why="it is damaged", fix=AGAIN) from None


def _whole(plan: SequencePlan, where: str) -> SequencePlan:
    try:
        return from_file(plan)
    except (KeyError, ValueError, TypeError):
        raise PlanError("A file of the plan cannot be read", where=where, why="it is damaged", fix=AGAIN) from None


def _changed(path: str) -> PlanError:
    return PlanError(
        "A file of the plan was changed after it was made",
        where=path,
        why="its content does not match the noted hash",
        fix=f"Put your wishes into mappings.toml, not into the plan. {AGAIN}",
    )


def _major(version: str) -> str:
    """Before 1.0 every minor version may differ."""
    parts = version.split(".")
    return ".".join(parts[:2]) if parts[0] == "0" else parts[0]
