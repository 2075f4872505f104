"""A server that knows only the introductory documents: contacts one by one, simple sequences, the rest told."""

from __future__ import annotations

from pathlib import Path

from plans import Bench, PlanMaker, branching_graph, people, person, plain_graph, quiet

from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.seed_contract import ROUTES


def seed_bench(folder: Path, maker: PlanMaker) -> Bench:
    maker.write(folder)
    return Bench(folder, sandbox=SequenzySandbox(limits=None, contract="seed"))


def maker() -> PlanMaker:
    return PlanMaker(
        actives=people(14, tags=["lead"], createdAt="2023-02-01T08:00:00.000Z"),
        opt_outs=[person(90, status="unsubscribed"), person(91, status="bounced")],
        complaints=["person90@example.com"],
        graphs=[plain_graph(1), branching_graph(2, list_key=None)],
    )


def test_people_and_simple_sequences_arrive(tmp_path: Path) -> None:
    bench = seed_bench(tmp_path, maker())
    summary = bench.load()
    assert 16 == len(bench.sandbox.state.subscribers)
    assert (14, 1, 1) == tuple(
        sum(one.status == status for one in bench.sandbox.state.subscribers.values())
        for status in ("active", "unsubscribed", "bounced")
    )
    assert ["Welcome"] == [one.name for one in bench.sandbox.state.sequences.values()]
    assert 1 == summary.counts["sequences"].failed
    assert any("no field for createdAt" in text for text in summary.fallbacks)
    assert quiet(bench.sandbox)


def test_only_documented_calls_and_fields_are_sent(tmp_path: Path) -> None:
    bench = seed_bench(tmp_path, maker())
    bench.load()
    for one in bench.sandbox.recorded:
        assert one["status"] in (200, 201, 404), one
    allowed = (ROUTES["POST /subscribers"] or "").split()
    for one in bench.sandbox.recorded:
        if one["path"] == "/subscribers":
            assert set(one["body"]) <= set(allowed)
            assert one["body"]["enrollInSequences"] is False
            assert [] == one["body"]["lists"]


def test_a_second_load_repeats_nothing(tmp_path: Path) -> None:
    bench = seed_bench(tmp_path, maker())
    bench.load()
    writes = bench.writes()
    bench.load()
    assert writes == bench.writes()


def test_the_documented_calls_can_be_asked_for(tmp_path: Path) -> None:
    made = maker()
    made.graphs = [plain_graph(1)]
    made.write(tmp_path)
    bench = Bench(tmp_path)
    bench.load(contract="seed")
    assert "/subscribers/imports" not in {path for _, path in bench.writes()}
    assert 16 == len(bench.sandbox.state.subscribers)
    assert quiet(bench.sandbox)


def test_a_lost_answer_leaves_one_sequence(tmp_path: Path) -> None:
    from migrator.sandbox.sequenzy.faults import Fault

    made = maker()
    made.graphs = [plain_graph(1)]
    bench = seed_bench(tmp_path, made)
    bench.sandbox.faults.append(Fault(route="POST /sequences", kind="hang", after=True))
    bench.load()
    assert 1 == len(bench.sandbox.state.sequences)


def test_an_opt_out_reaches_somebody_active_without_bulk_import(tmp_path: Path) -> None:
    from migrator.transport.answers import Safety

    bench = seed_bench(tmp_path, maker())
    bench.api().send("POST", "/subscribers", {"email": "person90@example.com", "lists": []}, safety=Safety.REPEATABLE)
    bench.load()
    assert "unsubscribed" == bench.contact("person90@example.com").status
