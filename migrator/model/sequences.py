"""A sequence as a directed graph of steps: tree sources are the simple case, rejoining branches are allowed.

Step kinds are in steps.py. Whether a graph is sound (one root, no cycle) is judged by migrator/plan, not here:
a bundle must be able to hold a broken sequence exactly as it was found.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from migrator.model.base import Raw, Record
from migrator.model.rules import Rule
from migrator.model.steps import Step, Weekday


class TagAdded(Record, frozen=True, kw_only=True, tag="tag_added"):
    tag: str
    leaves_when_removed: bool = False
    """Removing the tag takes the person out of the sequence."""


class ListJoined(Record, frozen=True, kw_only=True, tag="list_joined"):
    list_id: str


class SegmentEntered(Record, frozen=True, kw_only=True, tag="segment_entered"):
    segment_id: str
    leaves_on_exit: bool = False


class FormSubmitted(Record, frozen=True, kw_only=True, tag="form_submitted"):
    form_id: str


class EventReceived(Record, frozen=True, kw_only=True, tag="event_received"):
    event_name: str
    where: Rule | None = None


class AttributeChanged(Record, frozen=True, kw_only=True, tag="attribute_changed"):
    key: str
    to: str | None = None


class DateReached(Record, frozen=True, kw_only=True, tag="date_reached"):
    """A day in a person's attribute, such as a birthday."""

    key: str
    offset_seconds: int = 0
    yearly: bool = False


class ContactCreated(Record, frozen=True, kw_only=True, tag="contact_created"):
    pass


class Inactivity(Record, frozen=True, kw_only=True, tag="inactivity"):
    event_name: str
    days: int


class MovedFrom(Record, frozen=True, kw_only=True, tag="moved_from"):
    """Another sequence hands people over; seen from that sequence's own step."""

    sequence_id: str


class ApiOnly(Record, frozen=True, kw_only=True, tag="api_only"):
    """Nothing starts it but a call or a person."""


class OpaqueTrigger(Record, frozen=True, kw_only=True, tag="opaque"):
    description: str
    raw: Raw = {}


Trigger = (
    TagAdded
    | ListJoined
    | SegmentEntered
    | FormSubmitted
    | EventReceived
    | AttributeChanged
    | DateReached
    | ContactCreated
    | Inactivity
    | MovedFrom
    | ApiOnly
    | OpaqueTrigger
)


class Edge(Record, frozen=True, kw_only=True):
    """`lane` names a lane of a branching `source` step; None for the one way on from an ordinary step."""

    source: str
    target: str
    lane: str | None = None


class ReEntry(StrEnum):
    ONCE = "once"
    ALWAYS = "always"
    AFTER_COMPLETION = "after_completion"
    """Again, but not while still in it."""
    AFTER_DELAY = "after_delay"
    UNKNOWN = "unknown"


class ExitRule(Record, frozen=True, kw_only=True):
    """Leaves the sequence as soon as this is true. A goal is an exit rule with `goal=True`."""

    rule: Rule
    goal: bool = False
    label: str | None = None


class EmailFilter(Record, frozen=True, kw_only=True):
    """Looked at when each email of the sequence leaves: whom it does not hold for goes on without that email."""

    rule: Rule
    label: str
    """What the source calls it, such as `excluded segment: 3`. A person settles it under these words."""


class SendingWindow(Record, frozen=True, kw_only=True):
    start: str
    """HH:MM"""
    end: str
    timezone: str
    days: tuple[Weekday, ...] = ()
    """Empty: every day."""


class Sequence(Record, frozen=True, kw_only=True):
    source_id: str
    name: str
    description: str | None = None
    active: bool | None = None
    triggers: tuple[Trigger, ...] = ()
    """Any of them starts it. Empty means that none was found, which is not the same as ApiOnly."""
    entry_filter: Rule | None = None
    """Who is let in when a trigger fires."""
    steps: tuple[Step, ...] = ()
    edges: tuple[Edge, ...] = ()
    exit_rules: tuple[ExitRule, ...] = ()
    re_entry: ReEntry = ReEntry.UNKNOWN
    re_entry_seconds: int | None = None
    sending_window: SendingWindow | None = None
    email_filters: tuple[EmailFilter, ...] = ()
    unread_limits: tuple[str, ...] = ()
    """What else decides who gets its emails and no field here can say, such as `excluded segments: 3, 5`."""
    caveats: tuple[str, ...] = ()
    """What else the source does with it as a whole, such as how its mail is sent: one sentence each."""
    copied_from: str | None = None
    enrolled_count: int | None = None
    """People in it now, by the source's own count."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    raw: Raw = {}
