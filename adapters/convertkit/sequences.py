"""A sequence of Kit: a list of emails by position, each with its wait in front. What starts it is told nowhere."""

from __future__ import annotations

from typing import Any

from adapters.kit.graph import Node, assemble, in_order
from adapters.kit.wire import filled, identity, instant, number, rows, text, without
from migrator.model import BodyFormat, EmailContent, Raw, ReEntry, Sequence, Step
from migrator.model.steps import SendEmail, Wait, WaitUntilTime, Weekday

DAY = 86_400
WAIT = "/wait"
_RE_ENTRY = {True: ReEntry.AFTER_COMPLETION, False: ReEntry.ONCE}
_CALENDAR = "Kit's days count as calendar days: 1 day until 9:00 is tomorrow at 9:00."


def read_sequence(told: Raw, source_id: str, emails: list[Raw], account: Raw) -> Sequence:
    listed = []
    for place, email in enumerate(sorted(emails, key=lambda email: _position(email))):
        email_id = identity(email.get("id")) or f"email-{place + 1}"
        if _waits(email, first=place == 0):
            listed.append((email_id + WAIT, email))
        listed.append((email_id, email))
    steps, edges = assemble(in_order(listed), lambda node: [_step(node, told, account)])
    left_out = [f"excluded {source.get('type')}: {', '.join(str(one) for one in source.get('ids') or ())}"
                for source in rows(told.get("exclude_subscriber_sources"))]  # fmt: skip
    active, again = told.get("active"), told.get("repeat")
    hold = "People whom an automation added stay in it after the last email."
    return Sequence(
        source_id=source_id,
        name=filled(told.get("name")) or f"Sequence {source_id}",
        active=active if isinstance(active, bool) else None,
        steps=tuple(steps),
        edges=tuple(edges),
        re_entry=_RE_ENTRY[again] if isinstance(again, bool) else ReEntry.UNKNOWN,
        unread_limits=tuple(left_out),
        caveats=(hold,) if told.get("hold") else (),
        created_at=instant(told.get("created_at")),
        updated_at=instant(told.get("updated_at")),
        raw=without(told, "id", "name", "active", "repeat", "created_at", "updated_at"),
    )


def email_content(told: Raw, account: Raw) -> EmailContent:
    """`content` is the inner HTML: Kit puts a layout around it, which no interface gives."""
    address = filled(told.get("email_address"))
    names = {row.get("email_address"): filled(row.get("from_name")) for row in rows(account.get("sending_addresses"))}
    return EmailContent(
        subject=text(told.get("subject")),
        preview_text=filled(told.get("preview_text")),
        body=filled(told.get("content")),
        format=BodyFormat.FRAGMENT,
        from_name=names.get(address),
        from_email=address,
    )


def _position(email: Raw) -> tuple[bool, int]:
    place = number(email.get("position"))
    return place is None, place or 0


def _waits(email: Raw, *, first: bool) -> bool:
    """Without a wait: no hours at all, or no days, which Kit has for the first email alone."""
    none = number(email.get("delay_value")) == 0
    return not (none and (email.get("delay_unit") == "hours" or (first and email.get("delay_unit") == "days")))


def _step(node: Node, sequence: Raw, account: Raw) -> Step:
    email = node.row
    if node.id.endswith(WAIT):
        return _wait(node.id, email, sequence)
    content = email_content(email, account)
    missing = [("subject", filled(content.subject)), ("body", content.body)]
    published = email.get("published")
    unpublished = "It is not published at Kit. People may wait in front of it there."
    return Step(
        id=node.id,
        action=SendEmail(content=content, live=published is True),
        label=filled(email.get("subject")),
        content_missing=tuple(name for name, value in missing if not value),
        caveats=() if published is True else (unpublished,),
        raw=without(email, "id", "content", "subject", "_parent"),
    )


def _wait(step_id: str, email: Raw, sequence: Raw) -> Step:
    value, unit = number(email.get("delay_value")), email.get("delay_unit")
    value = None if value is None or value < 0 else value
    if value is not None and unit == "hours":
        return Step(id=step_id, action=Wait(seconds=value * 3600))
    hour, days = number(sequence.get("send_hour")), _days(email.get("send_days") or sequence.get("send_days"))
    if not value or unit != "days" or hour is None or hour > 23 or days is None:
        return Step(id=step_id, action=Wait(seconds=None), content_missing=("seconds",))
    action = WaitUntilTime(
        time=f"{hour:02}:00:00",
        timezone=filled(sequence.get("time_zone")),
        days=() if len(days) == len(Weekday) else days,
        # Of whole days until an hour: the shortest wait is a day less, and as long as the hour is far into a day.
        minimum_seconds=(value - 1) * DAY + hour * 3600,
    )
    return Step(id=step_id, action=action, caveats=(_CALENDAR,))


def _days(told: Any) -> tuple[Weekday, ...] | None:
    """None: they cannot be read, which never means every day."""
    if not isinstance(told, list) or not told or any(day not in [str(known) for known in Weekday] for day in told):
        return None
    return tuple(day for day in Weekday if day in told)
