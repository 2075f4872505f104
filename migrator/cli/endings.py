"""What a person reads when something ends a command that no part of it foresaw: the disk, the system, a fault of ours.

Errors of our own tree already are sentences. Nothing here shows an address or a secret: of a fault only its kind and
place are told, and its traceback, scrubbed, with -v.
"""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TextIO

import click

from migrator.errors import Bug, Interrupted, MigrateError, UsageError
from migrator.system_errors import system_sentence

_ROOT = Path(__file__).parents[2]
_OURS = tuple(str(_ROOT / name) + os.sep for name in ("migrator", "adapters", "mappings"))


def as_sentence(error: BaseException) -> MigrateError | None:
    """None: it is no error, or somebody else's to tell."""
    if isinstance(error, MigrateError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return stopped()
    if isinstance(error, click.Abort):
        # Click turns Ctrl-C and the end of the input at a question into the same thing.
        return unanswered() if isinstance(error.__context__, EOFError) else stopped()
    if isinstance(error, click.ClickException | click.exceptions.Exit) or not isinstance(error, Exception):
        return None
    if isinstance(error, OSError):
        return system_sentence(error)
    return _fault(error)


def stopped() -> Interrupted:
    return Interrupted("Stopped", fix="Run the same command again to go on where it stopped.")


def unanswered() -> UsageError:
    return UsageError(
        "Nobody answered the question",
        why="there is no terminal",
        fix="Run it in a terminal, or answer by an option: --help names it.",
    )


def hang_up(*streams: TextIO) -> None:
    """Nobody reads these any more: nothing is said there, also not what Python still holds when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            continue


def _fault(error: Exception) -> Bug:
    ours = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.startswith(_OURS)]
    place = f"{Path(ours[-1].filename).relative_to(_ROOT)}, line {ours[-1].lineno}" if ours else ""
    return Bug(
        "This is a fault of migrate itself",
        where=place,
        why=type(error).__name__,
        fix="What is done stays done. Run it again with -v and report what it prints.",
    )
