"""The rest of a made-up channel: templates, segments of every rule type, forms, broadcasts, topics, servers, design."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from migrator.sandbox.broadcast.account import Row, stamp
from migrator.sandbox.broadcast.generate_emails import ALL, IMAGES


def templates(now: datetime) -> list[Row]:
    labels = ("Tips", "Hello", "Welcome", "Digest", "Confirm your address", "Wait 2 days", "Étude", "<b>Bold</b>")
    made: list[Row] = []
    for index, label in enumerate(labels):
        email, made_at = ALL[index % len(ALL)], stamp(now - timedelta(days=500 - index))
        row: Row = {"id": 31 + index, "label": label, "subject": email.subject, "preheader": email.preheader}
        row |= {"body": email.body, "html_body": email.html_body, "created_at": made_at, "updated_at": made_at}
        if label.startswith("Confirm"):
            link = '<p>Please <a href="{{ confirmation_url }}">confirm</a>, {{ first_name }}.</p>'
            row |= {"body": link, "template_purpose": "confirmation", "default_confirmation": True}
        made.append(row)
    return made


def segments(now: datetime) -> list[Row]:
    made: list[tuple[str, str | None, list[Any]]] = [
        ("Everyone named", "any", [("all", [("first_name", "text", "is_not_empty", None, {})])]),
        ("Pro or team", "any", [("any", [_custom("plan", "equals", "pro"), _custom("plan", "equals", "team")])]),
        ("Enterprise", "any", [("all", [_custom("plan", "equals", "enterprise")])]),
        ("Cold", "any", [("all", [("tags", "array", "contains", "cold", {})])]),
        ("Beta testers", "all", [("all", [("tags", "text", "contains", "beta 🚀", {"is_negative": False})])]),
        ("Every text rule", "any", [("all", [_text(operator) for operator in _TEXT])]),
        ("Every number rule", "any", [("any", [_number(operator) for operator in _NUMBER])]),
        ("Every date rule", "any", [("any", [*map(_date, _DATE), _RELATIVE])]),
        ("Flags", "all", [("all", [_flag("is_active", "is_true")]), ("any", [_flag("is_confirmed", "is_false")])]),
        ("Tags of both sorts", "any", [("any", [_tags(operator) for operator in _TAGS])]),
        ("Engaged", "any", [("all", [*_ENGAGED])]),
        ("Not at mail.test", "any", [("all", [("email", "text", "ends_with", "@mail.test", {"is_negative": True})])]),
        ("Nobody", None, []),
    ]
    return [_segment(index + 1, name, match, groups, now) for index, (name, match, groups) in enumerate(made)]


_Rule = tuple[str, str, str, str | None, dict[str, Any]]
_TEXT = ("not_equals", "not_contains", "starts_with", "ends_with", "is_empty", "is_not_empty", "not_starts_with")
_NUMBER = (*("equals", "not_equals", "greater_than", "less_than", "greater_than_or_equal", "less_than_or_equal"),)
_DATE = (
    *("equals", "before", "after", "on_or_before", "on_or_after", "within_last_days", "not_within_last_days"),
    *("never", "is_empty", "is_not_empty"),
)
_TAGS = ("contains", "not_contains", "includes", "excludes", "tagged_with", "not_tagged_with")
_RELATIVE: _Rule = ("created_at", "date", "on_or_after", "30", {"value_type": "relative_date"})
_ENGAGED: tuple[_Rule, ...] = (
    ("emails_opened_within_days", "engagement_window", "at_least_within_days", "90", {"secondary_value": "1"}),
    ("emails_clicked_within_days", "engagement_window", "fewer_than_within_days", "30", {"secondary_value": "5"}),
    ("has_opened_any_email", "boolean", "is_true", None, {}),
    ("total_emails_opened", "number", "greater_than", "0", {"value_type": "integer"}),
    ("last_email_clicked_at", "date", "not_within_last_days", "7", {}),
)


def _custom(key: str, operator: str, value: str) -> _Rule:
    return f"custom_data.{key}", "text", operator, value, {}


def _text(operator: str) -> _Rule:
    value = None if "empty" in operator else "A"
    return "last_name", "text", operator, value, {"case_sensitive": operator == "starts_with"}


def _number(operator: str) -> _Rule:
    return "custom_data.seats", "number", operator, "100", {"value_type": "integer"}


def _date(operator: str) -> _Rule:
    days = operator.endswith("_days")
    value = "45" if days else None if operator in ("never", "is_empty", "is_not_empty") else "2026-01-15"
    return ("created_at" if days else "last_email_sent_at"), "date", operator, value, {"value_type": "date"}


def _flag(field: str, operator: str) -> _Rule:
    return field, "boolean", operator, None, {"value_type": "boolean"}


def _tags(operator: str) -> _Rule:
    value = '["vip","lead"]' if operator in ("includes", "excludes") else "vip"
    return "tags", "array", operator, value, {"value_type": "array"}


def _segment(number: int, name: str, match: str | None, groups: list[Any], now: datetime) -> Row:
    made: list[Row] = []
    for position, (group_match, rules) in enumerate(groups):
        rows = [_rule(number * 1000 + position * 100 + at, at, rule) for at, rule in enumerate(rules)]
        made.append(
            {"id": number * 10 + position, "match_type": group_match, "position": position, "segment_rules": rows}
        )
    created = stamp(now - timedelta(days=300 - number))
    described = f"Made for {name}" if number % 2 else None
    row: Row = {"id": number, "name": name, "description": described, "segment_groups": made}
    return row | ({"match_type": match} if match else {}) | {"created_at": created, "updated_at": created}


def _rule(number: int, position: int, rule: _Rule) -> Row:
    field, rule_type, operator, value, more = rule
    usual = {"secondary_value": None, "rule_type": rule_type, "value_type": "string", "position": position}
    negative = {"is_negative": False, "case_sensitive": False}
    return {"id": number, "field": field, "operator": operator, "value": value, **usual, **negative, **more}


def forms(sequence_ids: list[int], now: datetime) -> list[Row]:
    kinds = ("inline_embed", "popup_modal", "slide_in_panel", "floating_button", "sticky_bar", "full_page")
    made = []
    for index, kind in enumerate(kinds):
        settings: Row = {"double_opt_in": index % 2 == 0, "send_welcome_email": index == 1}
        settings["tag_list"] = "lead, new-signup" if index == 0 else ""
        settings["sequence_ids"] = sequence_ids[:1] if index < 2 else []
        blocks = [{"block_type": "heading", "content": "Join"}, {"block_type": "input_field", "field": "email"}]
        if index == 2:
            blocks.append({"block_type": "custom_field", "field": "company_size"})
        row: Row = {"id": 61 + index, "identifier": str(uuid.UUID(int=0xACE0 + index)), "label": f"Form {index + 1}"}
        row |= {"form_type": "opt_in", "widget_type": kind, "enabled": index != 5}
        row["allowed_embedding_domains"] = ["acme.test"]
        row |= {"theme_settings": {}, "automation_settings": settings, "security_settings": {}}
        row |= {"trigger_settings": {"frequency": "once_per_day"}, "widget_settings": {}}
        row |= {"confirmation_email_template_id": 35 if index % 2 == 0 else None, "welcome_email_template_id": None}
        row |= {"confirmation_redirect_url": None, "is_variant": False, "variants_count": int(index == 1)}
        row |= {"opt_in_form_blocks": blocks, "opt_in_post_submission_blocks": []}
        row |= {"created_at": stamp(now - timedelta(days=200)), "updated_at": stamp(now - timedelta(days=20))}
        made.append(row)
    variant = {**made[1], "id": 80, "is_variant": True, "variant_name": "B", "variant_weight": 50, "variants_count": 0}
    return [*made, variant]


def broadcasts(now: datetime) -> list[Row]:
    states = (
        *("draft", "future_scheduled", "scheduled", "queueing", "sending", "sent", "failed", "partial_failure"),
        *("aborted", "paused", "sent", "draft"),
    )
    made = []
    for index, state in enumerate(states):
        email = ALL[index % len(ALL)]
        row: Row = {"id": 501 + index, "name": f"Letter {index + 1}", "subject": email.subject}
        row |= {"preheader": email.preheader, "body": email.body, "html_body": email.html_body, "status": state}
        row |= {"include_unsubscribe_link": True, "reply_to": None, "track_opens": True, "track_clicks": True}
        row |= {"total_recipients": 400 if state == "sent" else 0, "broadcast_recipients_count": 0}
        later = stamp(now + timedelta(days=9)) if state == "future_scheduled" else None
        row |= {"percentage_complete": 100 if state == "sent" else 0, "scheduled_send_at": later}
        row |= {"scheduled_timezone": "Europe/Berlin" if later else None}
        row |= {"sent_at": stamp(now - timedelta(days=30 + index)) if state == "sent" else None}
        row |= {"tags": ["letter"], "segment_ids": [2] if index % 3 == 0 else [], "email_server_ids": [1]}
        created = stamp(now - timedelta(days=60 + index))
        made.append(row | {"created_at": created, "updated_at": created})
    return made


def topics() -> list[Row]:
    return [
        {"id": 1, "name": "Product news", "description": "What we built", "storage": "custom_data"}
        | {"custom_data_key": "product_news", "tag_name": None, "unset_receives": True, "visible": True},
        {"id": 2, "name": "Newsletter", "description": None, "storage": "tag"}
        | {"custom_data_key": None, "tag_name": "Newsletter", "unset_receives": False, "visible": True},
    ]


def email_servers() -> list[Row]:
    masked = "abcd••••wxyz"
    usual = {"active": True, "use_for_broadcasts": True, "use_for_sequences": True, "use_for_transactionals": False}
    return [
        {"id": 1, "label": "Postmark", "vendor": "postmark", "delivery_method": "api", **usual}
        | {"emails_per_hour": 5000, "postmark_api_token": masked},
        {"id": 2, "label": "SES", "vendor": "aws_ses", "delivery_method": "smtp", **usual}
        | {"emails_per_hour": None, "smtp_password": "••••••••", "aws_region": "eu-west-1"},
    ]


def webhook_endpoints(now: datetime) -> list[Row]:
    events = ["email.opened", "subscriber.unsubscribed", "sequence.subscriber_completed"]
    row: Row = {"id": 1, "url": "https://hooks.acme.test/broadcast", "description": "CRM", "active": True}
    row |= {"event_types": events, "retries_to_attempt": 5, "secret": "••••••••", "last_response_code": 200}
    created = stamp(now - timedelta(days=90))
    return [row | {"last_sent_at": stamp(now), "created_at": created, "updated_at": created}]


def design() -> Row:
    return {
        "colors": {"accent": "#4f46e5", "background": "#ffffff", "text": "#111827"},
        "typography": {"font": "inter", "font_stack": "Inter, Arial, sans-serif"},
        "layout": {"width": 600, "radius": 8},
        "brand": {
            "logo_url": f"{IMAGES}/logo/logo.png",
            "website_url": "https://acme.test",
            "social_links": [{"network": "mastodon", "url": "https://social.test/@acme"}],
        },
    }


def channel_settings() -> Row:
    return {
        "sender_name": "Acme",
        "sender_email": "hello@acme.test",
        "reply_to": "team@acme.test",
        "footer_html": "<p>Acme Ltd, 1 Elm Street, Leeds</p>",
        "physical_address": "1 Elm Street, Leeds",
        "unsubscribe_page_text": "You will not hear from us again.",
        "privacy_policy_url": "https://acme.test/privacy",
        "terms_url": "https://acme.test/terms",
    }


def file_assets(now: datetime) -> list[Row]:
    return [
        {"id": 1, "filename": "hero.png", "content_type": "image/png", "byte_size": 68}
        | {"url": f"{IMAGES}/abc123/hero.png", "created_at": stamp(now)}
    ]
