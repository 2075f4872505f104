"""The one HTTP client all adapters share: it paces, sends, reads, classifies, waits and repeats, and nothing else does.

It knows no platform: an adapter hands in the address, the key, the limits and its own advice, and gets an `Answer`
or one of the errors of migrator/errors.py. A call is repeated only when its `Safety` allows it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from migrator import __version__, errors
from migrator.errors import ApiProblem
from migrator.transport import hosts
from migrator.transport.answers import Answer, Meaning, Safety, meaning_of
from migrator.transport.bounded import ENCODINGS, Limits, Unbounded, whole_reply
from migrator.transport.calls import Call, Expect
from migrator.transport.clock import Clock, SystemClock
from migrator.transport.decode import Unreadable, decode_json, looks_like_page
from migrator.transport.pacing import Pacer
from migrator.transport.problems import parse_problem, problem_from
from migrator.transport.redact import redact
from migrator.transport.refusals import Advice, refusal
from migrator.transport.retry import Counts, Event, OnEvent, Patience, Tally
from migrator.transport.retry_after import retry_after
from migrator.transport.secret import Secret
from migrator.transport.server_limits import FollowServer, follow
from migrator.transport.wire import NEVER_SENT, Params, lower_headers, network_words, query_pairs, take_location

_log = logging.getLogger(__name__)
_HOPELESS = frozenset((501, 505))


@dataclass(frozen=True)
class Platform:
    """What an adapter knows about its server. `name` and the two settings are for messages a person reads."""

    name: str
    base_url: str
    key: Secret
    key_scheme: str = "Bearer"
    """The word before the key in its header; empty: the key alone."""
    key_header: str = "Authorization"
    url_setting: str = "the address"
    key_setting: str = "the key"
    headers: Mapping[str, str] = field(default_factory=dict)
    refuse_hosts: Mapping[str, str] = field(default_factory=dict)
    allow_http: bool = False
    follow_server: FollowServer | None = None
    advice: Advice | None = None
    timeout: float = 60.0
    connect_timeout: float = 10.0
    limits: Limits = field(default_factory=Limits)
    """Of one answer."""


class Client:
    """Safe to share between threads; they then share the pacing too."""

    def __init__(
        self,
        platform: Platform,
        *,
        clock: Clock | None = None,
        pacer: Pacer | None = None,
        patience: Patience | None = None,
        random: Random | None = None,
        on_event: OnEvent | None = None,
        http_transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.platform = platform
        self.clock = clock or SystemClock()
        self.pacer = pacer or Pacer(self.clock)
        self._patience = patience or Patience()
        self._random = random or Random()  # noqa: S311 - jitter, not cryptography
        self._on_event = on_event
        self._tally = Tally()
        hosts.check_key(platform.key, setting=platform.key_setting)
        self._base = hosts.base_address(
            platform.base_url,
            setting=platform.url_setting,
            refuse_hosts=platform.refuse_hosts,
            allow_http=platform.allow_http,
        )
        self._http = httpx.Client(
            transport=http_transport,
            timeout=httpx.Timeout(platform.timeout, connect=platform.connect_timeout),
            follow_redirects=False,
            # A proxy named in the environment is for the internet, not for this machine.
            trust_env=not hosts.is_loopback(self._base.hostname or ""),
            event_hooks={"response": [take_location]},
            headers={
                "User-Agent": f"sequenzy-migrate/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": ENCODINGS,
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    @property
    def counts(self) -> Counts:
        return self._tally.counts()

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, safety=Safety.READ, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        safety: Safety,
        params: Params | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        allow_empty: bool = False,
        expect: Expect = "json",
        pacer: Pacer | None = None,
    ) -> Answer:
        """One call, repeated as `safety` allows. `path` is percent-encoded (see `hosts.segment`) and holds no query;
        `content` is ready JSON bytes, sent as they are; `allow_empty` reads an empty 2xx body as {};
        `pacer` paces this call where the platform has a limit for each endpoint, instead of the client's own."""
        if safety is Safety.READ and method not in ("GET", "HEAD"):
            raise errors.Bug(f"{method} is no read")
        url = hosts.url_of(self._base, path)
        if params is not None:
            url = str(httpx.URL(url, params=query_pairs(params)))
        body = msgspec.json.encode(json) if json is not None else content
        sent_headers = {**self.platform.headers, **(headers or {})}
        if body is not None:
            sent_headers.setdefault("Content-Type", "application/json")
        where = redact(f"{method} {path}")
        call = Call(method, where, safety, allow_empty, expect, self.clock.monotonic(), pacer or self.pacer)
        while True:
            answer = self._attempt(call, url, sent_headers, body)
            if answer is not None:
                return answer

    def _attempt(self, call: Call, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer | None:
        """The answer, or None when the call should be made again (the wait is over then)."""
        try:
            reply = self._exchange(call, url, headers, body)
        except httpx.HTTPError as error:
            never_sent = isinstance(error, NEVER_SENT)
            hopeless = isinstance(error, httpx.UnsupportedProtocol) or "CERTIFICATE_VERIFY_FAILED" in str(error)
            self._later(call, ApiProblem(None, network_words(error)), acted=not never_sent, hopeless=hopeless)
            return None
        except Unbounded as error:
            problem = ApiProblem(error.status, f"the answer {error}")
            self._later(call, problem, acted=True, hopeless=not error.again)
            return None
        return self._judge(call, reply)

    def _exchange(self, call: Call, url: str, headers: Mapping[str, str], body: bytes | None) -> httpx.Response:
        hops = 0
        while True:
            paced = call.pacer.acquire()
            call.paced += paced
            self._tally.add(waited=paced)
            try:
                request = self._http.build_request(call.method, url, headers=headers, content=body)
                key = f"{self.platform.key_scheme} {self.platform.key.reveal()}".strip()
                request.headers[self.platform.key_header] = key
                self._tally.add(requests=1, sent=len(body or b""))
                reply = whole_reply(self._http.send(request, stream=True), self.platform.limits, self.clock)
            finally:
                call.pacer.replied()
            self._tally.add(received=len(reply.content))
            if self.platform.follow_server:
                follow(call.pacer, self.platform.follow_server, lower_headers(reply), self.clock.now())
            if meaning_of(reply.status_code, page=False) is not Meaning.REDIRECT:
                return reply
            url = hosts.next_hop(
                url,
                reply.extensions.get("location") if reply.status_code != 303 else None,
                method=call.method,
                hops=hops,
                platform=self.platform.name,
                setting=self.platform.url_setting,
            )
            hops += 1

    def _judge(self, call: Call, reply: httpx.Response) -> Answer | None:
        status, content = reply.status_code, reply.content
        kind = reply.headers.get("content-type", "")
        page = call.expect == "json" and looks_like_page(content, kind)
        meaning = meaning_of(status, page=page)
        if meaning is Meaning.DONE:
            return self._read(call, reply)
        headers = lower_headers(reply)
        problem = parse_problem(
            status,
            content,
            content_type=kind,
            charset=reply.charset_encoding,
            retry_after=retry_after(headers, self.clock.now()),
        )
        self._tell(Event("answered", call.where, status, call.failures + 1))
        if meaning is Meaning.LIMIT:
            self._limited(call, problem)
            return None
        if meaning is Meaning.LATER:
            self._later(call, problem, acted=True, hopeless=status in _HOPELESS or problem.retryable is False)
            return None
        raise self._refusal(call, meaning, problem)

    def _read(self, call: Call, reply: httpx.Response) -> Answer | None:
        status, content, headers = reply.status_code, reply.content, lower_headers(reply)
        self._tell(Event("answered", call.where, status, call.failures + 1))
        if call.expect == "bytes":
            return Answer(status, None, headers, content)
        if call.expect == "text":
            return Answer(status, None, headers, content, reply.text)
        if not content.strip():
            if call.allow_empty or status == 204:
                return Answer(status, {}, headers)
            self._later(call, ApiProblem(status, "the answer is empty"), acted=True)
            return None
        try:
            data, mended = decode_json(content, reply.charset_encoding)
        except Unreadable as error:
            self._later(call, ApiProblem(status, f"the answer is {error}"), acted=True)
            return None
        if isinstance(data, dict) and data.get("success") is False and not _tells_each_row(data):
            # A refusal dressed as success; the body is the platform's own word.
            raise self._refusal(call, Meaning.REFUSED, problem_from(status, data))
        return Answer(status, data, headers, content, mended=mended)

    def _refusal(self, call: Call, meaning: Meaning, problem: ApiProblem) -> errors.ApiError:
        return refusal(
            meaning,
            problem,
            platform=self.platform.name,
            where=call.where,
            key_name=self.platform.key_setting,
            advice=self.platform.advice,
        )

    def _limited(self, call: Call, problem: ApiProblem) -> None:
        """Stops every worker for as long as the server asks; raises when that is longer than allowed."""
        self._tally.add(limited=1)
        wait = call.limit_wait(problem.retry_after, self._patience, self._random)
        call.pacer.refused(wait)
        if call.limit_waited > self._patience.limit_total:
            raise self._refusal(call, Meaning.LIMIT, replace(problem, retry_after=wait))
        self._tally.add(retries=1)
        self._tell(Event("limited", call.where, problem.status, call.limited, wait))

    def _later(self, call: Call, problem: ApiProblem, *, acted: bool, hopeless: bool = False) -> None:
        """No usable answer: waits for the next try, or raises. `acted`: the server may have done it all the same."""
        call.failures += 1
        if acted and call.safety is Safety.ONCE:
            raise errors.Uncertain(
                f"{self.platform.name} may or may not have done this",
                problem=problem,
                where=call.where,
                fix="Look at the target before repeating it; the command does so when it is started again.",
            )
        wait = call.failure_wait(problem.retry_after, self._patience, self._random)
        if hopeless or call.out_of_patience(self._patience, self.clock.monotonic(), wait):
            raise errors.Unavailable(
                f"{self.platform.name} gave no usable answer",
                problem=problem,
                where=call.where,
                fix=f"Check the connection and {self.platform.url_setting}, then run the command again.",
            )
        self._tally.add(retries=1, waited=wait)
        self._tell(Event("retry", call.where, problem.status, call.failures, wait))
        self.clock.sleep(wait)

    def _tell(self, event: Event) -> None:
        level = logging.DEBUG if event.kind == "answered" else logging.INFO
        _log.log(level, "%s %s, try %d, status %s", event.kind, event.where, event.attempt, event.status)
        if self._on_event:
            self._on_event(event)


def _tells_each_row(data: dict[str, Any]) -> bool:
    """A call for many people that failed for some of them: it says for whom, and the others are done."""
    return isinstance(data.get("failures"), list) or isinstance(data.get("results"), list)
