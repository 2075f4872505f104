"""The client at its edges: what is repeated, what never is, and where the key may go."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator import errors
from migrator.sandbox.server import serving
from migrator.sandbox.web import Request, Response
from migrator.transport.answers import Safety
from migrator.transport.client import Client, Platform
from migrator.transport.clock import FakeClock
from migrator.transport.hosts import segment
from migrator.transport.pacing import Pacer
from migrator.transport.retry import Event, Patience
from migrator.transport.secret import Secret
from migrator.transport.server_limits import FollowServer
from migrator.transport.stop import StopFlag
from tests.looks import looks

KEY = "seq_live_0123456789abcdef"
Reply = httpx.Response | Exception


class Script:
    """Answers in order, the last one for ever; keeps what was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.replies, self.requests = list(replies), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)


def ok(data: Any = None) -> httpx.Response:
    return httpx.Response(200, json=data if data is not None else {"success": True})


def client_for(
    handler: Callable[[httpx.Request], httpx.Response],
    base: str = "https://api.example.com/api/v1",
    *,
    clock: FakeClock | None = None,
    **options: Any,
) -> Client:
    used = clock or FakeClock()
    given_to_client = {name: options.pop(name) for name in ("patience", "on_event", "pacer") if name in options}
    return Client(
        Platform("Sequenzy", base, Secret(KEY), **options),
        clock=used,
        random=Random(7),
        http_transport=httpx.MockTransport(handler),
        **given_to_client,
    )


# --- what is sent


def test_a_request_carries_key_agent_query_and_exact_bytes() -> None:
    script = Script(ok())
    body = b'{"a":  1}'
    client_for(script, headers={"x-company-id": "c1"}).request(
        "POST",
        "/subscribers/" + segment("ada+test@example.com"),
        safety=Safety.REPEATABLE,
        params={"tags[]": ["a", "b"], "deep": True, "none": None, "page": 2},
        content=body,
        headers={"Idempotency-Key": "k1"},
    )
    sent = script.requests[0]
    assert (
        b"/api/v1/subscribers/ada%2Btest%40example.com?tags%5B%5D=a&tags%5B%5D=b&deep=true&page=2" == sent.url.raw_path
    )
    assert body == sent.content
    assert f"Bearer {KEY}" == sent.headers["authorization"]
    assert ("c1", "k1", "application/json") == tuple(
        sent.headers[name] for name in ("x-company-id", "idempotency-key", "content-type")
    )
    assert sent.headers["user-agent"].startswith("sequenzy-migrate/")


@pytest.mark.parametrize("value", ["a/b", "..", ".", "a?b", "a#b", "ü@example.com", "%2F"])
def test_a_part_of_a_path_stays_one_part(value: str) -> None:
    script = Script(ok())
    client_for(script).get(f"/subscribers/{segment(value)}/tags")
    parts = script.requests[0].url.raw_path.split(b"/")
    assert [b"", b"api", b"v1", b"subscribers", b"tags"] == parts[:4] + parts[5:]
    assert 6 == len(parts)


@pytest.mark.parametrize("path", ["lists", "//evil.test/x", "/a?b=1", "/a/../b", "https://evil.test/", "/a\\b"])
def test_a_path_that_could_lead_elsewhere_is_a_bug(path: str) -> None:
    with pytest.raises(errors.Bug):
        client_for(Script(ok())).get(path)


def test_an_empty_part_never_turns_one_person_into_the_whole_list() -> None:
    with pytest.raises(errors.Bug):
        segment("")


# --- what is repeated


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
@pytest.mark.parametrize("safety", [Safety.READ, Safety.REPEATABLE])
def test_a_repeatable_call_is_tried_again(status: int, safety: Safety) -> None:
    script, clock = Script(httpx.Response(status, json={"message": "x"}), ok({"n": 1})), FakeClock()
    method = "GET" if safety is Safety.READ else "POST"
    assert {"n": 1} == client_for(script, clock=clock).request(method, "/x", safety=safety).data
    assert 2 == len(script.requests)
    assert 1 == len(clock.sleeps)


BROKEN: list[Reply] = [
    httpx.ReadTimeout("x"),
    httpx.ReadError("x"),
    httpx.WriteError("x"),
    httpx.WriteTimeout("x"),
    httpx.RemoteProtocolError("x"),
    httpx.DecodingError("x"),
    httpx.Response(500, json={"success": False, "message": "x"}),
    httpx.Response(503, json={"success": False, "error": "x", "retryable": True}),
    httpx.Response(502, text="<html>bad gateway"),
    httpx.Response(200, text="<html>maintenance"),
    httpx.Response(200, content=b'{"success": tr'),
    httpx.Response(200, content=b""),
    httpx.Response(408),
]


@pytest.mark.parametrize("reply", BROKEN, ids=lambda reply: getattr(reply, "status_code", type(reply).__name__))
def test_a_create_without_a_key_is_never_sent_twice(reply: Reply) -> None:
    script = Script(reply, ok())
    with pytest.raises(errors.Uncertain):
        client_for(script).request("POST", "/sequences", safety=Safety.ONCE, json={"name": "x"})
    assert 1 == len(script.requests)


@given(
    st.lists(st.sampled_from(["ok", "429", "connect", *range(len(BROKEN))]), min_size=1, max_size=8),
)
@settings(max_examples=looks(80), deadline=None)
def test_whatever_happens_a_create_reaches_the_server_at_most_once(plan: list[Any]) -> None:
    acted = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal acted
        step = plan.pop(0) if plan else "ok"
        if step == "connect":
            raise httpx.ConnectError("refused", request=request)
        if step == "429":
            return httpx.Response(429, headers={"retry-after": "1"})
        acted += 1
        if step == "ok":
            return ok()
        reply = BROKEN[step]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    try:
        client_for(handler).request("POST", "/sequences", safety=Safety.ONCE, json={})
    except errors.Uncertain:
        assert 1 == acted
    except errors.Unavailable:
        assert 0 == acted
    else:
        assert 1 == acted


def test_a_create_that_never_left_is_tried_again() -> None:
    script = Script(httpx.ConnectError("refused"), httpx.ConnectTimeout("x"), ok())
    client_for(script).request("POST", "/sequences", safety=Safety.ONCE, json={})
    assert 3 == len(script.requests)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 413, 422])
def test_a_refusal_is_never_repeated(status: int) -> None:
    script = Script(httpx.Response(status, json={"error": "no"}))
    with pytest.raises(errors.ApiError) as caught:
        client_for(script).get("/x")
    assert 1 == len(script.requests)
    assert status == caught.value.problem.status
    assert not isinstance(caught.value, errors.Unavailable)


def test_success_false_under_status_200_is_a_refusal() -> None:
    with pytest.raises(errors.Rejected, match="bad thing"):
        client_for(Script(ok({"success": False, "error": "bad thing"}))).get("/x")


def test_trying_again_ends_and_the_delay_grows() -> None:
    script, clock = Script(httpx.Response(503)), FakeClock()
    with pytest.raises(errors.Unavailable) as caught:
        client_for(script, clock=clock, patience=Patience(attempts=4)).get("/x")
    assert 4 == len(script.requests)
    assert clock.sleeps == sorted(clock.sleeps)
    assert "503" in str(caught.value)


def test_trying_again_ends_after_the_total_time() -> None:
    script, clock = Script(httpx.Response(503)), FakeClock()
    with pytest.raises(errors.Unavailable):
        client_for(script, clock=clock, patience=Patience(attempts=1000, total=60)).get("/x")
    assert clock.monotonic() <= 60


def test_waiting_for_a_slot_does_not_use_up_the_patience() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    pacer.pause(1000)
    script = Script(httpx.Response(503), ok())
    client_for(script, clock=clock, pacer=pacer, patience=Patience(total=60)).get("/x")
    assert 2 == len(script.requests)


def test_a_server_that_says_not_to_repeat_is_believed() -> None:
    script = Script(httpx.Response(500, json={"error": "x", "retryable": False}))
    with pytest.raises(errors.Unavailable):
        client_for(script).get("/x")
    assert 1 == len(script.requests)


def test_retry_after_on_503_is_waited_for() -> None:
    clock = FakeClock()
    client_for(Script(httpx.Response(503, headers={"retry-after": "42"}), ok()), clock=clock).get("/x")
    assert clock.monotonic() >= 42


# --- the limit


@pytest.mark.parametrize("safety", list(Safety))
def test_a_429_waits_as_asked_and_is_repeated_for_every_call(safety: Safety) -> None:
    script, clock = Script(httpx.Response(429, headers={"retry-after": "33"}), ok()), FakeClock()
    client = client_for(script, clock=clock)
    client.request("GET" if safety is Safety.READ else "POST", "/x", safety=safety)
    assert 33 <= clock.monotonic() <= 36
    assert (2, 1, 1) == (client.counts.requests, client.counts.retries, client.counts.limited)


class GatedClock(FakeClock):
    """Holds everybody who waits until the gate opens; then time passes as usual."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting, self.gate = threading.Semaphore(0), threading.Event()

    def sleep(self, seconds: float) -> None:
        if seconds > 0 and not self.gate.is_set():
            self.waiting.release()
            assert self.gate.wait(20)
        super().sleep(seconds)


def test_a_429_stops_every_worker() -> None:
    script, clock = Script(httpx.Response(429, headers={"retry-after": "50"}), ok()), GatedClock()
    client = client_for(script, clock=clock)
    threads = [threading.Thread(target=client.get, args=(f"/{number}",)) for number in range(8)]
    threads[0].start()
    assert clock.waiting.acquire(timeout=20)
    for thread in threads[1:]:
        thread.start()
        assert clock.waiting.acquire(timeout=20)
    assert 1 == len(script.requests)
    clock.gate.set()
    for thread in threads:
        thread.join(20)
    assert 9 == len(script.requests)
    assert clock.monotonic() >= 50


def test_a_limit_longer_than_allowed_is_told_not_waited_for() -> None:
    clock = FakeClock()
    with pytest.raises(errors.RateLimited, match="30 min"):
        client_for(Script(httpx.Response(429, headers={"retry-after": "1800"})), clock=clock).get("/x")
    assert clock.monotonic() < 60


def test_endless_429_without_a_time_ends_as_rate_limited() -> None:
    clock = FakeClock()
    script = Script(httpx.Response(429, text="<html>slow down"))
    with pytest.raises(errors.RateLimited):
        client_for(script, clock=clock).get("/x")
    assert len(script.requests) < 40


def test_a_retry_after_of_zero_does_not_become_a_tight_loop() -> None:
    script = Script(httpx.Response(429, headers={"retry-after": "0"}))
    with pytest.raises(errors.RateLimited):
        client_for(script).get("/x")
    assert len(script.requests) < 60


def test_server_headers_are_followed_when_asked_for() -> None:
    clock = FakeClock()
    low = httpx.Response(
        200,
        json={},
        headers={
            "x-ratelimit-limit": "120",
            "x-ratelimit-remaining": "3",
            "x-ratelimit-reset": "2030-01-01T00:00:40Z",
        },
    )
    client = client_for(Script(low, ok()), clock=clock, follow_server=FollowServer())
    client.get("/x")
    client.get("/x")
    assert clock.monotonic() >= 40


# --- answers that are none


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 500, 503])
def test_a_web_page_is_never_an_answer(status: int) -> None:
    reply = httpx.Response(status, text="<!doctype html><title>Back soon</title>")
    with pytest.raises((errors.Unavailable, errors.SettingsError)):
        client_for(Script(reply)).get("/x")


@pytest.mark.parametrize(
    "content", [b"", b"  ", b'{"data":[', b"[1,2", b"plain", b"\xff", b'{"a":NaN}', b"[" * 100_000]
)
def test_an_answer_that_cannot_be_read_is_never_empty_data(content: bytes) -> None:
    with pytest.raises(errors.Unavailable):
        client_for(Script(httpx.Response(200, content=content))).get("/x")


def test_an_empty_answer_is_fine_where_the_caller_says_so() -> None:
    client = client_for(Script(httpx.Response(201)))
    assert {} == client.request("POST", "/x", safety=Safety.ONCE, allow_empty=True).data


def test_half_an_emoji_and_big_numbers_are_read() -> None:
    content = b'\xef\xbb\xbf{"name":"Ada \\ud83d","id":123456789012345678901234567890}'
    answer = client_for(Script(httpx.Response(200, content=content))).get("/x")
    assert {"name": "Ada \ufffd", "id": 123456789012345678901234567890} == answer.data
    assert answer.mended


def test_text_and_bytes_come_as_they_are() -> None:
    script = Script(httpx.Response(200, text="<html>a page on purpose"))
    assert "<html>a page on purpose" == client_for(script).get("/x", expect="text").text
    assert b"<html>a page on purpose" == client_for(script).get("/x", expect="bytes").content


# --- where the key may go


def redirect(location: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"location": location})


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("location", ["/api/v1/y", "https://api.example.com/api/v1/y", "y"])
def test_a_read_follows_on_the_same_host(status: int, location: str) -> None:
    script = Script(redirect(location, status), ok())
    client_for(script).get("/x")
    assert "/api/v1/y" == script.requests[1].url.path


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.test/api/v1/x?token=abc",
        "//evil.test/x",
        "http://api.example.com/api/v1/x",
        "https://api.example.com:8443/x",
        "https://api.example.com.evil.test/",
        "https://api.example.com@evil.test/",
        "https://someone@api.example.com/",
        "https://sub.api.example.com/",
        "javascript:alert(1)",
        "https://[broken",
        "",
    ],
)
def test_the_key_never_crosses_hosts(location: str) -> None:
    script = Script(redirect(location), ok())
    with pytest.raises(errors.SettingsError) as caught:
        client_for(script).get("/x")
    assert 1 == len(script.requests)
    assert "token" not in str(caught.value)


def test_the_refused_redirect_is_named_without_its_query() -> None:
    with pytest.raises(errors.SettingsError, match=r"redirects to https://evil\.test \("):
        client_for(Script(redirect("https://evil.test/x?email=ada@example.com"))).get("/x")


def test_plain_http_may_be_redirected_to_https_of_the_same_host() -> None:
    script = Script(redirect("https://mail.example.com/api/v1/x"), ok())
    client_for(script, "http://mail.example.com/api/v1", allow_http=True).get("/x")
    assert ["http", "https"] == [request.url.scheme for request in script.requests]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_follows_no_redirect(method: str) -> None:
    script = Script(redirect("/api/v1/y", 307), ok())
    with pytest.raises(errors.SettingsError):
        client_for(script).request(method, "/x", safety=Safety.REPEATABLE)
    assert 1 == len(script.requests)


def test_redirects_in_a_circle_end_after_three() -> None:
    script = Script(redirect("/api/v1/x"))
    with pytest.raises(errors.SettingsError):
        client_for(script).get("/x")
    assert 4 == len(script.requests)


@pytest.mark.parametrize(
    "base",
    [
        "api.example.com",
        "ftp://api.example.com",
        "https://",
        "https://user:pass@api.example.com",
        "https://api.example.com?x=1",
        "http://api.example.com",
        "https://sendbroadcast.com/api/v1",
        "https://WWW.sendbroadcast.com",
        "https://api.example.com:port",
    ],
)
def test_a_wrong_address_is_refused_before_anything_is_sent(base: str) -> None:
    script = Script(ok())
    with pytest.raises(errors.SettingsError) as caught:
        client_for(script, base, refuse_hosts={"sendbroadcast.com": "it is the vendor's web site"})
    assert [] == script.requests
    assert "user:" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nend", "schlüssel"])
def test_a_damaged_key_is_a_setting_to_correct(key: str) -> None:
    with pytest.raises(errors.SettingsError, match="SEQUENZY_API_KEY") as caught:
        Client(Platform("Sequenzy", "https://api.example.com", Secret(key), key_setting="SEQUENZY_API_KEY"))
    assert not key.strip() or key not in str(caught.value)


def test_a_certificate_that_does_not_fit_is_not_asked_again() -> None:
    script = Script(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] hostname mismatch"))
    with pytest.raises(errors.Unavailable, match="CERTIFICATE"):
        client_for(script).get("/x")
    assert 1 == len(script.requests)


def test_settings_errors_name_the_variable() -> None:
    with pytest.raises(errors.SettingsError, match="BROADCAST_HOST"):
        client_for(Script(ok()), "nonsense", url_setting="BROADCAST_HOST")


# --- what people see


def test_no_error_shows_a_secret_or_an_address() -> None:
    script = Script(httpx.Response(404, json={"error": f"ada@example.com unknown to {KEY}"}))
    with pytest.raises(errors.NotFound) as caught:
        client_for(script).get("/subscribers/" + segment("ada@example.com"))
    shown = f"{caught.value} {caught.value.as_dict()} {caught.value.problem!r}"
    assert "ada" not in shown
    assert KEY not in shown


def test_events_tell_the_progress_without_people() -> None:
    events: list[Event] = []
    script = Script(httpx.Response(503), httpx.Response(429), ok())
    client_for(script, on_event=events.append).get("/subscribers/" + segment("ada@example.com"))
    assert ["answered", "retry", "answered", "limited", "answered"] == [event.kind for event in events]
    assert "ada" not in repr(events)


def test_an_answer_prints_without_the_people_in_it() -> None:
    answer = client_for(Script(ok({"email": "ada@example.com"}))).get("/x")
    assert "Answer(status=200, mended=False)" == repr(answer)


def test_a_stopped_run_sends_nothing_more() -> None:
    flag = StopFlag()
    flag.set()
    script = Script(ok())
    with pytest.raises(errors.Interrupted):
        client_for(script, clock=FakeClock(stop=flag)).get("/x")
    assert [] == script.requests


# --- over real sockets


class Faulty:
    """Acts, then misbehaves once; the next request is answered."""

    def __init__(self, fault: str) -> None:
        self.fault, self.acted = fault, 0

    def handle(self, request: Request) -> Response:
        self.acted += 1
        return (
            Response.of({"success": True, "echo": json.loads(request.body or b"{}")}) if self.acted > 1 else self.bad()
        )

    def bad(self) -> Response:
        reply = Response.of({"success": True, "filler": "x" * 100})
        reply.fault = self.fault
        return reply


@pytest.mark.parametrize("fault", ["reset", "truncate"])
def test_broken_connections_repeat_reads_and_never_creates(fault: str) -> None:
    for safety, method in ((Safety.READ, "GET"), (Safety.ONCE, "POST")):
        app = Faulty(fault)
        with serving(app) as url, Client(Platform("Local", url, Secret(KEY)), clock=FakeClock()) as client:
            if safety is Safety.READ:
                client.request(method, "/x", safety=safety)
                assert 2 == app.acted
            else:
                with pytest.raises(errors.Uncertain):
                    client.request(method, "/x", safety=safety, json={"a": 1})
                assert 1 == app.acted


def test_a_port_without_a_server_is_unavailable() -> None:
    with serving(Faulty("reset")) as url:
        pass
    with (
        Client(Platform("Local", url, Secret(KEY)), clock=FakeClock()) as client,
        pytest.raises(errors.Unavailable, match="no connection"),
    ):
        client.request("POST", "/x", safety=Safety.ONCE)


def test_workers_share_one_pacer() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    pacer.pause(12)
    client_for(Script(ok()), clock=clock, pacer=pacer).get("/x")
    assert clock.monotonic() >= 12
