"""What a load leaves behind: the plan, once, and nothing that was ever sent or started."""

from __future__ import annotations

from pathlib import Path

from plans import Bench, PlanMaker, people, person, picture, quiet, representative


def bench(folder: Path, maker: PlanMaker | None = None, **more: object) -> Bench:
    (maker or representative()).write(folder)
    return Bench(folder, **more)  # type: ignore[arg-type]


def test_everything_in_the_plan_is_at_the_target_once(tmp_path: Path) -> None:
    made = bench(tmp_path)
    summary = made.load()
    state = made.sandbox.state
    assert summary.complete, summary.facts()
    assert 15 == len(state.subscribers)
    assert {"active": 12, "unsubscribed": 2, "bounced": 1} == {
        status: sum(one.status == status for one in state.subscribers.values())
        for status in ("active", "unsubscribed", "bounced")
    }
    assert ["person23@example.com"] == list(state.suppressions)
    assert {"News", "Tips"} == {one.name for one in state.lists.values()}
    assert ["Onboarding", "Welcome"] == sorted(one.name for one in state.sequences.values())
    assert {"old-friend", "vip"} <= set(made.contact("person1@example.com").tags)
    assert quiet(made.sandbox)


def test_a_second_load_writes_nothing(tmp_path: Path) -> None:
    made = bench(tmp_path)
    made.load()
    before, writes = picture(made.sandbox), made.writes()
    summary = made.load()
    assert summary.complete
    assert writes == made.writes()
    assert before == picture(made.sandbox)


def test_opt_outs_come_before_everybody_else(tmp_path: Path) -> None:
    made = bench(tmp_path)
    made.load()
    imports = [one["body"] for one in made.sandbox.recorded if one["path"] == "/subscribers/imports"]
    states = [{row["status"] for row in body["subscribers"]} for body in imports]
    assert states[0] <= {"unsubscribed", "bounced"}
    assert all(found == {"active"} for found in states[1:])


def test_every_call_that_could_start_something_says_no(tmp_path: Path) -> None:
    made = bench(tmp_path)
    made.load()
    for one in made.sandbox.recorded:
        path, body = one["path"], one["body"]
        assert "/enable" not in path
        assert "/enroll" not in path
        if path == "/subscribers/imports" or path.endswith("/subscribers"):
            assert body["enrollInSequences"] is False
            assert "optInMode" in body
        if path == "/subscribers/bulk/tags/add":
            assert body["triggerAutomations"] is False
        if path == "/subscribers/imports":
            assert [] == body["listIds"]


def test_a_handful_of_people_needs_no_import(tmp_path: Path) -> None:
    made = bench(tmp_path, PlanMaker(actives=people(3), opt_outs=[person(9, status="unsubscribed")]))
    summary = made.load()
    assert summary.complete
    assert {("POST", "/subscribers")} == set(made.writes())
    assert quiet(made.sandbox)


def test_the_checkpoint_holds_no_address(tmp_path: Path) -> None:
    made = bench(tmp_path)
    made.load()
    for path in tmp_path.glob("checkpoint.sqlite*"):
        assert b"example.com" not in path.read_bytes()
        assert 0o600 == path.stat().st_mode & 0o777


def test_lists_without_people_create_nobody(tmp_path: Path) -> None:
    """A list call creates addresses it does not know: whoever is not loaded yet is not named there."""
    made = bench(tmp_path)
    made.load(only=("lists", "sequences"))
    assert {} == made.sandbox.state.subscribers
    made.load(limit=2)
    assert 4 == len(made.sandbox.state.subscribers)
    assert made.load().complete
    assert made.verify().equal, made.rows("missing")
    assert quiet(made.sandbox)
