"""How reachable a person is, from ordered tables of a platform's own words. An unknown word is never a yes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.kit.wire import at, identity, instant
from migrator.model import Consent, ConsentState, Raw


@dataclass(frozen=True)
class Signal:
    """One field that speaks about consent. `words` maps each documented word, in lower case, to a state."""

    path: str
    words: Mapping[str, ConsentState]
    since: Mapping[ConsentState, str] | None = None
    """Where the moment of a state lies."""
    optional: bool = False
    """Absent or empty, it says nothing. Otherwise an absent field leaves the person unknown."""


def read_consent(row: Raw, signals: Iterable[Signal], *, confirmed_at: str = "") -> Consent:
    """All signals together: the narrowest state counts. Without a signal the person is unknown."""
    found: list[tuple[ConsentState, datetime | None, str]] = []
    for signal in signals:
        told = at(row, signal.path)
        if signal.optional and told in (None, "", [], {}):
            continue
        word = str(told).lower() if isinstance(told, bool) else (identity(told) or "").strip().lower()
        state = signal.words.get(word, ConsentState.UNKNOWN)
        since = (
            instant(at(row, (signal.since or {}).get(state, ""))) if signal.since and state in signal.since else None
        )
        found.append((state, since, f"{signal.path}:{word or 'not told'}"))
    if not found:
        return Consent(state=ConsentState.UNKNOWN, evidence=("the source says nothing about consent",))
    found.sort(key=lambda one: one[0].rank)
    state, since, _ = found[0]
    confirmed = instant(at(row, confirmed_at)) if confirmed_at and state is ConsentState.SUBSCRIBED else None
    evidence = tuple(dict.fromkeys(sign for _, _, sign in found))
    return Consent(state=state, since=since, confirmed_at=confirmed, evidence=evidence)
