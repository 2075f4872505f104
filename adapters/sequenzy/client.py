"""Talking to Sequenzy: the address, the key, its limits, and the sentences a person reads when it refuses.

Pacing, retry and classification are the shared client's. What the calls mean is in find.py, read.py and write.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from migrator.errors import ApiProblem, SettingsError
from migrator.transport.answers import Answer, Safety
from migrator.transport.client import Client, Platform
from migrator.transport.clock import Clock
from migrator.transport.pacing import Pacer, Window
from migrator.transport.retry import Counts, OnEvent, Patience
from migrator.transport.secret import Secret

URL, KEY, COMPANY = "SEQUENZY_API_URL", "SEQUENZY_API_KEY", "SEQUENZY_COMPANY_ID"
DEFAULT_URL = "https://api.sequenzy.com/api/v1"
PER_MINUTE, PER_SECOND = 100, 20
"""The documented limits of one key."""

_SITE = "it is the vendor's site; the API lives on api.sequenzy.com"
_SOURCE = "that is Broadcast, a source; this setting names the target"
REFUSED = {
    "sequenzy.com": _SITE,
    "app.sequenzy.com": _SITE,
    "docs.sequenzy.com": _SITE,
    "sendbroadcast.com": _SOURCE,
    "app.sendbroadcast.com": _SOURCE,
    "sendbroadcast.net": _SOURCE,
}


def base_url(address: str) -> str:
    """The address as people paste it, with the one path that all calls share."""
    text = address.strip().rstrip("/")
    for tail in ("/api/v1", "/v1", "/api"):
        text = text.removesuffix(tail).rstrip("/")
    return f"{text}/api/v1"


def windows(rate: int | None) -> tuple[Window, ...]:
    """`rate`: requests a minute; None for the documented limit, 0 for only what the server imposes."""
    if rate == 0:
        return ()
    return Window(rate or PER_MINUTE, 60.0), Window(PER_SECOND, 1.0)


class Sequenzy:
    """One workspace. Everything that goes over the wire passes `get` or `send`."""

    def __init__(
        self,
        address: str,
        key: Secret,
        *,
        clock: Clock,
        company_id: str | None = None,
        rate: int | None = None,
        pacer: Pacer | None = None,
        patience: Patience | None = None,
        on_event: OnEvent | None = None,
        http_transport: Any = None,
    ) -> None:
        self.clock = clock
        self.on_call: Callable[[], None] | None = None
        """Called before each call; may raise to keep it from being made."""
        self.address = base_url(address)
        self.pacer = pacer or Pacer(clock, windows(rate))
        platform = Platform(
            "Sequenzy",
            self.address,
            key,
            url_setting=URL,
            key_setting=KEY,
            headers={"x-company-id": company_id} if company_id else {},
            refuse_hosts=REFUSED,
            advice=advice,
            timeout=120.0,
        )
        self._client = Client(
            platform,
            clock=clock,
            pacer=self.pacer,
            patience=patience,
            on_event=on_event,
            http_transport=http_transport,
        )

    def _called(self) -> None:
        if self.on_call is not None:
            self.on_call()

    @property
    def counts(self) -> Counts:
        return self._client.counts

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        self._called()
        return self._client.get(path, params=params)

    def send(self, method: str, path: str, body: Any = None, *, safety: Safety, content: bytes | None = None) -> Answer:
        """`content`: ready JSON bytes in place of `body`."""
        self._called()
        data = content if body is None else encode(body)
        return self._client.request(method, path, safety=safety, content=data, allow_empty=True)


def encode(body: Any) -> bytes:
    """Half an emoji, which UTF-8 cannot say, goes as an escape: the target decides what becomes of it."""
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:
        return json.dumps(body).encode()


def open_target(
    settings: Mapping[str, str],
    *,
    clock: Clock,
    rate: int | None = None,
    patience: Patience | None = None,
    on_event: OnEvent | None = None,
    http_transport: Any = None,
) -> Sequenzy:
    """The target that the settings name. A missing or damaged setting is told before anything is sent."""
    key = settings.get(KEY, "").strip()
    if not key:
        raise missing_key()
    return Sequenzy(
        settings.get(URL, "").strip() or DEFAULT_URL,
        Secret(key),
        company_id=settings.get(COMPANY, "").strip() or None,
        clock=clock,
        rate=rate,
        patience=patience,
        on_event=on_event,
        http_transport=http_transport,
    )


def missing_key() -> SettingsError:
    return SettingsError(
        f"{KEY} is not set",
        why="it is needed as the key of the Sequenzy workspace that receives the account",
        fix=f"Set it in the environment, or write {KEY}=... into .env in the workspace.",
    )


def advice(problem: ApiProblem) -> str | None:
    """What this platform's refusals ask of a person, where the general sentence would not help."""
    text = problem.message.lower()
    if problem.status == 403 and "company" in text:
        return f"A personal key needs to know the workspace: set {COMPANY} to its id."
    if problem.code == "SEGMENT_NAME_ALREADY_EXISTS":
        return "Rename the segment at the target or in mappings.toml, plan again, then run the same command."
    if problem.code == "SEQUENCE_NOT_READY":
        return "Settle what is named in the sequence itself, then enable it again."
    return None
