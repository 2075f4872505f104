"""The journey from nothing: account, export, plan, answers, dry run, load, verify, report, cut-over, three weeks."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from adapters.broadcast.source import BroadcastSource
from adapters.sequenzy.client import Sequenzy, open_target
from migrator.bundle import Bundle
from migrator.demo.account import believable_account
from migrator.demo.answers import answers
from migrator.demo.cutover import CutOver, cut_over
from migrator.demo.life import Life
from migrator.demo.outboxes import Outboxes, compare
from migrator.errors import WorkspaceError
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.load.checkpoint import Checkpoint
from migrator.load.run import Forecast, Summary, forecast, load, preflight
from migrator.load.work import Work
from migrator.plan.answers.mappings_file import NAME as MAPPINGS
from migrator.plan.answers.mappings_file import load as read_mappings
from migrator.plan.answers.questions import add_questions, open_questions
from migrator.plan.make import Made, make_plan
from migrator.plan.open_plan import OpenPlan, open_fresh
from migrator.report.outputs import Report, write_report
from migrator.sandbox.broadcast.account import ADMIN_KEY
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving
from migrator.transport.clock import FakeClock
from migrator.verify.report_files import Counts
from migrator.verify.run import verify

DAYS = 21
OWN = ".migrate-demo"
"""A file that marks a folder as a demo's, which the next demo may throw away."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Journey:
    workspace: Path
    open_before: int
    """Things to decide in the first plan."""
    forecast: Forecast
    loaded: Summary
    verified: Counts
    cut: CutOver
    newcomers: int
    outboxes: Outboxes
    report: Report
    seconds: float


def travel(workspace: Path, say: Say) -> Journey:
    """Raises WorkspaceError when the folder holds something that no demo made."""
    began = time.monotonic()
    _make_room(workspace)
    account = believable_account()
    # The platforms' time stands still until we turn it, and waiting for a poll takes none of ours.
    clock = FakeClock(account.now)
    source = BroadcastSandbox(account, switches=_switches(), monotonic=clock.monotonic)
    target = SequenzySandbox(limits=None, now=account.now)
    with ExitStack() as stack:
        source_url, target_url = stack.enter_context(serving(source)), stack.enter_context(serving(target))
        say("1  Two local platforms are up: a Broadcast with 2,000 people and 8 sequences, and an empty Sequenzy.")
        bundle = _export(workspace, source_url, clock)
        people = bundle.manifest.counts["contacts"]
        say(f"2  Exported {people:,} contacts and {bundle.manifest.counts['enrolments']:,} positions, reading only.")
        made = _plan(workspace, bundle)
        asked = open_questions(made.ledger.entries)
        add_questions(workspace / MAPPINGS, asked)
        before = len(write_report(workspace).facts.tasks)
        say(f"3  Planned, offline. {before} things need a person; each question is now in {MAPPINGS}.")
        lines = answers(asked)
        _answer(workspace / MAPPINGS, lines)
        made = _plan(workspace, bundle)
        opened = open_fresh(workspace)
        say(f"4  Answered {len(lines)} of them as a marketer would, and planned again.")
        api = open_target({"SEQUENZY_API_URL": target_url, "SEQUENZY_API_KEY": DEFAULT_KEY}, clock=clock, rate=0)
        stack.callback(api.close)
        checkpoint = stack.enter_context(Checkpoint.open(workspace, clock=clock))
        preflight(opened, api, None)
        ahead = forecast(opened, None, None)
        say(f"5  Dry run: {ahead.requests:,} requests would be made. Nothing was written.")
        loaded = load(opened, api, checkpoint, workspace)
        _nothing_happened(target)
        say(f"6  Loaded in {loaded.requests:,} requests. No email left, nobody is in a sequence, all are drafts.")
        verified = verify(opened, api, checkpoint, workspace, bundle=bundle)
        word = "no difference" if verified.equal else "DIFFERENCES, see verify/"
        say(f"7  Verified: everything was read back and compared: {word}.")
        report = write_report(workspace)
        life, cut = _switch(opened, api, checkpoint, source, target)
        begin = life.start()
        say(
            f"8  Rehearsed the cut-over: {len(cut.enabled)} sequences enabled, {len(cut.blocked)} wait for a person, "
            f"{cut.enrolled:,} people go on where they stood."
        )
        life.run(begin, DAYS)
        outboxes = compare(bundle, opened, checkpoint, cut, source, target, begin)
    return Journey(
        workspace, before, ahead, loaded, verified, cut, life.newcomers, outboxes, report, time.monotonic() - began
    )


def _switches() -> Switches:
    switches = Switches.for_profile("current")
    switches.enforce_rate_limit = False
    return switches


def _make_room(workspace: Path) -> None:
    if workspace.exists() and any(workspace.iterdir()):
        if not (workspace / OWN).exists():
            raise WorkspaceError(
                "The demo needs an empty folder",
                where=str(workspace),
                why="it holds files that no demo made",
                fix="Name another one: migrate -C some-new-folder demo",
            )
        shutil.rmtree(workspace)
    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    (workspace / OWN).write_text("Made by `migrate demo`; the next demo in this folder replaces everything here.\n")


def _export(workspace: Path, url: str, clock: FakeClock) -> Bundle:
    settings = {"BROADCAST_HOST": url, "BROADCAST_API_TOKEN": ADMIN_KEY, "BROADCAST_CHANNEL_ID": "3"}
    reading = BroadcastSource().open(settings, clock=clock, rate=0)
    try:
        export(reading, workspace / "bundle", clock=clock, watcher=Silent())
    finally:
        reading.close()
    return Bundle.open(workspace / "bundle")


def _plan(workspace: Path, bundle: Bundle) -> Made:
    path = workspace / MAPPINGS
    return make_plan(bundle, read_mappings(path), workspace / "plan", where=str(path))


def _answer(path: Path, lines: list[str]) -> None:
    """At the top, where lines of the whole file belong."""
    path.write_text("\n".join(["# Answers of the demo", *lines, "", path.read_text("utf-8")]), "utf-8")


def _nothing_happened(target: SequenzySandbox) -> None:
    state = target.state
    active = [one for one in state.sequences.values() if one.status != "draft"]
    if state.outbox or active or state.enrollments:
        raise WorkspaceError("The load has sent or started something", fix="Please report this.")


def _switch(
    opened: OpenPlan, api: Sequenzy, checkpoint: Checkpoint, source: BroadcastSandbox, target: SequenzySandbox
) -> tuple[Life, CutOver]:
    life = Life(source, target)
    return life, cut_over(Work(opened, api, checkpoint))
