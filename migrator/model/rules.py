"""Rule trees: who matches. Segments, branches, trigger filters and exit rules all use them.

A platform's own comparison that has no word here becomes an `OpaqueRule`, which nothing may treat as true.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from migrator.model.base import Raw, Record
from migrator.model.consent import ConsentState


class Comparison(StrEnum):
    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    NOT_STARTS_WITH = "not_starts_with"
    ENDS_WITH = "ends_with"
    NOT_ENDS_WITH = "not_ends_with"
    IS_EMPTY = "is_empty"
    IS_NOT_EMPTY = "is_not_empty"
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    ONE_OF = "one_of"
    NOT_ONE_OF = "not_one_of"
    BEFORE = "before"
    AFTER = "after"
    WITHIN_LAST_DAYS = "within_last_days"
    NOT_WITHIN_LAST_DAYS = "not_within_last_days"
    WITHIN_NEXT_DAYS = "within_next_days"
    MATCHES = "matches"
    """A regular expression."""


class FieldKind(StrEnum):
    BUILT_IN = "built_in"
    """email, first_name, last_name, phone, created_at, subscribed_at, country, timezone, ..."""
    CUSTOM = "custom"
    EVENT_PROPERTY = "event_property"
    """A property of the event that started the sequence or is being filtered."""


class Activity(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    EVENT = "event"


class ActivityScope(StrEnum):
    PREVIOUS_EMAIL = "previous_email"
    """The email just before this step on the path."""
    THIS_SEQUENCE = "this_sequence"
    """Since this person entered, by emails of this sequence."""
    MESSAGE = "message"
    """One email or campaign, named by `message_id`."""
    ANY = "any"


class AllOf(Record, frozen=True, kw_only=True, tag="all"):
    rules: tuple[Rule, ...]


class AnyOf(Record, frozen=True, kw_only=True, tag="any"):
    rules: tuple[Rule, ...]


class Not(Record, frozen=True, kw_only=True, tag="not"):
    rule: Rule


class TagRule(Record, frozen=True, kw_only=True, tag="tag"):
    """Has the tag, matched exactly as written."""

    tag: str


class ListRule(Record, frozen=True, kw_only=True, tag="list"):
    list_id: str


class SegmentRule(Record, frozen=True, kw_only=True, tag="segment"):
    segment_id: str


class ConsentRule(Record, frozen=True, kw_only=True, tag="consent"):
    state: ConsentState


class FieldRule(Record, frozen=True, kw_only=True, tag="field"):
    kind: FieldKind = FieldKind.CUSTOM
    key: str
    """Dotted when nested."""
    comparison: Comparison
    value: Any = None
    value_type: str | None = None
    """text, number, boolean, date or relative_days when the source says which."""
    case_sensitive: bool = False


class ActivityRule(Record, frozen=True, kw_only=True, tag="activity"):
    """Did something at least `at_least` times (and fewer than `fewer_than`, when given)."""

    activity: Activity
    scope: ActivityScope = ActivityScope.ANY
    event_name: str | None = None
    message_id: str | None = None
    link: str | None = None
    """A link the click must contain; absent: any link."""
    at_least: int | None = 1
    fewer_than: int | None = None
    within_seconds: int | None = None
    """Counted back from the moment of evaluation; absent: ever."""
    where: Rule | None = None
    """A filter on the event's properties."""


class OpaqueRule(Record, frozen=True, kw_only=True, tag="opaque"):
    description: str
    raw: Raw = {}


Rule = AllOf | AnyOf | Not | TagRule | ListRule | SegmentRule | ConsentRule | FieldRule | ActivityRule | OpaqueRule


class Segment(Record, frozen=True, kw_only=True):
    source_id: str
    name: str
    description: str | None = None
    rule: Rule | None = None
    """None when the source names the segment but does not tell its rules."""
    member_count: int | None = None
    members_file: str | None = None
    """In the bundle: the members' contact ids at reading time, for rules that lean on lost history."""
    raw: Raw = {}
