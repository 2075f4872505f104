"""Workspaces with a real bundle and a real plan, made from local Broadcast accounts inside this process."""

from __future__ import annotations

from pathlib import Path

from adapters.broadcast.source import BroadcastSource
from migrator.bundle import Bundle
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.plan.answers.mappings_file import load
from migrator.plan.make import make_plan
from migrator.sandbox.broadcast.account import ADMIN_KEY, Account
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock

SCRIPT = "</script><script>document.title='owned'</script>"
HANDLER = '"><img src=x onerror="document.title=\'owned\'">'
NAMES = (
    SCRIPT,
    HANDLER,
    "{{ 7 * 7 }} {% raw %} {{'a'.constructor.constructor('x')()}}",
    "' onfocus='document.title=1' autofocus='",
    "]]> <!-- --!> <svg/onload=document.title='owned'>",
    "[click](javascript:alert(1)) | `code` **bold** \\",
    "‮ reversed \u2028 line \x07 bell",
    "A very long name " * 30,
)


def workspace_of(folder: Path, account: Account, key: str = ADMIN_KEY) -> Path:
    clock = FakeClock(account.now)
    app = BroadcastSandbox(account, monotonic=clock.monotonic, wall=lambda: clock.now().timestamp())
    settings = {
        "BROADCAST_HOST": "http://localhost/api/v1/",
        "BROADCAST_API_TOKEN": key,
        "BROADCAST_CHANNEL_ID": "3",
    }
    reading = BroadcastSource().open(settings, clock=clock, http_transport=mock_transport(app))
    try:
        export(reading, folder / "bundle", clock=clock, watcher=Silent())
    finally:
        reading.close()
    plan_again(folder)
    return folder


def plan_again(folder: Path) -> None:
    path = folder / "mappings.toml"
    make_plan(Bundle.open(folder / "bundle"), load(path), folder / "plan", where=str(path))


def hostile_account() -> Account:
    """Every name, label, subject and body tries to be code."""
    account = generate(80)
    for number, sequence in enumerate(account.sequences):
        sequence.label = f"{NAMES[number % len(NAMES)]} {number}"
        for place, step in enumerate(sequence.steps):
            step["label"] = NAMES[(number + place) % len(NAMES)]
            if step["action"] == "send_email":
                step["subject"] = NAMES[place % len(NAMES)]
                step["preheader"] = SCRIPT
                step["body"] = f"<p>Hello</p>{SCRIPT}{HANDLER}<a href='javascript:document.title=1'>x</a>"
    for number, template in enumerate(account.templates):
        template["label"] = f"{HANDLER} {number}"
    account.channel = {**account.channel, "name": SCRIPT}
    return account
