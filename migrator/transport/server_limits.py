"""Limits a server announces in its answers (X-RateLimit-Limit, -Remaining, -Reset), turned into pacing.

Off unless an adapter asks for it: only some platforms send these headers, and a proxy's may mean something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from migrator.transport.pacing import Pacer, Window
from migrator.transport.retry_after import seconds_until_reset


@dataclass(frozen=True)
class FollowServer:
    share: float = 0.9
    """Part of the announced limit we use: the account's live traffic needs the rest."""
    window_seconds: float = 60.0
    low_water: int = 10
    """Pause until the reset when fewer requests than this remain (or than a tenth of a small limit)."""
    longest_pause: float = 120.0
    """A reset further away is not believed; if it is meant, a 429 will say so."""


def follow(pacer: Pacer, rule: FollowServer, headers: Mapping[str, str], now: datetime) -> float:
    """Learns from one answer; gives the seconds it paused everybody for."""
    limit = _count(headers.get("x-ratelimit-limit"))
    if limit:
        pacer.learn(Window(max(1, int(limit * rule.share)), rule.window_seconds))
    remaining = _count(headers.get("x-ratelimit-remaining"))
    if remaining is None:
        return 0.0
    low = min(rule.low_water, max(1, limit // 10)) if limit else rule.low_water
    if remaining >= low:
        return 0.0
    wait = seconds_until_reset(headers.get("x-ratelimit-reset"), headers, now)
    if wait is None or wait > rule.longest_pause:
        return 0.0
    pacer.pause(wait)
    return wait


def _count(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isdigit() and text.isascii() and len(text) < 12 else None
