"""The exports we know, as one table. A layout never makes an unclear word a yes; what a platform's file leaves out is
said in `lacks`.

What a layout can say is in layout.py, which of them a file has in recognise.py.
"""

from __future__ import annotations

from adapters.csvfile.dates import Order
from adapters.csvfile.layout import Layout
from adapters.csvfile.roles import Role
from adapters.csvfile.words import COMMON, S, Signal, active_is_yes, when_filled, yes_no


def _sets(*signatures: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(one.split("|")) for one in signatures)


def _raw(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


_ON_OFF = yes_no(yes=S.SUBSCRIBED, no=S.UNSUBSCRIBED)
_OFF_ON = yes_no(yes=S.UNSUBSCRIBED, no=S.SUBSCRIBED)

LAYOUTS: tuple[Layout, ...] = (
    Layout(
        name="mailchimp",
        title="Mailchimp audience",
        signatures=_sets("leid|euid", "member rating|optin time"),
        roles={"cc": Role.ATTRIBUTE, "region": Role.ATTRIBUTE, "timezone": Role.TIMEZONE, "leid": Role.RAW},
        signals={"unsub time": when_filled(S.UNSUBSCRIBED), "clean time": when_filled(S.BOUNCED)},
        raw=_raw(
            "member rating|optin ip|confirm ip|gmtoff|dstoff|euid|last changed|unsub campaign title|unsub campaign id"
            "|clean campaign title|clean campaign id|latitude|longitude"
        ),
        yes_name=r"subscribed_(email_audience|members|segment)_export_[0-9a-f]+",
        yes_name_beside=r"subscribed([ _-](email|audience|members|contacts|export|segment))*([ _-]*\(?\d+\)?)?",
        tags_are_rows=True,
        lacks="People waiting for confirmation and archived people are in no file of Mailchimp.",
    ),
    Layout(
        name="klaviyo",
        title="Klaviyo list or segment",
        signatures=_sets(
            "klaviyo id",
            "email marketing consent|email suppressions",
            "email marketing consent|email marketing consent timestamp",
            "email marketing consent|profile created on",
        ),
        roles={
            "profile created on": Role.CREATED_AT,
            "date added": Role.SUBSCRIBED_AT,
            "email marketing consent timestamp": Role.ATTRIBUTE,
            "organization": Role.ATTRIBUTE,
        },
        signals={
            "email marketing consent": Signal(
                {**COMMON, "false": S.NEVER_SUBSCRIBED}, empty=S.NEVER_SUBSCRIBED, moment=S.SUBSCRIBED
            ),
            "email suppressions": Signal(
                {
                    "unsubscribed": S.UNSUBSCRIBED,
                    "spam complaint": S.COMPLAINED,
                    "hard bounce": S.BOUNCED,
                    "invalid email": S.BOUNCED,
                    "user suppressed": S.SUPPRESSED,
                    **dict.fromkeys(("[]", "none", "false", "no", "0"), None),
                },
                other=S.SUPPRESSED,
            ),
        },
        raw=_raw(
            "klaviyo id|ip address|first active|last active|last open|last click|latitude|longitude"
            "|predicted customer lifetime value"
        ),
        lacks="Suppressed people may be missing: export Profiles > Suppressed too and name both files.",
    ),
    Layout(
        name="beehiiv",
        title="beehiiv subscribers",
        signatures=_sets("email|status|tier|created at|stripe customer id", "email|status|tier|created at|free tier"),
        words={**active_is_yes(), "inactive": S.UNSUBSCRIBED, "needs attention": S.INACTIVE},
        roles={"tier": Role.ATTRIBUTE, "subscription date (substack)": Role.SUBSCRIBED_AT},
    ),
    Layout(
        name="substack",
        title="Substack email list",
        signatures=_sets("email|active subscription|expiry|email disabled", "email|expiry|email disabled|type"),
        signals={"email disabled": Signal(_OFF_ON)},
        lacks="People who unsubscribed are absent from Substack's files; there is no list of them.",
    ),
    Layout(
        name="substack-dashboard",
        title="Substack dashboard",
        signatures=_sets("email|type|stripe plan|start date|activity"),
        roles={"start date": Role.CREATED_AT},
        lacks="The file does not say who switched emails off; the export under Settings does.",
    ),
    Layout(
        name="ghost",
        title="Ghost members",
        signatures=_sets("subscribed to emails|complimentary plan", "email|subscribed to emails|labels"),
        signals={"subscribed to emails": Signal(_ON_OFF), "deleted at": when_filled(S.INACTIVE)},
        raw=_raw("id"),
        lacks="Addresses that bounced or complained are not marked in Ghost's file.",
    ),
    Layout(
        name="sendgrid",
        title="SendGrid contacts",
        signatures=_sets("email|alternate emails|unique name|contact id", "email|contact id|phone number id"),
        raw=_raw("contact id|updated at|phone number id|anonymous id"),
        lacks="Opt-outs, bounces and complaints are separate files at SendGrid: export and name them too.",
    ),
    Layout(
        name="constant-contact",
        title="Constant Contact contacts",
        signatures=_sets(
            "email address|email status|email permission status", "email address|email status|email lists"
        ),
        roles={"confirmed opt out date": Role.UNSUBSCRIBED_AT, "email lists": Role.LISTS},
        signals={
            "email status": Signal({**COMMON, "active": None, "suspended": S.BOUNCED}),
            "email permission status": Signal(
                {
                    "implied": S.SUBSCRIBED,
                    "express": S.SUBSCRIBED,
                    "explicit": S.SUBSCRIBED,
                    "implicit": S.SUBSCRIBED,
                    "pending confirmation": S.PENDING,
                    "unsubscribed": S.UNSUBSCRIBED,
                    "temp hold": S.INACTIVE,
                    "no permissions set": S.NEVER_SUBSCRIBED,
                    "not set": S.NEVER_SUBSCRIBED,
                }
            ),
        },
        raw=_raw("updated at|email update source"),
    ),
    Layout(
        name="omnisend",
        title="Omnisend contacts",
        signatures=_sets("email|email subscription status|email consent", "email|email subscription status|tags"),
        words={**COMMON, "nonsubscribed": S.NEVER_SUBSCRIBED, "non subscribed": S.NEVER_SUBSCRIBED},
        roles={"email opt in date": Role.SUBSCRIBED_AT, "state": Role.ATTRIBUTE, "segments": Role.ATTRIBUTE},
    ),
    Layout(
        name="brevo",
        title="Brevo contacts",
        signatures=_sets("contact id|email|added time", "email|added time|modified time"),
        roles={
            "sms": Role.PHONE,
            "opt in": Role.ATTRIBUTE,
            "double opt in": Role.ATTRIBUTE,
            "ext id": Role.EXTERNAL_ID,
        },
        signals={"email marketing": Signal(COMMON)},
        raw=_raw("contact id|modified time"),
        date_order=Order.DAY_FIRST,
        lacks_unless="email marketing",
        lacks="Without the column email_marketing Brevo's file does not say who is blocklisted.",
    ),
    Layout(
        name="listmonk",
        title="listmonk subscribers",
        signatures=_sets("uuid|email|name|attributes|status"),
        roles={"attributes": Role.JSON},
        words={
            "enabled": None,
            "disabled": S.INACTIVE,
            "blocklisted": S.SUPPRESSED,
            "unconfirmed": S.PENDING,
            "unsubscribed": S.UNSUBSCRIBED,
        },
        raw=_raw("uuid|updated at"),
        lacks="`enabled` does not say on which list somebody is or left: export each list and status by itself.",
    ),
    Layout(
        name="kit",
        title="Kit subscribers",
        weak=True,
        signatures=_sets("id|first name|email|state|created at", "subscriber id|first name|email|state"),
        roles={"state": Role.STATUS},
        words={**active_is_yes(), "inactive": S.PENDING},
        raw=_raw("id|subscriber id|referrer"),
    ),
    Layout(
        name="activecampaign",
        title="ActiveCampaign contacts",
        weak=True,
        signatures=_sets(
            "id|email|date created|status",
            "contact id|email|date created",
            "subscriber id|email|date created",
            "id|email|date created|lists",
            "id|email|customer account",
        ),
        words={**active_is_yes(), "0": S.PENDING, "1": S.SUBSCRIBED, "2": S.UNSUBSCRIBED, "3": S.BOUNCED},
        roles={"state": Role.ATTRIBUTE},
        raw=_raw("id|contact id|subscriber id|ip address"),
        lacks="Status is kept for each list: name one file for each list and status.",
    ),
    Layout(
        name="mailerlite",
        title="MailerLite subscribers",
        signatures=_sets("subscriber|sent|opens|clicks", "email|sent|opens|clicks|subscribed"),
        roles={"subscriber": Role.EMAIL, "subscribed": Role.SUBSCRIBED_AT, "state": Role.ATTRIBUTE},
        raw=_raw("sent|opens|clicks|location"),
        lacks="MailerLite writes no status column: export every status tab by itself.",
    ),
    Layout(
        name="flodesk",
        title="Flodesk audience",
        weak=True,
        signatures=_sets("email|status|segments|firstname", "email|status|segments|first name"),
        words=active_is_yes(),
        roles={"segments": Role.LISTS},
    ),
    Layout(
        name="resend",
        title="Resend contacts",
        weak=True,
        signatures=_sets("id|email|first name|last name|unsubscribed|created at"),
        signals={"unsubscribed": Signal(_OFF_ON)},
        raw=_raw("id"),
    ),
    Layout(
        name="bento",
        title="Bento people",
        signatures=_sets("email|uuid|unsubscribed at|tags"),
        raw=_raw("uuid"),
    ),
    Layout(
        name="customerio",
        title="Customer.io people",
        signatures=_sets("cio id|email"),
        signals={
            "unsubscribed": Signal({"true": S.UNSUBSCRIBED, "1": S.UNSUBSCRIBED, "false": S.SUBSCRIBED}, S.SUBSCRIBED),
        },
        roles={"id": Role.EXTERNAL_ID, "state": Role.ATTRIBUTE},
        raw=_raw("cio id|cio subscription preferences"),
        lacks="Topic preferences stay as text in raw; bounced people are not marked.",
    ),
    Layout(
        name="loops",
        title="Loops audience",
        signatures=_sets("email|user group|source|subscribed", "email|usergroup|source|subscribed"),
        signals={"subscribed": Signal(_ON_OFF), "optinstatus": Signal({"rejected": S.UNSUBSCRIBED, **COMMON})},
        lacks="Bounces and complaints are not in Loops' file.",
    ),
    Layout(
        name="hubspot",
        title="HubSpot contacts",
        signatures=_sets("record id|email", "hs object id|email"),
        signals={
            "unsubscribed from all email": Signal(yes_no(yes=S.UNSUBSCRIBED, no=None)),
            "email hard bounce reason": when_filled(S.BOUNCED),
            "marketing contact status": Signal(
                {"marketing contact": None, "non marketing contact": S.NEVER_SUBSCRIBED}
            ),
        },
        roles={"create date": Role.CREATED_AT, "lead status": Role.ATTRIBUTE, "state": Role.ATTRIBUTE},
        raw=_raw("record id|hs object id"),
        lacks="HubSpot's file does not say who gave consent.",
    ),
    Layout(
        name="mautic",
        title="Mautic contacts",
        signatures=_sets("points|email|attribution date|preferred locale", "id|email|points|last active"),
        roles={"state": Role.ATTRIBUTE},
        raw=_raw("id|attribution|attribution date|last active"),
        lacks="Do-not-contact is not in Mautic's file: every opt-out would be lost without another source.",
    ),
    Layout(
        name="drip",
        title="Drip people",
        weak=True,
        signatures=_sets("email|lifetime value|time zone", "email|status|lifetime value|tags"),
        words=active_is_yes(removed=S.UNSUBSCRIBED),
        roles={"state": Role.ATTRIBUTE},
    ),
)
"""The first whose signature fits counts: narrower signatures stand first."""

SUPPRESSION_LIST = Layout(
    name="do-not-send",
    title="do-not-send list",
    signatures=(),
    suppressions=True,
    roles={
        **dict.fromkeys(("created", "date", "timestamp", "suppressed at"), Role.CREATED_AT),
        "status": Role.ATTRIBUTE,
    },
    signals={
        "reason": Signal({**COMMON, "spam complaint": S.COMPLAINED, "hard bounce": S.BOUNCED}, other=S.SUPPRESSED),
        "suppression reason": Signal(
            {**COMMON, "spam complaint": S.COMPLAINED, "hard bounce": S.BOUNCED}, other=S.SUPPRESSED
        ),
    },
)
"""Klaviyo's suppressed profiles, SendGrid's bounces, HubSpot's unsubscribes: addresses with a reason or a date."""
UNKNOWN = Layout(
    name="unknown",
    title="contacts",
    signatures=(),
    signals={
        "subscribed": Signal(_ON_OFF),
    },
)
"""Of other columns only a no is taken, in any language: see consent_speech.py."""


BY_NAME = {layout.name: layout for layout in LAYOUTS}
