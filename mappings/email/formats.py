"""What a body really is, whatever the source calls it: document, fragment or plain text; and text made HTML."""

from __future__ import annotations

import re
from html import escape

from migrator.model.content import BodyFormat

_DOCUMENT = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_TEMPLATE_CODE = re.compile(r"\{\{.{0,400}?\}\}|\{%.{0,400}?%\}", re.DOTALL)
_ELEMENT = re.compile(
    r"</?(?:a|abbr|b|blockquote|body|br|center|code|div|em|font|footer|h[1-6]|head|header|hr|html|i|img|li|link|meta"
    r"|ol|p|pre|section|small|span|strong|style|sub|sup|s|table|tbody|td|th|thead|title|tr|u|ul)(?:\s[^<>]{0,2000})?/?>"
    r"|<!--|<!doctype\s",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_MJML = re.compile(r"<mjml[\s>]", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://(?:\{\{[^{}\n]{0,400}\}\}|[^\s<>\"'])+|\{\{unsubscribeUrl\}\}")
_AFTER_ADDRESS = ".,;:!?)]'"


def actual_format(body: str, declared: BodyFormat) -> BodyFormat:
    """A complete document stays one though it is called a fragment; a fragment without any tag is text."""
    if declared not in (BodyFormat.FRAGMENT, BodyFormat.DOCUMENT):
        return declared
    if _MJML.match(body.lstrip("\ufeff \t\r\n")):
        return BodyFormat.MJML
    if _DOCUMENT.search(body):
        return BodyFormat.DOCUMENT
    if declared is BodyFormat.FRAGMENT and not _looks_like_html(body):
        return BodyFormat.TEXT
    return BodyFormat.FRAGMENT


def _looks_like_html(body: str) -> bool:
    if "<" not in body and "&" not in body:
        return False
    words = _TEMPLATE_CODE.sub("", body)
    return bool(_ELEMENT.search(words) or _ENTITY.search(words))


def text_to_html(text: str) -> str:
    """Paragraphs at empty lines, <br> at line ends, addresses as links. Sequenzy's tags pass through."""
    paragraphs = re.split(r"\n[ \t]*\n\s*", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    return "\n".join(f"<p>{_lines(paragraph)}</p>" for paragraph in paragraphs if paragraph.strip())


def _lines(paragraph: str) -> str:
    pieces, position = [], 0
    for match in _ADDRESS.finditer(paragraph):
        address = match.group().rstrip(_AFTER_ADDRESS)
        if match.start() < position or "{{#" in address or "{{/" in address or "{{else" in address:
            continue
        pieces.append(escape(paragraph[position : match.start()], quote=False))
        pieces.append(f'<a href="{escape(address)}">{escape(address, quote=False)}</a>')
        position = match.start() + len(address)
    pieces.append(escape(paragraph[position:], quote=False))
    return "".join(pieces).replace("\n", "<br>\n")
