"""What a person meets at the source: every kind of step and start, several sequences at once, leaving at once.

Written from what the records of the model and the platforms' documents say. It shares no code with the lowering and
knows no target. What the source does not tell (how long a wait is, what an unknown step does) ends the path here:
nothing unknown may send mail.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from migrator.model import ReEntry, Sequence, Step
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    Comparison,
    FieldKind,
    FieldRule,
    ListRule,
    Not,
    OpaqueRule,
    Rule,
    SegmentRule,
    TagRule,
)
from migrator.model.sequences import (
    ApiOnly,
    AttributeChanged,
    EventReceived,
    FormSubmitted,
    ListJoined,
    SegmentEntered,
    TagAdded,
    Trigger,
)
from migrator.model.steps import (
    AddTags,
    AddToList,
    Branch,
    CallWebhook,
    ChangeConsent,
    CreateDiscount,
    Entry,
    Exit,
    Jump,
    LeaveSequence,
    MoveToSequence,
    PastDate,
    RandomSplit,
    RemoveFromList,
    RemoveTags,
    SendEmail,
    SendOther,
    SetAttribute,
    Wait,
    WaitForEvent,
    WaitUntilDate,
    WaitUntilTime,
)
from tests.reference_interpreter import RAILS, Change, at_clock, next_moment

SYNC = timedelta(minutes=15)
RECENTLY = timedelta(hours=16)
WAYS = (Wait, WaitUntilTime, WaitUntilDate, WaitForEvent, Branch, RandomSplit)
MOST_RUNS = 6
WARM = "warm"
"""The tag that makes somebody a member of segment 3."""


@dataclass
class Someone:
    tags: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    attributes: dict[str, Any] = field(default_factory=dict)
    opens_after: Mapping[str, timedelta] = field(default_factory=dict)
    clicks_after: Mapping[str, timedelta] = field(default_factory=dict)
    past: bool = False
    """Opened, clicked and bought at the source long ago, by other emails."""
    changes: tuple[Change, ...] = ()
    """tag, untag, list, unlist, set (plan), event, form, call (the application puts them into its sequences)."""


@dataclass(frozen=True)
class Did:
    """One thing that happened in a run: an email, a tag, the end of a wait, ..."""

    at: datetime
    what: str
    value: str
    step_id: str | None
    upto: int = field(default=0, compare=False)
    """How many steps of the path the person had come to by then."""

    @property
    def key(self) -> tuple[str | None, str, str]:
        return self.step_id, self.what, self.value


@dataclass
class SourceRun:
    sequence: Sequence
    started: datetime
    here: str | None
    status: str = "active"
    path: list[str] = field(default_factory=list)
    lanes: dict[str, str | None] = field(default_factory=dict)
    """Branch to where its lane led."""
    trace: list[Did] = field(default_factory=list)
    mails: list[tuple[str, datetime]] = field(default_factory=list)
    due: datetime | None = None
    then: Callable[[], str | None] | None = None
    """What happens when the wait is over: gives the next step."""
    skipping: bool = False
    """Nothing is done until the next wait or branch."""
    awaits: WaitForEvent | None = None
    since: int = 0
    """How many events had come before the person began to wait for one."""
    member: bool = False
    """Whether the person has been in the segment from which leaving takes them out."""
    left_by: Rule | None = None
    """Why it was left before its end."""
    still: list[tuple[datetime, bool]] = field(default_factory=list)
    """From when on that reason held, or no longer did."""

    def reason_gone(self, at: datetime) -> bool:
        known = [holds for moment, holds in self.still if moment < at]
        return bool(known) and not known[-1]

    @property
    def inside(self) -> bool:
        return self.status == "active"


class Endless(Exception):
    """The person starts the same sequence again and again by its own steps."""


class Waits(Exception):
    pass


class Ends(Exception):
    pass


class World:
    """One person's life at the source."""

    def __init__(self, sequences: list[Sequence], person: Someone, dice: Mapping[str, str] | None = None) -> None:
        self.sequences = {one.source_id: one for one in sequences}
        self.steps = {one.source_id: {step.id: step for step in one.steps} for one in sequences}
        self.ways = {one.source_id: {(e.source, e.lane): e.target for e in one.edges} for one in sequences}
        self.tags, self.lists = set(person.tags), set(person.lists)
        self.attributes = dict(person.attributes)
        self.person, self.dice = person, dice or {}
        self.reachable = True
        self.events: list[tuple[str, datetime]] = []
        self.mails: list[tuple[str, datetime]] = []
        self.runs: list[SourceRun] = []
        self.queue: list[tuple[datetime, int, SourceRun]] = []
        self.count = 0
        self.seen: dict[str, bool] = {}

    # --- the clock

    def live(self, start: datetime, horizon: datetime) -> list[SourceRun]:
        self.now = start
        epoch = datetime(2020, 1, 1, tzinfo=start.tzinfo)
        self.looked = epoch + SYNC * ((start - epoch) // SYNC)
        for one in self.sequences.values():
            for trigger in one.triggers:
                if isinstance(trigger, SegmentEntered):
                    self.seen[trigger.segment_id] = self.holds(SegmentRule(segment_id=trigger.segment_id), None)
        outside = sorted(self.person.changes, key=lambda change: change.at)
        while True:
            due = self.queue[0][0] if self.queue else horizon
            tick = self._next_sync()
            change = outside[0].at if outside else horizon
            moment = min(due, tick, change)
            if moment >= horizon:
                self.now = horizon
                return self.runs
            self.now = max(self.now, moment)
            if due == moment:
                _, number, run = heapq.heappop(self.queue)
                if run.inside and run.due == due and number >= 0:
                    self._resume(run)
            elif tick == moment:
                self._sync()
            else:
                self._change(outside.pop(0))
            self._look_at_exits()

    def _next_sync(self) -> datetime:
        return self.looked + SYNC if self.seen else datetime.max.replace(tzinfo=self.now.tzinfo)

    def _sync(self) -> None:
        self.looked += SYNC
        for segment_id, before in self.seen.items():
            inside = self.holds(SegmentRule(segment_id=segment_id), None)
            self.seen[segment_id] = inside
            if inside and not before:
                self._fire(lambda one, wanted=segment_id: isinstance(one, SegmentEntered) and one.segment_id == wanted)

    def _change(self, change: Change) -> None:
        value = change.value
        match change.what:
            case "tag":
                self.add_tag(value)
            case "untag":
                self.remove_tag(value)
            case "list":
                self.join(value)
            case "unlist":
                self.lists.discard(value)
            case "set":
                before = self.attributes.get("plan")
                self.attributes["plan"] = value
                if before != value:
                    self._fire(lambda one: isinstance(one, AttributeChanged) and one.key == "plan" and one.to == value)
            case "event":
                self.events.append((value, self.now))
                for run in list(self.runs):
                    wait = run.awaits
                    if run.inside and wait is not None and self._awaited(run, wait):
                        self._wait(run, self.now)
                self._fire(lambda one: isinstance(one, EventReceived) and one.event_name == value)
            case "form":
                self._fire(lambda one: isinstance(one, FormSubmitted) and one.form_id == value)
            case "call":
                # Only where the application is known to do so.
                self._fire(lambda one: isinstance(one, ApiOnly))

    # --- starting and leaving

    def _fire(self, fits: Callable[[Trigger], bool]) -> None:
        for sequence in self.sequences.values():
            if any(fits(one) for one in sequence.triggers):
                self._enter(sequence)

    def _enter(self, sequence: Sequence, *, moved: bool = False) -> SourceRun | None:
        if not self.reachable or sequence.active is False:
            return None
        self._look_at_exits()
        if sequence.entry_filter is not None and not moved and not self.holds(sequence.entry_filter, None):
            return None
        earlier = [run for run in self.runs if run.sequence.source_id == sequence.source_id]
        if any(run.started == self.now for run in earlier) or not self._again(sequence, earlier, moved):
            return None
        if len(earlier) > MOST_RUNS:
            raise Endless
        # An entry, or else the one step that nothing leads to.
        led_to = {edge.target for edge in sequence.edges}
        steps = sorted(sequence.steps, key=lambda step: not isinstance(step.action, Entry))
        root = next(step.id for step in steps if step.id not in led_to)
        run = SourceRun(sequence, self.now, root)
        self.runs.append(run)
        self._wait(run, self.now)
        return run

    def _again(self, sequence: Sequence, earlier: list[SourceRun], moved: bool) -> bool:
        """Who was taken out may come back wherever the source allows it; a person in it twice only where it says so."""
        inside = any(run.inside for run in earlier)
        match sequence.re_entry:
            case ReEntry.ALWAYS:
                return True
            case ReEntry.AFTER_DELAY:
                since = timedelta(seconds=sequence.re_entry_seconds or 0)
                return not inside and all(self.now - run.started >= since for run in earlier)
            case ReEntry.AFTER_COMPLETION | ReEntry.UNKNOWN:
                return not inside
        return not inside and (moved or all(run.status == "removed" for run in earlier))

    def add_tag(self, tag: str) -> None:
        if tag not in self.tags:
            self.tags.add(tag)
            self._fire(lambda one: isinstance(one, TagAdded) and one.tag == tag)

    def remove_tag(self, tag: str) -> None:
        if tag not in self.tags:
            return
        self.tags.discard(tag)
        for run in self.runs:
            for one in run.sequence.triggers:
                if run.inside and isinstance(one, TagAdded) and one.tag == tag and one.leaves_when_removed:
                    self._leave(run, "removed", Not(rule=TagRule(tag=tag)))

    def join(self, list_id: str) -> None:
        if list_id not in self.lists:
            self.lists.add(list_id)
            self._fire(lambda one: isinstance(one, ListJoined) and one.list_id == list_id)

    def _leave(self, run: SourceRun, status: str, why: Rule | None = None) -> None:
        run.status, run.due, run.awaits, run.left_by = status, None, None, why

    def _look_at_exits(self) -> None:
        for run in self.runs:
            if run.left_by is not None:
                run.still.append((self.now, self.holds(run.left_by, run)))
            for one in run.sequence.exit_rules:
                if run.inside and self.holds(one.rule, run):
                    self._leave(run, "left", one.rule)
            for trigger in run.sequence.triggers:
                if run.inside and isinstance(trigger, SegmentEntered) and trigger.leaves_on_exit:
                    rule = SegmentRule(segment_id=trigger.segment_id)
                    inside = self.holds(rule, run)
                    if run.member and not inside:
                        self._leave(run, "left", Not(rule=rule))
                    run.member = run.member or inside

    # --- one run

    def _wait(self, run: SourceRun, until: datetime) -> None:
        run.due = until
        self.count += 1
        heapq.heappush(self.queue, (until, self.count, run))

    def _resume(self, run: SourceRun) -> None:
        try:
            if run.then is not None:
                then, run.then = run.then, None
                run.here = then()
            while run.inside:
                self._look_at_exits()
                if not run.inside:
                    return
                if run.here is None:
                    raise Ends
                run.path.append(run.here)
                run.here = self._step(run, self.steps[run.sequence.source_id][run.here])
        except Waits:
            pass
        except Ends:
            if run.inside:
                self._leave(run, "completed")

    def _on(self, run: SourceRun, step: Step, lane: str | None = None) -> str | None:
        return self.ways[run.sequence.source_id].get((step.id, lane))

    def _note(self, run: SourceRun, step: Step, what: str, value: object) -> None:
        run.trace.append(Did(self.now, what, str(value), step.id, len(run.path)))

    def _pause(self, run: SourceRun, step: Step, until: datetime, then: Callable[[], str | None]) -> str | None:
        def over() -> str | None:
            # The way on is looked up when the wait is over: a lane is chosen then, not before.
            self._look_at_exits()
            if not run.inside:
                raise Ends
            self._note(run, step, "waited", "")
            return then()

        run.then = over
        self._wait(run, max(until, self.now))
        raise Waits

    def _step(self, run: SourceRun, step: Step) -> str | None:
        on = lambda: self._on(run, step)  # noqa: E731 - short, and used in many places below
        if isinstance(step.action, WAYS) and not (isinstance(step.action, Wait) and step.action.seconds == 0):
            run.skipping = False
        elif run.skipping:
            ends = isinstance(step.action, Exit | ChangeConsent | MoveToSequence) and not getattr(
                step.action, "stays", False
            )
            if ends and not getattr(step.action, "stays", False):
                raise Ends
            return on()
        match step.action:
            case _ if step.content_missing:
                raise Ends
            case Wait(seconds=seconds):
                if seconds is None:
                    raise Ends
                return on() if seconds == 0 else self._pause(run, step, self.now + timedelta(seconds=seconds), on)
            case WaitUntilTime() as wait:
                if wait.time is None:
                    raise Ends
                start = self.now + timedelta(seconds=wait.minimum_seconds)
                return self._pause(run, step, next_opening(wait, start), on)
            case WaitUntilDate() as date:
                return self._date(run, step, date)
            case WaitForEvent() as wait:
                return self._event(run, step, wait)
            case Branch(evaluate_after_seconds=seconds) as branch:
                if seconds is None:
                    raise Ends
                choose = lambda: self._choose(run, step, branch)  # noqa: E731
                return (
                    choose() if seconds == 0 else self._pause(run, step, self.now + timedelta(seconds=seconds), choose)
                )
            case RandomSplit(lanes=lanes):
                lane = self.dice.get(step.id, lanes[0].key)
                if abs(sum(one.weight or 0 for one in lanes) - 100) > 1:
                    raise Ends
                run.lanes[step.id] = self._on(run, step, lane)
                return run.lanes[step.id]
            case SendEmail() as email:
                return self._send(run, step, email)
            case Exit() | MoveToSequence(sequence_id=None):
                raise Ends
            case MoveToSequence(sequence_id=other, stays=stays):
                return self._move(run, step, str(other), stays)
            case ChangeConsent():
                self._note(run, step, "consent", "")
                self.reachable = False
                for one in self.runs:
                    if one.inside:
                        self._leave(one, "removed")
                raise Ends
            case LeaveSequence(sequence_id=other):
                for one in self.runs:
                    if one.inside and one.sequence.source_id == other:
                        self._leave(one, "removed", OpaqueRule(description="taken out by another sequence"))
                return on()
            case Entry() | Jump():
                return on()
        if not self._act(run, step):
            raise Ends
        return on()

    def _act(self, run: SourceRun, step: Step) -> bool:
        """Whether it is known what the step does."""
        match step.action:
            case AddTags(tags=tags) | RemoveTags(tags=tags) if not tags:
                return False
            case AddTags(tags=tags):
                for tag in dict.fromkeys(tags):
                    self._note(run, step, "tag", tag)
                    self.add_tag(tag)
            case RemoveTags(tags=tags):
                for tag in dict.fromkeys(tags):
                    self._note(run, step, "untag", tag)
                    self.remove_tag(tag)
                    if not run.inside:
                        raise Ends
            case AddToList(list_id=list_id):
                if list_id is None:
                    return False
                self._note(run, step, "list", list_id)
                self.join(list_id)
            case RemoveFromList(list_id=list_id):
                self._note(run, step, "unlist", list_id)
                self.lists.discard(str(list_id))
            case SetAttribute() as attribute:
                self._set(run, step, attribute)
            case CallWebhook(url=url):
                if url is None:
                    return False
                self._note(run, step, "hook", url)
            case CreateDiscount() | SendOther():
                self._note(run, step, "other", "")
            case _:
                return False
        return True

    def _set(self, run: SourceRun, step: Step, attribute: SetAttribute) -> None:
        key, value = attribute.key, attribute.value
        before = self.attributes.get(key)
        if attribute.operation == "unset" or value is None:
            self.attributes.pop(key, None)
            value = None
        elif attribute.operation == "increment":
            value = value + (before if isinstance(before, int) else 0)
            self.attributes[key] = value
        else:
            self.attributes[key] = value
        self._note(run, step, "set", f"{key}={value}")
        if before != value:
            self._fire(lambda one: isinstance(one, AttributeChanged) and one.key == key and one.to == value)

    def _send(self, run: SourceRun, step: Step, email: SendEmail) -> str | None:
        content = email.content
        if not email.live:
            return self._on(run, step)
        if content.subject is None or not (content.body or content.text or content.blocks):
            raise Ends
        window = run.sequence.sending_window

        def leave() -> str | None:
            if not (email.skips_recently_mailed and any(self.now - at < RECENTLY for _, at in self.mails)):
                subject = str(content.subject)
                self._note(run, step, "email", subject)
                run.mails.append((subject, self.now))
                self.mails.append((subject, self.now))
            return self._on(run, step)

        if window is None:
            return leave()
        held = WaitUntilTime(time=window.start, until=window.end, timezone=window.timezone, days=window.days)
        opens = next_opening(held, self.now)
        if opens <= self.now:
            return leave()

        def then() -> str | None:
            self._look_at_exits()
            if not run.inside:
                raise Ends
            return leave()

        run.then = then
        self._wait(run, opens)
        raise Waits

    def _move(self, run: SourceRun, step: Step, other: str, stays: bool) -> str | None:
        if other not in self.sequences:
            raise Ends
        self._note(run, step, "move", other)
        if not stays:
            self._leave(run, "completed")
        self._enter(self.sequences[other], moved=True)
        if not stays:
            raise Ends
        return self._on(run, step)

    def _date(self, run: SourceRun, step: Step, date: WaitUntilDate) -> str | None:
        said = date.at if date.at is not None else self.attributes.get(str(date.key))
        action = date.when_missing
        if said is not None:
            until = datetime.fromisoformat(said) + timedelta(seconds=date.offset_seconds)
            if until > self.now:
                return self._pause(run, step, until, lambda: self._on(run, step))
            action = date.when_past
        if action not in (PastDate.CONTINUE, PastDate.SKIP):
            raise Ends
        run.skipping = action is PastDate.SKIP
        self._note(run, step, "waited", "")
        return self._on(run, step)

    def _event(self, run: SourceRun, step: Step, wait: WaitForEvent) -> str | None:
        run.awaits, run.since = wait, len(self.events)

        def over() -> str | None:
            self._look_at_exits()
            if not run.inside:
                raise Ends
            run.awaits = None
            happened = self._awaited(run, wait)
            self._note(run, step, "waited", "")
            lane = self._on(run, step, "happened" if happened else "timed_out")
            run.lanes[step.id] = lane
            return lane

        run.then = over
        if wait.timeout_seconds is not None:
            self._wait(run, self.now + timedelta(seconds=wait.timeout_seconds))
        else:
            run.due = None
        raise Waits

    def _awaited(self, run: SourceRun, wait: WaitForEvent) -> bool:
        """An event that comes while the person waits; anything else: whether it holds."""
        rule = wait.rule
        if isinstance(rule, ActivityRule) and rule.activity is Activity.EVENT:
            return any(name == rule.event_name for name, _ in self.events[run.since :])
        return self.holds(rule, run)

    def _choose(self, run: SourceRun, step: Step, branch: Branch) -> str | None:
        for lane in branch.lanes:
            # A lane whose rule nobody knows: neither it nor what comes after it can be told.
            if lane.rule is not None and unknown(lane.rule):
                raise Ends
            if lane.rule is not None and self.holds(lane.rule, run):
                break
        else:
            fallback = next((lane for lane in branch.lanes if lane.rule is None), None)
            if fallback is None:
                run.lanes[step.id] = None
                raise Ends
            lane = fallback
        run.lanes[step.id] = self._on(run, step, lane.key)
        return run.lanes[step.id]

    # --- rules

    def holds(self, rule: Rule, run: SourceRun | None) -> bool:
        match rule:
            case AllOf(rules=several):
                return all(self.holds(one, run) for one in several)
            case AnyOf(rules=several):
                return any(self.holds(one, run) for one in several)
            case Not(rule=inner):
                return not self.holds(inner, run)
            case TagRule(tag=tag):
                return tag in self.tags
            case ListRule(list_id=list_id):
                return list_id in self.lists
            case SegmentRule(segment_id="3"):
                return WARM in self.tags
            case FieldRule():
                return field_holds(rule, self.attributes.get(rule.key))
            case ActivityRule(activity=Activity.EVENT, event_name=name):
                if run is None and rule.scope is ActivityScope.THIS_SEQUENCE:
                    return False
                since = run.started if run is not None and rule.scope is ActivityScope.THIS_SEQUENCE else None
                times = sum(one == name and (since is None or at >= since) for one, at in self.events)
                times += self.person.past and since is None and name == "bought"
                return as_often(rule, times)
            case ActivityRule():
                return self._engaged(rule, run)
        return False

    def _engaged(self, rule: ActivityRule, run: SourceRun | None) -> bool:
        after = self.person.clicks_after if rule.activity is Activity.CLICKED else self.person.opens_after
        match rule.scope:
            case ActivityScope.ANY:
                mails = self.mails
            case ActivityScope.PREVIOUS_EMAIL:
                mails = run.mails[-1:] if run else []
            case _:
                mails = run.mails if run else []
        times = sum(subject in after and sent + after[subject] <= self.now for subject, sent in mails)
        times += self.person.past and rule.scope is ActivityScope.ANY
        return as_often(rule, times)


def unknown(rule: Rule) -> bool:
    match rule:
        case AllOf(rules=several) | AnyOf(rules=several):
            return any(unknown(one) for one in several)
        case Not(rule=inner):
            return unknown(inner)
        case OpaqueRule() | FieldRule(kind=FieldKind.EVENT_PROPERTY):
            return True
        case SegmentRule(segment_id=segment_id):
            return segment_id != "3"
    return False


def as_often(rule: ActivityRule, times: int) -> bool:
    return times >= (rule.at_least or 0) and (rule.fewer_than is None or times < rule.fewer_than)


def field_holds(rule: FieldRule, value: Any) -> bool:
    text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    match rule.comparison:
        case Comparison.EQUALS:
            return text == rule.value
        case Comparison.NOT_EQUALS:
            return text != rule.value
        case Comparison.CONTAINS:
            return text is not None and rule.value in text
        case Comparison.STARTS_WITH:
            return text is not None and text.startswith(rule.value)
        case Comparison.GREATER_OR_EQUAL:
            return text is not None and text.isdigit() and int(text) >= rule.value
    raise NotImplementedError(rule.comparison)


def next_opening(wait: WaitUntilTime, now: datetime) -> datetime:
    """A window that runs over midnight belongs to the day on which it opens; times may have seconds."""
    assert wait.time is not None
    zone = ZoneInfo(RAILS.get(wait.timezone or "UTC", wait.timezone or "UTC"))
    plain = wait.until is None or wait.until > wait.time
    if plain and len(wait.time) <= 5:
        return next_moment(with_zone(wait), now)
    if not plain:
        assert wait.until is not None
        yesterday = (now.astimezone(zone) - timedelta(days=1)).date()
        today = now.astimezone(zone).date()
        for date in (yesterday, today):
            fits = not wait.days or tuple(type(wait.days[0]))[date.weekday()] in wait.days
            closes = at_clock(date + timedelta(days=1), wait.until, zone)
            if fits and at_clock(date, wait.time, zone) <= now < closes:
                return now
    hour, minute, second = (*(int(part) for part in wait.time.split(":")), 0)[:3]
    for ahead in range(9):
        date = (now.astimezone(zone) + timedelta(days=ahead)).date()
        opens = datetime(date.year, date.month, date.day, hour, minute, second, tzinfo=zone)
        if opens > now and (not wait.days or tuple(type(wait.days[0]))[date.weekday()] in wait.days):
            return opens.astimezone(now.tzinfo)
    raise AssertionError("a window opens at least once in a week")


def with_zone(wait: WaitUntilTime) -> WaitUntilTime:
    return WaitUntilTime(time=wait.time, timezone=wait.timezone or "UTC", until=wait.until, days=wait.days)
