"""Talking to one Klaviyo account: reads only, one pacer for each endpoint as the limits are documented.

Pacing, retry and classification are the shared client's; this module knows the endpoints, the headers and the key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from migrator.errors import ApiProblem, Unavailable
from migrator.model import Raw
from migrator.transport.clock import Clock
from migrator.transport.hosts import segment
from migrator.transport.pacing import Pacer, Window
from migrator.transport.retry import OnEvent, Patience
from migrator.transport.secret import Secret

KEY, URL, TAGS = "KLAVIYO_API_KEY", "KLAVIYO_API_URL", "KLAVIYO_TAG_PROPERTIES"
DEFAULT_URL = "https://a.klaviyo.com"
REVISION = "2026-07-15"
"""The version of the interface that this adapter was written against; each lives about two years."""
_SITE = "it is the vendor's site; the API lives on a.klaviyo.com"
REFUSED = {"klaviyo.com": _SITE, "app.klaviyo.com": _SITE}

LIMITS = {"XS": (1, 15), "S": (3, 60), "M": (10, 150), "L": (75, 700), "XL": (350, 3500)}
"""Class of an endpoint to requests a second and requests a minute, as documented."""


@dataclass(frozen=True)
class Endpoint:
    path: str
    """`{}` stands for an id."""
    limit: str
    scope: str
    page_size: int | None = None

    def at(self, *ids: str) -> str:
        return self.path.format(*(segment(one) for one in ids))


ACCOUNTS = Endpoint("/api/accounts", "XS", "accounts:read")
PROFILES = Endpoint("/api/profiles", "L", "profiles:read and subscriptions:read", 100)
LISTS = Endpoint("/api/lists", "L", "lists:read")
LIST_PROFILES = Endpoint("/api/lists/{}/profiles", "L", "lists:read and profiles:read", 100)
SEGMENTS = Endpoint("/api/segments", "L", "segments:read")
SEGMENT_PROFILES = Endpoint("/api/segments/{}/profiles", "L", "segments:read and profiles:read", 100)
METRICS = Endpoint("/api/metrics", "M", "metrics:read")
FLOWS = Endpoint("/api/flows", "S", "flows:read", 50)
FLOW = Endpoint("/api/flows/{}", "S", "flows:read")
FLOW_TEMPLATE = Endpoint("/api/flow-messages/{}/template", "S", "flows:read and templates:read")
TEMPLATES = Endpoint("/api/templates", "L", "templates:read")
TEMPLATE = Endpoint("/api/templates/{}", "L", "templates:read")
UNIVERSAL = Endpoint("/api/template-universal-content", "L", "templates:read", 100)
CAMPAIGNS = Endpoint("/api/campaigns", "M", "campaigns:read")
CAMPAIGN_MESSAGES = Endpoint("/api/campaigns/{}/campaign-messages", "M", "campaigns:read and templates:read")
LABELS = Endpoint("/api/tags", "S", "tags:read")
CHANNEL = "equals(messages.channel,'email')"
"""Campaigns are only told with a filter on the channel."""


def scheme_of(key: str) -> str:
    """Private keys have a scheme of their own; anything else is an OAuth access token."""
    return "Klaviyo-API-Key" if key.startswith("pk_") else "Bearer"


class Klaviyo:
    def __init__(
        self,
        url: str,
        key: Secret,
        *,
        clock: Clock,
        rate: int | None = None,
        on_event: OnEvent | None = None,
        http_transport: Any = None,
        patience: Patience | None = None,
    ) -> None:
        self.url, self.clock, self._rate = url.rstrip("/").removesuffix("/api"), clock, rate
        self.fingerprint = hashlib.sha256(key.reveal().encode()).hexdigest()[:12]
        self._pacers: dict[str, Pacer] = {}
        # Here, not above: the list of sources shows each one's description and opens no connection.
        from migrator.transport.client import Client, Platform

        platform = Platform(
            "Klaviyo",
            self.url,
            key,
            key_scheme=scheme_of(key.reveal()),
            url_setting=URL,
            key_setting=KEY,
            refuse_hosts=REFUSED,
            headers={"revision": REVISION, "Accept": "application/vnd.api+json"},
            advice=_advice,
        )
        self._client = Client(
            platform, clock=clock, patience=patience, on_event=on_event, http_transport=http_transport
        )

    @property
    def requests(self) -> int:
        return self._client.counts.requests

    @property
    def limited(self) -> int:
        return self._client.counts.limited

    def close(self) -> None:
        self._client.close()

    def get(self, endpoint: Endpoint, *ids: str, params: Mapping[str, Any] | None = None) -> Raw:
        """One answer, always an object."""
        return self._object(endpoint, endpoint.at(*ids), params)

    def follow(self, endpoint: Endpoint, path: str, link: str) -> Raw:
        """The page that `links.next` names. Only its query is taken: the key goes to no other place."""
        parts = urlsplit(link)
        if parts.path.rstrip("/") != path.rstrip("/"):
            raise _odd("a list's next page lies in another place", path)
        return self._object(endpoint, path, parse_qsl(parts.query, keep_blank_values=True))

    def _object(self, endpoint: Endpoint, path: str, params: Any) -> Raw:
        data = self._client.get(path, params=params, pacer=self.pacer(endpoint)).data
        if not isinstance(data, dict) or "data" not in data:
            raise _odd("the answer holds no data", path)
        return data

    def pacer(self, endpoint: Endpoint) -> Pacer:
        if endpoint.path not in self._pacers:
            burst, steady = LIMITS[endpoint.limit]
            windows = [Window(burst, 1.0), Window(steady, 60.0)]
            if self._rate:
                windows.append(Window(self._rate, 60.0))
            self._pacers[endpoint.path] = Pacer(self.clock, () if self._rate == 0 else windows)
        return self._pacers[endpoint.path]

    def export_times(self) -> dict[str, list[float]]:
        """What each endpoint was asked lately, for the next run: its limit does not know that we started again."""
        return {path: pacer.export_times() for path, pacer in self._pacers.items()}

    def import_times(self, times: Mapping[str, list[float]]) -> None:
        for endpoint in _ALL:
            if endpoint.path in times:
                self.pacer(endpoint).import_times(times[endpoint.path])


_ALL = tuple(value for value in list(globals().values()) if isinstance(value, Endpoint))


def _odd(why: str, where: str) -> Unavailable:
    return Unavailable(
        "Klaviyo gave an answer that cannot be trusted",
        problem=ApiProblem(200, why),
        where=where,
        fix="Run the same command again; if it stays, report it with this sentence.",
    )


def _advice(problem: ApiProblem) -> str | None:
    if problem.status == 400 and "revision" in problem.message.lower():
        return f"This version of the tool speaks revision {REVISION}, which Klaviyo has retired: update the tool."
    if problem.status == 401:
        return (
            f"Check {KEY}: a private key begins with pk_ and must be current and whole; the public one of six "
            "characters reads nothing."
        )
    return None
