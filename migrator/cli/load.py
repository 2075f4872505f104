"""`migrate load`: writes the plan to Sequenzy, as drafts, resumable. It never enables, enrols or sends anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from migrator.cli.alone import working
from migrator.cli.common import Run, common_options, rate_option

if TYPE_CHECKING:
    from migrator.load.run import Summary
    from migrator.load.target_checks import Finding, TargetFacts

KINDS = ("people", "lists", "tags", "segments", "templates", "sequences")


@click.command()
@click.option("--dry-run", is_flag=True, help="Look at the target and say what would be written; write nothing.")
@click.option("--only", metavar="NAMES", help=f"Only these, with commas: {', '.join(KINDS)}.")
@click.option("--sequence", "sequences", metavar="ID", multiple=True, help="Only this sequence; may be repeated.")
@click.option("--limit", type=click.IntRange(min=1), help="A trial: at most so many people of each kind of consent.")
@click.option("--live-too", is_flag=True, help="Also while live sequences there may start whom the load brings.")
@click.option("--bring-back", is_flag=True, help="Also write people who may have been deleted at Sequenzy since.")
@click.option("--contract", type=click.Choice(["current", "seed"]), help="Use only the introductory documents' calls.")
@rate_option
@common_options
@working(alone=False)
def command(
    run: Run,
    *,
    dry_run: bool,
    only: str | None,
    sequences: tuple[str, ...],
    limit: int | None,
    live_too: bool,
    bring_back: bool,
    contract: str | None,
    rate: int | None,
) -> None:
    """Write the plan to Sequenzy. Stop it at any moment and run it again: it goes on where it stopped.

    Everything arrives as a draft; nothing is enabled, nobody is enrolled, no email is sent. Needs SEQUENZY_API_KEY.
    Exit code 3: written, but something needs a person (rejected.csv, left_out.csv, warnings); or nobody is written
    until a do-not-send list is settled, or while a live sequence there could start them. A dry run says so too.

    \b
    Examples:
      migrate -C acme load --dry-run
      migrate -C acme load --limit 20 --sequence 7
      migrate -C acme load
    """
    from functools import partial

    from adapters.sequenzy.client import open_target
    from migrator.cli.progress import watcher_for
    from migrator.cli.settings import Settings
    from migrator.errors import EXIT_FINDINGS
    from migrator.load.belonging import belongs, is_newer
    from migrator.load.checkpoint import Checkpoint
    from migrator.load.newer.newer_plan import compare_only
    from migrator.load.newer.telling import sentences
    from migrator.load.pace import Pace
    from migrator.load.run import forecast, known, load, preflight
    from migrator.load.target_checks import name_clashes
    from migrator.load.work import Wanted, Work
    from migrator.plan.open_plan import open_fresh
    from migrator.transport.clock import SystemClock
    from migrator.transport.stop import StopFlag, stopping_on_signals

    wanted = Wanted(only=_names(only), sequences=sequences, limit=limit, live_too=live_too, bring_back=bring_back)
    opened = open_fresh(run.workspace)
    settings = Settings.load(run.workspace)
    with stopping_on_signals(StopFlag()) as stop:
        clock = SystemClock(stop)
        api = open_target(settings.values, clock=clock, rate=rate)
        try:
            if dry_run:
                known(opened, wanted)
                target = preflight(opened, api, None)
                left = Checkpoint.look(run.workspace, clock=clock)
                ours = (
                    [name for unit in left.units() for name in (unit.target_id, unit.operation) if name] if left else []
                )
                clashes = list(name_clashes(opened, target.inventory, ours))
                holds = opened.plan.holds if wanted.has("people") else ()
                newer = left is not None and is_newer(opened, left)
                if newer and left is not None:
                    belongs(opened, left, target.identity)
                    lines = tuple(sentences(compare_only(Work(opened, api, left), run.workspace)))
                else:
                    lines = forecast(opened, left, rate, wanted).lines
                _show_plan(run, target, clashes, lines, holds)
                if left is not None:
                    left.close()
                run.onward("load --dry-run")
                if holds:
                    raise SystemExit(EXIT_FINDINGS)
                return
            pace = partial(Pace, clock, rate)
            with Checkpoint.open(run.workspace, clock=clock) as checkpoint, watcher_for(run, pace) as watcher:
                if is_newer(opened, checkpoint):
                    watcher.say("An earlier plan is loaded: we read Sequenzy and write only what changed.")
                else:
                    ahead = forecast(opened, checkpoint, rate, wanted)
                    watcher.say(_ahead(ahead.requests, ahead.seconds))
                summary = load(
                    opened, api, checkpoint, run.workspace, wanted=wanted, watcher=watcher, contract=contract
                )
        finally:
            api.close()
    _show(run, summary)
    run.onward()
    if summary.rejected or summary.left_out or summary.warnings:
        raise SystemExit(EXIT_FINDINGS)


def _names(only: str | None) -> tuple[str, ...]:
    from migrator.errors import UsageError

    names = tuple(dict.fromkeys(name.strip() for name in (only or "").split(",") if name.strip()))
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        raise UsageError(f"Nothing is called {', '.join(unknown)}", fix=f"There are {', '.join(KINDS)}.")
    return names


def _ahead(requests: int, seconds: float) -> str:
    shown = f"{seconds / 60:,.0f} min" if seconds >= 120 else f"{max(seconds, 1):.0f} s"
    return f"About {requests:,} requests, about {shown}."


def _show_plan(
    run: Run, target: TargetFacts, clashes: list[Finding], lines: tuple[str, ...], holds: tuple[str, ...]
) -> None:
    held = [f"{one.rstrip('.')}." for one in holds]
    findings = [f"No person is loaded before this is settled: {one}" for one in held]
    findings += [f"{one.what} {one.fix}".rstrip() for one in (*target.findings, *clashes)]
    run.result(
        {
            "ok": True,
            "dry_run": True,
            "target": dict(target.facts),
            "findings": findings,
            "holds": held,
            "would_write": list(lines),
        }
    )
    for label, text in target.facts:
        run.say(f"{label + ':':<18} {text}")
    for finding in findings:
        run.say(f"- {finding}")
    run.say("\nWould write:")
    for line in lines:
        run.say(f"  {line}")


def _show(run: Run, summary: Summary) -> None:
    from migrator.load.newer.telling import sentences

    run.result({"ok": True, **summary.facts()})
    if summary.brought is not None:
        run.say("Changed since the last load:")
        for line in sentences(summary.brought):
            run.say(f"  {line}")
        run.say()
    run.say(f"{'':<13}{'planned':>9}{'added':>9}{'updated':>9}{'there':>9}{'failed':>9}{'left out':>9}{'open':>9}")
    for kind, one in summary.counts.items():
        if one.planned:
            there = one.existed + one.skipped
            cells = (one.planned, one.added, one.updated, there, one.failed, one.left_out, one.open)
            run.say(f"{kind:<13}" + "".join(f"{cell:>9,}" for cell in cells))
    for text in (*summary.fallbacks, *summary.warnings):
        run.say(f"! {text}")
    if summary.rejected:
        run.say(f"! {summary.rejected} refused by the target: see rejected.csv")
    if summary.left_out:
        run.say(f"! {summary.left_out:,} left out, or not at Sequenzy: see left_out.csv")
    if summary.nothing_to_do:
        run.say("Nothing to do: everything is already there.")
    run.say("Nothing was enabled, nobody was enrolled, no email was sent.")
