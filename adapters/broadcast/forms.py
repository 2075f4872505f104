"""Sign-up forms: which tags they give, which sequences they start, and what else happens to whoever fills one in.

A form cannot be moved, so what it does is told to the person who rebuilds it.
"""

from __future__ import annotations

from types import NoneType

from adapters.broadcast.surprises import Surprises
from adapters.broadcast.wire import Row, filled, flag, ids, names, opened, text, text_id, whole
from adapters.secrets import scrub_raw
from migrator.model import Form, Raw

_EXPECTED = frozenset(
    {
        *("identifier", "form_type", "widget_type", "allowed_embedding_domains", "theme_settings"),
        *("automation_settings", "security_settings", "trigger_settings", "widget_settings"),
        *("confirmation_email_template_id", "welcome_email_template_id", "confirmation_redirect_url"),
        *("include_unsubscribe_link_in_confirmation", "analytics", "is_variant", "variant_name", "variant_weight"),
        *("variants_count", "opt_in_form_blocks", "opt_in_post_submission_blocks", "embed_url"),
        *("created_at", "updated_at"),
    }
)
_SEQUENCES, _TAGS = ("sequence_ids",), ("tag_list", "tags")
_BLOCKS = ("opt_in_form_blocks", "opt_in_post_submission_blocks")
_ASKS = {"custom_field": "the custom field", "topic": "the topic"}


def read_form(data: Raw, source_id: str, surprises: Surprises) -> Form:
    row = Row(data)
    row.know("id")
    name, enabled = row.take(text, "label", "name"), row.take(flag, "enabled")
    automation = _automation(data)
    rest = row.rest()
    surprises.unknown_keys("forms", rest, _EXPECTED)
    double = automation.take(flag, "double_opt_in")
    adds_tags, starts = automation.take(names, *_TAGS) or (), automation.take(ids, *_SEQUENCES) or ()
    if not tells_starts(data):
        surprises.note(f"Form {source_id} does not say in a known way what it starts.")
    return Form(
        source_id=source_id,
        name=name or f"Form {source_id}",
        enabled=enabled,
        double_opt_in=double,
        adds_tags=adds_tags,
        starts_sequences=starts,
        caveats=(*_mails(Row(data), automation), *_asks(data), *_unread(data, automation)),
        raw=scrub_raw(rest),
    )


def tells_starts(data: Raw) -> bool:
    """Whether a form says which sequences it starts, be it none, in a way that was understood."""
    automation = _automation(data)
    automation.take(names, *_TAGS)
    automation.take(ids, *_SEQUENCES)
    unread = automation.unread(*_SEQUENCES, *_TAGS)
    return not unread and isinstance(opened(data.get("automation_settings")), dict | NoneType)


def _automation(data: Raw) -> Row:
    inner = opened(data.get("automation_settings"))
    return Row(inner if isinstance(inner, dict) else {})


def _mails(row: Row, automation: Row) -> list[str]:
    welcome = automation.take(flag, "send_welcome_email")
    template = row.take(text_id, "welcome_email_template_id")
    confirmation = row.take(text_id, "confirmation_email_template_id")
    found = []
    if welcome or (template is not None and welcome is None):
        found.append("It sends a welcome email." if template is None else f"It sends template {template} as a welcome.")
    if confirmation is not None:
        found.append(f"Its confirmation email is template {confirmation}.")
    if row.take(filled, "confirmation_redirect_url"):
        found.append("Who confirms is led to a page of its own.")
    keys = ("welcome_email_template_id", "confirmation_email_template_id", "confirmation_redirect_url")
    found += [f"Its '{key}' is not understood." for key in keys if row.unread(key)]
    variants = row.take(whole, "variants_count")
    if row.unread("variants_count"):
        found.append("It may have variants that give something else.")
    elif variants:
        shown = "1 variant that is" if variants == 1 else f"{variants} variants that are"
        found.append(f"It has {shown} not shown by the interface and may give something else.")
    return found


def _asks(data: Raw) -> list[str]:
    """Fields and topics that people choose on it: without them the same data is not asked for any more."""
    found = []
    for key in _BLOCKS:
        blocks = opened(data.get(key))
        if blocks and not isinstance(blocks, list):
            found.append(f"Its '{key}' is not understood.")
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, dict) and (what := _ASKS.get(str(block.get("block_type") or block.get("type")))):
                named = Row(block).take(
                    lambda value: filled(value) or text_id(value), "field", "key", "name", "topic_id"
                )
                found.append(f"It asks for {what} {named}." if named else f"It asks for {what[4:]}s.")
    return list(dict.fromkeys(found))


def _unread(data: Raw, automation: Row) -> list[str]:
    if not isinstance(opened(data.get("automation_settings")), dict | NoneType):
        return ["What it does with people cannot be read."]
    rest = automation.rest().items()
    return [f"Its setting '{key}' is not understood." for key, value in rest if value not in (None, "", [], {}, False)]
