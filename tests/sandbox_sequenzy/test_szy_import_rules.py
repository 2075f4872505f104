"""Bulk imports: counts add up, opt-outs stay, a bad row refuses the request, a key makes a repeat harmless."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from szy_support import Api

from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.faults import ImportTrouble
from migrator.sandbox.sequenzy.names import normalise_tag
from tests.looks import looks

ROW = st.fixed_dictionaries(
    {"email": st.sampled_from([f"{name}@example.com" for name in "abcdef"] + ["A@Example.com", "broken"])},
    optional={
        "status": st.sampled_from(["active", "unsubscribed", "bounced"]),
        "firstName": st.sampled_from(["Ada", "Eve"]),
        "externalId": st.sampled_from(["1", "2", "3"]),
        "tags": st.lists(st.sampled_from(["lead", "VIP Customer"]), max_size=2),
        "createdAt": st.sampled_from(["2020-01-01T00:00:00Z", "2025-01-01"]),
    },
)
STRATEGIES = st.sampled_from(["skip", "merge", "overwrite"])
BATCHES = st.lists(st.tuples(st.lists(ROW, min_size=1, max_size=8), STRATEGIES), min_size=1, max_size=3)


@given(batches=BATCHES)
@settings(max_examples=looks(40), deadline=None)
def test_import_counts_add_up(batches: list[tuple[list[dict[str, Any]], str]]) -> None:
    api = Api(SequenzySandbox(limits=None))
    for rows, strategy in batches:
        done = api.import_people(rows, duplicateStrategy=strategy, optInMode="confirmed")
        parts = [done[f"{name}Count"] for name in ("added", "updated", "skipped", "failed")]
        assert sum(parts) == done["processedCount"]
        assert done["processedCount"] + done["duplicateRows"] == done["totalRows"] == len(rows)
        assert sum(done["skippedReasons"].values()) == done["skippedCount"]
        assert sum(done["failedReasons"].values()) == done["failedCount"]


@given(batches=BATCHES)
@settings(max_examples=looks(40), deadline=None)
def test_nothing_but_a_patch_makes_an_opt_out_active(batches: list[tuple[list[dict[str, Any]], str]]) -> None:
    api = Api(SequenzySandbox(limits=None))
    list_id = api.post("/lists", name="News")["list"]["id"]
    api.control("settings", default_list_ids=None)
    api.post("/subscribers", email="a@example.com", status="unsubscribed")
    api.post("/subscribers", email="b@example.com", status="bounced")
    for rows, strategy in batches:
        api.import_people(rows, duplicateStrategy=strategy, optInMode="confirmed")
        for row in rows:
            if row["email"] != "broken":
                api.call("POST", "/subscribers", {**row, "duplicateStrategy": strategy})
                api.post(f"/lists/{list_id}/subscribers", emails=[row["email"]])
                api.post("/subscribers/tags", email=row["email"], tag="t")
    assert api.contact("a@example.com")["status"] == "unsubscribed"
    assert api.contact("b@example.com")["status"] == "bounced"
    assert all(entry["unsubscribedAt"] for entry in api.contact("a@example.com")["lists"])
    assert api.patch("/subscribers/a@example.com", status="active")["subscriber"]["status"] == "active"


@given(st.text(max_size=30))
@settings(max_examples=looks(200), deadline=None)
def test_a_tag_name_is_normalised_once(name: str) -> None:
    once = normalise_tag(name)
    assert normalise_tag(once) == once
    assert not any(character.isspace() for character in once)


def test_tag_names_that_the_documents_show() -> None:
    assert normalise_tag("  VIP \t Customer ") == "vip-customer"
    assert normalise_tag("saas.monthly") == "saas.monthly"


def test_rows_are_applied_when_the_import_completes_and_not_before(make_api: Callable[..., Api]) -> None:
    api = make_api(import_polls=2)
    queued = api.post("/subscribers/imports", subscribers=[{"email": "a@example.com"}])["import"]
    assert (queued["status"], queued["totalRows"]) == ("running", 1)
    path = f"/subscribers/imports/{queued['batchId']}"
    assert [api.get(path)["import"]["status"] for _ in range(2)] == ["running", "running"]
    assert api.call("GET", "/subscribers/a@example.com").status_code == 404
    assert api.get(path)["import"]["status"] == "completed"
    assert api.contact("a@example.com")["status"] == "active"


def test_the_virtual_clock_completes_an_import_too(make_api: Callable[..., Api]) -> None:
    api = make_api(import_polls=1000, import_seconds=30)
    queued = api.post("/subscribers/imports", subscribers=[{"email": "a@example.com"}])["import"]
    api.control("clock", advance="29s")
    assert api.call("GET", "/subscribers/a@example.com").status_code == 404
    api.control("clock", advance="1s")
    assert api.contact("a@example.com")["status"] == "active"
    assert api.get(f"/subscribers/imports/{queued['id']}")["import"]["status"] == "completed"


def test_an_imported_opt_out_has_no_date_and_a_row_narrows_an_active_contact(api: Api) -> None:
    list_id = api.post("/lists", name="News")["list"]["id"]
    api.import_people(
        [{"email": "a@example.com"}, {"email": "b@example.com", "status": "unsubscribed"}], listIds=[list_id]
    )
    assert api.contact("b@example.com")["unsubscribedAt"] is None
    assert api.contact("b@example.com")["lists"] == []
    out = [{"email": "a@example.com", "status": "unsubscribed"}]
    api.import_people(out, duplicateStrategy="skip")
    assert api.contact("a@example.com")["status"] == "active"
    api.import_people(out, duplicateStrategy="merge")
    narrowed = api.contact("a@example.com")
    assert narrowed["status"] == "unsubscribed"
    assert narrowed["lists"][0]["unsubscribedAt"] is not None


def test_one_bad_row_refuses_the_whole_request_and_is_named(api: Api) -> None:
    good = {"email": "a@example.com"}
    for bad, path in [
        ({"email": "b@example.com", "createdAt": "yesterday"}, "subscribers[1].createdAt"),
        ({"firstName": "Nobody"}, "subscribers[1]"),
        ({"email": "b@example.com", "customAttributes": {"deep": {"n": 1}}}, "subscribers[1].customAttributes.deep"),
    ]:
        answer = api.call("POST", "/subscribers/imports", {"subscribers": [good, bad]})
        assert answer.status_code == 400
        assert answer.json()["issues"][0]["path"] == path
    assert api.get("/subscribers", status="all")["pagination"]["total"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"subscribers": []},
        {"subscribers": [{"email": "a@example.com"}], "idempotencyKey": "  "},
        {"subscribers": [{"email": "a@example.com"}], "listIds": ["list_unknown"]},
        {"subscribers": [{"email": f"p{number}@example.com"} for number in range(5001)]},
    ],
)
def test_a_batch_that_breaks_a_limit_is_a_400(api: Api, body: dict[str, Any]) -> None:
    assert api.call("POST", "/subscribers/imports", body).status_code == 400


def test_a_repeat_with_the_same_key_and_content_queues_nothing(api: Api) -> None:
    body = {"subscribers": [{"email": "a@example.com"}], "idempotencyKey": "run-1", "optInMode": "confirmed"}
    first = api.ok("POST", "/subscribers/imports", body)
    again = api.ok("POST", "/subscribers/imports", body)
    assert (first["deduplicated"], again["deduplicated"]) == (False, True)
    assert first["import"]["id"] == again["import"]["id"]
    other = api.ok("POST", "/subscribers/imports", {**body, "optInMode": "default"})
    assert other["import"]["id"] != first["import"]["id"]


def test_an_overlapping_repeat_can_answer_503_and_is_safe_to_repeat(api: Api) -> None:
    body = {"subscribers": [{"email": "a@example.com"}], "idempotencyKey": "run-1"}
    first = api.ok("POST", "/subscribers/imports", body)["import"]
    api.control("settings", import_overlap_503=1)
    refused = api.call("POST", "/subscribers/imports", body)
    assert refused.status_code == 503
    assert refused.json() == {
        "success": False,
        "error": "The same import is being queued, repeat the request",
        "retryable": True,
        "importId": first["id"],
    }
    assert api.ok("POST", "/subscribers/imports", body)["deduplicated"]


def test_under_double_opt_in_only_confirmed_imports_are_active(make_api: Callable[..., Api]) -> None:
    api = make_api(settings={"double_opt_in": True})
    api.import_people([{"email": "a@example.com"}, {"email": "out@example.com", "status": "unsubscribed"}])
    api.import_people([{"email": "b@example.com"}], optInMode="confirmed")
    assert api.contact("a@example.com")["status"] == "unsubscribed"
    assert api.contact("b@example.com")["status"] == "active"
    assert [row["recipient"] for row in _outbox(api)] == ["a@example.com"]


def test_a_wrong_time_zone_is_dropped_and_the_row_kept(api: Api) -> None:
    done = api.import_people([{"email": "a@example.com", "timezone": "Mars/Base"}])
    assert done["addedCount"] == 1
    assert api.contact("a@example.com")["timezone"] is None


@pytest.mark.parametrize(
    ("tells", "counted"),
    [("chunk", (1, 0, 0, 1)), ("failed", (1, 1, 1, 0)), ("silent", (1, 0, 0, 0)), ("lie", (2, 0, 0, 0))],
)
def test_an_import_can_lose_a_row_and_tell_it_in_four_ways(api: Api, tells: str, counted: tuple[int, ...]) -> None:
    api.sandbox.import_troubles.append(ImportTrouble(lost=frozenset({1}), tells=tells))
    done = api.import_people([{"email": "a@example.com"}, {"email": "b@example.com"}], optInMode="confirmed")
    reasons = sum(done["failedReasons"].values())
    assert counted == (done["addedCount"], done["failedCount"], reasons, done["failedChunks"])
    assert api.call("GET", "/subscribers/b@example.com").status_code == 404
    assert api.contact("a@example.com")["status"] == "active"


def test_an_import_can_be_forgotten_by_the_target(api: Api) -> None:
    api.sandbox.import_troubles.append(ImportTrouble(gone=True))
    body = {"subscribers": [{"email": "a@example.com"}], "optInMode": "confirmed"}
    made = api.ok("POST", "/subscribers/imports", body)["import"]["id"]
    codes = [api.call("GET", f"/subscribers/imports/{made}").status_code for _ in range(3)]
    assert 404 == codes[-1]
    assert api.contact("a@example.com")["status"] == "active"


def _outbox(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.http.get("http://sequenzy.test/_sandbox/outbox").json()["outbox"]
    return found
