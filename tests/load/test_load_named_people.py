"""Whom a load names in list and tag calls: nobody who is gone or has opted out, and the failed ones again."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from plans import Bench, PlanMaker, people, person, picture

from migrator.errors import AuthError
from migrator.sandbox.sequenzy.faults import Fault
from migrator.transport.answers import Safety

EMAILS = [f"person{number}@example.com" for number in range(1, 31)]
CALLS = {"memberships": "/subscribers", "tags": "/bulk/tags/add"}


def maker() -> PlanMaker:
    return PlanMaker(
        actives=people(30), opt_outs=[person(40, status="unsubscribed")], lists={"News": EMAILS}, tags={"old": EMAILS}
    )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    maker().write(tmp_path)
    return Bench(tmp_path)


def rows_of(bench: Bench, name: str) -> list[tuple[str, str]]:
    path = bench.folder / name
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["kind"], row["email"]) for row in csv.DictReader(file)]


def named(bench: Bench, since: int = 0) -> list[str]:
    calls = [one for one in bench.sandbox.recorded[since:] if one["path"].endswith(("/subscribers", "/tags/add"))]
    return [email for one in calls for email in (one.get("body") or {}).get("emails", ())]


def stopped_before_lists(bench: Bench) -> Bench:
    bench.sandbox.faults.append(Fault(route="POST /lists", kind="revoked"))
    with pytest.raises(AuthError):
        bench.load()
    return bench


def test_nobody_deleted_at_the_target_meanwhile_is_brought_back(bench: Bench) -> None:
    stopped_before_lists(bench).api().send("DELETE", f"/subscribers/{EMAILS[3]}", safety=Safety.REPEATABLE)
    summary = bench.load()
    assert bench.contact(EMAILS[3]) is None
    assert EMAILS[3] not in named(bench)
    assert [("memberships", EMAILS[3]), ("tags", EMAILS[3])] == sorted(rows_of(bench, "left_out.csv"))
    assert (29, 1, 0) == tuple(getattr(summary.counts["memberships"], name) for name in ("added", "left_out", "open"))


def test_nobody_who_opted_out_at_the_target_meanwhile_is_named(bench: Bench) -> None:
    body = {"status": "unsubscribed"}
    stopped_before_lists(bench).api().send("PATCH", f"/subscribers/{EMAILS[5]}", body, safety=Safety.REPEATABLE)
    bench.load()
    assert EMAILS[5] not in named(bench)
    assert "unsubscribed" == bench.contact(EMAILS[5]).status
    assert [("memberships", EMAILS[5]), ("tags", EMAILS[5])] == sorted(rows_of(bench, "left_out.csv"))
    assert bench.load().nothing_to_do


def test_a_planned_opt_out_still_gets_its_tag(tmp_path: Path) -> None:
    PlanMaker(actives=people(3), opt_outs=[person(9, status="bounced")], tags={"old": ["person9@example.com"]}).write(
        tmp_path
    )
    bench = Bench(tmp_path)
    assert bench.load().complete
    assert ["old"] == bench.contact("person9@example.com").tags


def failing(kind: str, emails: set[str], times: int, *, named: bool = True) -> Callable[[Any], httpx.BaseTransport]:
    """The target does not act for these people, and says so, as often as told."""
    left = times

    def wrap(inner: httpx.BaseTransport) -> httpx.BaseTransport:
        class Failing(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request) -> httpx.Response:
                nonlocal left
                mine = request.method == "POST" and request.url.path.endswith(CALLS[kind])
                body = json.loads(request.content) if mine and request.content else {}
                hit = [email for email in body.get("emails", ()) if email in emails]
                if not hit or left <= 0:
                    return inner.handle_request(request)
                left -= 1
                body["emails"] = [email for email in body["emails"] if email not in emails]
                if body["emails"]:
                    again = httpx.Request(request.method, request.url, json=body, headers=_bare(request))
                    answer = inner.handle_request(again).json()
                else:
                    answer = {"success": True, "results": [], "failed": 0, "failures": []}
                answer["failed"] = len(hit)
                if kind == "memberships":
                    answer["results"] += [{"email": email, "success": False, "error": "busy"} for email in hit if named]
                else:
                    answer["success"] = False
                    answer["failures"] = [{"email": email, "error": "busy"} for email in hit if named]
                return httpx.Response(200, json=answer)

        return Failing()

    return wrap


def _bare(request: httpx.Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.lower() != "content-length"}


@pytest.mark.parametrize("kind", list(CALLS))
@pytest.mark.parametrize("named", [True, False])
def test_what_the_target_reports_as_failed_is_tried_again_in_the_same_run(
    bench: Bench, tmp_path: Path, kind: str, named: bool
) -> None:
    bench.transport = failing(kind, {EMAILS[2], EMAILS[9]}, 2, named=named)
    assert bench.load().complete
    maker().write(tmp_path / "unbroken")
    unbroken = Bench(tmp_path / "unbroken")
    unbroken.load()
    assert picture(unbroken.sandbox) == picture(bench.sandbox)


@pytest.mark.parametrize("kind", list(CALLS))
def test_what_keeps_failing_is_named_and_tried_again_by_the_next_load(bench: Bench, tmp_path: Path, kind: str) -> None:
    bench.transport = failing(kind, {EMAILS[2]}, 99)
    summary = bench.load()
    assert (29, 1, 0) == tuple(getattr(summary.counts[kind], name) for name in ("added", "failed", "open"))
    assert [(kind, EMAILS[2])] == rows_of(bench, "rejected.csv")
    bench.transport, writes = None, len(bench.sandbox.recorded)
    summary = bench.load()
    assert summary.complete
    assert [EMAILS[2]] == [email for one in bench.sandbox.recorded[writes:] for email in one["body"]["emails"]]
    maker().write(tmp_path / "unbroken")
    unbroken = Bench(tmp_path / "unbroken")
    unbroken.load()
    assert picture(unbroken.sandbox) == picture(bench.sandbox)


def test_a_second_load_has_nothing_to_do_and_counts_nothing_as_added(bench: Bench) -> None:
    first = bench.load()
    assert not first.nothing_to_do
    writes = bench.writes()
    second = bench.load()
    assert second.nothing_to_do
    assert writes == bench.writes()
    assert {0} == {count.added + count.updated for count in second.counts.values()}
    assert 31 == second.counts["people"].existed
    assert 0 == sum(count.open for count in second.counts.values())


def test_a_load_that_goes_on_counts_as_added_only_what_it_adds(bench: Bench) -> None:
    stopped_before_lists(bench)
    counts = bench.load().counts
    assert (0, 31) == (counts["people"].added, counts["people"].existed)
    assert 30 == counts["memberships"].added
