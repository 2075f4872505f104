"""What keeps a local platform to the person who started it: keys drawn anew at every start, callers of this machine.

Any page on the internet can make a browser call 127.0.0.1, also under a name of its own that resolves there. Such a
call carries the page's name in Host, Origin or Sec-Fetch-Site. Programs send none of the last two.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?", re.IGNORECASE)
_OWN_SITE = ("same-origin", "none")


def fresh_key(prefix: str) -> str:
    """A key that only this start knows."""
    return prefix + secrets.token_hex(12)


def why_foreign(headers: Iterable[tuple[str, str]]) -> str | None:
    """Why a request with these headers is refused; None for one that a program of this machine may have sent."""
    sent: dict[str, list[str]] = {}
    for name, value in headers:
        sent.setdefault(name.lower(), []).append(value.strip())
    hosts = sent.get("host", [])
    host = _LOOPBACK.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if host is None:
        return "Call this platform as 127.0.0.1 or localhost: the Host header names another machine."
    if any(not _is_own(origin, host[1]) for origin in sent.get("origin", [])):
        return "A web page of another origin may not call this platform."
    if any(site.lower() not in _OWN_SITE for site in sent.get("sec-fetch-site", [])):
        return "A web page of another site may not call this platform."
    return None


def _is_own(origin: str, port: str | None) -> bool:
    scheme, _, name = origin.partition("://")
    place = _LOOPBACK.fullmatch(name)
    return scheme.lower() == "http" and place is not None and int(place[1] or 80) == int(port or 80)
