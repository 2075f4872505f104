"""Reading through the kit when things go wrong: missing permissions, faults, lists that change, and the limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.base import Wanted
from adapters.mailerlite.source import MailerLiteSource
from migrator.bundle import Bundle
from migrator.errors import AuthError, SettingsError, Unavailable
from migrator.export.run import export
from migrator.sandbox.sources.mailerlite import platform
from migrator.sandbox.sources.server import FAULTS, Fault, SourceSandbox, Switches
from migrator.sandbox.web import mock_transport
from migrator.transport.clock import FakeClock
from tests.contracts.source_contract import BEGIN, Listener, content
from tests.contracts.table_case import opened


def read(folder: Path, switches: Switches, local: Any = None, **wanted: Any) -> Bundle:
    app = SourceSandbox(local or platform(40), switches=switches, monotonic=FakeClock().monotonic)
    return read_from(app, folder, **wanted)


def read_from(app: SourceSandbox, folder: Path, **wanted: Any) -> Bundle:
    reading = opened(MailerLiteSource(), app)
    try:
        done = export(reading, folder, clock=FakeClock(BEGIN), watcher=Listener(), wanted=Wanted(**wanted))
    finally:
        reading.close()
    return Bundle.open(done.folder)


def free(**more: Any) -> Switches:
    return Switches(enforce_limits=False, **more)


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if kind != "404"])
def test_a_fault_on_any_list_changes_nothing(kind: str, tmp_path: Path) -> None:
    whole = content(read(tmp_path / "whole", free()))
    faults = [Fault(kind, route, nth=2) for route in ("/api/subscribers", "/api/groups", "/api/automations/")]
    assert content(read(tmp_path / "faulty", free(faults=faults, page_size=10))) == whole


def test_what_the_key_may_not_read_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    bundle = read(tmp_path / "bundle", free(lacks=("automations",)))
    said = [(item.what, item.scope) for item in bundle.manifest.unread]
    assert ("Automations", "sequences") in said
    assert list(bundle.sequences()) == []
    assert bundle.manifest.counts["contacts"] == 40


def test_doctor_names_each_list_that_the_key_may_not_read() -> None:
    reading = opened(MailerLiteSource(), SourceSandbox(platform(3), switches=free(lacks=("campaigns", "groups"))))
    assert [line.split(":")[0] for line in reading.permissions()] == [
        "The key may not read groups",
        "The key may not read campaigns",
    ]


def test_without_people_there_is_no_export(tmp_path: Path) -> None:
    app = SourceSandbox(platform(3), switches=free(lacks=("",)))
    with pytest.raises(AuthError):
        read_from(app, tmp_path / "bundle")


def test_a_wrong_key_stops_with_what_to_do(tmp_path: Path) -> None:
    app = SourceSandbox(platform(3), switches=free())
    reading = opened(MailerLiteSource(), app)
    app.platform.key = "another"
    with pytest.raises(AuthError) as refused:
        reading.probe()
    assert "MAILERLITE_API_KEY" in str(refused.value)


def test_a_missing_key_is_told_with_its_meaning_and_where_to_set_it() -> None:
    with pytest.raises(SettingsError) as refused:
        MailerLiteSource().open({}, clock=FakeClock(BEGIN))
    assert str(refused.value).startswith("MAILERLITE_API_KEY is not set")
    assert "API token" in str(refused.value)


def shrinks(app: SourceSandbox, times: int) -> None:
    """Somebody deletes a group after the first page is read, so many times; a page holds four of them."""
    route = next(route for route in app.platform.routes if route.path == "/api/groups")
    asked = {"n": 0}

    def answer(request: Any, part: str) -> list[Any]:
        asked["n"] += 1
        return app.platform.tables["groups"][: 5 if asked["n"] % 2 == 0 and asked["n"] <= 2 * times else 6]

    changed = type(route)(route.path, answer, route.style, route.permission)
    app.platform.routes = tuple(changed if each is route else each for each in app.platform.routes)


def test_a_list_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    app = SourceSandbox(platform(4), switches=free(page_size=4))
    shrinks(app, times=2)
    names = {group.name for group in read_from(app, tmp_path / "bundle").lists()}
    assert names == {row["name"] for row in app.platform.tables["groups"]}


def test_a_list_that_never_settles_is_an_error_with_its_request_and_the_next_run_begins_it_anew(tmp_path: Path) -> None:
    app = SourceSandbox(platform(4), switches=free(page_size=4))
    shrinks(app, times=3)
    with pytest.raises(Unavailable) as refused:
        read_from(app, tmp_path / "bundle")
    assert "GET /groups, page 2" in str(refused.value)
    assert "6 rows when we began and has 5 now" in str(refused.value)
    names = {group.name for group in read_from(app, tmp_path / "bundle").lists()}
    assert names == {row["name"] for row in app.platform.tables["groups"]}


def test_people_of_a_status_that_nobody_knows_are_missed_aloud(tmp_path: Path) -> None:
    local = platform(40)
    local.tables["subscribers"][0]["status"] = "hibernating"
    bundle = read(tmp_path / "bundle", free(), local)
    (found,) = bundle.manifest.mismatches
    assert (found.expected, found.found) == (40, 39)


def test_the_documented_limit_is_kept_by_waiting_and_never_run_into(tmp_path: Path) -> None:
    clock = FakeClock(BEGIN)
    app = SourceSandbox(platform(120), switches=Switches(page_size=1), monotonic=clock.monotonic)
    local = app.platform
    url, key = local.settings
    reading = MailerLiteSource().open(
        {url: f"http://localhost{local.base}", key: local.key}, clock=clock, http_transport=mock_transport(app)
    )
    begin = clock.monotonic()
    export(reading, tmp_path / "bundle", clock=clock, watcher=Listener(), wanted=Wanted(only=("contacts", "segments")))
    assert len(app.requests) > 120
    assert clock.monotonic() - begin >= 60.0 * ((len(app.requests) - 1) // 120)
    assert app.throttled <= 1, "our minute and the server's need not begin together"


def test_only_what_was_asked_for_is_read(tmp_path: Path) -> None:
    app = SourceSandbox(platform(5), switches=free())
    read_from(app, tmp_path / "bundle", only=("lists",))
    assert {seen.path for seen in app.requests} == {"/api/subscribers", "/api/groups"}
    bundle = read(tmp_path / "one", free(), only=("sequences",), sequences=("7002",))
    assert [sequence.source_id for sequence in bundle.sequences()] == ["7002"]
