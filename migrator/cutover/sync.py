"""One sync: read the source again, plan again, and bring Sequenzy from what was last written to what is true now.

The export and the plan are the ordinary ones; what is written, and who wins where both sides changed, is decided in
migrator/load/newer. Nothing is enabled, nobody is enrolled, and the source is only read.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from adapters.base import Reading, Wanted, Watcher
from adapters.sequenzy.client import Sequenzy
from migrator.bundle import Bundle
from migrator.bundle.disk import make_folder
from migrator.errors import PlanError
from migrator.export.observations import OBSERVATIONS
from migrator.export.run import export
from migrator.load.belonging import belongs
from migrator.load.checkpoint import Checkpoint
from migrator.load.newer.before_planning import keep_loaded
from migrator.load.newer.newer_plan import Brought, compare_only
from migrator.load.run import Summary, load, preflight
from migrator.load.work import Wanted as LoadWanted
from migrator.load.work import Work
from migrator.plan.answers.mappings_file import NAME as MAPPINGS
from migrator.plan.answers.mappings_file import load as read_mappings
from migrator.plan.answers.questions import add_questions, open_questions
from migrator.plan.make import Made, make_plan
from migrator.plan.open_plan import OpenPlan

BESIDE = "sync"
"""The folder of a dry run's bundle, in the workspace."""


@dataclass(frozen=True)
class SyncOutcome:
    bundle: str
    """Its hash."""
    brought: Brought
    holds: tuple[str, ...] = ()
    """Why nobody may be written: a dry run's, for another one stops."""
    questions: int = 0
    """New ones, in mappings.toml."""
    loaded: Summary | None = None
    """None: a dry run."""

    @property
    def needs_person(self) -> bool:
        told = self.brought
        left = self.loaded is not None and bool(self.loaded.rejected or self.loaded.left_out)
        return bool(told.people.conflicts or told.things.kept or told.failed or self.questions or self.holds or left)

    def facts(self) -> dict[str, Any]:
        return {
            "dry_run": self.loaded is None,
            "bundle": self.bundle,
            "changes": self.brought.facts(),
            "holds": list(self.holds),
            "questions_added": self.questions,
            "writes": 0 if self.loaded is None else self.loaded.writes,
            "requests": None if self.loaded is None else self.loaded.requests,
        }


def sync(
    workspace: Path,
    reading: Reading,
    api: Sequenzy,
    checkpoint: Checkpoint,
    *,
    watcher: Watcher,
    live_too: bool = False,
) -> SyncOutcome:
    """May be repeated at any time and goes on after any stop. `live_too`: also while live sequences at Sequenzy may
    start the people whom it brings."""
    started(checkpoint)
    belongs_here(workspace, api, checkpoint)
    source = msgspec.to_builtins(Bundle.open(workspace / "bundle").manifest.source)
    marker = keep_loaded(workspace, source, clock=api.clock)
    bundle = _read(workspace, workspace / "bundle", reading, api, watcher)
    made = _plan(workspace, bundle, workspace / "plan", marker)
    asked = add_questions(workspace / MAPPINGS, open_questions(made.ledger.entries))
    if asked:
        # The questions are part of mappings.toml now, and the plan has to be about it as it stands.
        made = _plan(workspace, bundle, workspace / "plan", marker)
    opened = OpenPlan.open(workspace / "plan", check=False)
    wanted = LoadWanted(live_too=live_too)
    summary = load(opened, api, checkpoint, workspace, wanted=wanted, watcher=watcher, compare=True)
    brought = summary.brought or Brought()
    return SyncOutcome(bundle.hash, brought, questions=len(asked), loaded=summary)


def preview_sync(
    workspace: Path, reading: Reading, api: Sequenzy, checkpoint: Checkpoint, *, watcher: Watcher
) -> SyncOutcome:
    """What a sync would change. Writes only the account as it was read, beside the bundle."""
    started(checkpoint)
    target = preflight(OpenPlan.open(workspace / "plan", check=False), api, None)
    make_folder(workspace / BESIDE)
    with suppress(FileNotFoundError):
        # Who is placed by earlier readings is placed by them in a dry run too.
        shutil.copy2(workspace / OBSERVATIONS, workspace / BESIDE / OBSERVATIONS)
    bundle = _read(workspace, workspace / BESIDE / "bundle", reading, api, watcher)
    with tempfile.TemporaryDirectory(prefix="migrate-") as place:
        made = _plan(workspace, bundle, Path(place) / "plan", checkpoint.note("marker"))
        opened = OpenPlan.open(Path(place) / "plan", check=False)
        if checkpoint.note("plan_hash") != opened.hash:
            belongs(opened, checkpoint, target.identity)
        work = Work(opened, api, checkpoint, watcher=watcher, contract=target.contract)
        return SyncOutcome(bundle.hash, compare_only(work, workspace), holds=made.plan.holds)


def started(checkpoint: Checkpoint) -> None:
    if not checkpoint.latest():
        raise PlanError("Nothing is loaded yet, so there is nothing to follow", fix="Run `migrate load` first.")


def belongs_here(workspace: Path, api: Sequenzy, checkpoint: Checkpoint) -> None:
    """Before the former export is replaced: a key that leads elsewhere is told then, not after an hour of reading."""
    opened = OpenPlan.open(workspace / "plan", check=False)
    belongs(opened, checkpoint, preflight(opened, api, None).identity)


def _read(workspace: Path, folder: Path, reading: Reading, api: Sequenzy, watcher: Watcher) -> Bundle:
    """The same account again, with what the former export was asked for."""
    options = Bundle.open(workspace / "bundle").manifest.options
    wanted = Wanted(options.only, options.sequences)
    return Bundle.open(export(reading, folder, clock=api.clock, watcher=watcher, wanted=wanted).folder)


def _plan(workspace: Path, bundle: Bundle, folder: Path, marker: str | None) -> Made:
    path = workspace / MAPPINGS
    return make_plan(bundle, read_mappings(path), folder, where=str(path), marker=marker)
