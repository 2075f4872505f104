"""Turns the steps of a request into nodes and emails: a wait in front becomes a node of its own.

What may be made at creation and what only by an update is decided here. Where the nodes go is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from migrator.sandbox.sequenzy.conditions_input import condition_of
from migrator.sandbox.sequenzy.records import Email, Node
from migrator.sandbox.sequenzy.refusals import wrong
from migrator.sandbox.sequenzy.wait_input import standalone_wait, wait_of

Config = dict[str, Any]
TYPES = {
    "email": "action_email",
    "sms": "action_sms",
    "push": "action_push",
    "delay": "logic_delay",
    "create_discount": "action_create_discount",
    "discount": "action_create_discount",
    "update_subscriber": "action_update_attributes",
    "condition": "logic_condition",
    "webhook": "action_webhook",
    "ai": "action_ai",
}
DISCOUNT_FIELDS = (
    "provider",
    "discountType",
    "percentOff",
    "amountOff",
    "currency",
    "duration",
    "durationInMonths",
    "appliesToAllPlans",
    "planIds",
    "codePrefix",
    "maxRedemptions",
    "lockToSubscriber",
    "expiresAt",
    "expiresInHours",
    "label",
    "name",
)
ADDRESS_FIELDS = ("senderProfileId", "fromEmail", "fromName", "replyProfileId", "replyTo", "replyToName")
EXTRA_FIELDS = (*ADDRESS_FIELDS, "ccEmails", "bccEmails", "attachments", "emailPreset", "emailTheme")


@dataclass
class Made:
    """Nodes in a row, in the order in which a contact meets them."""

    nodes: list[Node] = field(default_factory=list)
    emails: list[Email] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [node.id for node in self.nodes]


@dataclass
class Maker:
    """Makes nodes with new ids. `lists` holds the names of the known lists; `newer` is off for the first contract."""

    new_id: Callable[[str], str]
    now: datetime
    lists: dict[str, str]
    warnings: list[str] = field(default_factory=list)
    at_creation: bool = False

    def node(self, kind: str, config: Config) -> Node:
        return Node(self.new_id("node"), kind, config, self.now)

    def steps(self, steps: list[Config], path: str) -> Made:
        made = Made()
        for index, step in enumerate(steps):
            self._step(step, f"{path}[{index}]", made)
        return made

    def _step(self, step: Config, path: str, made: Made) -> None:
        kind = step.get("nodeType") or TYPES[step.get("type") or "email"]
        if kind == "logic_delay":
            made.nodes.append(self.node(kind, standalone_wait(step, path, self.warnings)))
            return
        if wait := wait_of(step, path, self.warnings):
            made.nodes.append(self.node("logic_delay", wait))
        if kind == "action_email":
            email = self.email(step, path)
            made.emails.append(email)
            made.nodes.append(Node(self.new_id("node"), kind, {"emailId": email.id}, self.now, email.id))
        else:
            made.nodes.append(self.node(kind, self._config(kind, step, path)))

    def email(self, step: Config, path: str) -> Email:
        if not (step.get("subject") or "").strip():
            raise wrong(f"{path}.subject", "An email step needs a subject")
        blocks = blocks_of(step, path, self.new_id)
        if blocks is None:
            raise wrong(path, "An email step needs html or blocks")
        not_yet = ("isTransactional", "ccEmails", "bccEmails", "attachments")
        for key in () if self.at_creation else not_yet:
            if key in step:
                self.warnings.append(f"{path}.{key} is not part of an inserted step and was ignored")
        found = step if self.at_creation else {key: value for key, value in step.items() if key not in not_yet}
        return Email(
            self.new_id("email"),
            step.get("name") or step["subject"],
            step["subject"],
            blocks,
            step.get("previewText"),
            bool(found.get("isTransactional")),
            {key: found[key] for key in EXTRA_FIELDS if found.get(key) is not None},
        )

    def _config(self, kind: str, step: Config, path: str) -> Config:
        config = dict(step.get("config") or {})
        match kind:
            case "action_add_tag" | "action_remove_tag":
                name = config.get("tagName") or config.get("tagId")
                if not name:
                    raise wrong(f"{path}.config.tagName", "A tag step needs a tagName")
                return {"tagName": tag_name(str(name))}
            case "action_add_to_list" | "action_remove_from_list":
                list_id = config.get("listId")
                if list_id not in self.lists:
                    raise wrong(f"{path}.config.listId", "List not found")
                return {"listId": list_id, "listName": self.lists[str(list_id)]}
            case "action_create_discount":
                given = {**step, **(step.get("discount") or {})}
                return {key: given[key] for key in DISCOUNT_FIELDS if given.get(key) is not None}
            case "action_update_attributes":
                return update_config(config, f"{path}.config")
            case "action_sms":
                return _some(step, "text", "imageUrls", "ineligibleAction", "label") | _some(config, "label")
            case "action_push":
                return _some(step, "title", "body", "url", "iconUrl", "imageUrl", "platforms", "label")
            case "action_webhook":
                return webhook_config(config, f"{path}.config")
            case "action_ai":
                return _ai_config(config, f"{path}.config")
            case "logic_wait_for_event":
                return event_wait_config(config, f"{path}.config")
            case "logic_condition":
                return condition_of(config, f"{path}.config")
        raise wrong(f"{path}.nodeType", "This step cannot be made here")


def _some(step: Config, *names: str) -> Config:
    return {name: step[name] for name in names if step.get(name) is not None}


def tag_name(value: str) -> str:
    return "-".join(value.strip().lower().split())


def blocks_of(step: Config, path: str, new_id: Callable[[str], str]) -> list[Config] | None:
    """HTML stays as it is, in one block."""
    html = next((step[key] for key in ("html", "htmlContent") if step.get(key) is not None), None)
    blocks = step.get("blocks")
    if html is not None and blocks is not None:
        raise wrong(path, "Give html or blocks, not both")
    if html is not None:
        return [{"id": new_id("block"), "type": "html", "content": html}] if html.strip() else None
    return [dict(block) for block in blocks] if blocks else None


def update_config(config: Config, path: str) -> Config:
    kept = _some(config, "firstName", "lastName", "status", "label")
    if kept.get("status") not in (None, "active", "unsubscribed", "bounced"):
        raise wrong(f"{path}.status", "Unknown status", ["active", "unsubscribed", "bounced"])
    updates = config.get("customAttributeUpdates") or []
    for index, update in enumerate(updates):
        if not isinstance(update, dict) or not update.get("name") or "value" not in update:
            raise wrong(f"{path}.customAttributeUpdates[{index}]", "An attribute update needs a name and a value")
    if not updates and not kept.keys() - {"label"}:
        raise wrong(path, "An update step needs something to update")
    return {**kept, "customAttributeUpdates": [dict(update) for update in updates]}


def webhook_config(config: Config, path: str) -> Config:
    if not str(config.get("url") or "").startswith("https://"):
        raise wrong(f"{path}.url", "A webhook needs an https URL")
    method, on_error = config.get("method") or "POST", config.get("onError") or "fail"
    if method not in ("POST", "GET", "PUT", "PATCH", "DELETE"):
        raise wrong(f"{path}.method", "Unknown method", ["POST", "GET", "PUT", "PATCH", "DELETE"])
    if on_error not in ("continue", "exit", "fail"):
        raise wrong(f"{path}.onError", "Unknown onError", ["continue", "exit", "fail"])
    if config.get("body") is not None and not _is_json(config["body"]):
        raise wrong(f"{path}.body", "The body must be JSON as it is written, with merge tags inside quoted strings")
    _check_result_key(config.get("resultKey"), path)
    kept = _some(config, "url", "headers", "body", "resultKey", "label")
    return {**kept, "method": method, "onError": on_error}


def _check_result_key(key: Any, path: str) -> None:
    if key is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", str(key)):
        raise wrong(f"{path}.resultKey", "A resultKey begins with a letter and has letters, numbers and underscores")


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_no_number)
    except ValueError:
        return False
    return True


def _no_number(name: str) -> None:
    """NaN and Infinity, which no JSON has."""
    raise ValueError(name)


def event_wait_config(config: Config, path: str) -> Config:
    days, action = config.get("timeoutDays", 7), config.get("timeoutAction") or "continue"
    if not config.get("eventName"):
        raise wrong(f"{path}.eventName", "A wait for an event needs an eventName")
    if not isinstance(days, int | float) or not 1 <= days <= 365 or days != int(days):
        raise wrong(f"{path}.timeoutDays", "timeoutDays is a whole number from 1 to 365")
    if action not in ("continue", "exit"):
        raise wrong(f"{path}.timeoutAction", "Unknown timeoutAction", ["continue", "exit"])
    return {"eventName": config["eventName"], "timeoutDays": days, "timeoutAction": action}


def _ai_config(config: Config, path: str) -> Config:
    fields = config.get("outputFields")
    if not config.get("prompt") or len(str(config["prompt"])) > 8000:
        raise wrong(f"{path}.prompt", "An AI step needs a prompt of at most 8000 characters")
    if not config.get("resultKey"):
        raise wrong(f"{path}.resultKey", "An AI step needs a resultKey")
    _check_result_key(config["resultKey"], path)
    if not isinstance(fields, list) or not 1 <= len(fields) <= 10 or not all(entry.get("key") for entry in fields):
        raise wrong(f"{path}.outputFields", "An AI step needs one to ten outputFields with keys")
    return {**config, "onError": config.get("onError") or "continue"}
