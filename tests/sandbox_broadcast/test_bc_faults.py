"""The limit, and everything that goes wrong between the client and the server."""

from __future__ import annotations

import http.client
import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from bc_support import READ_KEY, account, client, sandbox

from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.switches import Fault, Switches
from migrator.sandbox.server import serving

PATH = "/api/v1/sequences"


def faulty(*faults: Fault):
    return sandbox(faults=list(faults))


def test_a_fault_strikes_the_nth_matching_request_once():
    app = faulty(Fault(route="GET */sequences", kind="500", nth=2))
    assert client(app).get("/api/v1/templates").status_code == 200
    assert [client(app).get(PATH).status_code for _ in range(4)] == [200, 500, 200, 200]


def test_a_fault_may_last_from_its_turn_onwards():
    app = faulty(Fault(route="GET */sequences", kind="502_html", nth=2, always=True))
    answers = [client(app).get(PATH) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 502, 502]
    assert answers[1].headers["content-type"].startswith("text/html")


def test_a_maintenance_page_is_html_with_status_200():
    answer = client(faulty(Fault(route="*", kind="html_200"))).get(PATH)
    assert (answer.status_code, answer.text[:15]) == (200, "<!DOCTYPE html>")


def test_redirects_go_to_the_same_host_or_to_another():
    app = faulty(Fault(route="*", kind="redirect_same_host"), Fault(route="*", kind="redirect_other_host", nth=2))
    first, second = (client(app).get(f"{PATH}?limit=1&tags[]=a b") for _ in range(2))
    assert (first.status_code, second.status_code) == (301, 301)
    assert urlsplit(first.headers["location"]).netloc == "bc.test"
    assert urlsplit(second.headers["location"]).netloc == "elsewhere.acme.test"
    assert client(app).get(first.headers["location"]).json()["total"] == 16


@pytest.mark.parametrize(
    ("kind", "error"),
    [("hang", httpx.ReadTimeout), ("reset", httpx.ReadError), ("truncate", httpx.RemoteProtocolError)],
)
def test_a_broken_connection_raises(kind, error):
    with pytest.raises(error):
        client(faulty(Fault(route="*", kind=kind))).get(PATH)


def test_a_write_may_have_happened_before_the_connection_broke():
    body = {"subscriber": {"email": "late@example.com"}}
    for acted in (False, True):
        app = faulty(Fault(route="POST *", kind="reset", acted=acted))
        with pytest.raises(httpx.ReadError):
            client(app, "write").post(f"{PATH}/13/add_subscriber", json=body)
        assert (app.channel.directory.find("late@example.com") is not None) is acted


def test_half_an_answer_arrives_over_a_real_socket():
    with serving(faulty(Fault(route="*", kind="truncate"))) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
        connection.request("GET", PATH, headers={"Authorization": f"Bearer {READ_KEY}"})
        with pytest.raises(http.client.IncompleteRead):
            connection.getresponse().read()
        connection.close()


def test_a_hanging_server_times_out_over_a_real_socket():
    with serving(faulty(Fault(route="*", kind="hang"))) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=0.2)
        connection.request("GET", PATH, headers={"Authorization": f"Bearer {READ_KEY}"})
        with pytest.raises(socket.timeout):
            connection.getresponse()
        connection.close()


def test_every_request_is_counted_and_every_write_recorded():
    app = sandbox()
    client(app).get(PATH)
    client(app, "nobody").get(PATH)
    client(app, "write").patch(f"{PATH}/7", json={"active": False})
    client(app).post("/_sandbox/clock", json={"advance": "1s"})
    assert [(seen.method, seen.path) for seen in app.requests] == [("GET", PATH), ("GET", PATH), ("PATCH", f"{PATH}/7")]
    assert [(seen.method, seen.path, seen.body) for seen in app.recorded] == [
        ("PATCH", f"{PATH}/7", b'{"active":false}')
    ]


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def limited(**switches) -> tuple[BroadcastSandbox, Clock]:
    clock = Clock()
    return BroadcastSandbox(account(), switches=Switches(**switches), monotonic=clock, wall=clock), clock


def test_the_limit_refuses_until_the_window_is_over():
    app, clock = limited(rate_limit=3, enforce_rate_limit=True)
    answers = [client(app).get(PATH) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[3].json() == {"error": "Rate limit exceeded"}
    clock.seconds += int(answers[3].headers["retry-after"])
    assert client(app).get(PATH).status_code == 200


def test_the_limit_counts_each_key_by_itself():
    app, _ = limited(rate_limit=1, enforce_rate_limit=True)
    assert [client(app, key).get(PATH).status_code for key in ("read", "read", "write")] == [200, 429, 200]


def test_an_unenforced_limit_never_runs_out():
    app, _ = limited(rate_limit=3)
    assert {client(app).get(PATH).headers["x-ratelimit-remaining"] for _ in range(9)} == {"2"}


def test_the_reset_is_an_instant_a_number_or_not_told():
    iso, _ = limited()
    told = client(iso).get(PATH).headers["x-ratelimit-reset"]
    assert datetime.fromisoformat(told) == datetime.fromtimestamp(1060, UTC)
    epoch, _ = limited(rate_headers="epoch")
    assert client(epoch).get(PATH).headers["x-ratelimit-reset"] == "1060"
    silent, _ = limited(rate_headers="off")
    assert not any(name.startswith("x-ratelimit") for name in client(silent).get(PATH).headers)


def test_refusals_carry_the_rate_headers_too():
    assert client(sandbox(), "nobody").get(PATH).headers["x-ratelimit-limit"] == "120"
    assert client(sandbox()).get("/api/v1/nothing").headers["x-ratelimit-limit"] == "120"


def test_every_nth_request_may_be_refused_with_the_seconds_to_wait():
    app, _ = limited(refuse_every=3, retry_after=7)
    answers = [client(app).get(PATH) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200, 200, 429]
    assert answers[2].headers["retry-after"] == "7"


def test_broken_json_in_a_write_is_a_bad_request():
    answer = client(sandbox(), "write").patch(f"{PATH}/7", content=b"{half")
    assert answer.status_code == 400
