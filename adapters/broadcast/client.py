"""Talking to one Broadcast channel, with the channel's id where the key needs it. Only switch.py sends changes.

Pacing, retry and classification are the shared client's; this module knows the address rules, the key's scope, and
how a refused key differs from a missing permission.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from migrator.errors import ApiProblem, AuthError, NotFound, SettingsError
from migrator.transport.answers import Answer, Safety
from migrator.transport.clock import Clock
from migrator.transport.pacing import Pacer, Window
from migrator.transport.retry import OnEvent, Patience
from migrator.transport.secret import Secret
from migrator.transport.server_limits import FollowServer

HOST, TOKEN, CHANNEL = "BROADCAST_HOST", "BROADCAST_API_TOKEN", "BROADCAST_CHANNEL_ID"
PRESET = "https://app.sendbroadcast.com"
_NOT_API = "it is the vendor's site; the API lives on your own instance or on app.sendbroadcast.com"
_OLD = "that host was given up; use app.sendbroadcast.com or your own instance"
REFUSED = {"sendbroadcast.com": _NOT_API, "sendbroadcast.net": _NOT_API, "app.broadcast.email": _OLD}
PER_MINUTE = 120
"""The documented limit; a server's own headers say better."""


def base_url(host: str) -> str:
    """The address as people paste it, without what the paths bring along."""
    text = host.strip().rstrip("/")
    for tail in ("/api/v1", "/api"):
        text = text.removesuffix(tail).rstrip("/")
    return text


class Broadcast:
    def __init__(
        self,
        host: str,
        token: Secret,
        *,
        channel_id: str | None = None,
        clock: Clock,
        rate: int | None = None,
        on_event: OnEvent | None = None,
        http_transport: Any = None,
        patience: Patience | None = None,
    ) -> None:
        self.channel_id, self.clock = channel_id, clock
        self.send_channel = False
        self.host = base_url(host)
        self.pacer = Pacer(clock, (Window(rate, 60.0),) if rate else ())
        if rate is None:
            # Until the server announces its own limit, which then takes this one's place.
            self.pacer.learn(Window(PER_MINUTE, 60.0))
        # Here, not above: the list of sources shows each one's description and opens no connection.
        from migrator.transport.client import Client, Platform

        platform = Platform(
            "Broadcast",
            self.host,
            token,
            url_setting=HOST,
            key_setting=TOKEN,
            refuse_hosts=REFUSED,
            # Nobody else shares this key's limit, and the log of what was sent survives a restart.
            follow_server=FollowServer(share=1.0, low_water=1) if rate is None else None,
            advice=self._advice,
        )
        self._client = Client(
            platform,
            clock=clock,
            pacer=self.pacer,
            patience=patience,
            on_event=on_event,
            http_transport=http_transport,
        )
        self._whoami_known = False

    @property
    def requests(self) -> int:
        return self._client.counts.requests

    @property
    def limited(self) -> int:
        return self._client.counts.limited

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        return self._client.get(path, params=self._query(params))

    def get_text(self, path: str) -> str:
        return self._client.get(path, params=self._query(None), expect="text").text

    def send(self, method: str, path: str, body: Mapping[str, Any], *, safety: Safety) -> Answer:
        """A change. Some answers to one are empty."""
        named = {"broadcast_channel_id": self.channel_id} if self.channel_id and self.send_channel else {}
        return self._client.request(method, path, safety=safety, json={**body, **named}, allow_empty=True)

    def whoami(self) -> Mapping[str, Any] | None:
        """None on servers that are too old to tell. A refused key raises AuthError."""
        try:
            answer = self.get("/api/v1/whoami")
        except NotFound:
            return None
        self._whoami_known = True
        return answer.data if isinstance(answer.data, dict) else {}

    def require_key(self, refused: AuthError) -> None:
        """After a 401 or 403: returns when the key itself is good and only a permission is missing, else raises."""
        try:
            if self._whoami_known:
                self.get("/api/v1/whoami")
            else:
                self.get("/api/v1/subscribers.json", {"page": 1})
        except AuthError as error:
            if self._whoami_known or error.problem.status == 401:
                raise AuthError(
                    "Broadcast does not accept the key any more",
                    problem=refused.problem,
                    fix=f"Set the current key in {TOKEN}, then run the same command again: it goes on from here.",
                ) from None
        except NotFound:
            raise refused from None

    def _query(self, params: Mapping[str, Any] | None) -> dict[str, Any]:
        query = dict(params or {})
        if self.channel_id and self.send_channel:
            query["broadcast_channel_id"] = self.channel_id
        return query

    def _advice(self, problem: ApiProblem) -> str | None:
        text = problem.message.lower()
        if problem.status in (400, 401, 403, 404, 422) and not self.channel_id and "channel" in text:
            return f"This key is for the whole installation: set {CHANNEL} to the id of the channel to export."
        return None


def need_channel() -> SettingsError:
    return SettingsError(
        f"{CHANNEL} is not set",
        why="the key is for the whole installation, and an export reads one channel",
        fix=f"Set {CHANNEL} to the id of the channel (it stands in the address bar: /broadcast_channels/ID).",
    )
