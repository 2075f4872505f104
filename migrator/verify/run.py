"""Reads the whole target back and says, with proof on file, whether it equals the plan. Writes nothing there.

What is expected comes from the plan, for people who were there before from the checkpoint's notes about them, and for
sequences also from the source itself, as the bundle holds it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.sequenzy.client import Sequenzy
from migrator.bundle import Bundle
from migrator.load.belonging import belongs
from migrator.load.checkpoint import Checkpoint, State
from migrator.load.target_checks import inspect_target
from migrator.load.work import Silent, Watcher, Work
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence, ImportPeople
from migrator.verify.compare_content import check_things
from migrator.verify.compare_people import check_members, check_people
from migrator.verify.planned_people import PlannedPeople
from migrator.verify.rendering import choose_samples, render_emails
from migrator.verify.report_files import Counts, Files

FOLDER = "verify"
SETTLE = 60.0
"""Seconds after the last contact was written until attributes and segments are judged: they lag behind."""


def verify(
    opened: OpenPlan,
    api: Sequenzy,
    checkpoint: Checkpoint,
    workspace: Path,
    *,
    samples: int = 2,
    settle: float = SETTLE,
    watcher: Watcher | None = None,
    bundle: Bundle | None = None,
) -> Counts:
    """`samples`: contacts for whom each email is rendered; 0 leaves rendering out. `bundle`: what the source itself
    says of its sequences; None: they are compared with the plan alone."""
    api.pacer.import_times(checkpoint.note("send_times") or [])
    target = inspect_target(api)
    belongs(opened, checkpoint, target.identity, adopt=False)
    work = Work(opened, api, checkpoint, watcher=watcher or Silent(), contract=target.contract)
    _wait_for_settling(work, settle)
    counts = Counts()
    with Files(workspace / FOLDER) as files:
        people = PlannedPeople(opened, checkpoint, files.partial / ".scratch.sqlite")
        try:
            check_people(work, people, files, counts)
            check_members(work, people, files, counts)
        finally:
            people.close()
        check_things(work, files, counts, bundle)
        if samples and target.contract == "seed" and opened.operations(BuildSequence):
            counts.no_call.append("emails: this server has no call that renders one for a contact")
        elif samples:
            render_emails(work, files, counts, choose_samples(work, samples))
        files.finish(facts(work, target.identity, counts))
    return counts


def facts(work: Work, identity: str, counts: Counts) -> dict[str, Any]:
    """counts.json: those of `Counts.facts`, with plan (hash), marker, target and checked_at in front."""
    return {
        "plan": work.opened.hash,
        "marker": work.marker,
        "target": identity,
        "checked_at": work.api.clock.now().isoformat(timespec="seconds"),
        **counts.facts(),
    }


def _wait_for_settling(work: Work, settle: float) -> None:
    last = 0.0
    for operation in work.opened.operations(ImportPeople):
        units = work.checkpoint.units(operation.key, State.CONFIRMED)
        last = max([last, *(unit.updated for unit in units)])
    left = last + settle - work.api.clock.now().timestamp()
    if last and left > 0:
        work.watcher.say(f"Waiting {round(left)} s: attributes reach the target's segments with a delay.")
        work.api.clock.sleep(left)
