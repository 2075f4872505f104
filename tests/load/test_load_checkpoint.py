"""The checkpoint: one row a unit, one writer, readable while it is written, and told in one screen."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import Bench, representative

from migrator.errors import Interrupted, WorkspaceError
from migrator.load.checkpoint import Checkpoint, State, Unit
from migrator.load.run import forecast
from migrator.load.stages import standing
from migrator.load.work import Silent, digest_of
from migrator.plan.open_plan import OpenPlan
from migrator.transport.clock import FakeClock
from tests.looks import looks


def opened(folder: Path) -> Checkpoint:
    return Checkpoint.open(folder, clock=FakeClock())


def test_a_unit_goes_from_intended_to_confirmed_and_is_remembered(tmp_path: Path) -> None:
    unit = Unit("list:1", result={"before": []})
    with opened(tmp_path) as checkpoint:
        checkpoint.intend([unit])
        checkpoint.sending(unit, request_hash="aa")
        checkpoint.confirm(unit, "list_1", {"existed": False})
    with opened(tmp_path) as checkpoint:
        found = checkpoint.unit("list:1")
    assert found is not None
    assert (State.CONFIRMED, "list_1", "aa", 1) == (found.state, found.target_id, found.request_hash, found.attempts)


def test_intending_again_changes_nothing(tmp_path: Path) -> None:
    unit = Unit("list:1")
    with opened(tmp_path) as checkpoint:
        checkpoint.confirm(unit, "list_1")
        checkpoint.intend([unit])
        found = checkpoint.unit("list:1")
    assert found is not None
    assert State.CONFIRMED is found.state


def test_a_block_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with opened(tmp_path) as checkpoint:
        with contextlib.suppress(Interrupted), checkpoint.writing():
            checkpoint.put_note("a", 1)
            checkpoint.confirm(Unit("list:1"), "list_1")
            raise Interrupted("stopped")
        assert (None, None) == (checkpoint.note("a"), checkpoint.unit("list:1"))


def test_it_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    with opened(tmp_path) as checkpoint:
        checkpoint.confirm(Unit("list:1"), "list_1")
        reader = Checkpoint.look(tmp_path, clock=FakeClock())
        assert reader is not None
        with reader:
            assert reader.unit("list:1") is not None
            holder = reader.holder()
            assert holder is not None
            assert str(os.getpid()) in holder
            with pytest.raises(WorkspaceError):
                reader.put_note("a", 1)
    reader = Checkpoint.look(tmp_path, clock=FakeClock())
    assert reader is not None
    with reader:
        assert reader.holder() is None


def test_the_lock_of_a_process_that_is_gone_is_free(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from migrator.load.checkpoint import Checkpoint;"
        "from migrator.transport.clock import SystemClock;"
        "Checkpoint.open(Path(sys.argv[1]), clock=SystemClock()); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert 9 == done.returncode
    with opened(tmp_path) as checkpoint:
        assert checkpoint.holder() is not None


def test_digests_know_an_address_in_any_case() -> None:
    assert digest_of("Ada@Example.com ") == digest_of("ada@example.com")


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(list(State))), max_size=12))
@settings(max_examples=looks(25), deadline=None)
def test_the_tally_counts_each_unit_in_its_latest_state(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, State]]
) -> None:
    wanted: dict[str, State] = {}
    with opened(tmp_path_factory.mktemp("tally")) as checkpoint:
        for part, state in steps:
            unit = Unit("people:x", part)
            if state is State.INTENDED:
                checkpoint.intend([unit])
                wanted.setdefault(part, state)
                continue
            if state is State.SENT:
                checkpoint.sending(unit)
            elif state is State.CONFIRMED:
                checkpoint.confirm(unit)
            else:
                checkpoint.reject(unit, "no")
            wanted[part] = state
        tally = checkpoint.tally().get("people:x", {})
    assert {state.value: list(wanted.values()).count(state) for state in set(wanted.values())} == tally


# --- one screen ---


def test_status_names_the_next_step_at_every_stage(tmp_path: Path) -> None:
    clock = FakeClock()
    assert "sources" == standing(tmp_path, clock=clock).next
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle/manifest.json").write_text("{}")
    assert "plan" == standing(tmp_path, clock=clock).next
    representative().write(tmp_path)
    assert "report" == standing(tmp_path, clock=clock).next
    bench = Bench(tmp_path, clock=clock)
    bench.load(only=("people",))
    half = standing(tmp_path, clock=clock)
    assert ("load", 15, 2) == (half.next, half.counts["people"].done, half.counts["sequences"].open)
    assert half.remaining is not None
    assert half.remaining.requests > 0
    bench.load()
    assert "verify" == standing(tmp_path, clock=clock).next
    bench.verify()
    done = standing(tmp_path, clock=clock)
    assert "report" == done.next
    assert "verified" == done.stage
    assert done.verified is not None
    assert done.facts()["counts"]["people"]["open"] == 0


def test_planned_is_always_added_updated_skipped_failed_and_open(tmp_path: Path) -> None:
    representative().write(tmp_path)
    bench = Bench(tmp_path)
    for wanted in ({"only": ("people",), "limit": 2}, {"only": ("people",)}, {}):
        bench.load(**wanted)
        for one in standing(tmp_path, clock=bench.clock).counts.values():
            assert one.planned == one.done + one.open
    assert 15 == standing(tmp_path, clock=bench.clock).counts["people"].added


# --- how long it takes ---


def test_no_stage_of_a_load_is_silent_and_the_forecast_is_near_what_is_sent(tmp_path: Path) -> None:
    class Heard(Silent):
        def __init__(self) -> None:
            self.done: dict[str, int] = {}

        def finished(self, name: str, rows: int, remark: str = "") -> None:
            self.done[name] = rows

    representative().write(tmp_path)
    bench = Bench(tmp_path)
    ahead = forecast(OpenPlan.open(tmp_path / "plan"), None, None)
    heard = Heard()
    summary = bench.load(watcher=heard)
    for kind in ("lists", "segments", "templates", "sequences"):
        assert heard.done[kind] == summary.counts[kind].planned
    assert 0.6 * summary.requests <= ahead.requests <= 1.6 * summary.requests
    assert ahead.seconds >= 1
