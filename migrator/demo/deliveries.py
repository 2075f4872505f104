"""What reached each person, as both platforms kept it: emails as they were rendered, and webhooks with their body.

One reader looks at the HTML of both sides. Nothing of the toolkit's own conversion is used here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from mappings.addresses import normal_form
from migrator.demo.answers import SAFE_ADDRESS
from migrator.sandbox.broadcast.app import BroadcastSandbox
from migrator.sandbox.broadcast.liquid import UNSUBSCRIBE
from migrator.sandbox.sequenzy.app import SequenzySandbox
from migrator.sandbox.sequenzy.render import LINKS

Place = tuple[str, str]
"""Sequence and step at the source, or sequence and node at the target."""
Key = tuple[str, str, str]
"""Address, sequence at the source, step at the source."""
LEAVE = "the unsubscribe link"
_WAYS_OUT = (UNSUBSCRIBE, f"{LINKS}/unsubscribe")
_UNSEEN = {"head", "style", "script", "title"}
_ALONE = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass(frozen=True)
class Delivery:
    at: datetime
    parts: tuple[tuple[str, Any], ...] | None
    """Part to what it holds; None: the source's words are not ones that the local platform renders."""

    def differs(self, other: Delivery) -> list[str]:
        """The parts that are not the same on both sides."""
        if self.parts is None or other.parts is None:
            return []
        there = dict(other.parts)
        return [name for name, value in self.parts if value != there[name]]


Deliveries = dict[Key, list[Delivery]]


def source_emails(source: BroadcastSandbox) -> Deliveries:
    found: Deliveries = defaultdict(list)
    for line in source.runtime.journal.outbox:
        kept = line["email"]
        spelled, seen = str(line["subscriber"]["email"]), None
        if "not_rendered" not in kept:
            # Sequenzy writes addresses in small letters, so an address inside an email is compared in those.
            seen = _email(
                *(kept[name].replace(spelled, normal_form(spelled)) for name in ("subject", "preview", "html"))
            )
        found[_key(line)].append(Delivery(_moment(line), seen))
    return found


def target_emails(target: SequenzySandbox, steps: Mapping[Place, Place]) -> Deliveries:
    found: Deliveries = defaultdict(list)
    for send in target.state.outbox:
        sequence_id, step_id = steps.get((send.sequence_id or "", send.node_id or ""), ("?", send.kind))
        seen = _email(send.subject, send.preview_text or "", send.html)
        found[normal_form(send.recipient), sequence_id, step_id].append(Delivery(send.sent_at, seen))
    return found


def source_calls(source: BroadcastSandbox) -> Deliveries:
    found: Deliveries = defaultdict(list)
    for line in source.runtime.journal.webhooks:
        seen = None
        if "not_rendered" not in line:
            spelled = str(line["subscriber"]["email"])
            url, body = (line[name].replace(spelled, normal_form(spelled)) for name in ("sent_url", "sent_body"))
            seen = _call(str(line["http_method"]), *_as_answered(url, body, normal_form(spelled)))
        found[_key(line)].append(Delivery(_moment(line), seen))
    return found


def target_calls(target: SequenzySandbox, steps: Mapping[Place, Place]) -> Deliveries:
    found: Deliveries = defaultdict(list)
    for call in target.state.webhook_calls:
        sequence_id, step_id = steps.get((call.sequence_id, call.node_id), ("?", "webhook"))
        person = target.state.subscribers[call.subscriber_id]
        seen = _call(call.method, call.url, call.body)
        found[normal_form(person.email or ""), sequence_id, step_id].append(Delivery(call.at, seen))
    return found


def _email(subject: str, preview: str, html: str) -> tuple[tuple[str, Any], ...]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    links = [LEAVE if link.startswith(_WAYS_OUT) else link for link in reader.links]
    return (
        ("the subject", _one_line(subject)),
        ("the preview", _one_line(preview)),
        ("the text", _one_line("".join(reader.text))),
        ("the links", tuple(link for link in links if link != LEAVE)),
        (LEAVE, LEAVE in links),
    )


def _call(method: str, url: str, body: str) -> tuple[tuple[str, Any], ...]:
    try:
        body = json.dumps(json.loads(body), sort_keys=True)
    except ValueError:
        body = body.strip()
    return ("the method", method.upper()), ("the address", url), ("the body", body)


def _as_answered(url: str, body: str, address: str) -> tuple[str, str]:
    """Sequenzy takes no plain http and no body but JSON. What goes there instead is the marketer's answer."""
    try:
        json.loads(body or "{}")
    except ValueError:
        body = json.dumps({"email": address})
    return (SAFE_ADDRESS if url.startswith("http:") else url), body


class _Reader(HTMLParser):
    """Visible text and link targets. The footer that a platform adds by itself is no part of the email."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.links: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attributes: Iterable[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        unseen = self._unseen or tag in _UNSEEN or "footer" in (given.get("class") or "").split()
        if unseen and tag not in _ALONE:
            self._unseen.append(tag)
        elif not unseen and tag == "a" and given.get("href"):
            self.links.append((given["href"] or "").strip())
        self.text.append(" " if tag not in ("a", "b", "em", "i", "span", "strong", "u") else "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            while self._unseen.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.text.append(data)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _key(line: Mapping[str, Any]) -> Key:
    return normal_form(str(line["subscriber"]["email"])), str(line["sequence_id"]), str(line["step_id"])


def _moment(line: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(str(line["time"])).astimezone(UTC)


def keys(*sides: Deliveries) -> Iterator[Key]:
    yield from sorted({key for side in sides for key in side})
