"""The `migrate` command. Each verb lives in a module of its own and is imported only when it is called, so that
`migrate --help` is instant."""

from __future__ import annotations

import difflib
import importlib
import sys
from pathlib import Path

import click

from migrator import __version__
from migrator.errors import EXIT_ERROR, EXIT_INTERRUPTED

VERBS: dict[str, tuple[str, str]] = {
    "sources": ("sources", "What each source can give, by API and by file."),
    "doctor": ("doctor", "Check keys, permissions, limits and settings before anything moves."),
    "export": ("export", "Read a source account into the workspace's bundle. Reads only."),
    "bundle": ("bundle", "Look at a bundle: `bundle check DIR` proves that it is whole."),
    "plan": ("plan", "Compile bundle and mappings into a plan, offline: every construct with its verdict."),
    "report": ("report", "The page a person signs: what is carried over, what needs you, the proof."),
    "load": ("load", "Write the plan to Sequenzy: drafts only, resumable, nothing is sent or enabled."),
    "verify": ("verify", "Read the target back and prove that it equals the plan."),
    "status": ("status", "Where this migration stands, on one screen."),
    "undo": ("undo", "Remove what this plan created and nobody touched since."),
    "sync": ("sync", "Read the source again and write to Sequenzy only what changed."),
    "cutover": ("cutover", "Switch live sequences to Sequenzy: shown first, confirmed by name, resumable."),
    "stop": ("stop", "The panic button: every sequence of this migration off at Sequenzy, at once."),
    "back": ("back", "Take a switch back, and name whom nothing can put back."),
    "enable": ("enable", "Switch finished sequences on, each confirmed by its name."),
    "sandbox": ("sandbox", "A local Broadcast and a local Sequenzy, for rehearsals."),
    "demo": ("demo", "The whole journey on the local platforms, in under a minute."),
}
"""In the order of the work: name, module in migrator/cli, one line of help."""


class Verbs(click.Group):
    """Lists the verbs from the table; imports a verb's module only when the verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            near = difflib.get_close_matches(cmd_name, VERBS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise click.UsageError(f"No such command {cmd_name!r}.{hint}", ctx)
        command: click.Command = importlib.import_module(f"migrator.cli.{VERBS[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in VERBS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="migrate")
@click.option("-C", "--dir", "workspace", type=click.Path(path_type=Path), help="The workspace folder (default: here).")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
@click.option("-v", "--verbose", count=True, help="Say more; twice: also into migrate.log.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong.")
@click.pass_context
def main(context: click.Context, workspace: Path | None, as_json: bool, verbose: int, quiet: bool) -> None:
    """Moves a live email-marketing account to Sequenzy: nobody mailed twice, nobody re-subscribed, every branch
    kept, and a proof of it. Nothing is sent or enabled before you type a sequence's name.

    \b
    Example, on two local platforms and without any account:
      migrate demo
    """
    context.obj = {"workspace": workspace, "as_json": as_json, "verbose": verbose, "quiet": quiet}


def run() -> None:
    """The console script. Click's own usage errors already are one sentence with exit code 2."""
    try:
        code = main(prog_name="migrate", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except (KeyboardInterrupt, click.Abort):
        # Before a command has begun; a command says itself how it ended.
        click.echo("migrate: Stopped.", err=True)
        raise SystemExit(EXIT_INTERRUPTED) from None
    except OSError as error:
        # The help itself cannot be written.
        from migrator.cli.endings import as_sentence, hang_up
        from migrator.visible import visible

        hang_up(sys.stdout)
        click.echo(visible(f"migrate: {as_sentence(error)}"), err=True)
        raise SystemExit(EXIT_ERROR) from None
    raise SystemExit(code if isinstance(code, int) else 0)
