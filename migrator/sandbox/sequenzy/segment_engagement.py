"""Segment filters on emails sent, delivered, opened, clicked, bounced and complained about.

Values: a window (`30d`), a class and a window (`marketing:30d`), a campaign (`campaign:id`), or a count (`10:30d`).
A click counts as an open, as at every platform that counts opens by a pixel.
"""

from __future__ import annotations

from datetime import datetime

from migrator.sandbox.sequenzy.records import EmailSend
from migrator.sandbox.sequenzy.segment_windows import since
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.work_records import SendMark

FIELDS = ("emailSent", "emailDelivered", "emailOpened", "emailClicked", "emailComplained", "emailBounced")
CLASSES = ("marketing", "transactional")


def matches(state: State, person: Subscriber, field: str, operator: str, value: str) -> bool:
    count, kind, campaign, window = _read(operator, value)
    start = since(state.now, window)
    hits = 0
    for send in state.sends_of(person.id):
        mark = state.mark_of(send.id)
        if (kind and send.email_type != kind) or (campaign and mark.campaign_id != campaign):
            continue
        if operator == "is_temporary_bounce" and mark.bounce_type != "Transient":
            continue
        if operator == "is_permanent_bounce" and mark.bounce_type != "Permanent":
            continue
        # One email counts once, however often it was opened.
        hits += any(start is None or at >= start for at in _moments(send, mark, field))
    if operator in ("at_least", "less_than_count"):
        return (hits >= count) == (operator == "at_least")
    return (hits > 0) != (operator == "is_not")


def _read(operator: str, value: str) -> tuple[int, str | None, str | None, str]:
    parts = value.split(":")
    if parts[0] == "campaign":
        return 1, None, ":".join(parts[1:]), "all"
    count = 1
    if operator in ("at_least", "less_than_count") and parts[0].isdigit():
        count, parts = int(parts[0]), parts[1:]
    kind = parts[0] if parts and parts[0] in CLASSES else None
    return count, kind, None, parts[-1] if parts and parts[-1] not in CLASSES else "all"


def _moments(send: EmailSend, mark: SendMark, field: str) -> list[datetime]:
    clicked = [datetime.fromisoformat(str(click["at"])) for click in send.clicks]
    if field == "emailSent":
        return [send.sent_at]
    if field == "emailDelivered":
        return [send.sent_at] if mark.status in ("delivered", "complained") else []
    if field == "emailOpened":
        return [*send.opened_at, *clicked]
    if field == "emailClicked":
        return clicked
    if field == "emailBounced":
        return [mark.bounced_at] if mark.bounced_at else []
    return [mark.complained_at] if mark.complained_at else []
