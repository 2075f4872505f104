"""`migrate sync`: follows the source. Reads it again and writes to Sequenzy only what changed since the last time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from migrator.cli.alone import working
from migrator.cli.common import Run, common_options, rate_option
from migrator.errors import EXIT_FINDINGS, MigrateError, UsageError

if TYPE_CHECKING:
    from migrator.cutover.sync import SyncOutcome
    from migrator.transport.clock import Clock

_UNITS = {"s": 1, "m": 60, "h": 3600}


@click.command(short_help="Read the source again and write only what changed.")
@click.option("--dry-run", is_flag=True, help="Say what would change; write only the new export, beside the old one.")
@click.option("--watch", metavar="TIME", help="Again and again, with this much time between: 90s, 15m, 2h.")
@click.option("--live-too", is_flag=True, help="Also while live sequences there may start whom the sync brings.")
@click.option(
    "--check-suppressions",
    is_flag=True,
    help="Broadcast without an installation-wide token: ask for each active address, as `export` does.",
)
@rate_option
@common_options
@working(alone=True)
def command(
    run: Run, *, dry_run: bool, watch: str | None, live_too: bool, check_suppressions: bool, rate: int | None
) -> None:
    """Bring Sequenzy up to date with the source. Run it as often as you like; stop it at any moment.

    Opt-outs go first. Then new people, changed fields, tags and lists, and drafts whose sequence changed. Nobody is
    resubscribed, deleted or enrolled, nothing is enabled, and the source is only read. Where both sides changed, the
    narrower consent wins, and your own later change at Sequenzy wins; conflicts.csv names each case.
    Exit code 3: done, but something needs a person.

    \b
    Examples:
      migrate -C acme sync --dry-run
      migrate -C acme sync
      migrate -C acme sync --watch 15m
    """
    from migrator.transport.clock import SystemClock
    from migrator.transport.stop import StopFlag, stopping_on_signals

    pause = seconds_of(watch) if watch else None
    if dry_run and pause is not None:
        raise UsageError("--dry-run and --watch exclude each other", fix="Leave one of them out.")
    with stopping_on_signals(StopFlag()) as stop:
        clock = SystemClock(stop)

        def turn() -> SyncOutcome:
            options = {"check_addresses": True} if check_suppressions else {}
            return once(run, clock, rate, options, dry_run=dry_run, live_too=live_too)

        if pause is None:
            outcome = turn()
            show(run, outcome)
            run.onward()
            if outcome.needs_person:
                raise SystemExit(EXIT_FINDINGS)
        else:
            follow(run, clock, pause, turn)


def seconds_of(text: str) -> float:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smh])\s*", text.lower())
    if found is None or not float(found[1]):
        raise UsageError("This is no time to wait", where=text, fix="Write a number and a unit: 90s, 15m, 2h.")
    return float(found[1]) * _UNITS[found[2]]


def follow(run: Run, clock: Clock, pause: float, turn: Any) -> None:
    """Until a person stops it. A platform that cannot be reached is asked again the next time."""
    from migrator.errors import Interrupted, RateLimited, Unavailable

    done = 0
    while True:
        try:
            show(run, turn())
            done += 1
        except (Unavailable, RateLimited) as error:
            failed: MigrateError = error
            run.result({"ok": False, "exit": failed.exit_code, **failed.as_dict()})
            run.say(f"! {failed}")
        try:
            clock.sleep(pause)
        except Interrupted:
            run.say(f"Stopped. {done:,} syncs were finished; nothing is half written.")
            return


def once(
    run: Run, clock: Clock, rate: int | None, options: dict[str, Any], *, dry_run: bool, live_too: bool
) -> SyncOutcome:
    from adapters.sequenzy.client import open_target
    from migrator.cli.progress import watcher_for
    from migrator.cli.settings import Settings
    from migrator.cutover.sync import preview_sync, started, sync
    from migrator.errors import PlanError
    from migrator.load.checkpoint import Checkpoint

    settings = Settings.load(run.workspace).values
    api = open_target(settings, clock=clock, rate=rate)
    reading = source_of(run).open(settings, clock=clock, rate=rate, **options)
    try:
        with watcher_for(run) as watcher:
            if dry_run:
                looked = Checkpoint.look(run.workspace, clock=clock)
                if looked is None:
                    raise PlanError("Nothing is loaded yet, so there is nothing to follow", fix="Run `migrate load`.")
                with looked:
                    return preview_sync(run.workspace, reading, api, looked, watcher=watcher)
            with Checkpoint.open(run.workspace, clock=clock) as checkpoint:
                started(checkpoint)
                return sync(run.workspace, reading, api, checkpoint, watcher=watcher, live_too=live_too)
    finally:
        reading.close()
        api.close()


def source_of(run: Run) -> Any:
    """The source of the workspace's bundle. Files cannot be read again by themselves."""
    from adapters import all_sources, load_source
    from migrator.bundle import Bundle

    adapter = Bundle.open(run.workspace / "bundle").manifest.adapter
    source = load_source(adapter) if adapter in all_sources() else None
    if source is None or not any(setting.required for setting in source.settings):
        raise UsageError(
            "Only a platform can be read again, and this account came from files",
            fix=f"Run `migrate export {adapter}` with the newer files, then `migrate plan` and `migrate load`: "
            "the load writes only what changed.",
        )
    return source


def show(run: Run, outcome: SyncOutcome) -> None:
    from migrator.load.newer.telling import sentences

    run.result({"ok": True, **outcome.facts()})
    if outcome.loaded is None:
        run.say("Would change:")
    for line in sentences(outcome.brought):
        run.say(f"  {line}" if outcome.loaded is None else line)
    for hold in outcome.holds:
        run.say(f"! Nobody is written before this is settled: {hold.rstrip('.')}.")
    if outcome.questions:
        run.say(f"! {outcome.questions:,} new questions are in mappings.toml.")
    if outcome.loaded is not None and (outcome.loaded.rejected or outcome.loaded.left_out):
        run.say("! Some people were refused or left out: see rejected.csv and left_out.csv.")
