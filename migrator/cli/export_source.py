"""`migrate export NAME` for every source that is opened by settings alone: made from the source's own description.

Sources with options of their own (Broadcast, files) have commands of their own. What an export does is in exporting.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrator.cli.common import Run, common_options, rate_option
from migrator.cli.exporting import COLLECTIONS, run_export

if TYPE_CHECKING:
    from adapters.base import Source


class Sources(click.Group):
    """Knows a command for each source; a source is imported when its command, or the list of them, is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from adapters import all_sources

        return sorted({*self.commands, *all_sources()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from adapters import all_sources, load_source

        if cmd_name not in self.commands and cmd_name in all_sources():
            self.add_command(command_of(load_source(cmd_name)), cmd_name)
        return super().get_command(ctx, cmd_name)


def command_of(source: Source) -> click.Command:
    def body(
        run: Run,
        *,
        only: str | None,
        sequences: tuple[str, ...],
        since_bundle: Path | None,
        fresh: bool,
        rate: int | None,
    ) -> None:
        run_export(
            run,
            platform=source.name,
            title=source.title,
            open_reading=partial(source.open, rate=rate),
            only=only,
            sequences=sequences,
            since_bundle=since_bundle,
            fresh=fresh,
        )

    body.__doc__ = _help(source)
    options: tuple[Callable[[Any], Any], ...] = (
        common_options,
        rate_option,
        click.option("--fresh", is_flag=True, help="Throw an unfinished export away and read everything anew."),
        click.option(
            "--since-bundle",
            type=click.Path(path_type=Path, exists=True, file_okay=False),
            help="Keep only what changed since this older bundle; written beside it as `delta`.",
        ),
        click.option(
            "--sequence", "sequences", metavar="ID", multiple=True, help="Only this sequence; may be repeated."
        ),
        click.option("--only", metavar="NAMES", help=f"Only these, with commas: {', '.join(COLLECTIONS)}."),
    )
    made: Any = body
    for option in options:
        made = option(made)
    return click.command(source.name, epilog=_example(source))(made)


def _help(source: Source) -> str:
    """Short first, since the list of commands shows it; then each setting with its meaning."""
    lines = [f"Everything that {source.title} tells.", ""]
    lines += ["Reads its settings from the environment or from the workspace's .env:", "", "\b"]
    for setting in source.settings:
        lines.append(f"{setting.variable}{'' if setting.required else ' (optional)'}")
        lines.append(f"  {setting.meaning}")
    lines += ["", f"`migrate sources {source.name}` says what it can give, and what not."]
    return "\n".join(lines)


def _example(source: Source) -> str:
    exports = [f"  export {setting.variable}=..." for setting in source.settings if setting.required]
    return "\n".join(["\b", "Example:", *exports, f"  migrate -C acme export {source.name}"])
