"""An email as one contact gets it: blocks to HTML, merge tags filled, the unsubscribe footer where it belongs."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from migrator.sandbox.sequenzy.merge_tags import Lookup, fill, names_in
from migrator.sandbox.sequenzy.records import Email, Enrollment
from migrator.sandbox.sequenzy.state import State, Subscriber
from migrator.sandbox.sequenzy.wait_times import at_path

Config = dict[str, Any]
LINKS = "https://mail.example.com"


@dataclass
class Rendered:
    subject: str
    html: str
    preview_text: str | None
    unresolved: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Person:
    """Whom an email is rendered for: a contact, or sample data of a render call."""

    email: str = ""
    first_name: str | None = None
    last_name: str | None = None
    attributes: Config = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    id: str | None = None

    @classmethod
    def of(cls, found: Subscriber) -> Person:
        return cls(found.email or "", found.first_name, found.last_name, found.attributes, found.tags, found.id)


def block_html(blocks: list[Config]) -> str:
    return "".join(_one_block(block) for block in blocks)


def _one_block(block: Config) -> str:
    content = str(block.get("content") or "")
    match block.get("type"):
        case "html":
            return content
        case "heading":
            level = block.get("level") if block.get("level") in range(1, 7) else 2
            return f"<h{level}>{content}</h{level}>"
        case "button":
            url = block.get("url") or block.get("href") or ""
            return f'<p><a href="{html.escape(str(url))}">{content or block.get("text", "")}</a></p>'
        case "image":
            return f'<img src="{html.escape(str(block.get("src") or block.get("url") or ""))}" alt="">'
        case "divider":
            return "<hr>"
    inner = block_html([child for child in block.get("children") or [] if isinstance(child, dict)])
    return f"<div>{content}{inner}</div>"


def source_html(email: Email) -> str:
    return block_html(email.blocks)


def lookup_for(state: State, person: Person, run: Enrollment | None = None, variables: Config | None = None) -> Lookup:
    """Where merge tags get their values: contact, attributes, the run's event and results, the company."""
    given = variables or {}
    fields = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email}
    address = quote(person.email, safe="")
    spaces: dict[str, Config] = {
        "event": given.get("event") or (run.event_properties if run else {}),
        "enrollment": given.get("enrollment") or (run.data if run else {}),
        "account": given.get("account") or {},
        "company": {"url": "https://www.example.com"},
        "tags": dict.fromkeys(person.tags, True),
    }
    for space in ("discount", "webhooks", "ai"):
        spaces[space] = given.get(space) or (run.results.get(space, {}) if run else {})

    def lookup(name: str) -> tuple[bool, Any]:
        lowered = name.lower()
        if name in ("unsubscribeUrl", "viewInBrowserUrl"):
            return True, f"{LINKS}/{'unsubscribe' if name == 'unsubscribeUrl' else 'view'}?to={address}"
        if lowered in fields and name in (lowered, name.upper()):
            return True, fields[lowered]
        head, dot, rest = name.partition(".")
        if dot and head in spaces:
            return True, at_path(spaces[head], rest)
        if name in given and not isinstance(given[name], dict):
            return True, given[name]
        path = name.removeprefix("subscriber.")
        if path.lower() in ("firstname", "lastname") and dot:
            return True, person.first_name if path.lower() == "firstname" else person.last_name
        if path in fields:
            return True, fields[path]
        value = at_path(person.attributes, path)
        return value is not None or path.partition(".")[0] in person.attributes, value

    return lookup


def render(
    state: State,
    email: Email,
    person: Person,
    run: Enrollment | None = None,
    variables: Config | None = None,
) -> Rendered:
    lookup = lookup_for(state, person, run, variables)
    source = source_html(email)
    body = fill(source, lookup)
    subject = fill(email.subject, lookup, escape=False)
    preview = fill(email.preview_text, lookup, escape=False) if email.preview_text else None
    text = body.text
    if not email.is_transactional and "unsubscribeUrl" not in names_in(source):
        text = _with_footer(text, str(lookup("unsubscribeUrl")[1]), state.settings.address)
    unresolved: list[dict[str, str]] = []
    for found in (subject, preview, body):
        unresolved += [entry for entry in (found.unresolved if found else []) if entry not in unresolved]
    return Rendered(subject.text, text, preview.text if preview else None, unresolved)


def _with_footer(text: str, url: str, address: str | None) -> str:
    where = f"<br>{html.escape(address)}" if address else ""
    footer = f'<p class="footer"><a href="{html.escape(url)}">Unsubscribe</a>{where}</p>'
    end = re.search(r"</body\s*>(?![\s\S]*</body)", text, re.IGNORECASE)
    return text[: end.start()] + footer + text[end.start() :] if end else text + footer
