"""HTTP calls: https only, JSON only, and a failing call never stops the person, unless the source says so."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from mappings.context import LoweringContext
from mappings.findings import find
from mappings.merge_tags.foreign.search import foreign_tags
from mappings.sequences.fragments import Fragment, Piece
from mappings.target import Body, NodeKind
from mappings.verdicts import Finding, Lowered
from migrator.model.steps import CallWebhook

METHODS = ("POST", "GET", "PUT", "PATCH", "DELETE")
CARRIES = ("POST", "PUT", "PATCH")
"""The methods with which the target sends a body. Where none is given it sends the contact and the sequence."""
_BRACES = re.compile(r"\{\{|\{%")


def lower_webhook(call: CallWebhook, where: str, settles: str, context: LoweringContext) -> Lowered[Fragment]:
    scheme = _scheme(call.url)
    if scheme != "https":
        # Not the address itself: it may hold a key.
        found = "no address" if not call.url else f"an address with {scheme}:" if scheme else "no usable address"
        return _manual(find("webhook-url", found=found, settles=settles + '.url = "https://..."'))
    method = (call.method or "").strip().upper() or "POST"
    if method not in METHODS:
        return _manual(find("webhook-method", method=method, settles=settles + '.method = "POST"'))
    if call.body and call.body.strip() and not _is_json(call.body):
        return _manual(find("webhook-body", settles=settles + ".body = '{}'"))
    return _translated(call, method, where, settles, context)


def _translated(
    call: CallWebhook, method: str, where: str, settles: str, context: LoweringContext
) -> Lowered[Fragment]:
    texts = {"url": call.url or "", "body": call.body or "", **{f"header {k}": v for k, v in call.headers.items()}}
    findings: list[Finding] = []
    if not (call.method or "").strip():
        findings.append(find("webhook-method-assumed", settles=settles + '.method = "POST"'))
    for place, text in texts.items():
        if not has_tags(text):
            continue
        said = None if context.translate is None else context.translate(text, where)
        if said is None or said.value is None:
            return _manual(find("webhook-tags", where=place, settles=settles + ".skip = true"))
        findings += said.findings
        texts[place] = said.value
    if any(text != text.encode("utf-8", "replace").decode() for text in texts.values()):
        return _manual(find("webhook-body", settles=settles + ".skip = true"))
    body = texts["body"].strip()
    if body and not _is_json(body):
        return _manual(find("webhook-body", settles=settles + ".body = '{}'"))
    config: Body = {"url": texts["url"], "method": method, "onError": "continue"}
    if call.headers:
        config["headers"] = {name: texts[f"header {name}"] for name in call.headers}
    if method in CARRIES:
        config["body"] = texts["body"] if body else "{}"
        findings += () if body else (find("webhook-empty"),)
    elif body:
        findings.append(find("webhook-body-left", method=method, settles=settles + '.method = "POST"'))
    if call.withheld_headers:
        # Without them the call is refused by its receiver, which harms nobody until a person fills them in.
        headers = ", ".join(call.withheld_headers)
        findings.append(find("webhook-secret", headers=headers, settles=settles + ".skip = true"))
    piece = Piece(NodeKind.WEBHOOK, {"nodeType": NodeKind.WEBHOOK.value, "config": config})
    return Lowered(value=Fragment((piece,)), findings=tuple(findings))


def has_tags(text: str) -> bool:
    """Of any platform: none of them may be sent as it stands."""
    return _BRACES.search(text) is not None or bool(foreign_tags(text))


def _manual(finding: Finding) -> Lowered[Fragment]:
    return Lowered(value=None, findings=(finding,))


def _scheme(url: str | None) -> str:
    try:
        parts = urlsplit((url or "").strip())
        return parts.scheme.lower() if parts.hostname and not parts.username else ""
    except ValueError:
        return ""


def _is_json(text: str) -> bool:
    """Tags inside quoted strings do not disturb it, which is where the target allows them."""
    try:
        json.loads(text, parse_constant=_no_number)
    except ValueError:
        return False
    return True


def _no_number(name: str) -> None:
    """NaN and Infinity, which Python alone takes for JSON."""
    raise ValueError(name)
