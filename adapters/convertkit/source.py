"""Kit (formerly ConvertKit), API v4, as a source: its table, its people, tags, forms and broadcasts.

Sequences are read in sequences.py. Visual automations, rules and link triggers are told by no interface of Kit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.base import Readable, Setting, StoredRow
from adapters.convertkit.sequences import email_content, read_sequence
from adapters.kit.client import Api, Wire
from adapters.kit.consent import Signal, read_consent
from adapters.kit.paging import CursorToken
from adapters.kit.source import Account, ApiSource
from adapters.kit.table import Endpoint
from adapters.kit.translate import Look
from adapters.kit.wire import at, filled, identity, instant, number, part, rows, text, without
from migrator.bundle import Mismatch, Unread
from migrator.model import (
    Attribute,
    AttributeType,
    Campaign,
    CampaignStatus,
    Confidence,
    ConsentState,
    Contact,
    Enrolment,
    EnrolmentStatus,
    Form,
    OtherResource,
    Position,
    Segment,
    Sequence,
    Tag,
)
from migrator.transport.pacing import Window

STATES = ("active", "inactive", "cancelled", "bounced", "complained")
"""In this order: whoever leaves while we read is found again under the narrower state."""
CONSENT = Signal(
    "state",
    {
        "active": ConsentState.SUBSCRIBED,
        "inactive": ConsentState.PENDING,
        "cancelled": ConsentState.UNSUBSCRIBED,
        "bounced": ConsentState.BOUNCED,
        "complained": ConsentState.COMPLAINED,
    },
    since={ConsentState.UNSUBSCRIBED: "canceled_at"},
)
_CURSOR = CursorToken("pagination.end_cursor", "after", more="pagination.has_next_page", size={"per_page": 500})
# The moment of leaving is told of those who left alone.
_BY_STATE = tuple(
    {"status": state, "include": "tags,canceled_at" if state == "cancelled" else "tags"} for state in STATES
)
_BROADCASTS = {
    "draft": CampaignStatus.DRAFT,
    "scheduled": CampaignStatus.SCHEDULED,
    "sending": CampaignStatus.SENDING,
    "completed": CampaignStatus.SENT,
    "aborted": CampaignStatus.FAILED,
}
_TOTAL = {"status": "all", "include_total_count": "true", "per_page": 1}


def _list(name: str, what: str, *feeds: str) -> Endpoint:
    return Endpoint(name, f"/{name}", what, feeds, name, _CURSOR)


def _email_of(row: Mapping[str, object]) -> str | None:
    email = filled(row.get("email_address"))
    return email.lower() if email else None


class ConvertKitSource(ApiSource):
    name = "kit"
    title = "Kit"
    key = Setting("KIT_API_KEY", "a v4 API key (Settings, Developer)", secret=True)
    url = Setting("KIT_API_URL", "another address than https://api.kit.com/v4", required=False)
    readable = (
        Readable("contacts", "API", "every state, tags, custom fields"),
        Readable("tags", "API"),
        Readable("attributes", "API"),
        Readable("segments", "API", "names only; Kit gives neither rules nor members"),
        Readable("campaigns", "API", "broadcasts with their HTML"),
        Readable("sequences", "API", "emails with their HTML, waits and days; not what starts them"),
        Readable("enrolments", "API", "who was added to a sequence, not where they are"),
        Readable("forms", "API", "names, for the report"),
        Readable("other", "API", "snippets"),
    )
    cannot = (
        "Visual automations, rules and link triggers: rebuild them in Sequenzy.",
        "Where people are in a sequence: let them finish at Kit before you switch.",
        "What starts a sequence: a form, an automation or a rule, which you name.",
        "The layout around emails, its postal address and its unsubscribe link.",
    )
    wire = Wire(
        "https://api.kit.com/v4",
        {"all": (Window(120, 60.0),)},
        key_scheme="",
        key_header="X-Kit-Api-Key",
        refuse_hosts={"kit.com": "it is the vendor's site; the API lives on api.kit.com",
                      "app.kit.com": "it is the vendor's site; the API lives on api.kit.com"},
        advice={401: "Check KIT_API_KEY: it is a v4 key, which begins with kit_."},
    )  # fmt: skip
    people = "subscribers"
    endpoints = (
        Endpoint("account", "/account", "the account", ("sequences", "campaigns"), "account", single=True),
        _list("tags", "tags", "contacts", "tags"),
        _list("custom_fields", "custom fields", "contacts"),
        _list("segments", "segments", "segments"),
        Endpoint("forms", "/forms", "forms", ("forms",), "forms", _CURSOR, params={"status": "all"}),
        _list("snippets", "snippets", "other"),
        Endpoint("broadcasts", "/broadcasts", "broadcasts", ("campaigns",), "broadcasts", _CURSOR,
                 passes=tuple({"status": status} for status in _BROADCASTS)),
        _list("sequences", "sequences", "sequences", "enrolments"),
        Endpoint("emails", "/sequences/{}/emails", "the emails of sequence", ("sequences",), "emails", _CURSOR,
                 parent="sequences", params={"include_content": "true"}),
        Endpoint("totals", "/subscribers", "the number of people", ("contacts",), "pagination", single=True,
                 params=_TOTAL),
        Endpoint(people, "/subscribers", "people", ("contacts",), "subscribers", _CURSOR, needed=True,
                 passes=_BY_STATE, key_of=_email_of),
        Endpoint("added", "/sequences/{}/subscribers", "who was added to sequence", ("enrolments",), "subscribers",
                 _CURSOR, parent="sequences", params={"status": "all"},
                 shorten=lambda row: {key: row.get(key) for key in ("id", "email_address", "added_at")}),
    )  # fmt: skip

    def account(self, api: Api) -> Account:
        told = part(part(api.get("/account")).get("account"))
        name, zone = filled(told.get("name")), filled(at(told, "timezone.name"))
        facts = [("account", f"{name or 'unnamed'} ({identity(told.get('id')) or 'not told'})")]
        facts += [("time zone", zone)] if zone else []
        return Account(identity(told.get("id")), name, tuple(facts))

    def contact(self, row: StoredRow, look: Look) -> Contact:
        told, fields = row.data, part(row.data.get("fields"))
        consent = read_consent(told, (CONSENT,))
        names = [name for tag in rows(told.get("tags")) if (name := filled(tag.get("name")))]
        made = instant(told.get("created_at"))
        return Contact(
            source_id=row.source_id,
            email=filled(told.get("email_address")),
            consent=consent,
            first_name=text(told.get("first_name")),
            last_name=text(fields.get("last_name")),
            created_at=made,
            subscribed_at=made if consent.state is ConsentState.SUBSCRIBED else None,
            tags=tuple(dict.fromkeys(names)),
            attributes={key: value for key, value in fields.items() if key != "last_name" and value not in (None, "")},
            raw=without(told, "id", "email_address", "first_name", "state", "fields", "tags", "created_at", "_pass"),
        )

    def tags(self, look: Look) -> Iterable[Tag]:
        for tag_id, row in look.small("tags").items():
            if name := filled(row.get("name")):
                yield Tag(name=name, source_id=tag_id)

    def attributes(self, look: Look) -> Iterable[Attribute]:
        for row in look.small("custom_fields").values():
            key = filled(row.get("key"))
            if key and key != "last_name":
                yield Attribute(key=key, label=filled(row.get("label")), type=AttributeType.TEXT)

    def segments(self, look: Look) -> Iterable[Segment]:
        for row in look.rows("segments"):
            yield Segment(source_id=row.source_id, name=filled(row.data.get("name")) or f"Segment {row.source_id}")

    def campaigns(self, look: Look) -> Iterable[Campaign]:
        account = look.row("account", "account")
        for row in look.rows("broadcasts"):
            told = row.data
            yield Campaign(
                source_id=row.source_id,
                name=filled(told.get("subject")) or f"Broadcast {row.source_id}",
                status=_BROADCASTS.get(str(told.get("status")), CampaignStatus.UNKNOWN),
                content=email_content(told, account),
                scheduled_at=instant(told.get("send_at")),
                raw=without(told, "id", "subject", "content", "status", "send_at", "_pass"),
            )

    def sequences(self, look: Look) -> Iterable[Sequence]:
        what, why = "Visual automations, rules and link triggers", "no interface of Kit tells them"
        remedy = "Rebuild them in Sequenzy: they decide who starts and stops your sequences."
        look.unread.append(Unread(what=what, why=why, remedy=remedy))
        account = look.row("account", "account")
        for row in look.rows("sequences"):
            emails = [email.data for email in look.children("emails", row.source_id)]
            yield read_sequence(row.data, row.source_id, emails, account)

    def enrolments(self, look: Look, sequences: Mapping[str, Sequence]) -> Iterable[Enrolment]:
        for row in look.rows("added"):
            sequence_id = str(row.data["_parent"])
            if sequence_id in sequences:
                yield Enrolment(
                    source_id=row.source_id,
                    sequence_id=sequence_id,
                    contact_id=str(identity(row.data.get("id"))),
                    email=filled(row.data.get("email_address")),
                    status=EnrolmentStatus.UNKNOWN,
                    started_at=instant(row.data.get("added_at")),
                    read_at=row.fetched_at,
                    position=Position(confidence=Confidence.UNKNOWN, because="Kit does not tell where people are"),
                )

    def forms(self, look: Look) -> Iterable[Form]:
        for row in look.rows("forms"):
            name, gone = filled(row.data.get("name")) or f"Form {row.source_id}", row.data.get("archived")
            yield Form(source_id=row.source_id, name=name, enabled=not gone if isinstance(gone, bool) else None)

    def other(self, look: Look) -> Iterable[OtherResource]:
        for row in look.rows("snippets"):
            name = filled(row.data.get("name")) or f"Snippet {row.source_id}"
            remedy = "Paste its text where emails use it: Sequenzy does not know the tag that stands for it."
            yield OtherResource(kind="snippet", source_id=row.source_id, name=name, remedy=remedy, raw=row.data)

    def mismatches(self, look: Look) -> Iterable[Mismatch]:
        total, read = number(look.row("totals", "totals").get("total_count")), look.store.count(self.people)
        if look.wanted.has("contacts") and total is not None and total > read:
            why = "Somebody joined while we read, or has a state that we do not know. Export again."
            yield Mismatch(what="people", expected=total, found=read, why=why, scope="contacts")
