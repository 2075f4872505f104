"""One small sequence for each construct, named for what it shows; the golden plans are made from these."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from migrator.model import Edge, EmailContent, EmailFilter, ExitRule, Lane, ReEntry, SendingWindow, Sequence, Step
from migrator.model.consent import ConsentState
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
    SegmentRule,
    TagRule,
)
from migrator.model.sequences import (
    ApiOnly,
    AttributeChanged,
    ContactCreated,
    DateReached,
    EventReceived,
    FormSubmitted,
    Inactivity,
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
    CreateDiscount,
    Entry,
    Exit,
    Jump,
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


@dataclass(frozen=True)
class Case:
    sequence: Sequence
    settings: dict[str, Any] = field(default_factory=dict)


def mail(subject: str, **fields: Any) -> SendEmail:
    return SendEmail(content=EmailContent(subject=subject, body=f"<p>{subject}</p>", **fields))


TRIAL = (TagAdded(tag="trial"),)


def row(*actions: Any, triggers: tuple[Any, ...] = TRIAL, **fields: Any) -> Case:
    """An entry and steps one behind the other, with ids 101, 102, ..."""
    chosen = (Entry(), *actions)
    steps = tuple(Step(id=str(100 + number), action=action) for number, action in enumerate(chosen))
    edges = tuple(Edge(source=one.id, target=other.id) for one, other in itertools.pairwise(steps))
    fields = {"re_entry": ReEntry.ONCE, **fields}
    return Case(Sequence(source_id="7", name="Trial", triggers=triggers, steps=steps, edges=edges, **fields))


def tree(first: Any, *lanes: tuple[str, list[Any]], joined: Any = None, **settings: Any) -> Case:
    """An email, a splitting step, a row of steps in each lane, and perhaps one step behind all of them."""
    steps = [Step(id="100", action=Entry()), Step(id="101", action=mail("Hello")), Step(id="102", action=first)]
    edges = [Edge(source="100", target="101"), Edge(source="101", target="102")]
    tails: list[tuple[str, str | None]] = []
    for number, (lane, actions) in enumerate(lanes, 2):
        before, key = "102", lane
        for place, action in enumerate(actions, 1):
            step_id = f"{number}0{place}"
            steps.append(Step(id=step_id, action=action))
            edges.append(Edge(source=before, target=step_id, lane=key))
            before, key = step_id, None  # type: ignore[assignment]
        last = steps[-1].action
        tails += [(before, one.key) for one in last.lanes] if isinstance(last, Branch) else [(before, key)]
    if joined is not None:
        steps.append(Step(id="900", action=joined))
        edges += [Edge(source=tail, target="900", lane=lane) for tail, lane in tails]
    sequence = Sequence(
        source_id="7",
        name="Trial",
        triggers=(TagAdded(tag="trial"),),
        steps=tuple(steps),
        edges=tuple(edges),
        re_entry=ReEntry.ONCE,
    )
    return Case(sequence, settings)


def yes_no(rule: Any, after: int | None = 86_400) -> Branch:
    return Branch(lanes=(Lane(key="true", rule=rule), Lane(key="false")), evaluate_after_seconds=after)


CLICKED = ActivityRule(activity=Activity.CLICKED, scope=ActivityScope.PREVIOUS_EMAIL)
OPENED = ActivityRule(activity=Activity.OPENED, scope=ActivityScope.PREVIOUS_EMAIL)
OPENED_ANY = ActivityRule(activity=Activity.OPENED, scope=ActivityScope.THIS_SEQUENCE)
LANES = (("true", [AddTags(tags=("hot",)), mail("Thanks")]), ("false", [mail("Still there?")]))
BOUGHT = ActivityRule(activity=Activity.EVENT, event_name="bought", scope=ActivityScope.THIS_SEQUENCE)
PRICE = FieldRule(kind=FieldKind.EVENT_PROPERTY, key="price", comparison=Comparison.GREATER, value=50)


def broken(*edges: tuple[str, str], steps: tuple[str, ...] = ("100", "101", "102")) -> Case:
    made = tuple(Step(id=name, action=Entry() if name == "100" else mail(f"Mail {name}")) for name in steps)
    wired = tuple(Edge(source=source, target=target) for source, target in edges)
    return Case(Sequence(source_id="7", name="Trial", steps=made, edges=wired, re_entry=ReEntry.ONCE))


CASES: dict[str, Case] = {
    # graph
    "filter-list": row(
        mail("One"),
        Wait(seconds=172_800),
        mail("Two"),
        email_filters=(EmailFilter(rule=ListRule(list_id="1"), label="topic: News"),),
    ),
    "filter-segment": row(
        mail("One"),
        AddTags(tags=("got one",)),
        email_filters=(EmailFilter(rule=Not(rule=SegmentRule(segment_id="3")), label="excluded segment: 3"),),
    ),
    "filter-undecided": row(
        mail("One"),
        email_filters=(
            EmailFilter(
                rule=AnyOf(rules=(ListRule(list_id="1"), FieldRule(key="news", comparison=Comparison.IS_EMPTY))),
                label="topic: News",
            ),
        ),
    ),
    "filter-unsupported": row(
        mail("One"),
        email_filters=(EmailFilter(rule=Not(rule=SegmentRule(segment_id="9")), label="excluded segment: 9"),),
    ),
    "filter-with-window-and-exit": row(
        mail("One"),
        mail("Two"),
        exit_rules=(ExitRule(rule=TagRule(tag="bought")), ExitRule(rule=TagRule(tag="gone"))),
        sending_window=SendingWindow(start="09:00", end="17:00", timezone="Europe/Paris"),
        email_filters=(EmailFilter(rule=TagRule(tag="news"), label="topic: News"),),
    ),
    "graph-linear": row(mail("One"), Wait(seconds=172_800), mail("Two")),
    "graph-empty": row(),
    "graph-rejoining": tree(yes_no(TagRule(tag="vip")), *LANES, joined=mail("Goodbye")),
    "graph-crossing": tree(
        Branch(
            lanes=(Lane(key="a", rule=TagRule(tag="a")), Lane(key="b", rule=TagRule(tag="b")), Lane(key="c")),
        ),
        ("a", [yes_no(TagRule(tag="a2"), 0)]),
        ("b", [yes_no(TagRule(tag="b2"), 0)]),
        ("c", [mail("C")]),
        joined=mail("Goodbye"),
    ),
    "graph-cycle": broken(("100", "101"), ("101", "102"), ("102", "101")),
    "graph-dangling": broken(("100", "101"), ("101", "404")),
    "graph-fork": broken(("100", "101"), ("100", "102")),
    "graph-orphan": broken(("100", "101")),
    "graph-two-roots": Case(
        Sequence(source_id="7", name="Two", steps=(Step(id="1", action=Exit()), Step(id="2", action=Exit())))
    ),
    "jump-forward": row(mail("One"), Jump(), mail("Two")),
    # triggers
    "trigger-tag-that-must-stay": row(mail("One"), triggers=(TagAdded(tag="Trial User", leaves_when_removed=True),)),
    "trigger-two-tags": row(mail("One"), triggers=(TagAdded(tag="a"), TagAdded(tag="b"))),
    "trigger-list": row(mail("One"), triggers=(ListJoined(list_id="1"),)),
    "trigger-segment": row(mail("One"), triggers=(SegmentEntered(segment_id="3", leaves_on_exit=True),)),
    "trigger-tag-and-segment": row(
        mail("One"), triggers=(TagAdded(tag="trial", leaves_when_removed=True), SegmentEntered(segment_id="3"))
    ),
    "trigger-event": row(mail("One"), triggers=(EventReceived(event_name="bought", where=PRICE),)),
    "trigger-event-with-strange-filter": row(
        mail("One"), triggers=(EventReceived(event_name="bought", where=TagRule(tag="x")),)
    ),
    "trigger-form": row(mail("One"), triggers=(FormSubmitted(form_id="5"),)),
    "trigger-api": row(mail("One"), triggers=(ApiOnly(),)),
    "trigger-new-contact": row(mail("One"), triggers=(ContactCreated(),)),
    "trigger-attribute": row(mail("One"), triggers=(AttributeChanged(key="plan", to="pro"),)),
    "trigger-date": row(mail("One"), triggers=(DateReached(key="birthday", yearly=True),)),
    "trigger-inactivity": row(mail("One"), triggers=(Inactivity(event_name="login", days=30),)),
    "trigger-none": row(mail("One"), triggers=()),
    # entry, exits
    "entry-filter": row(mail("One"), entry_filter=TagRule(tag="customer")),
    "entry-again-after-a-delay": row(mail("One"), re_entry=ReEntry.AFTER_DELAY, re_entry_seconds=2_592_000),
    "entry-switched-off": row(mail("One"), active=False),
    "entry-window": row(
        mail("One"),
        sending_window=SendingWindow(start="09:00", end="17:00", timezone="Berlin", days=(Weekday.MONDAY,)),
    ),
    "exit-event": row(mail("One"), Wait(seconds=86_400), mail("Two"), exit_rules=(ExitRule(rule=BOUGHT, goal=True),)),
    "exit-two-rules": row(
        mail("One"),
        Wait(seconds=86_400),
        mail("Two"),
        exit_rules=(ExitRule(rule=BOUGHT), ExitRule(rule=TagRule(tag="stop"))),
    ),
    "exit-unknown": row(mail("One"), exit_rules=(ExitRule(rule=OpaqueRule(description="full moon")),)),
    # waits
    "wait-seconds": row(mail("One"), Wait(seconds=90), mail("Two")),
    "wait-unknown": row(mail("One"), Wait(), mail("Two")),
    "wait-time-of-day": row(
        mail("One"), WaitUntilTime(time="09:00", timezone="Eastern Time (US & Canada)"), mail("Two")
    ),
    "wait-time-without-zone": row(mail("One"), WaitUntilTime(time="8:00 AM"), mail("Two")),
    "wait-window": row(
        mail("One"),
        WaitUntilTime(time="09:00", until="17:00", timezone="UTC", contact_timezone=True, days=(Weekday.FRIDAY,)),
        mail("Two"),
    ),
    "wait-date": row(
        WaitUntilDate(
            key="renews_on", offset_seconds=-259_200, when_missing=PastDate.EXIT, when_past=PastDate.CONTINUE
        ),
        mail("Renew"),
    ),
    "wait-fixed-date": row(
        mail("One"), WaitUntilDate(at="2026-11-27T09:00:00+01:00", when_past=PastDate.SKIP), mail("Doors open")
    ),
    "wait-event": tree(
        WaitForEvent(rule=BOUGHT, timeout_seconds=259_200), ("happened", [mail("Thanks")]), ("timed_out", [mail("Hm")])
    ),
    "wait-event-for-ever": tree(
        WaitForEvent(rule=BOUGHT), ("happened", [mail("Thanks")]), ("timed_out", [Wait(seconds=86_400), mail("Never")])
    ),
    # conditions
    "condition-clicked": tree(yes_no(CLICKED), *LANES),
    "condition-opened-asked": tree(yes_no(OPENED), *LANES),
    "condition-opened-segment": tree(yes_no(OPENED), *LANES, opened="segment"),
    "condition-opened-any-segment": tree(yes_no(OPENED_ANY), *LANES, opened="segment"),
    "condition-opened-clicked": tree(yes_no(OPENED), *LANES, opened="clicked"),
    "condition-opened-event": tree(yes_no(OPENED), *LANES, opened="event"),
    "condition-and": tree(yes_no(AllOf(rules=(TagRule(tag="a"), TagRule(tag="b")))), *LANES),
    "condition-or": tree(yes_no(AnyOf(rules=(TagRule(tag="a"), CLICKED))), *LANES),
    "condition-not": tree(yes_no(Not(rule=CLICKED)), *LANES),
    "condition-field": tree(yes_no(FieldRule(key="plan", comparison=Comparison.EQUALS, value="pro")), *LANES),
    "condition-field-by-segment": tree(
        yes_no(FieldRule(key="score", comparison=Comparison.GREATER_OR_EQUAL, value=5)), *LANES
    ),
    "condition-unknown": tree(yes_no(OpaqueRule(description="full moon")), *LANES),
    "condition-waits-for-ever": tree(yes_no(CLICKED, None), *LANES),
    "condition-random": tree(
        RandomSplit(lanes=(Lane(key="a", weight=33.3), Lane(key="b", weight=66.7))),
        ("a", [mail("A")]),
        ("b", [mail("B")]),
    ),
    # emails and actions
    "email-transactional": row(AddTags(tags=("paid",)), mail("Receipt", transactional=True)),
    "email-without-content": row(SendEmail(content=EmailContent(subject="Title only")), mail("Two")),
    "email-switched-off": row(SendEmail(content=EmailContent(subject="Off", body="x"), live=False), mail("Two")),
    "action-tags": row(AddTags(tags=("Hot Lead", "a")), RemoveTags(tags=("cold",))),
    "action-list": row(AddToList(list_id="1"), RemoveFromList(list_id="2")),
    "action-attribute": row(SetAttribute(key="plan", value="pro"), SetAttribute(key="old", operation="unset")),
    "action-attribute-increment": row(SetAttribute(key="visits", value=1, operation="increment"), mail("Two")),
    "action-deactivate": row(mail("One"), ChangeConsent(state=ConsentState.INACTIVE)),
    "action-webhook": row(
        CallWebhook(url="https://crm.test/x", method="POST", headers={"X-Kind": "a"}, body='{"a": 1}')
    ),
    "action-webhook-http": row(CallWebhook(url="http://crm.test/x", method="POST"), mail("Two")),
    "action-webhook-secret": row(
        CallWebhook(url="https://crm.test/x", withheld_headers=("Authorization",)), mail("Two")
    ),
    "action-move": row(mail("One"), MoveToSequence(sequence_id="9")),
    "action-move-to-one-that-keeps-a-tag": row(mail("One"), MoveToSequence(sequence_id="8")),
    "action-move-nowhere": row(mail("One"), MoveToSequence()),
    "action-leave-other": row(LeaveSequence(sequence_id="8"), mail("Two")),
    "action-sms": row(SendOther(channel="sms", text="Hi"), mail("Two")),
    "action-discount": row(
        CreateDiscount(settings={"provider": "stripe", "discountType": "percent", "percentOff": 10}), mail("Your code")
    ),
    "action-unknown": row(Opaque(action="dance"), mail("Two")),
    "choice-skip": Case(row(Opaque(action="dance"), mail("Two")).sequence, {"skip": "101"}),
    "choice-fields": Case(row(Wait(), mail("Two")).sequence, {"fields": ("101", {"seconds": 3600})}),
}
