"""A sync reads the source again and writes only the difference: opt-outs first, nothing twice, nothing wider."""

from __future__ import annotations

from pathlib import Path

import pytest
from following import Following
from plans import quiet
from rehearsal import Killed, Trap

from migrator.errors import PlanError


@pytest.fixture
def following(tmp_path: Path) -> Following:
    return Following(tmp_path / "one").begin()


def test_what_changed_at_the_source_arrives(following: Following) -> None:
    them = following.day_passes()
    outcome = following.sync()
    told = outcome.brought.people
    assert (1, 1) == (told.new, told.narrowed)
    assert "unsubscribed" == following.contact(them["out"]).status
    assert "came-later" in following.contact(them["tagged"]).tags
    assert "Grace" == following.contact(them["named"]).first_name
    assert "after" == following.contact(them["named"]).attributes["plan"]
    assert ["vip"] == following.contact(them["new"]).tags
    assert following.contact(them["gone"]).status == "active"
    assert quiet(following.target)


def test_a_second_sync_right_after_writes_nothing(following: Following) -> None:
    following.day_passes()
    following.sync()
    before = following.writes()
    outcome = following.sync()
    assert before == following.writes()
    assert 0 == outcome.brought.writes


def test_the_source_is_only_read(following: Following) -> None:
    following.day_passes()
    before = following.source.runtime.journal.outbox[:]
    following.sync()
    assert before == following.source.runtime.journal.outbox


def test_a_sync_after_nothing_happened_writes_nothing(following: Following) -> None:
    before = following.writes()
    assert 0 == following.sync().brought.writes
    assert before == following.writes()


def test_a_dry_run_says_what_a_sync_does_and_writes_only_the_new_export(following: Following) -> None:
    following.day_passes()
    before = following.writes()
    files = {path: path.read_bytes() for path in following.folder.rglob("*") if path.is_file()}
    told = following.sync(dry_run=True)
    assert before == following.writes()
    after = {path: path.read_bytes() for path in following.folder.rglob("*") if path.is_file()}
    assert files == {path: content for path, content in after.items() if path in files}
    assert {"sync"} == {path.relative_to(following.folder).parts[0] for path in after.keys() - files.keys()}
    assert told.brought.facts() == following.sync().brought.facts()


def test_a_sync_before_a_load_is_refused(tmp_path: Path) -> None:
    following = Following(tmp_path / "one").begin()
    for path in following.folder.glob("checkpoint.sqlite*"):
        path.unlink()
    with pytest.raises(PlanError, match="Nothing is loaded yet"):
        following.sync()


def test_a_renamed_sequence_is_built_again_under_its_new_name(following: Following) -> None:
    sequence = following.source.account.sequences[0]
    sequence.label = "Renamed at the source"
    count = len(following.target.state.sequences)
    outcome = following.sync()
    names = [one.name for one in following.target.state.sequences.values()]
    assert any("Renamed at the source" in name for name in outcome.brought.things.rebuilt)
    assert count == len(names) == len(set(names))
    assert quiet(following.target)


@pytest.mark.parametrize("part", [1, *(pytest.param(n, marks=pytest.mark.nightly) for n in (0, 2, 3))])
def test_killed_at_any_write_and_run_again_it_ends_the_same(tmp_path: Path, part: int) -> None:
    whole = Following(tmp_path / "whole").begin()
    whole.day_passes()
    trap = Trap()
    whole.around, whole.on_commit = trap.around, trap.point
    whole.sync()
    wanted, step = whole.picture(), max(1, trap.passed // 12)
    for at in range(part, trap.passed, 4 * step):
        killed = Following(tmp_path / str(at)).begin()
        killed.day_passes()
        trap_ = Trap(at)
        killed.around, killed.on_commit = trap_.around, trap_.point
        with pytest.raises(Killed):
            killed.sync()
        killed.around, killed.on_commit = (lambda inner: inner), None
        killed.sync()
        assert wanted == killed.picture(), at
        assert quiet(killed.target), at
        before = killed.writes()
        killed.sync()
        assert before == killed.writes(), at
