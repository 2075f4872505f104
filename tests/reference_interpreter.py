"""Runs a neutral sequence for one person, straight from what the model's records say. Small on purpose: it is the
judge of the lowering, so it shares no code with it and knows no target.

A person enters at the root at `start`. Time is whatever the steps say; clicks and outside changes are given.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from migrator.model import Sequence, Step
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    Comparison,
    FieldRule,
    ListRule,
    Not,
    Rule,
    TagRule,
)
from migrator.model.steps import (
    AddTags,
    AddToList,
    Branch,
    CallWebhook,
    Entry,
    PastDate,
    RemoveFromList,
    RemoveTags,
    SendEmail,
    SetAttribute,
    Wait,
    WaitUntilDate,
    WaitUntilTime,
    Weekday,
)

RAILS = {"Eastern Time (US & Canada)": "America/New_York"}
DAYS = tuple(Weekday)


@dataclass(frozen=True)
class Change:
    """Something that happens to the person from outside: `tag`, `untag`, `set` (the attribute plan) or `event`."""

    at: datetime
    what: str
    value: Any


@dataclass
class Person:
    tags: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    attributes: dict[str, Any] = field(default_factory=dict)
    clicks_after: dict[str, timedelta] = field(default_factory=dict)
    """Subject to how long after the email the person clicks; absent: never."""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Happening:
    at: datetime
    what: str
    value: str


class Stopped(Exception):
    """The moment to look at has come while the person waits, or the person left."""


class Run:
    def __init__(
        self, sequence: Sequence, person: Person, start: datetime, zones: dict[str, str] | None = None
    ) -> None:
        self.steps = {step.id: step for step in sequence.steps}
        self.next = {(edge.source, edge.lane): edge.target for edge in sequence.edges}
        self.person = replace(
            person, tags=set(person.tags), lists=set(person.lists), attributes=dict(person.attributes)
        )
        self.exits = [one.rule for one in sequence.exit_rules]
        self.filters = sequence.email_filters
        self.events: list[tuple[str, datetime]] = []
        self.started = start
        self.pending = sorted(person.changes, key=lambda change: change.at)
        self.now = start
        self.log: list[Happening] = []
        self.mails: list[tuple[str, datetime]] = []
        self.waiting: tuple[str, datetime] | None = None
        """The step that the person waits at when the run is stopped, and until when."""

    def to_end(self, until: datetime) -> list[Happening]:
        self.stop = until
        here: str | None = next(step.id for step in self.steps.values() if isinstance(step.action, Entry))
        try:
            while here is not None:
                self.here = here
                here = self._step(self.steps[here])
            self._outside(until)
        except Stopped:
            pass
        return self.log

    def _step(self, step: Step) -> str | None:
        lane: str | None = None
        match step.action:
            case Wait(seconds=seconds):
                assert seconds is not None
                self._sleep(self.now + timedelta(seconds=seconds))
            case WaitUntilTime() as wait:
                self._sleep(next_moment(wait, self.now + timedelta(seconds=wait.minimum_seconds)))
            case WaitUntilDate(key=key) as date:
                moment = self.person.attributes.get(str(key))
                action = date.when_missing
                if moment is not None:
                    until = datetime.fromisoformat(moment) + timedelta(seconds=date.offset_seconds)
                    action = date.when_past
                    if until > self.now:
                        self._sleep(until)
                        action = PastDate.CONTINUE
                if action is PastDate.EXIT:
                    return None
            case Branch(lanes=lanes, evaluate_after_seconds=seconds):
                assert seconds is not None
                self._sleep(self.now + timedelta(seconds=seconds))
                met = [one.key for one in lanes if one.rule is not None and self.holds(one.rule)]
                fallback = [one.key for one in lanes if one.rule is None]
                lane = next(iter(met + fallback), "nowhere")
            case SendEmail() if not all(self.holds(wanted.rule) for wanted in self.filters):
                pass
            case SendEmail(content=content):
                self._note("email", str(content.subject))
                self.mails.append((str(content.subject), self.now))
            case AddTags(tags=tags):
                for tag in tags:
                    self._note("tag", tag)
                    self.person.tags.add(tag)
            case RemoveTags(tags=tags):
                for tag in dict.fromkeys(tags):
                    self._note("untag", tag)
                    self.person.tags.discard(tag)
            case AddToList(list_id=list_id):
                self._note("list", str(list_id))
                self.person.lists.add(str(list_id))
            case RemoveFromList(list_id=list_id):
                self._note("unlist", str(list_id))
                self.person.lists.discard(str(list_id))
            case SetAttribute(key=key, value=value, operation="unset"):
                self._note("set", f"{key}=None")
                self.person.attributes.pop(key, None)
            case SetAttribute(key=key, value=value):
                self._note("set", f"{key}={value}")
                self.person.attributes[key] = value
            case CallWebhook(url=url):
                self._note("hook", str(url))
        return self.next.get((step.id, lane))

    def _note(self, what: str, value: str) -> None:
        self.log.append(Happening(self.now, what, value))

    def _sleep(self, until: datetime) -> None:
        if until > self.stop:
            self._outside(self.stop)
            self.waiting = (self.here, until)
            raise Stopped
        self.now = until
        self._outside(until)

    def _outside(self, until: datetime) -> None:
        while self.pending and self.pending[0].at <= until:
            change = self.pending.pop(0)
            match change.what:
                case "tag":
                    self.person.tags.add(change.value)
                case "untag":
                    self.person.tags.discard(change.value)
                case "set":
                    self.person.attributes["plan"] = change.value
                case "event":
                    if change.at >= self.started:
                        self.events.append((change.value, change.at))
            if any(self.holds(rule) for rule in self.exits):
                raise Stopped

    def clicked(self, scope: ActivityScope) -> bool:
        looked_at = self.mails[-1:] if scope is ActivityScope.PREVIOUS_EMAIL else self.mails
        after = self.person.clicks_after
        return any(subject in after and sent + after[subject] <= self.now for subject, sent in looked_at)

    def holds(self, rule: Rule) -> bool:
        match rule:
            case AllOf(rules=several):
                return all(self.holds(one) for one in several)
            case AnyOf(rules=several):
                return any(self.holds(one) for one in several)
            case Not(rule=inner):
                return not self.holds(inner)
            case TagRule(tag=tag):
                return tag in self.person.tags
            case ListRule(list_id=list_id):
                return list_id in self.person.lists
            case FieldRule():
                return field_holds(rule, self.person.attributes.get(rule.key))
            case ActivityRule(activity=Activity.EVENT, event_name=name, scope=ActivityScope.THIS_SEQUENCE):
                return any(one == name for one, _ in self.events)
            case ActivityRule(activity=Activity.CLICKED, scope=scope):
                return self.clicked(scope)
        raise NotImplementedError(type(rule).__name__)


def field_holds(rule: FieldRule, value: Any) -> bool:
    text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    match rule.comparison:
        case Comparison.EQUALS:
            return text == rule.value
        case Comparison.NOT_EQUALS:
            return text != rule.value
        case Comparison.CONTAINS:
            return text is not None and rule.value in text
    raise NotImplementedError(rule.comparison)


def next_moment(wait: WaitUntilTime, now: datetime) -> datetime:
    """A plain time of day: its next occurrence strictly after now. A window: now if inside, else its next start."""
    assert wait.time is not None
    assert wait.timezone is not None
    zone = ZoneInfo(RAILS.get(wait.timezone, wait.timezone))
    here = now.astimezone(zone)
    for days in range(16):
        date = (here + timedelta(days=days)).date()
        if wait.days and DAYS[date.weekday()] not in wait.days:
            continue
        opens = at_clock(date, wait.time, zone)
        if wait.until is not None and opens <= now < at_clock(date, wait.until, zone):
            return now
        if opens > now:
            return opens.astimezone(now.tzinfo)
    raise AssertionError("a window opens at least once in a fortnight")


def at_clock(date: Any, clock: str, zone: ZoneInfo) -> datetime:
    hour, minute = (int(part) for part in clock.split(":")[:2])
    return datetime(date.year, date.month, date.day, hour, minute, tzinfo=zone)
