"""Every list of a Broadcast channel that an export walks: path, paging style, names of its rows, permission."""

from __future__ import annotations

from adapters.broadcast.fetch import Listing, path_of
from adapters.broadcast.history_keys import person_of, receipt_of
from adapters.broadcast.paging import Style
from adapters.broadcast.wire import text
from migrator.model import Raw


def address_key(row: Raw) -> str | None:
    """Addresses are compared without regard to case; old rows were never lowered."""
    email = text(row.get("email"))
    return email.strip().lower() if email and email.strip() else None


def person_key(row: Raw) -> str | None:
    person = row.get("subscriber")
    return address_key(person) if isinstance(person, dict) else None


SUBSCRIBERS = Listing("subscribers", "/api/v1/subscribers.json", Style.PAGE, ("subscribers",), address_key, "contacts")
SUPPRESSIONS = Listing(
    "suppressions", "/api/v1/suppressions.json", Style.PAGE, ("suppressions",), address_key, "suppressions (channel)"
)
GLOBAL_SUPPRESSIONS = Listing(
    "global_suppressions",
    "/api/v1/global_suppressions.json",
    Style.PAGE,
    ("global_suppressions", "suppressions"),
    address_key,
    "suppressions (global)",
)
TEMPLATES = Listing("templates", "/api/v1/templates", Style.OFFSET, ("templates",))
SEQUENCES = Listing("sequences", "/api/v1/sequences", Style.OFFSET, ("sequences",))
SEGMENTS = Listing("segments", "/api/v1/segments.json", Style.PAGE, ("segments",))
FORMS = Listing("forms", "/api/v1/opt_in_forms", Style.PAGE, ("opt_in_forms",))
BROADCASTS = Listing("broadcasts", "/api/v1/broadcasts", Style.OFFSET, ("broadcasts",), label="campaigns")
TOPICS = Listing("topics", "/api/v1/topics.json", Style.PAGE, ("topics",), label="topics")
EMAIL_SERVERS = Listing(
    "email_servers", "/api/v1/email_servers", Style.OFFSET, ("email_servers",), label="mail servers"
)
WEBHOOKS = Listing(
    "webhook_endpoints", "/api/v1/webhook_endpoints", Style.OFFSET, ("webhook_endpoints",), label="webhook endpoints"
)
FILES = Listing("file_assets", "/api/v1/file_assets", Style.PAGE, ("file_assets",), label="uploaded files")

# The installation's own export: read for what the channel's interface does not show.
MIGRATION = "/api/migration/v1"
MIGRATED_GLOBAL = Listing(
    "migrated_suppressions", f"{MIGRATION}/suppressions", Style.MIGRATION, (), address_key, "suppressions (global)"
)
MIGRATED_CHANNEL = Listing(
    "migrated_unsubscribed",
    f"{MIGRATION}/unsubscribed_emails",
    Style.MIGRATION,
    (),
    address_key,
    "suppressions (channel)",
)
MIGRATED_SEQUENCES = Listing(
    "migrated_sequences", f"{MIGRATION}/sequences", Style.MIGRATION, (), label="sequences (export)"
)
# What tells where people are. The keys of these rows are published nowhere (sent_evidence.py).
MIGRATED_RECEIPTS = Listing(
    "migrated_receipts", f"{MIGRATION}/outbound_receipts", Style.MIGRATION, (), person_of, "sent emails"
)
MIGRATED_CLICKS = Listing("migrated_clicks", f"{MIGRATION}/link_clicks", Style.MIGRATION, (), receipt_of, "clicks")
MIGRATED_HISTORIES = Listing(
    "migrated_histories", f"{MIGRATION}/subscriber_histories", Style.MIGRATION, (), person_of, "histories"
)


def enrolments(sequence_id: str) -> Listing:
    return Listing(
        f"enrolments/{sequence_id}",
        path_of("sequences", sequence_id, "list_subscribers"),
        Style.PAGE,
        ("subscriber_sequences",),
        person_key,
        f"enrolments of {sequence_id}",
        lambda row: row.get("status") == "busy",
    )


def members(segment_id: str) -> Listing:
    return Listing(
        f"members/{segment_id}",
        path_of("segments", f"{segment_id}.json"),
        Style.PAGE,
        ("subscribers",),
        address_key,
        f"members of segment {segment_id}",
    )
