"""Sequences as the platform shows them: summary, details with graph and emails, the answers of actions."""

from __future__ import annotations

import re
from typing import Any

from migrator.sandbox.sequenzy.graph import (
    COMPLETION,
    EMAIL_NODES,
    SPLIT,
    delay_before,
    depths,
    email_numbers,
    revision,
    trigger_node,
)
from migrator.sandbox.sequenzy.records import Email, Node, SequenceRecord
from migrator.sandbox.sequenzy.replies import stamp
from migrator.sandbox.sequenzy.state import State
from migrator.sandbox.sequenzy.stop_rules import NONE
from migrator.sandbox.sequenzy.wait_times import duration, words

Config = dict[str, Any]
_SECRET = re.compile(r"auth|token|key|secret|cookie|password|signature", re.IGNORECASE)
EDITABLE = {
    "action_email": ["subject", "previewText", "html", "blocks", "isTransactional", "name"],
    "logic_delay": ["delay", "delayMs", "waitUntil", "waitUntilWeekday"],
    "action_sms": ["text", "imageUrls", "label", "ineligibleAction"],
}
SUMMARIES = {
    "draft": "A draft: nobody enters and nothing is sent.",
    "live": "Live: contacts enter and move through the steps.",
    "enrollment_paused": "Nobody new enters; contacts inside move on.",
    "paused": "Disabled: nobody enters and contacts inside are frozen.",
    "archived": "Archived: nobody enters and nothing is sent.",
}


def effective_status(sequence: SequenceRecord) -> str:
    if sequence.status == "active":
        return "enrollment_paused" if sequence.enrollment_paused else "live"
    return sequence.status


def standing(sequence: SequenceRecord) -> Config:
    """Status fields, which most answers carry."""
    effective = effective_status(sequence)
    return {
        "status": sequence.status,
        "effectiveStatus": effective,
        "effectiveStatusSummary": SUMMARIES[effective],
        "enrollmentPaused": sequence.enrollment_paused,
        "acceptsNewEnrollments": effective == "live",
        "processesExistingEnrollments": sequence.status == "active",
    }


def summary(sequence: SequenceRecord) -> Config:
    settings = sequence.settings
    labels = settings.get("labels") or []
    return {
        "id": sequence.id,
        "name": sequence.name,
        "description": settings.get("description"),
        **standing(sequence),
        "trigger": trigger_node(sequence).type,
        "triggerConfig": sequence.trigger_config,
        "labels": labels,
        "labelIds": [f"label_{label.lower().replace(' ', '-')}" for label in labels],
        "sendingWindow": sequence.sending_window,
        "keyDates": sequence.key_dates,
        "bccEmails": settings.get("bccEmails") or [],
        "senderProfileId": settings.get("senderProfileId"),
        "fromEmail": settings.get("fromEmail"),
        "fromName": settings.get("fromName"),
        "replyProfileId": settings.get("replyProfileId"),
        "replyToEmail": settings.get("replyTo"),
        "replyToName": settings.get("replyToName"),
        "userCancellable": bool(settings.get("userCancellable")),
        "activeSubscribersOnly": bool(settings.get("activeSubscribersOnly")),
        "frequencyCapEnabled": bool(settings.get("frequencyCapEnabled")),
        "audienceAutoEnroll": sequence.audience_auto_enroll,
        "pausedAt": stamp(sequence.paused_at),
        "pauseReason": None,
        "createdAt": stamp(sequence.created_at),
        "updatedAt": stamp(sequence.updated_at),
    }


def counts(sequence: SequenceRecord) -> Config:
    kinds = [node.type for node in sequence.nodes.values()]
    return {
        "emailCount": sum(kind in EMAIL_NODES for kind in kinds),
        "discountCount": kinds.count("action_create_discount"),
        "subscriberUpdateCount": kinds.count("action_update_attributes"),
        "abTestCount": kinds.count("action_ab_test"),
    }


def created(sequence: SequenceRecord) -> Config:
    """What POST answers: no graph, so that clients read the sequence afterwards."""
    return {
        "id": sequence.id,
        "name": sequence.name,
        **standing(sequence),
        "trigger": sequence.trigger,
        **{key: value for key, value in counts(sequence).items() if key != "abTestCount"},
        "nodeCount": len(sequence.nodes),
        "enrichmentStatus": sequence.enrichment_status,
        "activeSubscribersOnly": bool(sequence.settings.get("activeSubscribersOnly")),
        "frequencyCapEnabled": bool(sequence.settings.get("frequencyCapEnabled")),
        "sendingWindow": sequence.sending_window,
        "keyDates": sequence.key_dates,
        "stopCondition": sequence.stop_condition or NONE,
    }


def details(sequence: SequenceRecord) -> Config:
    made = counts(sequence)
    return {
        **summary(sequence),
        **made,
        "nodes": nodes(sequence),
        "edges": edges(sequence),
        "graphRevision": revision(sequence),
        "emails": emails(sequence),
        "stopCondition": sequence.stop_condition or NONE,
        "enrichmentStatus": sequence.enrichment_status,
        "enrichedCount": made["emailCount"] if sequence.enrichment_status == "complete" else 0,
    }


def nodes(sequence: SequenceRecord) -> list[Config]:
    numbers, deep = email_numbers(sequence), depths(sequence)
    lanes: dict[int, int] = {}
    found = []
    for node in sequence.nodes.values():
        depth = deep.get(node.id, 0)
        lane = lanes[depth] = lanes.get(depth, -1) + 1
        shown: Config = {
            "id": node.id,
            "automationId": sequence.id,
            "nodeType": node.type,
            "config": _shown(node) | ({"stepNumber": numbers[node.id]} if node.id in numbers else {}),
            "position": {"x": lane * 320, "y": depth * 140},
            "updatedAt": stamp(node.updated_at),
            "updateHints": _hints(node),
        }
        if node.id in numbers:
            shown["structuralStepNumber"] = numbers[node.id]
        found.append(shown)
    return found


def _shown(node: Node) -> Config:
    """Headers that hold secrets are redacted on reads; which ones, no document says."""
    headers = node.config.get("headers")
    if node.type != "action_webhook" or not headers:
        return node.config
    return node.config | {
        "headers": {name: "[redacted]" if _SECRET.search(name) else value for name, value in headers.items()}
    }


def _hints(node: Node) -> Config:
    managed = ["config"] if node.type in (SPLIT, COMPLETION) or node.type.startswith("trigger_") else ["position"]
    return {
        "editableFields": EDITABLE.get(node.type, []),
        "managedFields": managed,
        "notes": [],
        "expectedUpdatedAt": stamp(node.updated_at),
        "tool": "update_sequence",
    }


def edges(sequence: SequenceRecord) -> list[Config]:
    return [
        {"sourceNodeId": edge.source, "targetNodeId": edge.target}
        | ({"condition": {"branchId": edge.branch}} if edge.branch is not None else {})
        for edge in sequence.edges
    ]


def emails(sequence: SequenceRecord) -> list[Config]:
    numbers = email_numbers(sequence)
    return [
        _email(sequence, sequence.nodes[node_id], number, sequence.emails[str(sequence.nodes[node_id].email_id)])
        for node_id, number in numbers.items()
    ]


def _email(sequence: SequenceRecord, node: Node, number: int, email: Email) -> Config:
    extra = email.extra
    raw = len(email.blocks) == 1 and email.blocks[0].get("type") == "html"
    return {
        "nodeId": node.id,
        "nodeType": node.type,
        "emailId": email.id,
        "name": email.name,
        "subject": email.subject,
        "previewText": email.preview_text,
        "blocks": email.blocks,
        "emailPreset": None if raw else extra.get("emailPreset", "branded"),
        "emailTheme": extra.get("emailTheme"),
        "isTransactional": email.is_transactional,
        "ccEmails": extra.get("ccEmails") or [],
        "bccEmails": extra.get("bccEmails") or [],
        "attachments": extra.get("attachments") or [],
        "senderProfileId": extra.get("senderProfileId"),
        "fromName": extra.get("fromName"),
        "replyProfileId": extra.get("replyProfileId"),
        "replyTo": extra.get("replyTo"),
        "stepNumber": number,
        "structuralStepNumber": number,
        "abTest": None,
        **_delay(delay_before(sequence, node.id)),
    }


def _delay(node: Node | None) -> Config:
    names = ("delayNodeId", "delayMs", "delayMode", "delayDisplay", "delayDescription")
    found: Config = dict.fromkeys((*names, "waitUntil", "waitUntilWeekday", "waitUntilKeyDate"))
    if node is None:
        return found
    config = node.config
    mode = config["mode"]
    found |= {
        "delayNodeId": node.id,
        "delayMode": mode,
        "delayDisplay": words(config),
        "delayDescription": f"Waits {words(config)}",
    }
    rest = {key: value for key, value in config.items() if key != "mode"}
    match mode:
        case "duration":
            found["delayMs"] = round(duration(config).total_seconds() * 1000)
        case "until_date":
            found["waitUntil"] = rest
        case "until_weekday":
            found["waitUntilWeekday"] = rest
        case "until_key_date":
            found["waitUntilKeyDate"] = rest
    return found


def acted(sequence: SequenceRecord, message: str, warnings: list[str] | None = None) -> Config:
    extra = {"warnings": warnings} if warnings else {}
    return {"message": message, "sequenceId": sequence.id, **standing(sequence), **extra}


def stats(state: State, sequence: SequenceRecord) -> Config:
    sends = [send for send in state.outbox if send.sequence_id == sequence.id and send.kind == "sequence"]
    inside: dict[str, Config] = {}
    totals = {"active": 0, "waiting": 0, "total": 0}
    paused: dict[str, int] = {}
    for run in state.enrollments.values():
        if run.sequence_id != sequence.id:
            continue
        if run.status == "paused":
            paused[run.node_id] = paused.get(run.node_id, 0) + 1
        if run.status in ("active", "waiting"):
            row = inside.setdefault(run.node_id, {"currentNodeId": run.node_id, "active": 0, "waiting": 0, "total": 0})
            for counted in (row, totals):
                counted[run.status] += 1
                counted["total"] += 1
    by_current = [{"currentNodeId": node_id, "total": count} for node_id, count in paused.items()]
    return {
        "sequenceId": sequence.id,
        "period": "all",
        "stats": _engagement(sends),
        "steps": [
            {
                "nodeId": node_id,
                "step": number,
                "subject": sequence.emails[str(sequence.nodes[node_id].email_id)].subject,
                "failedCount": 0,
                "failedSubscribers": [],
                "stats": _engagement([send for send in sends if send.node_id == node_id]),
            }
            for node_id, number in email_numbers(sequence).items()
        ],
        "enrollmentCounts": {**totals, "byCurrentNode": list(inside.values())},
        "pausedEnrollments": {"total": sum(paused.values()), "byCurrentNode": by_current},
        "enrollmentSkipped": {"count": sum(sequence.skipped_sends.values()), "byReason": sequence.skipped_sends},
    }


def _engagement(sends: list[Any]) -> Config:
    return {
        "sent": len(sends),
        "delivered": len(sends),
        "opened": sum(bool(send.opened_at) for send in sends),
        "clicked": sum(bool(send.clicks) for send in sends),
        "bounced": 0,
        "unsubscribed": 0,
    }
