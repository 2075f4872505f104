"""Ctrl-C on a real `migrate load`: once ends tidily with exit code 130, and the next run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from plans import Bench, PlanMaker, people, quiet

from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving
from migrator.sandbox.web import Request, Response

DRIVER = """
import sys
sys.path.insert(0, sys.argv[1])
from migrator.plan import open_plan
# These plans are written by hand and have no bundle beside them.
open_plan.open_fresh = lambda workspace, check=True: open_plan.OpenPlan.open(workspace / "plan", check=check)
from migrator.cli.main import main
main(["-C", sys.argv[2], "load", "--rate", "0"], prog_name="migrate")
"""


class Slow(SequenzySandbox):
    """Tells when the third import arrives, and holds its answer until the signal was sent."""

    def __init__(self) -> None:
        super().__init__(limits=None)
        self.reached, self.go_on = threading.Event(), threading.Event()

    def handle(self, request: Request) -> Response:
        if request.raw_path.endswith("/imports") and len(self.state.imports) == 2:
            self.reached.set()
            self.go_on.wait(30)
        return super().handle(request)


def run(folder: Path, url: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "SEQUENZY_API_KEY": DEFAULT_KEY, "SEQUENZY_API_URL": url}
    command = [sys.executable, "-c", DRIVER, str(Path(__file__).parents[2]), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def test_ctrl_c_once_drains_and_the_next_run_goes_on(tmp_path: Path) -> None:
    PlanMaker(actives=people(100), batch=10).write(tmp_path)
    sandbox = Slow()
    with serving(sandbox) as url:
        child = run(tmp_path, url)
        assert sandbox.reached.wait(60)
        child.send_signal(signal.SIGINT)
        sandbox.go_on.set()
        output, errors = child.communicate(timeout=60)
        assert 130 == child.returncode, errors
        assert "goes on where it stopped" in errors
        assert "Traceback" not in errors + output
        assert 3 == len(sandbox.state.imports), "the request under way was finished, and no other was started"
        again = run(tmp_path, url)
        _, errors = again.communicate(timeout=60)
        assert 0 == again.returncode, errors
    assert 10 == len(sandbox.state.imports)
    assert 100 == len(sandbox.state.subscribers)
    assert quiet(sandbox)
    assert Bench(tmp_path, sandbox=sandbox).load().complete
    assert 10 == len(sandbox.state.imports)
