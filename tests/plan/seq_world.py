"""What a person meets at the source: every kind of step and start, several sequences at once, leaving at once.

Written from what the records of the model and the platforms' documents say. It shares no code with the lowering and
knows no target. What the source does not tell (how long a wait is, what an unknown step does) ends the path here:
nothing unknown may send mail.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from seq_person import Someone, SourceRun
from seq_rules import Standing
from seq_walk import Walk

from migrator.model import ReEntry, Sequence
from migrator.model.rules import Not, Rule, SegmentRule, TagRule
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
from migrator.model.steps import Entry
from tests.reference_interpreter import Change

SYNC = timedelta(minutes=15)
MOST_RUNS = 6


class Endless(Exception):
    """The person starts the same sequence again and again by its own steps."""


class World(Standing):
    """One person's life at the source."""

    def __init__(self, sequences: list[Sequence], person: Someone, dice: Mapping[str, str] | None = None) -> None:
        super().__init__(person)
        self.sequences = {one.source_id: one for one in sequences}
        self.steps = {one.source_id: {step.id: step for step in one.steps} for one in sequences}
        self.ways = {one.source_id: {(e.source, e.lane): e.target for e in one.edges} for one in sequences}
        self.dice = dice or {}
        self.reachable = True
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
                    Walk(self, run).go()
            elif tick == moment:
                self._sync()
            else:
                self._change(outside.pop(0))
            self.look_at_exits()

    def _next_sync(self) -> datetime:
        return self.looked + SYNC if self.seen else datetime.max.replace(tzinfo=self.now.tzinfo)

    def _sync(self) -> None:
        self.looked += SYNC
        for segment_id, before in self.seen.items():
            inside = self.holds(SegmentRule(segment_id=segment_id), None)
            self.seen[segment_id] = inside
            if inside and not before:
                self.fire(lambda one, wanted=segment_id: isinstance(one, SegmentEntered) and one.segment_id == wanted)

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
                    self.fire(lambda one: isinstance(one, AttributeChanged) and one.key == "plan" and one.to == value)
            case "event":
                self.events.append((value, self.now))
                for run in list(self.runs):
                    wait = run.awaits
                    if run.inside and wait is not None and Walk(self, run).awaited(wait):
                        self.wait(run, self.now)
                self.fire(lambda one: isinstance(one, EventReceived) and one.event_name == value)
            case "form":
                self.fire(lambda one: isinstance(one, FormSubmitted) and one.form_id == value)
            case "call":
                # Only where the application is known to do so.
                self.fire(lambda one: isinstance(one, ApiOnly))

    # --- starting and leaving

    def fire(self, fits: Callable[[Trigger], bool]) -> None:
        for sequence in self.sequences.values():
            if any(fits(one) for one in sequence.triggers):
                self.enter(sequence)

    def enter(self, sequence: Sequence, *, moved: bool = False) -> SourceRun | None:
        if not self.reachable or sequence.active is False:
            return None
        self.look_at_exits()
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
        self.wait(run, self.now)
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
            self.fire(lambda one: isinstance(one, TagAdded) and one.tag == tag)

    def remove_tag(self, tag: str) -> None:
        if tag not in self.tags:
            return
        self.tags.discard(tag)
        for run in self.runs:
            for one in run.sequence.triggers:
                if run.inside and isinstance(one, TagAdded) and one.tag == tag and one.leaves_when_removed:
                    self.leave(run, "removed", Not(rule=TagRule(tag=tag)))

    def join(self, list_id: str) -> None:
        if list_id not in self.lists:
            self.lists.add(list_id)
            self.fire(lambda one: isinstance(one, ListJoined) and one.list_id == list_id)

    def leave(self, run: SourceRun, status: str, why: Rule | None = None) -> None:
        run.status, run.due, run.awaits, run.left_by = status, None, None, why

    def look_at_exits(self) -> None:
        for run in self.runs:
            if run.left_by is not None:
                run.still.append((self.now, self.holds(run.left_by, run)))
            for one in run.sequence.exit_rules:
                if run.inside and self.holds(one.rule, run):
                    self.leave(run, "left", one.rule)
            for trigger in run.sequence.triggers:
                if run.inside and isinstance(trigger, SegmentEntered) and trigger.leaves_on_exit:
                    rule = SegmentRule(segment_id=trigger.segment_id)
                    inside = self.holds(rule, run)
                    if run.member and not inside:
                        self.leave(run, "left", Not(rule=rule))
                    run.member = run.member or inside

    def wait(self, run: SourceRun, until: datetime) -> None:
        run.due = until
        self.count += 1
        heapq.heappush(self.queue, (until, self.count, run))
