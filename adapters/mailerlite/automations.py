"""An automation to a sequence: what starts it, and its flat list of steps, each of which names the one before it.

What MailerLite says and the model has no word for becomes opaque, which nothing takes for true and nobody runs through.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.kit.clicks import nearer
from adapters.kit.graph import Node, Ways, assemble, by_parent
from adapters.kit.wire import filled, identities, identity, instant, number, part, rows, text, without
from adapters.mailerlite.conditions import read_conditions
from adapters.mailerlite.triggers import read_triggers
from adapters.secrets import scrub_raw, scrub_url
from migrator.model import Action, ConsentState, EmailContent, Lane, Raw, ReEntry, Sequence, Step
from migrator.model.steps import (
    AddToList,
    Branch,
    CallWebhook,
    ChangeConsent,
    Jump,
    Opaque,
    RandomSplit,
    RemoveFromList,
    SendEmail,
    SetAttribute,
    Wait,
    WaitUntilTime,
    Weekday,
)

LANGUAGE = "liquid"
"""No dialect of MailerLite's own yet. Its tags are found as foreign ones, and the email is held."""
YES, NO = "yes", "no"
_UNITS = {"minutes": 60, "hours": 3600, "days": 86_400, "weeks": 7 * 86_400}
_ARMS = ("a", "b", "c")
_RE_ENTRY = {True: ReEntry.AFTER_COMPLETION, False: ReEntry.ONCE}


def read_automation(told: Raw, source_id: str, fields: Mapping[str, str]) -> Sequence:
    """`fields`: the key of each custom field by its id."""
    listed = [(node_id, row) for row in rows(told.get("steps")) if (node_id := identity(row.get("id")))]
    drawn = by_parent(listed, lambda row: identity(row.get("parent_id")), _lane, _named_ways)
    steps, edges = assemble(drawn, lambda node: _build(node, fields))
    messages = {node_id: email for node_id, row in listed if (email := identity(row.get("email_id")))}
    triggers, entry_filter, limits = read_triggers(rows(told.get("triggers")), fields)
    hours = [told for told in rows(told.get("triggers")) if told.get("send_hour") not in (None, "")]
    enabled, again = told.get("enabled"), part(told.get("trigger_data")).get("repeatable")
    return Sequence(
        source_id=source_id,
        name=filled(told.get("name")) or f"Automation {source_id}",
        active=enabled if isinstance(enabled, bool) else None,
        triggers=triggers,
        entry_filter=entry_filter,
        unread_limits=limits,
        caveats=("MailerLite starts it at an hour of the day that a date names.",) if hours else (),
        steps=tuple(nearer(steps, edges, messages)),
        edges=tuple(edges),
        re_entry=_RE_ENTRY[again] if isinstance(again, bool) else ReEntry.UNKNOWN,
        enrolled_count=number(part(told.get("stats")).get("subscribers_in_queue_count")),
        created_at=instant(told.get("created_at")),
        raw=scrub_raw(without(told, "id", "name", "enabled", "steps", "created_at", "stats")),
    )


def _lane(parent: Raw, child: str) -> str | None:
    for lane, target in _named_ways(parent):
        if target == child:
            return lane
    return None


def _named_ways(row: Raw) -> Ways:
    """The ways that a step names itself."""
    named = {f"{arm}_path_step_id": arm for arm in _ARMS} | {"yes_step_id": YES, "no_step_id": NO}
    ways: Ways = [(lane, target) for key, lane in named.items() if (target := identity(row.get(key)))]
    jump = identity(row.get("go_to_step_id"))
    return [*ways, (None, jump)] if jump else ways


def _build(node: Node, fields: Mapping[str, str]) -> list[Step]:
    row, kind = node.row, filled(node.row.get("type")) or "a step without a type"
    missing: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    actions: list[Action]
    match kind:
        case "email":
            content, missing = _email(row)
            actions = [SendEmail(content=content)]
        case "delay":
            actions = [_delay(row)]
            missing = ("seconds",) if actions == [Wait(seconds=None)] else ()
        case "condition":
            actions = [_condition(node, fields)]
        case "abtest":
            actions = [_split(node)]
            if row.get("can_select_winner") or row.get("ab_test_winner"):
                caveats = ("MailerLite sends everybody down the winning path once there is a winner.",)
        case "webhook":
            url, taken = scrub_url(filled(row.get("url")) or "")
            withheld = ("a value in the address",) if taken else ()
            secret = ("the signature",) if row.get("secret") else ()
            actions = [CallWebhook(url=url or None, method="POST", withheld_headers=(*withheld, *secret))]
            missing = () if url else ("url",)
        case "action":
            actions = _actions(row, fields)
        case _:
            actions = [Opaque(action=kind)]
    raw = scrub_raw(without(row, "id", "parent_id", "secret", "url", "created_at", "updated_at", "stats"))
    return [
        Step(
            id=node.id if not place else f"{node.id}/{place + 1}",
            action=action,
            label=filled(row.get("name")),
            content_missing=missing,
            caveats=caveats,
            raw=raw if not place else {},
        )
        for place, action in enumerate(actions)
    ]


def _email(row: Raw) -> tuple[EmailContent, tuple[str, ...]]:
    """MailerLite gives the subject and the plain text of these emails, never the HTML: that is always a gap."""
    inner = part(row.get("email"))
    subject = text(row.get("subject")) or text(inner.get("subject"))
    content = EmailContent(
        subject=subject,
        preview_text=filled(row.get("preheader")) or filled(inner.get("preheader")),
        text=filled(inner.get("plain_text")),
        from_name=filled(row.get("from_name")),
        from_email=filled(row.get("from")),
        reply_to=filled(row.get("reply_to")),
        language=LANGUAGE,
    )
    return content, ("body",) if filled(subject) else ("subject", "body")


def _delay(row: Raw) -> Action:
    unit, value = str(row.get("unit")), number(row.get("value"))
    if unit in _UNITS and value is not None and value >= 0:
        return Wait(seconds=value * _UNITS[unit])
    days = {number(day) for day in identities(row.get("week_days"))}
    hour, minute = number(row.get("hour")), number(row.get("minute"))
    names = tuple(weekday for place, weekday in enumerate(Weekday, 1) if place in days)
    readable = hour is not None and minute is not None and hour < 24 and minute < 60 and len(names) == len(days)
    if unit == "next_weekday" and days and readable:
        return WaitUntilTime(time=f"{hour:02}:{minute:02}:00", days=names)
    return Wait(seconds=None)


def _condition(node: Node, fields: Mapping[str, str]) -> Action:
    if any(lane not in (YES, NO) for lane, _ in node.ways):
        return Opaque(action="a condition that leads to more than yes and no")
    rule = read_conditions(node.row, fields)
    return Branch(lanes=(Lane(key=YES, rule=rule, label="Yes"), Lane(key=NO, label="No")))


def _split(node: Node) -> Action:
    told = node.row.get("split_percentages")
    weights = [number(weight) for weight in told] if isinstance(told, list) else []
    lanes = [Lane(key=arm, weight=float(weight), label=f"{weight} %")
             for arm, weight in zip(_ARMS, weights, strict=False) if weight is not None]  # fmt: skip
    known = {lane.key for lane in lanes}
    if len(lanes) != len(weights) or not lanes or any(lane not in known for lane, _ in node.ways):
        return Opaque(action="an A/B test whose paths cannot be read")
    return RandomSplit(lanes=tuple(lanes)) if sum(weight or 0 for weight in weights) == 100 else Opaque(action="abtest")


def _actions(row: Raw, fields: Mapping[str, str]) -> list[Action]:
    kind = filled(row.get("action_type"))
    groups = identities(row.get("group_ids")) or identities([row.get("group_id")])
    found: list[Action] = []
    match kind:
        case "copy_to_group":
            found = [AddToList(list_id=group) for group in groups]
        case "remove_from_group":
            found = [RemoveFromList(list_id=group) for group in groups]
        case "move_to_group":
            # First in, then out: nobody is without a group in between.
            found = [AddToList(list_id=group) for group in identities(row.get("to_group_ids"))]
            found += [RemoveFromList(list_id=group) for group in identities(row.get("from_group_ids"))]
        case "mark_as_unsubscribed":
            found = [ChangeConsent(state=ConsentState.UNSUBSCRIBED)]
        case "go_to_step" if identity(row.get("go_to_step_id")):
            found = [Jump()]
        case "update_custom_field" if not row.get("date_operation"):
            key = filled(part(row.get("field")).get("key")) or fields.get(identity(row.get("field_id")) or "")
            if key and isinstance(row.get("value"), str | int | float):
                found = [SetAttribute(key={"name": "first_name"}.get(key, key), value=row["value"])]
    return found or [Opaque(action=kind or "an action that was never set up")]
