"""A switch in a process of its own that kills itself, with SIGKILL, at the point it is told: see test_switch_killed.py.

python switch_driver.py FOLDER SOURCE_URL SOURCE_KEY TARGET_URL TARGET_KEY NOW POINT    POINT -1: never
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from adapters.broadcast.source import BroadcastSource  # noqa: E402 - the path comes first
from adapters.sequenzy.client import open_target  # noqa: E402
from migrator.cutover.desk import Desk, groups  # noqa: E402
from migrator.cutover.journal import Journal, Way  # noqa: E402
from migrator.cutover.switch import Switch  # noqa: E402
from migrator.load.checkpoint import Checkpoint  # noqa: E402
from migrator.load.work import Work  # noqa: E402
from migrator.plan.open_plan import open_fresh  # noqa: E402
from migrator.transport.clock import FakeClock  # noqa: E402

folder, source_url, source_key, target_url, target_key, now, at = sys.argv[1:]
passed = 0


def point(_: str = "") -> None:
    global passed
    if passed == int(at):
        os.kill(os.getpid(), signal.SIGKILL)
    passed += 1


class Trapped(httpx.HTTPTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        point()
        reply = super().handle_request(request)
        # The server has acted; the answer is read only after this.
        point()
        return reply


clock = FakeClock(datetime.fromisoformat(now))
with ExitStack() as stack:
    api = open_target(
        {"SEQUENZY_API_URL": target_url, "SEQUENZY_API_KEY": target_key}, clock=clock, rate=0, http_transport=Trapped()
    )
    settings = {"BROADCAST_HOST": source_url, "BROADCAST_API_TOKEN": source_key, "BROADCAST_CHANNEL_ID": "3"}
    source = BroadcastSource().open_switch(settings, clock=clock, rate=0, http_transport=Trapped())
    checkpoint = stack.enter_context(Checkpoint.open(Path(folder), clock=clock, on_commit=point))
    journal = stack.enter_context(Journal.open(Path(folder), clock=clock, on_commit=point))
    desk = Desk(Path(folder), Work(open_fresh(Path(folder)), api, checkpoint), journal, source, "Broadcast")
    chosen = groups(desk.work)
    Switch(desk, {member: Way.MIXED for group in chosen for member in group.members}).run(chosen)
