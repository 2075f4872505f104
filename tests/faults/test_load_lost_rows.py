"""Rows that an import loses are found by reading back and sent again. Until they are there, they are open."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import Bench, PlanMaker, people, person, picture, plain_graph, quiet

from migrator.cutover.enable import operation_of, readiness
from migrator.errors import Rejected
from migrator.load.checkpoint import Checkpoint
from migrator.load.stages import standing
from migrator.load.work import Work
from migrator.sandbox.sequenzy.faults import ImportTrouble
from migrator.transport.answers import Safety
from tests.looks import looks

OUT = [person(number, status="bounced" if number % 3 else "unsubscribed") for number in range(61, 81)]


def maker() -> PlanMaker:
    return PlanMaker(
        actives=people(60, customAttributes={"plan": "pro"}),
        opt_outs=OUT,
        complaints=["person63@example.com"],
        lists={"News": [f"person{number}@example.com" for number in range(1, 41)]},
        tags={"old": [f"person{number}@example.com" for number in range(30, 71)]},
        graphs=[plain_graph(1)],
        batch=25,
    )


def bench_with(folder: Path, *troubles: ImportTrouble) -> Bench:
    maker().write(folder)
    bench = Bench(folder)
    bench.sandbox.import_troubles.extend(troubles)
    return bench


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Any:
    bench = bench_with(tmp_path_factory.mktemp("unbroken"))
    assert bench.load().complete
    return picture(bench.sandbox)


def left_out(bench: Bench) -> dict[str, str]:
    path = bench.folder / "left_out.csv"
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {f"{row['kind']} {row['email']}": row["reason"] for row in csv.DictReader(file)}


def blocked(bench: Bench) -> str:
    with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
        work = Work(bench.opened(), bench.api(), checkpoint)
        return " ".join(readiness(work, operation_of(work, "1")).blocked)


@pytest.mark.parametrize("tells", ["chunk", "failed", "silent", "lie"])
@pytest.mark.parametrize("which", [0, 2])
def test_rows_that_an_import_loses_are_there_after_the_same_run(
    tmp_path: Path, unbroken: Any, tells: str, which: int
) -> None:
    """Of the opt-outs, or of people who may be mailed; however the target accounts for them."""
    fine = [ImportTrouble()] * which
    bench = bench_with(tmp_path, *fine, ImportTrouble(lost=frozenset(range(3, 18)), tells=tells))
    summary = bench.load()
    assert summary.complete, summary.facts()
    assert unbroken == picture(bench.sandbox)
    assert (80, 0) == (summary.counts["people"].added, summary.counts["people"].updated)
    assert quiet(bench.sandbox)


@pytest.mark.parametrize(
    "trouble", [ImportTrouble(lost=frozenset(range(25)), status="failed"), ImportTrouble(gone=True)]
)
def test_an_import_that_fails_or_is_forgotten_is_sent_again(
    tmp_path: Path, unbroken: Any, trouble: ImportTrouble
) -> None:
    bench = bench_with(tmp_path, trouble)
    assert bench.load().complete
    assert unbroken == picture(bench.sandbox)


def test_somebody_active_at_the_target_whose_opt_out_was_lost_is_opted_out_in_the_same_run(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, ImportTrouble(lost=frozenset(range(20)), tells="lie"))
    body = {"email": "person61@example.com", "lists": []}
    bench.api().send("POST", "/subscribers", body, safety=Safety.REPEATABLE)
    assert bench.load().complete
    assert "active" != bench.contact("person61@example.com").status


ALL_LOST = [ImportTrouble(lost=frozenset(range(5000)))] * 40


def test_opt_outs_that_never_arrive_are_open_everywhere_and_nothing_is_enabled(tmp_path: Path, unbroken: Any) -> None:
    bench = bench_with(tmp_path, *ALL_LOST)
    summary = bench.load()
    assert 80 == summary.counts["people"].open
    assert not summary.complete
    assert 80 == standing(bench.folder, clock=bench.clock).counts["people"].open
    assert "load" == standing(bench.folder, clock=bench.clock).next
    assert "sends them again" in left_out(bench)["people person61@example.com"]
    assert "20 are not at Sequenzy" in blocked(bench)
    assert 20 + 60 == bench.verify(settle=0.0).kinds["contact"].missing
    bench.sandbox.import_troubles.clear()
    summary = bench.load()
    assert summary.complete, summary.facts()
    assert unbroken == picture(bench.sandbox)
    assert "" == blocked(bench)
    assert {} == left_out(bench)


def test_an_opt_out_that_somebody_reversed_at_the_target_blocks_every_sequence(tmp_path: Path) -> None:
    bench = bench_with(tmp_path)
    bench.load()
    assert "" == blocked(bench)
    path = "/subscribers/person62@example.com"
    bench.api().send("PATCH", path, {"status": "active"}, safety=Safety.REPEATABLE)
    assert "1 of them can be mailed" in blocked(bench)


def test_an_opt_out_deleted_at_the_target_after_it_was_there_blocks_nothing(tmp_path: Path) -> None:
    bench = bench_with(tmp_path)
    bench.load()
    bench.api().send("DELETE", "/subscribers/person62@example.com", safety=Safety.REPEATABLE)
    assert "" == blocked(bench)


def test_a_lie_told_before_a_crash_is_named_and_brings_nobody_back_unasked(tmp_path: Path, unbroken: Any) -> None:
    """Nothing tells an import that lied from people whom their owner deleted while the load stood still."""
    bench = bench_with(tmp_path, ImportTrouble(), ImportTrouble(lost=frozenset({4}), tells="lie"))

    class Stopped(BaseException):
        pass

    def stopping(inner: httpx.BaseTransport) -> httpx.BaseTransport:
        class Stopping(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                if request.url.path.endswith("/subscribers") and len(bench.sandbox.state.imports) == 4:
                    raise Stopped
                return inner.handle_request(request)

        return Stopping()

    bench.transport = stopping
    with pytest.raises(Stopped):
        bench.load()
    bench.transport = None
    summary = bench.load()
    assert 1 == summary.counts["people"].open
    assert "--bring-back" in left_out(bench)["people person5@example.com"]
    assert bench.contact("person5@example.com") is None
    assert bench.load(bring_back=True).complete
    assert unbroken == picture(bench.sandbox)


def test_one_page_read_finds_what_a_thousand_rows_lost(tmp_path: Path) -> None:
    PlanMaker(actives=people(1000)).write(tmp_path)
    bench = Bench(tmp_path)
    bench.load(limit=1)
    quiet_run = Bench(tmp_path / "other")
    PlanMaker(actives=people(1000)).write(tmp_path / "other")
    usual = quiet_run.load().requests
    PlanMaker(actives=people(1000)).write(tmp_path / "third")
    lossy = Bench(tmp_path / "third")
    lossy.sandbox.import_troubles.append(ImportTrouble(lost=frozenset(range(0, 1000, 2))))
    summary = lossy.load()
    assert summary.complete
    assert summary.requests <= usual + 6


def test_rows_that_fail_for_their_own_sake_end_in_rejected_and_the_others_arrive(tmp_path: Path) -> None:
    rows = people(60)
    rows[7]["email"] = "no address at all"
    PlanMaker(actives=rows).write(tmp_path)
    bench = Bench(tmp_path)
    bench.sandbox.import_troubles.append(ImportTrouble(lost=frozenset(range(20, 50))))
    summary = bench.load()
    assert (59, 1, 0) == tuple(getattr(summary.counts["people"], name) for name in ("added", "failed", "open"))
    assert 1 == summary.rejected


def test_people_who_fail_in_masses_stay_open_and_stop_the_load(tmp_path: Path) -> None:
    PlanMaker(actives=[*people(40), *(person(number, email=f"bad {number}") for number in range(40))]).write(tmp_path)
    bench = Bench(tmp_path)
    with pytest.raises(Rejected, match="failed 40 of 80 rows"):
        bench.load()
    assert 40 == standing(bench.folder, clock=bench.clock).counts["people"].open


TROUBLES = st.builds(
    ImportTrouble,
    lost=st.frozensets(st.integers(0, 24), max_size=25),
    tells=st.sampled_from(["chunk", "failed", "silent", "lie"]),
    status=st.sampled_from(["completed", "completed", "failed"]),
    gone=st.booleans(),
)


class Killed(BaseException):
    pass


@given(troubles=st.lists(TROUBLES, max_size=8), kills=st.lists(st.integers(5, 120), max_size=2))
@settings(max_examples=looks(12), deadline=None)
def test_whatever_is_lost_and_wherever_it_stops_the_end_is_whole_or_named(
    tmp_path_factory: pytest.TempPathFactory, unbroken: Any, troubles: list[ImportTrouble], kills: list[int]
) -> None:
    bench = bench_with(tmp_path_factory.mktemp("lost"), *troubles)
    for at in kills:
        passed = 0

        def point(_: str, at: int = at) -> None:
            nonlocal passed
            passed += 1
            if passed >= at:
                raise Killed

        try:
            bench.load(on_commit=point)
        except (Killed, Rejected):
            continue
    summary = None
    for _ in range(2):
        try:
            summary = bench.load()
        except Rejected:
            continue
    assert summary is not None
    if summary.complete:
        assert unbroken == picture(bench.sandbox)
    missing = {f"people {row['email']}" for row in [*maker().actives, *OUT] if bench.contact(row["email"]) is None}
    assert missing <= set(left_out(bench))
    assert len(missing) == summary.counts["people"].open
    reachable = [row["email"] for row in OUT if getattr(bench.contact(row["email"]), "status", "") == "active"]
    assert not reachable
    if any(bench.contact(row["email"]) is None for row in OUT):
        assert "not at Sequenzy" in blocked(bench)
    assert quiet(bench.sandbox)
