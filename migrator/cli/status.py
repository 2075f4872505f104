"""`migrate status`: where this migration stands, on one screen. Touches nothing, asks nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from migrator.cli.common import Run, common_options, rate_option

if TYPE_CHECKING:
    from migrator.load.stages import Standing


@click.command()
@rate_option
@common_options
def command(run: Run, *, rate: int | None) -> None:
    """Stage, counts, what is left, the last error and the next command. Reads the workspace alone.

    \b
    Example:
      migrate -C acme status --json
    """
    from migrator.load.stages import standing
    from migrator.transport.clock import SystemClock

    found = standing(run.workspace, clock=SystemClock(), rate=rate)
    run.result({"ok": True, **found.facts()})
    _show(run, found)
    run.go_on(found)


def _show(run: Run, found: Standing) -> None:
    run.say(f"Stage: {found.stage.capitalize()}" + (f" (running: {found.running})" if found.running else ""))
    if found.problem:
        run.say(f"! {found.problem}")
    for kind, one in found.counts.items():
        if one.planned:
            failed = f", {one.failed:,} refused" if one.failed else ""
            failed += f", {one.left_out:,} left out" if one.left_out else ""
            run.say(f"  {kind:<12} {one.done - one.failed - one.left_out:>9,} of {one.planned:,}{failed}")
    if found.remaining is not None and found.remaining.requests:
        run.say(
            f"Left: {found.remaining.requests:,} requests, about {max(1, round(found.remaining.seconds / 60))} min."
        )
    if found.people_per_minute:
        run.say(f"Latest run: {found.people_per_minute:,.0f} people a minute.")
    if found.last_error:
        run.say(f"Last error: {found.last_error}")
    for text in found.fallbacks:
        run.say(f"! {text}")
    if found.warnings:
        run.say(f"{found.warnings} warnings of the target; `migrate load --json` lists them.")
    if found.enabled:
        run.say(f"Enabled: {', '.join(found.enabled)}")
    if found.verified is not None:
        run.say(f"Verified: {_verified(found.verified)}.")


def _verified(facts: dict[str, Any]) -> str:
    if facts["equal"]:
        return "the target equals the plan"
    if facts.get("agrees") and not facts.get("unchecked"):
        return "all that this server's calls can carry and show equals the plan (verify/not_carried.csv: the rest)"
    return "differences remain"
