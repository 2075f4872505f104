"""`migrate sync` on the command line, against two local platforms over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from following import Following, small_source

from adapters.broadcast.source import BroadcastSource
from migrator.cli.main import main
from migrator.cli.sync import seconds_of
from migrator.errors import EXIT_FINDINGS, UsageError
from migrator.sandbox.broadcast.account import ADMIN_KEY
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving
from migrator.transport import clock as clocks


class Terminal:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        source = small_source(24)
        self.url = stack.enter_context(serving(source))
        self.following = Following(folder, source=source, url=self.url).begin()
        self.environment = {
            "BROADCAST_HOST": self.url,
            "BROADCAST_API_TOKEN": ADMIN_KEY,
            "BROADCAST_CHANNEL_ID": "3",
            "SEQUENZY_API_URL": stack.enter_context(serving(self.following.target)),
            "SEQUENZY_API_KEY": DEFAULT_KEY,
        }

    def run(self, *arguments: str) -> Result:
        command = ["-C", str(self.following.folder), *arguments]
        result = CliRunner().invoke(main, command, env=self.environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    with ExitStack() as stack:
        yield Terminal(tmp_path / "one", stack)


def test_a_sync_tells_what_it_changed_and_names_what_it_kept(terminal: Terminal) -> None:
    terminal.following.day_passes()
    before = terminal.following.writes()
    shown = terminal.run("sync", "--dry-run", "--rate", "0").output
    assert "Would change:" in shown
    assert "People: 1 new, 1 no longer mailed" in shown
    assert before == terminal.following.writes()
    result = terminal.run("sync", "--rate", "0")
    assert EXIT_FINDINGS == result.exit_code
    assert "People: 1 new, 1 no longer mailed" in result.output
    assert "Deleted at the source: 1 person. They stay at Sequenzy as they are." in result.output
    facts = json.loads(terminal.run("sync", "--rate", "0", "--json").stdout.splitlines()[-1])
    assert (True, 0) == (facts["ok"], facts["writes"])


def test_export_plan_and_load_go_the_same_way(terminal: Terminal) -> None:
    terminal.following.day_passes()
    marker = terminal.following.target.state.sequences
    ids = sorted(marker)
    terminal.run("export", "broadcast", "--rate", "0")
    terminal.run("plan")
    shown = terminal.run("load", "--dry-run", "--rate", "0").output
    assert "People: 1 new, 1 no longer mailed" in shown
    result = terminal.run("load", "--rate", "0")
    assert "Changed since the last load:" in result.output
    assert ids == sorted(terminal.following.target.state.sequences)
    assert "Nothing to do" in terminal.run("load", "--rate", "0").output


def test_watching_syncs_again_and_stops_tidily(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    real = clocks.SystemClock.sleep

    def sleep(self: Any, seconds: float) -> None:
        if seconds < 600:
            return real(self, 0)
        waited.append(seconds)
        if len(waited) == 2:
            raise clocks.interrupted()
        terminal.following.day_passes()
        return None

    monkeypatch.setattr(clocks.SystemClock, "sleep", sleep)
    result = terminal.run("sync", "--watch", "15m", "--rate", "0")
    assert 0 == result.exit_code
    assert [900.0, 900.0] == waited
    assert "Nothing to write" in result.output
    assert "People: 1 new, 1 no longer mailed" in result.output
    assert "Stopped. 2 syncs were finished; nothing is half written." in result.output


def test_a_bundle_of_files_cannot_be_read_again(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BroadcastSource, "settings", ())
    result = terminal.run("sync", "--rate", "0")
    assert 2 == result.exit_code
    assert "this account came from files" in result.output


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("2H", 7200), (" 1.5m ", 90)])
def test_a_time_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert seconds == seconds_of(text)


@pytest.mark.parametrize("text", ["", "15", "m", "0s", "-5m", "15 minutes"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no time to wait"):
        seconds_of(text)
