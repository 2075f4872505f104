"""`migrate cutover`, `stop` and `back` on the command line, against two local platforms over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rehearsal import Rehearsal

from migrator.cli.main import main
from migrator.cutover import at_target, entrances
from migrator.cutover.fates import NEAR
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving
from migrator.transport import clock as clocks

MEAN = ("--yes-i-mean", "Sequence 7", "--yes-i-mean", "Sequence 8")


class Terminal:
    """A workspace whose platforms answer on loopback; the computer's clock stands where theirs do."""

    def __init__(self, desk: Rehearsal, stack: ExitStack) -> None:
        self.desk = desk
        self.environment = {
            "BROADCAST_HOST": stack.enter_context(serving(desk.source)),
            "BROADCAST_API_TOKEN": desk.key,
            "BROADCAST_CHANNEL_ID": "3",
            "SEQUENZY_API_URL": stack.enter_context(serving(desk.target)),
            "SEQUENZY_API_KEY": DEFAULT_KEY,
        }

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        command = ["-C", str(self.desk.folder), *arguments, "--rate", "0"]
        result = CliRunner().invoke(main, command, env=self.environment, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def writes(self) -> tuple[list[Any], list[Any]]:
        at_source = [one for one in self.desk.source.recorded if not one.path.startswith("/_sandbox")]
        return at_source, [one for one in self.desk.target.recorded if one["method"] != "GET"]


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    desk = Rehearsal.begin(tmp_path / "desk")
    monkeypatch.setattr(clocks.SystemClock, "now", lambda self: desk.clock.now())
    monkeypatch.setattr(at_target, "SETTLES", 0.0)
    monkeypatch.setattr(entrances, "BUSY_PAUSE", 0.0)
    with ExitStack() as stack:
        yield Terminal(desk, stack)


def test_a_dry_run_shows_who_continues_and_writes_nowhere(terminal: Terminal) -> None:
    at_source, at_there = terminal.writes()
    shown = terminal.run("cutover", "--dry-run")
    assert 0 == shown.exit_code, shown.output
    assert "continue at Sequenzy" in shown.output
    assert "closes the tag start-7 (init_tag)" in shown.output
    facts = json.loads(terminal.run("cutover", "--dry-run", "--json").stdout)
    for one in facts["plan"]:
        parts = one["continues"] + one["finishes"] + one["ends"] + one["listed"] + one["after_pilot"]
        assert one["inside"] == parts > 0
    assert terminal.writes() == (at_source, at_there)


def test_a_wrong_name_changes_nothing(terminal: Terminal) -> None:
    refused = terminal.run("cutover", "--sequence", "7", typed="Sequence 77\n")
    assert 2 == refused.exit_code
    assert terminal.writes()[0] == []
    assert all(one.status == "draft" for one in terminal.desk.target.state.sequences.values())


def test_a_typed_name_switches_one_sequence_and_status_names_the_next(terminal: Terminal) -> None:
    before = terminal.desk.inside_source()
    done = terminal.run("cutover", "--sequence", "7", typed="Sequence 7\n")
    assert done.exit_code == 0, done.output
    assert before == terminal.desk.inside_source() | terminal.desk.inside_target()
    status = json.loads(terminal.run("status", "--json").stdout)
    assert status["stage"] == "switched"


def test_a_pilot_moves_so_many_and_the_next_run_the_others(terminal: Terminal) -> None:
    before = terminal.desk.inside_source()
    pilot = terminal.run("cutover", "--sequence", "7", "--pilot", "2", "--yes-i-mean", "Sequence 7")
    assert pilot.exit_code == 3, pilot.output
    assert len(terminal.desk.inside_target()) == 2
    again = terminal.run("cutover", "--sequence", "7", "--pilot", "2", "--yes-i-mean", "Sequence 7")
    assert len(terminal.desk.inside_target()) == 2, again.output
    assert terminal.run("status").output.count("cutover --sequence 7")
    whole = terminal.run("cutover", "--sequence", "7", "--yes-i-mean", "Sequence 7")
    assert whole.exit_code == 0, whole.output
    assert before == terminal.desk.inside_source() | terminal.desk.inside_target()
    assert len(terminal.desk.inside_target()) > 2


@pytest.mark.parametrize("way", ["drain", "stop"])
def test_drain_leaves_everybody_at_the_source_and_stop_ends_it_for_all(terminal: Terminal, way: str) -> None:
    before = terminal.desk.inside_source()
    done = terminal.run("cutover", "--way", way, *MEAN)
    assert done.exit_code == 0, done.output
    assert terminal.desk.inside_target() == set()
    assert terminal.desk.inside_source() == (before if way == "drain" else set())
    assert {one.status for one in terminal.desk.target.state.sequences.values()} == {"active"}


def test_move_is_refused_with_the_reason_when_not_everybody_can_continue(terminal: Terminal) -> None:
    row = next(one for one in terminal.desk.source.account.enrolments if one.status == "active")
    row.status = "paused"
    before = terminal.desk.inside_source()
    refused = terminal.run("cutover", "--way", "move", *MEAN)
    assert refused.exit_code == 3
    assert "paused" in refused.output
    assert before == terminal.desk.inside_source()
    assert terminal.desk.source.account.sequences[0].init_tag == "start-7"
    assert terminal.run("cutover", "--way", "move", "--sequence", "7", *MEAN).exit_code == 3


def test_stop_switches_everything_off_from_any_state_even_without_a_workspace(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.run("cutover", *MEAN)
    for path in terminal.desk.folder.iterdir():
        if path.is_file():
            path.write_bytes(b"broken")
    stopped = terminal.run("stop")
    assert stopped.exit_code == 0, stopped.output
    assert "active" not in {one.status for one in terminal.desk.target.state.sequences.values()}
    terminal.desk.run_days(40)
    assert terminal.desk.letters(source=False) == {}


def test_back_opens_the_entrances_cancels_ours_and_names_who_is_in_neither(terminal: Terminal) -> None:
    terminal.run("cutover", *MEAN)
    moved = terminal.desk.inside_target()
    assert moved
    done = terminal.run("back", *MEAN)
    assert done.exit_code == 3, done.output
    assert [one.init_tag for one in terminal.desk.source.account.sequences] == ["start-7", "start-8"]
    assert terminal.desk.source.account.forms[0]["automation_settings"]["sequence_ids"] == [7]
    assert terminal.desk.inside_target() == set()
    named = (terminal.desk.folder / "not_put_back.csv").read_text()
    assert all(email in named for email in moved)
    assert (terminal.desk.folder / "not_put_back.csv").stat().st_mode & 0o077 == 0
    assert terminal.run("back", *MEAN).exit_code == 0


def test_nothing_but_cutover_and_back_ever_writes_to_the_source(terminal: Terminal) -> None:
    for command in (
        *(["doctor"], ["export", "broadcast"], ["plan"], ["report"], ["load", "--dry-run"], ["load"], ["verify"]),
        *(["status"], ["cutover", "--dry-run"], ["stop"], ["undo", "--yes"], ["sources"]),
    ):
        terminal.run(*([*command] if command[0] not in ("plan", "report", "sources") else command))
        assert terminal.writes()[0] == [], command


def test_who_is_due_within_minutes_is_not_taken_out(terminal: Terminal) -> None:
    soonest = min(one.next_trigger_at for one in terminal.desk.source.account.enrolments if one.next_trigger_at)
    terminal.desk.clock.sleep((soonest - terminal.desk.clock.now() - NEAR / 2).total_seconds())
    done = terminal.run("cutover", *MEAN)
    assert "due within minutes" in done.output


def test_what_was_stopped_is_not_enabled_again_without_its_name(terminal: Terminal) -> None:
    terminal.run("cutover", "--sequence", "7", "--yes-i-mean", "Sequence 7")
    terminal.run("stop")
    refused = terminal.run("cutover", "--yes-i-mean", "Sequence 8")
    assert refused.exit_code == 2, refused.output
    assert "active" not in {one.status for one in terminal.desk.target.state.sequences.values()}
    again = terminal.run("cutover", *MEAN)
    assert again.exit_code == 0, again.output
    assert {one.status for one in terminal.desk.target.state.sequences.values()} == {"active"}


def test_an_empty_sequence_can_be_switched_off_at_the_source_and_back_switches_it_on(terminal: Terminal) -> None:
    terminal.run("cutover", *MEAN)
    with ExitStack() as stack:
        desk = terminal.desk.desk(stack)
        assert entrances.switch_off_when_empty(desk, ["7"]) is not bool(terminal.desk.inside_source())
        for row in terminal.desk.source.account.enrolments:
            if row.status == "active":
                terminal.desk.source.runtime.remove(row)
        assert entrances.switch_off_when_empty(desk, ["7"])
    assert terminal.desk.source.account.sequences[0].active is False
    terminal.run("back", *MEAN)
    assert terminal.desk.source.account.sequences[0].active is True
