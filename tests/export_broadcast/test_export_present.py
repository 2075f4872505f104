"""A rehearsal account on the present clock: the people inside its sequences are on time, so that they can be placed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from export_support import trip_in

from migrator.model import EnrolmentStatus
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.generate import NOW, generate
from migrator.sandbox.present import OnPresentClock
from migrator.sandbox.web import App, Request

CLOCK = Request("GET", "/_sandbox/clock", [], {}, b"")


class Wall:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def on_present(app: BroadcastSandbox, wall: Wall) -> App:
    return OnPresentClock(app, lambda: app.runtime.now, app.runtime.advance_to, wall)


def test_the_clock_follows_the_real_one_and_runs_on_from_where_it_is_sent() -> None:
    app = BroadcastSandbox(generate(contacts=20, sequences=2))
    wall = Wall(NOW)
    present = on_present(app, wall)
    wall.now += timedelta(hours=1)
    present.handle(CLOCK)
    assert app.runtime.now == NOW + timedelta(hours=1)
    present.handle(Request("POST", "/_sandbox/clock", [], {}, b'{"advance":"2d"}'))
    wall.now += timedelta(hours=1)
    present.handle(CLOCK)
    assert app.runtime.now == NOW + timedelta(days=2, hours=2)


def test_a_platform_that_was_behind_catches_up_before_it_answers() -> None:
    app = BroadcastSandbox(generate(contacts=60, sequences=2))
    wall = Wall(NOW + timedelta(days=3))
    on_present(app, wall)
    assert app.runtime.now == wall.now
    due = [row.next_trigger_at for row in app.account.enrolments if row.status == "active" and row.next_trigger_at]
    assert due
    assert min(due) > wall.now


def test_nobody_inside_a_sequence_is_overdue_in_a_rehearsal_account(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    account = generate(contacts=400, now=now - timedelta(minutes=10))
    on_present(BroadcastSandbox(account), Wall(now))
    enrolments = list(trip_in(tmp_path, account).export().enrolments())
    active = [row for row in enrolments if row.status is EnrolmentStatus.ACTIVE and row.next_at is not None]
    assert len(active) > 50
    assert not [row for row in active if row.next_at and row.read_at and row.next_at < row.read_at]
