"""The shell of the local Sequenzy: keys, scopes, limits, faults, the record of writes, and saving."""

from __future__ import annotations

import email.utils
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from szy_support import Api

from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.faults import Fault
from migrator.sandbox.sequenzy.keys import DEFAULT_KEY, Limits
from migrator.sandbox.server import serving


def test_both_base_paths_answer(sandbox: SequenzySandbox) -> None:
    for base in ("http://sequenzy.test/api/v1", "http://sequenzy.test/v1"):
        assert Api(sandbox, base=base).get("/lists") == {"success": True, "lists": []}
    assert Api(sandbox, base="http://sequenzy.test/v2").call("GET", "/lists").status_code == 404


def test_a_missing_key_is_a_401_in_either_shape(make_api: Callable[..., Api]) -> None:
    answer = Api(make_api().sandbox, key="wrong").call("GET", "/lists")
    assert answer.status_code == 401
    assert answer.json()["error"] == {"code": "UNAUTHORIZED", "message": "Invalid API key"}
    older = Api(make_api(unauthorized_shape=1).sandbox, key="wrong").call("GET", "/lists")
    assert older.json() == {"success": False, "error": "Unauthorized"}


def test_a_key_without_the_scope_is_told_which_one_is_missing() -> None:
    keys = {"seq_live_reader": "read_only", "seq_live_loader": "data_ingest_safe"}
    sandbox = SequenzySandbox(keys=keys, limits=None)
    reader, loader = Api(sandbox, key="seq_live_reader"), Api(sandbox, key="seq_live_loader")
    answer = reader.call("POST", "/lists", {"name": "News"})
    assert answer.status_code == 403
    assert answer.json()["error"] == "API key is missing required scope: lists:write"
    assert reader.get("/lists")["lists"] == []
    refused = loader.call("POST", "/subscribers", {"email": "a@example.com", "enrollInSequences": True})
    assert refused.json()["error"] == "API key is missing required scope: automations:trigger"
    assert loader.post("/subscribers", email="a@example.com", enrollInSequences=False)["success"]
    people = {"subscribers": [{"email": "b@example.com"}]}
    assert loader.call("POST", "/subscribers/imports", people).status_code == 403
    assert loader.post("/subscribers/imports", **people, optInMode="confirmed")["success"]
    opt_outs = [{"email": "c@example.com", "status": "unsubscribed"}]
    assert loader.post("/subscribers/imports", subscribers=opt_outs)["success"]
    account = loader.get("/account")["apiKeyPermissions"]
    assert account["preset"] == "data_ingest_safe"
    assert "automations:trigger" in account["missingLiveDeliveryScopes"]


def test_a_key_that_may_not_mail_cannot_cause_an_opt_in_mail() -> None:
    keys = {"seq_live_loader": ("subscribers:*", "lists:*", "tags:*", "events:write")}
    sandbox = SequenzySandbox(keys=keys, limits=None, settings={"double_opt_in": True})
    api = Api(sandbox, key="seq_live_loader")
    list_id = api.post("/lists", name="News")["list"]["id"]
    person = {"email": "a@example.com"}
    for path, body in {
        "/subscribers": {**person, "enrollInSequences": False},
        "/subscribers/tags": {**person, "tag": "x"},
        "/subscribers/events": {**person, "event": "x"},
        f"/lists/{list_id}/subscribers": {"emails": ["a@example.com"]},
        "/subscribers/imports": {"subscribers": [person]},
    }.items():
        assert api.call("POST", path, body).status_code == 403, path
    assert sandbox.state.subscribers == {}
    assert sandbox.state.outbox == []


def test_the_documented_limits_hold_per_second_and_per_minute() -> None:
    now = [1000.0]
    api = Api(SequenzySandbox(limits=Limits(), monotonic=lambda: now[0]))
    statuses = [api.call("GET", "/lists").status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    answer = api.call("GET", "/lists")
    assert answer.headers["retry-after"] == "1"
    assert answer.json() == {"success": False, "message": "Rate limit exceeded"}
    allowed = 20
    for _ in range(5):
        now[0] += 1.0
        allowed += sum(api.call("GET", "/lists").is_success for _ in range(25))
    assert allowed == 100
    wait = int(api.call("GET", "/lists").headers["retry-after"])
    now[0] += wait
    assert api.call("GET", "/lists").is_success


@pytest.mark.parametrize("form", ["int", "date", "absent", "absurd"])
def test_a_burst_of_429_speaks_every_header_form(api: Api, form: str) -> None:
    api.sandbox.faults.append(Fault(route="GET /lists", kind="429", times=2, retry_after=form))
    answers = [api.call("GET", "/lists") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    header = answers[0].headers.get("retry-after")
    if form == "absent":
        assert header is None
    elif form == "date":
        assert email.utils.parsedate_to_datetime(header).tzinfo is not None
    else:
        assert int(header) == (2 if form == "int" else 31_536_000)


@pytest.mark.parametrize("kind", ["hang", "reset", "truncate"])
@pytest.mark.parametrize("after", [True, False])
def test_a_lost_answer_leaves_the_work_done_only_when_it_came_after(api: Api, kind: str, after: bool) -> None:
    api.sandbox.faults.append(Fault(route="POST /subscribers/imports", nth=2, kind=kind, after=after))
    api.post("/subscribers/imports", subscribers=[{"email": "a@example.com"}])
    with pytest.raises(httpx.TransportError):
        api.post("/subscribers/imports", subscribers=[{"email": "b@example.com"}])
    assert len(api.sandbox.state.imports) == (2 if after else 1)
    assert [entry["acted"] for entry in api.sandbox.recorded] == [True, after]


def test_other_faults_answer_as_told(api: Api) -> None:
    expected = {"500": 500, "503": 503, "html": 502, "redirect": 307, "revoked": 401}
    for kind, status in expected.items():
        api.control("faults", faults=[{"route": "GET /lists", "kind": kind}])
        answer = api.call("GET", "/lists")
        assert answer.status_code == status, kind
        assert api.call("GET", "/lists").is_success
    api.control("faults", faults=[{"route": "POST /subscribers", "kind": "422", "field": "createdAt", "times": 0}])
    assert api.call("POST", "/subscribers", {"email": "a@example.com"}).is_success
    refused = api.call("POST", "/subscribers", {"email": "b@example.com", "createdAt": "2024-01-01"})
    assert (refused.status_code, refused.json()["property"]) == (422, "/createdAt")
    api.control("faults", clear=True, faults=[{"kind": "revoked", "nth": 3, "times": 0}])
    assert [api.call("GET", "/tags").status_code for _ in range(4)] == [200, 200, 401, 401]


def test_a_fault_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault kind"):
        Fault(kind="teapot")
    with pytest.raises(ValueError, match="unknown fault settings"):
        Fault.read({"path": "/lists"})


def test_every_write_is_recorded_and_no_read(api: Api) -> None:
    api.get("/lists")
    api.post("/lists", name="News")
    api.call("POST", "/lists", {})
    recorded = api.http.get("http://sequenzy.test/_sandbox/recorded").json()["recorded"]
    assert [(entry["method"], entry["path"], entry["status"]) for entry in recorded] == [
        ("POST", "/lists", 200),
        ("POST", "/lists", 422),
    ]
    assert recorded[0]["body"] == {"name": "News"}


def test_a_saved_state_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    first = Api(SequenzySandbox(limits=None, state_file=file))
    first.post("/subscribers", email="a@example.com", externalId="x1", tags=["lead"])
    queued = first.post("/subscribers/imports", subscribers=[{"email": "b@example.com"}])["import"]
    first.control("clock", advance="5s")
    assert first.control("save")["saved"]
    assert file.stat().st_mode & 0o077 == 0
    second = Api(SequenzySandbox(limits=None, state_file=file))
    assert second.sandbox.state.now == first.sandbox.state.now
    assert second.get("/subscribers/external/x1")["subscriber"]["tags"] == ["lead"]
    second.control("clock", advance="1h")
    assert second.get(f"/subscribers/imports/{queued['id']}")["import"]["status"] == "completed"
    assert second.contact("b@example.com")["id"] != second.contact("a@example.com")["id"]


def test_the_same_seed_and_calls_give_the_same_ids() -> None:
    def ids(seed: int) -> list[Any]:
        api = Api(SequenzySandbox(limits=None, seed=seed))
        return [api.post("/lists", name="News")["list"]["id"], api.post("/lists", name="More")["list"]["id"]]

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)


def test_switches_are_checked(api: Api) -> None:
    answer = api.http.post("http://sequenzy.test/_sandbox/settings", json={"double_optin": True})
    assert answer.status_code == 400
    assert "unknown setting" in answer.json()["error"]
    assert api.control("settings", double_opt_in=True, import_polls=3)["settings"]["double_opt_in"]
    assert api.sandbox.import_polls == 3
    assert api.http.post("http://sequenzy.test/_sandbox/clock", json={"advance": "soon"}).status_code == 400
    assert api.http.post("http://sequenzy.test/_sandbox/clock", json={"to": "2020-01-01"}).status_code == 400


def test_a_body_that_is_no_json_object_is_refused(api: Api) -> None:
    assert api.http.post("/lists", content=b"{").status_code == 400
    assert api.http.post("/lists", json=["News"]).status_code == 422


def test_it_serves_on_loopback_with_really_broken_connections() -> None:
    sandbox = SequenzySandbox(limits=None, faults=[Fault(route="POST /lists", kind="truncate", after=True)])
    headers = {"authorization": f"Bearer {DEFAULT_KEY}"}
    with serving(sandbox) as url, httpx.Client(base_url=f"{url}/api/v1", headers=headers) as http:
        with pytest.raises(httpx.TransportError):
            http.post("/lists", json={"name": "News"})
        assert [entry["name"] for entry in http.get("/lists").json()["lists"]] == ["News"]
