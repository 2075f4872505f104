"""Undo gives the target back as it was, except what somebody touched since."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from plans import Bench, PlanMaker, people, person, picture, quiet, representative

from migrator.errors import Interrupted, NeedsPerson, PlanError
from migrator.load.checkpoint import Checkpoint
from migrator.transport.answers import Safety
from migrator.undo.restore_people import Undone
from migrator.undo.take_back import undo


def take_back(bench: Bench, **options: Any) -> Undone:
    api = bench.api()
    try:
        with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
            return undo(bench.opened(), api, checkpoint, bench.folder, **options)
    finally:
        api.close()


def without_suppressions(found: Any) -> Any:
    """A complaint cannot be taken back, so it is told instead."""
    return {name: value for name, value in found.items() if name != "suppressions"}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    representative().write(tmp_path)
    return Bench(tmp_path)


def say(bench: Bench, method: str, path: str, body: Any = None) -> Any:
    api = bench.api()
    try:
        return api.send(method, path, body, safety=Safety.REPEATABLE).data
    finally:
        api.close()


def test_an_empty_target_is_empty_again(bench: Bench) -> None:
    empty = picture(bench.sandbox)
    bench.load()
    found = take_back(bench)
    assert without_suppressions(empty) == without_suppressions(picture(bench.sandbox))
    assert [] == found.kept
    assert 15 == found.removed["contact"]
    assert any("complaints" in text for text in found.remarks)
    assert quiet(bench.sandbox)


def test_a_dry_run_counts_and_deletes_nothing(bench: Bench) -> None:
    bench.load()
    before, writes = picture(bench.sandbox), bench.writes()
    found = take_back(bench, dry_run=True)
    assert {"contact": 15, "list": 2, "segment": 2, "sequence": 2, "tag": 2, "template": 1} == found.removed
    assert (before, writes) == (picture(bench.sandbox), bench.writes())
    assert bench.load().complete
    assert writes == bench.writes()


def test_people_who_were_there_get_back_what_they_had(bench: Bench) -> None:
    was = {"firstName": "", "lastName": "Old", "tags": ["regular"], "customAttributes": {"plan": "free"}, "lists": []}
    say(bench, "POST", "/subscribers", {"email": "person1@example.com", **was})
    say(bench, "POST", "/subscribers", {"email": "other@example.com", "lists": []})
    say(bench, "POST", "/lists", {"name": "News"})
    before = picture(bench.sandbox)
    bench.load()
    assert "Ada" == bench.contact("person1@example.com").first_name
    found = take_back(bench)
    after = picture(bench.sandbox)
    assert 1 == found.restored
    assert without_suppressions(before) == without_suppressions(after), (before, after)


def test_nobody_is_resubscribed_by_an_undo(bench: Bench) -> None:
    say(bench, "POST", "/subscribers", {"email": "person21@example.com", "lists": []})
    bench.load()
    found = take_back(bench)
    assert "unsubscribed" == bench.contact("person21@example.com").status
    assert any("nobody is re-subscribed" in text for text in found.remarks)


def test_what_somebody_touched_stays_and_is_named(bench: Bench) -> None:
    bench.load()
    say(bench, "PATCH", "/subscribers/person5%40example.com", {"firstName": "Changed"})
    welcome = next(one for one in bench.sandbox.state.sequences.values() if one.name == "Welcome")
    next(iter(welcome.emails.values())).subject = "Mine now"
    found = take_back(bench)
    assert {"contact", "sequence"} == {kind for kind, _, _ in found.kept}
    assert ["person5@example.com"] == [one.email for one in bench.sandbox.state.subscribers.values()]
    assert ["Welcome"] == [one.name for one in bench.sandbox.state.sequences.values()]


def test_a_load_after_an_undo_leaves_what_somebody_touched(bench: Bench) -> None:
    bench.load()
    welcome = next(one for one in bench.sandbox.state.sequences.values() if one.name == "Welcome")
    next(iter(welcome.emails.values())).subject = "Mine now"
    take_back(bench)
    assert bench.load().complete
    subjects = [mail.subject for one in bench.sandbox.state.sequences.values() for mail in one.emails.values()]
    assert "Mine now" in subjects
    assert 2 == len(bench.sandbox.state.sequences)


def test_enabled_sequences_are_refused_unless_told(bench: Bench) -> None:
    bench.load()
    sequence = next(one for one in bench.sandbox.state.sequences.values() if one.name == "Welcome")
    sequence.status = "active"
    writes = bench.writes()
    with pytest.raises(NeedsPerson, match="enabled or hold people"):
        take_back(bench)
    assert writes == bench.writes()
    take_back(bench, live_too=True)
    assert {} == bench.sandbox.state.sequences


def test_nothing_loaded_is_nothing_to_undo(bench: Bench) -> None:
    with pytest.raises(PlanError, match="Nothing of this plan is loaded"):
        take_back(bench)


def test_an_undo_stopped_anywhere_goes_on(bench: Bench) -> None:
    bench.load()
    calls = 0

    def stop_after(number: int) -> None:
        nonlocal calls
        calls = 0
        original = bench.sandbox.handle

        def handle(request: Any) -> Any:
            nonlocal calls
            if request.method != "GET":
                calls += 1
                if calls > number:
                    raise Interrupted("stopped by the test")
            return original(request)

        bench.sandbox.handle = handle  # type: ignore[method-assign]
        try:
            take_back(bench)
        except Interrupted:
            pass
        finally:
            bench.sandbox.handle = original  # type: ignore[method-assign]

    for _ in range(40):
        stop_after(1)
        if calls <= 1:
            break
    assert not bench.sandbox.state.subscribers
    assert not bench.sandbox.state.sequences
    assert not bench.sandbox.state.lists


def test_batches_of_many_people_are_compared_one_by_one(tmp_path: Path) -> None:
    PlanMaker(actives=people(30), opt_outs=[person(99, status="bounced")], batch=7).write(tmp_path)
    bench = Bench(tmp_path)
    bench.load()
    assert 31 == take_back(bench).removed["contact"]
    assert {} == bench.sandbox.state.subscribers


def test_who_was_on_a_list_before_stays_on_it(bench: Bench) -> None:
    made = say(bench, "POST", "/lists", {"name": "News"})["list"]["id"]
    say(bench, "POST", "/subscribers", {"email": "person1@example.com", "lists": [made]})
    say(bench, "POST", "/subscribers", {"email": "person2@example.com", "lists": []})
    bench.load()
    assert {"person1@example.com", "person2@example.com"} == _members(bench, made)
    take_back(bench)
    assert {"person1@example.com"} == _members(bench, made)


def _members(bench: Bench, list_id: str) -> set[str]:
    return {str(one.email) for one in bench.sandbox.state.list_members(list_id)}
