"""`migrate verify`: reads the target back and proves that it equals the plan, or names each difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from migrator.cli.alone import working
from migrator.cli.common import Run, common_options, rate_option

if TYPE_CHECKING:
    from migrator.verify.report_files import Counts


@click.command()
@click.option(
    "--samples", type=click.IntRange(0, 20), default=2, show_default=True, help="Contacts to render each email for."
)
@click.option("--no-settling", is_flag=True, help="Judge at once, without waiting for attributes to settle.")
@rate_option
@common_options
@working(alone=True)
def command(run: Run, *, samples: int, no_settling: bool, rate: int | None) -> None:
    """Read every contact, list, segment, template and sequence back and compare with the plan. Writes nothing there.

    Leaves verify/ with counts.json and one file a kind of difference. Exit code 0: the target equals the plan;
    3: it does not, something could not be carried or looked at, or somebody is more reachable than planned (an alarm).

    \b
    Example:
      migrate -C acme verify
    """
    from adapters.sequenzy.client import open_target
    from migrator.bundle import Bundle
    from migrator.cli.progress import watcher_for
    from migrator.cli.settings import Settings
    from migrator.errors import EXIT_FINDINGS, PlanError
    from migrator.load.checkpoint import Checkpoint
    from migrator.plan.open_plan import open_fresh
    from migrator.transport.clock import SystemClock
    from migrator.transport.stop import StopFlag, stopping_on_signals
    from migrator.verify.run import SETTLE, verify

    opened = open_fresh(run.workspace)
    settings = Settings.load(run.workspace)
    with stopping_on_signals(StopFlag()) as stop:
        clock = SystemClock(stop)
        checkpoint = Checkpoint.look(run.workspace, clock=clock)
        if checkpoint is None:
            raise PlanError("Nothing of this plan is loaded yet", fix="Run `migrate load` first.")
        api = open_target(settings.values, clock=clock, rate=rate)
        try:
            with checkpoint, watcher_for(run) as watcher:
                settle = 0.0 if no_settling else SETTLE
                counts = verify(
                    opened,
                    api,
                    checkpoint,
                    run.workspace,
                    samples=samples,
                    settle=settle,
                    watcher=watcher,
                    bundle=Bundle.open(run.workspace / "bundle"),
                )
        finally:
            api.close()
    run.result({"ok": counts.equal, "folder": str(run.workspace / "verify"), **counts.facts()})
    _show(run, counts)
    run.onward()
    if not counts.equal:
        raise SystemExit(EXIT_FINDINGS)


def _show(run: Run, counts: Counts) -> None:
    run.say(f"{'':<12}{'planned':>9}{'equal':>9}{'missing':>9}{'differs':>9}{'strange':>9}{'refused':>9}")
    for kind, one in counts.kinds.items():
        if one.planned or one.unexpected:
            cells = (one.planned, one.equal, one.missing, one.differing, one.unexpected, one.rejected)
            run.say(f"{kind:<12}" + "".join(f"{cell:>9,}" for cell in cells))
    if counts.emails_rendered:
        run.say(
            f"{counts.emails_rendered} emails rendered for sample contacts, {counts.unresolved_tags} open merge tags."
        )
    if counts.consent_narrower:
        run.say(
            f"{counts.consent_narrower:,} contacts are less reachable than planned (they opted out since, or before)."
        )
    for kind, fields in counts.not_carried.items():
        told = ", ".join(f"{name} of {number:,}" for name, number in fields.items())
        run.say(f"! not carried, since this server's documents have no field for it ({kind}): {told}.")
    for text in (*counts.unchecked, *counts.no_call):
        run.say(f"! not checked: {text}")
    for name in counts.starting:
        run.say(f"! {name} is live there, is not of this plan, and may start people of this plan by itself.")
    if counts.consent_wider:
        run.warn(f"ALARM: {counts.consent_wider:,} contacts are MORE reachable than planned.")
    if counts.equal:
        run.say("The target equals the plan.")
    elif counts.agrees and not counts.unchecked:
        run.say("All that this server's calls can carry and show equals the plan; what they cannot is named above.")
        if counts.not_carried:
            run.say("Each contact and sequence that it concerns: verify/not_carried.csv.")
    else:
        run.say("The target does NOT equal the plan: see verify/.")
