"""Which keys tell what in the installation's export of sent emails, clicks and histories, which nobody publishes.

First hit wins, also inside a box such as `data`. What follows from a row is decided in sent_evidence.py.
"""

from __future__ import annotations

from adapters.broadcast.wire import Row, filled, text_id
from migrator.model import Raw

PERSON = ("subscriber_id", "subscriber.id", "recipient_id", "contact_id", "recipient.id", "contact.id")
ADDRESS = ("email", "subscriber.email", "recipient_email", "to_email", "email_address", "recipient", "to")
STEP = ("step_id", "sequence_step_id", "sequence_step.id", "step.id")
ENROLMENT = (
    *("enrolment_id", "enrollment_id", "subscriber_sequence_id", "sequence_subscriber_id"),
    *("subscriber_sequence.id", "sequence_subscriber.id"),
)
SEQUENCE = (
    "sequence_id",
    "sequence.id",
    "sequence_step.sequence_id",
    "step.sequence_id",
    "subscriber_sequence.sequence_id",
)
SENT = ("sent_at", "delivered_at", "created_at")
OPENED = ("opened_at", "first_opened_at", "open_at", "last_opened_at")
CLICKED = ("clicked_at", "first_clicked_at", "click_at", "last_clicked_at")
RECEIPT = ("outbound_receipt_id", "receipt_id", "outbound_receipt.id", "receipt.id", "message_id")
HAPPENED = ("happened_at", "occurred_at", "clicked_at", "time", "created_at")
ACTION = ("action", "event", "event_type", "kind", "name")
STATUS = ("status", "state", "delivery_status")
WENT_OUT = {"sent", "delivered", "opened", "clicked", "bounced", "complained", "complete", "completed", "success"}


def key_in(row: Row, names: tuple[str, ...]) -> str | None:
    """The first of these keys that holds anything."""
    plain = row.data
    for name in names:
        # Most names are not there at all; only boxes and dotted names need the longer look.
        if (value := plain.get(name)) is None and ("." in name or row.boxed):
            value = row.peek(name)
        if value not in (None, ""):
            return name
    return None


def owner(row: Row) -> tuple[str, str] | None:
    """A record's owner told by its type and id: `sendable_type: SequenceStep, sendable_id: 7`."""
    for key, value in row.data.items():
        if key.endswith("able_type") and (kind := filled(value)):
            owner_id = text_id(row.data.get(f"{key.removesuffix('_type')}_id"))
            if owner_id is not None:
                return kind.replace("::", "").replace("_", "").lower(), owner_id
    return None


def person_of(data: Raw) -> str | None:
    """The person's id, else the address: what a row is found by."""
    row = Row(data)
    if (key := key_in(row, PERSON)) and (person := text_id(row.peek(key))):
        return person
    address = filled(row.peek(*ADDRESS))
    return address.strip().lower() if address and "@" in address else None


def receipt_of(data: Raw) -> str | None:
    return text_id(Row(data).peek(*RECEIPT))
