"""What all commands share: the workspace option, --json, verbosity, and how a run ends.

A command's module defines a click command named `command`; its function takes a `Run` and raises MigrateError.
"""

from __future__ import annotations

import functools
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import click

from migrator.errors import EXIT_ERROR, BundleError, MigrateError, PlanError, UsageError, WorkspaceError
from migrator.visible import safe_json, visible

if TYPE_CHECKING:
    from migrator.load.stages import Standing

LOG = "migrate.log"
LAYOUT = "\n\t"
"""What our own sentences use; a text of the source never gets this far with a line end of its own."""
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """How this command was called. Results go to standard output, everything else to standard error."""

    workspace: Path
    as_json: bool
    verbosity: int

    @property
    def quiet(self) -> bool:
        return self.verbosity < 0

    @property
    def progress(self) -> bool:
        """Bars are for eyes: never in a pipe, in JSON or when asked to be quiet."""
        return not self.as_json and not self.quiet and sys.stderr.isatty()

    def say(self, text: str = "") -> None:
        """A line for a person; silent with --json and -q."""
        if not self.as_json and not self.quiet:
            click.echo(visible(text, keep=LAYOUT))

    def warn(self, text: str) -> None:
        """A line on standard error, also with -q and --json."""
        click.echo(visible(text, keep=LAYOUT), err=True)

    def result(self, facts: Mapping[str, Any]) -> None:
        """The machine-readable result, one JSON document, only with --json."""
        if self.as_json:
            click.echo(safe_json(json.dumps(facts, ensure_ascii=False, default=str)))

    def next(self, command: str) -> None:
        """Each run ends by naming the next command."""
        where = "" if self.workspace == Path() else f" -C {shlex.quote(str(self.workspace))}"
        self.say(f"\nNext: migrate{where} {command}")

    def onward(self, done: str = "") -> None:
        """The next command as the workspace tells it, and what a person does before it. `done`: see `standing`."""
        if self.as_json or self.quiet:
            return
        from migrator.load.stages import standing
        from migrator.transport.clock import SystemClock

        self.go_on(standing(self.workspace, clock=SystemClock(), done=done))

    def go_on(self, found: Standing) -> None:
        if found.act:
            self.say(f"\n{found.act}")
        if found.next:
            self.next(found.next)


def common_options(function: Callable[..., None]) -> Callable[..., None]:
    """Adds -C/--dir, --json, -v and -q, and gives the function a `Run` as its first argument.

    They are accepted before the command as well; the place nearer to the command wins.
    """

    @click.option(
        "-C", "--dir", "workspace", type=click.Path(path_type=Path), help="The workspace folder (default: here)."
    )
    @click.option("--json", "as_json", is_flag=True, default=None, help="Print the result as one JSON document.")
    @click.option("-v", "--verbose", "verbose", count=True, help="Say more; twice: also into migrate.log.")
    @click.option("-q", "--quiet", "quiet", is_flag=True, help="Say only what went wrong.")
    @click.pass_context
    @functools.wraps(function)
    def wrapper(
        context: click.Context,
        /,
        *,
        workspace: Path | None,
        as_json: bool | None,
        verbose: int,
        quiet: bool,
        **options: Any,
    ) -> None:
        outer: dict[str, Any] = context.find_root().obj or {}
        run = Run(
            workspace=workspace or outer.get("workspace") or Path(),
            as_json=bool(as_json or outer.get("as_json")),
            verbosity=-1 if quiet or outer.get("quiet") else verbose or outer.get("verbose") or 0,
        )
        with reporting(run):
            if run.workspace.exists() and not run.workspace.is_dir():
                raise UsageError("The workspace is not a folder", where=str(run.workspace), fix="Name one with -C.")
            if run.verbosity > 0:
                _log(run)
            function(run, **options)

    return wrapper


def _log(run: Run) -> None:
    from migrator.transport.logs import configure_logging

    detailed = run.verbosity > 1 and run.workspace.is_dir()
    configure_logging(verbose=True, log_file=run.workspace / LOG if detailed else None)


def rate_option(function: Callable[P, T]) -> Callable[P, T]:
    return click.option(
        "--rate",
        type=click.IntRange(min=0),
        metavar="N",
        help="Requests a minute (default: the platform's documented limit; 0: only what the server imposes).",
    )(function)


class reporting:  # noqa: N801 - reads as a statement: `with reporting(run):`
    """Turns an error into one clear sentence and its documented exit code; a person never sees a traceback."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, SystemExit):
            return
        from migrator.cli.endings import as_sentence, hang_up

        if isinstance(error, BrokenPipeError):
            hang_up(sys.stdout, sys.stderr)
            raise SystemExit(EXIT_ERROR)
        told = as_sentence(error)
        if told is None:
            return
        if isinstance(told, BundleError | PlanError) and not self.run.workspace.exists():
            fix = "Name your workspace with -C; an export makes a new one."
            told = WorkspaceError("There is no such workspace", where=str(self.run.workspace), fix=fix)
        if self.run.verbosity > 0 and not isinstance(error, MigrateError | KeyboardInterrupt | click.Abort):
            from migrator.transport.logs import scrubbed_traceback

            self.run.warn(scrubbed_traceback(error))
        self._end(told.exit_code, str(told), told.as_dict())

    def _end(self, code: int, sentence: str, facts: dict[str, str]) -> NoReturn:
        from migrator.transport.redact import redact

        if self.run.as_json:
            try:
                click.echo(safe_json(redact(json.dumps({"ok": False, "exit": code, **facts}, ensure_ascii=False))))
                raise SystemExit(code)
            except OSError:  # nothing can be written there: the sentence goes the other way
                from migrator.cli.endings import hang_up

                hang_up(sys.stdout)
        self.run.warn(f"migrate: {redact(sentence)}")
        raise SystemExit(code)
