"""A server that knows only the introductory documents: what its calls cannot carry is named, and never called equal."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from plans import Bench, PlanMaker, branching_graph, people, person, plain_graph, quiet

from migrator.bundle import BundleWriter, Manifest, Source
from migrator.cli.main import main
from migrator.load.checkpoint import Checkpoint
from migrator.model import Consent, ConsentState, Contact
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY
from migrator.sandbox.server import serving
from migrator.transport.answers import Safety
from migrator.undo.restore_people import Undone
from migrator.undo.take_back import undo

BEYOND = {"createdAt": "2023-02-01T08:00:00.000Z", "timezone": "Europe/Berlin"}


def simple() -> PlanMaker:
    return PlanMaker(actives=[person(1, firstName="Ada"), *people(11, 2, **BEYOND)], graphs=[plain_graph(1)])


def loaded(folder: Path, maker: PlanMaker, contract: str = "seed") -> Bench:
    maker.write(folder)
    bench = Bench(folder, sandbox=SequenzySandbox(limits=None, contract=contract))
    bench.load(contract="seed")
    return bench


def test_fields_that_no_call_carries_are_listed_person_by_person(tmp_path: Path) -> None:
    bench = loaded(tmp_path, simple())
    counts = bench.verify()
    assert [] == bench.rows("differing")
    rows = [row for row in bench.rows("not_carried") if row["kind"] == "contact"]
    assert 22 == len(rows)
    assert {"createdAt", "timezone"} == {row["field"] for row in rows}
    assert {
        "kind": "contact",
        "key": "people:actives",
        "name": "person2@example.com",
        "field": "timezone",
        "planned": "Europe/Berlin",
        "why": "the server's documents have no field for it",
    } in rows
    contacts = counts.kinds["contact"]
    assert (12, 1, 11, 0) == (contacts.planned, contacts.equal, contacts.partly, contacts.differing)


def test_what_could_not_be_carried_is_not_called_equal(tmp_path: Path) -> None:
    bench = loaded(tmp_path, simple())
    counts = bench.verify()
    assert counts.agrees
    assert not counts.equal
    facts = json.loads((tmp_path / "verify/counts.json").read_text())
    assert (False, True) == (facts["equal"], facts["agrees"])
    assert {"createdAt": 11, "timezone": 11} == facts["not_carried"]["contact"]
    assert quiet(bench.sandbox)


def test_settings_of_a_sequence_that_no_call_carries_are_listed(tmp_path: Path) -> None:
    bench = loaded(tmp_path, simple())
    counts = bench.verify()
    rows = [row for row in bench.rows("not_carried") if row["kind"] == "sequence"]
    assert {("Welcome", "labels"), ("Welcome", "activeSubscribersOnly")} == {
        (row["name"], row["field"]) for row in rows
    }
    assert (0, 1) == (counts.kinds["sequence"].equal, counts.kinds["sequence"].partly)


def test_what_the_server_cannot_show_is_said_and_no_error(tmp_path: Path) -> None:
    counts = loaded(tmp_path, simple()).verify()
    assert [] == counts.unchecked
    assert {"emails", "second copies of sequences"} == {one.partition(":")[0] for one in counts.no_call}


def test_a_server_without_lists_is_asked_for_none_that_the_plan_does_not_have(tmp_path: Path) -> None:
    counts = loaded(tmp_path, PlanMaker(actives=people(12))).verify()
    assert counts.equal, counts.facts()


def test_lists_and_segments_that_the_server_refused_are_counted_as_refused(tmp_path: Path) -> None:
    made = simple()
    made.lists = {"News": ["person1@example.com"]}
    made.segments = [{"name": "Warm", "filters": []}]
    made.tags = {"old-friend": ["person1@example.com"]}
    made.graphs.append(branching_graph(2, list_key=None))
    counts = loaded(tmp_path, made).verify()
    assert not counts.agrees
    for kind in ("list", "segment", "sequence", "tag"):
        assert 1 == counts.kinds[kind].rejected, counts.facts()


@pytest.mark.parametrize(("number", "field"), [(1, "first_name"), (2, "status")])
def test_a_real_difference_is_still_one(tmp_path: Path, number: int, field: str) -> None:
    bench = loaded(tmp_path, simple())
    setattr(bench.contact(f"person{number}@example.com"), field, "bounced")
    counts = bench.verify()
    assert not counts.agrees


def test_a_field_that_was_carried_is_compared_although_others_were_not(tmp_path: Path) -> None:
    """Ten people by the documented calls, the others by an import of the same server."""
    made = simple()
    made.write(tmp_path)
    bench = Bench(tmp_path)
    bench.load(contract="seed", limit=3)
    bench.load()
    counts = bench.verify()
    assert {"createdAt": 2, "timezone": 2} == counts.not_carried["contact"]
    bench.contact("person9@example.com").timezone = "Asia/Tokyo"
    bench.verify()
    assert [("person9@example.com", "timezone")] == [(row["name"], row["field"]) for row in bench.rows("differing")]


@pytest.mark.parametrize("contract", ["seed", "current"])
def test_undo_removes_people_whose_fields_could_not_be_carried(tmp_path: Path, contract: str) -> None:
    bench = loaded(tmp_path, simple(), contract)
    found = take_back(bench)
    assert [] == found.kept
    assert not bench.sandbox.state.subscribers
    assert not bench.sandbox.state.sequences


def test_undo_leaves_somebody_who_was_there_before(tmp_path: Path) -> None:
    simple().write(tmp_path)
    bench = Bench(tmp_path, sandbox=SequenzySandbox(limits=None, contract="seed"))
    bench.api().send("POST", "/subscribers", {"email": "person1@example.com", "lists": []}, safety=Safety.REPEATABLE)
    bench.load()
    take_back(bench)
    assert ["person1@example.com"] == [one.email for one in bench.sandbox.state.subscribers.values()]


def take_back(bench: Bench) -> Undone:
    api = bench.api()
    try:
        with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
            return undo(bench.opened(), api, checkpoint, bench.folder)
    finally:
        api.close()


def test_the_commands_say_what_was_not_carried_and_end_with_three(tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "bundle") as writer:
        consent = Consent(state=ConsentState.SUBSCRIBED)
        born = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
        writer.contacts().extend([Contact(source_id="1", email="ada@example.com", consent=consent, created_at=born)])
        source = Source(platform="broadcast", host="mail.acme.test", account="Acme")
        names = {"adapter": "broadcast", "adapter_version": "1", "door": "migration-api"}
        writer.finish(Manifest(source=source, exported_at=datetime(2026, 3, 2, tzinfo=UTC), **names))
    with serving(SequenzySandbox(limits=None, contract="seed")) as url:
        environment = {"SEQUENZY_API_KEY": DEFAULT_KEY, "SEQUENZY_API_URL": url}

        def run(*arguments: str) -> Result:
            return CliRunner().invoke(main, ["-C", str(tmp_path), *arguments], env=environment, catch_exceptions=False)

        run("plan")
        assert 0 == run("load").exit_code
        told = run("verify", "--no-settling")
        assert 3 == told.exit_code
        assert (
            "not carried, since this server's documents have no field for it (contact): createdAt of 1." in told.stdout
        )
        assert "The target equals the plan" not in told.stdout
        assert "All that this server's calls can carry and show equals the plan" in told.stdout
        facts = json.loads(run("verify", "--no-settling", "--json").stdout)
        assert {"contact": {"createdAt": 1}} == facts["not_carried"]
        assert "verify/not_carried.csv" in run("status").stdout
        assert re.search(r"! People +1 planned +1 at Sequenzy +1 differ", run("report").stdout)
        assert "no field for it (contact): createdAt (1)" in (tmp_path / "plan/report.md").read_text()
