"""Small translations between httpx and us: query, header names, and what a broken connection is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from migrator.transport.redact import redact

Params = Mapping[str, Any] | Iterable[tuple[str, Any]]

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""The request did not reach the server, so even a create may be tried again."""

_WORDS: dict[type[httpx.HTTPError], str] = {
    httpx.ConnectTimeout: "no connection in time",
    httpx.ConnectError: "no connection",
    httpx.PoolTimeout: "all connections are busy",
    httpx.ProxyError: "the proxy refuses",
    httpx.ReadTimeout: "no answer in time",
    httpx.ReadError: "the connection broke before the answer",
    httpx.RemoteProtocolError: "the connection closed before the answer was whole",
    httpx.DecodingError: "the compressed answer is damaged",
}


def network_words(error: httpx.HTTPError) -> str:
    """The exception's own text may quote what was sent; it is shown only where nothing was."""
    words = _WORDS.get(type(error), type(error).__name__)
    said = redact(str(error)) if type(error) in (httpx.ConnectError, httpx.ProxyError) else ""
    return f"{words} ({said})" if said else words


def take_location(reply: httpx.Response) -> None:
    """Takes a redirect out of httpx's hands: it would build the next request even when told not to follow, and fail
    with a network error on an address it cannot read."""
    location = reply.headers.get("location")
    if reply.is_redirect and location is not None:
        del reply.headers["location"]
        reply.extensions["location"] = location


def lower_headers(reply: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in reply.headers.items()}


def query_pairs(params: Params) -> list[tuple[str, str]]:
    """A list repeats its name, None is left out, and flags are `true` and `false` as both platforms want them."""
    rows = params.items() if isinstance(params, Mapping) else params
    return [
        (name, str(item).lower() if isinstance(item, bool) else str(item))
        for name, value in rows
        for item in (value if isinstance(value, list | tuple) else [value])
        if item is not None
    ]
