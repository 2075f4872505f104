"""The diagnosis log and the last net under tracebacks. Every sink is scrubbed; progress and results are elsewhere."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from migrator.transport.redact import redact, redact_value
from migrator.visible import safe_json, visible

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_TALKATIVE = ("httpx", "httpcore", "hpack", "asyncio")
"""They log whole addresses and headers; of those only warnings are wanted, even in a detailed log."""


class RedactingFilter(logging.Filter):
    """For handlers: rewrites each record before anything is written, with its arguments, extras and exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            message = f"{record.msg} {record.args!r}"
        record.msg, record.args = visible(redact(message), keep="\n\t"), None
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text = scrubbed_traceback(record.exc_info[1])
        record.exc_info = None
        if record.exc_text:
            record.exc_text = visible(redact(record.exc_text), keep="\n\t")
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        for name in set(vars(record)) - _STANDARD:
            setattr(record, name, redact_value(getattr(record, name)))
        return True


class JsonLines(logging.Formatter):
    """One object a line: time, level, logger, message, and whatever was passed as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_text:
            entry["exception"] = record.exc_text
        return safe_json(json.dumps(entry, ensure_ascii=False, default=str))


def configure_logging(
    verbose: bool = False, log_file: Path | None = None, *, stream: IO[str] | None = None
) -> list[logging.Handler]:
    """Sets the root logger up anew: warnings (all from info up when `verbose`) to standard error, everything to
    `log_file`, which only its owner can read. Gives the handlers it put in place."""
    screen = logging.StreamHandler(stream or sys.stderr)
    screen.setLevel(logging.INFO if verbose else logging.WARNING)
    screen.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handlers: list[logging.Handler] = [screen]
    if log_file is not None:
        os.close(os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        log_file.chmod(0o600)
        lines = logging.FileHandler(log_file, encoding="utf-8", errors="backslashreplace")
        lines.setFormatter(JsonLines())
        handlers.append(lines)
    root = logging.getLogger()
    for former in root.handlers[:]:
        root.removeHandler(former)
        former.close()
    for handler in handlers:
        handler.addFilter(RedactingFilter())
        root.addHandler(handler)
    root.setLevel(logging.DEBUG if log_file else logging.INFO)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    return handlers


def scrubbed_traceback(error: BaseException) -> str:
    return visible(redact("".join(traceback.format_exception(error)).rstrip()), keep="\n\t")


def install_excepthook() -> None:
    """What nobody caught is still printed without secrets and addresses, in every thread."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(scrubbed_traceback(error) + "\n")

    def thread_hook(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            sys.stderr.write(scrubbed_traceback(args.exc_value) + "\n")

    sys.excepthook, threading.excepthook = hook, thread_hook
