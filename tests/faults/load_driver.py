"""A load in a process of its own that kills itself, with SIGKILL, at the point it is told: see test_load_killed.py.

python load_driver.py FOLDER URL KEY POINT    POINT -1: never
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from adapters.sequenzy.client import Sequenzy  # noqa: E402 - the path comes first
from migrator.load.checkpoint import Checkpoint  # noqa: E402
from migrator.load.run import load  # noqa: E402
from migrator.plan.open_plan import OpenPlan  # noqa: E402
from migrator.transport.clock import FakeClock  # noqa: E402
from migrator.transport.secret import Secret  # noqa: E402

passed = 0
last = int(sys.argv[4])


def point(_: str = "") -> None:
    global passed
    if passed == last:
        os.kill(os.getpid(), signal.SIGKILL)
    passed += 1


class Trapped(httpx.HTTPTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        point()
        reply = super().handle_request(request)
        # The server has acted; the answer is read only after this.
        point()
        return reply


folder, clock = Path(sys.argv[1]), FakeClock()
api = Sequenzy(sys.argv[2], Secret(sys.argv[3]), clock=clock, rate=0, http_transport=Trapped())
with Checkpoint.open(folder, clock=clock, on_commit=point) as checkpoint:
    load(OpenPlan.open(folder / "plan"), api, checkpoint, folder)
