"""The commands around a load, on a real plan of a made-up Broadcast account, over real sockets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from plans import quiet

from adapters.broadcast.source import BroadcastSource
from migrator.bundle import Bundle
from migrator.cli.main import main
from migrator.export.progress import Silent
from migrator.export.run import export
from migrator.plan.make import make_plan
from migrator.plan.open_plan import OpenPlan
from migrator.plan.records import BuildSequence
from migrator.sandbox.broadcast.account import ADMIN_KEY
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import generate
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planned")
    clock = FakeClock()
    settings = {"BROADCAST_HOST": "http://127.0.0.1:9", "BROADCAST_API_TOKEN": ADMIN_KEY}
    account = generate()
    settings["BROADCAST_CHANNEL_ID"] = str(account.channel["id"])
    source = mock_transport(BroadcastSandbox(account))
    reading = BroadcastSource().open(settings, clock=clock, rate=0, http_transport=source)
    export(reading, folder / "bundle", clock=clock, watcher=Silent())
    reading.close()
    make_plan(Bundle.open(folder / "bundle"), {}, folder / "plan")
    return folder


class Desk:
    def __init__(self, folder: Path, sandbox: SequenzySandbox, url: str) -> None:
        self.folder, self.sandbox = folder, sandbox
        self._environment = {"SEQUENZY_API_KEY": DEFAULT_KEY, "SEQUENZY_API_URL": url}

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        options = [] if arguments[0] == "status" else ["--rate", "0"]
        command = ["-C", str(self.folder), *arguments, *options]
        result = CliRunner().invoke(main, command, env=self._environment, input=typed)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def facts(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json").stdout)


@pytest.fixture
def desk(tmp_path: Path, planned: Path) -> Iterator[Desk]:
    folder = tmp_path / "acme"
    shutil.copytree(planned, folder)
    sandbox = SequenzySandbox(limits=None, import_polls=0)
    with serving(sandbox) as url:
        yield Desk(folder, sandbox, url)


def test_the_whole_way_from_dry_run_to_undo(desk: Desk) -> None:
    assert "plan" == desk.facts("status")["stage"]
    dry = desk.run("load", "--dry-run")
    assert 0 == dry.exit_code, dry.output
    assert "Would write:" in dry.output
    assert [] == desk.sandbox.recorded
    loaded = desk.run("load")
    assert loaded.exit_code in (0, 3), loaded.output
    assert "Nothing was enabled" in loaded.output
    assert ("drafts", "verify") == (desk.facts("status")["stage"], desk.facts("status")["next"])
    verified = desk.run("verify", "--no-settling")
    assert 0 == verified.exit_code, verified.output
    assert "The target equals the plan." in verified.output
    assert "verified" == desk.facts("status")["stage"]
    assert quiet(desk.sandbox)
    undone = desk.run("undo", "--yes")
    assert 0 == undone.exit_code, undone.output
    state = desk.sandbox.state
    assert [] == [*state.subscribers, *state.lists, *state.segments, *state.templates, *state.sequences]


def test_a_second_load_says_that_there_is_nothing_to_do(desk: Desk) -> None:
    first = desk.run("load")
    assert "Nothing to do" not in first.output
    again = desk.run("load")
    assert "Nothing to do: everything is already there." in again.output
    counts = desk.facts("load")["counts"]
    assert {0} == {one[name] for one in counts.values() for name in ("added", "updated", "open", "failed")}


def test_a_trial_loads_a_few_people_and_one_sequence(desk: Desk) -> None:
    result = desk.run("load", "--limit", "3", "--only", "people,sequences", "--sequence", "7")
    assert result.exit_code in (0, 3), result.output
    assert len(desk.sandbox.state.subscribers) <= 6
    assert 1 == len(desk.sandbox.state.sequences)
    assert ("drafts", "load") == (desk.facts("status")["stage"], desk.facts("status")["next"])
    whole = desk.run("load")
    assert whole.exit_code in (0, 3), whole.output
    verified = desk.run("verify", "--no-settling")
    assert 0 == verified.exit_code, verified.output


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_misspelt_sequence_is_refused_before_anything_is_written(desk: Desk, dry: tuple[str, ...]) -> None:
    result = desk.run("load", "--sequence", "999", *dry)
    assert 2 == result.exit_code
    assert "There is no such sequence in the plan (999)" in result.stderr
    assert [] == desk.sandbox.recorded


def test_a_plan_edited_by_hand_is_refused(desk: Desk) -> None:
    path = desk.folder / "plan/people/actives.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"active"', b'"bounced"', 1))
    result = desk.run("load")
    assert 1 == result.exit_code
    assert "was changed after it was made" in result.stderr
    assert [] == desk.sandbox.recorded


def test_a_changed_bundle_makes_the_plan_stale(desk: Desk) -> None:
    manifest = desk.folder / "bundle/manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"account"', b'"account" ', 1))
    result = desk.run("load")
    assert 1 == result.exit_code
    assert [] == desk.sandbox.recorded


def test_changed_mappings_make_the_plan_stale(desk: Desk) -> None:
    (desk.folder / "mappings.toml").write_text('[consent]\npending = "leave_behind"\n')
    result = desk.run("load")
    assert 1 == result.exit_code
    assert "out of date" in result.stderr
    assert [] == desk.sandbox.recorded


def test_a_missing_key_is_one_sentence(desk: Desk) -> None:
    result = CliRunner().invoke(main, ["-C", str(desk.folder), "load"], env={"SEQUENZY_API_KEY": ""})
    assert 1 == result.exit_code
    assert "SEQUENZY_API_KEY is not set" in result.stderr


def test_enable_starts_one_sequence_after_its_name_was_typed(desk: Desk) -> None:
    ready, _ = _sequences(desk)
    key, name = ready
    desk.run("load", "--only", "lists,segments,sequences")
    unsafe = desk.run("enable", "--sequence", key, "--confirm-name", name)
    assert 3 == unsafe.exit_code
    assert "opted out, bounced or complained at the source, and that does not hold here" in unsafe.stderr
    assert quiet(desk.sandbox)
    desk.run("load")
    assert 2 == desk.run("enable", "--sequence", key, "--confirm-name", "another").exit_code
    assert quiet(desk.sandbox)
    result = desk.run("enable", "--sequence", key, typed=f"{name}\n")
    assert result.exit_code in (0, 3), result.output
    assert "will be started by" in result.output
    assert [name] == [one.name for one in desk.sandbox.state.sequences.values() if one.status == "active"]
    assert not desk.sandbox.state.outbox
    assert not desk.sandbox.state.enrollments


def test_a_blocked_sequence_cannot_be_enabled(desk: Desk) -> None:
    _, (key, name) = _sequences(desk)
    desk.run("load", "--only", "lists,segments,sequences", "--sequence", key)
    result = desk.run("enable", "--sequence", key, "--confirm-name", name)
    assert 3 == result.exit_code
    assert "must not be enabled yet" in result.stderr
    assert quiet(desk.sandbox)


def _sequences(desk: Desk) -> tuple[tuple[str, str], tuple[str, str]]:
    """Id and name of one that is ready, and of one that a person must settle first."""
    opened = OpenPlan.open(desk.folder / "plan", check=False)
    found: dict[bool, tuple[str, str]] = {}
    for one in opened.operations(BuildSequence):
        graph = opened.sequence(one).graph
        blocked = bool(graph.blocks_enabling or any(node.blocks_enabling for node in graph.nodes))
        if "/" not in one.key:
            found.setdefault(blocked, (one.key.removeprefix("sequence:"), one.name))
    return found[False], found[True]
