"""`migrate demo`: the whole journey on the two local platforms. What it does is in migrator/demo."""

from __future__ import annotations

from pathlib import Path

import click

from migrator.cli.common import Run, common_options

DEFAULT = Path("migrate-demo")


@click.command(short_help="The whole journey on the local platforms, in under a minute.")
@click.option("--open", "show", is_flag=True, help="Open the report in your browser at the end.")
@common_options
def command(run: Run, *, show: bool) -> None:
    """Move a made-up account from a local Broadcast to a local Sequenzy, and prove it. Needs no key and no network.

    The account is exported, planned, loaded and verified by the same code as your own would be; then both platforms
    live through three weeks, and what they sent is compared.

    \b
    Examples:
      migrate demo
      migrate -C /tmp/try demo --open
    """
    from migrator.demo.journey import DAYS, travel
    from migrator.demo.outboxes import lived
    from migrator.report.terminal import summary

    workspace = run.workspace if run.workspace != Path() else DEFAULT
    journey = travel(workspace, run.say)
    found, report = journey.outboxes, journey.report
    run.say(f"9  Three weeks on both platforms, with {journey.newcomers} newcomers and people who open and click.")
    for line in lived(found):
        run.say(f"   {line}")
    run.say()
    for line in summary(report.facts):
        run.say(line)
    run.result(
        {
            "ok": found.agree and journey.verified.equal,
            "workspace": str(workspace),
            "report": str(report.html.resolve()),
            "seconds": round(journey.seconds, 1),
            "days": DAYS,
            "verified": journey.verified.equal,
            "emails": {
                "source": found.source,
                "target": found.target,
                "same": found.same,
                "apart": found.emails.apart,
                "unread": found.emails.unread,
                "source_alone": dict(found.emails.source_alone),
                "target_alone": dict(found.emails.target_alone),
                "held": found.held,
                "drafts": found.drafts,
                "not_switched_off": found.not_switched_off,
                "named": dict(found.named),
                "alone": found.alone,
                "unexplained": found.unexplained,
            },
            "webhooks": {
                "source": found.calls.source,
                "target": found.calls.target,
                "same": found.calls.same,
                "apart": found.calls.apart,
                "source_alone": dict(found.calls.source_alone),
                "target_alone": dict(found.calls.target_alone),
            },
            "tasks_before": journey.open_before,
            "tasks": len(report.facts.tasks),
        }
    )
    run.say(f"\nThe whole journey took {journey.seconds:.0f} seconds. The report: {report.html.resolve()}")
    run.say(
        "\nWith your own account (reading only, until you load):\n"
        "  export BROADCAST_HOST=https://... BROADCAST_API_TOKEN=... SEQUENZY_API_KEY=...\n"
        "  migrate -C my-move doctor\n"
        "  migrate -C my-move export broadcast\n"
        "  migrate -C my-move plan\n"
        "  migrate -C my-move report --open"
    )
    if show:
        import webbrowser

        webbrowser.open(report.html.resolve().as_uri())
    if not found.agree or not journey.verified.equal:
        raise SystemExit(1)
