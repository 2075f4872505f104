"""What keeps a sequence from being enabled: the same list for `enable` and for `simulate`."""

from __future__ import annotations

from typing import Any

from migrator.sandbox.sequenzy.graph import EMAIL_NODES, SPLIT, faults
from migrator.sandbox.sequenzy.records import Node, SequenceRecord
from migrator.sandbox.sequenzy.render import source_html
from migrator.sandbox.sequenzy.state import State
from migrator.sandbox.sequenzy.trigger_input import missing_fields

Config = dict[str, Any]


def readiness(state: State, sequence: SequenceRecord) -> Config:
    errors = missing_fields(sequence.trigger, sequence.trigger_config, set(state.lists), set(state.segments))
    warnings: list[str] = []
    if sequence.status == "archived":
        errors.append("The sequence is archived")
    errors += faults(sequence)
    for node in sequence.nodes.values():
        errors += [f"Step {node.id}: {text}" for text in _node_errors(state, sequence, node)]
    if sequence.enrichment_status != "complete":
        errors.append("The content is still being written")
    if not any(node.type in EMAIL_NODES for node in sequence.nodes.values()):
        warnings.append("The sequence has no email")
    if sequence.trigger == "contact_added" and sequence.trigger_config.get("listScope") == "any_contact":
        warnings.append("Every new contact enters this sequence")
    stop = sequence.stop_condition
    if stop.get("type") in ("added_to_list", "removed_from_list") and stop["value"] not in state.lists:
        warnings.append("The stop condition names an unknown list")
    return {"ready": not errors, "errors": errors, "warnings": warnings}


def _node_errors(state: State, sequence: SequenceRecord, node: Node) -> list[str]:
    config = node.config
    if node.type == "action_email":
        email = sequence.emails.get(str(node.email_id))
        if email is None:
            return ["the email is gone"]
        empty = not source_html(email).strip()
        return [text for text, bad in (("no subject", not email.subject.strip()), ("no content", empty)) if bad]
    if node.type == "action_create_discount":
        provider = config.get("provider") or "stripe"
        found = [] if provider in state.settings.integrations else [f"{provider} is not connected"]
        amount = "percentOff" if config.get("discountType", "percent") == "percent" else "amountOff"
        return found + ([] if config.get(amount) else [f"the discount has no {amount}"])
    if node.type == "action_sms" and not config.get("text"):
        return ["the SMS has no text"]
    if node.type == "action_push" and not (config.get("title") and config.get("body")):
        return ["the push has no title or body"]
    if node.type in ("action_add_to_list", "action_remove_from_list") and config.get("listId") not in state.lists:
        return ["unknown list"]
    if (
        config.get("mode") == "until_date"
        and config["source"] == "event"
        and not sequence.trigger.endswith(("event_received", "inbound_webhook"))
    ):
        return ["a date of an event needs an event trigger"]
    if config.get("mode") == "until_key_date":
        keys = [date["key"] for date in (sequence.key_dates or {}).get("dates", [])]
        return [] if config["key"] in keys else [f"unknown key date {config['key']}"]
    conditions = config.get("branches", []) if node.type == SPLIT else [config]
    lost = [c["segmentId"] for c in conditions if c.get("segmentId") and c["segmentId"] not in state.segments]
    gone = [c["listId"] for c in conditions if c.get("listId") and c["listId"] not in state.lists]
    inner = node.type in (SPLIT, "logic_condition")
    return [f"unknown segment {i}" for i in lost] + [f"unknown list {i}" for i in gone] if inner else []
