"""How reachable a person is: the row and both do-not-send lists, in the platform's order of decision.

Redacted, then suppressed, then unsubscribed, then inactive, then active. What the row does not say is `unknown`,
never a yes. Which state the target gets is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.broadcast.wire import Row, flag, instant, text
from migrator.model import Consent, ConsentState, Raw, Suppression


def read_consent(row: Row, suppressions: Sequence[Suppression] = ()) -> Consent:
    redacted = row.take(flag, "redacted")
    active = row.take(flag, "is_active")
    left = _non_empty(row, "unsubscribed_at")
    left_at = row.take(instant, "unsubscribed_at")
    confirmed_at = row.take(instant, "confirmed_at")
    status = (row.take(text, "confirmation_status") or "").strip().lower()

    signs: list[tuple[ConsentState, str]] = []
    if redacted:
        signs.append((ConsentState.REDACTED, "redacted"))
    ordered = sorted(suppressions, key=lambda item: (item.state.rank, item.scope, item.source_id or ""))
    signs += [(item.state, f"suppression:{item.scope.value}:{item.reason or 'listed'}") for item in ordered]
    if left:
        signs.append((ConsentState.UNSUBSCRIBED, "unsubscribed_at"))
    if active is False:
        signs.append((ConsentState.INACTIVE, "is_active=false"))
    if signs:
        state = signs[0][0]
    elif odd := _unread_sign(row.data):
        # It may well be a no, so it is none of the cases that somebody could vouch for later.
        state = ConsentState.INACTIVE
        signs.append((state, f"{odd} is not understood"))
    elif status not in _STATUSES:
        state = ConsentState.UNKNOWN
        signs.append((state, "confirmation_status is not understood"))
    elif active is None or not row.has("unsubscribed_at"):
        # Half a row (old segment members, a truncated export) is no evidence of a yes.
        state = ConsentState.UNKNOWN
        signs.append((state, "is_active or unsubscribed_at is missing"))
    elif status == "pending":
        state = ConsentState.PENDING
        signs.append((state, "confirmation_status=pending"))
    else:
        state = ConsentState.SUBSCRIBED
        signs.append((state, "is_active=true"))
    if left and active:
        signs.append((ConsentState.UNSUBSCRIBED, "is_active=true although unsubscribed"))
    if confirmed_at is None and status in ("unconfirmed", "pending"):
        signs.append((state, "unconfirmed"))
    if state is ConsentState.INACTIVE and _looks_redacted(row.data):
        signs.append((state, "suspect:redacted"))
    return Consent(
        state=state,
        since=_since(state, row, left_at, suppressions),
        confirmed_at=confirmed_at,
        evidence=tuple(dict.fromkeys(sign for _, sign in signs)),
    )


_STATUSES = frozenset({"", "confirmed", "unconfirmed", "pending"})
_SAY_NO = (
    *("bounced", "bounced_at", "hard_bounced", "complained", "complained_at", "suppressed", "suppressed_at"),
    *("opted_out", "opted_out_at", "blocked", "blocked_at", "unsubscribed", "deleted", "deleted_at"),
)
"""Keys that no published row has; a server that sends one means something by it."""


def _unread_sign(data: Raw) -> str:
    """A sign that may speak against mailing and that is not among the known ones; nothing where there is none."""
    if data.get("redacted") not in (None, "") and flag(data["redacted"]) is None:
        return "redacted"
    return next((key for key in _SAY_NO if data.get(key) not in (None, "") and flag(data[key]) is not False), "")


def _non_empty(row: Row, key: str) -> bool:
    value = row.data.get(key)
    return value not in (None, "", False)


def _since(
    state: ConsentState, row: Row, left_at: datetime | None, suppressions: Sequence[Suppression]
) -> datetime | None:
    if state is ConsentState.UNSUBSCRIBED:
        return left_at
    if state in (ConsentState.SUPPRESSED, ConsentState.BOUNCED, ConsentState.COMPLAINED):
        dates = [entry.since for entry in suppressions if entry.state is state and entry.since]
        return min(dates, default=None)
    if state is ConsentState.SUBSCRIBED:
        return instant(row.data.get("subscribed_at"))
    return None


def _looks_redacted(data: Raw) -> bool:
    """Servers that do not send the flag leave only a shell: no names, no data, no tags."""
    known = all(key in data for key in ("first_name", "last_name", "custom_data", "tags"))
    return known and not any(data[key] for key in ("first_name", "last_name", "custom_data", "tags"))
