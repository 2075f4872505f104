"""Consent: how reachable a person is, as a type with an order, so that "never widens" is a comparison.

Deciding which state a platform's signals mean belongs to its adapter; choosing the target's state belongs to
mappings/consent.py. Here is only what the states are and how they compare.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum

from migrator.model.base import Record


class ConsentState(StrEnum):
    """From the least to the most reachable. The order of definition is the order of comparison."""

    REDACTED = "redacted"
    """Anonymised at the source; only a shell is left."""
    COMPLAINED = "complained"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"
    """On a do-not-send list, for a reason that the source does not tell."""
    UNSUBSCRIBED = "unsubscribed"
    INACTIVE = "inactive"
    """Switched off by the operator, an import or a step; never said no, and must not be mailed."""
    NEVER_SUBSCRIBED = "never_subscribed"
    """Known, but never gave marketing consent."""
    UNKNOWN = "unknown"
    """The source gives no usable signal. Never to be read as a yes."""
    PENDING = "pending"
    """Held by a double opt-in that was not answered yet."""
    SUBSCRIBED = "subscribed"

    @property
    def rank(self) -> int:
        return _RANK[self]

    @property
    def reach(self) -> Reach:
        return _REACH.get(self, Reach.NONE)

    def __lt__(self, other: str) -> bool:
        return self.rank < ConsentState(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= ConsentState(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > ConsentState(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= ConsentState(other).rank

    def widens(self, source: ConsentState) -> bool:
        """Whether marketing could reach somebody in this state whom it could not reach in `source`."""
        return self.reach > source.reach

    @classmethod
    def narrowest(cls, *states: ConsentState) -> ConsentState:
        """The state to keep when several signals speak of one person."""
        return min(states, key=lambda state: state.rank)


class Reach(IntEnum):
    """What marketing may do with a person."""

    NONE = 0
    CONFIRMATION_ONLY = 1
    MARKETING = 2


_RANK = {state: rank for rank, state in enumerate(ConsentState)}
_REACH = {ConsentState.PENDING: Reach.CONFIRMATION_ONLY, ConsentState.SUBSCRIBED: Reach.MARKETING}


class Consent(Record, frozen=True, kw_only=True):
    """One person's state on one channel, with the evidence for it."""

    state: ConsentState
    since: datetime | None = None
    """When the person came into this state (the opt-out date of an unsubscribed person)."""
    confirmed_at: datetime | None = None
    """When a double opt-in was answered."""
    evidence: tuple[str, ...] = ()
    """The source's signals, most decisive first, such as `suppression:global:provider_bounce`."""
