"""Every field of the neutral model: with which other values the plan must come out differently, or why it need not.

A case is one record in its usual place in a small account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from migrator.model import (
    Attribute,
    AttributeType,
    BodyFormat,
    Campaign,
    CampaignStatus,
    Confidence,
    Consent,
    ConsentState,
    Contact,
    ContactList,
    Edge,
    EmailContent,
    EmailFilter,
    Enrolment,
    EnrolmentStatus,
    ExitRule,
    Form,
    Lane,
    ListKind,
    ListMembership,
    OtherResource,
    Position,
    Record,
    ReEntry,
    Segment,
    SendingWindow,
    Sequence,
    Step,
    Suggestion,
    Suppression,
    Tag,
    Template,
)
from migrator.model.rules import (
    Activity,
    ActivityRule,
    ActivityScope,
    AllOf,
    AnyOf,
    Comparison,
    ConsentRule,
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
    MovedFrom,
    OpaqueTrigger,
    SegmentEntered,
    TagAdded,
)
from migrator.model.steps import (
    AddTags,
    AddToList,
    Branch,
    CallWebhook,
    ChangeConsent,
    ClockReading,
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

Put = Callable[[Any], dict[str, Any]]
"""A record to what stands in the account besides the usual."""

WHEN, LATER = datetime(2026, 1, 10, 8, tzinfo=UTC), datetime(2026, 2, 11, 9, tzinfo=UTC)
RAW = "kept verbatim in the bundle; what of it matters has a field"
HISTORY = "history: it says nothing of what happens from now on"
OWN_ID = "names the record; what refers to it is tested where it refers"
COUNTED = "the source's own count; the records themselves are counted"

MAIL = EmailContent(subject="Hello", body="<p>Hello</p>")
ENTRY, SENDS = Step(id="1", action=Entry()), Step(id="9", action=SendEmail(content=MAIL))
ADA = Contact(source_id="c1", email="ada@example.com", consent=Consent(state=ConsentState.SUBSCRIBED))
BOUGHT = ActivityRule(activity=Activity.EVENT, event_name="bought")
VIP, PRO = TagRule(tag="vip"), TagRule(tag="pro")
USUAL: dict[str, list[Any]] = {
    "contacts": [ADA, msgspec.structs.replace(ADA, source_id="c2", email="bob@example.com")],
    "lists": [ContactList(source_id="l1", name="News"), ContactList(source_id="l2", name="Offers")],
    "tags": [Tag(name="vip"), Tag(name="pro")],
    "segments": [Segment(source_id="s1", name="Warm", rule=VIP), Segment(source_id="s2", name="Cold", rule=PRO)],
    "forms": [Form(source_id="f1", name="Footer"), Form(source_id="f2", name="Popup")],
    "templates": [Template(source_id="t1", name="Tips", content=MAIL)],
    "sequences": [Sequence(source_id=one, name=f"S{one}", steps=(ENTRY,), active=True) for one in ("8", "9")],
}


@dataclass(frozen=True)
class Case:
    record: Record
    put: Put
    changes: dict[str, list[Any]] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)
    """Fields without meaning for the plan, each with its reason."""


# Places -----------------------------------------------------------------------------------------------------


def among(kind: str) -> Put:
    return lambda record: {kind: [*USUAL.get(kind, []), record]}


def sequence(**more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"source_id": "7", "name": "Trial", "active": True, "re_entry": ReEntry.ONCE}
    usual |= {"triggers": (TagAdded(tag="vip"),), "steps": (ENTRY, SENDS), "edges": (Edge(source="1", target="9"),)}
    return {"sequences": [*USUAL["sequences"], Sequence(**{**usual, **more})]}


def step(record: Step) -> dict[str, Any]:
    """Between the entry and an email; behind each lane of a branching step stands the email."""
    lanes: tuple[str | None, ...] = (None,)
    if isinstance(record.action, Branch | RandomSplit):
        lanes = tuple(lane.key for lane in record.action.lanes[:1])
    if isinstance(record.action, WaitForEvent):
        lanes = ("happened",)
    edges = [Edge(source="1", target=record.id)]
    edges += [Edge(source=record.id, target="9", lane=lane) for lane in lanes]
    return sequence(steps=(ENTRY, record, SENDS), edges=tuple(edges))


def action(record: Any) -> dict[str, Any]:
    return step(Step(id="2", action=record))


def trigger(record: Any) -> dict[str, Any]:
    return sequence(triggers=(record,))


def rule(record: Any) -> dict[str, Any]:
    """In a branch behind an email, as a segment, and as a rule for leaving."""
    branch = Step(id="2", action=Branch(lanes=(Lane(key="yes", rule=record), Lane(key="no"))))
    edges = (Edge(source="1", target="9"), Edge(source="9", target="2"), Edge(source="2", target="10", lane="yes"))
    more = Step(id="10", action=SendEmail(content=MAIL))
    return {
        **sequence(steps=(ENTRY, SENDS, branch, more), edges=edges, exit_rules=(ExitRule(rule=record),)),
        "segments": [*USUAL["segments"], Segment(source_id="s3", name="Third", rule=record)],
    }


def enrolled(record: Any) -> dict[str, Any]:
    wait = Step(id="2", action=Wait(seconds=86_400))
    later = Step(id="3", action=Wait(seconds=172_800))
    edges = (
        *(Edge(source="1", target="2"), Edge(source="2", target="3")),
        *(Edge(source="3", target="9"),),
    )
    return {**sequence(steps=(ENTRY, wait, later, SENDS), edges=edges), "enrolments": [record]}


def standing(**more: Any) -> Enrolment:
    usual: dict[str, Any] = {"source_id": "e1", "sequence_id": "7", "contact_id": "c1", "email": "ada@example.com"}
    usual |= {"status": EnrolmentStatus.ACTIVE, "started_at": WHEN, "next_at": LATER, "read_at": WHEN}
    usual |= {"position": Position(step_id="2", confidence=Confidence.EXACT, remaining_seconds=60)}
    return Enrolment(**{**usual, **more})


def contact(**more: Any) -> dict[str, Any]:
    return {"contacts": [*USUAL["contacts"], msgspec.structs.replace(EVE, **more)]}


EVE = Contact(
    source_id="c3",
    email="eve@example.com",
    consent=Consent(state=ConsentState.SUBSCRIBED, since=WHEN),
    first_name="Eve",
    last_name="Moss",
    phone="+4915112345678",
    external_id="u3",
    created_at=WHEN,
    subscribed_at=WHEN,
    timezone="Europe/Paris",
    locale="fr",
    tags=("vip",),
    lists=(ListMembership(list_id="l1"),),
    attributes={"plan": "pro"},
)
SPLIT = (Lane(key="yes", rule=VIP, label="Yes"), Lane(key="no", label="No"))
HALVES = (Lane(key="a", weight=50.0), Lane(key="b", weight=50.0))

CASES: tuple[Case, ...] = (
    # People
    Case(
        EVE,
        among("contacts"),
        {
            "email": ["eva@example.com", None],
            "consent": [Consent(state=ConsentState.UNSUBSCRIBED)],
            "first_name": ["Eva", None],
            "last_name": ["Moor", None],
            "phone": ["+4915112345679", None],
            "sms_consent": [Consent(state=ConsentState.SUBSCRIBED)],
            "external_id": ["u4", None],
            "subscribed_at": [LATER],
            "timezone": ["Europe/Berlin", None],
            "locale": ["de", None],
            "tags": [("pro",), ()],
            "lists": [(ListMembership(list_id="l2"),), ()],
            "attributes": [{"plan": "team"}, {}, {"plan": "pro", "seats": 3}],
        },
        {"source_id": OWN_ID, "created_at": "the day of signing up is told where it is known", "raw": RAW},
    ),
    Case(msgspec.structs.replace(EVE, subscribed_at=None), among("contacts"), {"created_at": [LATER, None]}),
    Case(
        Consent(state=ConsentState.UNSUBSCRIBED, since=WHEN),
        lambda record: contact(consent=record),
        {"state": [one for one in ConsentState if one is not ConsentState.UNSUBSCRIBED], "since": [LATER, None]},
        {
            "confirmed_at": "no call takes it; the bundle is the proof of consent",
            "evidence": "why the state is what it is; the bundle is the proof of consent",
        },
    ),
    Case(
        ListMembership(list_id="l1", joined_at=WHEN),
        lambda record: contact(lists=(record,)),
        {"list_id": ["l2", "gone"], "state": [ConsentState.UNSUBSCRIBED]},
        {"joined_at": "no call takes it; lists are joined on the day of the load"},
    ),
    Case(
        ContactList(source_id="l3", name="Third", description="D", private=True, member_count=4, created_at=WHEN),
        among("lists"),
        {"name": ["Other"], "kind": [ListKind.TOPIC], "description": ["E", None], "private": [False, None]},
        {"source_id": OWN_ID, "member_count": COUNTED, "created_at": HISTORY, "raw": RAW},
    ),
    Case(
        Tag(name="Lead", contact_count=3),
        among("tags"),
        {"name": ["Other"]},
        {"source_id": OWN_ID, "contact_count": COUNTED, "raw": RAW},
    ),
    Case(
        Attribute(key="plan", label="Plan", type=AttributeType.TEXT, contact_count=3),
        among("attributes"),
        {"key": ["size"]},
        {
            "label": "a field is called by its key at the target",
            "type": "a field is of the type of the values that people have",
            "options": "a field takes every value at the target",
            "contact_count": COUNTED,
            "raw": RAW,
        },
    ),
    Case(
        Suppression(email="x@example.com", reason="manual", since=WHEN),
        among("suppressions"),
        {
            "email": ["y@example.com", "ada@example.com"],
            "state": [ConsentState.BOUNCED, ConsentState.COMPLAINED],
            "since": [LATER, None],
        },
        {
            "scope": "whoever blocked the address, nobody mails it",
            "reason": "what it means is in the state",
            "source_id": OWN_ID,
            "raw": RAW,
        },
    ),
    Case(
        standing(),
        enrolled,
        {
            "sequence_id": ["8"],
            "contact_id": ["c2"],
            "status": [one for one in EnrolmentStatus if one is not EnrolmentStatus.ACTIVE],
            "read_at": [LATER, None],
            "position": [None, Position(step_id="3", confidence=Confidence.INFERRED, remaining_seconds=60)],
        },
        {
            "source_id": OWN_ID,
            "email": "people are joined by the id of their contact",
            **dict.fromkeys(("started_at", "completed_at", "next_at"), "what follows from it is in the position"),
            "raw": RAW,
        },
    ),
    Case(
        Position(step_id="2", confidence=Confidence.EXACT, remaining_seconds=60),
        lambda record: enrolled(standing(position=record)),
        {
            "step_id": ["3", None, "gone"],
            "confidence": [Confidence.UNKNOWN, Confidence.AMBIGUOUS],
            "remaining_seconds": [90, None],
        },
        {
            "candidates": "nobody is placed by a guess; for whoever looks into the bundle",
            "because": "for whoever looks into the bundle",
        },
    ),
    # Content
    Case(
        EmailContent(subject="Hello", preview_text="P", body="<p>Hello {{ person.first_name }}</p>"),
        lambda record: action(SendEmail(content=record)),
        {
            "subject": ["Ho", None],
            "preview_text": ["Q", None],
            "body": ["<p>Ho</p>", None],
            "format": [BodyFormat.BLOCKS],
            "text": ["Plain"],
            "from_name": ["Ada"],
            "from_email": ["ada@example.com"],
            "reply_to": ["ada@example.com"],
            "language": ["django"],
            "transactional": [True],
        },
        {"blocks": "where there is a body, that is what is sent"},
    ),
    Case(
        EmailContent(subject="Hello", blocks={"a": 1}, format=BodyFormat.BLOCKS),
        lambda record: action(SendEmail(content=record)),
        {"blocks": [None]},
    ),
    Case(
        Template(source_id="t3", name="Third", content=MAIL, purpose="confirmation", created_at=WHEN, updated_at=WHEN),
        among("templates"),
        {
            "source_id": ["t4"],
            "name": ["Other"],
            "content": [EmailContent(subject="Ho", body="<p>Ho</p>")],
            "purpose": [None],
        },
        {"created_at": HISTORY, "updated_at": HISTORY, "raw": RAW},
    ),
    Case(
        Campaign(
            source_id="k1", name="Letter", status=CampaignStatus.SCHEDULED, content=MAIL,
            scheduled_at=LATER, segment_ids=("s1",), list_ids=("l1",), recipient_count=4,
        ),
        among("campaigns"),
        {
            "source_id": ["k2"],
            "name": ["Other"],
            "status": [one for one in CampaignStatus if one is not CampaignStatus.SCHEDULED],
            "content": [None, EmailContent(subject="Ho", body="<p>Ho</p>")],
            "scheduled_at": [WHEN, None],
            "segment_ids": [("s2",), ()],
            "list_ids": [("l2",), ()],
            "recipient_count": [5],
            "caveats": [("It is odd.",)],
        },
        {"sent_at": HISTORY, "raw": RAW},
    ),
    Case(
        Form(source_id="f3", name="Third", enabled=True),
        among("forms"),
        {
            "source_id": ["f4"],
            "name": ["Other"],
            "enabled": [False],
            "double_opt_in": [True],
            "adds_tags": [("vip",)],
            "adds_to_lists": [("l1",)],
            "starts_sequences": [("8",)],
            "caveats": [("It is odd.",)],
        },
        {"raw": RAW},
    ),
    Case(
        OtherResource(kind="mail_server", source_id="o1", name="SES", remedy="Nothing."),
        among("other"),
        {"kind": ["webhook_endpoint"], "source_id": ["o2"], "name": ["Other"], "remedy": ["Do it."]},
        {"raw": RAW},
    ),
    # Sequences
    Case(
        Sequence(
            source_id="7",
            name="Trial",
            active=True,
            triggers=(TagAdded(tag="vip"),),
            steps=(ENTRY, SENDS),
            edges=(Edge(source="1", target="9"),),
            re_entry=ReEntry.AFTER_DELAY,
            re_entry_seconds=86_400,
        ),
        among("sequences"),
        {
            "source_id": ["6"],
            "name": ["Other"],
            "description": ["D"],
            "active": [False],
            "triggers": [(), (TagAdded(tag="pro"),)],
            "entry_filter": [VIP],
            "steps": [(ENTRY,)],
            "edges": [()],
            "exit_rules": [(ExitRule(rule=VIP),)],
            "re_entry": [ReEntry.ALWAYS, ReEntry.AFTER_COMPLETION, ReEntry.UNKNOWN],
            "re_entry_seconds": [864_000],
            "sending_window": [SendingWindow(start="09:00", end="17:00", timezone="Europe/Paris")],
            "email_filters": [(EmailFilter(rule=VIP, label="topic: News"),)],
            "unread_limits": [("excluded segments: 3",)],
            "caveats": [("It is odd.",)],
        },
        {
            "copied_from": "where a copy came from starts nothing",
            "enrolled_count": COUNTED,
            "created_at": HISTORY,
            "updated_at": HISTORY,
            "raw": RAW,
        },
    ),
    Case(
        Edge(source="2", target="9", lane="yes"),
        lambda record: sequence(
            steps=(ENTRY, Step(id="2", action=Branch(lanes=SPLIT)), SENDS),
            edges=(Edge(source="1", target="2"), record),
        ),
        {"source": ["9", "gone"], "target": ["1", "gone"], "lane": ["no", "gone", None]},
    ),
    Case(
        ExitRule(rule=VIP, label="Bought"),
        lambda record: sequence(exit_rules=(record,)),
        {"rule": [PRO], "label": ["Other"]},
        {"goal": "reaching a goal is leaving; below"},
    ),
    Case(ExitRule(rule=VIP), lambda record: sequence(exit_rules=(record,)), {"goal": [True]}),
    Case(
        EmailFilter(rule=VIP, label="topic: News"),
        lambda record: sequence(email_filters=(record,)),
        {"rule": [PRO], "label": ["topic: Other"]},
    ),
    Case(
        SendingWindow(start="09:00", end="17:00", timezone="Europe/Paris"),
        lambda record: sequence(sending_window=record),
        {"start": ["10:00"], "end": ["18:00"], "timezone": ["Europe/Berlin"], "days": [(Weekday.MONDAY,)]},
    ),
    # Triggers
    Case(TagAdded(tag="vip"), trigger, {"tag": ["pro"], "leaves_when_removed": [True]}),
    Case(ListJoined(list_id="l1"), trigger, {"list_id": ["l2", "gone"]}),
    Case(SegmentEntered(segment_id="s1"), trigger, {"segment_id": ["s2", "gone"], "leaves_on_exit": [True]}),
    Case(FormSubmitted(form_id="f1"), trigger, {"form_id": ["f2"]}),
    Case(EventReceived(event_name="bought"), trigger, {"event_name": ["sold"], "where": [VIP]}),
    Case(AttributeChanged(key="plan"), trigger, {"key": ["size"], "to": ["pro"]}),
    Case(DateReached(key="birthday"), trigger, {"key": ["joined"], "offset_seconds": [-86_400], "yearly": [True]}),
    Case(ContactCreated(), trigger),
    Case(Inactivity(event_name="login", days=30), trigger, {"event_name": ["visit"], "days": [60]}),
    Case(MovedFrom(sequence_id="8"), trigger, {"sequence_id": ["gone"]}),
    Case(ApiOnly(), trigger),
    Case(OpaqueTrigger(description="x"), trigger, {"description": ["y"]}, {"raw": RAW}),
    # Steps
    Case(
        Step(id="2", action=Wait(seconds=60), label="Wait"),
        step,
        {
            "id": ["3"],
            "action": [Wait(seconds=90)],
            "label": ["Other"],
            "content_missing": [("seconds",)],
            "caveats": [("It is odd.",)],
        },
        {
            "suggestions": "they stand in the form that an export leaves for its gaps",
            "hangs_below": "of a step that no path leads to; below",
            "notes": "oddities that the plan finds by itself; what it must be told is a gap or a caveat",
            "raw": RAW,
        },
    ),
    Case(
        Step(id="2", action=Wait(seconds=60), hangs_below="99"),
        lambda record: sequence(steps=(ENTRY, SENDS, record)),
        {"hangs_below": ["98", None]},
    ),
    Case(
        Suggestion(field="seconds", value=60, because="the label says so"),
        lambda record: step(Step(id="2", action=Wait(), content_missing=("seconds",), suggestions=(record,))),
        {},
        dict.fromkeys(("field", "value", "because"), "it stands in the form that an export leaves for its gaps"),
    ),
    Case(Entry(), lambda record: sequence(steps=(Step(id="1", action=record), SENDS))),
    Case(
        SendEmail(content=MAIL, template_id="t1", inline=EmailContent(subject="Own", body="<p>Own</p>")),
        action,
        {
            "content": [EmailContent(subject="Ho", body="<p>Ho</p>")],
            "live": [False],
            "skips_recently_mailed": [True],
        },
        {"template_id": "the template's content stands in the step", "inline": "the template goes out, not the copy"},
    ),
    Case(
        SendOther(channel="sms", text="Hi"),
        action,
        {"channel": ["push"]},
        {"text": "it is written anew, from the source", "raw": RAW},
    ),
    Case(Wait(seconds=60), action, {"seconds": [90, None]}),
    Case(
        WaitUntilTime(time="09:00:00", timezone="Europe/Paris"),
        action,
        {
            "time": ["10:00:00", None],
            "timezone": ["Europe/Berlin", None],
            "contact_timezone": [True],
            "days": [(Weekday.MONDAY,)],
            "until": ["12:00:00"],
            "minimum_seconds": [3600],
            "reading": [ClockReading.NEXT_DAY, ClockReading.UNKNOWN],
        },
    ),
    Case(
        WaitUntilDate(key="birthday"),
        action,
        {
            "key": ["joined", None],
            "from_event": [True],
            "offset_seconds": [-86_400],
            "when_missing": [PastDate.EXIT, PastDate.CONTINUE],
            "when_past": [PastDate.EXIT, PastDate.CONTINUE, PastDate.SKIP],
        },
    ),
    Case(WaitUntilDate(at="2026-05-01T09:00:00+00:00"), action, {"at": ["2026-06-01T09:00:00+00:00", None]}),
    Case(
        WaitForEvent(rule=BOUGHT, timeout_seconds=86_400),
        action,
        {"rule": [VIP, msgspec.structs.replace(BOUGHT, event_name="sold")], "timeout_seconds": [172_800, None]},
    ),
    Case(
        Lane(key="yes", rule=VIP, label="Yes", source_id="203"),
        lambda record: action(Branch(lanes=(record, Lane(key="no")))),
        {"key": ["other"], "rule": [PRO], "label": ["Other"]},
        {"weight": "means something on a random split, where it is tested", "source_id": "names a row"},
    ),
    Case(Branch(lanes=SPLIT), action, {"lanes": [SPLIT[:1]], "evaluate_after_seconds": [60, None]}),
    Case(
        RandomSplit(lanes=HALVES),
        action,
        {"lanes": [(Lane(key="a", weight=30.0), Lane(key="b", weight=70.0)), HALVES[:1]]},
    ),
    Case(AddTags(tags=("vip",)), action, {"tags": [("pro",), ()]}),
    Case(RemoveTags(tags=("vip",)), action, {"tags": [("pro",), ()]}),
    Case(AddToList(list_id="l1"), action, {"list_id": ["l2", None, "gone"]}),
    Case(RemoveFromList(list_id="l1"), action, {"list_id": ["l2", None, "gone"]}),
    Case(
        SetAttribute(key="plan", value="pro"),
        action,
        {"key": ["size"], "value": ["team", None], "operation": ["unset", "increment", "append", "remove", "odd"]},
    ),
    Case(
        ChangeConsent(state=ConsentState.INACTIVE),
        action,
        {"state": [ConsentState.UNSUBSCRIBED]},
    ),
    Case(MoveToSequence(sequence_id="8"), action, {"sequence_id": ["9", None, "gone"], "stays": [True]}),
    Case(LeaveSequence(sequence_id="8"), action, {"sequence_id": ["9", None]}),
    Case(
        CallWebhook(url="https://crm.test/x", method="POST", headers={"X-A": "b"}, body="{}"),
        action,
        {
            "url": ["https://crm.test/y", None, "http://crm.test/x"],
            "method": ["PUT", None, "ODD"],
            "headers": [{}, {"X-A": "c"}],
            "withheld_headers": [("X-Key",)],
            "body": ['{"a": 1}', None, "plain"],
        },
    ),
    Case(
        CreateDiscount(settings={"provider": "stripe", "discountType": "percent", "percentOff": 5, "duration": "once"}),
        action,
        {"settings": [{"provider": "stripe", "discountType": "percent", "percentOff": 6, "duration": "once"}]},
    ),
    Case(Jump(), action),
    Case(Exit(), action),
    Case(Opaque(action="dance"), action, {"action": ["sing"]}),
    # Rules
    Case(AllOf(rules=(VIP, PRO)), rule, {"rules": [(PRO,), ()]}),
    Case(AnyOf(rules=(VIP, PRO)), rule, {"rules": [(PRO,), ()]}),
    Case(Not(rule=VIP), rule, {"rule": [PRO]}),
    Case(TagRule(tag="vip"), rule, {"tag": ["pro"]}),
    Case(ListRule(list_id="l1"), rule, {"list_id": ["l2", "gone"]}),
    Case(SegmentRule(segment_id="s1"), rule, {"segment_id": ["s2", "gone"]}),
    Case(ConsentRule(state=ConsentState.SUBSCRIBED), rule, {"state": [ConsentState.UNSUBSCRIBED]}),
    Case(
        FieldRule(key="plan", comparison=Comparison.EQUALS, value="pro"),
        rule,
        {
            "kind": [FieldKind.BUILT_IN, FieldKind.EVENT_PROPERTY],
            "key": ["size"],
            "comparison": [one for one in Comparison if one is not Comparison.EQUALS],
            "value": ["team", None],
            "value_type": ["date"],
            "case_sensitive": [True],
        },
    ),
    Case(
        ActivityRule(activity=Activity.CLICKED, scope=ActivityScope.THIS_SEQUENCE),
        rule,
        {
            "activity": [Activity.OPENED, Activity.SENT, Activity.EVENT],
            "scope": [ActivityScope.PREVIOUS_EMAIL, ActivityScope.MESSAGE, ActivityScope.ANY],
            "link": ["acme.test/x"],
            "at_least": [3, None],
            "fewer_than": [5],
            "within_seconds": [86_400],
            "where": [VIP],
        },
        {"event_name": "of an event only, below", "message_id": "of one message only, below"},
    ),
    Case(
        ActivityRule(activity=Activity.EVENT, event_name="bought"),
        rule,
        {"event_name": ["sold", None], "at_least": [3, None], "fewer_than": [5], "within_seconds": [86_400]},
        {
            "activity": "above",
            "scope": "above",
            "link": "of a click only",
            "message_id": "of a message only",
            "where": "above",
        },
    ),
    Case(
        ActivityRule(activity=Activity.OPENED, scope=ActivityScope.MESSAGE, message_id="m1"),
        rule,
        {},
        {"message_id": "no rule can name an email of the old platform, and each is told to be by hand"},
    ),
    Case(OpaqueRule(description="x"), rule, {"description": ["y"]}, {"raw": RAW}),
    Case(Segment(source_id="s3", name="Third", description="D", rule=VIP, member_count=3), among("segments"),
        {"source_id": ["s4"], "name": ["Other"], "rule": [PRO, None], "members_file": ["members/s3.jsonl"]},
        {"description": "a segment has none at the target", "member_count": COUNTED, "raw": RAW},
    ),
)  # fmt: skip
