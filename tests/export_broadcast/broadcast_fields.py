"""Every field that Broadcast documents, by object: what becomes of it. A row is a whole object as it is served, and for
each of its keys stand other values that it may have.

`model`: a field of the model says it. `raw`: it is kept verbatim and needs no more, for the reason given. `nothing`: it
is not even kept, for the reason given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Told:
    row: Row
    model: dict[str, list[Any]]
    raw: dict[str, tuple[Any, str]] = field(default_factory=dict)
    nothing: dict[str, tuple[Any, str]] = field(default_factory=dict)


WHEN, LATER = "2026-01-10T08:00:00.000Z", "2026-02-11T09:00:00Z"
OWN = "the platform's own bookkeeping"
ID = "names the record, and is given beside it"
TREE = "how steps hang together is read from all rows at once"
STEP: Row = {"id": 2, "label": "A", "parent_id": 1, "true_branch": None, "sequence_id": 7}
STEP |= {"created_at": WHEN, "updated_at": WHEN}
STEP_RAW = {
    "sequence_id": (8, "its owner"),
    "created_at": (LATER, "an edited wait makes where people stand uncertain"),
    "updated_at": (LATER, "an edited wait makes where people stand uncertain"),
}
STEP_NOTHING = {"true_branch": (True, "trusted only right under a condition")}
STEP_MODEL: dict[str, list[Any]] = {"id": [9], "label": ["B", None], "parent_id": [None, 5]}


def step(action: str, row: Row, **model: list[Any]) -> Told:
    every = {**STEP_MODEL, "action": ["something_new"], **model}
    return Told({**STEP, "action": action, **row}, every, STEP_RAW, STEP_NOTHING)


RULE: Row = {"id": 51, "field": "first_name", "operator": "equals", "value": "Ada", "secondary_value": None}
RULE |= {"rule_type": "text", "value_type": "string", "position": 0, "is_negative": False, "case_sensitive": False}
RULE |= {"match_type": None}
OFF_MAIL = "sending is the new platform's own affair"

# fmt: off
FIELDS: dict[str, Told] = {
    "subscriber": Told(
        {
            "id": 42, "email": "ada@example.com", "first_name": "Ada", "last_name": "Byron",
            "ip_address": "203.0.113.9", "is_active": True, "source": "form", "subscribed_at": WHEN,
            "unsubscribed_at": None, "confirmed_at": WHEN, "confirmation_status": "confirmed", "created_at": WHEN,
            "last_email_sent_at": WHEN, "redacted": False, "tags": ["vip"], "custom_data": {"plan": "pro"},
            "topics": [{"id": 1, "name": "News", "value": False}],
        },
        {
            "email": ["bob@example.com", None], "first_name": ["Bob", None], "last_name": ["Bo", None],
            "is_active": [False, None], "unsubscribed_at": [LATER], "redacted": [True],
            "subscribed_at": [LATER, None], "created_at": [LATER, None],
            "confirmed_at": [LATER, None], "confirmation_status": ["pending", "odd"],
            "tags": [[], ["vip", "lead"]], "custom_data": [{}, {"plan": "team"}, {"plan": "pro", "seats": 3}],
            "topics": [[{"id": 1, "name": "News", "value": True}], {"News": None}],
        },
        {
            "ip_address": ("203.0.113.10", "personal data that nothing at the target takes"),
            "source": ("api", "free text about how somebody came"),
            "last_email_sent_at": (LATER, "history stays behind"),
        },
        {"id": (43, ID)},
    ),
    "suppression": Told(
        {
            "id": 1, "email": "x@example.com", "scope": "channel", "source": "provider_bounce",
            "broadcast_channel_id": 3, "created_at": WHEN, "updated_at": WHEN,
        },
        {
            "email": ["y@example.com"], "scope": ["global"], "created_at": [LATER],
            "source": ["provider_complaint", "manual", None],
        },
        {},
        {"id": (2, ID), "broadcast_channel_id": (4, OWN), "updated_at": (LATER, OWN)},
    ),
    "topic": Told(
        {
            "id": 1, "name": "News", "description": "What is new", "storage": "custom_data", "visible": True,
            "custom_data_key": "news", "tag_name": None, "unset_receives": True, "created_at": WHEN,
            "updated_at": WHEN,
        },
        {
            "name": ["Other"], "description": ["More", None], "visible": [False], "created_at": [LATER],
            "storage": ["odd"], "custom_data_key": ["other", None], "unset_receives": [False, None],
        },
        {"updated_at": (LATER, OWN), "tag_name": ("news", "the way it is stored says that the key counts")},
        {"id": (2, ID)},
    ),
    "sequence": Told(
        {
            "id": 7, "label": "Trial", "active": True, "track_opens": True, "track_clicks": True,
            "use_any_email_server": False, "email_server_ids": [2], "init_segment_id": 3, "init_tag": "trial",
            "parent_sequence_id": 5, "subscribers_count": 23, "created_at": WHEN, "updated_at": WHEN,
        },
        {
            "label": ["Other", None], "active": [False, None], "track_opens": [False], "track_clicks": [False],
            "init_segment_id": [4, None], "init_tag": ["x", None], "parent_sequence_id": [6, None],
            "subscribers_count": [24], "created_at": [LATER], "updated_at": [LATER],
        },
        {"use_any_email_server": (True, OFF_MAIL), "email_server_ids": ([3], OFF_MAIL)},
        {"id": (8, ID)},
    ),
    "entry_point": step("entry_point", {"parent_id": None}, parent_id=[5]),
    "send_email": step(
        "send_email",
        {
            "subject": "Hi", "preheader": "Short", "body": "<p>Hi</p>", "html_body": False, "template_id": None,
            "blocks_json": None, "reply_to": None,
        },
        subject=["Ho", None],
        preheader=["Long", None],
        body=["<p>Ho</p>", None],
        html_body=[True, "<p>The HTML</p>"],
        template_id=[31, 99],
        blocks_json=[{"blocks": []}, '{"blocks": [1]}'],
        reply_to=["a@example.com"],
    ),
    "delay": step("delay", {"delay": 60}, delay=[120, None, -1]),
    "delay_until_time": step(
        "delay_until_time",
        {"delay_until_time": "09:00", "delay_until_timezone": "Europe/Paris"},
        delay_until_time=["10:00", None],
        delay_until_timezone=["Hawaii", None, "Nowhere"],
    ),
    "condition": step(
        "condition",
        {"condition_setting": "any_email_opened", "delay": 60},
        condition_setting=["previous_email_clicked", "odd", None],
        delay=[120, None, 0],
    ),
    "condition_branch": Told(
        {**STEP, "id": 3, "action": "condition_branch", "parent_id": 2, "true_branch": True},
        {"id": [9], "label": ["B"], "action": ["something_new"], "parent_id": [None, 99], "true_branch": [False, None]},
        {},
        {
            "sequence_id": (8, "its owner"),
            "created_at": (LATER, "a branch takes no time, so nobody stands at it"),
            "updated_at": (LATER, "a branch takes no time, so nobody stands at it"),
        },
    ),
    "move_to_sequence": step("move_to_sequence", {"move_to_sequence_id": 8}, move_to_sequence_id=[9, None]),
    "add_tag_to_subscriber": step(
        "add_tag_to_subscriber", {"taggify_list": "a, b"}, taggify_list=["a", "", None], parent_id=[None]
    ),
    "remove_tag_from_subscriber": step("remove_tag_from_subscriber", {"taggify_list": "a"}, taggify_list=["b", None]),
    "deactivate_subscriber": step("deactivate_subscriber", {}),
    "make_http_request": step(
        "make_http_request",
        {"url": "https://crm.test/x", "http_method": "POST", "headers": {"X-A": "b"}, "body": "{}"},
        url=["https://crm.test/y", None, "https://crm.test/x?token=abc"],
        http_method=["PUT", None],
        headers=[{"X-A": "c"}, {"X-Key": "k"}, None],
        body=['{"a": 1}', {"a": 1}, None],
    ),
    "enrolment": Told(
        {
            "id": "9001", "status": "active", "started_at": WHEN, "completed_at": None,
            "next_trigger_at": "2026-01-10T08:01:00Z", "subscriber": {"id": "42", "email": "ada@example.com"},
            "current_step_id": 2,
        },
        {
            "status": ["completed", "paused", "error", "removed", "odd"], "started_at": [LATER, None],
            "completed_at": [LATER], "next_trigger_at": [LATER, None], "current_step_id": [1, 77, None],
            "subscriber": [{"id": "43", "email": "bob@example.com"}],
        },
        {},
        {"id": ("9002", ID)},
    ),
    "segment": Told(
        {
            "id": 3, "name": "Warm", "description": "D", "subscribers_count": 2, "match_type": "any",
            "segment_groups": [{"segment_rules": [RULE]}, {"segment_rules": [RULE]}],
            "created_at": WHEN, "updated_at": WHEN,
        },
        {
            "id": [4], "name": ["Cold"], "description": ["E", None], "subscribers_count": [3],
            "match_type": ["all", "odd"], "segment_groups": [[], None],
        },
        {"created_at": (LATER, OWN), "updated_at": (LATER, OWN)},
    ),
    "segment_group": Told(
        {"id": 11, "match_type": "all", "position": 0, "segment_rules": [RULE, RULE]},
        {"match_type": ["any", "odd", 3], "segment_rules": [[], [RULE]]},
        {},
        {"id": (12, ID), "position": (1, "how rules stand does not change who matches")},
    ),
    "segment_rule": Told(
        RULE,
        {
            "field": ["last_name", "custom_data.plan"], "operator": ["not_equals", "odd"], "value": ["Bob", None],
            "secondary_value": ["9"], "rule_type": ["number", "odd"], "value_type": ["integer", "odd"],
            "is_negative": [True, "odd"], "case_sensitive": [True, "odd"], "match_type": ["odd"],
        },
        {},
        {"id": (52, ID), "position": (1, "how rules stand does not change who matches")},
    ),
    "template": Told(
        {
            "id": 31, "label": "Tips", "subject": "Tips", "preheader": "P", "body": "<p>T</p>", "html_body": False,
            "created_at": WHEN, "updated_at": WHEN, "content_type": "rich_text", "blocks_json": None,
            "tags": [], "template_purpose": None, "confirmation_text": None, "default_confirmation": False,
            "confirmation_page_settings": {},
        },
        {
            "label": ["Other"], "subject": ["Other", None], "preheader": ["Q", None], "body": ["<p>U</p>", ""],
            "html_body": [True, "<p>The HTML</p>"], "blocks_json": [{"blocks": []}],
            "created_at": [LATER], "updated_at": [LATER], "template_purpose": ["confirmation"],
        },
        {
            "content_type": ("html", "what the body is, is seen from the body itself"),
            "tags": (["letter"], "tags of emails, which nothing at the target has"),
            "confirmation_text": ("Thanks", "a page of the old platform"),
            "default_confirmation": (True, "the form that uses it names it"),
            "confirmation_page_settings": ({"ok": {"heading": "Hi"}}, "a page of the old platform"),
        },
        {"id": (32, ID)},
    ),
    "broadcast": Told(
        {
            "id": 501, "name": "Letter", "subject": "Hi", "preheader": "P", "body": "<p>B</p>", "html_body": False,
            "include_unsubscribe_link": True, "reply_to": "a@example.com", "status": "future_scheduled",
            "track_opens": True, "track_clicks": True, "total_recipients": 4, "broadcast_recipients_count": 4,
            "percentage_complete": 0, "scheduled_send_at": LATER, "scheduled_timezone": "Europe/Berlin",
            "sent_at": None, "created_at": WHEN, "updated_at": WHEN, "tags": ["letter"], "segment_ids": [2],
            "email_server_ids": [1],
        },
        {
            "name": ["Other"], "subject": ["Ho", None], "preheader": ["Q"], "body": ["<p>C</p>"],
            "html_body": [True, "<p>The HTML</p>"], "include_unsubscribe_link": [False],
            "reply_to": ["b@example.com", None], "track_opens": [False], "track_clicks": [False],
            "status": ["draft", "sent", "paused", "odd", None], "total_recipients": [5],
            "scheduled_send_at": [WHEN, None], "sent_at": [WHEN], "segment_ids": [[], [2, 3]],
        },
        {
            "broadcast_recipients_count": (5, "the planned number counts"),
            "percentage_complete": (7, "what runs while it is read is left to the old platform"),
            "scheduled_timezone": ("UTC", "the moment itself is told with its own zone"),
            "created_at": (LATER, OWN),
            "updated_at": (LATER, OWN),
            "tags": ([], "tags of emails, which nothing at the target has"),
            "email_server_ids": ([2], OFF_MAIL),
        },
        {"id": (502, ID)},
    ),
    "form": Told(
        {
            "id": 61, "identifier": "u", "label": "F", "form_type": "opt_in", "widget_type": "inline_embed",
            "enabled": True, "allowed_embedding_domains": ["acme.test"], "theme_settings": {},
            "automation_settings": {"sequence_ids": [7]}, "security_settings": {}, "trigger_settings": {},
            "widget_settings": {}, "confirmation_email_template_id": None, "welcome_email_template_id": None,
            "confirmation_redirect_url": None, "include_unsubscribe_link_in_confirmation": True,
            "analytics": {}, "is_variant": False, "variant_name": None, "variant_weight": None,
            "variants_count": 0, "opt_in_form_blocks": [], "opt_in_post_submission_blocks": [],
            "embed_url": "https://mail.acme.test/f", "created_at": WHEN, "updated_at": WHEN,
        },
        {
            "label": ["G"], "enabled": [False, None], "automation_settings": [{}, "rubbish"],
            "confirmation_email_template_id": [35], "welcome_email_template_id": [31],
            "confirmation_redirect_url": ["https://acme.test/ok"], "variants_count": [1],
            "opt_in_form_blocks": [[{"block_type": "custom_field", "field": "size"}], [{"block_type": "topic"}]],
            "opt_in_post_submission_blocks": [[{"block_type": "topic", "topic_id": 1}]],
        },
        {
            key: (value, "how the form looks and where it stands: it is built anew")
            for key, value in {
                "identifier": "v", "form_type": "x", "widget_type": "popup_modal", "theme_settings": {"a": 1},
                "allowed_embedding_domains": [], "security_settings": {"a": 1}, "trigger_settings": {"a": 1},
                "widget_settings": {"a": 1}, "include_unsubscribe_link_in_confirmation": False,
                "analytics": {"views": 1}, "is_variant": True, "variant_name": "B", "variant_weight": 50,
                "embed_url": "https://mail.acme.test/g", "created_at": LATER, "updated_at": LATER,
            }.items()
        },
        {"id": (62, ID)},
    ),
    "form_automation": Told(
        {"tag_list": "lead", "sequence_ids": [7], "double_opt_in": True, "send_welcome_email": False},
        {
            "tag_list": ["", "lead, new", [1]], "sequence_ids": [[], [7, 8], "7"],
            "double_opt_in": [False, None, "odd"], "send_welcome_email": [True, "odd"],
        },
    ),
    "email_server": Told(
        {
            "id": 1, "label": "SES", "vendor": "aws_ses", "delivery_method": "smtp", "active": True,
            "use_for_broadcasts": True, "use_for_sequences": True, "use_for_transactionals": False,
            "emails_per_hour": 100, "aws_region": "eu-west-1", "smtp_password": "ab••yz",
        },
        {"label": ["Other"]},
        {
            key: (value, OFF_MAIL)
            for key, value in {
                "vendor": "other", "delivery_method": "api", "active": False, "use_for_broadcasts": False,
                "use_for_sequences": False, "use_for_transactionals": True, "emails_per_hour": 9,
                "aws_region": "us-east-1",
                "id": 2,
            }.items()
        },
        {"smtp_password": ("other", "a credential, masked or not")},
    ),
    "webhook_endpoint": Told(
        {
            "id": 1, "url": "https://hooks.acme.test/x", "description": "CRM", "active": True,
            "event_types": ["email.sent"], "retries_to_attempt": 5, "secret": "••••", "last_response_code": 200,
            "last_sent_at": WHEN, "created_at": WHEN, "updated_at": WHEN,
        },
        {"description": ["Other", None], "url": ["https://hooks.acme.test/y"], "active": [False],
            "event_types": [["email.opened"]]},
        {
            "id": (2, ID),
            "retries_to_attempt": (1, OFF_MAIL),
        },
        {
            "secret": ("other", "a credential, masked or not"),
            "last_response_code": (500, "history stays behind"),
            "last_sent_at": (LATER, "history stays behind"),
            "created_at": (LATER, OWN),
            "updated_at": (LATER, OWN),
        },
    ),
    "design": Told(
        {
            "colors": {"accent": "#111"},
            "typography": {"font": "x"},
            "layout": {"width": 600},
            "brand": {"logo_url": "l"},
        },
        {},
        {
            key: ({"a": 1}, "looks are set by hand, from the bundle")
            for key in ("colors", "typography", "layout", "brand")
        },
    ),
    "settings": Told(
        {
            "sender_name": "Acme", "sender_email": "hello@acme.test", "reply_to": "team@acme.test",
            "footer_html": "<p>Acme</p>", "physical_address": "1 Elm Street", "unsubscribe_page_text": "Bye",
            "privacy_policy_url": "https://acme.test/privacy", "terms_url": "https://acme.test/terms",
        },
        {"footer_html": [None]},
        dict.fromkeys(
            ("sender_name", "sender_email", "reply_to", "physical_address", "unsubscribe_page_text",
             "privacy_policy_url", "terms_url"),
            ("other", "set by hand, from the bundle"),
        ),
    ),
    "file": Told(
        {
            "id": 1, "filename": "hero.png", "content_type": "image/png", "byte_size": 68,
            "url": "https://files.acme.test/hero.png", "created_at": WHEN,
        },
        {"filename": ["other.png", None], "url": ["https://files.acme.test/other.png", None]},
        {
            "content_type": ("image/gif", "the file itself tells"),
            "byte_size": (70, "the file itself tells"),
            "created_at": (LATER, OWN),
        },
        {"id": (2, ID)},
    ),
}
# fmt: on
