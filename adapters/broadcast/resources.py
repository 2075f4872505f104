"""Templates, one-off mailings, and what is only listed so that nobody forgets it."""

from __future__ import annotations

from adapters.broadcast.bodies import read_content
from adapters.broadcast.surprises import Surprises
from adapters.broadcast.unread_settings import off_or_unread, unread_settings
from adapters.broadcast.wire import Row, filled, flag, ids, instant, names, text, whole
from adapters.secrets import scrub_raw
from migrator.model import Campaign, CampaignStatus, OtherResource, Raw, Template

_STATES = {
    "draft": CampaignStatus.DRAFT,
    "scheduled": CampaignStatus.SCHEDULED,
    "future_scheduled": CampaignStatus.SCHEDULED,
    "queueing": CampaignStatus.SENDING,
    "sending": CampaignStatus.SENDING,
    "sent": CampaignStatus.SENT,
    "failed": CampaignStatus.FAILED,
    "partial_failure": CampaignStatus.FAILED,
    "aborted": CampaignStatus.FAILED,
    "paused": CampaignStatus.SENDING,
}
_TEMPLATE_KEYS = frozenset(
    {"content_type", "tags", "confirmation_text", "default_confirmation", "confirmation_page_settings"}
)
_CAMPAIGN_KEYS = frozenset(
    {
        *("include_unsubscribe_link", "track_opens", "track_clicks", "broadcast_recipients_count", "tags"),
        *("percentage_complete", "scheduled_timezone", "created_at", "updated_at", "email_server_ids"),
    }
)
_TRACKING = frozenset({"track_opens", "track_clicks"})
_WORTH_A_WORD = frozenset({"failed", "partial_failure", "aborted", "paused"})
"""The platform says more with them than our own words do."""
_SERVER_KEYS = ("id", "label", "vendor", "delivery_method", "active", "emails_per_hour", "aws_region")
_SERVER_USES = ("use_for_broadcasts", "use_for_sequences", "use_for_transactionals")
_FILE_URLS = ("url", "public_url", "file_url", "src")
_FILE_NAMES = ("filename", "file_name", "name", "label")
_WEBHOOK_KEYS = ("id", "url", "description", "active", "event_types", "retries_to_attempt")


def read_template(data: Raw, source_id: str, surprises: Surprises) -> Template:
    row = Row(data)
    row.know("id")
    name = row.take(text, "label", "name")
    content = read_content(row)
    purpose = row.take(filled, "template_purpose")
    created, updated = row.take(instant, "created_at"), row.take(instant, "updated_at")
    rest = row.rest()
    surprises.unknown_keys("templates", rest, _TEMPLATE_KEYS)
    return Template(
        source_id=source_id,
        name=name or f"Template {source_id}",
        content=content,
        purpose=purpose,
        created_at=created,
        updated_at=updated,
        raw=rest,
    )


def read_campaign(data: Raw, source_id: str, surprises: Surprises) -> Campaign:
    row = Row(data)
    row.know("id")
    name = row.take(text, "name", "label")
    content = read_content(row)
    said = row.take(text, "status")
    status = _STATES.get(said or "", CampaignStatus.UNKNOWN)
    scheduled, sent = row.take(instant, "scheduled_send_at"), row.take(instant, "sent_at")
    segments = row.take(ids, "segment_ids")
    recipients = row.take(whole, "total_recipients")
    rest = row.rest()
    surprises.unknown_keys("campaigns", rest, _CAMPAIGN_KEYS)
    known = said in _STATES and said not in _WORTH_A_WORD
    caveats = _beside(row, rest, segments, None if known else said)
    if said is not None:
        rest = {"status": said, **rest}
    return Campaign(
        source_id=source_id,
        name=name or f"Campaign {source_id}",
        status=status,
        content=None if content.is_missing and content.subject is None else content,
        scheduled_at=scheduled,
        sent_at=sent,
        segment_ids=segments or (),
        recipient_count=recipients,
        caveats=caveats,
        raw=rest,
    )


def _beside(row: Row, rest: Raw, segments: tuple[str, ...] | None, status: str | None) -> tuple[str, ...]:
    """What a mailing says and no field can hold. A short row, which tells no audience, says nothing of it."""
    found = [] if status is None else [f"The source calls it '{status}'."]
    if row.unread("segment_ids") or not row.has("segment_ids"):
        found.append("Whom it goes to cannot be read.")
    elif not segments:
        found.append("It names no segment, so it goes to everybody.")
    if row.unread("scheduled_send_at"):
        found.append("When it goes out cannot be read.")
    found += off_or_unread(rest, "include_unsubscribe_link", "It carries no unsubscribe link.")
    read = {*_CAMPAIGN_KEYS - _TRACKING, "segment_ids", "scheduled_send_at"}
    more = unread_settings({key: value for key, value in rest.items() if key not in read})
    found += [f"Something else decides who gets it ({limit})." for limit in more.limits]
    return (*found, *more.caveats)


def read_email_server(data: Raw, source_id: str) -> OtherResource:
    """Labels only. What else the server sends may be a credential, masked or not."""
    kept = {key: data[key] for key in (*_SERVER_KEYS, *_SERVER_USES) if key in data}
    return OtherResource(
        kind="mail_server",
        source_id=source_id,
        name=text(data.get("label")) or f"Mail server {source_id}",
        remedy="Nothing moves: the new platform sends with its own servers. Verify the sending domain there.",
        raw=kept,
    )


def read_webhook_endpoint(data: Raw, source_id: str) -> OtherResource:
    kept = scrub_raw({key: data[key] for key in _WEBHOOK_KEYS if key in data})
    remedy = "Register this address at the new platform and let your application read its events."
    if url := filled(kept.get("url")):
        remedy += f" The address is {url}."
    if events := names(kept.get("event_types")):
        remedy += f" It was told of {', '.join(events)}."
    if flag(data.get("active")) is False:
        remedy = f"It is switched off at the source. {remedy}"
    name = filled(data.get("description")) or f"Webhook endpoint {source_id}"
    return OtherResource(
        kind="webhook_endpoint",
        source_id=source_id,
        name=name,
        remedy=remedy,
        raw=kept,
    )


def read_settings(data: Raw) -> OtherResource:
    """Who sends, the footer, the page for leaving, the legal links: as the channel tells them."""
    kept = scrub_raw({key: value for key, value in data.items() if value not in (None, "", [], {})})
    told = ", ".join(key.replace("_", " ") for key in kept) or "nothing"
    return OtherResource(
        kind="channel_settings",
        source_id="channel",
        name="Channel settings",
        remedy="Set these at the new platform and verify the sending domain there. The bundle holds their values "
        f"({told}).",
        raw=kept,
    )


def read_file(data: Raw, source_id: str) -> OtherResource:
    """A file that the old platform serves: its address ends with the account."""
    kept = scrub_raw({key: value for key, value in data.items() if key != "id"})
    url = next((found for key in _FILE_URLS if (found := filled(kept.get(key)))), None)
    remedy = "Download it and host it elsewhere before the old account ends: emails that show it lose it then."
    return OtherResource(
        kind="file",
        source_id=source_id,
        name=next((found for key in _FILE_NAMES if (found := filled(data.get(key)))), f"File {source_id}"),
        remedy=f"{remedy} Its address is {url}." if url else remedy,
        raw=kept,
    )


def read_design(data: Raw) -> OtherResource:
    return OtherResource(
        kind="brand_kit",
        source_id="brand",
        name="Brand kit",
        remedy="Set colours, font and logo at the new platform by hand.",
        raw=data,
    )
