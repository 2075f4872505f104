"""MailerLite as a source: what it gives, the table of its endpoints, and its people, groups, segments and campaigns.

Automations are read in automations.py, where people stand in them in activity.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.base import Readable, Setting, StoredRow
from adapters.kit.client import Api, Wire
from adapters.kit.consent import Signal, read_consent
from adapters.kit.paging import CursorToken, PageNumber
from adapters.kit.source import Account, ApiSource
from adapters.kit.table import Endpoint
from adapters.kit.translate import Look
from adapters.kit.wire import filled, identity, instant, number, part, rows, text, without
from adapters.mailerlite.activity import read_enrolment, short_run
from adapters.mailerlite.automations import LANGUAGE, read_automation
from migrator.bundle import Mismatch
from migrator.model import (
    Attribute,
    AttributeType,
    BodyFormat,
    Campaign,
    CampaignStatus,
    ConsentState,
    Contact,
    ContactList,
    EmailContent,
    Enrolment,
    Form,
    ListKind,
    ListMembership,
    Raw,
    Segment,
    Sequence,
)
from migrator.transport.pacing import Window

STATUSES = ("active", "unconfirmed", "unsubscribed", "bounced", "junk")
"""In this order: whoever leaves while we read is found again under the narrower status."""
CONSENT = Signal(
    "status",
    {
        "active": ConsentState.SUBSCRIBED,
        "unconfirmed": ConsentState.PENDING,
        "unsubscribed": ConsentState.UNSUBSCRIBED,
        "bounced": ConsentState.BOUNCED,
        "junk": ConsentState.COMPLAINED,
    },
    since={ConsentState.SUBSCRIBED: "subscribed_at", ConsentState.UNSUBSCRIBED: "unsubscribed_at"},
)
_CURSOR = CursorToken("meta.next_cursor", "cursor", size={"limit": 100})
_PAGES = PageNumber("meta.last_page", "meta.total", "meta.current_page", size={"limit": 100})
_BY_STATUS = tuple({"filter[status]": status} for status in STATUSES)
_RUNS = tuple({"filter[status]": status} for status in ("active", "failed", "canceled", "completed"))
"""In this order: whoever is through while we read is found again under what became of them."""
_CAMPAIGNS = tuple({"filter[status]": status} for status in ("draft", "ready", "sent"))
_CAMPAIGN_STATES = {"draft": CampaignStatus.DRAFT, "ready": CampaignStatus.SCHEDULED, "sent": CampaignStatus.SENT}
_FORMS = tuple(
    Endpoint(f"forms_{kind}", f"/forms/{kind}", f"{kind} forms", ("forms",), "data", _PAGES)
    for kind in ("popup", "embedded", "promotion")
)
_OWN_FIELDS = ("name", "last_name", "phone")
_TYPES = {"text": AttributeType.TEXT, "number": AttributeType.NUMBER, "date": AttributeType.DATE}


def _email_of(row: Raw) -> str | None:
    email = filled(row.get("email"))
    return email.lower() if email else None


class MailerLiteSource(ApiSource):
    name = "mailerlite"
    title = "MailerLite"
    key = Setting("MAILERLITE_API_KEY", "an API token (Integrations, API)", secret=True)
    url = Setting("MAILERLITE_API_URL", "another address than https://connect.mailerlite.com/api", required=False)
    readable = (
        Readable("contacts", "API", "every status, groups, custom fields, the moment of a confirmed opt-in"),
        Readable("lists", "API", "groups; MailerLite has no tags"),
        Readable("attributes", "API"),
        Readable("segments", "API", "names and present members; MailerLite does not give the rules"),
        Readable("campaigns", "API", "with their HTML; of a test, the first version"),
        Readable("sequences", "API", "automations: triggers, steps, branches, subjects; not the HTML of their emails"),
        Readable("enrolments", "API", "each person's step and the moment it is due"),
        Readable("forms", "API", "names, for the report"),
    )
    cannot = (
        "The HTML of emails in automations: paste it into the gaps of mappings.toml, or build the emails in Sequenzy.",
        "The rules of segments: their present members are read instead.",
        "Deleted people; MailerLite forgets them 30 days after a request to be forgotten.",
        "MailerLite Classic, which is another product: use a CSV export of it.",
    )
    wire = Wire(
        "https://connect.mailerlite.com/api",
        {"all": (Window(120, 60.0),)},
        headers={"Content-Type": "application/json"},
        refuse_hosts={"mailerlite.com": "it is the vendor's site; the API lives on connect.mailerlite.com"},
        advice={401: "Check MAILERLITE_API_KEY. A token ends with the person who made it: make a new one."},
    )
    people, members = "subscribers", "segment_members"
    endpoints = (
        Endpoint("groups", "/groups", "groups", ("lists", "contacts", "sequences"), "data", _PAGES),
        Endpoint("fields", "/fields", "custom fields", ("contacts", "sequences"), "data", _PAGES),
        Endpoint("segments", "/segments", "segments", ("segments",), "data", _PAGES),
        Endpoint("automations", "/automations", "automations", ("sequences", "enrolments"), "data", _PAGES),
        Endpoint("campaigns", "/campaigns", "campaigns", ("campaigns",), "data", _PAGES, passes=_CAMPAIGNS),
        Endpoint("campaign_details", "/campaigns/{}", "the email of campaign", ("campaigns",), "data",
                 parent="campaigns", single=True),
        *_FORMS,
        Endpoint("totals", "/subscribers", "the number of people", ("contacts",), single=True, params={"limit": 0}),
        Endpoint(people, "/subscribers", "people", ("contacts", "segments"), "data", _CURSOR, needed=True,
                 passes=_BY_STATUS, params={"include": "groups"}, key_of=_email_of),
        Endpoint(members, "/segments/{}/subscribers", "members of segment", ("segments",), "data", _CURSOR,
                 parent="segments", passes=_BY_STATUS, shorten=lambda row: {}),
        # Last: who is waiting changes by the minute.
        Endpoint("activity", "/automations/{}/activity", "where people are in automation", ("enrolments",), "data",
                 _PAGES, parent="automations", passes=_RUNS, shorten=short_run),
    )  # fmt: skip

    def account(self, api: Api) -> Account:
        total = number(part(api.get("/subscribers", {"limit": 0})).get("total"))
        return Account(facts=(("people", "not told" if total is None else f"{total:,}"),))

    def contact(self, row: StoredRow, look: Look) -> Contact:
        told, fields = row.data, part(row.data.get("fields"))
        consent = read_consent(told, (CONSENT,), confirmed_at="opted_in_at")
        groups = [group_id for group in rows(told.get("groups")) if (group_id := identity(group.get("id")))]
        known = look.small("groups")
        raw = without(told, "id", "email", "status", "fields", "groups", "created_at", "subscribed_at", "_pass")
        if gone := [group_id for group_id in groups if group_id not in known]:
            look.notes.say("A person is in a group that is not there any more; kept in raw.")
            raw["unknown_groups"] = gone
        return Contact(
            source_id=row.source_id,
            email=filled(told.get("email")),
            consent=consent,
            first_name=text(fields.get("name")),
            last_name=text(fields.get("last_name")),
            phone=filled(fields.get("phone")),
            created_at=instant(told.get("created_at")),
            subscribed_at=instant(told.get("subscribed_at")),
            lists=tuple(ListMembership(list_id=group_id) for group_id in dict.fromkeys(groups) if group_id in known),
            attributes={key: v for key, v in fields.items() if key not in _OWN_FIELDS and v not in (None, "")},
            raw=raw,
        )

    def lists(self, look: Look) -> Iterable[ContactList]:
        for group_id, row in look.small("groups").items():
            name, made = filled(row.get("name")) or f"Group {group_id}", instant(row.get("created_at"))
            yield ContactList(source_id=group_id, name=name, kind=ListKind.GROUP, created_at=made)

    def attributes(self, look: Look) -> Iterable[Attribute]:
        for row in look.small("fields").values():
            key = filled(row.get("key"))
            if key and key not in _OWN_FIELDS:
                kind = _TYPES.get(str(row.get("type")), AttributeType.UNKNOWN)
                yield Attribute(key=key, label=filled(row.get("name")), type=kind)

    def segments(self, look: Look) -> Iterable[Segment]:
        for row in look.rows("segments"):
            name, total = filled(row.data.get("name")) or f"Segment {row.source_id}", number(row.data.get("total"))
            yield Segment(source_id=row.source_id, name=name, member_count=total)

    def campaigns(self, look: Look) -> Iterable[Campaign]:
        for row in look.rows("campaigns"):
            told = look.row("campaign_details", row.source_id) or row.data
            emails = rows(told.get("emails"))
            raw = without(told, "id", "name", "status", "emails", "_pass")
            yield Campaign(
                source_id=row.source_id,
                name=filled(told.get("name")) or f"Campaign {row.source_id}",
                status=_CAMPAIGN_STATES.get(str(told.get("status")), CampaignStatus.UNKNOWN),
                content=_content(emails[0]) if emails else None,
                scheduled_at=instant(told.get("scheduled_for")),
                sent_at=instant(told.get("finished_at")),
                caveats=(f"It tests {len(emails)} versions; we read the first.",) if len(emails) > 1 else (),
                raw=raw,
            )

    def sequences(self, look: Look) -> Iterable[Sequence]:
        fields = {field_id: str(row.get("key")) for field_id, row in look.small("fields").items()}
        for row in look.rows("automations"):
            yield read_automation(row.data, row.source_id, fields)

    def enrolments(self, look: Look, sequences: Mapping[str, Sequence]) -> Iterable[Enrolment]:
        for row in look.rows("activity"):
            sequence = sequences.get(str(row.data["_parent"]))
            found = read_enrolment(row, sequence) if sequence is not None else None
            if found is not None:
                yield found
            elif sequence is not None:
                look.notes.say("A run in an automation belongs to a person whom MailerLite has deleted.")

    def forms(self, look: Look) -> Iterable[Form]:
        for endpoint in _FORMS:
            for row in look.rows(endpoint.collection):
                name = filled(row.data.get("name")) or f"Form {row.source_id}"
                on = row.data.get("is_active")
                yield Form(source_id=row.source_id, name=name, enabled=on if isinstance(on, bool) else None)

    def mismatches(self, look: Look) -> Iterable[Mismatch]:
        total, read = number(look.row("totals", "totals").get("total")), look.store.count("subscribers")
        if look.wanted.has("contacts") and total is not None and total > read:
            why = "Somebody joined while we read, or has a status that we do not know. Export again."
            yield Mismatch(what="people", expected=total, found=read, why=why, scope="contacts")


def _content(email: Raw) -> EmailContent:
    body = filled(email.get("content"))
    return EmailContent(
        subject=text(email.get("subject")),
        preview_text=filled(email.get("preheader")),
        body=body,
        format=BodyFormat.DOCUMENT if body and "<html" in body.lower() else BodyFormat.FRAGMENT,
        text=filled(email.get("plain_text")),
        from_name=filled(email.get("from_name")),
        from_email=filled(email.get("from")),
        reply_to=filled(email.get("reply_to")),
        language=LANGUAGE,
    )
