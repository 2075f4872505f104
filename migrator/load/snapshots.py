"""What the target showed of a sequence at a moment, small enough to keep: a later look tells whether it changed since.

Kept are the words, waits, conditions, senders and settings that a person can change. Counts and moments are not.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

Read = dict[str, Any]
SNAPSHOT = "as_read"
"""In the result of a sequence's unit: its snapshot after it was built."""
ENABLED_AS = "enabled_as"
"""A note: key of the sequence to what started it when it was enabled."""
SETTINGS = (
    *("name", "description", "labels", "bccEmails", "senderProfileId", "fromEmail", "fromName", "replyProfileId"),
    *("replyToEmail", "replyToName", "userCancellable", "activeSubscribersOnly", "frequencyCapEnabled"),
    *("enrollmentMode", "sendingWindow", "keyDates", "stopCondition", "audienceAutoEnroll"),
)
EMAIL_FIELDS = (
    *("subject", "previewText", "isTransactional", "senderProfileId", "fromName", "replyProfileId", "replyTo"),
    *("ccEmails", "bccEmails", "attachments", "emailTheme", "emailPreset", "abTest"),
)
_SHORT = 200
_NOT_OURS = ("stepNumber", "emailId")
"""What the target writes into a step itself."""


def snapshot(read: Read) -> dict[str, str]:
    """Place (`node id` or empty, a space, field) to its value in JSON, or to a digest where that is long."""
    found = {f" {name}": _kept(read[name]) for name in SETTINGS if name in read}
    start = start_of(read)
    found |= {f" {name}": _kept(value) for name, value in start.items()}
    beginning = _beginning(read)
    for node in read.get("nodes") or ():
        if node.get("id") != beginning:
            for name, value in (node.get("config") or {}).items():
                if name not in _NOT_OURS:
                    found[f"{node['id']} {name}"] = _kept(value)
    for email in read.get("emails") or ():
        place = email.get("nodeId")
        found |= {f"{place} {name}": _kept(email[name]) for name in EMAIL_FIELDS if name in email}
        if "blocks" in email:
            found[f"{place} content"] = _kept(email["blocks"])
    return found


def start_of(read: Read) -> Read:
    """What starts it."""
    return {name: read[name] for name in ("trigger", "triggerConfig") if name in read}


def _beginning(read: Read) -> object:
    led_to = {edge.get("targetNodeId") for edge in read.get("edges") or ()}
    return next((node.get("id") for node in read.get("nodes") or () if node.get("id") not in led_to), None)


def _kept(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    if len(text) <= _SHORT:
        return text
    return f"{text[:60]}… ({hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]})"
