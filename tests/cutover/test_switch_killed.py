"""A switch killed anywhere and started again ends as an unbroken one: nobody in both, nobody in neither."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rehearsal import START, Killed, OneClock, Rehearsal, Trap, account

from migrator.sandbox.broadcast.account import Account
from migrator.sandbox.broadcast.app import BroadcastSandbox

STRIDE = 17
"""The default run tries every seventeenth point; the slow one all of them."""


class Prepared:
    """One loaded account, copied for each try instead of loaded again."""

    def __init__(self, folder: Path) -> None:
        self.first = Rehearsal.begin(folder, account(people=10))
        self.data = msgspec.json.encode(self.first.source.account)

    def copy(self, folder: Path) -> Rehearsal:
        import copy

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


@pytest.mark.slow
@pytest.mark.parametrize("offset", range(8))
def test_killed_at_every_point_and_started_again_it_ends_as_unbroken(
    prepared: Prepared, unbroken: tuple[Any, int], tmp_path: Path, offset: int
) -> None:
    wanted, total = unbroken
    for at in range(offset, total, 8):
        check(prepared, tmp_path / str(at), at, wanted)
