"""Credentials inside a webhook step, of any platform: their names are kept, their values never leave the source."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from migrator.model import Raw

WITHHELD = "WITHHELD"

_NAME = re.compile(r"auth|key|token|secret|cookie|passw|credential|signature|session", re.IGNORECASE)
_VALUE = re.compile(r"\s*(bearer|basic|digest|token|apikey)\s+\S", re.IGNORECASE)
_HEADER_KEYS = frozenset({"headers", "http_headers", "request_headers"})


def looks_secret(name: str, value: str = "") -> bool:
    return bool(_NAME.search(name) or _VALUE.match(value))


def read_headers(value: object) -> dict[str, str] | None:
    """Headers as an object, a JSON string, a list of name and value, or one `Name: value` a line."""
    value = _opened(value)
    if isinstance(value, dict):
        return {str(name): item if isinstance(item, str) else json.dumps(item) for name, item in value.items()}
    if isinstance(value, str):
        lines = [line.partition(":") for line in value.splitlines() if line.strip()]
        return {name.strip(): item.strip() for name, colon, item in lines if colon} if lines else {}
    if isinstance(value, list):
        found: dict[str, str] = {}
        for item in value:
            if not isinstance(item, dict):
                return None
            name = item.get("name") or item.get("key") or item.get("header")
            if not isinstance(name, str):
                return None
            found[name] = str(item.get("value", ""))
        return found
    return None


def split_headers(headers: dict[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """What may be kept, and the names of what may not."""
    kept = {name: value for name, value in headers.items() if not looks_secret(name, value)}
    return kept, tuple(sorted(name for name in headers if name not in kept))


def scrub_url(url: str) -> tuple[str, bool]:
    """The address without a user, a password or values of keys and tokens; and whether something was taken out."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return url, False
    host = parts.netloc.rpartition("@")[2]
    kept = [(name, WITHHELD if value and looks_secret(name, value) else value) for name, value in query]
    if host == parts.netloc and kept == query:
        return url, False
    query_text = urlencode(kept) if kept != query else parts.query
    return urlunsplit((parts.scheme, host, parts.path, query_text, parts.fragment)), True


def scrub(value: Any, name: str = "") -> Any:
    """`raw` without values that look like credentials, at any depth."""
    if name in _HEADER_KEYS:
        headers = read_headers(value)
        if headers is None:
            return WITHHELD if value else value
        kept, withheld = split_headers(headers)
        return {**kept, **dict.fromkeys(withheld, WITHHELD)}
    if isinstance(value, dict):
        return {key: scrub(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [scrub(item, name) for item in value]
    if isinstance(value, str) and value and "://" in value:
        return scrub_url(value)[0]
    if isinstance(value, str) and value and looks_secret(name, value):
        return WITHHELD
    return value


def scrub_raw(raw: Raw) -> Raw:
    return {key: scrub(value, key) for key, value in raw.items()}


def _opened(value: object) -> object:
    """Headers that came as a JSON text, opened."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
