"""A switch killed anywhere and started again ends as an unbroken one: nobody in both, nobody in neither."""

from __future__ import annotations

import copy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rehearsal import START, Killed, OneClock, Rehearsal, Trap, account

from migrator.sandbox.broadcast.account import Account
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving

STRIDE = 29
"""The default run tries every twenty-ninth point; the slow one all of them."""


class Prepared:
    """One loaded account, copied for each try instead of loaded again."""

    def __init__(self, folder: Path) -> None:
        self.first = Rehearsal.begin(folder, account(people=10))
        self.data = msgspec.json.encode(self.first.source.account)

    def copy(self, folder: Path) -> Rehearsal:
        shutil.copytree(self.first.folder, folder)
        source = BroadcastSandbox(msgspec.json.decode(self.data, type=Account))
        target = type(self.first.target)(limits=None, now=START, import_polls=0)
        target.state = copy.deepcopy(self.first.target.state)
        return Rehearsal(folder, source, target, OneClock(source, target, self.first.clock.now()))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return Prepared(tmp_path_factory.mktemp("prepared") / "desk")


@pytest.fixture(scope="module")
def unbroken(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, int]:
    desk, trap = prepared.copy(tmp_path_factory.mktemp("unbroken") / "desk"), Trap()
    desk.switch(trap=trap)
    return desk.picture(), trap.passed


def check(prepared: Prepared, folder: Path, at: int, wanted: Any) -> None:
    desk = prepared.copy(folder)
    before = desk.inside_source()
    with pytest.raises(Killed):
        desk.switch(trap=Trap(at))
    outcome = desk.switch()
    assert wanted == desk.picture(), at
    assert sum(outcome.tally["7"].values()) == len(before), at
    assert not desk.inside_source() & desk.inside_target(), at


@pytest.mark.parametrize("offset", range(2))
def test_killed_at_many_points_and_started_again_it_ends_as_unbroken(
    prepared: Prepared, unbroken: tuple[Any, int], tmp_path: Path, offset: int
) -> None:
    wanted, total = unbroken
    assert total > 100
    for at in range(offset * STRIDE, total, 2 * STRIDE):
        check(prepared, tmp_path / str(at), at, wanted)


@pytest.mark.nightly
@pytest.mark.parametrize("offset", range(8))
def test_killed_at_every_point_and_started_again_it_ends_as_unbroken(
    prepared: Prepared, unbroken: tuple[Any, int], tmp_path: Path, offset: int
) -> None:
    wanted, total = unbroken
    for at in range(offset, total, 8):
        check(prepared, tmp_path / str(at), at, wanted)


# --- real processes ---


def child(desk: Rehearsal, source: str, target: str, at: int) -> int:
    driver = Path(__file__).with_name("switch_driver.py")
    now = desk.clock.now().isoformat()
    command = [sys.executable, str(driver), str(desk.folder), source, desk.key, target, DEFAULT_KEY, now, str(at)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode


@pytest.mark.parametrize("share", [0.75, *(pytest.param(one / 20, marks=pytest.mark.nightly) for one in range(20))])
def test_a_process_killed_for_real_goes_on(
    prepared: Prepared, unbroken: tuple[Any, int], tmp_path: Path, share: float
) -> None:
    wanted, total = unbroken
    desk = prepared.copy(tmp_path / "desk")
    with serving(desk.source) as source, serving(desk.target) as target:
        assert -9 == child(desk, source, target, int(total * share))
        assert not desk.inside_source() & desk.inside_target()
        assert 0 == child(desk, source, target, -1)
    assert wanted == desk.picture()
