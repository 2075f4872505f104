"""Every kind of step a sequence can hold, from all platforms we read. Edges between steps are in sequences.py."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from migrator.model.base import Raw, Record
from migrator.model.consent import ConsentState
from migrator.model.content import EmailContent
from migrator.model.rules import Rule


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


# What a step does -----------------------------------------------------------------------------------------


class Entry(Record, frozen=True, kw_only=True, tag="entry"):
    """Where everybody starts; does nothing."""


class SendEmail(Record, frozen=True, kw_only=True, tag="send_email"):
    content: EmailContent
    """Resolved: when the step follows a template, the template's content."""
    template_id: str | None = None
    inline: EmailContent | None = None
    """The step's own copy, kept when a template overrides it."""
    live: bool = True
    """False: the source has this email switched off and skips it."""
    skips_recently_mailed: bool = False
    """The source leaves it out for somebody who got another email shortly before."""


class SendOther(Record, frozen=True, kw_only=True, tag="send_other"):
    """SMS, push or a notification to the team."""

    channel: str
    text: str | None = None
    raw: Raw = {}


class Wait(Record, frozen=True, kw_only=True, tag="wait"):
    """A fixed time. None: the source did not tell how long, which is never zero."""

    seconds: int | None = None


class ClockReading(StrEnum):
    """What a wait until a plain time of day means for people who come before that time."""

    NEXT_OCCURRENCE = "next_occurrence"
    """It ends at that time of the same day."""
    NEXT_DAY = "next_day"
    """It ends at that time of the day after, whenever they come."""
    UNKNOWN = "unknown"


class WaitUntilTime(Record, frozen=True, kw_only=True, tag="wait_until_time"):
    """The next moment inside a daily or weekly window: strictly after the previous step for a plain time of day."""

    time: str | None = None
    """HH:MM:SS local to `timezone`."""
    timezone: str | None = None
    contact_timezone: bool = False
    """In each person's own zone, `timezone` being the fallback."""
    days: tuple[Weekday, ...] = ()
    """Empty: any day."""
    until: str | None = None
    """End of the window; absent: a moment, not a window."""
    minimum_seconds: int = 0
    """Waited before looking for the window."""
    reading: ClockReading = ClockReading.NEXT_OCCURRENCE


class PastDate(StrEnum):
    CONTINUE = "continue"
    SKIP = "skip"
    EXIT = "exit"
    UNKNOWN = "unknown"


class WaitUntilDate(Record, frozen=True, kw_only=True, tag="wait_until_date"):
    key: str | None = None
    """The attribute (or event property) that holds the date; or `at`."""
    from_event: bool = False
    at: str | None = None
    """A fixed moment, ISO 8601."""
    offset_seconds: int = 0
    """Negative: before the date."""
    when_missing: PastDate = PastDate.UNKNOWN
    when_past: PastDate = PastDate.UNKNOWN


class WaitForEvent(Record, frozen=True, kw_only=True, tag="wait_for_event"):
    """Waits until the rule holds, or until the time is over (None: for ever). Lanes: `happened`, `timed_out`."""

    rule: Rule
    timeout_seconds: int | None = None


class Lane(Record, frozen=True, kw_only=True):
    """One way out of a branch; the edge with the same `key` leads on, no such edge means that the path ends."""

    key: str
    rule: Rule | None = None
    """None on the fallback lane."""
    weight: float | None = None
    """Percent, on a random split."""
    label: str | None = None
    source_id: str | None = None
    """The row that stood for this lane at the source, where there was one."""


class Branch(Record, frozen=True, kw_only=True, tag="branch"):
    """The first lane whose rule holds is taken; the lane without a rule is the fallback."""

    lanes: tuple[Lane, ...]
    evaluate_after_seconds: int | None = 0
    """Waited before looking. None: the source did not say, or waits for ever: a person must decide."""


class RandomSplit(Record, frozen=True, kw_only=True, tag="random_split"):
    lanes: tuple[Lane, ...]


class AddTags(Record, frozen=True, kw_only=True, tag="add_tags"):
    tags: tuple[str, ...]


class RemoveTags(Record, frozen=True, kw_only=True, tag="remove_tags"):
    tags: tuple[str, ...]


class AddToList(Record, frozen=True, kw_only=True, tag="add_to_list"):
    list_id: str | None = None


class RemoveFromList(Record, frozen=True, kw_only=True, tag="remove_from_list"):
    list_id: str | None = None


class SetAttribute(Record, frozen=True, kw_only=True, tag="set_attribute"):
    key: str
    value: Any = None
    operation: str = "set"
    """set, unset, increment, append or remove."""


class ChangeConsent(Record, frozen=True, kw_only=True, tag="change_consent"):
    """Deactivates or unsubscribes the person and ends the path. Never a subscribing step: those become opaque."""

    state: ConsentState


class MoveToSequence(Record, frozen=True, kw_only=True, tag="move_to_sequence"):
    """Leaves here and starts there from the top. None: the source has no target set."""

    sequence_id: str | None = None
    stays: bool = False
    """Starts the other one and goes on here too."""


class LeaveSequence(Record, frozen=True, kw_only=True, tag="leave_sequence"):
    """Takes the person out of another sequence."""

    sequence_id: str | None = None


class CallWebhook(Record, frozen=True, kw_only=True, tag="call_webhook"):
    url: str | None = None
    method: str | None = None
    headers: dict[str, str] = {}
    withheld_headers: tuple[str, ...] = ()
    """Headers that looked like credentials: their names are kept, their values never leave the source."""
    body: str | None = None


class CreateDiscount(Record, frozen=True, kw_only=True, tag="create_discount"):
    settings: Raw


class Jump(Record, frozen=True, kw_only=True, tag="jump"):
    """Goes on at another step of the same sequence; the edge says where. Backwards makes a cycle."""


class Exit(Record, frozen=True, kw_only=True, tag="exit"):
    """Ends the path."""


class Opaque(Record, frozen=True, kw_only=True, tag="opaque"):
    """A kind that we do not know. Its subtree is kept; nothing may run through it silently."""

    action: str


Action = (
    Entry
    | SendEmail
    | SendOther
    | Wait
    | WaitUntilTime
    | WaitUntilDate
    | WaitForEvent
    | Branch
    | RandomSplit
    | AddTags
    | RemoveTags
    | AddToList
    | RemoveFromList
    | SetAttribute
    | ChangeConsent
    | MoveToSequence
    | LeaveSequence
    | CallWebhook
    | CreateDiscount
    | Jump
    | Exit
    | Opaque
)


class Suggestion(Record, frozen=True, kw_only=True):
    """A guess for a missing field, for a person to confirm. Nothing applies it by itself."""

    field: str
    value: Any
    because: str


class Step(Record, frozen=True, kw_only=True):
    """One step. `content_missing` names the fields that the source would not give."""

    id: str
    action: Action
    label: str | None = None
    content_missing: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    notes: tuple[str, ...] = ()
    """Oddities found while reading (orphan, unreachable, fork): one sentence each."""
    hangs_below: str | None = None
    """A step that is not here and that leads to this one at the source: people may come from there."""
    caveats: tuple[str, ...] = ()
    """What the source does at this step beside its action, and the action cannot say: one sentence each."""
    raw: Raw = {}
