"""`migrate undo`: takes back what this plan created and nobody has touched since."""

from __future__ import annotations

import click

from migrator.cli.alone import working
from migrator.cli.common import Run, common_options, rate_option


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be removed; remove nothing.")
@click.option("--live-too", is_flag=True, help="Also sequences that are enabled or hold people.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@rate_option
@common_options
@working(alone=False)
def command(run: Run, *, dry_run: bool, live_too: bool, yes: bool, rate: int | None) -> None:
    """Remove what this plan created, in reverse order. Stop it at any moment and run it again.

    Contacts who were there before stay and get back what they had. What somebody changed since stays and is named.

    \b
    Example:
      migrate -C acme undo --dry-run
    """
    from adapters.sequenzy.client import open_target
    from migrator.cli.progress import watcher_for
    from migrator.cli.settings import Settings
    from migrator.errors import EXIT_FINDINGS, UsageError
    from migrator.load.checkpoint import Checkpoint
    from migrator.plan.open_plan import OpenPlan
    from migrator.transport.clock import SystemClock
    from migrator.transport.stop import StopFlag, stopping_on_signals
    from migrator.undo.take_back import undo

    # An undo is about what was loaded, whatever became of the bundle since.
    opened = OpenPlan.open(run.workspace / "plan")
    settings = Settings.load(run.workspace)
    if not (dry_run or yes):
        if run.as_json:
            raise UsageError("An undo without --dry-run asks first", fix="Add --yes.")
        click.confirm("Remove what this plan created at Sequenzy?", abort=True)
    with stopping_on_signals(StopFlag()) as stop:
        clock = SystemClock(stop)
        api = open_target(settings.values, clock=clock, rate=rate)
        try:
            with Checkpoint.open(run.workspace, clock=clock) as checkpoint, watcher_for(run) as watcher:
                found = undo(
                    opened, api, checkpoint, run.workspace, dry_run=dry_run, live_too=live_too, watcher=watcher
                )
        finally:
            api.close()
    run.result({"ok": True, "dry_run": dry_run, **found.facts()})
    for kind, number in sorted(found.removed.items()):
        run.say(f"{kind:<10} {number:>9,} {'would go' if dry_run else 'removed'}")
    if found.restored:
        run.say(f"contact    {found.restored:>9,} {'would be' if dry_run else ''} as before".replace("  as", " as"))
    for kind, key, why in found.kept[:20]:
        run.say(f"! kept: {kind} {key}: {why}")
    if len(found.kept) > 20:
        run.say(f"! and {len(found.kept) - 20} more were kept; --json lists them all")
    for text in found.remarks:
        run.say(f"- {text}")
    if dry_run:
        run.next("undo")
    else:
        run.onward()
    if found.kept:
        raise SystemExit(EXIT_FINDINGS)
