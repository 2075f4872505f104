"""What each step does to a person at the source, up to the next wait. Starting and leaving belong to the world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from seq_opening import next_opening
from seq_person import Did, SourceRun
from seq_rules import unknown

from migrator.model import Step
from migrator.model.rules import Activity, ActivityRule, OpaqueRule
from migrator.model.sequences import AttributeChanged
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

if TYPE_CHECKING:
    from seq_world import World

RECENTLY = timedelta(hours=16)
WAYS = (Wait, WaitUntilTime, WaitUntilDate, WaitForEvent, Branch, RandomSplit)


class Waits(Exception):
    pass


class Ends(Exception):
    pass


class Walk:
    def __init__(self, world: World, run: SourceRun) -> None:
        self.world, self.run = world, run

    def go(self) -> None:
        try:
            if self.run.then is not None:
                then, self.run.then = self.run.then, None
                self.run.here = then()
            while self.run.inside:
                self.world.look_at_exits()
                if not self.run.inside:
                    return
                if self.run.here is None:
                    raise Ends
                self.run.path.append(self.run.here)
                self.run.here = self._step(self.world.steps[self.run.sequence.source_id][self.run.here])
        except Waits:
            pass
        except Ends:
            if self.run.inside:
                self.world.leave(self.run, "completed")

    def _on(self, step: Step, lane: str | None = None) -> str | None:
        return self.world.ways[self.run.sequence.source_id].get((step.id, lane))

    def _note(self, step: Step, what: str, value: object) -> None:
        self.run.trace.append(Did(self.world.now, what, str(value), step.id, len(self.run.path)))

    def _pause(self, step: Step, until: datetime, then: Callable[[], str | None]) -> str | None:
        def over() -> str | None:
            # The way on is looked up when the wait is over: a lane is chosen then, not before.
            self.world.look_at_exits()
            if not self.run.inside:
                raise Ends
            self._note(step, "waited", "")
            return then()

        self.run.then = over
        self.world.wait(self.run, max(until, self.world.now))
        raise Waits

    def _step(self, step: Step) -> str | None:
        on = lambda: self._on(step)  # noqa: E731 - short, and used in many places below
        if isinstance(step.action, WAYS) and not (isinstance(step.action, Wait) and step.action.seconds == 0):
            self.run.skipping = False
        elif self.run.skipping:
            stays = isinstance(step.action, MoveToSequence) and step.action.stays
            if isinstance(step.action, Exit | ChangeConsent | MoveToSequence) and not stays:
                raise Ends
            return on()
        match step.action:
            case _ if step.content_missing:
                raise Ends
            case Wait(seconds=seconds):
                if seconds is None:
                    raise Ends
                return on() if seconds == 0 else self._pause(step, self.world.now + timedelta(seconds=seconds), on)
            case WaitUntilTime() as wait:
                if wait.time is None:
                    raise Ends
                start = self.world.now + timedelta(seconds=wait.minimum_seconds)
                return self._pause(step, next_opening(wait, start), on)
            case WaitUntilDate() as date:
                return self._date(step, date)
            case WaitForEvent() as wait:
                return self._event(step, wait)
            case Branch(evaluate_after_seconds=seconds) as branch:
                if seconds is None:
                    raise Ends
                choose = lambda: self._choose(step, branch)  # noqa: E731
                return (
                    choose() if seconds == 0 else self._pause(step, self.world.now + timedelta(seconds=seconds), choose)
                )
            case RandomSplit(lanes=lanes):
                lane = self.world.dice.get(step.id, lanes[0].key)
                if abs(sum(one.weight or 0 for one in lanes) - 100) > 1:
                    raise Ends
                self.run.lanes[step.id] = self._on(step, lane)
                return self.run.lanes[step.id]
            case SendEmail() as email:
                return self._send(step, email)
            case Exit() | MoveToSequence(sequence_id=None):
                raise Ends
            case MoveToSequence(sequence_id=other, stays=stays):
                return self._move(step, str(other), stays)
            case ChangeConsent():
                self._note(step, "consent", "")
                self.world.reachable = False
                for one in self.world.runs:
                    if one.inside:
                        self.world.leave(one, "removed")
                raise Ends
            case LeaveSequence(sequence_id=other):
                for one in self.world.runs:
                    if one.inside and one.sequence.source_id == other:
                        self.world.leave(one, "removed", OpaqueRule(description="taken out by another sequence"))
                return on()
            case Entry() | Jump():
                return on()
        if not self._act(step):
            raise Ends
        return on()

    def _act(self, step: Step) -> bool:
        """Whether it is known what the step does."""
        match step.action:
            case AddTags(tags=tags) | RemoveTags(tags=tags) if not tags:
                return False
            case AddTags(tags=tags):
                for tag in dict.fromkeys(tags):
                    self._note(step, "tag", tag)
                    self.world.add_tag(tag)
            case RemoveTags(tags=tags):
                for tag in dict.fromkeys(tags):
                    self._note(step, "untag", tag)
                    self.world.remove_tag(tag)
                    if not self.run.inside:
                        raise Ends
            case AddToList(list_id=list_id):
                if list_id is None:
                    return False
                self._note(step, "list", list_id)
                self.world.join(list_id)
            case RemoveFromList(list_id=list_id):
                self._note(step, "unlist", list_id)
                self.world.lists.discard(str(list_id))
            case SetAttribute() as attribute:
                self._set(step, attribute)
            case CallWebhook(url=url):
                if url is None:
                    return False
                self._note(step, "hook", url)
            case CreateDiscount() | SendOther():
                self._note(step, "other", "")
            case _:
                return False
        return True

    def _set(self, step: Step, attribute: SetAttribute) -> None:
        key, value = attribute.key, attribute.value
        before = self.world.attributes.get(key)
        if attribute.operation == "unset" or value is None:
            self.world.attributes.pop(key, None)
            value = None
        elif attribute.operation == "increment":
            value = value + (before if isinstance(before, int) else 0)
            self.world.attributes[key] = value
        else:
            self.world.attributes[key] = value
        self._note(step, "set", f"{key}={value}")
        if before != value:
            self.world.fire(lambda one: isinstance(one, AttributeChanged) and one.key == key and one.to == value)

    def _send(self, step: Step, email: SendEmail) -> str | None:
        content = email.content
        if not email.live:
            return self._on(step)
        if content.subject is None or not (content.body or content.text or content.blocks):
            raise Ends
        window = self.run.sequence.sending_window

        def leave() -> str | None:
            if not (email.skips_recently_mailed and any(self.world.now - at < RECENTLY for _, at in self.world.mails)):
                subject = str(content.subject)
                self._note(step, "email", subject)
                self.run.mails.append((subject, self.world.now))
                self.world.mails.append((subject, self.world.now))
            return self._on(step)

        if window is None:
            return leave()
        held = WaitUntilTime(time=window.start, until=window.end, timezone=window.timezone, days=window.days)
        opens = next_opening(held, self.world.now)
        if opens <= self.world.now:
            return leave()

        def then() -> str | None:
            self.world.look_at_exits()
            if not self.run.inside:
                raise Ends
            return leave()

        self.run.then = then
        self.world.wait(self.run, opens)
        raise Waits

    def _move(self, step: Step, other: str, stays: bool) -> str | None:
        if other not in self.world.sequences:
            raise Ends
        self._note(step, "move", other)
        if not stays:
            self.world.leave(self.run, "completed")
        self.world.enter(self.world.sequences[other], moved=True)
        if not stays:
            raise Ends
        return self._on(step)

    def _date(self, step: Step, date: WaitUntilDate) -> str | None:
        said = date.at if date.at is not None else self.world.attributes.get(str(date.key))
        action = date.when_missing
        if said is not None:
            until = datetime.fromisoformat(said) + timedelta(seconds=date.offset_seconds)
            if until > self.world.now:
                return self._pause(step, until, lambda: self._on(step))
            action = date.when_past
        if action not in (PastDate.CONTINUE, PastDate.SKIP):
            raise Ends
        self.run.skipping = action is PastDate.SKIP
        self._note(step, "waited", "")
        return self._on(step)

    def _event(self, step: Step, wait: WaitForEvent) -> str | None:
        self.run.awaits, self.run.since = wait, len(self.world.events)

        def over() -> str | None:
            self.world.look_at_exits()
            if not self.run.inside:
                raise Ends
            self.run.awaits = None
            happened = self.awaited(wait)
            self._note(step, "waited", "")
            lane = self._on(step, "happened" if happened else "timed_out")
            self.run.lanes[step.id] = lane
            return lane

        self.run.then = over
        if wait.timeout_seconds is not None:
            self.world.wait(self.run, self.world.now + timedelta(seconds=wait.timeout_seconds))
        else:
            self.run.due = None
        raise Waits

    def awaited(self, wait: WaitForEvent) -> bool:
        """An event that comes while the person waits; anything else: whether it holds."""
        rule = wait.rule
        if isinstance(rule, ActivityRule) and rule.activity is Activity.EVENT:
            return any(name == rule.event_name for name, _ in self.world.events[self.run.since :])
        return self.world.holds(rule, self.run)

    def _choose(self, step: Step, branch: Branch) -> str | None:
        for lane in branch.lanes:
            # A lane whose rule nobody knows: neither it nor what comes after it can be told.
            if lane.rule is not None and unknown(lane.rule):
                raise Ends
            if lane.rule is not None and self.world.holds(lane.rule, self.run):
                break
        else:
            fallback = next((lane for lane in branch.lanes if lane.rule is None), None)
            if fallback is None:
                self.run.lanes[step.id] = None
                raise Ends
            lane = fallback
        self.run.lanes[step.id] = self._on(step, lane.key)
        return self.run.lanes[step.id]
