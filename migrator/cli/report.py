"""`migrate report`: what the plan carries over, what needs a person, and the proof once there is one."""

from __future__ import annotations

import click

from migrator.cli.alone import working
from migrator.cli.common import Run, common_options
from migrator.errors import EXIT_FINDINGS


@click.command(short_help="The page a person signs: what is carried over, what needs you, the proof.")
@click.option("--open", "show", is_flag=True, help="Open report.html in your browser.")
@common_options
@working(alone=False, part="plan")
def command(run: Run, *, show: bool) -> None:
    """Write report.html, report.md and report.json beside the plan, and print the essence. Touches no platform.

    After `migrate load` and `migrate verify` the same page holds the proof.

    \b
    Example:
      migrate -C acme report --open

    Exit codes: 0 nothing is open, 3 a person must decide something or verification found differences.
    """
    from migrator.plan.plan_json import encode
    from migrator.report.outputs import write_report
    from migrator.report.terminal import essence
    from migrator.visible import safe_json

    report = write_report(run.workspace)
    facts = report.facts
    if run.as_json:
        click.echo(safe_json(encode(facts).decode()))
    for line in essence(facts):
        run.say(line)
    run.say(f"\nReport: {report.html.resolve()}")
    if show:
        import webbrowser

        webbrowser.open(report.html.resolve().as_uri())
    run.onward("report")
    if facts.tasks or facts.outcome == "differs":
        raise SystemExit(EXIT_FINDINGS)
