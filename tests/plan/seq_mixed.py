"""Random accounts of two sequences in which exact constructs stand beside changed and unsettled ones, and people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from seq_flows import LISTS, SEGMENTS, emails, row_actions, rules, split_actions
from seq_world import WARM, Someone

from mappings.context import LoweringContext, Opened, StepChoice, survey
from migrator.model import Edge, ExitRule, ReEntry, SendingWindow, Sequence, Step
from migrator.model.consent import ConsentState
from migrator.model.rules import Activity, ActivityRule, ActivityScope, AnyOf, Not, OpaqueRule, TagRule
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
    Branch,
    CallWebhook,
    ChangeConsent,
    Entry,
    Lane,
    LeaveSequence,
    MoveToSequence,
    PastDate,
    RandomSplit,
    RemoveTags,
    SendEmail,
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
TAGS = ("vip", "hot", "stop", "Big Spender", WARM, "start", "eight")
BOUGHT = ActivityRule(activity=Activity.EVENT, event_name="bought", scope=ActivityScope.THIS_SEQUENCE)


@st.composite
def odd_actions(draw: st.DrawFn, number: int) -> Any:
    """Steps that are seldom carried over as they are."""
    kind = draw(st.integers(0, 13))
    match kind:
        case 0:
            return Wait(seconds=draw(st.sampled_from((90, 30, 59, 100_000, -5))))
        case 1:
            return WaitUntilTime(time=draw(st.sampled_from(("09:00:30", "08:00", "21:15:10"))))
        case 2:
            days = tuple(draw(st.lists(st.sampled_from(tuple(Weekday)), max_size=2, unique=True)))
            return WaitUntilTime(time="22:00", until="06:00", timezone="UTC", days=days)
        case 3:
            return WaitUntilTime(
                time="07:30",
                timezone="Europe/Paris",
                contact_timezone=True,
                minimum_seconds=draw(st.sampled_from((0, 90))),
            )
        case 4:
            at = START + timedelta(hours=draw(st.integers(-24, 96)))
            past = draw(st.sampled_from((PastDate.CONTINUE, PastDate.EXIT, PastDate.UNKNOWN)))
            return WaitUntilDate(at=at.isoformat(), offset_seconds=draw(st.sampled_from((0, 3600, 90))), when_past=past)
        case 5:
            return SendEmail(content=mail(number).content, skips_recently_mailed=True)
        case 6:
            return SetAttribute(key="score", value=3, operation="increment")
        case 7 | 8:
            return MoveToSequence(sequence_id=draw(st.sampled_from(("8", "8", "7"))), stays=draw(st.booleans()))
        case 9:
            return LeaveSequence(sequence_id="8")
        case 10:
            return draw(st.sampled_from((AddTags, RemoveTags)))(tags=(draw(st.sampled_from(TAGS)), "Big Spender"))
        case 11:
            return CallWebhook(url=f"https://hook.test/{number}", withheld_headers=("X-Key",))
        case 12:
            return ChangeConsent(state=draw(st.sampled_from((ConsentState.INACTIVE, ConsentState.UNSUBSCRIBED))))
    return draw(row_actions(number, False).filter(usable))


def usable(action: Any) -> bool:
    """No discounts: a shop would have to be connected. No list that is nowhere."""
    return type(action).__name__ != "CreateDiscount" and getattr(action, "list_id", "1") in ("1", None)


def mail(number: int) -> SendEmail:
    return emails(number)


@st.composite
def splits(draw: st.DrawFn) -> Any:
    """Several ways on, mostly with a rule that has an equal."""
    match draw(st.integers(0, 5)):
        case 0:
            weights = draw(st.sampled_from(((50.0, 50.0), (33.4, 66.6), (10.0, 10.0))))
            return RandomSplit(lanes=tuple(Lane(key=f"r{n}", weight=weight) for n, weight in enumerate(weights)))
        case 1:
            rule = draw(
                st.sampled_from((ActivityRule(activity=Activity.EVENT, event_name="bought"), TagRule(tag="vip")))
            )
            return WaitForEvent(rule=rule, timeout_seconds=draw(st.sampled_from((None, 86_400, 100_000))))
        case 2:
            scope = draw(st.sampled_from((ActivityScope.PREVIOUS_EMAIL, ActivityScope.THIS_SEQUENCE)))
            opened = Lane(key="true", rule=ActivityRule(activity=Activity.OPENED, scope=scope))
            after = draw(st.sampled_from((0, 3600, 86_400)))
            return Branch(lanes=(opened, Lane(key="false")), evaluate_after_seconds=after)
        case 3:
            return draw(split_actions(False))
    return draw(split_actions(True))


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
EXITS = (
    BOUGHT,
    ActivityRule(activity=Activity.EVENT, event_name="bought"),
    TagRule(tag="stop"),
    Not(rule=TagRule(tag="hot")),
    AnyOf(rules=(TagRule(tag="stop"), BOUGHT)),
    ActivityRule(activity=Activity.CLICKED, scope=ActivityScope.THIS_SEQUENCE),
    OpaqueRule(description="full moon"),
)
WINDOWS = (
    SendingWindow(start="08:00", end="18:00", timezone="UTC"),
    SendingWindow(start="09:30", end="11:00", timezone="Europe/Paris", days=(Weekday.TUESDAY, Weekday.FRIDAY)),
    SendingWindow(start="21:00", end="06:00", timezone="UTC"),
)


@st.composite
def graphs(draw: st.DrawFn, largest: int) -> tuple[tuple[Step, ...], tuple[Edge, ...]]:
    """Without cycles; ways nest, rejoin, cross and end. Some accounts hold trees only, as Broadcast's do."""
    count = draw(st.integers(3, largest))
    tree = draw(st.booleans())
    actions: list[Any] = []
    for number in range(count):
        kind = draw(st.integers(0, 9))
        if kind < 2:
            actions.append(draw(splits()))
        elif kind < 5:
            actions.append(draw(odd_actions(number)))
        elif kind < 8:
            actions.append(draw(row_actions(number, True)))
        else:
            actions.append(mail(number))
    taken: set[int] = {0}
    edges = [Edge(source="1", target="100")]
    for number, action in enumerate(actions):
        keys: list[str | None] = [None]
        if isinstance(action, Branch | RandomSplit):
            keys = [lane.key for lane in action.lanes]
        elif isinstance(action, WaitForEvent):
            keys = ["happened", "timed_out"]
        for key in keys:
            later = [one for one in range(number + 1, count) if not tree or one not in taken]
            if later and draw(st.integers(0, 8)):
                chosen = draw(st.sampled_from(later[:3]))
                taken.add(chosen)
                edges.append(Edge(source=str(100 + number), target=str(100 + chosen), lane=key))
    steps = [Step(id="1", action=Entry())]
    steps += [
        Step(id=str(100 + number), action=action, label=f"Step {number}") for number, action in enumerate(actions)
    ]
    return tuple(steps), tuple(edges)


@st.composite
def accounts(draw: st.DrawFn) -> tuple[list[Sequence], LoweringContext]:
    steps, edges = draw(graphs(9))
    first = TagAdded(tag="start", leaves_when_removed=draw(st.booleans()))
    others = draw(st.one_of(st.just([]), st.lists(st.sampled_from(TRIGGERS), max_size=2, unique=True)))
    again = st.sampled_from((ReEntry.ONCE, ReEntry.ONCE, *ReEntry))
    rare = st.integers(0, 5).map(lambda number: number == 0)
    main = Sequence(
        source_id="7",
        name="Main",
        triggers=(first, *others),
        steps=steps,
        edges=edges,
        entry_filter=draw(rules(False, 1)) if draw(rare) else None,
        exit_rules=tuple(
            ExitRule(rule=one) for one in draw(st.lists(st.sampled_from(EXITS), min_size=1, max_size=2, unique_by=repr))
        )
        if draw(st.integers(0, 2)) == 0
        else (),
        re_entry=draw(again),
        re_entry_seconds=432_000,
        sending_window=draw(st.sampled_from(WINDOWS)) if draw(rare) else None,
    )
    small = (mail(80), Wait(seconds=86_400), mail(81), draw(row_actions(82, True)), mail(83))
    eight = Sequence(
        source_id="8",
        name="Eight",
        triggers=draw(
            st.sampled_from(((), (TagAdded(tag="eight", leaves_when_removed=True),), (TagAdded(tag="hot"),)))
        ),
        steps=(
            Step(id="2", action=Entry()),
            *(Step(id=str(800 + place), action=one) for place, one in enumerate(small)),
        ),
        edges=(
            Edge(source="2", target="800"),
            *(Edge(source=str(800 + place), target=str(801 + place)) for place in range(len(small) - 1)),
        ),
        re_entry=draw(again),
        re_entry_seconds=432_000,
    )
    skipped = draw(st.one_of(st.none(), st.sampled_from([step.id for step in steps[1:]]))) if draw(rare) else None
    context = LoweringContext(
        sequences=survey([main, eight]),
        lists={"1": LISTS["1"]},
        segments=SEGMENTS,
        opened=draw(st.sampled_from(tuple(Opened))),
        steps={f"7/{skipped}": StepChoice(skip=True)} if skipped else {},
    )
    return [main, eight], context


@st.composite
def people(draw: st.DrawFn) -> Someone:
    spans = st.sampled_from((timedelta(minutes=37), timedelta(hours=5), timedelta(hours=30)))
    subjects = st.integers(0, 9).map(lambda number: f"Mail {number}")
    engaged = st.dictionaries(subjects, spans.map(lambda span: span + HALF), max_size=5)
    moments = st.integers(0, 900).map(lambda slot: START + timedelta(minutes=23 * slot + 1))
    kinds = st.one_of(
        st.tuples(st.sampled_from(("tag", "untag")), st.sampled_from(TAGS)),
        st.tuples(st.just("set"), st.sampled_from(("pro", "free"))),
        st.tuples(st.just("event"), st.sampled_from(("bought", "viewed"))),
        st.just(("list", "1")),
        st.just(("form", "5")),
        st.just(("call", "")),
    )
    changes = draw(st.lists(st.tuples(moments, kinds), max_size=6, unique_by=lambda one: one[0]))
    renews = st.integers(-48, 240).map(lambda hours: (START + timedelta(hours=hours)).isoformat())
    attributes = {"plan": draw(st.sampled_from((None, "pro"))), "renews": draw(st.none() | renews)}
    attributes["score"] = draw(st.sampled_from((None, 3, 7)))
    begin = [Change(START, "tag", "start")] if draw(st.integers(0, 4)) else []
    return Someone(
        tags=set(draw(st.lists(st.sampled_from(("vip", "hot", "stop", "Big Spender", WARM)), max_size=2))),
        lists=set(draw(st.sampled_from(((), ("1",))))),
        attributes={key: value for key, value in attributes.items() if value is not None},
        opens_after=draw(engaged),
        clicks_after=draw(engaged),
        changes=tuple(begin + [Change(at, what, value) for at, (what, value) in changes]),
    )
