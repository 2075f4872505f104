"""`migrate bundle`: looks after a bundle on disk. It reads only; what a sound bundle is stands in migrator/bundle."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group("bundle")
def command() -> None:
    """Look after a bundle on disk."""


@command.command("check")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
@click.pass_context
def check_command(context: click.Context, folder: Path, as_json: bool) -> None:
    """Find every damaged, missing or contradictory file of the bundle in DIR.

    DIR is the bundle itself or the migration's folder around it. Exit code 0: the bundle is whole; 1: it is not.

    \b
    Example:
      migrate bundle check acme
    """
    import msgspec

    from migrator.bundle.check import check
    from migrator.bundle.swap import settle

    if folder.name != "bundle" and not (folder / "manifest.json").exists():
        folder = folder / "bundle"
    settle(folder)
    problems = check(folder)
    if as_json or (context.find_root().obj or {}).get("as_json"):
        report = {"bundle": str(folder), "whole": not problems, "problems": problems}
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"{len(problems)} problems in {folder}." if problems else f"{folder} is whole. Next: migrate plan")
    sys.exit(1 if problems else 0)
