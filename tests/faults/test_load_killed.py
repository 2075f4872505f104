"""A load killed anywhere and started again ends exactly as an unbroken one, with nothing twice.

Every point is tried: before and after each request (after: the server acted, the answer never arrived), and before
and after each commit of the checkpoint. In the default run every few points in this process, by an exception that
nothing catches; the slow run takes every point, and kills real processes at a sample of them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from plans import Bench, picture, quiet, representative

from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving

STRIDE = 7
"""The default run takes every seventh point; the slow one all of them."""


class Killed(BaseException):
    """Nothing may catch this: the process is gone."""


class Trap:
    """Counts the places where a process can die, and dies at one of them; dead, it does nothing any more."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.passed = at, 0

    def point(self, _: str = "") -> None:
        if self.at is not None and self.passed >= self.at:
            raise Killed
        self.passed += 1

    def transport(self, inner: httpx.BaseTransport) -> httpx.BaseTransport:
        trap = self

        class Trapped(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                trap.point()
                reply = inner.handle_request(request)
                trap.point()
                return reply

        return Trapped()


def run(folder: Path, sandbox: SequenzySandbox, trap: Trap) -> Bench:
    bench = Bench(folder, sandbox=sandbox, transport=trap.transport)
    bench.load(on_commit=trap.point)
    return bench


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, int]:
    """The end state of an unbroken run, and how many points it has."""
    folder = tmp_path_factory.mktemp("unbroken")
    representative().write(folder)
    trap, sandbox = Trap(), SequenzySandbox(limits=None)
    run(folder, sandbox, trap)
    return picture(sandbox), trap.passed


def points(total: int, stride: int, offset: int) -> Iterator[int]:
    yield from range(offset, total, stride)


def check_point(folder: Path, at: int, wanted: Any) -> None:
    representative().write(folder)
    sandbox = SequenzySandbox(limits=None)
    with pytest.raises(Killed):
        run(folder, sandbox, Trap(at))
    assert quiet(sandbox), at
    bench = run(folder, sandbox, Trap())
    assert wanted == picture(sandbox), at
    assert quiet(sandbox), at
    _nothing_twice(sandbox, at)
    writes = bench.writes()
    bench.load()
    assert writes == bench.writes(), at


def _nothing_twice(sandbox: SequenzySandbox, at: int) -> None:
    state = sandbox.state
    for things in (state.lists, state.segments, state.templates, state.sequences):
        names = [one.name for one in things.values()]
        assert len(names) == len(set(names)), at
    imported = [one.content_hash for one in state.imports.values()]
    assert len(imported) == len(set(imported)), at


@pytest.mark.parametrize("offset", range(4))
def test_killed_at_many_points_and_resumed_equals_unbroken(
    tmp_path: Path, unbroken: tuple[Any, int], offset: int
) -> None:
    wanted, total = unbroken
    assert total > 100
    for at in points(total, 4 * STRIDE, offset * STRIDE):
        check_point(tmp_path / str(at), at, wanted)


@pytest.mark.slow
@pytest.mark.parametrize("offset", range(8))
def test_killed_at_every_point_and_resumed_equals_unbroken(
    tmp_path: Path, unbroken: tuple[Any, int], offset: int
) -> None:
    wanted, total = unbroken
    for at in points(total, 8, offset):
        check_point(tmp_path / str(at), at, wanted)


def test_killed_again_and_again_it_still_comes_to_its_end(tmp_path: Path, unbroken: tuple[Any, int]) -> None:
    """Each life is a few points longer than the look at the target takes."""
    wanted, _ = unbroken
    representative().write(tmp_path)
    sandbox = SequenzySandbox(limits=None)
    for life in range(60):
        try:
            run(tmp_path, sandbox, Trap(45 + life % 7))
        except Killed:
            continue
        break
    else:
        pytest.fail("it never came to its end")
    assert wanted == picture(sandbox)


def test_a_lost_checkpoint_makes_nothing_twice(tmp_path: Path, unbroken: tuple[Any, int]) -> None:
    wanted, total = unbroken
    for at in (total // 3, total // 2, total - 5):
        folder = tmp_path / str(at)
        representative().write(folder)
        sandbox = SequenzySandbox(limits=None)
        with pytest.raises(Killed):
            run(folder, sandbox, Trap(at))
        for path in folder.glob("checkpoint.sqlite*"):
            path.unlink()
        run(folder, sandbox, Trap())
        assert wanted == picture(sandbox), at
        assert quiet(sandbox)


# --- real processes ---


def child(folder: Path, url: str, at: int | None) -> int:
    driver = Path(__file__).with_name("load_driver.py")
    command = [sys.executable, str(driver), str(folder), url, DEFAULT_KEY, str(-1 if at is None else at)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode


def _child_points(sample: int) -> Callable[[int], list[int]]:
    return lambda total: list(range(3, total, max(1, total // sample)))


@pytest.mark.parametrize("sample", [2, pytest.param(25, marks=pytest.mark.slow)])
def test_a_process_killed_for_real_goes_on(tmp_path: Path, unbroken: tuple[Any, int], sample: int) -> None:
    wanted, total = unbroken
    for at in _child_points(sample)(total):
        folder = tmp_path / str(at)
        representative().write(folder)
        sandbox = SequenzySandbox(limits=None)
        with serving(sandbox) as url:
            assert -9 == child(folder, url, at), at
            assert quiet(sandbox)
            assert 0 == child(folder, url, None), at
        assert wanted == picture(sandbox), at
        assert quiet(sandbox)
