"""The emails of flows and campaigns, and templates: what a person would read, and what is missing of it."""

from __future__ import annotations

from adapters.base import PageStore
from adapters.kit.wire import attributes_of, filled, identity, instant, part, text, without
from migrator.model import BodyFormat, EmailContent, Raw, Template

LANGUAGE = "django"
_TEMPLATE_KEYS = ("name", "html", "text", "created", "updated")


class Contents:
    """The HTML of a message: its own copy, or the template it names."""

    def __init__(self, store: PageStore) -> None:
        self._store = store

    def of(self, message: Raw) -> Raw:
        for collection, source_id in (
            ("flow_templates", identity(message.get("id"))),
            ("template_details", identity(message.get("template_id"))),
            ("templates", identity(message.get("template_id"))),
        ):
            row = self._store.row(collection, source_id) if source_id else None
            if row is not None:
                return attributes_of(part(row.data.get("data")) or row.data)
        return {}


def read_flow_email(message: Raw, template: Raw) -> tuple[EmailContent, tuple[str, ...]]:
    """The content, and the fields that Klaviyo would not give."""
    subject = text(message.get("subject_line"))
    content = _content(
        template,
        subject=subject,
        preview=filled(message.get("preview_text")),
        name=filled(message.get("from_label")),
        address=filled(message.get("from_email")),
        reply_to=filled(message.get("reply_to_email")),
        transactional=message.get("transactional") is True,
    )
    missing = tuple(
        name for name, gone in (("subject", not filled(subject)), ("body", not (content.body or content.text))) if gone
    )
    return content, missing


def read_campaign_email(told: Raw, template: Raw) -> EmailContent:
    """`told` is the `content` of a campaign message."""
    return _content(
        template,
        subject=text(told.get("subject")),
        preview=filled(told.get("preview_text")),
        name=filled(told.get("from_label")),
        address=filled(told.get("from_email")),
        reply_to=filled(told.get("reply_to_email")),
    )


def _content(
    template: Raw,
    *,
    subject: str | None,
    preview: str | None = None,
    name: str | None = None,
    address: str | None = None,
    reply_to: str | None = None,
    transactional: bool = False,
) -> EmailContent:
    body, plain = filled(template.get("html")), filled(template.get("text"))
    return EmailContent(
        subject=subject,
        preview_text=preview,
        body=body,
        format=format_of(body),
        text=plain,
        from_name=name,
        from_email=address,
        reply_to=reply_to,
        language=LANGUAGE,
        transactional=transactional,
    )


def format_of(body: str | None) -> BodyFormat:
    return BodyFormat.DOCUMENT if body and "<html" in body.lower() else BodyFormat.FRAGMENT


def read_template(row: Raw, source_id: str) -> Template:
    told = attributes_of(row)
    return Template(
        source_id=source_id,
        name=filled(told.get("name")) or f"Template {source_id}",
        content=_content(told, subject=None),
        created_at=instant(told.get("created")),
        updated_at=instant(told.get("updated")),
        raw=without(told, *_TEMPLATE_KEYS),
    )
