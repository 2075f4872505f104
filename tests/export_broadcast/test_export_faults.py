"""Whatever goes wrong on the way: the finished bundle equals the one of an unbroken run, or the run stops with one
clear sentence and goes on later."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from export_support import Trip, account_of, trip_in

from adapters.broadcast import fetch
from adapters.broadcast.client import PER_MINUTE
from migrator.bundle import Bundle
from migrator.errors import AuthError, MigrateError, SettingsError, UsageError
from migrator.sandbox.broadcast.account import ADMIN_KEY, READ_KEY, Token
from migrator.sandbox.broadcast.switches import Fault, Switches
from migrator.sandbox.web import Request, Response


def content(bundle: Bundle) -> dict[str, Any]:
    """All that a bundle holds, without the moments at which rows were read."""

    def plain(record: Any) -> Any:
        found = msgspec.to_builtins(record)
        found.pop("read_at", None)
        if found.get("position"):
            found["position"].pop("remaining_seconds", None)
        return found

    names = (
        *("contacts", "enrolments", "suppressions", "campaigns", "sequences", "templates"),
        *("lists", "tags", "attributes", "segments", "forms", "other"),
    )
    held: dict[str, Any] = {name: [plain(record) for record in getattr(bundle, name)()] for name in names}
    held["unread"] = msgspec.to_builtins(bundle.manifest.unread)
    held["mismatches"] = msgspec.to_builtins(bundle.manifest.mismatches)
    return held


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return content(trip_in(tmp_path_factory.mktemp("unbroken"), account_of(60, sequences=6)).export())


@pytest.fixture
def unbroken(whole: dict[str, Any]) -> dict[str, Any]:
    return copy.deepcopy(whole)


def until_done(trip: Trip, most: int = 400) -> tuple[Bundle, list[MigrateError]]:
    """Runs the export again after each clean stop, as a person would."""
    stops: list[MigrateError] = []
    for _ in range(most):
        try:
            return trip.export(), stops
        except MigrateError as error:
            stops.append(error)
    raise AssertionError(f"never finished: {stops[-1]}")


@pytest.mark.parametrize("kind", ["500", "502_html", "hang", "truncate", "reset", "html_200", "redirect_same_host"])
def test_a_fault_in_every_kind_of_list_changes_nothing(kind: Any, tmp_path: Path, unbroken: dict[str, Any]) -> None:
    routes = ["GET */subscribers*", "GET */steps", "GET */list_subscribers*", "GET */templates*"]
    switches = Switches(faults=[Fault(route=route, kind=kind, nth=1) for route in routes])
    trip = trip_in(tmp_path, account_of(60, sequences=6), switches=switches)
    assert unbroken == content(trip.export())


@pytest.mark.parametrize("kind", ["500", "502_html", "hang", "reset", "html_200"])
def test_a_lasting_fault_stops_with_a_sentence_and_the_export_goes_on_later(
    kind: Any, tmp_path: Path, unbroken: dict[str, Any]
) -> None:
    trip = trip_in(tmp_path, account_of(60, sequences=6))
    trip.app.switches.faults = [Fault(route="GET */list_subscribers*", kind=kind, nth=5, always=True)]
    broken = trip_in(tmp_path, trip.account, switches=trip.app.switches)
    with pytest.raises(MigrateError) as stopped:
        broken.export()
    assert "run the command again" in str(stopped.value).lower()
    asked = len(broken.gets)
    healed = trip_in(tmp_path, trip.account)
    assert unbroken == content(healed.export())
    total = len(trip_in(tmp_path / "count", trip.account).app.requests)
    assert total == 0
    assert "/api/v1/subscribers.json" not in healed.gets, "finished pages are not fetched again"
    assert "/api/v1/templates" not in healed.gets
    assert asked > 0


def test_a_storm_of_429_only_slows_down(tmp_path: Path, unbroken: dict[str, Any]) -> None:
    trip = trip_in(tmp_path, account_of(60, sequences=6), switches=Switches(refuse_every=2, retry_after=1))
    assert unbroken == content(trip.export())


@pytest.mark.parametrize("workers", [1, fetch.WORKERS])
def test_an_enforced_limit_is_kept_without_a_single_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(fetch, "WORKERS", workers)
    switches = Switches(enforce_rate_limit=True, rate_limit=60, p1_page_size=5)
    trip = trip_in(tmp_path, account_of(90), switches=switches)
    statuses: list[int] = []
    handle = trip.app.handle
    trip.app.handle = lambda request: (reply := handle(request), statuses.append(reply.status))[0]  # type: ignore[method-assign]
    began = trip.clock.monotonic()
    trip.export()
    minutes = (trip.clock.monotonic() - began) / 60
    assert 429 not in statuses
    # The account is larger than the first minute's worth.
    assert minutes > 1
    if workers == 1:
        # And nothing is wasted on the way. On a clock that is only told of sleeps, those of several readers at once
        # count one after the other, so their minutes say nothing.
        assert len(statuses) >= 0.98 * 60 * (minutes - 1)


def test_rows_inserted_and_deleted_while_paging_end_in_the_latest_state(tmp_path: Path) -> None:
    for change in ("insert", "delete"):
        trip = trip_in(
            tmp_path / change, account_of(60, sequences=6), switches=Switches(p1_page_size=7, between_pages=change)
        )
        bundle = trip.export()
        assert {str(person.id) for person in trip.account.subscribers} == {row.source_id for row in bundle.contacts()}
        assert len(trip.account.subscribers) != 60, "the switch did change the account"
        assert not bundle.manifest.mismatches


def test_a_page_that_repeats_for_ever_is_named_and_not_hidden(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, account_of(60, sequences=6), switches=Switches(p1_page_size=10, repeat_page=3))
    bundle = trip.export()
    read = {row.source_id for row in bundle.contacts()}
    assert len(read) == 50
    mismatch = next(item for item in bundle.manifest.mismatches if item.scope == "contacts")
    assert (60, 50) == (mismatch.expected, mismatch.found)
    assert any(item.scope == "contacts" and "10 rows" in item.what for item in bundle.manifest.unread)


def test_a_key_revoked_in_the_middle_stops_and_a_new_one_goes_on(tmp_path: Path, unbroken: dict[str, Any]) -> None:
    for after in (3, 12, 40):
        account = account_of(60, sequences=6)
        trip = trip_in(tmp_path / str(after), account, switches=Switches(revoke_after=after))
        with pytest.raises(AuthError) as stopped:
            trip.export()
        assert "BROADCAST_API_TOKEN" in str(stopped.value)
        assert READ_KEY not in str(stopped.value)
        account.tokens["bc-new-key"] = account.tokens[READ_KEY]
        again = trip_in(tmp_path / str(after), account, key="bc-new-key")
        assert unbroken == content(again.export())


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_permission_is_told_from_a_bad_key(status: Any, tmp_path: Path) -> None:
    account = account_of(40)
    reads = [name for name in account.tokens[READ_KEY].permissions if name != "suppressions_read"]
    account.tokens["bc-narrow"] = Token(label="Narrow", permissions=reads)
    trip = trip_in(tmp_path, account, switches=Switches(missing_permission=status), key="bc-narrow")
    with pytest.raises(AuthError, match="suppressions_read"):
        trip.export()
    reads.append("suppressions_read")
    reads.remove("templates_read")
    bundle = trip.export()
    assert any(item.scope == "templates" and "templates_read" in item.remedy for item in bundle.manifest.unread)
    linked = [step for one in bundle.sequences() for step in one.steps if "template" in step.content_missing]
    assert linked, "an email that follows an unread template is a gap, not its stale inline copy"
    with pytest.raises(AuthError, match="does not accept the key"):
        trip_in(tmp_path / "bad", account, key="bc-nonsense-key").export()


def test_an_installation_key_without_a_channel_asks_for_it(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, account_of(40), key=ADMIN_KEY)
    from adapters.broadcast.source import BroadcastSource
    from migrator.sandbox.web import mock_transport

    values = {"BROADCAST_HOST": "https://acme.test", "BROADCAST_API_TOKEN": ADMIN_KEY}
    reading = BroadcastSource().open(values, clock=trip.clock, http_transport=mock_transport(trip.app))
    with pytest.raises(SettingsError, match="BROADCAST_CHANNEL_ID"):
        reading.probe()


@pytest.mark.parametrize(
    "host", ["https://sendbroadcast.com", "http://acme.test", "https://app.broadcast.email", "acme"]
)
def test_addresses_that_are_no_api_are_refused_before_the_key_travels(host: str, tmp_path: Path) -> None:
    from adapters.broadcast.source import BroadcastSource

    trip = trip_in(tmp_path, account_of(40))
    with pytest.raises(SettingsError):
        BroadcastSource().open({"BROADCAST_HOST": host, "BROADCAST_API_TOKEN": READ_KEY}, clock=trip.clock)


def test_a_redirect_to_another_host_never_gets_the_key(tmp_path: Path) -> None:
    switches = Switches(faults=[Fault(route="GET */subscribers*", kind="redirect_other_host", nth=1, always=True)])
    with pytest.raises(SettingsError, match="redirects"):
        trip_in(tmp_path, account_of(40), switches=switches).export()


def test_two_accounts_never_mix_in_one_bundle(tmp_path: Path) -> None:
    first = trip_in(tmp_path, account_of(40), switches=Switches(revoke_after=8))
    with pytest.raises(AuthError):
        first.export()
    other = account_of(40, 2)
    other.channel["id"] = 9
    with pytest.raises(UsageError, match="another account"):
        trip_in(tmp_path, other).export()
    bundle = trip_in(tmp_path, other).export(fresh=True)
    assert {str(person.id) for person in other.subscribers} == {row.source_id for row in bundle.contacts()}


def test_fresh_asks_for_everything_again(tmp_path: Path) -> None:
    trip = trip_in(tmp_path, account_of(40))
    trip.export()
    first = len(trip.gets)
    trip.export(fresh=True)
    assert first * 2 == len(trip.gets)
    assert PER_MINUTE == 120


def test_a_full_disk_stops_with_a_sentence_and_the_export_goes_on_later(
    tmp_path: Path, unbroken: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from migrator.bundle.appender import JsonlAppender
    from migrator.errors import WorkspaceError
    from migrator.export.store import SqlitePages

    trip = trip_in(tmp_path, account_of(60, sequences=6))
    real_put, real_flush = SqlitePages.put_page, JsonlAppender.flush
    writes = 0

    def full_put(self: Any, *args: Any) -> None:
        nonlocal writes
        writes += 1
        if writes == 20:
            # What SQLite itself does when a page does not fit: the file may not grow any more.
            limit = self._database.execute("pragma page_count").fetchone()[0]
            self._database.execute(f"pragma max_page_count = {limit}")
        real_put(self, *args)

    monkeypatch.setattr(SqlitePages, "put_page", full_put)
    with pytest.raises(WorkspaceError, match="room on the disk"):
        trip.export()
    monkeypatch.setattr(SqlitePages, "put_page", real_put)

    def full_flush(self: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(JsonlAppender, "flush", full_flush)
    with pytest.raises(WorkspaceError, match="room on the disk"):
        trip.export()
    monkeypatch.setattr(JsonlAppender, "flush", real_flush)
    assert unbroken == content(trip.export())


def test_an_enrolment_deleted_while_paging_does_not_come_back(tmp_path: Path) -> None:
    account = account_of(90, 2)
    trip = trip_in(tmp_path, account, switches=Switches(p2_page_size=3))
    busiest = max(account.sequences, key=lambda row: sum(one.sequence_id == row.id for one in account.enrolments))
    rows = trip.app.channel.directory.in_sequence[busiest.id]
    assert len(rows) > 6
    inner, gone = trip.app.handle, rows[0]

    def handle(request: Request) -> Response:
        reply = inner(request)
        if request.path.endswith(f"/{busiest.id}/list_subscribers") and gone in rows:
            rows.remove(gone)  # behind the first page: the later ones come in any order
        return reply

    trip.app.handle = handle  # type: ignore[method-assign]
    bundle = trip.export()
    read = {row.source_id for row in bundle.enrolments() if row.sequence_id == str(busiest.id)}
    assert read == {str(row.id) for row in rows}


def test_in_an_account_that_never_stands_still_the_deleted_stay_deleted(tmp_path: Path) -> None:
    """Somebody is deleted and somebody comes at each page, also while the list is read once more."""
    account = account_of(60, sequences=6)
    trip = trip_in(tmp_path, account, switches=Switches(p1_page_size=10))
    inner, deleted = trip.app.handle, list[str]()

    def handle(request: Request) -> Response:
        reply = inner(request)
        if request.path.endswith("/subscribers.json") and len(deleted) < 9:
            person = account.subscribers.pop(0)
            trip.app.channel.directory.people.pop(person.id)
            trip.app.channel.directory.by_email.pop(person.email.lower(), None)
            deleted.append(str(person.id))
        return reply

    trip.app.handle = handle  # type: ignore[method-assign]
    bundle = trip.export()
    read = {row.source_id for row in bundle.contacts()}
    last = deleted[-3:]
    assert not read & (set(deleted) - set(last)), "whoever was deleted before the end is not in the bundle"
    stayed = {str(person.id) for person in account.subscribers}
    missing = stayed - read
    if missing:
        assert any(item.scope == "contacts" for item in bundle.manifest.unread)
