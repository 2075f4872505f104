"""What one contact should look like after the load, and how a contact that was read back differs from that.

Somebody who was at the target before keeps what the duplicate strategy lets them keep. Consent is judged apart from
all other fields: narrower is a remark, wider is an alarm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.sequenzy.shapes import Contact

Record = dict[str, Any]
NAMES = ("externalId", "firstName", "lastName", "timezone")
REACHABLE = "active"
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Difference:
    field: str
    planned: str
    found: str


def expected(record: Record, before: Record | None, strategy: str) -> Record:
    """The import's own rules, applied offline. `before`: what the contact was; None for a new one."""
    if before is None:
        return record
    status = before["status"]
    if status == REACHABLE and strategy != "skip":
        status = record.get("status", REACHABLE)
    merged: Record = {**before, "status": status, "createdAt": earlier(record.get("createdAt"), before["createdAt"])}
    if strategy == "skip":
        return merged
    over = strategy == "overwrite"
    for name in NAMES:
        if record.get(name) and (over or not before.get(name)):
            merged[name] = record[name]
    attributes = dict(before.get("customAttributes") or {})
    for key, value in (record.get("customAttributes") or {}).items():
        if over or attributes.get(key) in (None, ""):
            attributes[key] = value
    merged["customAttributes"] = attributes
    tags = record.get("tags") or []
    merged["tags"] = list(tags) if over and tags else [*(before.get("tags") or []), *tags]
    return merged


def differences(wanted: Record, found: Contact, *, strict: bool = False) -> Iterator[Difference]:
    """`strict`: more tags or attributes than planned count too (undo asks whether anybody touched the contact).
    The status is not compared here, see `consent`."""
    shown = {
        "externalId": found.external_id,
        "firstName": found.first_name,
        "lastName": found.last_name,
        "timezone": found.timezone,
    }
    for name in NAMES:
        if (wanted.get(name) or None) != (shown[name] or None) and (strict or wanted.get(name)):
            yield Difference(name, _text(wanted.get(name)), _text(shown[name]))
    tags = {tag_name(tag) for tag in wanted.get("tags") or []}
    there = {tag_name(tag) for tag in found.tags}
    if tags - there or (strict and there - tags):
        yield Difference("tags", ", ".join(sorted(tags)), ", ".join(sorted(there)))
    attributes, held = wanted.get("customAttributes") or {}, found.custom_attributes
    for key, value in attributes.items():
        if not same_value(value, held.get(key)):
            yield Difference(f"customAttributes.{key}", _text(value), _text(held.get(key)))
    if strict:
        for key in sorted(set(held) - set(attributes)):
            yield Difference(f"customAttributes.{key}", "", _text(held[key]))
    moment = wanted.get("createdAt")
    if moment and _moment(moment) != _moment(found.created_at):
        yield Difference("createdAt", _text(moment), _text(found.created_at))


def consent(wanted: Record, found: Contact) -> str | None:
    """`wider`, `narrower`, `other` (both out of reach, for another reason), or None when it is as planned."""
    planned = wanted.get("status", REACHABLE)
    if planned == found.status:
        return None
    if found.status == REACHABLE:
        return "wider"
    return "narrower" if planned == REACHABLE else "other"


def same_value(wanted: Any, found: Any) -> bool:
    """Exactly: a number stays a number, a text a text; only 4 and 4.0 are the same number."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return wanted == found
    return (type(wanted) is type(found) and bool(wanted == found)) or (wanted in (None, "") and found in (None, ""))


def tag_name(tag: str) -> str:
    return re.sub(r"\s+", "-", tag.strip().lower())


def earlier(one: str | None, other: str | None) -> str | None:
    if not one or not other:
        return one or other
    return min(one, other, key=lambda text: _moment(text) or _LAST)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else repr(value)
