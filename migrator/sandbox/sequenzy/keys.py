"""API keys and what they may do: presets, scopes, and the request limits a key has used up."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from migrator.sandbox.local_only import fresh_key

DEFAULT_KEY = fresh_key("seq_live_sandbox_")
"""Of this process alone."""

PRESETS: dict[str, tuple[str, ...]] = {
    "full_access": ("*",),
    "read_only": ("*:read",),
    "agent_safe": (
        "*:read",
        "subscribers:write",
        "subscribers:tag",
        "tags:write",
        "lists:write",
        "segments:write",
        "templates:write",
        "emails:write",
        "sequences:write",
        "campaigns:write",
        "transactional:write",
    ),
    "ai_drafting": ("*:read", "templates:write", "emails:write", "sequences:write", "campaigns:write"),
    "data_ingest_safe": (
        "account:read",
        "subscribers:read",
        "subscribers:write",
        "subscribers:tag",
        "tags:read",
        "tags:write",
        "lists:read",
        "lists:write",
    ),
    "transactional_sender": ("account:read", "transactional:read", "transactional:send"),
    "marketing_sender": ("*:read", "campaigns:write", "campaigns:send", "sequences:write", "sequences:activate"),
}
PRESETS["data_ingest_automations"] = (*PRESETS["data_ingest_safe"], "events:write", "automations:trigger")

LIVE_DELIVERY = ("automations:trigger", "campaigns:send", "sequences:activate", "transactional:send")


@dataclass
class Key:
    value: str
    preset: str
    scopes: tuple[str, ...]
    used: deque[float] = field(default_factory=deque)

    @property
    def kind(self) -> str:
        return "personal" if self.value.startswith("seq_user_") else "company"

    def may(self, scope: str) -> bool:
        return any(fnmatchcase(scope, granted) for granted in self.scopes)


def read_key(value: str, grant: str | Iterable[str]) -> Key:
    """A key with a preset's name or with its own list of scopes."""
    if isinstance(grant, str):
        return Key(value, grant, PRESETS[grant])
    return Key(value, "custom", tuple(grant))


@dataclass(frozen=True)
class Limits:
    """Requests a key may make; the documented figures."""

    per_minute: int = 100
    per_second: int = 20

    def wait_for(self, key: Key, monotonic: Callable[[], float]) -> int | None:
        """Seconds until the key may call again, or None when this call is fine (it is then counted)."""
        now = monotonic()
        while key.used and key.used[0] <= now - 60:
            key.used.popleft()
        if len(key.used) >= self.per_minute:
            return max(1, math.ceil(60 - (now - key.used[-self.per_minute])))
        if len(key.used) >= self.per_second and key.used[-self.per_second] > now - 1:
            return 1
        key.used.append(now)
        return None
