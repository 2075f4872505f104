"""What a load costs in requests and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from plans import Bench, PlanMaker, people

from migrator.load.pace import Pace
from migrator.load.run import forecast
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.transport.clock import FakeClock


def test_a_hundred_people_in_batches_of_ten_are_ten_imports(tmp_path: Path) -> None:
    PlanMaker(actives=people(100), batch=10).write(tmp_path)
    bench = Bench(tmp_path)
    summary = bench.load()
    assert 10 == len(bench.writes())
    # The look at the target takes a fixed number; then each import is asked about once, and the newest once more.
    assert summary.requests <= 10 + 11 + 13
    assert forecast(bench.opened(), None, 100).requests >= 20


@pytest.mark.slow
def test_a_hundred_thousand_people_are_twenty_imports(tmp_path: Path) -> None:
    PlanMaker(actives=people(100_000)).write(tmp_path)
    bench = Bench(tmp_path, sandbox=SequenzySandbox(limits=None))
    summary = bench.load()
    assert summary.complete
    assert 20 == len(bench.writes())
    assert summary.requests <= 20 + 21 + 13
    counts = bench.verify()
    assert counts.equal


ROOT = Path(__file__).parents[2]


@pytest.fixture
def sink() -> Iterator[str]:
    """A target in a process of its own that keeps nothing: then only the loader can grow."""
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "bench/load_sink.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip()
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(timeout=20)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_people(tmp_path: Path, sink: str) -> None:
    sizes = []
    for count in (20_000, 100_000):
        folder = tmp_path / str(count)
        PlanMaker(actives=people(count)).write(folder)
        command = [
            sys.executable,
            str(ROOT / "bench/load.py"),
            "--variant",
            "load",
            "--work",
            str(folder),
            "--url",
            sink,
        ]
        sizes.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["megabytes"])
    assert sizes[1] - sizes[0] <= 5, sizes
    assert sizes[1] <= 64


def test_progress_tells_speed_and_the_time_that_the_limit_leaves() -> None:
    clock, said = FakeClock(), []
    pace = Pace(clock, 100, said.append)
    pace.collection("people:actives", 1_000_000)
    pace.progress("people:actives", 100_000)
    clock.advance(20)
    pace.progress("people:actives", 200_000)
    clock.advance(1)
    pace.progress("people:actives", 205_000)
    # 160 batches, each an import and a look, and a look more for each twenty: 328 calls at a hundred a minute.
    assert ["people:actives: 200,000 of 1,000,000, 5,000 people/s, about 3 min left"] == said
