"""What holds for a whole sequence: how often people may enter, when its emails may leave, its name and label."""

from __future__ import annotations

from mappings.answer_lines import line
from mappings.context import LoweringContext
from mappings.findings import find
from mappings.sequences.recent_mail import obeys_cap
from mappings.sequences.unknown_history import lets_more_in
from mappings.target import Body
from mappings.timezones import iana
from mappings.verdicts import Finding, Lowered
from mappings.waits import clock
from mappings.wording import printable, sendable
from migrator.model.sequences import ReEntry, SendingWindow, Sequence
from migrator.model.steps import Weekday

DAY = 86_400


def lower_re_entry(sequence: Sequence, context: LoweringContext | None = None) -> Lowered[Body]:
    """What the source does not say never lets anybody in twice."""
    chosen = context is not None and sequence.source_id in context.entered_once
    if chosen and sequence.re_entry is not ReEntry.ONCE:
        return Lowered(value={"enrollmentMode": "one_time"}, findings=(find("re-entry-chosen"),))
    match sequence.re_entry:
        case ReEntry.ONCE:
            return Lowered(value={"enrollmentMode": "one_time"})
        case ReEntry.AFTER_COMPLETION:
            return Lowered(value={"enrollmentMode": "unlimited"})
        case ReEntry.ALWAYS:
            return Lowered(value={"enrollmentMode": "unlimited"}, findings=(find("re-entry-always"),))
        case ReEntry.AFTER_DELAY:
            days = "some" if sequence.re_entry_seconds is None else -(-sequence.re_entry_seconds // DAY)
            return Lowered(value={"enrollmentMode": "one_time"}, findings=(find("re-entry-delay", days=days),))
        case ReEntry.UNKNOWN:
            return Lowered(value={"enrollmentMode": "one_time"}, findings=(find("re-entry-unknown"),))


def lower_sending_window(window: SendingWindow) -> Lowered[Body]:
    zone, start = iana(window.timezone), clock(window.start)
    end = (24, 0, 0) if window.end.strip().startswith("24:00") else clock(window.end)
    if zone is None:
        return Lowered(value=None, findings=(find("window-zone", zone=window.timezone),))
    if start is None or end is None or end[:2] <= start[:2]:
        return Lowered(value=None, findings=(find("window-night", start=window.start, end=window.end),))
    body: Body = {
        "enabled": True,
        "timezone": zone,
        "startTime": f"{start[0]:02}:{start[1]:02}",
        "endTime": f"{end[0]:02}:{end[1]:02}",
    }
    if window.days:
        body["days"] = [day.value for day in Weekday if day in window.days]
    return Lowered(value={"sendingWindow": body})


def common(sequence: Sequence, context: LoweringContext) -> Body:
    """Nobody who may not be mailed enters: a source would stop them too, and no step should run for them."""
    # Both are said aloud: no document says what holds for the cap when nothing is.
    body: Body = {"activeSubscribersOnly": True, "frequencyCapEnabled": obeys_cap(sequence)}
    if context.marker:
        body["labels"] = [context.marker]
    if description := printable(sequence.description, 500):
        body["description"] = description
    return body


def audience_limits(sequence: Sequence, context: LoweringContext) -> tuple[Finding, ...]:
    """What narrows the audience at the source and has no place here holds the draft back until a person has looked."""
    limits = (*sequence.unread_limits, *lets_more_in(sequence, context))
    return tuple(audience_limit(one, sequence.source_id, context) for one in dict.fromkeys(limits))


def limit_key(limit: str) -> str:
    """How a limit is called in mappings.toml."""
    return " ".join(sendable(limit).split())


def audience_limit(limit: str, sequence_id: str, context: LoweringContext) -> Finding:
    # Each by itself: an answer about one says nothing about another, or about one that a later export finds.
    key = limit_key(limit)
    settled = sequence_id in context.audience_settled or (sequence_id, key) in context.limits_settled
    if settled:
        return find("audience-vouched-for", limits=limit)
    settles = line(("sequences", sequence_id, "audience_settled", key), True)
    return find("audience-limited", limits=limit, settles=settles)


def title(sequence: Sequence) -> str:
    return printable(sequence.name) or f"Sequence {printable(sequence.source_id)}"
