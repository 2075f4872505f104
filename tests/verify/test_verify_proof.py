"""Verify proves that the target equals the plan, and names every way in which it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from plans import Bench, PlanMaker, people, person, picture, quiet, representative


@pytest.fixture
def loaded(tmp_path: Path) -> Bench:
    representative().write(tmp_path)
    bench = Bench(tmp_path)
    bench.load()
    return bench


def test_a_finished_load_equals_its_plan(loaded: Bench) -> None:
    before, writes = picture(loaded.sandbox), loaded.writes()
    counts = loaded.verify()
    assert counts.equal, counts.facts()
    facts = json.loads((loaded.folder / "verify/counts.json").read_text())
    assert facts["equal"] is True
    assert 15 == facts["kinds"]["contact"]["equal"]
    assert {"active": 12, "bounced": 1, "unsubscribed": 2} == facts["status"]
    assert before == picture(loaded.sandbox)
    assert quiet(loaded.sandbox)
    assert all("render" in path for _, path in loaded.writes()[len(writes) :])


def test_a_deleted_contact_is_missing(loaded: Bench) -> None:
    loaded.sandbox.state.remove_subscriber(loaded.contact("person5@example.com"))
    assert not loaded.verify().equal
    assert [("contact", "person5@example.com")] == [(row["kind"], row["name"]) for row in loaded.rows("missing")]


def test_a_person_more_reachable_than_planned_is_an_alarm(loaded: Bench) -> None:
    loaded.contact("person21@example.com").status = "active"
    counts = loaded.verify()
    assert counts.facts()["alarm"] is True
    assert [{"email": "person21@example.com", "planned": "unsubscribed", "found": "active"}] == loaded.rows(
        "consent_wider"
    )


def test_an_opt_out_at_the_target_is_a_remark_of_its_own(loaded: Bench) -> None:
    loaded.contact("person4@example.com").status = "unsubscribed"
    counts = loaded.verify()
    assert (1, 0) == (counts.consent_narrower, counts.consent_wider)
    assert [] == loaded.rows("differing")


def test_a_changed_field_is_named_with_both_values(loaded: Bench) -> None:
    loaded.contact("person1@example.com").attributes["visits"] = 5
    loaded.verify()
    [row] = loaded.rows("differing")
    assert ("customAttributes.visits", "4", "5") == (row["field"], row["planned"], row["found"])


def test_somebody_nobody_planned_is_unexpected(loaded: Bench) -> None:
    loaded.api().send("POST", "/subscribers", {"email": "new@example.com", "lists": []}, safety=_repeatable())
    counts = loaded.verify()
    assert 1 == counts.kinds["contact"].unexpected
    assert "new@example.com" == loaded.rows("unexpected")[0]["name"]


def test_a_lost_membership_is_missing(loaded: Bench) -> None:
    loaded.contact("person3@example.com").lists.clear()
    counts = loaded.verify()
    assert 1 == counts.kinds["membership"].missing


def test_a_changed_sequence_is_told_step_by_step(loaded: Bench) -> None:
    sequence = next(one for one in loaded.sandbox.state.sequences.values() if one.name == "Welcome")
    next(iter(sequence.emails.values())).subject = "Another"
    delay = next(node for node in sequence.nodes.values() if node.type == "logic_delay")
    delay.config["delayDays"] = 3
    loaded.verify()
    rows = [row for row in loaded.rows("differing") if row["kind"] == "sequence"]
    assert [("Welcome", "step a (Welcome one): subject", "Welcome one", "Another")] == [told(rows[0])]
    assert [("Welcome", "step w (logic_delay): wait", "2880 minutes", "4320 minutes")] == [told(rows[1])]
    assert 2 == len(rows), rows


def test_a_second_copy_of_a_sequence_is_unexpected(loaded: Bench) -> None:
    sequence = next(iter(loaded.sandbox.state.sequences))
    loaded.api().send("POST", f"/sequences/{sequence}/duplicate", {"name": "Welcome"}, safety=_repeatable())
    assert 1 == loaded.verify().kinds["sequence"].unexpected


def test_unknown_merge_tags_are_listed_with_the_contact(tmp_path: Path) -> None:
    from plans import plain_graph

    graph = plain_graph(1, "Hello {{no.such.tag}}")
    PlanMaker(actives=people(12), graphs=[graph]).write(tmp_path)
    bench = Bench(tmp_path)
    bench.load()
    counts = bench.verify()
    assert counts.unresolved_tags > 0
    assert "no.such.tag" in {row["tag"] for row in bench.rows("unresolved_tags")}


def test_values_are_judged_only_after_they_have_settled(loaded: Bench) -> None:
    slept = len(loaded.clock.sleeps)
    loaded.verify()
    assert 30 <= sum(loaded.clock.sleeps[slept:])


@pytest.mark.parametrize("strategy", ["skip", "merge", "overwrite"])
def test_people_who_were_there_before_are_judged_by_the_strategy(tmp_path: Path, strategy: str) -> None:
    rows = [person(1, firstName="Ada", tags=["new"], customAttributes={"plan": "pro", "city": "Bonn"}), *people(11, 2)]
    PlanMaker(actives=rows, strategy=strategy).write(tmp_path)
    bench = Bench(tmp_path)
    there: dict[str, Any] = {"firstName": "Augusta", "tags": ["old"], "customAttributes": {"plan": "free"}}
    body = {"email": "person1@example.com", "lists": [], **there}
    bench.api().send("POST", "/subscribers", body, safety=_repeatable())
    bench.load()
    found = bench.contact("person1@example.com")
    assert {"skip": "Augusta", "merge": "Augusta", "overwrite": "Ada"}[strategy] == found.first_name
    assert {"skip": "free", "merge": "free", "overwrite": "pro"}[strategy] == found.attributes["plan"]
    counts = bench.verify()
    assert counts.equal, bench.rows("differing")


def told(row: dict[str, str]) -> tuple[str, str, str, str]:
    return row["name"], row["field"], row["planned"], row["found"]


def _repeatable() -> Any:
    from migrator.transport.answers import Safety

    return Safety.REPEATABLE
