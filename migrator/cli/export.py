"""`migrate export SOURCE`: the source account into the workspace's bundle. Reads only."""

from __future__ import annotations

from pathlib import Path

import click

from migrator.cli.common import Run, common_options, rate_option
from migrator.errors import BundleError, NeedsPerson, UsageError

_COLLECTIONS = (
    *("contacts", "enrolments", "suppressions", "campaigns", "lists", "segments", "forms", "other"),
    *("sequences", "templates"),
)


@click.group()
def command() -> None:
    """Read a source account into the workspace's bundle. Reads only; stop it at any moment and run it again.

    \b
    Example:
      export BROADCAST_HOST=https://mail.example.com BROADCAST_API_TOKEN=...
      migrate -C acme export broadcast
    """


@command.command("broadcast")
@click.option("--only", metavar="NAMES", help=f"Only these, with commas: {', '.join(_COLLECTIONS)}.")
@click.option("--sequence", "sequences", metavar="ID", multiple=True, help="Only this sequence; may be repeated.")
@click.option(
    "--since-bundle",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Keep only what changed since this older bundle; written beside it as `delta`.",
)
@click.option("--fresh", is_flag=True, help="Throw an unfinished export away and read everything anew.")
@click.option(
    "--check-suppressions",
    is_flag=True,
    help="Without an installation-wide token: ask for each active address whether the global do-not-send list has it."
    " One request each.",
)
@click.option(
    "--busy-wait",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long after reading people who were just being moved on to look at them again.",
)
@rate_option
@common_options
def broadcast(
    run: Run,
    *,
    only: str | None,
    sequences: tuple[str, ...],
    since_bundle: Path | None,
    fresh: bool,
    check_suppressions: bool,
    busy_wait: float,
    rate: int | None,
) -> None:
    """Everything a Broadcast channel holds.

    Needs BROADCAST_HOST and BROADCAST_API_TOKEN (and BROADCAST_CHANNEL_ID with an installation-wide token), in the
    environment or in the workspace's .env.
    """
    from adapters.base import Wanted
    from adapters.broadcast.source import BroadcastSource
    from migrator.bundle import Bundle
    from migrator.cli.settings import Settings
    from migrator.export.overrides import write_gaps
    from migrator.export.progress import Bars, Events, Lines, Silent
    from migrator.export.run import export
    from migrator.export.summary import summarise
    from migrator.transport.clock import SystemClock
    from migrator.transport.stop import StopFlag, stopping_on_signals

    wanted = Wanted(_names(only), tuple(dict.fromkeys(sequences)))
    settings = Settings.load(run.workspace)
    since = Bundle.open(since_bundle) if since_bundle else None
    if since is not None and since.manifest.source.platform != BroadcastSource.name:
        raise BundleError("The older bundle is not of Broadcast", where=str(since_bundle), fix="Name another one.")
    folder = run.workspace / ("bundle" if since is None else "delta")
    watcher = Events() if run.as_json else Bars() if run.progress else Silent() if run.quiet else Lines()
    with stopping_on_signals(StopFlag()) as stop:
        clock = SystemClock(stop)
        reading = BroadcastSource().open(
            settings.values, clock=clock, rate=rate, busy_wait=busy_wait, check_addresses=check_suppressions
        )
        try:
            done = export(reading, folder, clock=clock, watcher=watcher, wanted=wanted, fresh=fresh, since=since)
        finally:
            reading.close()
            watcher.close()
    bundle = Bundle.open(done.folder)
    summary = summarise(bundle)
    form = write_gaps(run.workspace, bundle.sequences())
    run.result({"ok": True, "folder": str(done.folder), "gaps": str(form) if form else None, **summary.facts})
    for line in summary.lines:
        run.say(line)
    if form is not None:
        run.say(f"\nGaps to fill in: {form}")
    run.next("plan" if since is None else f"plan --delta {done.folder}")
    if summary.findings and not run.as_json:
        raise NeedsPerson("The bundle is complete as far as it could be read", fix="Look at what is named above.")
    if summary.findings:
        raise SystemExit(NeedsPerson.exit_code)


def _names(only: str | None) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in (only or "").split(",") if name.strip()))
    unknown = [name for name in names if name not in _COLLECTIONS]
    if unknown:
        known = ", ".join(_COLLECTIONS)
        raise UsageError(f"No such collection: {', '.join(unknown)}", fix=f"There are {known}.")
    return names
