"""`migrate stop`: the panic button."""

from __future__ import annotations

import click

from migrator.cli.common import Run, common_options, rate_option
from migrator.errors import EXIT_ERROR


@click.command()
@rate_option
@common_options
def command(run: Run, *, rate: int | None) -> None:
    """Switch off every sequence of this migration at Sequenzy, at once and without a question.

    Needs no plan, no bundle and no journal, and works while another command runs. Where this folder does not tell
    which sequences are its own, those of every migration in the workspace go off. Who is inside waits, and nobody is
    mailed. The source is left alone: run `migrate back` to open its entrances again.

    \b
    Example:
      migrate -C acme stop
    """
    from adapters.sequenzy.client import open_target
    from migrator.cli.settings import Settings
    from migrator.cutover.stop import ours_by_id, stop
    from migrator.transport.clock import SystemClock

    clock = SystemClock()
    known, marker = ours_by_id(run.workspace, clock)
    if not known and not marker:
        run.say("This folder does not tell which sequences are its own: those of every migration go off.")
    # The limit of requests must not make anybody wait here.
    api = open_target(Settings.load(run.workspace).values, clock=clock, rate=rate if rate is not None else 0)
    try:
        done = stop(api, known, marker)
    finally:
        api.close()
    run.result(done.facts())
    for name in done.off:
        run.say(f"Off: {name}")
    run.say(f"{len(done.off):,} sequences switched off, {done.were_off:,} were off already.")
    for name, why in done.failed.items():
        click.echo(f"! Still on: {name}: {why} Disable it at Sequenzy now.", err=True)
    if done.failed:
        raise SystemExit(EXIT_ERROR)
