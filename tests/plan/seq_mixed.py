"""Made-up accounts of two sequences in which exact constructs stand beside changed and unsettled ones, and people.

Made from a number by plain chance, so that all kinds come up as often as they are meant to; the same number makes the
same account.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
from seq_flows import LISTS, SEGMENTS, emails
from seq_person import Someone
from seq_rules import WARM

from mappings.context import LoweringContext, Opened, StepChoice, survey
from migrator.model import Edge, EmailContent, ExitRule, ReEntry, SendingWindow, Sequence, Step
from migrator.model.consent import ConsentState
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
)
from migrator.model.steps import (
    AddTags,
    AddToList,
    Branch,
    CallWebhook,
    ChangeConsent,
    Entry,
    Exit,
    Lane,
    LeaveSequence,
    MoveToSequence,
    Opaque,
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
    Weekday,
)
from tests.reference_interpreter import Change

START = datetime(2026, 6, 3, 9, 0, tzinfo=UTC)
HORIZON = START + timedelta(days=25)
HALF = timedelta(seconds=30)
HOUR, DAY = 3600, 86_400
TAGS = ("vip", "hot", "stop", "Big Spender", WARM)
BOUGHT = ActivityRule(activity=Activity.EVENT, event_name="bought", scope=ActivityScope.THIS_SEQUENCE)
SCOPES = (ActivityScope.PREVIOUS_EMAIL, ActivityScope.THIS_SEQUENCE)
TRIGGERS = (
    TagAdded(tag="vip"),
    ListJoined(list_id="1"),
    SegmentEntered(segment_id="3"),
    SegmentEntered(segment_id="3", leaves_on_exit=True),
    EventReceived(event_name="bought"),
    FormSubmitted(form_id="5"),
    ApiOnly(),
    AttributeChanged(key="plan", to="pro"),
)
EXITS: tuple[Rule, ...] = (
    BOUGHT,
    ActivityRule(activity=Activity.EVENT, event_name="bought"),
    Not(rule=ActivityRule(activity=Activity.CLICKED, at_least=None, fewer_than=1)),
    TagRule(tag="stop"),
    Not(rule=TagRule(tag="hot")),
    SegmentRule(segment_id="3"),
    ListRule(list_id="1"),
    AnyOf(rules=(TagRule(tag="stop"), BOUGHT)),
    AllOf(rules=(TagRule(tag="stop"), TagRule(tag="vip"))),
    ActivityRule(activity=Activity.CLICKED, scope=ActivityScope.THIS_SEQUENCE),
    FieldRule(key="plan", comparison=Comparison.EQUALS, value="free"),
    OpaqueRule(description="full moon"),
)
WINDOWS = (
    SendingWindow(start="08:00", end="18:00", timezone="UTC"),
    SendingWindow(start="09:30", end="11:00", timezone="Europe/Paris", days=(Weekday.TUESDAY, Weekday.FRIDAY)),
    SendingWindow(start="21:00", end="06:00", timezone="UTC"),
)
Account = tuple[list[Sequence], LoweringContext]


class Maker:
    def __init__(self, number: int, odd: float = 0.3) -> None:
        self.dice, self.odd = Random(number), odd

    def one(self, *of: Any) -> Any:
        return self.dice.choice(of)

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def some(self, of: tuple[Any, ...], most: int, least: int = 0) -> list[Any]:
        return self.dice.sample(of, self.dice.randint(least, most))

    # --- rules

    def rule(self, depth: int = 2) -> Rule:
        if depth and self.chance(0.25):
            several = tuple(self.rule(depth - 1) for _ in range(self.one(2, 2, 3)))
            made: Rule = self.one(AllOf(rules=several), AnyOf(rules=several), Not(rule=several[0]))
            return made
        compared = self.one(Comparison.EQUALS, Comparison.NOT_EQUALS, Comparison.CONTAINS, Comparison.STARTS_WITH)
        plain: tuple[Rule, ...] = (
            TagRule(tag=self.one(*TAGS)),
            TagRule(tag=self.one(*TAGS)),
            ActivityRule(activity=Activity.CLICKED, scope=self.one(*SCOPES)),
            FieldRule(key="plan", comparison=compared, value=self.one("pro", "free")),
            ListRule(list_id="1"),
            SegmentRule(segment_id="3"),
            BOUGHT,
        )
        strange: tuple[Rule, ...] = (
            ActivityRule(activity=Activity.OPENED, scope=self.one(*SCOPES)),
            ActivityRule(activity=Activity.OPENED, scope=self.one(*SCOPES)),
            ActivityRule(activity=self.one(Activity.CLICKED, Activity.OPENED)),
            ActivityRule(activity=Activity.EVENT, event_name="bought", at_least=None, fewer_than=1),
            ActivityRule(activity=Activity.EVENT, event_name="bought"),
            ActivityRule(activity=Activity.CLICKED, scope=ActivityScope.THIS_SEQUENCE, at_least=None, fewer_than=1),
            FieldRule(key="score", comparison=Comparison.GREATER_OR_EQUAL, value=5),
            SegmentRule(segment_id="9"),
            OpaqueRule(description="phase of the moon"),
        )
        return self.dice.choice(strange if self.chance(self.odd) else plain)

    # --- steps

    def plain(self, number: int) -> Any:
        match self.dice.randint(0, 10):
            case 0 | 1:
                return Wait(seconds=self.one(60, HOUR, DAY, 3 * DAY))
            case 2:
                return AddTags(tags=tuple(self.some(TAGS, 2, 1)))
            case 3:
                return RemoveTags(tags=tuple(self.some((*TAGS, "start"), 2, 1)))
            case 4:
                value = self.one("pro", "free", 3, True, None)
                return SetAttribute(key="plan", value=value, operation="unset" if value is None else "set")
            case 5:
                return CallWebhook(url=f"https://hook.test/{number}", method="POST", body='{"n": 1}')
            case 6:
                days = tuple(self.some(tuple(Weekday), 2))
                zone = self.one("Europe/Paris", "UTC", "Eastern Time (US & Canada)")
                return WaitUntilTime(
                    time=self.one("08:00", "17:45"), timezone=zone, days=days, until=self.one(None, "18:30")
                )
            case 7:
                known = (PastDate.CONTINUE, PastDate.EXIT)
                return WaitUntilDate(
                    key="renews",
                    offset_seconds=self.one(0, -DAY),
                    when_missing=self.one(*known),
                    when_past=self.one(*known),
                )
            case 8:
                return self.one(AddToList, RemoveFromList)(list_id="1")
        return emails(number)

    def strange(self, number: int) -> Any:
        """Steps that are seldom carried over as they are."""
        secret = CallWebhook(url=f"https://hook.test/{number}", withheld_headers=("X-Key",))
        consent = ChangeConsent(state=self.one(ConsentState.INACTIVE, ConsentState.UNSUBSCRIBED))
        moves = [
            MoveToSequence(sequence_id=self.one("8", "8", "8", "7", "404"), stays=self.one(True, False)) for _ in "ab"
        ]
        at = START + timedelta(hours=self.dice.randint(-24, 96))
        fixed = WaitUntilDate(
            at=at.isoformat(),
            offset_seconds=self.one(0, HOUR, 90),
            when_past=self.one(PastDate.CONTINUE, PastDate.EXIT, PastDate.SKIP, PastDate.UNKNOWN),
        )
        dated = WaitUntilDate(
            key="renews",
            offset_seconds=self.one(0, 90),
            when_missing=self.one(*PastDate),
            when_past=self.one(*PastDate),
        )
        night = WaitUntilTime(time="22:00", until="06:00", timezone="UTC", days=tuple(self.some(tuple(Weekday), 2)))
        own_zone = WaitUntilTime(
            time="07:30", timezone="Europe/Paris", contact_timezone=True, minimum_seconds=self.one(0, 90)
        )
        held = self.one(
            SetAttribute(key="score", value=3, operation="increment"),
            LeaveSequence(sequence_id="8"),
            CallWebhook(url=self.one("http://hook.test/", "ftp://x", None)),
            SendEmail(content=EmailContent(subject="Title only")),
            *(SendOther(channel="sms", text="hello"), Opaque(action="dance"), AddTags(tags=())),
            Wait(seconds=self.one(-5, None)),
        )
        capped = SendEmail(content=emails(number).content, skips_recently_mailed=True)
        off = SendEmail(content=EmailContent(subject="Off", body="<p>off</p>"), live=False)
        return self.one(
            Wait(seconds=self.one(90, 30, 59, 100_000)),
            WaitUntilTime(time=self.one("09:00:30", "08:00", "21:15:10", None)),
            *(night, own_zone, fixed, dated, secret, consent, *moves, held, capped, capped, self.one(off, Exit())),
        )

    def split(self) -> Any:
        if self.chance(0.1):
            weights = self.one((50.0, 50.0), (33.4, 66.6), (10.0, 10.0))
            return RandomSplit(lanes=tuple(Lane(key=f"r{n}", weight=weight) for n, weight in enumerate(weights)))
        if self.chance(0.15):
            bought = ActivityRule(activity=Activity.EVENT, event_name="bought")
            rule = self.one(bought, bought, TagRule(tag="vip"))
            return WaitForEvent(rule=rule, timeout_seconds=self.one(None, DAY, 100_000))
        if self.chance(0.25):
            opened = Lane(key="true", rule=ActivityRule(activity=Activity.OPENED, scope=self.one(*SCOPES)))
            return Branch(lanes=(opened, Lane(key="false")), evaluate_after_seconds=self.one(0, HOUR, DAY))
        lanes = [Lane(key=f"lane{n}", rule=self.rule()) for n in range(self.one(1, 1, 2))]
        if self.chance(0.85):
            lanes.append(Lane(key="other"))
        after = self.one(0, 0, HOUR, DAY, None if self.chance(self.odd) else 90)
        return Branch(lanes=tuple(lanes), evaluate_after_seconds=after)

    # --- sequences

    def graph(self, count: int) -> tuple[tuple[Step, ...], tuple[Edge, ...]]:
        """Without cycles; ways nest, rejoin, cross and end. Half of them are trees, as Broadcast's are."""
        tree = self.chance(0.5)
        actions: list[Any] = []
        for number in range(count):
            if self.chance(0.25):
                actions.append(self.split())
            elif self.chance(self.odd):
                actions.append(self.strange(number))
            else:
                actions.append(self.plain(number))
        taken: set[int] = {0}
        edges = [Edge(source="1", target="100")]
        for number, action in enumerate(actions):
            keys: list[str | None] = [None]
            if isinstance(action, Branch | RandomSplit):
                keys = [lane.key for lane in action.lanes]
            elif isinstance(action, WaitForEvent):
                keys = ["happened", "timed_out"]
            for key in keys:
                later = [one for one in range(number + 1, count) if not tree or one not in taken][:3]
                if later and self.chance(0.93):
                    chosen = self.one(later[0], *later)
                    taken.add(chosen)
                    edges.append(Edge(source=str(100 + number), target=str(100 + chosen), lane=key))
        steps = [Step(id="1", action=Entry())]
        steps += [Step(id=str(100 + number), action=action) for number, action in enumerate(actions)]
        return tuple(steps), tuple(edges)

    def account(self, calm: bool = False) -> Account:
        """`calm`: begun by one tag, once, and left at the end, so that nothing but the steps can be changed."""
        steps, edges = self.graph(self.dice.randint(8, 13) if calm else self.dice.randint(3, 11))
        again = (ReEntry.ONCE, ReEntry.ONCE, *ReEntry)
        first = TagAdded(tag="start", leaves_when_removed=self.chance(0.5))
        exits = self.some(EXITS, 2, 1) if self.chance(0.3) else []
        main = Sequence(
            source_id="7",
            name="Main",
            triggers=(first, *(self.some(TRIGGERS, 2, 1) if self.chance(0.3) else [])),
            steps=steps,
            edges=edges,
            entry_filter=self.rule(1) if self.chance(0.15) else None,
            exit_rules=tuple(ExitRule(rule=one) for one in exits),
            re_entry=self.one(*again),
            re_entry_seconds=5 * DAY,
            sending_window=self.one(*WINDOWS) if self.chance(0.15) else None,
        )
        small = [emails(80), Wait(seconds=DAY), emails(81), self.plain(82), emails(83)]
        kept = TagAdded(tag="eight", leaves_when_removed=True)
        eight = Sequence(
            source_id="8",
            name="Eight",
            triggers=self.one((), (kept,), (kept,), (TagAdded(tag="hot"),)),
            steps=(Step(id="2", action=Entry()), *(Step(id=str(800 + n), action=one) for n, one in enumerate(small))),
            edges=(
                Edge(source="2", target="800"),
                *(Edge(source=str(800 + n), target=str(801 + n)) for n in range(len(small) - 1)),
            ),
            re_entry=self.one(*again),
            re_entry_seconds=5 * DAY,
        )
        skipped = self.one(*steps[1:]).id if self.chance(0.1) else None
        context = LoweringContext(
            sequences=survey([main, eight]),
            lists={"1": LISTS["1"]},
            segments=SEGMENTS,
            opened=self.one(Opened.SEGMENT, Opened.CLICKED, Opened.EVENT, *Opened),
            steps={f"7/{skipped}": StepChoice(skip=True)} if skipped else {},
        )
        if calm:
            one = {"re_entry": ReEntry.ONCE, "exit_rules": (), "entry_filter": None, "sending_window": None}
            main = msgspec.structs.replace(main, triggers=(TagAdded(tag="start"),), **one)
            eight = msgspec.structs.replace(eight, triggers=(TagAdded(tag="hot"),), **one)
            context = replace(context, sequences=survey([main, eight]))
        return [main, eight], context

    # --- people

    def engaged(self) -> dict[str, timedelta]:
        spans = (timedelta(minutes=37) + HALF, timedelta(hours=5) + HALF, timedelta(hours=30) + HALF)
        return {f"Mail {number}": self.one(*spans) for number in range(84) if self.chance(0.4)}

    def person(self) -> Someone:
        def act() -> tuple[str, Any]:
            return self.one(
                ("tag", self.one(*TAGS, "eight")),
                ("tag", "start"),
                ("untag", self.one(*TAGS, "eight")),
                ("untag", "start"),
                ("set", self.one("pro", "free")),
                ("event", self.one("bought", "bought", "viewed")),
                self.one(("list", "1"), ("form", "5"), ("call", "")),
            )

        moments = sorted(self.dice.sample(range(900), self.dice.randint(0, 7)))
        changes = [Change(START + timedelta(minutes=23 * slot + 1), *act()) for slot in moments]
        renews = (START + timedelta(hours=self.dice.randint(-48, 240))).isoformat()
        attributes = {"plan": self.one(None, "pro"), "renews": self.one(None, renews), "score": self.one(None, 3, 7)}
        begin = [Change(START, "tag", "start")] if self.chance(0.9) else []
        return Someone(
            tags=set(self.some(TAGS, 2)),
            lists=set(self.one((), ("1",))),
            attributes={key: value for key, value in attributes.items() if value is not None},
            opens_after=self.engaged(),
            clicks_after=self.engaged(),
            past=self.chance(0.25),
            changes=(*begin, *changes),
        )
