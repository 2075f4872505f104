"""Lists, segments, campaigns, and what is only listed so that nobody forgets it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from adapters.kit.wire import attributes_of, filled, identities, identity, instant, part, rows, without
from adapters.klaviyo.conditions import Names, read_filter
from adapters.klaviyo.emails import read_campaign_email
from adapters.klaviyo.names import owner_of
from migrator.model import Campaign, CampaignStatus, ContactList, OtherResource, Raw, Segment, Sequence
from migrator.model.rules import ActivityRule, AllOf, AnyOf, Not, Rule
from migrator.model.sequences import EventReceived
from migrator.model.steps import Branch

_STATES = {
    "draft": CampaignStatus.DRAFT,
    "scheduled": CampaignStatus.SCHEDULED,
    "sending": CampaignStatus.SENDING,
    "preparing to send": CampaignStatus.SENDING,
    "adding recipients": CampaignStatus.SENDING,
    "sent": CampaignStatus.SENT,
    "variations sent": CampaignStatus.SENDING,
    "cancelled": CampaignStatus.FAILED,
    "cancelled: no recipients": CampaignStatus.FAILED,
    "cancelled: internal error": CampaignStatus.FAILED,
}


def read_list(row: Raw, source_id: str) -> ContactList:
    told = attributes_of(row)
    return ContactList(
        source_id=source_id,
        name=filled(told.get("name")) or f"List {source_id}",
        created_at=instant(told.get("created")),
        raw=without(told, "name", "created"),
    )


def read_segment(row: Raw, source_id: str, names: Names, members_file: str | None) -> Segment:
    told = attributes_of(row)
    return Segment(
        source_id=source_id,
        name=filled(told.get("name")) or f"Segment {source_id}",
        rule=read_filter(told.get("definition"), names),
        members_file=members_file,
        raw=without(told, "name"),
    )


def read_campaign(row: Raw, source_id: str, messages: Raw, names: Names) -> Campaign:
    """`messages` is the answer about its emails; several of them are variations, and the first is kept."""
    told = attributes_of(row)
    audience = part(told.get("audiences"))
    included = identities(audience.get("included"))
    several = rows(messages.get("data"))
    templates = {identity(one.get("id")): attributes_of(one) for one in rows(messages.get("included"))}
    content = None
    if several:
        related = part(part(part(several[0].get("relationships")).get("template")).get("data"))
        inner = part(part(attributes_of(several[0]).get("definition")).get("content"))
        content = read_campaign_email(inner, templates.get(identity(related.get("id")), {}))
    raw = without(told, "name", "scheduled_at", "send_time")
    if len(several) > 1:
        raw["variations"] = len(several)
    return Campaign(
        source_id=source_id,
        name=filled(told.get("name")) or f"Campaign {source_id}",
        status=_STATES.get(str(told.get("status")).lower(), CampaignStatus.UNKNOWN),
        content=content,
        scheduled_at=instant(told.get("scheduled_at")),
        sent_at=instant(told.get("send_time")),
        segment_ids=tuple(one for one in included if one in names.segments),
        list_ids=tuple(one for one in included if one in names.lists),
        raw=raw,
    )


def read_block(row: Raw, source_id: str) -> OtherResource:
    told = attributes_of(row)
    return OtherResource(
        kind="saved_block",
        source_id=source_id,
        name=filled(told.get("name")) or f"Saved block {source_id}",
        remedy="Nothing for the emails carried over: it stands in their HTML already. Rebuild it for new emails.",
        raw=without(told, "name"),
    )


def read_label(row: Raw, source_id: str) -> OtherResource:
    told = attributes_of(row)
    return OtherResource(
        kind="label",
        source_id=source_id,
        name=filled(told.get("name")) or f"Label {source_id}",
        remedy="Labels of flows, campaigns, lists and segments are not tags of people; set them anew if you miss them.",
        raw=without(told, "name"),
    )


def read_company(account: Raw) -> OtherResource | None:
    """What the footers of emails print of the account. The target has no tags for most of it."""
    contact = part(account.get("contact_information"))
    name, street = filled(contact.get("organization_name")), part(contact.get("street_address"))
    lines = [filled(street.get(key)) for key in ("address1", "address2", "city", "region", "zip", "country")]
    address = ", ".join(line for line in lines if line)
    if not name and not address:
        return None
    return OtherResource(
        kind="company",
        source_id="account",
        name=name or "The company",
        remedy="Set name and postal address of the company at the target: its own footer prints them. Where an email "
        f"prints them by a tag, give this as the tag's replacement: {address or name}.",
        raw={key: contact[key] for key in ("organization_name", "website_url", "street_address") if contact.get(key)},
    )


def events_used(sequences: Iterable[Sequence], segments: Iterable[Segment]) -> set[str]:
    """Events that something carried over listens to, so that somebody must go on sending them."""
    found: set[str] = set()
    for sequence in sequences:
        found |= {one.event_name for one in sequence.triggers if isinstance(one, EventReceived)}
        rules = [sequence.entry_filter, *(one.rule for one in sequence.exit_rules)]
        rules += [lane.rule for step in sequence.steps if isinstance(step.action, Branch) for lane in step.action.lanes]
        for rule in rules:
            found |= _events(rule)
    for segment in segments:
        found |= _events(segment.rule)
    return found


def _events(rule: Rule | None) -> set[str]:
    match rule:
        case AllOf(rules=parts) | AnyOf(rules=parts):
            return set().union(*(_events(one) for one in parts))
        case Not(rule=inner):
            return _events(inner)
        case ActivityRule(event_name=str() as name):
            return {name}
    return set()


def read_event(row: Raw, source_id: str, used: Collection[str]) -> OtherResource | None:
    name = filled(attributes_of(row).get("name"))
    if name is None or name not in used:
        return None
    sender = owner_of(row) or "an unnamed integration"
    return OtherResource(
        kind="event",
        source_id=source_id,
        name=name,
        remedy=f"Let what sends it now ({sender}) send it to the target under exactly this name before the switch.",
        raw=without(attributes_of(row), "name"),
    )
