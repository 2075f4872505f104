"""`migrate export SOURCE`: the source account into the workspace's bundle. Reads only."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from migrator.cli.common import Run, common_options, rate_option
from migrator.cli.export_csv import csv
from migrator.cli.export_source import Sources
from migrator.cli.exporting import COLLECTIONS, run_export


@click.group(cls=Sources)
def command() -> None:
    """Read a source account into the workspace's bundle. Reads only; stop it at any moment and run it again.

    \b
    Example:
      export BROADCAST_HOST=https://mail.example.com BROADCAST_API_TOKEN=...
      migrate -C acme export broadcast
    """


@command.command("broadcast", epilog="Example:\n\n  migrate -C acme export broadcast")
@click.option("--only", metavar="NAMES", help=f"Only these, with commas: {', '.join(COLLECTIONS)}.")
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
    from adapters.broadcast.source import BroadcastSource

    run_export(
        run,
        platform="broadcast",
        title="Broadcast",
        open_reading=partial(
            BroadcastSource().open, rate=rate, busy_wait=busy_wait, check_addresses=check_suppressions
        ),
        only=only,
        sequences=sequences,
        since_bundle=since_bundle,
        fresh=fresh,
    )


command.add_command(csv)
