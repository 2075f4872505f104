"""Random sequences that make sense: ways that branch, nest, rejoin and end, with every kind of step.

`plain=True` keeps to constructs that are carried over exactly, for comparing behaviour.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from migrator.model import Edge, EmailContent, EmailFilter, ExitRule, Lane, ReEntry, Sequence, Step
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
    ContactCreated,
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

TAGS = ("lead", "vip", "hot", "cold")
LISTS = {"1": "list:1"}
SEGMENTS = {"3": "segment:3"}
HOUR = 3600
EVENT = ActivityRule(activity=Activity.EVENT, event_name="bought", scope=ActivityScope.THIS_SEQUENCE)


def rules(plain: bool, depth: int = 2) -> st.SearchStrategy[Rule]:
    clicked = st.sampled_from((ActivityScope.PREVIOUS_EMAIL, ActivityScope.THIS_SEQUENCE)).map(
        lambda scope: ActivityRule(activity=Activity.CLICKED, scope=scope)
    )
    leaves: list[st.SearchStrategy[Any]] = [
        st.sampled_from(TAGS).map(lambda tag: TagRule(tag=tag)),
        clicked,
        st.builds(
            FieldRule,
            key=st.just("plan"),
            comparison=st.sampled_from((Comparison.EQUALS, Comparison.NOT_EQUALS, Comparison.CONTAINS)),
            value=st.sampled_from(("pro", "free")),
        ),
        st.just(ListRule(list_id="1")),
        st.just(EVENT),
    ]
    if not plain:
        leaves += [
            st.just(SegmentRule(segment_id="3")),
            st.just(SegmentRule(segment_id="9")),
            st.just(ActivityRule(activity=Activity.OPENED, scope=ActivityScope.PREVIOUS_EMAIL)),
            st.just(ActivityRule(activity=Activity.EVENT, event_name="bought")),
            st.just(FieldRule(key="score", comparison=Comparison.GREATER_OR_EQUAL, value=5)),
            st.just(OpaqueRule(description="phase of the moon")),
        ]
    flat = st.one_of(leaves)
    if depth == 0:
        return flat
    inner = rules(plain, depth - 1)
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        flat, flat, st.builds(AllOf, rules=several), st.builds(AnyOf, rules=several), st.builds(Not, rule=inner)
    )


def lasting_rules() -> st.SearchStrategy[Rule]:
    """Rules about what a person is, and not about what they did."""
    tags = st.sampled_from(TAGS).map(lambda tag: TagRule(tag=tag))
    plan = st.sampled_from(("pro", "free")).map(
        lambda value: FieldRule(key="plan", comparison=Comparison.EQUALS, value=value)
    )
    flat = st.one_of(tags, plan)
    several = st.lists(flat, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, rule=flat), flat, st.builds(AllOf, rules=several), st.builds(AnyOf, rules=several))


def emails(number: int) -> SendEmail:
    return SendEmail(
        content=EmailContent(subject=f"Mail {number}", body=f'<p><a href="https://x.test/{number}">Hi</a></p>')
    )


@st.composite
def row_actions(draw: st.DrawFn, number: int, plain: bool) -> Any:
    """An action with one way on, or none."""
    kinds = ["mail", "mail", "wait", "tag", "untag", "attribute", "hook", "until", "date", "list", "unlist"]
    if not plain:
        kinds += ["sms", "consent", "move", "opaque", "discount", "exit", "unknown_wait"]
        kinds += ["empty_mail", "bad_hook", "leave", "no_tags", "off"]
    kind = draw(st.sampled_from(kinds))
    tag = draw(st.sampled_from(TAGS))
    match kind:
        case "wait":
            return Wait(seconds=draw(st.sampled_from((0, 60, HOUR, 24 * HOUR, 3 * 24 * HOUR))))
        case "tag":
            return AddTags(tags=(tag,))
        case "untag":
            return RemoveTags(tags=tuple(draw(st.lists(st.sampled_from(TAGS), min_size=1, max_size=2))))
        case "attribute":
            value = draw(st.sampled_from(("pro", "free", 3, True, None)))
            return SetAttribute(key="plan", value=value, operation="unset" if value is None else "set")
        case "hook":
            return CallWebhook(url=f"https://hook.test/{number}", method="POST", body='{"n": 1}')
        case "until":
            days = tuple(draw(st.lists(st.sampled_from(tuple(Weekday)), max_size=2, unique=True)))
            zone = draw(st.sampled_from(("Europe/Paris", "UTC", "Eastern Time (US & Canada)")))
            until = draw(st.sampled_from((None, "18:30")))
            return WaitUntilTime(time=draw(st.sampled_from(("08:00", "17:45"))), timezone=zone, days=days, until=until)
        case "sms":
            return SendOther(channel="sms", text="hello")
        case "date":
            known = (PastDate.CONTINUE, PastDate.EXIT)
            outcomes = st.sampled_from(known if plain else (*known, PastDate.UNKNOWN))
            offset = draw(st.sampled_from((0, -86_400) if plain else (0, -86_400, 90)))
            return WaitUntilDate(
                key="renews", offset_seconds=offset, when_missing=draw(outcomes), when_past=draw(outcomes)
            )
        case "consent":
            return ChangeConsent(state=draw(st.sampled_from((ConsentState.INACTIVE, ConsentState.UNSUBSCRIBED))))
        case "move":
            return MoveToSequence(sequence_id=draw(st.sampled_from(("8", "9", "404", None))), stays=draw(st.booleans()))
        case "opaque":
            return Opaque(action="dance")
        case "list":
            return AddToList(list_id="1" if plain else draw(st.sampled_from(("1", "2", None))))
        case "unlist":
            return RemoveFromList(list_id="1")
        case "discount":
            wanted = {"provider": "stripe", "discountType": "percent", "percentOff": 10}
            return CreateDiscount(settings=draw(st.sampled_from((wanted, {}))))
        case "exit":
            return Exit()
        case "unknown_wait":
            return Wait()
        case "empty_mail":
            return SendEmail(content=EmailContent(subject="Title only"))
        case "bad_hook":
            return CallWebhook(url=draw(st.sampled_from(("http://hook.test/", "ftp://x", None))))
        case "leave":
            return LeaveSequence(sequence_id="8")
        case "no_tags":
            return AddTags(tags=())
        case "off":
            return SendEmail(content=EmailContent(subject="Off", body="<p>off</p>"), live=False)
    return emails(number)


@st.composite
def split_actions(draw: st.DrawFn, plain: bool) -> Any:
    """An action with several ways on."""
    kind = draw(st.sampled_from(("branch",) if plain else ("branch", "branch", "split", "event")))
    if kind == "split":
        weights = draw(st.sampled_from(((50.0, 50.0), (33.3, 33.3, 33.4), (10.0, 10.0))))
        return RandomSplit(lanes=tuple(Lane(key=f"r{n}", weight=weight) for n, weight in enumerate(weights)))
    if kind == "event":
        rule = draw(st.sampled_from((ActivityRule(activity=Activity.EVENT, event_name="bought"), TagRule(tag="vip"))))
        return WaitForEvent(rule=rule, timeout_seconds=draw(st.sampled_from((None, 86_400, 100_000))))
    lanes = [
        Lane(key=f"lane{number}", rule=draw(rules(plain)), label=f"Lane {number}")
        for number in range(draw(st.integers(1, 2)))
    ]
    if draw(st.booleans()) or plain:
        lanes.append(Lane(key="other"))
    waits = (0, HOUR, 24 * HOUR) if plain else (0, HOUR, None)
    return Branch(lanes=tuple(lanes), evaluate_after_seconds=draw(st.sampled_from(waits)))


TRIGGERS: tuple[Trigger, ...] = (
    TagAdded(tag="lead", leaves_when_removed=True),
    TagAdded(tag="vip"),
    ListJoined(list_id="1"),
    SegmentEntered(segment_id="3"),
    EventReceived(event_name="bought"),
    FormSubmitted(form_id="5"),
    ContactCreated(),
    ApiOnly(),
)


@st.composite
def flows(draw: st.DrawFn, plain: bool = False, largest: int = 12) -> Sequence:
    """A directed graph without cycles: each step leads to later ones, so lanes nest, rejoin, cross and end."""
    count = draw(st.integers(min(6, largest) if plain else 1, largest))
    steps: list[Step] = []
    edges: list[Edge] = [Edge(source="1", target="100")]
    for number in range(count):
        splits = draw(st.integers(0, 2)) == 0
        action = draw(split_actions(plain)) if splits else draw(row_actions(number, plain))
        steps.append(Step(id=str(100 + number), action=action, label=f"Step {number}"))
    for number, step in enumerate(steps):
        match step.action:
            case Branch(lanes=lanes) | RandomSplit(lanes=lanes):
                keys: list[str | None] = [lane.key for lane in lanes]
            case WaitForEvent():
                keys = ["happened", "timed_out"]
            case _:
                keys = [None]
        for key in keys:
            far = draw(st.sampled_from((1, 1, 1, 1, 1, 2, 3)))
            if number + far < count and (key is None or plain or draw(st.integers(0, 3))):
                edges.append(Edge(source=step.id, target=steps[number + far].id, lane=key))
    triggers = (
        (TagAdded(tag="start"),) if plain else tuple(draw(st.lists(st.sampled_from(TRIGGERS), max_size=3, unique=True)))
    )
    exits: tuple[ExitRule, ...] = ()
    if plain and draw(st.integers(0, 3)) == 0:
        exits = (ExitRule(rule=EVENT),)
    elif not plain and draw(st.integers(0, 3)) == 0:
        exits = tuple(ExitRule(rule=rule) for rule in draw(st.lists(rules(False, 1), min_size=1, max_size=2)))
    filters: tuple[EmailFilter, ...] = ()
    if draw(st.integers(0, 3)) == 0:
        wanted = draw(st.lists(lasting_rules() if plain else rules(False, 1), min_size=1, max_size=2))
        filters = tuple(EmailFilter(rule=rule, label=f"filter {number}") for number, rule in enumerate(wanted))
    return Sequence(
        source_id="7",
        name="Random",
        email_filters=filters,
        triggers=triggers,
        steps=(Step(id="1", action=Entry()), *steps),
        edges=tuple(edges),
        exit_rules=exits,
        entry_filter=None if plain else draw(st.none() | rules(False, 1)),
        re_entry=ReEntry.ONCE if plain else draw(st.sampled_from(tuple(ReEntry))),
    )
