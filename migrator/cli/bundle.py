"""`migrate bundle`: looks after a bundle on disk. It reads only; what a sound bundle is stands in migrator/bundle."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from migrator.cli.common import Run, common_options
from migrator.errors import EXIT_ERROR


@click.group("bundle")
def command() -> None:
    """Look after a bundle on disk."""


@command.command("check")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@common_options
def check_command(run: Run, folder: Path | None) -> None:
    """Find every damaged, missing or contradictory file of the bundle in DIR.

    DIR is the bundle itself or the migration's folder around it (default: the workspace). Exit code 0: the bundle is
    whole; 1: it is not.

    \b
    Example:
      migrate bundle check acme
    """
    from migrator.bundle.check import check
    from migrator.bundle.swap import settle

    folder = folder or run.workspace
    if folder.name != "bundle" and not (folder / "manifest.json").exists():
        folder = folder / "bundle"
    settle(folder)
    problems = check(folder)
    found = [{"kind": p.kind, "path": p.path, "line": p.line, "what": p.what, "fix": p.fix} for p in problems]
    run.result({"bundle": str(folder), "whole": not problems, "problems": found})
    for problem in problems:
        run.say(str(problem))
    if problems:
        run.say(f"{len(problems)} problems in {folder}.")
        raise SystemExit(EXIT_ERROR)
    run.say(f"{folder} is whole.")
    # What was checked may be another workspace's bundle than the one that -C names.
    workspace = folder.parent if folder.name == "bundle" else run.workspace
    dataclasses.replace(run, workspace=workspace).next("plan")
