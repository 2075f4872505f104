"""Edits of steps that exist: `emails`, `smsSteps`, `subscriberUpdateSteps` and `nodeUpdates`. Never a new step."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy.graph import email_numbers
from migrator.sandbox.sequenzy.records import Email, Node, SequenceRecord
from migrator.sandbox.sequenzy.refusals import shaped, wrong
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.sequence_bodies import EmailEdit
from migrator.sandbox.sequenzy.step_bodies import StepConfig
from migrator.sandbox.sequenzy.steps_input import (
    EXTRA_FIELDS,
    Maker,
    blocks_of,
    event_wait_config,
    tag_name,
    update_config,
    webhook_config,
)
from migrator.sandbox.sequenzy.wait_input import KEYS, wait_of

Config = dict[str, Any]


def edit_emails(sequence: SequenceRecord, edits: list[Config], maker: Maker, path: str) -> int:
    """An email is named by `nodeId` or `emailId`; without either the edits go by order."""
    order = list(email_numbers(sequence))
    for index, edit in enumerate(edits):
        here = f"{path}[{index}]"
        node = _email_node(sequence, edit, order, index, here)
        change_email(sequence.emails[str(node.email_id)], edit, maker, here)
        node.updated_at = maker.now
    return len(edits)


def _email_node(sequence: SequenceRecord, edit: Config, order: list[str], index: int, path: str) -> Node:
    wanted, email_id = edit.get("nodeId"), edit.get("emailId")
    if wanted is None and email_id is not None:
        wanted = next((node_id for node_id in order if sequence.nodes[node_id].email_id == email_id), "")
    if wanted is None:
        wanted = order[index] if index < len(order) else ""
    if wanted not in order:
        raise wrong(path, "No email of this sequence has this id; editing never creates steps")
    return sequence.nodes[wanted]


def change_email(email: Email, edit: Config, maker: Maker, path: str) -> None:
    if "subject" in edit:
        if not (edit["subject"] or "").strip():
            raise wrong(f"{path}.subject", "An email needs a subject")
        email.subject = edit["subject"]
    if "previewText" in edit:
        email.preview_text = edit["previewText"]
    if edit.get("name"):
        email.name = edit["name"]
    if edit.get("isTransactional") is not None:
        email.is_transactional = edit["isTransactional"]
    if any(edit.get(key) is not None for key in ("html", "htmlContent", "blocks")):
        blocks = blocks_of(edit, path, maker.new_id)
        if blocks is None:
            raise wrong(path, "An email needs content")
        email.blocks = blocks
    raw = email.blocks[0].get("type") == "html" if email.blocks else False
    if raw and edit.get("emailPreset"):
        maker.warnings.append(f"{path}.emailPreset has no meaning for raw HTML and was ignored")
        edit = {key: value for key, value in edit.items() if key != "emailPreset"}
    for key in EXTRA_FIELDS:
        if key in edit:
            email.extra = {**email.extra, key: edit[key]}


def edit_sms(sequence: SequenceRecord, edits: list[Config], maker: Maker) -> int:
    for index, edit in enumerate(edits):
        node = _typed_node(sequence, edit["nodeId"], "action_sms", f"smsSteps[{index}]")
        kept: Config = {key: edit[key] for key in ("text", "imageUrls", "label", "ineligibleAction") if key in edit}
        node.config, node.updated_at = {**node.config, **kept}, maker.now
    return len(edits)


def edit_updates(sequence: SequenceRecord, edits: list[Config], maker: Maker) -> int:
    for index, edit in enumerate(edits):
        path = f"subscriberUpdateSteps[{index}]"
        node = _typed_node(sequence, edit["nodeId"], "action_update_attributes", path)
        node.config, node.updated_at = update_config(edit["config"], f"{path}.config"), maker.now
    return len(edits)


def _typed_node(sequence: SequenceRecord, node_id: str, kind: str, path: str) -> Node:
    node = sequence.nodes.get(node_id)
    if node is None or node.type != kind:
        raise wrong(f"{path}.nodeId", f"nodeId must name a step of type {kind}")
    return node


def update_nodes(sequence: SequenceRecord, edits: list[Config], maker: Maker) -> int:
    """All or nothing; each node once. The number of emails among them. People already waiting keep their time."""
    emails, seen = 0, set()
    for index, edit in enumerate(edits):
        path = f"nodeUpdates[{index}]"
        node = sequence.nodes.get(edit["nodeId"])
        if node is None:
            raise wrong(f"{path}.nodeId", "nodeId must name a node of this sequence")
        if node.id in seen:
            raise wrong(f"{path}.nodeId", "Each node may be updated once in a request")
        seen.add(node.id)
        expected = edit.get("expectedUpdatedAt")
        if expected and expected != stamp(node.updated_at):
            raise wrong(f"{path}.expectedUpdatedAt", "The node has changed since it was read: read it again")
        emails += _change_node(sequence, node, edit["changes"], maker, f"{path}.changes")
        node.updated_at = maker.now
    return emails


def _change_node(sequence: SequenceRecord, node: Node, changes: Config, maker: Maker, path: str) -> bool:
    if node.email_id:
        shaped(changes, EmailEdit)
        change_email(sequence.emails[node.email_id], changes, maker, path)
        return True
    inner = {**(changes.get("config") or {}), **{key: value for key, value in changes.items() if key != "config"}}
    shaped(inner, StepConfig)
    match node.type:
        case "logic_delay":
            wait = wait_of({key: changes[key] for key in KEYS if key in changes}, path, maker.warnings)
            if wait is None:
                raise wrong(path, "Give one of delay, delayMs, waitUntil and waitUntilWeekday")
            node.config = wait
        case "action_webhook":
            node.config = webhook_config({**node.config, **inner}, path)
        case "action_add_tag" | "action_remove_tag":
            node.config = {"tagName": tag_name(str(inner.get("tagName") or node.config["tagName"]))}
        case "action_update_attributes":
            node.config = update_config(inner, path)
        case "logic_wait_for_event":
            node.config = event_wait_config({**node.config, **inner}, path)
        case "action_sms" | "action_push" | "action_create_discount":
            node.config = {**node.config, **inner}
        case _:
            raise wrong(path, f"A node of type {node.type} cannot be changed here")
    return False
