"""What goes wrong on the way, one test each: the load ends as planned, or stops in one sentence and goes on later."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from plans import Bench, PlanMaker, people, person, picture, quiet, representative

from migrator.errors import AuthError, Interrupted, RateLimited, Rejected, Unavailable, WorkspaceError
from migrator.load.checkpoint import NAME, Checkpoint
from migrator.load.run import load
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.faults import Fault
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY, Limits
from migrator.transport.answers import Safety
from migrator.transport.clock import FakeClock
from migrator.transport.stop import StopFlag

WRITES = [
    "POST /subscribers/imports",
    "PATCH /subscribers/*",
    "POST /lists",
    "POST /lists/*/subscribers",
    "POST /subscribers/bulk/tags/add",
    "POST /segments",
    "POST /templates",
    "POST /sequences",
    "PUT /sequences/*",
]


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("wanted")
    representative().write(folder)
    bench = Bench(folder)
    bench.load()
    return picture(bench.sandbox)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    representative().write(tmp_path)
    return Bench(tmp_path)


def with_faults(bench: Bench, *faults: Fault, **more: Any) -> Bench:
    bench.sandbox = SequenzySandbox(**({"limits": None, "faults": faults, "wall": bench.clock.now} | more))
    return bench


# --- the network and the server ---


@pytest.mark.parametrize("form", ["int", "date", "absent"])
def test_a_limit_is_waited_for_however_it_is_told(bench: Bench, wanted: Any, form: str) -> None:
    with_faults(bench, Fault(route="*", kind="429", nth=20, times=3, retry_after=form))
    summary = bench.load()
    assert summary.complete
    assert 3 == summary.limited
    assert wanted == picture(bench.sandbox)
    assert quiet(bench.sandbox)


def test_a_limit_of_a_year_stops_the_run_and_the_next_one_goes_on(bench: Bench, wanted: Any) -> None:
    with_faults(bench, Fault(route="POST /segments", kind="429", retry_after="absurd"))
    with pytest.raises(RateLimited):
        bench.load()
    assert bench.load().complete
    assert wanted == picture(bench.sandbox)


@pytest.mark.parametrize(
    "kind",
    ["500", "hang", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("503", "reset", "truncate", "html"))],
)
@pytest.mark.parametrize("after", [False, True])
def test_a_lost_answer_on_any_write_makes_nothing_twice(bench: Bench, wanted: Any, kind: str, after: bool) -> None:
    """One lost answer on the first call of every kind of write, before or after the server acted."""
    with_faults(bench, *(Fault(route=route, kind=kind, after=after) for route in WRITES))
    assert bench.load().complete
    assert wanted == picture(bench.sandbox)
    assert quiet(bench.sandbox)


def test_a_timeout_after_a_sequence_was_made_leaves_one_sequence(bench: Bench, wanted: Any) -> None:
    with_faults(bench, Fault(route="POST /sequences", kind="hang", after=True, times=2))
    assert bench.load().complete
    assert 2 == len(bench.sandbox.state.sequences)
    assert wanted == picture(bench.sandbox)


def test_an_overlapping_import_is_asked_again(tmp_path: Path) -> None:
    PlanMaker(actives=people(40), batch=10).write(tmp_path)
    bench = Bench(tmp_path)
    # The answer to the first import is lost, and its repeat meets the import that is being queued.
    bench.sandbox = SequenzySandbox(
        limits=None, faults=[Fault(route="POST /subscribers/imports", kind="hang", after=True)]
    )
    bench.sandbox.import_overlap_503 = 2
    assert bench.load().complete
    assert 40 == len(bench.sandbox.state.subscribers)
    assert 4 == len(bench.sandbox.state.imports)


def test_a_key_revoked_midway_is_one_sentence_and_the_next_run_goes_on(bench: Bench, wanted: Any) -> None:
    with_faults(bench, Fault(route="POST /segments", kind="revoked"))
    with pytest.raises(AuthError, match="does not accept the key"):
        bench.load()
    assert quiet(bench.sandbox)
    assert bench.load().complete
    assert wanted == picture(bench.sandbox)


def test_a_key_without_a_permission_stops_before_the_first_write(bench: Bench) -> None:
    bench.sandbox = SequenzySandbox(limits=None, keys={DEFAULT_KEY: "read_only"})
    with pytest.raises(AuthError, match="lists:write"):
        bench.load()
    assert [] == bench.sandbox.recorded


def test_a_person_who_stops_the_run_can_go_on(bench: Bench, wanted: Any) -> None:
    stop = StopFlag()
    bench.clock = FakeClock(stop=stop)
    calls = 0

    def stopping(inner: httpx.BaseTransport) -> httpx.BaseTransport:
        class Stopping(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                nonlocal calls
                calls += 1
                if calls == 25:
                    stop.set()
                return inner.handle_request(request)

        return Stopping()

    bench.transport = stopping
    with pytest.raises(Interrupted) as stopped:
        bench.load()
    assert 130 == stopped.value.exit_code
    assert 25 == calls, "the request under way was finished, and no new one was started"
    bench.clock, bench.transport = FakeClock(), None
    assert bench.load().complete
    assert wanted == picture(bench.sandbox)


# --- single people ---


def rejects(bench: Bench) -> list[dict[str, str]]:
    with (bench.folder / "rejected.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def bad_date(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "createdAt": "0000-00-00"}


def poisoned(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "customAttributes": {"poison": 1}}


@pytest.mark.parametrize("spoil", [bad_date, poisoned])
def test_one_bad_row_never_costs_the_others(tmp_path: Path, spoil: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """One time the refusal names the row, the other time it names nothing that helps."""
    rows = people(5000)
    rows[1234] = spoil(rows[1234])
    PlanMaker(actives=rows).write(tmp_path)
    fault = Fault(route="POST /subscribers/imports", kind="422", field="poison", times=0)
    bench = with_faults(Bench(tmp_path), fault)
    summary = bench.load()
    assert (1, 0) == (summary.rejected, summary.counts["people"].open)
    assert 4999 == len(bench.sandbox.state.subscribers) == summary.counts["people"].added
    [row] = rejects(bench)
    assert "person1235@example.com" == row["email"]
    assert row["reason"]
    assert len(bench.writes()) < 40
    writes = bench.writes()
    bench.load()
    assert writes == bench.writes()


def test_rows_that_fail_inside_an_accepted_import_are_found(tmp_path: Path) -> None:
    rows = people(60)
    rows[17]["email"] = "no address at all"
    rows[44]["email"] = "@example.com"
    PlanMaker(actives=rows).write(tmp_path)
    bench = Bench(tmp_path)
    summary = bench.load()
    assert 58 == len(bench.sandbox.state.subscribers)
    assert {"no address at all", "'@example.com"} == {row["email"] for row in rejects(bench)}
    assert (58, 2) == (summary.counts["people"].added, summary.counts["people"].failed)


def test_a_refused_person_is_not_created_by_a_list(tmp_path: Path) -> None:
    rows = people(30)
    rows[4] = bad_date(rows[4])
    PlanMaker(actives=rows, lists={"News": [row["email"] for row in rows]}).write(tmp_path)
    bench = Bench(tmp_path)
    bench.load()
    assert bench.contact("person5@example.com") is None
    assert 29 == len(bench.sandbox.state.list_members(next(iter(bench.sandbox.state.lists))))


def test_a_request_that_is_wrong_as_a_whole_is_not_blamed_on_the_rows(tmp_path: Path) -> None:
    PlanMaker(actives=people(300)).write(tmp_path)
    bench = with_faults(Bench(tmp_path), Fault(route="POST /subscribers/imports", kind="422", times=0))
    with pytest.raises(Rejected):
        bench.load()
    assert len(bench.writes()) <= 20


def test_many_failing_rows_stop_the_load(tmp_path: Path) -> None:
    rows = [person(number, email=f"bad {number}") for number in range(40)]
    PlanMaker(actives=[*people(40), *rows]).write(tmp_path)
    bench = Bench(tmp_path)
    with pytest.raises(Rejected, match="failed 40 of 80 rows"):
        bench.load()


def test_who_opted_out_at_the_target_stays_opted_out(bench: Bench) -> None:
    api = bench.api()
    for number in (1, 2):
        body = {"email": f"person{number}@example.com", "status": "unsubscribed", "lists": []}
        api.send("POST", "/subscribers", body, safety=Safety.REPEATABLE)
    bench.load()
    for number in (1, 2):
        found = bench.contact(f"person{number}@example.com")
        assert "unsubscribed" == found.status
        assert not [one for one in found.lists.values() if one.current]
    counts = bench.verify()
    assert counts.equal, bench.rows("differing")


def test_an_opt_out_of_the_source_reaches_somebody_active_at_the_target(bench: Bench) -> None:
    body = {"email": "person21@example.com", "lists": []}
    bench.api().send("POST", "/subscribers", body, safety=Safety.REPEATABLE)
    bench.load()
    assert "unsubscribed" == bench.contact("person21@example.com").status


# --- settings that could start something ---


@pytest.mark.parametrize("size", [3, 12])
def test_double_opt_in_and_default_lists_change_nothing(tmp_path: Path, size: int) -> None:
    PlanMaker(actives=people(size), opt_outs=[person(90, status="unsubscribed")]).write(tmp_path)
    bench = Bench(tmp_path)
    bench.sandbox = SequenzySandbox(limits=None, settings={"double_opt_in": True, "default_list_ids": None})
    bench.api().send("POST", "/lists", {"name": "Everybody"}, safety=Safety.REPEATABLE)
    assert bench.load().complete
    assert quiet(bench.sandbox)
    assert not bench.sandbox.state.list_members(next(iter(bench.sandbox.state.lists)))
    assert size == sum(one.status == "active" for one in bench.sandbox.state.subscribers.values())


def test_a_live_sequence_at_the_target_takes_nobody_in(bench: Bench) -> None:
    """The most eager automation there is: every new contact, and every contact with the tag."""
    api = bench.api()
    step = {"subject": "Hi", "html": "<p>Hi</p>"}
    for trigger in ({"trigger": "contact_added"}, {"trigger": "tag_added", "tagName": "vip"}):
        body = {"name": f"Live {trigger['trigger']}", "steps": [step], **trigger}
        made = api.send("POST", "/sequences", body, safety=Safety.REPEATABLE).data["sequence"]["id"]
        api.send("POST", f"/sequences/{made}/enable", safety=Safety.REPEATABLE)
    assert bench.load().complete
    state = bench.sandbox.state
    assert [] == state.outbox
    assert {} == state.enrollments


# --- the workspace ---


def test_a_checkpoint_cut_short_is_one_sentence(bench: Bench) -> None:
    bench.load()
    path = bench.folder / NAME
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(WorkspaceError, match="The checkpoint is damaged"):
        bench.load()


def test_a_checkpoint_that_is_none_is_one_sentence(bench: Bench) -> None:
    (bench.folder / NAME).write_bytes(b"something else" * 100)
    with pytest.raises(WorkspaceError, match="The checkpoint is damaged"):
        bench.load()


def test_a_checkpoint_of_another_version_is_refused(bench: Bench) -> None:
    bench.load()
    import sqlite3

    with sqlite3.connect(bench.folder / NAME) as database:
        database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(WorkspaceError, match="another version"):
        bench.load()


def test_two_loads_at_once_are_refused_and_the_first_is_named(bench: Bench) -> None:
    with Checkpoint.open(bench.folder, clock=bench.clock), pytest.raises(WorkspaceError, match=r"Another run.*process"):
        bench.load()
    assert [] == bench.sandbox.recorded
    assert bench.load().complete


def test_a_lock_of_another_machine_expires(bench: Bench) -> None:
    checkpoint = Checkpoint.open(bench.folder, clock=bench.clock)
    with checkpoint.writing():
        checkpoint._db.execute("UPDATE lock SET host = 'elsewhere', pid = 1")
    with pytest.raises(WorkspaceError, match="on elsewhere"):
        bench.load()
    bench.clock.advance(1900)
    assert bench.load().complete
    checkpoint._db.close()


def test_a_full_disk_is_one_sentence_and_the_next_run_goes_on(tmp_path: Path) -> None:
    PlanMaker(actives=people(600), batch=2).write(tmp_path)
    bench = Bench(tmp_path)
    with Checkpoint.open(bench.folder, clock=bench.clock) as checkpoint:
        pages = checkpoint._db.execute("PRAGMA page_count").fetchone()[0]
        checkpoint._db.execute(f"PRAGMA max_page_count={pages + 2}")
        with pytest.raises(WorkspaceError, match="cannot be written"):
            load(bench.opened(), bench.api(), checkpoint, bench.folder)
    assert bench.load().complete
    assert 600 == len(bench.sandbox.state.subscribers)


def test_a_plan_made_again_in_the_middle_is_loaded_to_its_own_end(bench: Bench) -> None:
    with_faults(bench, Fault(route="POST /segments", kind="revoked"))
    with pytest.raises(AuthError):
        bench.load()
    shutil.rmtree(bench.folder / "plan")
    maker = representative()
    maker.actives[0]["firstName"] = "Other"
    maker.write(bench.folder)
    assert bench.load().complete
    assert "Other" == bench.contact("person1@example.com").first_name
    assert bench.verify(settle=0).equal


def test_another_workspace_at_the_target_is_refused(bench: Bench) -> None:
    bench.load()
    bench.sandbox = SequenzySandbox(limits=None, settings={"company_id": "comp_other"})
    with pytest.raises(WorkspaceError, match="another Sequenzy workspace"):
        bench.load()
    assert [] == bench.sandbox.recorded


# --- what is there already ---


def test_a_list_of_the_same_name_is_used_and_a_segment_with_other_rules_is_not(bench: Bench) -> None:
    api = bench.api()
    api.send("POST", "/lists", {"name": "News"}, safety=Safety.REPEATABLE)
    rules = [{"id": "x", "kind": "filter", "field": "tag", "operator": "contains", "value": "other"}]
    api.send("POST", "/segments", {"name": "Warm", "filters": rules}, safety=Safety.REPEATABLE)
    summary = bench.load()
    assert 1 == summary.counts["lists"].existed
    assert 1 == summary.counts["segments"].failed
    assert ["News", "Tips"] == sorted(one.name for one in bench.sandbox.state.lists.values())
    assert "other rules" in rejects(bench)[0]["reason"]


# --- pace ---


def test_the_allowed_rate_is_used_and_never_exceeded(tmp_path: Path) -> None:
    PlanMaker(actives=people(2500), batch=10).write(tmp_path)
    clock = FakeClock()
    sandbox = SequenzySandbox(limits=Limits(), monotonic=clock.monotonic)
    bench = Bench(tmp_path, sandbox=sandbox, clock=clock, rate=100)
    summary = bench.load()
    assert 0 == summary.limited
    assert summary.requests > 500
    # A hundred at once, and then a hundred every minute: that is the most the limit allows.
    ideal = (summary.requests - 1) // 100 * 60.0
    assert ideal / clock.monotonic() >= 0.98


def test_a_restart_remembers_what_was_sent_a_moment_ago(tmp_path: Path) -> None:
    PlanMaker(actives=people(900), batch=10).write(tmp_path)
    clock = FakeClock()
    sandbox = SequenzySandbox(limits=Limits(), monotonic=clock.monotonic)
    bench = Bench(tmp_path, sandbox=sandbox, clock=clock, rate=100)
    stop = 0

    def stopping(moment: str) -> None:
        nonlocal stop
        stop += 1
        if stop == 60:
            raise Interrupted("stopped by the test")

    with pytest.raises(Interrupted):
        bench.load(on_commit=stopping)
    assert 0 == bench.load().limited


def test_what_was_refused_is_tried_again_once_a_person_settled_it(bench: Bench, wanted: Any) -> None:
    api = bench.api()
    rules = [{"id": "x", "kind": "filter", "field": "tag", "operator": "contains", "value": "other"}]
    made = api.send("POST", "/segments", {"name": "Warm", "filters": rules}, safety=Safety.REPEATABLE).data
    assert not bench.load().complete
    api.send("DELETE", f"/segments/{made['segment']['id']}", safety=Safety.REPEATABLE)
    assert bench.load().complete
    assert wanted == picture(bench.sandbox)


def test_a_workspace_without_quiet_triggers_gets_a_tag_that_nobody_has(bench: Bench) -> None:
    bench.sandbox = SequenzySandbox(limits=None, manual_trigger=False)
    summary = bench.load()
    assert summary.complete, summary.facts()
    assert {"tag_added"} == {one.trigger for one in bench.sandbox.state.sequences.values()}
    assert any("nobody has" in text for text in summary.fallbacks)
    assert quiet(bench.sandbox)
    assert bench.verify().equal


@pytest.mark.parametrize("answer", ["the same page again", "more pages and no next one"])
def test_a_listing_that_cannot_be_followed_stops_the_run(bench: Bench, answer: str) -> None:
    """A short listing would let undo delete, and verify report, what it did not see."""
    api = bench.api()
    for number in (70, 71, 72):
        api.send("POST", "/subscribers", {"email": f"p{number}@example.com", "lists": []}, safety=Safety.REPEATABLE)

    def broken(inner: httpx.BaseTransport) -> httpx.BaseTransport:
        class Broken(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                if request.method == "GET" and request.url.path.endswith("/subscribers"):
                    following = "same" if "same" in answer else None
                    pages = {"total": 3, "hasMore": True, "nextCursor": following}
                    return httpx.Response(200, json={"success": True, "subscribers": [], "pagination": pages})
                return inner.handle_request(request)

        return Broken()

    bench.transport = broken
    with pytest.raises(Unavailable, match="unknown form"):
        bench.load()
    assert 3 == len(bench.writes())
