"""How a record looks on the wire, under the switches and the profile. It decides nothing else."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from migrator.sandbox.broadcast.account import Enrolment, Row, Sequence, Subscriber, Suppression, stamp
from migrator.sandbox.broadcast.switches import Switches
from migrator.sandbox.broadcast.tree import without_branch_rows

BASE_STEP_KEYS = ("id", "action", "label", "parent_id", "true_branch")
UNPUBLISHED = {
    "delay_until_time": "time_of_day",
    "delay_until_timezone": "time_zone",
    "move_to_sequence_id": "target_sequence_id",
    "url": "request_url",
    "http_method": "method",
    "headers": "http_headers",
}
"""Step keys that no document names, with the other spelling that a server may use. A condition's `delay`, an HTTP
step's `body` and the tags have rules of their own below."""
_TAG = re.compile(r"</?[A-Za-z!][^>]*>")
_FOREIGN = ("custom_data", "headers", "http_headers", "blocks_json")


class Show:
    def __init__(self, switches: Switches) -> None:
        self.switches = switches

    def ids(self, value: Any) -> Any:
        """Ids as strings where the server is of that sort; what customers wrote themselves stays untouched."""
        if self.switches.ids == "int":
            return value
        if isinstance(value, list):
            return [self.ids(item) for item in value]
        if not isinstance(value, dict):
            return value
        shown = {}
        for key, item in value.items():
            if key in _FOREIGN:
                shown[key] = item
            elif (key == "id" or key.endswith("_id")) and type(item) is int:
                shown[key] = str(item)
            elif key.endswith("_ids") and isinstance(item, list):
                shown[key] = [str(one) for one in item]
            else:
                shown[key] = self.ids(item)
        return shown

    def subscriber(self, row: Subscriber, last_sent: datetime | None = None, topics: list[Row] | None = None) -> Row:
        shown: Row = {"id": row.id, "email": row.email, "first_name": row.first_name, "last_name": row.last_name}
        shown |= {"ip_address": row.ip_address, "is_active": row.is_active, "source": row.source}
        shown |= {"subscribed_at": stamp(row.subscribed_at), "unsubscribed_at": stamp(row.unsubscribed_at)}
        if self.switches.subscriber_fields == "newest":
            shown["confirmed_at"] = stamp(row.confirmed_at)
            shown["confirmation_status"] = "confirmed" if row.confirmed_at else "unconfirmed"
        if topics is not None:
            shown["topics"] = topics
        shown["created_at"] = stamp(row.created_at)
        if self.switches.subscriber_fields == "older":
            shown |= {"last_email_sent_at": stamp(last_sent), "redacted": row.redacted}
        return self.ids(shown | {"tags": row.tags, "custom_data": row.custom_data})  # type: ignore[no-any-return]  # a dict in, a dict out

    def member(self, row: Subscriber) -> Row:
        shown = {"id": row.id, "email": row.email, "first_name": row.first_name, "last_name": row.last_name}
        return dict(self.ids({**shown, "is_active": row.is_active, "tags": row.tags}))

    def sequence(self, row: Sequence, count: int, *, extra: bool) -> Row:
        shown: Row = {"id": row.id, "label": row.label, "active": row.active, "track_opens": row.track_opens}
        shown |= {"track_clicks": row.track_clicks, "use_any_email_server": row.use_any_email_server}
        shown |= {"email_server_ids": row.email_server_ids, "init_segment_id": row.init_segment_id}
        shown |= {"init_tag": row.init_tag, "parent_sequence_id": row.parent_sequence_id, "subscribers_count": count}
        shown |= {"created_at": stamp(row.created_at), "updated_at": stamp(row.updated_at)}
        return dict(self.ids(shown | (row.extra if extra else {})))

    def steps(self, rows: list[Row], *, full: bool) -> list[Row]:
        if self.switches.condition_rows == "branch_less":
            rows = without_branch_rows(rows)
        return [self.step(row, full=full) for row in rows]

    def step(self, row: Row, *, full: bool) -> Row:
        shown = {key: row[key] for key in BASE_STEP_KEYS}
        if full:
            rest = {key: value for key, value in row.items() if key not in BASE_STEP_KEYS}
            shown |= self.content(self._spelled(row["action"], rest))
        return dict(self.ids(shown))

    def _spelled(self, action: str, rest: Row) -> Row:
        style = self.switches.step_keys
        if style == "canonical":
            return rest
        other = dict(UNPUBLISHED)
        if action == "condition":
            other["delay"] = "delay_seconds"
        if action == "make_http_request":
            other["body"] = "payload"
        plain = {key: value for key, value in rest.items() if key not in other}
        hidden = {key: value for key, value in rest.items() if key in other}
        if style == "absent":
            return plain
        if style == "nested":
            return plain | ({"settings": hidden} if hidden else {})
        if "taggify_list" in plain:
            plain = {"tag_list": [tag.strip() for tag in plain["taggify_list"].split(",")]}
        return plain | {other[key]: value for key, value in hidden.items()}

    def content(self, row: Row) -> Row:
        """Where `html_body` is the HTML itself, `body` is the text beside it."""
        if self.switches.html_body == "bool" or "html_body" not in row:
            return row
        html = row.get("body") or ""
        if not _TAG.search(html):
            return {**row, "html_body": None}
        return {**row, "html_body": html, "body": _TAG.sub("", html).strip()}

    def enrolment(self, row: Enrolment, email: str | None, *, busy: bool) -> Row:
        """Ids are strings here and times have no milliseconds, in every generation."""
        shown: Row = {"id": str(row.id), "status": "busy" if busy else row.status}
        for key in ("started_at", "completed_at", "next_trigger_at"):
            shown[key] = stamp(getattr(row, key), milliseconds=False)
        if self.switches.current_step_key == "current_step_id":
            shown["current_step_id"] = row.current_step_id
        return shown | {"subscriber": {"id": str(row.subscriber_id), "email": email}}

    def suppression(self, row: Suppression, scope: str) -> Row:
        shown: Row = {"id": row.id, "email": row.email, "scope": scope, "created_at": stamp(row.created_at)}
        return dict(self.ids(shown | ({"source": row.source} if scope == "global" else {})))
