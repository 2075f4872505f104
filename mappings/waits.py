"""Waits: a fixed time, a time of day, a window, a date. Conditions' own waits use `lower_seconds` too.

Two moments that differ by less than a minute count as the same: the target counts whole minutes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mappings.answer_lines import line
from mappings.context import LoweringContext
from mappings.findings import find
from mappings.sequences.fragments import Fragment, Piece
from mappings.target import Body, NodeKind
from mappings.timezones import iana
from mappings.verdicts import Finding, Lowered
from mappings.wording import sendable
from migrator.model.steps import ClockReading, PastDate, Wait, WaitUntilDate, WaitUntilTime, Weekday

LONGEST = 5 * 366 * 86_400
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([aApP][mM])?")


def duration(minutes: int) -> Body:
    """Only the parts that are not zero, as the API reads and prints them."""
    days, rest = divmod(minutes, 1440)
    parts = {"days": days, "hours": rest // 60, "minutes": rest % 60}
    return {name: number for name, number in parts.items() if number}


def delay_piece(body: Body, part: str) -> Piece:
    return Piece(NodeKind.DELAY, {"type": "delay", **body}, part)


def lower_seconds(seconds: int | None, *, unknown: str, part: str = "wait", settles: str = "") -> Lowered[Fragment]:
    """`unknown` is the finding for a time that the source does not tell."""
    if seconds is None:
        return Lowered(value=None, findings=(find(unknown, settles=settles),))
    if not 0 <= seconds <= LONGEST:
        found = "negative" if seconds < 0 else f"{seconds // 86_400} days"
        return Lowered(value=None, findings=(find("wait-unlikely", found=found, settles=settles),))
    if seconds == 0:
        return Lowered(value=Fragment())
    minutes = -(-seconds // 60)
    findings: tuple[Finding, ...] = ()
    if more := minutes * 60 - seconds:
        findings = (find("wait-rounded", seconds=seconds, more=f"{more} s"),)
    return Lowered(value=Fragment((delay_piece({"delay": duration(minutes)}, part),)), findings=findings)


def lower_wait(wait: Wait, settles: str) -> Lowered[Fragment]:
    return lower_seconds(wait.seconds, unknown="wait-unknown", settles=settles + ".seconds = 86400")


def clock(text: str | None) -> tuple[int, int, int] | None:
    match = _CLOCK.fullmatch(text.strip()) if text else None
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[4].lower() == "pm" else 0)
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def zone_of(name: str | None, context: LoweringContext, settles: str) -> Lowered[str]:
    if name is None:
        zone = iana(context.default_timezone or "UTC") or "Etc/UTC"
        return Lowered(
            value=zone, findings=(find("zone-assumed", zone=zone, settles=f'{settles}.timezone = "{zone}"'),)
        )
    zone_name = iana(name)
    if zone_name is None:
        finding = find("zone-unknown", zone=name, settles=f'{settles}.timezone = "Europe/Paris"')
        return Lowered(value=None, findings=(finding,))
    return Lowered(value=zone_name)


def lower_until_time(wait: WaitUntilTime, context: LoweringContext, settles: str) -> Lowered[Fragment]:
    """A plain time of day is "strictly after now" at the source, while the target passes at once inside the window.

    A time on the next day, whenever a person comes, is two such waits: until midnight, and then until that time.
    So the window is one minute long and looked for one minute after the minimum wait: who arrives at 9:00:30 or at
    9:00 sharp waits for tomorrow's 9:00 in both places; who arrives in the minute before goes on up to a minute late.
    """
    start = clock(wait.time)
    if start is None:
        finding = find("time-unknown", found=wait.time or "nothing", settles=f'{settles}.time = "09:00"')
        return Lowered(value=None, findings=(finding,))
    zone = zone_of(wait.timezone, context, settles)
    if zone.value is None:
        return Lowered(value=None, findings=zone.findings)
    if not 0 <= wait.minimum_seconds <= LONGEST:
        return lower_seconds(wait.minimum_seconds, unknown="wait-unknown", settles=settles + ".minimum_seconds = 0")
    findings = list(zone.findings)
    reading = wait.reading
    if reading is ClockReading.UNKNOWN and wait.until is None and start[:2] != (0, 0):
        reading = context.clock_wait or ClockReading.NEXT_DAY
        if context.clock_wait is None:
            taken = line(("clock_wait",), reading.value)
            findings.append(find("clock-wait-assumed", time=(wait.time or "")[:5], settles=taken))
    minimum = -(-wait.minimum_seconds // 60)
    if start[2]:
        findings.append(find("time-rounded", time=wait.time))
    if wait.until is None:
        end = _later(start, 1)
        minimum += 1
    else:
        end = _window_end(wait, findings)
    place = {"timezone": zone.value, "timezoneSource": "subscriber" if wait.contact_timezone else "fixed"}
    pieces: tuple[Piece, ...] = ()
    # The next midnight always lies on the next day.
    if reading is ClockReading.NEXT_DAY and wait.until is None and start[:2] != (0, 0):
        every = [day.value for day in Weekday]
        midnight: Body = {"days": every, "startTime": "00:00", "endTime": "00:01", **place}
        midnight["minimumWait"] = duration(minimum)
        pieces = (delay_piece({"waitUntilWeekday": midnight}, "next_day"),)
        # Nobody comes here before midnight: who is late on the right day goes on at once.
        end, minimum = "24:00", 0
    body: Body = {
        "days": [day.value for day in Weekday if not wait.days or day in wait.days],
        "startTime": f"{start[0]:02}:{start[1]:02}",
        "endTime": end,
        **place,
    }
    if minimum:
        body["minimumWait"] = duration(minimum)
    return Lowered(
        value=Fragment((*pieces, delay_piece({"waitUntilWeekday": body}, "wait"))),
        findings=tuple(findings),
    )


def _later(at: tuple[int, int, int], minutes: int) -> str:
    total = at[0] * 60 + at[1] + minutes
    return f"{total // 60:02}:{total % 60:02}"


def _window_end(wait: WaitUntilTime, findings: list[Finding]) -> str:
    start, end = clock(wait.time), clock(wait.until)
    if wait.until is not None and wait.until.strip().startswith("24:00"):
        return "24:00"
    if start is None or end is None or end[:2] <= start[:2]:
        findings.append(find("window-cut", start=wait.time, end=wait.until))
        return "24:00"
    return f"{end[0]:02}:{end[1]:02}"


def lower_until_date(
    wait: WaitUntilDate, context: LoweringContext, *, starts_by_event: bool, settles: str
) -> Lowered[Fragment]:
    if wait.at is not None and not wait.key:
        return _fixed_date(wait, context, settles)
    if not wait.key or abs(wait.offset_seconds) > LONGEST:
        return Lowered(value=None, findings=(find("date-unknown", settles=f'{settles}.key = "renewal_date"'),))
    if not wait.from_event and wait.key in context.left_fields:
        return Lowered(value=None, findings=(find("field-left-behind", field=wait.key),))
    if wait.from_event and not starts_by_event:
        finding = find("date-from-event", settles=f"{settles}.from_event = false")
        return Lowered(value=None, findings=(finding,))
    findings: list[Finding] = []
    if wait.when_missing in (PastDate.UNKNOWN, PastDate.SKIP):
        findings.append(find("date-missing", whose="without the date"))
    if wait.when_past is PastDate.UNKNOWN:
        findings.append(find("date-missing", whose="whose date is past"))
    offset, rounded = _offset(wait)
    findings += rounded
    body: Body = {
        "source": "event" if wait.from_event else "attribute",
        "field": sendable(wait.key) if wait.from_event else context.attribute(wait.key),
        "missingAction": "continue" if wait.when_missing is PastDate.CONTINUE else "exit",
        "pastAction": "exit" if wait.when_past is PastDate.UNKNOWN else wait.when_past.value,
    }
    return Lowered(
        value=Fragment((delay_piece({"waitUntil": {**body, **offset}}, "wait"),)),
        findings=tuple(findings),
    )


def _offset(wait: WaitUntilDate) -> tuple[Body, tuple[Finding, ...]]:
    minutes, rest = divmod(abs(wait.offset_seconds), 60)
    if not minutes and not rest:
        return {}, ()
    rounded = (find("wait-rounded", seconds=abs(wait.offset_seconds), more=f"{60 - rest} s"),) if rest else ()
    direction = "before" if wait.offset_seconds < 0 else "after"
    return {"offset": duration(minutes + bool(rest)), "direction": direction}, rounded


def _fixed_date(wait: WaitUntilDate, context: LoweringContext, settles: str) -> Lowered[Fragment]:
    """One moment for everybody: a key date of the sequence, named for its moment."""
    try:
        local = datetime.fromisoformat((wait.at or "").strip())
        zone = iana(context.default_timezone or "UTC") or "Etc/UTC"
        whole = local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))
        moment = whole.astimezone(UTC) + timedelta(seconds=wait.offset_seconds)
    except (ValueError, OverflowError):
        return Lowered(value=None, findings=(find("date-unknown", settles=f'{settles}.at = "2026-11-27T09:00:00Z"'),))
    findings: list[Finding] = []
    if local.tzinfo is None:
        findings.append(find("zone-assumed", zone=zone, settles=f'{settles}.at = "{whole.isoformat()}"'))
    if wait.when_past is PastDate.UNKNOWN:
        findings.append(find("date-missing", whose="who come after that moment"))
    at = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    key = "at_" + re.sub(r"\D+", "_", at).strip("_")
    past = "exit" if wait.when_past is PastDate.UNKNOWN else wait.when_past.value
    body: Body = {"key": key, "missingAction": "exit", "pastAction": past}
    piece = Piece(NodeKind.DELAY, {"type": "delay", "waitUntilKeyDate": body}, "wait", key_date=(key, at))
    return Lowered(value=Fragment((piece,)), findings=tuple(findings))
