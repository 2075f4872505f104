"""What a person reads: subject, preview and body of a step, a template or a broadcast.

`html_body` changed its type over the years: once the HTML itself beside a text body, now a switch that says whether
`body` is a complete document. The rule order here is the platform's; nothing is invented when all is empty.
"""

from __future__ import annotations

import re
from typing import Any

from adapters.broadcast.wire import Row, filled, flag, opened, text
from migrator.model import BodyFormat, EmailContent

_TAG = re.compile(r"<[a-zA-Z!/][^>]*>")
_DOCUMENT = re.compile(r"<\s*(html|!doctype)\b", re.IGNORECASE)


def read_content(row: Row) -> EmailContent:
    subject = row.take(text, "subject")
    preview = row.take(filled, "preheader", "preview_text")
    html = row.peek("html_body")
    reply_to = row.take(filled, "reply_to")
    row.take(lambda value: value if isinstance(value, str) or flag(value) is not None else None, "html_body")
    if row.unread("html_body"):
        # The HTML itself is in there, or whether the body is a whole document: what is beside it may be neither.
        return EmailContent(subject=subject, preview_text=preview, reply_to=reply_to)
    body, blocks = row.take(text, "body"), _blocks(row)
    shown: dict[str, Any]
    if isinstance(html, str) and html.strip() and html.strip().lower() not in ("true", "false", "0", "1"):
        shown = {"body": html, "format": _format(html, document=False), "text": filled(body)}
    elif body:
        document = html is True or html == 1 or (isinstance(html, str) and html.strip().lower() in ("true", "1"))
        shown = {"body": body, "format": _format(body, document=document)}
    elif blocks is not None:
        shown = {"body": body, "format": BodyFormat.BLOCKS}
    else:
        shown = {"body": body}
    return EmailContent(subject=subject, preview_text=preview, blocks=blocks, reply_to=reply_to, **shown)


def _format(body: str, *, document: bool) -> BodyFormat:
    if document or _DOCUMENT.search(body[:4000]):
        # A pasted document without its switch is still a document: wrapping it would nest two.
        return BodyFormat.DOCUMENT
    return BodyFormat.FRAGMENT if _TAG.search(body) else BodyFormat.TEXT


def _blocks(row: Row) -> Any:
    value = opened(row.peek("blocks_json"))
    if isinstance(value, dict) and value:
        row.know("blocks_json")
        return value
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        row.know("blocks_json")
        return value
    if not value:
        row.know("blocks_json")
    return None
