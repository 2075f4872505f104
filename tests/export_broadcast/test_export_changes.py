"""With an older bundle, only what changed is written, and what is gone is named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from export_support import account_of, trip_in

from migrator.bundle.check import check


def test_nothing_changed_means_an_empty_delta(tmp_path: Path) -> None:
    account = account_of(60)
    old = trip_in(tmp_path, account).export()
    later = trip_in(tmp_path, account)
    later.clock.advance(600)
    delta = later.export(since=old)
    assert delta.folder.name == "delta"
    assert delta.manifest.since_bundle == old.hash
    assert {name: count for name, count in delta.manifest.counts.items() if count and name != "members"} == {}
    assert delta.manifest.options.other["removed"] == {}
    assert check(delta.folder) == []


def test_a_delta_holds_the_new_the_changed_and_the_gone(tmp_path: Path) -> None:
    account = account_of(60)
    old = trip_in(tmp_path, account).export()
    active = next(person for person in account.subscribers if person.is_active and not person.unsubscribed_at)
    active.unsubscribed_at, active.is_active = account.now, False
    gone = account.subscribers.pop(20)
    enrolled = [row for row in account.enrolments if row.subscriber_id == gone.id]
    account.enrolments = [row for row in account.enrolments if row.subscriber_id != gone.id]
    moved = next(row for row in account.enrolments if row.status == "active" and row.next_trigger_at)
    moved.next_trigger_at = (moved.next_trigger_at or account.now) + timedelta(days=1)
    account.sequences[1].label = "Renamed"
    account.templates[0]["subject"] = "Another subject"
    delta = trip_in(tmp_path, account).export(since=old)
    assert {row.source_id for row in delta.contacts()} == {str(active.id)}
    assert {row.source_id for row in delta.enrolments()} == {str(moved.id)}
    assert str(account.templates[0]["id"]) in {row.source_id for row in delta.templates()}
    renamed = {row.name for row in delta.sequences()}
    assert "Renamed" in renamed
    assert len(renamed) < len(account.sequences)
    removed = delta.manifest.options.other["removed"]
    assert removed["contacts"] == [str(gone.id)]
    assert sorted(removed.get("enrolments", [])) == sorted(str(row.id) for row in enrolled)
    assert check(delta.folder) == []


def test_what_was_not_read_now_is_not_called_gone(tmp_path: Path) -> None:
    account = account_of(60)
    old = trip_in(tmp_path, account).export()
    delta = trip_in(tmp_path, account).export(since=old, only=("contacts",))
    assert delta.manifest.options.other["removed"] == {}
