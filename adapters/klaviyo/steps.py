"""One action of a flow to steps: most become one, some become a short row. Where they lead is decided in flows.py.

What has no word in the model is kept as an opaque step, which nobody runs through.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from adapters.kit.wire import filled, identity, part, rows, whole
from adapters.klaviyo.conditions import Names, read_filter
from adapters.klaviyo.delays import Delay, read_countdown, read_delay, read_target_day
from adapters.klaviyo.emails import Contents, read_flow_email
from adapters.klaviyo.filters import opaque, property_key
from adapters.secrets import read_headers, scrub_raw, scrub_url, split_headers
from migrator.model import Action, Lane, Raw, Step
from migrator.model.rules import FieldKind
from migrator.model.steps import (
    AddTags,
    AddToList,
    Branch,
    CallWebhook,
    Opaque,
    RandomSplit,
    RemoveFromList,
    RemoveTags,
    SendEmail,
    SendOther,
    SetAttribute,
)

Ways = dict[str | None, str | None]
"""Lane to the action it leads to."""
YES, NO = "true", "false"
_CHANNELS = {"send-sms": "sms", "send-mobile-push": "push", "send-whatsapp": "whatsapp"}


@dataclass(frozen=True)
class Surroundings:
    """What an action's meaning depends on, besides itself."""

    flow_id: str
    status: str
    """Of the flow: in a draft everything is a draft."""
    names: Names
    contents: Contents
    zone: str | None
    triggers: object
    tag_keys: Collection[str] = ()


@dataclass
class Built:
    """`steps` follow each other; the ways lead on from the last one."""

    steps: list[Step]
    ways: Ways
    skips: tuple[str, str] | None = None
    """A step and its lane that passes the others by: it leads to where the row as a whole leads."""
    message_id: str | None = field(default=None)


def build(action: Raw, action_id: str, around: Surroundings) -> Built:
    kind = filled(action.get("type")) or "an action without a type"
    data, links = part(action.get("data")), part(action.get("links"))
    if kind == "send-email":
        return _email(action_id, data, links, around)
    if kind in ("ab-test", "content-experiment"):
        return _experiment(action_id, kind, data, links, around)
    if kind == "conditional-split":
        return _split(action_id, data, links, around)
    if kind == "trigger-split":
        rule = read_filter(data.get("trigger_filter"), around.names, around.flow_id)
        return _two_ways(action_id, rule, data, links)
    if kind == "multi-branch-split":
        return _many_ways(action_id, data, links, around)
    ways = _plain_ways(links)
    if kind == "update-profile":
        return Built(_profile_changes(action_id, data, around), ways)
    if _is_off(data, around) and kind != "time-delay":
        return Built([_step(action_id, kind, Opaque(action=f"{kind}, switched off"), data)], ways)
    if kind in _DELAYS:
        found = _DELAYS[kind](data, around)
        return Built([_step(action_id, kind, found.action, data, missing=found.missing, caveats=found.caveats)], ways)
    if kind == "send-webhook":
        return Built([_webhook(action_id, data)], ways)
    return Built([_step(action_id, kind, _plain_action(kind, data), data)], ways)


_DELAYS: dict[str, Callable[[Raw, Surroundings], Delay]] = {
    "time-delay": lambda data, around: read_delay(data, around.zone),
    "target-date": lambda data, around: read_target_day(data, around.zone),
    "countdown-delay": lambda data, around: read_countdown(data, around.triggers),
}


def _plain_ways(links: Raw) -> Ways:
    """`next` and nothing else; a way that nobody has seen makes no guess."""
    return {None: identity(links.get("next"))}


def _plain_action(kind: str, data: Raw) -> Action:
    if kind == "list-update":
        list_id, adds = identity(data.get("list_id")), data.get("on_execution")
        if adds is True:
            return AddToList(list_id=list_id)
        if adds is False:
            return RemoveFromList(list_id=list_id)
    message = part(data.get("message"))
    if kind in _CHANNELS:
        return SendOther(channel=_CHANNELS[kind], text=filled(message.get("body")))
    if kind == "send-internal-alert":
        return SendOther(channel="message to the team", text=filled(message.get("subject_line")))
    return Opaque(action=kind)


def _step(
    step_id: str,
    kind: str,
    action: Action,
    data: Raw,
    *,
    label: str | None = None,
    missing: tuple[str, ...] = (),
    caveats: tuple[str, ...] = (),
) -> Step:
    label = label or filled(data.get("name")) or filled(part(data.get("message")).get("name"))
    raw = {"type": kind, "data": data}
    return Step(id=step_id, action=action, label=label, content_missing=missing, caveats=caveats, raw=raw)


def _is_off(data: Raw, around: Surroundings) -> bool:
    """A draft inside a running flow is passed by; inside a draft everything is a draft."""
    status = filled(data.get("status"))
    return status is not None and status not in ("live", around.status)


# Emails -----------------------------------------------------------------------------------------------------


def _email(
    action_id: str, data: Raw, links: Raw, around: Surroundings, caveats: tuple[str, ...] = (), kind: str = "send-email"
) -> Built:
    message = part(data.get("message"))
    content, missing = read_flow_email(message, around.contents.of(message))
    action = SendEmail(
        content=content,
        template_id=None,
        live=not _is_off(data, around),
        skips_recently_mailed=message.get("smart_sending_enabled") is True and message.get("transactional") is not True,
    )
    if _is_off(data, around) and data.get("status") == "manual":
        caveats = (*caveats, "The source holds each copy of this email until a person sends it.")
    copies = [name for name in ("cc_email", "bcc_email") if filled(message.get(name))]
    if copies:
        caveats = (*caveats, "A copy goes to another address at the source.")
    step = _step(action_id, kind, action, data, missing=missing, caveats=caveats)
    built = Built([step], _plain_ways(links), message_id=identity(message.get("id")))
    rule = read_filter(message.get("additional_filters"), around.names, around.flow_id)
    if rule is None:
        return built
    lanes = (Lane(key="send", rule=rule, label="Gets this email"), Lane(key="skip", label="Goes on without it"))
    gate = Step(id=f"{action_id}/filter", action=Branch(lanes=lanes), label=f"Who gets {step.label or 'it'}")
    built.steps.insert(0, gate)
    built.skips = (gate.id, "skip")
    return built


def _experiment(action_id: str, kind: str, data: Raw, links: Raw, around: Surroundings) -> Built:
    """The main email is kept; how the variations differ is for a person to look at."""
    main = part(data.get("main_action"))
    if main.get("type") != "send-email":
        return Built([_step(action_id, kind, Opaque(action=kind), data)], _plain_ways(links))
    count = len(rows(part(data.get("current_experiment")).get("variations")))
    caveat = f"It tests {count or 'several'} variations of the email; only the main one is carried over."
    inner = {
        **part(main.get("data")),
        "experiment": {key: value for key, value in data.items() if key != "main_action"},
    }
    return _email(action_id, inner, links, around, (caveat,), kind)


# Splits -----------------------------------------------------------------------------------------------------


def _split(action_id: str, data: Raw, links: Raw, around: Surroundings) -> Built:
    percent = _sample(data.get("profile_filter"))
    if percent is not None:
        lanes = (
            Lane(key=YES, weight=float(percent), label=f"{percent} %"),
            Lane(key=NO, weight=float(100 - percent), label=f"{100 - percent} %"),
        )
        step = _step(action_id, "conditional-split", RandomSplit(lanes=lanes), data)
        return Built([step], _yes_no(links))
    return _two_ways(action_id, read_filter(data.get("profile_filter"), around.names, around.flow_id), data, links)


def _two_ways(action_id: str, rule: Any, data: Raw, links: Raw) -> Built:
    rule = rule or opaque("a split without a condition", data)
    lanes = (Lane(key=YES, rule=rule, label="Yes"), Lane(key=NO, label="No"))
    return Built([_step(action_id, "split", Branch(lanes=lanes), data)], _yes_no(links))


def _yes_no(links: Raw) -> Ways:
    return {YES: identity(links.get("next_if_true")), NO: identity(links.get("next_if_false"))}


def _sample(told: object) -> int | None:
    """The percentage of a split that is by chance alone."""
    groups = rows(part(told).get("condition_groups"))
    conditions = [one for group in groups for one in rows(group.get("conditions"))]
    if len(conditions) != 1 or conditions[0].get("type") != "profile-sample":
        return None
    percent = whole(conditions[0].get("percentage"))
    return percent if percent is not None and 0 <= percent <= 100 else None


def _many_ways(action_id: str, data: Raw, links: Raw, around: Surroundings) -> Built:
    """The first branch whose filter holds, by order; the one for everybody else last."""
    branches = sorted(rows(data.get("branches")), key=_order)
    lanes: list[Lane] = []
    ways: Ways = {}
    for number, one in enumerate(branches):
        key = identity(one.get("branch_id")) or f"branch-{number}"
        rule = None
        if one.get("is_else") is not True:
            rule = read_filter(one.get("branch_filter"), around.names, around.flow_id)
            rule = rule or opaque("a branch without a condition", one)
        lanes.append(Lane(key=key, rule=rule, label=filled(one.get("name")), source_id=key))
        ways[key] = identity(part(one.get("links")).get("next"))
    if not lanes:
        return Built([_step(action_id, "multi-branch-split", Opaque(action="multi-branch-split"), data)],
                     _plain_ways(links))  # fmt: skip
    return Built([_step(action_id, "multi-branch-split", Branch(lanes=tuple(lanes)), data)], ways)


def _order(branch: Raw) -> tuple[bool, int]:
    return branch.get("is_else") is True, whole(branch.get("order")) or 0


# Profiles and webhooks --------------------------------------------------------------------------------------


def _profile_changes(action_id: str, data: Raw, around: Surroundings) -> list[Step]:
    operations = rows(data.get("profile_operations"))
    if not operations:
        return [_step(action_id, "update-profile", Opaque(action="update-profile without a change"), data)]
    if _is_off(data, around):
        return [_step(action_id, "update-profile", Opaque(action="update-profile, switched off"), data)]
    found = []
    for number, one in enumerate(operations):
        step_id = action_id if number == 0 else f"{action_id}/{number + 1}"
        found.append(_step(step_id, "update-profile", _profile_change(one, around.tag_keys), {**one}))
    return found


def _profile_change(told: Raw, tag_keys: Collection[str]) -> Action:
    written, operator = filled(told.get("property_key")), told.get("operator")
    if written is None or operator not in ("create", "update", "delete"):
        return Opaque(action="a change of the profile in an unknown form")
    kind, key = property_key(written)
    if kind is FieldKind.BUILT_IN and key not in ("first_name", "last_name"):
        return Opaque(action=f"a change of {key}")
    if operator == "delete":
        return SetAttribute(key=key, operation="unset")
    value = told.get("property_value")
    if told.get("property_type") == "list" and told.get("property_operation") in ("add", "remove"):
        values = value if isinstance(value, list) else [value]
        tags = tuple(one for one in values if isinstance(one, str) and one.strip())
        adds = told["property_operation"] == "add"
        if key in tag_keys and tags:
            return AddTags(tags=tags) if adds else RemoveTags(tags=tags)
        return SetAttribute(key=key, value=value, operation="append" if adds else "remove")
    return SetAttribute(key=key, value=value)


def _webhook(action_id: str, data: Raw) -> Step:
    message = part(data.get("message"))
    headers, withheld = split_headers(read_headers(message.get("headers")) or {})
    url = filled(message.get("url"))
    scrubbed, taken = scrub_url(url) if url else (None, False)
    if taken:
        withheld = (*withheld, "a value in the address")
    body = message.get("body")
    action = CallWebhook(
        url=scrubbed,
        method="POST",
        headers=headers,
        withheld_headers=withheld,
        body=body if isinstance(body, str) else None,
    )
    missing = () if url else ("url",)
    kept = {key: value for key, value in message.items() if key not in ("headers", "url", "body")}
    raw = scrub_raw({**data, "message": kept})
    return _step(action_id, "send-webhook", action, raw, label=filled(message.get("name")), missing=missing)
