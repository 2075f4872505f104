"""Every call that changes the workspace. Each says for itself whether a repeat is safe; none of them enables a
sequence, enrols anybody or starts an automation, but for enable_sequence and enroll, which `load` never calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.sequenzy.client import Sequenzy
from adapters.sequenzy.shapes import Contact, Import, made_id, part, read
from migrator.errors import NotFound
from migrator.transport.answers import Safety
from migrator.transport.hosts import segment

QUIET = {"enrollInSequences": False, "optInMode": "confirmed"}
"""Said on every call that could otherwise enrol somebody or ask them for consent again."""


# People ---------------------------------------------------------------------------------------------------


def start_import(api: Sequenzy, content: bytes) -> Import:
    """Ready bytes with an idempotencyKey: the same bytes again are the same import."""
    data = api.send("POST", "/subscribers/imports", content=content, safety=Safety.REPEATABLE).data
    return read(data, "import", Import)


def read_import(api: Sequenzy, import_id: str) -> Import:
    return read(api.get(f"/subscribers/imports/{segment(import_id)}").data, "import", Import)


def create_contact(api: Sequenzy, body: dict[str, Any]) -> Contact:
    """With a duplicateStrategy a repeat leaves the same as once."""
    data = api.send("POST", "/subscribers", body, safety=Safety.REPEATABLE).data
    return read(data, "subscriber", Contact)


def update_contact(api: Sequenzy, email: str, body: dict[str, Any]) -> None:
    api.send("PATCH", f"/subscribers/{segment(email)}", body, safety=Safety.REPEATABLE)


def delete_contact(api: Sequenzy, email: str) -> None:
    _delete(api, f"/subscribers/{segment(email)}")


def add_tags(api: Sequenzy, tags: Sequence[str], emails: Sequence[str]) -> dict[str, Any]:
    body = {"tags": list(tags), "emails": list(emails), "triggerAutomations": False}
    return dict(api.send("POST", "/subscribers/bulk/tags/add", body, safety=Safety.REPEATABLE).data)


def remove_tags(api: Sequenzy, tags: Sequence[str], emails: Sequence[str]) -> dict[str, Any]:
    body = {"tags": list(tags), "emails": list(emails)}
    return dict(api.send("POST", "/subscribers/bulk/tags/remove", body, safety=Safety.REPEATABLE).data)


# Lists, segments, templates -------------------------------------------------------------------------------


def create_list(api: Sequenzy, body: dict[str, Any]) -> str:
    return made_id(api.send("POST", "/lists", body, safety=Safety.ONCE).data, "list")


def delete_list(api: Sequenzy, list_id: str) -> None:
    _delete(api, f"/lists/{segment(list_id)}")


def add_members(api: Sequenzy, list_id: str, emails: Sequence[str]) -> dict[str, Any]:
    body = {"emails": list(emails), "duplicateStrategy": "skip", **QUIET}
    return dict(api.send("POST", f"/lists/{segment(list_id)}/subscribers", body, safety=Safety.REPEATABLE).data)


def remove_members(api: Sequenzy, list_id: str, emails: Sequence[str]) -> None:
    body = {"emails": list(emails)}
    api.send("POST", f"/lists/{segment(list_id)}/subscribers/remove", body, safety=Safety.REPEATABLE)


def create_segment(api: Sequenzy, body: dict[str, Any]) -> tuple[str, list[str]]:
    data = api.send("POST", "/segments", body, safety=Safety.ONCE).data
    return made_id(data, "segment"), warnings(data)


def update_segment(api: Sequenzy, segment_id: str, body: dict[str, Any]) -> None:
    api.send("PATCH", f"/segments/{segment(segment_id)}", body, safety=Safety.REPEATABLE)


def delete_segment(api: Sequenzy, segment_id: str) -> None:
    _delete(api, f"/segments/{segment(segment_id)}")


def create_template(api: Sequenzy, body: dict[str, Any]) -> tuple[str, list[str]]:
    data = api.send("POST", "/templates", body, safety=Safety.ONCE).data
    return made_id(data, "template"), warnings(data)


def delete_template(api: Sequenzy, template_id: str) -> None:
    _delete(api, f"/templates/{segment(template_id)}")


def delete_tag(api: Sequenzy, tag_id: str) -> None:
    _delete(api, f"/tags/{segment(tag_id)}")


# Sequences ------------------------------------------------------------------------------------------------


def create_sequence(api: Sequenzy, body: dict[str, Any]) -> tuple[str, list[str]]:
    data = api.send("POST", "/sequences", body, safety=Safety.ONCE).data
    return made_id(data, "sequence"), warnings(data)


def update_sequence(api: Sequenzy, sequence_id: str, body: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A structural change is not the same when it is made twice."""
    data = api.send("PUT", f"/sequences/{segment(sequence_id)}", body, safety=Safety.ONCE).data
    return dict(part(data, "sequence")), warnings(data)


def delete_sequence(api: Sequenzy, sequence_id: str) -> None:
    _delete(api, f"/sequences/{segment(sequence_id)}")


def enable_sequence(api: Sequenzy, sequence_id: str) -> dict[str, Any]:
    """`migrate enable` and the cut-over only. Enabling what is enabled changes nothing."""
    return dict(api.send("POST", f"/sequences/{segment(sequence_id)}/enable", safety=Safety.REPEATABLE).data)


def disable_sequence(api: Sequenzy, sequence_id: str) -> None:
    """Disabling what is off already changes nothing."""
    api.send("POST", f"/sequences/{segment(sequence_id)}/disable", safety=Safety.REPEATABLE)


def enroll(api: Sequenzy, sequence_id: str, emails: Sequence[str]) -> dict[str, Any]:
    """The switch only. At most 500. It cannot be repeated blindly: who went through at once would go through twice."""
    body = {"emails": list(emails)}
    return dict(api.send("POST", f"/sequences/{segment(sequence_id)}/enroll", body, safety=Safety.ONCE).data)


def cancel_enrollments(api: Sequenzy, sequence_id: str, subscriber_ids: Sequence[str], reason: str) -> int:
    """At most 500. Who is not in it any more is not counted."""
    body = {"subscriberIds": list(subscriber_ids), "reason": reason, "dryRun": False}
    path = f"/sequences/{segment(sequence_id)}/enrollments/cancel"
    return int(api.send("POST", path, body, safety=Safety.REPEATABLE).data.get("cancelledCount") or 0)


def warnings(data: Any) -> list[str]:
    found = data.get("warnings") if isinstance(data, dict) else None
    return [str(one) for one in found] if isinstance(found, list) else []


def _delete(api: Sequenzy, path: str) -> None:
    try:
        api.send("DELETE", path, safety=Safety.REPEATABLE)
    except NotFound:
        return  # an earlier try did it
