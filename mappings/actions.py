"""What a step does, as nodes of the target. Branches, splits and waits for events are put together by migrator/plan.

No value means: nothing can stand in its place but a stop, unless the verdict is `dropped`: then the path goes on.
"""

from __future__ import annotations

from typing import Any

from mappings.answer_lines import step_head
from mappings.context import LoweringContext
from mappings.discounts import lower_discount
from mappings.findings import find
from mappings.sequences.fragments import Fragment, Piece, tag_piece
from mappings.sequences.handing_over import lower_leave, lower_move
from mappings.sequences.recent_mail import obeys_cap
from mappings.target import Body, NodeKind, ref
from mappings.triggers import starts_with_event
from mappings.verdicts import Finding, Lowered, Verdict
from mappings.waits import lower_until_date, lower_until_time, lower_wait
from mappings.webhooks import has_tags, lower_webhook
from mappings.wording import printable, sendable
from migrator.model.consent import ConsentState
from migrator.model.sequences import Sequence
from migrator.model.steps import (
    AddTags,
    AddToList,
    CallWebhook,
    ChangeConsent,
    CreateDiscount,
    Entry,
    Exit,
    Jump,
    LeaveSequence,
    MoveToSequence,
    Opaque,
    RemoveFromList,
    RemoveTags,
    SendEmail,
    SendOther,
    SetAttribute,
    Step,
    Wait,
    WaitUntilDate,
    WaitUntilTime,
)


def lower_action(step: Step, sequence: Sequence, context: LoweringContext) -> Lowered[Fragment]:
    """Every kind except Branch, RandomSplit and WaitForEvent."""
    where = f"{sequence.source_id}/{step.id}"
    settles = step_head(sequence.source_id, step.id)
    match step.action:
        case Entry() | Jump():
            return Lowered(value=Fragment())
        case Exit():
            return Lowered(value=Fragment(ends=True))
        case SendEmail() as email:
            return with_cap(lower_email(email, step, where, settles, context), email, sequence)
        case SendOther(channel=channel):
            finding = find("channel-unsupported", channel=channel, settles=settles + ".skip = true")
            return Lowered(value=None, findings=(finding,))
        case Wait() as wait:
            return lower_wait(wait, settles)
        case WaitUntilTime() as until:
            return lower_until_time(until, context, settles)
        case WaitUntilDate() as date:
            by_event = date.from_event and starts_with_event(sequence, context)
            return lower_until_date(date, context, starts_by_event=by_event, settles=settles)
        case AddTags(tags=tags):
            return _tags(NodeKind.ADD_TAG, tags, settles, context)
        case RemoveTags(tags=tags):
            return _tags(NodeKind.REMOVE_TAG, tags, settles, context)
        case AddToList(list_id=list_id):
            return _list(NodeKind.ADD_TO_LIST, list_id, settles, context)
        case RemoveFromList(list_id=list_id):
            return _list(NodeKind.REMOVE_FROM_LIST, list_id, settles, context)
        case SetAttribute() as attribute:
            return _attribute(attribute, settles, context)
        case ChangeConsent(state=state):
            return _consent(state)
        case MoveToSequence() as move:
            return lower_move(move, sequence.source_id, settles, context)
        case LeaveSequence(sequence_id=other):
            return lower_leave(other, settles, context)
        case CallWebhook() as call:
            return lower_webhook(call, where, settles, context)
        case CreateDiscount(settings=wanted):
            return lower_discount(wanted, settles)
        case Opaque(action=name):
            return Lowered(value=None, findings=(find("opaque-step", action=name, settles=settles + ".skip = true"),))
    found = type(step.action).__name__
    return Lowered(value=None, findings=(find("opaque-step", action=found, settles=settles + ".skip = true"),))


def lower_email(email: SendEmail, step: Step, where: str, settles: str, context: LoweringContext) -> Lowered[Fragment]:
    if not email.live:
        return Lowered(value=None, findings=(find("email-off"),))
    content = email.content
    blank = not (content.subject or "").strip()
    if content.is_missing or blank:
        missing = ", ".join(step.content_missing) or "subject or body"
        field = "subject" if blank else "body"
        finding = find("content-missing", missing=missing, settles=f'{settles}.{field} = "..."')
        return Lowered(value=None, findings=(finding,))
    if not (content.body or "").strip() and not (content.text or "").strip():
        return Lowered(value=None, findings=(find("email-blocks", settles=settles + '.body = "..."'),))
    if context.prepare_email is None:
        shown = content.body if (content.body or "").strip() else content.text
        body: Body = {"subject": sendable(content.subject), "html": sendable(shown)}
        if content.preview_text:
            body["previewText"] = sendable(content.preview_text)
        prepared = Lowered(value=body)
    else:
        prepared = context.prepare_email(content, where)
    if prepared.value is None:
        findings = prepared.findings
        if prepared.verdict is not Verdict.MANUAL:
            findings += (find("content-missing", missing="a body that can be sent"),)
        return Lowered(value=None, findings=findings)
    name = printable(step.label) or prepared.value.get("subject")
    made = {"type": "email", "name": name, **prepared.value} if name else {"type": "email", **prepared.value}
    findings = prepared.findings
    if content.transactional:
        made["isTransactional"] = True
        findings += (find("email-transactional"),)
    return Lowered(value=Fragment((Piece(NodeKind.EMAIL, made),)), findings=findings)


def with_cap(lowered: Lowered[Fragment], email: SendEmail, sequence: Sequence) -> Lowered[Fragment]:
    """What becomes of "not to somebody who just got another one"."""
    if lowered.value is None or not email.skips_recently_mailed:
        return lowered
    finding = find("recently-mailed-cap") if obeys_cap(sequence) else find("recently-mailed-sent")
    return Lowered(value=lowered.value, findings=(*lowered.findings, finding))


def _tags(kind: NodeKind, names: tuple[str, ...], settles: str, context: LoweringContext) -> Lowered[Fragment]:
    tags = {context.tag(name): name for name in reversed(names)}
    if not tags or "" in tags:
        return Lowered(value=None, findings=(find("tags-missing", settles=settles + '.tags = ["..."]'),))
    findings: list[Finding] = []
    for tag, name in reversed(tags.items()):
        if others := sorted(set(context.tag_collisions.get(tag, ())) - {name}):
            findings.append(find("tag-collision", tag=tag, others=", ".join(others)))
    parts = tuple(tag_piece(kind, tag) for tag in reversed(tags))
    return Lowered(value=Fragment(parts), findings=tuple(findings))


def _list(kind: NodeKind, list_id: str | None, settles: str, context: LoweringContext) -> Lowered[Fragment]:
    if list_id is None or list_id not in context.lists:
        finding = find("list-unknown", list=list_id or "(not told)", settles=settles + ".skip = true")
        return Lowered(value=None, findings=(finding,))
    body: Body = {"nodeType": kind.value, "config": {"listId": ref(context.lists[list_id])}}
    return Lowered(value=Fragment((Piece(kind, body),)))


_NAMES = {"first_name": "firstName", "last_name": "lastName"}


def _attribute(action: SetAttribute, settles: str, context: LoweringContext) -> Lowered[Fragment]:
    skip = settles + ".skip = true"
    clears = action.operation == "unset" or (action.operation == "set" and action.value is None)
    if action.operation not in ("set", "unset"):
        return Lowered(value=None, findings=(find("attribute-operation", operation=action.operation, settles=skip),))
    key = context.attribute(action.key)
    kind = _value_type(action.value)
    if not key or (kind is None and not clears):
        return Lowered(value=None, findings=(find("attribute-value", key=action.key, settles=skip),))
    if isinstance(action.value, str) and has_tags(action.value) and not clears:
        return Lowered(value=None, findings=(find("attribute-tags", key=action.key, settles=skip),))
    if action.key in _NAMES:
        if not clears and kind != "text":
            return Lowered(value=None, findings=(find("attribute-value", key=action.key, settles=skip),))
        config: Body = {_NAMES[action.key]: "" if clears else action.value}
    else:
        update: Body = {"name": key, "value": None if clears else action.value}
        if not clears:
            update["valueType"] = kind
        config = {"customAttributeUpdates": [update]}
    piece = Piece(NodeKind.UPDATE_ATTRIBUTES, {"type": "update_subscriber", "config": config})
    return Lowered(value=Fragment((piece,)))


def _value_type(value: Any) -> str | None:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number" if abs(value) < 2**53 else None
    return "text" if isinstance(value, str) and value == value.encode("utf-8", "replace").decode() else None


def _consent(state: ConsentState) -> Lowered[Fragment]:
    """Whatever the source calls it, nobody is mailed afterwards. A bounce stays a bounce."""
    status = "bounced" if state is ConsentState.BOUNCED else "unsubscribed"
    piece = Piece(NodeKind.UPDATE_ATTRIBUTES, {"type": "update_subscriber", "config": {"status": status}})
    exact = state in (ConsentState.UNSUBSCRIBED, ConsentState.BOUNCED)
    findings = () if exact else (find("consent-unsubscribes"),)
    return Lowered(value=Fragment((piece,), ends=True), findings=findings)


def left_out() -> Lowered[Fragment]:
    return Lowered(value=None, findings=(find("left-out"),))


def passes_through(lowered: Lowered[Fragment]) -> bool:
    """Nothing is made of the step, and the path goes on behind it."""
    return lowered.value is None and lowered.verdict is Verdict.DROPPED
