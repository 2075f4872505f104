"""One source sequence must not be live twice at the target, whatever the two are called there and whoever loaded them.
Live sequences of the user's own that start by the same are named before the person confirms."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from enabling import Desk, sequence
from plans import Bench, PlanMaker, plain_graph

from adapters.sequenzy import write
from migrator.cutover import enable as enabling_of_one
from migrator.cutover.enable import Readiness, operation_of, readiness
from migrator.cutover.same_start import start_of
from migrator.load.checkpoint import Checkpoint
from migrator.load.work import Work

EMAIL = {"subject": "Theirs", "html": "<p>Hello</p>"}


def ready(bench: Bench) -> Readiness:
    api = bench.api()
    try:
        with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
            work = Work(bench.opened(), api, checkpoint)
            return readiness(work, operation_of(work, "1"))
    finally:
        api.close()


def loaded(folder: Path, **trigger: Any) -> Bench:
    graph = plain_graph(1)
    PlanMaker(graphs=[msgspec.structs.replace(graph, final_trigger=trigger) if trigger else graph]).write(folder)
    made = Bench(folder)
    made.load()
    return made


def theirs(bench: Bench, live: bool = True, **body: Any) -> str:
    api = bench.api()
    made, _ = write.create_sequence(api, {"name": "Theirs", "steps": [EMAIL], **body})
    if live:
        write.enable_sequence(api, made)
    api.close()
    return made


def test_one_account_exported_and_loaded_anew_is_not_enabled_beside_its_renamed_copy(tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = Desk(tmp_path / "first", stack)
        first.load(sequence("7", "Welcome"))
        assert first.enable(("7", "Welcome")).exit_code == 0
        (old,) = first.sandbox.state.sequences.values()
        old.name = "Hello again"
        second = Desk(tmp_path / "second", stack)
        second.sandbox, second._environment = first.sandbox, first._environment
        second.live = list  # type: ignore[method-assign]  # the former one is live, as it should be
        second.load(sequence("7", "Welcome"), sequence("8", "New since"))
        refused = second.enable(("7", "Welcome"))
        assert refused.exit_code == 3
        assert "Hello again" in refused.output
        assert [one.status for one in first.sandbox.state.sequences.values()].count("active") == 1


def test_of_two_machines_that_enable_in_the_same_second_one_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        first, second = Desk(tmp_path / "first", stack), Desk(tmp_path / "second", stack)
        second.sandbox, second._environment = first.sandbox, first._environment
        first.load(sequence("7", "Welcome"))
        second.load(sequence("8", "Goodbye"))
        confirm, told = enabling_of_one.confirm, []

        def while_the_other_has_just_looked(found: Readiness, name: str) -> None:
            monkeypatch.setattr(enabling_of_one, "confirm", confirm)
            told.append(second.enable(("8", "Goodbye")))
            told.append(second.run("undo", "--yes"))
            confirm(found, name)

        monkeypatch.setattr(enabling_of_one, "confirm", while_the_other_has_just_looked)
        done = first.enable(("7", "Welcome"))
        assert done.exit_code == 0, done.output
        for refused in told:
            assert refused.exit_code == 1
            assert "run is writing to this Sequenzy workspace" in refused.output
        sequences = list(first.sandbox.state.sequences.values())
        assert {"Welcome": "active", "Goodbye": "draft"} == {there.name: there.status for there in sequences}


def test_a_copy_that_was_renamed_and_starts_by_something_else_blocks_too(tmp_path: Path) -> None:
    bench = loaded(tmp_path)
    (ours,) = bench.sandbox.state.sequences.values()
    labels = ["migrate-other", *[one for one in ours.settings["labels"] if one.startswith("migrate-source-")]]
    assert len(labels) == 2
    theirs(bench, labels=labels, trigger="tag_added", tagName="something-else")
    (reason,) = ready(bench).blocked
    assert "Theirs" in reason
    assert "twice" in reason


def test_a_second_machine_with_the_same_plan_cannot_enable_a_second_copy(tmp_path: Path) -> None:
    bench = loaded(tmp_path)
    (ours,) = bench.sandbox.state.sequences.values()
    theirs(bench, live=False, labels=list(ours.settings["labels"]), trigger="manual")
    assert any("Theirs" in reason for reason in ready(bench).blocked)


def test_a_copy_of_an_earlier_version_is_known_by_its_start(tmp_path: Path) -> None:
    bench = loaded(tmp_path)
    theirs(bench, labels=["migrate-other"], trigger="tag_added", tagName="Start-1")
    assert any("Theirs" in reason for reason in ready(bench).blocked)


def test_an_archived_copy_does_not_block(tmp_path: Path) -> None:
    bench = loaded(tmp_path)
    (ours,) = bench.sandbox.state.sequences.values()
    made = theirs(bench, live=False, labels=list(ours.settings["labels"]), trigger="manual")
    bench.sandbox.state.sequences[made].status = "archived"
    assert ready(bench).blocked == ()


@pytest.mark.parametrize(
    ("ours", "own", "named"),
    [
        ({"trigger": "tag_added", "tagName": "vip"}, {"trigger": "tag_added", "tagName": "VIP"}, True),
        ({"trigger": "tag_added", "tagNames": ["a", "b"]}, {"trigger": "tag_added", "tagNames": ["c", "b"]}, True),
        ({"trigger": "tag_added", "tagName": "vip"}, {"trigger": "tag_added", "tagName": "other"}, False),
        ({"trigger": "tag_added", "tagName": "vip"}, {"trigger": "event_received", "eventName": "vip"}, False),
        ({"trigger": "event_received", "eventName": "buy"}, {"trigger": "event_received", "eventName": "buy"}, True),
        (
            {"trigger": "event_received", "eventName": "buy"},
            {"trigger": "inactivity", "eventName": "buy", "inactiveDays": 9},
            False,
        ),
        ({"trigger": "contact_added", "listScope": "any_list"}, {"trigger": "contact_added"}, True),
        ({"trigger": "tag_added", "tagName": "vip"}, {"trigger": "manual"}, False),
    ],
)
def test_a_live_sequence_of_the_users_own_on_the_same_start_is_named(
    tmp_path: Path, ours: dict[str, Any], own: dict[str, Any], named: bool
) -> None:
    bench = loaded(tmp_path, **ours)
    theirs(bench, live=False, name="Their draft", **own)
    assert ready(bench).warnings == ()
    theirs(bench, **own)
    found = ready(bench)
    assert found.blocked == ()
    assert any("Theirs" in text for text in found.warnings) is named


@pytest.mark.parametrize(
    ("trigger", "config", "meets"),
    [
        ("trigger_tag", {"tagNames": ["new"]}, True),
        ("trigger_tag", {"tags": [{"name": "New"}]}, True),
        ("trigger_tag", {"value": "new"}, True),
        ("trigger_tag", {"tagId": "tag_9"}, True),
        ("trigger_of_next_year", {"anything": "new"}, True),
        (None, ["new"], True),
        ("trigger_list", {"listIds": ["new"]}, False),
        ("trigger_tag_removed", {"tagNames": ["new"]}, False),
        ("trigger_tag", {}, False),
        ("trigger_tag", None, False),
    ],
)
def test_a_start_is_read_in_whatever_form_it_is_shown(trigger: Any, config: Any, meets: bool) -> None:
    ours = start_of("tag_added", {"trigger": "tag_added", "tagName": "new"})
    assert bool(start_of(trigger, config, {"tag_9": "New"}).meets(ours)) is meets


def test_every_list_and_every_contact_meet_each_single_list() -> None:
    ours = start_of("contact_added", {"trigger": "contact_added", "listId": "l1"})
    assert start_of("trigger_list", {"listScope": "any_contact"}).meets(ours)
    assert start_of("trigger_list", {}).meets(ours)
    assert start_of("trigger_list", {"listIds": ["l1", "l2"]}).meets(ours)
    assert not start_of("trigger_list", {"listIds": ["l2"]}).meets(ours)
