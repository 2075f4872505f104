"""What starts a sequence. The target has one trigger a sequence, so several kinds meet through a tag of ours:
each further one becomes a small feeder sequence that adds it.

While loading, a sequence has the trigger `manual`, where its steps allow that: the natural one is set when it is
enabled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mappings.answer_lines import line
from mappings.capitals import capitals
from mappings.context import Known, LoweringContext, survey
from mappings.event_filters import property_filters
from mappings.findings import find
from mappings.segments import made_for
from mappings.sequences.handing_over import also_started
from mappings.target import Body, ref
from mappings.verdicts import Finding, Lowered
from mappings.wording import printable, sendable
from migrator.model.rules import Comparison, FieldRule
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
    Sequence,
    TagAdded,
    Trigger,
)

QUIET: Body = {"trigger": "manual"}
MOST = 25
HOLDS_BACK = frozenset(
    {
        "feeder-tag-shared",
        "feeder-event-blank",
        "exit-segment-fed",
        "segment-anew",
        "silence-anew",
        "starts-itself",
        "tag-starts-too",
    }
)
"""Enabled as it is, the sequence would mail more than the source did. A start that is only missing mails nobody."""


@dataclass(frozen=True)
class Start:
    """One trigger by itself. `by` says how it joins others: tags and lists add up, a start tag is ours."""

    by: Literal["tag", "list", "own", "start_tag", "call"]
    body: Body
    segment: tuple[str, Body] | None = None
    name: str = ""


@dataclass(frozen=True)
class Feeder:
    number: int
    trigger: Body
    name: str
    sources: tuple[int, ...]
    """The triggers that it stands for, by their place in the source."""


@dataclass(frozen=True)
class Starts:
    final: Body
    """Empty: only a call or a person starts it."""
    feeders: tuple[Feeder, ...]
    triggers: tuple[Lowered[Start], ...]
    """As many as the source has, in its order."""
    findings: tuple[Finding, ...] = ()
    """About having none."""


def lower_triggers(triggers: tuple[Trigger, ...], known: Known, context: LoweringContext) -> Starts:
    found = [lower_trigger(trigger, known, context) for trigger in triggers]
    starts = {place: one.value for place, one in enumerate(found) if one.value is not None}
    tags = _names([start for start in starts.values() if start.by == "tag"], "tagNames")
    alone = _alone(starts)
    feeders: tuple[Feeder, ...] = ()
    listens = known.moved_into or any(start.by == "start_tag" for start in starts.values())
    if not tags and not listens and len(alone) == 1:
        final = alone[0][1].body
    elif tags or listens or alone:
        # Without our own tag nothing but the source's tags would start it, so that one is never left out.
        own = [known.start_tag] if listens or alone else []
        kept = tags[: MOST - len(own)]
        final = _tag_trigger([*kept, *own])
        feeders = tuple(
            Feeder(number, _unwatched(start.body), start.name, places)
            for number, (places, start) in enumerate(alone, 1)
        )
        found = [_fed(one, place, feeders, known, context) for place, one in enumerate(found)]
        found = [_too_many(one, {*kept}) for one in found]
    else:
        final = {}
    findings = () if triggers or known.moved_into else (find("no-trigger"),)
    return Starts(final, feeders, tuple(found), findings)


def starts_with_event(sequence: Sequence, context: LoweringContext) -> bool:
    """Whether the event reaches the sequence itself: behind a small sequence nothing is known of it any more."""
    known = context.sequences.get(sequence.source_id) or survey([sequence])[sequence.source_id]
    return lower_triggers(sequence.triggers, known, context).final.get("trigger") == "event_received"


def lower_trigger(trigger: Trigger, known: Known, context: LoweringContext) -> Lowered[Start]:
    match trigger:
        case TagAdded(tag=name):
            tag = context.tag(name)
            if not tag:
                return _none(find("tag-blank"))
            return Lowered(value=Start("tag", {"tagNames": [tag]}), findings=_starts_too(name, tag, known, context))
        case ListJoined(list_id=list_id):
            if list_id not in context.lists:
                return _none(find("list-unknown", list=list_id))
            return Lowered(value=Start("list", {"listIds": [ref(context.lists[list_id])]}, name="list"))
        case SegmentEntered(segment_id=segment_id, leaves_on_exit=leaves):
            if segment_id not in context.segments:
                return _none(find("segment-unknown", segment=segment_id))
            body: Body = {"trigger": "segment_entered", "segmentId": ref(context.segments[segment_id])}
            body["stopOnSegmentExit"] = leaves
            again = (_anew(segment_id, known, context),) if segment_id in context.history_segments else ()
            return Lowered(value=Start("own", body, name="segment"), findings=(find("segment-baseline"), *again))
        case FormSubmitted(form_id=form_id):
            form = context.forms.get(form_id, form_id)
            # Without the tag that people must keep they would be stopped at once.
            tag = known.keeps_tag or known.start_tag
            return Lowered(value=Start("start_tag", {}), findings=(find("form-start", form=form, tag=tag),))
        case EventReceived():
            return _event(trigger)
        case ContactCreated():
            return Lowered(
                value=Start("own", {"trigger": "contact_added", "listScope": "any_contact"}, name="new contact")
            )
        case Inactivity(event_name=name, days=days) if name and 1 <= days <= 3650:
            body = {
                "trigger": "inactivity",
                "eventName": sendable(name),
                "inactiveDays": days,
                "inactivityBaseline": "sequence_created_at",
            }
            anew = _silence(name, days, known, context)
            return Lowered(value=Start("own", body, name="inactivity"), findings=(anew,))
        case AttributeChanged(key=key, to=value) if value is not None:
            made = made_for(FieldRule(key=key, comparison=Comparison.EQUALS, value=value), context)
            if made is not None:
                body = {"trigger": "segment_entered", "segmentId": ref(made[0]), "stopOnSegmentExit": False}
                return Lowered(
                    value=Start("own", body, segment=made, name="attribute"), findings=(find("attribute-start"),)
                )
        case MovedFrom(sequence_id=mover):
            left = () if mover in context.sequences else (find("mover-left", sequence=mover),)
            return Lowered(value=Start("start_tag", {}), findings=left)
        case ApiOnly():
            needs = () if known.keeps_tag is None else (find("api-needs-tag", tag=known.keeps_tag),)
            again = (find("api-again"),) if known.once else ()
            return Lowered(value=Start("call", {}), findings=(find("api-start"), *again, *needs))
    return _none(find("trigger-unsupported", what=_what(trigger)))


def _starts_too(name: str, tag: str, known: Known, context: LoweringContext) -> tuple[Finding, ...]:
    """Other tags of the source that become the one which starts the sequence, and so would start it as well."""
    own = {start.tag for start in known.starts if isinstance(start, TagAdded)}
    others = sorted(set(context.tag_collisions.get(tag, ())) - {name})
    if not others:
        return ()
    meant = all(sendable(one) in context.tag_renames for one in (name, *others))
    if meant or own.issuperset(others):
        return (find("tag-collision", tag=tag, others=", ".join(others)),)
    another = next(one for one in others if one not in own)
    settles = line(("tags", "rename", another), f"{tag}-2")
    return (find("tag-starts-too", tag=tag, others=", ".join(others), settles=settles),)


def _anew(segment_id: str, known: Known, context: LoweringContext) -> Finding:
    """The baseline holds nobody who has not opened or clicked yet at Sequenzy, however often they have been through."""
    segment_id = sendable(segment_id)
    settled = (known.source_id, segment_id) in context.starts_settled
    settles = line(("sequences", known.source_id, "segment_start_settled", segment_id), True)
    return find("segment-anew-settled" if settled else "segment-anew", settles="" if settled else settles)


def _silence(event: str, days: int, known: Known, context: LoweringContext) -> Finding:
    """To Sequenzy everybody falls silent on the day of the move, who has been through and who logged in that day."""
    event = sendable(event)
    settled = (known.source_id, event) in context.silences_settled
    settles = line(("sequences", known.source_id, "silence_start_settled", event), True)
    return find("inactivity-start" if settled else "silence-anew", days=days, settles="" if settled else settles)


def _none(finding: Finding) -> Lowered[Start]:
    return Lowered(value=None, findings=(finding,))


def _what(trigger: Trigger) -> str:
    match trigger:
        case OpaqueTrigger(description=description):
            return description
        case DateReached(key=key, offset_seconds=offset, yearly=yearly):
            days = f"{abs(offset) / 86_400:.2f}".rstrip("0").rstrip(".")
            side = (
                f", {days} day{'' if days == '1' else 's'} {'before' if offset < 0 else 'after'} it" if offset else ""
            )
            return f"a date in {key}{side}{', every year' if yearly else ''}"
        case AttributeChanged(key=key):
            return f"a change of {key}"
    return type(trigger).__name__


def _event(trigger: EventReceived) -> Lowered[Start]:
    if not trigger.event_name:
        return _none(find("trigger-unsupported", what="an event without a name"))
    body: Body = {"trigger": "event_received", "eventName": sendable(trigger.event_name)}
    if trigger.where is not None:
        filters = property_filters(trigger.where)
        if filters is None:
            return _none(find("event-filter", what=type(trigger.where).__name__))
        body["propertyFilters"] = filters
    start = Start("own", body, name=f"event {printable(trigger.event_name)}")
    return Lowered(value=start, findings=capitals(trigger.where))


def _names(starts: list[Start], key: str) -> list[object]:
    found: list[object] = []
    for start in starts:
        found += [name for name in start.body[key] if name not in found]
    return found


def _alone(starts: dict[int, Start]) -> list[tuple[tuple[int, ...], Start]]:
    """Every trigger that needs a sequence of its own, with its places; lists add up, as many as one trigger takes."""
    found: list[tuple[tuple[int, ...], Start]] = []
    by_list = {place: start for place, start in starts.items() if start.by == "list"}
    every = _names(list(by_list.values()), "listIds")
    for first in range(0, len(every), MOST):
        lists = every[first : first + MOST]
        places = tuple(place for place, start in by_list.items() if start.body["listIds"][0] in lists)
        body: Body = {"trigger": "contact_added"}
        body |= {"listId": lists[0]} if len(lists) == 1 else {"listIds": lists}
        found.append((places, Start("own", body, name="list")))
    found += [((place,), start) for place, start in starts.items() if start.by == "own"]
    return found


def _tag_trigger(tags: list[object]) -> Body:
    return {"trigger": "tag_added"} | ({"tagName": tags[0]} if len(tags) == 1 else {"tagNames": tags})


def _unwatched(trigger: Body) -> Body:
    """A small sequence is over at once: nobody is in it any more who could leave with the segment."""
    return trigger | {"stopOnSegmentExit": False} if "stopOnSegmentExit" in trigger else trigger


def _fed(
    one: Lowered[Start], place: int, feeders: tuple[Feeder, ...], known: Known, context: LoweringContext
) -> Lowered[Start]:
    if one.value is None or not any(place in feeder.sources for feeder in feeders):
        return one
    findings = (*one.findings, find("feeder", tag=known.start_tag))
    if known.keeps_tag is not None:
        others = also_started(known, context)
        findings += (find("feeder-tag-shared" if others else "feeder-tag-added", tag=known.keeps_tag, others=others),)
    if one.value.body.get("trigger") == "event_received":
        findings += (find("feeder-event"),)
    if one.value.body.get("stopOnSegmentExit"):
        findings += (find("exit-segment-fed"),)
    return Lowered(value=one.value, findings=findings)


def _too_many(one: Lowered[Start], kept: set[object]) -> Lowered[Start]:
    if one.value is None or one.value.by != "tag" or kept.issuperset(one.value.body["tagNames"]):
        return one
    return Lowered(value=None, findings=(*one.findings, find("too-many-starts")))
