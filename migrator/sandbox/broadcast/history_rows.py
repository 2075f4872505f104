"""What the installation's export tells of sent emails and clicks, in spellings that a server may plausibly use.

No document publishes these rows. A reader that knows one spelling only must not take the others for an empty account.
"""

from __future__ import annotations

from typing import Any

import msgspec

from migrator.sandbox.broadcast.account import Account, Receipt, Row, stamp
from migrator.sandbox.broadcast.switches import Switches


def receipts(account: Account, switches: Switches) -> list[Row]:
    style = switches.receipt_keys
    if style == "none":
        return []
    if style == "own":
        return [dict(msgspec.to_builtins(row)) for row in account.receipts]
    emails = {person.id: person.email for person in account.subscribers}
    return [_SHOWN[style](row, emails.get(row.subscriber_id)) for row in account.receipts]


def clicks(account: Account, switches: Switches) -> list[Row]:
    """Derived from the receipts, after what the account holds itself."""
    if switches.receipt_keys == "none":
        return account.link_clicks
    clicked = [row for row in account.receipts if row.clicked_at is not None]
    first = len(account.link_clicks) + 1
    return account.link_clicks + [
        {"id": number, "subscriber_id": row.subscriber_id, "outbound_receipt_id": row.id}
        | {"created_at": stamp(row.clicked_at)}
        for number, row in enumerate(clicked, start=first)
    ]


def _rails(row: Receipt, _: str | None) -> Row:
    """A polymorphic owner, and the time of the record as the time of sending."""
    shown: Row = {"id": row.id, "subscriber_id": row.subscriber_id, "sendable_type": "SequenceStep"}
    shown |= {"sendable_id": row.step_id, "subscriber_sequence_id": row.enrolment_id, "status": "sent"}
    return shown | {"first_opened_at": stamp(row.opened_at), "created_at": stamp(row.sent_at)}


def _nested(row: Receipt, email: str | None) -> Row:
    shown: Row = {"id": str(row.id), "subscriber": {"id": str(row.subscriber_id), "email": email}}
    shown |= {"sequence_step": {"id": str(row.step_id), "sequence_id": str(row.sequence_id)}}
    return shown | {"sent_at": int(row.sent_at.timestamp()), "data": {"opened_at": stamp(row.opened_at)}}


def _thin(row: Receipt, email: str | None) -> Row:
    """No step at all: only what a mail log has."""
    shown: Row = {"id": row.id, "recipient_email": email, "sequence_id": row.sequence_id, "subject": row.subject}
    return shown | {"sent_at": stamp(row.sent_at)}


_SHOWN: dict[str, Any] = {"rails": _rails, "nested": _nested, "thin": _thin}
